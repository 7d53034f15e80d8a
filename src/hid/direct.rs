//! Devices of this computer: hidraw on Linux, IOKit on macOS, win32 on Windows, through async-hid.
//!
//! Each plugged-in key is opened once and stays open until it is pulled out: Windows does not
//! forgive abandoned reads, and elsewhere it costs nothing.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use async_hid::{
    AsyncHidRead, AsyncHidWrite, Device, DeviceId as SystemId, DeviceReader, DeviceWriter,
    HidBackend, HidError,
};
use futures_lite::StreamExt;
use futures_lite::future::block_on;

use crate::backend::{Backend, Link, ReportSink, ReportSource};
use crate::description::{Description, DeviceId};
use crate::frames::Report;
use crate::hotplug;
use crate::reason::{Malformed, Reason};
use crate::sync::lock;

/// The HID usage page of FIDO devices (CTAP 2.1, 11.2.8.2).
pub(crate) const FIDO_USAGE_PAGE: u16 = 0xF1D0;
/// How long after its arrival a device may still be without its node or its permissions.
const SETTLING: Duration = Duration::from_secs(1);
const SETTLING_PAUSE: Duration = Duration::from_millis(50);
/// Listing fails as a whole when a device vanishes meanwhile.
const LISTINGS: usize = 3;
const LISTING_PAUSE: Duration = Duration::from_millis(20);
/// After an event the devices are listed this often: some parts of a device come late.
const SCANS_AFTER_EVENT: usize = 6;
const SCAN_PAUSE: Duration = Duration::from_millis(100);
/// In case an event was missed.
const SAFETY_POLL: Duration = Duration::from_secs(5);
/// Where the system gives no events.
const POLL_WITHOUT_EVENTS: Duration = Duration::from_secs(1);

pub(crate) static DIRECT: LazyLock<Direct> = LazyLock::new(Direct::default);

/// The back end for devices of this computer.
#[derive(Default)]
pub(crate) struct Direct {
    system: HidBackend,
    scan: Mutex<()>,
    known: Mutex<HashMap<SystemId, Known>>,
    nudge: OnceLock<SyncSender<()>>,
}

struct Known {
    description: Description,
    since: Instant,
}

impl Backend for Direct {
    fn list(&self) -> Result<Vec<Description>, Reason> {
        // One listing at a time, or an older one could undo a newer.
        let _scan = lock(&self.scan);
        let found = self.enumerate()?;
        let mut known = lock(&self.known);
        known.retain(|system, _| found.iter().any(|device| device.id == *system));
        for device in &found {
            known.entry(device.id.clone()).or_insert_with(|| Known::new(device));
        }
        Ok(known.values().map(|k| k.description.clone()).collect())
    }

    fn open(&self, id: &DeviceId) -> Result<Option<Link>, Reason> {
        let Some((system, since)) = self.find(id)? else {
            return Ok(None);
        };
        loop {
            match block_on(self.open_once(&system)) {
                Ok(link) => return Ok(Some(link)),
                Err(Reason::NotFound | Reason::Denied) if since.elapsed() < SETTLING => {
                    thread::sleep(SETTLING_PAUSE);
                }
                Err(reason) => return Err(reason),
            }
        }
    }

    fn ended(&self, id: &DeviceId) {
        lock(&self.known).retain(|_, known| known.description.id != *id);
        self.look_again();
    }
}

impl Direct {
    fn enumerate(&self) -> Result<Vec<Device>, Reason> {
        let mut tries = 1;
        loop {
            match block_on(self.enumerate_once()) {
                Ok(found) => return Ok(found),
                // No class of HID devices: nothing was ever plugged in.
                Err(error) if io_kind(&error) == Some(ErrorKind::NotFound) => {
                    return Ok(Vec::new());
                }
                Err(error) if tries == LISTINGS => return Err(reason_of(&error)),
                Err(_) => {
                    tries += 1;
                    thread::sleep(LISTING_PAUSE);
                }
            }
        }
    }

    async fn enumerate_once(&self) -> Result<Vec<Device>, HidError> {
        let devices = self.system.enumerate().await?;
        Ok(devices.filter(|device| device.usage_page == FIDO_USAGE_PAGE).collect().await)
    }

