//! The few items of the `hidapi` crate that the CTAP2 client uses.
//!
//! The client speaks in frames; here its frames become checked messages and back, so that its
//! parser never sees a keepalive, a foreign frame or a broken one.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, OnceLock};

use crate::channel::{Channel, Request};
use crate::description::{Description, DeviceId};
use crate::device::Device;
use crate::direct::FIDO_USAGE_PAGE;
use crate::frames::{Assembler, ChannelId, Frame, Report, command, split};
use crate::reason::{Malformed, Reason};
use crate::registry;
use crate::sync::lock;

const FIDO_USAGE: u16 = 1;

/// Why a call failed; [`crate::last_reason`] tells it too, to those who only see the client's text.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct HidError(#[from] Reason);

impl HidError {
    /// The typed reason.
    pub fn reason(&self) -> &Reason {
        &self.0
    }
}

/// The result of a call of this module.
pub type HidResult<T> = Result<T, HidError>;

/// The entry point. The devices are only listed when somebody asks for them.
#[derive(Default)]
pub struct HidApi {
    devices: OnceLock<Vec<DeviceInfo>>,
}

impl HidApi {
    /// Never fails; the result is the client's expectation.
    pub fn new() -> HidResult<Self> {
        Ok(Self::default())
    }

    /// The FIDO devices present at the first call; none if they can't be listed.
    pub fn device_list(&self) -> impl Iterator<Item = &DeviceInfo> {
        self.devices
            .get_or_init(|| {
                let present = registry::list().unwrap_or_default();
                present.into_iter().filter_map(DeviceInfo::new).collect()
            })
            .iter()
    }

    /// Opens the insertion whose [`DeviceId`] text this is.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::Denied`], [`Reason::Busy`] or [`Reason::Io`].
    pub fn open_path(&self, path: &CStr) -> HidResult<HidDevice> {
        let text = path.to_str().map_err(|_| Reason::NotFound)?;
        let device = registry::open(&DeviceId::from_text(text))?;
        Ok(HidDevice { device, channel: Arc::new(Channel::new()), adapter: Mutex::default() })
    }
}

/// A listed device.
#[derive(Debug, Clone)]
pub struct DeviceInfo {
    path: CString,
    description: Description,
}

impl DeviceInfo {
    fn new(description: Description) -> Option<Self> {
        // A system path with a NUL in it can't be opened either.
        let path = CString::new(description.id.as_str()).ok()?;
        Some(Self { path, description })
    }

    /// The text of the [`DeviceId`].
    pub fn path(&self) -> &CStr {
        &self.path
    }

    /// USB vendor id.
    pub fn vendor_id(&self) -> u16 {
        self.description.vendor_id
    }

    /// USB product id.
    pub fn product_id(&self) -> u16 {
        self.description.product_id
    }

    /// Product string.
    pub fn product_string(&self) -> Option<&str> {
        Some(&self.description.product)
    }

    /// USB serial string.
    pub fn serial_number(&self) -> Option<&str> {
        self.description.serial_text.as_deref()
    }

    /// Always the page of FIDO devices, 0xF1D0: no other is listed.
    pub fn usage_page(&self) -> u16 {
        FIDO_USAGE_PAGE
    }

    /// Always 1, an authenticator.
    pub fn usage(&self) -> u16 {
        FIDO_USAGE
    }
}

/// One handle of the client: a channel on the shared device.
pub struct HidDevice {
    device: Arc<Device>,
    channel: Arc<Channel>,
    adapter: Mutex<Adapter>,
}

#[derive(Default)]
struct Adapter {
    request: Option<(ChannelId, Assembler)>,
    answering: Option<(ChannelId, u8)>,
    answer: VecDeque<Report>,
}

impl HidDevice {
    /// Takes one frame, after a report id byte. The message goes out with its last frame.
    ///
    /// # Errors
    /// The reason the message could not be sent.
    pub fn write(&self, numbered: &[u8]) -> HidResult<usize> {
        let report: &Report = numbered
            .split_first()
            .and_then(|(_, report)| report.try_into().ok())
            .ok_or(Reason::from(Malformed::Report { length: numbered.len() }))?;
        let complete = lock(&self.adapter).take(&Frame::parse(report)).map_err(Reason::from)?;
        match complete {
            Some(request) if request.command == command::CANCEL => self.device.cancel(),
            Some(request) => self.device.send(&self.channel, request)?,
            None => {}
        }
        Ok(numbered.len())
    }

    /// Gives the next frame of the answer, waiting for the answer before the first.
    ///
    /// # Errors
    /// The reason there is no answer.
    pub fn read(&self, buffer: &mut [u8]) -> HidResult<usize> {
        let next = lock(&self.adapter).answer.pop_front();
        let report = match next {
            Some(report) => report,
            None => self.receive()?,
        };
        let length = report.len().min(buffer.len());
        buffer[..length].copy_from_slice(&report[..length]);
        Ok(length)
    }

    fn receive(&self) -> Result<Report, Reason> {
        let asked = lock(&self.adapter).answering.take();
        // Nothing was asked, so nothing will come.
        let (channel, asked) = asked.ok_or(Reason::Silent)?;
        let (command, payload) = match self.device.receive(&self.channel) {
            Ok(payload) => (asked, payload),
            Err(Reason::Refused(code)) => (command::ERROR, vec![code]),
            Err(Reason::Busy) => (command::ERROR, vec![0x06]),
            Err(reason) => return Err(reason),
        };
        let mut reports = VecDeque::from(split(channel, command, &payload)?);
        let first = reports.pop_front().ok_or(Malformed::NoStart)?;
        lock(&self.adapter).answer = reports;
        Ok(first)
    }
}

impl Drop for HidDevice {
    fn drop(&mut self) {
        self.device.close(&self.channel);
    }
}

impl Adapter {
    /// Collects the client's frames; the request is complete with the last.
    fn take(&mut self, frame: &Frame<'_>) -> Result<Option<Request>, Malformed> {
        let (channel, assembler) = match *frame {
            Frame::Start { channel, command, length, data } => {
                (channel, Assembler::start(command, length, data)?)
            }
            Frame::Next { sequence, data, .. } => {
                let (channel, mut assembler) = self.request.take().ok_or(Malformed::NoStart)?;
                assembler.push(sequence, data)?;
                (channel, assembler)
            }
        };
        if !assembler.is_complete() {
            self.request = Some((channel, assembler));
            return Ok(None);
        }
        let command = assembler.command;
        if command != command::CANCEL {
            self.answer.clear();
            self.answering = Some((channel, command));
        }
        Ok(Some(Request { channel, command, payload: assembler.into_payload() }))
    }
}
