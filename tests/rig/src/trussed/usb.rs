//! The USB side: Trussed's CTAPHID class on a bus that is two queues.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ctaphid_dispatch::{DEFAULT_MESSAGE_SIZE, Requester};
use ref_swap::OptionRefSwap;
use trussed_core::InterruptFlag;
use usb_device::bus::{PollResult, UsbBus, UsbBusAllocator};
use usb_device::class::UsbClass;
use usb_device::device::{UsbDeviceBuilder, UsbVidPid};
use usb_device::endpoint::{EndpointAddress, EndpointType};
use usb_device::{Result as UsbResult, UsbDirection, UsbError};
use usbd_ctaphid::CtapHid;
use usbd_ctaphid::types::Status;

use crate::engine::Report;
use crate::finger::{Finger, Touched};

/// Between looks for the application's answer.
const TICK: Duration = Duration::from_millis(1);
/// Between looks while nothing is asked; the class wants to know the time every 200 ms.
const IDLE_TICK: Duration = Duration::from_millis(100);
/// Between keepalives (CTAP 2.1, 11.2.9.2.1: at least every 100 ms).
const KEEPALIVE: Duration = Duration::from_millis(80);

type Class<'a> = CtapHid<'a, 'a, 'static, Bus, DEFAULT_MESSAGE_SIZE>;

/// The device's end of the cable.
pub struct Device<'a> {
    /// Tells the application's thread that there may be a request.
    pub wake: SyncSender<()>,
    pub finger: &'a Finger,
    pub to_host: &'a (dyn Fn(&Report) + Sync),
}

impl Device<'_> {
    /// Serves the host until it is gone.
    pub fn serve<'a>(
        &self,
        from_host: &Receiver<Report>,
        requester: Requester<'a, DEFAULT_MESSAGE_SIZE>,
        cancelled: &'static OptionRefSwap<'static, InterruptFlag>,
    ) {
        let wire = Arc::new(Wire::default());
        let allocator = UsbBusAllocator::new(Bus(Arc::clone(&wire)));
        let mut class = CtapHid::with_interrupt(&allocator, requester, Some(cancelled), 0)
            .implements_ctap1()
            .implements_ctap2();
        // The endpoints work once a device is built. There is no host that enumerates it: the
        // kernel was told the descriptors.
        let built = UsbDeviceBuilder::new(&allocator, UsbVidPid(0x1209, 0xF1D0)).build();
        self.until_gone(from_host, &mut class, &wire);
        // Without power nothing waits for a touch any more.
        if let Some(work) = cancelled.load(Ordering::Relaxed) {
            work.interrupt();
        }
        drop(built);
    }

    fn until_gone(&self, from_host: &Receiver<Report>, class: &mut Class<'_>, wire: &Wire) {
        let begun = Instant::now();
        let mut keepalive_at = None;
        loop {
            let tick = if keepalive_at.is_some() { TICK } else { IDLE_TICK };
            match from_host.recv_timeout(tick) {
                Ok(report) => {
                    lock(&wire.to_device).push_back(report);
                    class.endpoint_out(wire.out_address());
                    // Full means that it is awake already.
                    self.wake.try_send(()).ok();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            class.check_timeout(begun.elapsed().as_millis() as u32);
            class.check_for_app_response();
            if let Status::ReceivedData(_) = class.did_start_processing() {
                keepalive_at = Some(Instant::now() + KEEPALIVE);
            }
            if keepalive_at.is_some_and(|at| at <= Instant::now()) {
                keepalive_at = self.keep_alive(class);
            }
            self.send_all(class, wire);
        }
    }

    fn keep_alive(&self, class: &mut Class<'_>) -> Option<Instant> {
        match class.send_keepalive(self.finger.wants_touch()) {
            Status::ReceivedData(_) => Some(Instant::now() + KEEPALIVE),
            Status::Idle => None,
        }
    }

    fn send_all(&self, class: &mut Class<'_>, wire: &Wire) {
        loop {
            let Some(report) = lock(&wire.to_host).pop_front() else { return };
            (self.to_host)(&report);
            class.endpoint_in_complete(wire.in_address());
        }
    }
}

/// Reports on their way, each way. It takes any number of them: the class loses an answer that a
/// bus refuses for now.
#[derive(Default)]
struct Wire {
    to_device: Mutex<VecDeque<Report>>,
    to_host: Mutex<VecDeque<Report>>,
}

impl Wire {
    fn out_address(&self) -> EndpointAddress {
        EndpointAddress::from_parts(1, UsbDirection::Out)
    }

    fn in_address(&self) -> EndpointAddress {
        EndpointAddress::from_parts(1, UsbDirection::In)
    }
}

struct Bus(Arc<Wire>);

impl UsbBus for Bus {
    fn alloc_ep(
        &mut self,
        direction: UsbDirection,
        _address: Option<EndpointAddress>,
        kind: EndpointType,
        _max_packet_size: u16,
        _interval: u8,
    ) -> UsbResult<EndpointAddress> {
        let number = if kind == EndpointType::Control { 0 } else { 1 };
        Ok(EndpointAddress::from_parts(number, direction))
    }

    fn write(&self, address: EndpointAddress, packet: &[u8]) -> UsbResult<usize> {
        let report = packet.try_into().map_err(|_| UsbError::BufferOverflow)?;
        if address != self.0.in_address() {
            return Err(UsbError::InvalidEndpoint);
        }
        lock(&self.0.to_host).push_back(report);
        Ok(packet.len())
    }

    fn read(&self, address: EndpointAddress, buffer: &mut [u8]) -> UsbResult<usize> {
        if address != self.0.out_address() {
            return Err(UsbError::InvalidEndpoint);
        }
        let report = lock(&self.0.to_device).pop_front().ok_or(UsbError::WouldBlock)?;
        buffer.get_mut(..report.len()).ok_or(UsbError::BufferOverflow)?.copy_from_slice(&report);
        Ok(report.len())
    }

    fn poll(&self) -> PollResult {
        PollResult::None
    }

    fn enable(&mut self) {}
    fn reset(&self) {}
    fn set_device_address(&self, _address: u8) {}
    fn set_stalled(&self, _address: EndpointAddress, _stalled: bool) {}
    fn is_stalled(&self, _address: EndpointAddress) -> bool {
        false
    }
    fn suspend(&self) {}
    fn resume(&self) {}
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