    /// The system's id of an insertion and when it was first seen. A device plugged in after the
    /// last listing is looked for.
    fn find(&self, id: &DeviceId) -> Result<Option<(SystemId, Instant)>, Reason> {
        if let Some(found) = self.known_as(id) {
            return Ok(Some(found));
        }
        self.list()?;
        Ok(self.known_as(id))
    }

    fn known_as(&self, id: &DeviceId) -> Option<(SystemId, Instant)> {
        lock(&self.known)
            .iter()
            .find(|(_, known)| known.description.id == *id)
            .map(|(system, known)| (system.clone(), known.since))
    }

    async fn open_once(&self, system: &SystemId) -> Result<Link, Reason> {
        let mut devices =
            self.system.query_devices(system).await.map_err(|error| reason_of(&error))?;
        let device =
            devices.find(|device| device.usage_page == FIDO_USAGE_PAGE).ok_or(Reason::NotFound)?;
        let (reader, writer) = device.open().await.map_err(|error| reason_of(&error))?;
        Ok(Link { source: Box::new(Source(reader)), sink: Box::new(Sink(writer)) })
    }

    fn look_again(&self) {
        if let Some(nudge) = self.nudge.get() {
            match nudge.try_send(()) {
                // Full means it is about to look anyway.
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
    }
}

impl Known {
    fn new(device: &Device) -> Self {
        let place = place_of(&device.id);
        Self {
            description: Description {
                id: DeviceId::new_insertion(&place),
                vendor_id: device.vendor_id,
                product_id: device.product_id,
                product: device.name.clone(),
                serial_text: device.serial_number.clone().filter(|text| !text.is_empty()),
                port: usb_port(&place).map(str::to_owned),
            },
            since: Instant::now(),
        }
    }
}

/// Starts the threads that report devices of this computer coming and going, once. The devices
/// present now are reported before this returns.
pub(crate) fn keep_watching() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let (nudge, nudged) = sync_channel(1);
        let pause = if follow_events(nudge.clone()) { SAFETY_POLL } else { POLL_WITHOUT_EVENTS };
        let mut watcher = Watcher::default();
        watcher.scan();
        if spawn("hid scan", move || watcher.run(&nudged, pause)) {
            DIRECT.nudge.get_or_init(|| nudge);
        }
    });
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    thread::Builder::new().name(name.to_owned()).spawn(work).is_ok()
}

/// Starts passing the system's events on. False where the system gives none.
fn follow_events(nudge: SyncSender<()>) -> bool {
    let Ok(mut events) = DIRECT.system.watch() else {
        return false;
    };
    spawn("hid events", move || {
        while block_on(events.next()).is_some() {
            if let Err(TrySendError::Disconnected(())) = nudge.try_send(()) {
                return;
            }
        }
    })
}

#[derive(Default)]
struct Watcher {
    present: BTreeMap<DeviceId, Description>,
}

