//! For `tests/fuzz`: the seam's reading of reports, without a device and without a thread.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::ReportSink;
use crate::channel::{Channel, Request};
use crate::description::DeviceId;
use crate::device::Device;
use crate::frames::{BROADCAST, Report, command};
use crate::notes::{Limits, Notes};
use crate::reason::Reason;

/// The nonce with which the channel is asked for.
pub const NONCE: [u8; 8] = *b"\x01NONCE\x02\x03";

const AT_ONCE: Limits = Limits { silence: Duration::ZERO, touch: Duration::ZERO };

/// What a channel got out of a stream of reports.
pub struct Heard {
    /// The channel the key gave, and after how many reports.
    pub channel: Option<([u8; 4], usize)>,
    /// How the one CTAP2 request on it ended, or why there was no channel.
    pub answer: Result<Vec<u8>, Reason>,
}

/// Asks for a channel with [`NONCE`], sends one CTAP2 request on it as soon as it is there, and
/// hears these reports. What is not answered by then counts as [`Reason::Silent`].
///
/// # Errors
/// When a request could not be sent at all.
pub fn hear(reports: &[Report]) -> Result<Heard, Reason> {
    let device =
        Device::new(DeviceId::from_text("fuzz"), Box::new(Nowhere), Arc::new(Notes::new()));
    let channel = Arc::new(Channel::new());
    let ask = |channel_id, command, payload: &[u8]| {
        device.send(&channel, Request { channel: channel_id, command, payload: payload.to_vec() })
    };
    ask(BROADCAST, command::INIT, &NONCE)?;
    let mut given = None;
    for (at, report) in reports.iter().enumerate() {
        device.route(report);
        if given.is_none()
            && let Some(id) = channel.id()
        {
            given = Some((id, at + 1));
            ask(id, command::CBOR, &[0x04])?;
        }
    }
    Ok(Heard { channel: given, answer: channel.wait(|| AT_ONCE) })
}

/// Takes every report and keeps none.
struct Nowhere;

impl ReportSink for Nowhere {
    fn write(&mut self, _report: &Report) -> Result<(), Reason> {
        Ok(())
    }
}