impl Watcher {
    fn run(mut self, nudged: &Receiver<()>, pause: Duration) {
        let mut hurry = 0;
        loop {
            let wait = if hurry > 0 { SCAN_PAUSE } else { pause };
            match nudged.recv_timeout(wait) {
                Ok(()) => hurry = SCANS_AFTER_EVENT,
                Err(RecvTimeoutError::Timeout) => hurry = hurry.saturating_sub(1),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.scan();
        }
    }

    /// Compares with the last look. A failed listing says nothing about who is there.
    fn scan(&mut self) {
        let Ok(devices) = DIRECT.list() else {
            return;
        };
        let now: BTreeMap<_, _> = devices.into_iter().map(|d| (d.id.clone(), d)).collect();
        for id in self.present.keys().filter(|id| !now.contains_key(id)) {
            hotplug::left(id);
        }
        for (id, description) in &now {
            if !self.present.contains_key(id) {
                hotplug::arrived(description.clone());
            }
        }
        self.present = now;
    }
}

struct Source(DeviceReader);

impl ReportSource for Source {
    fn read(&mut self) -> Result<Report, Reason> {
        // One byte more than a report, to notice a longer one.
        let mut buffer = [0; 65];
        let length = block_on(self.0.read_input_report(&mut buffer))
            .map_err(|error| reason_while_open(&error))?;
        match buffer[..length] {
            [..] if length == 64 => Ok(buffer.first_chunk().copied().unwrap_or([0; 64])),
            // A hidraw read that ends is how some kernels tell of a device that left.
            [] => Err(Reason::Gone),
            _ => Err(Malformed::Report { length }.into()),
        }
    }
}

struct Sink(DeviceWriter);

impl ReportSink for Sink {
    fn write(&mut self, report: &Report) -> Result<(), Reason> {
        let mut numbered = [0; 65];
        numbered[1..].copy_from_slice(report);
        block_on(self.0.write_output_report(&numbered)).map_err(|error| reason_while_open(&error))
    }
}

fn reason_while_open(error: &HidError) -> Reason {
    match reason_of(error) {
        Reason::NotFound => Reason::Gone,
        reason => reason,
    }
}

fn reason_of(error: &HidError) -> Reason {
    match error {
        HidError::Disconnected => Reason::Gone,
        HidError::NotConnected => Reason::NotFound,
        HidError::Message(text) => Reason::Io(text.to_string()),
        HidError::Other(other) => match io_kind(error) {
            Some(ErrorKind::PermissionDenied) => Reason::Denied,
            Some(ErrorKind::ResourceBusy) => Reason::Busy,
            Some(ErrorKind::NotFound) => Reason::NotFound,
            _ => windows_reason(&format!("{other:?}"))
                .unwrap_or_else(|| Reason::Io(other.to_string())),
        },
    }
}

fn io_kind(error: &HidError) -> Option<ErrorKind> {
    let HidError::Other(other) = error else {
        return None;
    };
    other.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
}

/// Windows errors come in a type of async-hid's own dependency; its debug text holds the code.
fn windows_reason(debug_text: &str) -> Option<Reason> {
    const ACCESS_DENIED: &str = "0x80070005";
    const SHARING_VIOLATION: &str = "0x80070020";
    const DEVICE_NOT_CONNECTED: &str = "0x8007048F";
    if debug_text.contains(ACCESS_DENIED) {
        Some(Reason::Denied)
    } else if debug_text.contains(SHARING_VIOLATION) {
        Some(Reason::Busy)
    } else if debug_text.contains(DEVICE_NOT_CONNECTED) {
        Some(Reason::Gone)
    } else {
        None
    }
}

fn place_of(id: &SystemId) -> String {
    #[cfg(target_os = "linux")]
    if let SystemId::DevPath(path) = id {
        return path.display().to_string();
    }
    format!("{id:?}")
}

/// The USB port in a Linux device path: the part before the interface, such as `1-2.3` of
/// `…/1-2.3/1-2.3:1.0/…`.
fn usb_port(place: &str) -> Option<&str> {
    let mut parts = place.split('/').peekable();
    while let Some(part) = parts.next() {
        let interface = parts.peek().and_then(|next| next.strip_prefix(part));
        if !part.is_empty() && interface.is_some_and(|rest| rest.starts_with(':')) {
            return Some(part);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_device_path() {
        let path = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0/0003:1050:0407.0012/hidraw/hidraw3";
        assert_eq!(usb_port(path), Some("1-2.3"));
        assert_eq!(
            usb_port("/sys/devices/virtual/misc/uhid/0003:1050:0407.0001/hidraw/hidraw0"),
            None
        );
    }

    #[test]
    fn errors_of_the_system_are_told_apart() {
        let denied = HidError::from(std::io::Error::from(ErrorKind::PermissionDenied));
        assert_eq!(reason_of(&denied), Reason::Denied);
        assert_eq!(reason_of(&HidError::NotConnected), Reason::NotFound);
        assert_eq!(reason_while_open(&HidError::Disconnected), Reason::Gone);
        assert_eq!(
            windows_reason("Error { code: HRESULT(0x80070005), message: \"Access is denied.\" }"),
            Some(Reason::Denied)
        );
    }

    #[test]
    fn a_computer_without_hid_devices_lists_none_or_some_but_never_fails() {
        assert!(Direct::default().list().is_ok());
    }
}
