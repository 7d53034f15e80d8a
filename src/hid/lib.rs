//! The one seam to hardware: 64-byte HID reports to and from FIDO devices.
//!
//! The package carries the name `hidapi` because the CTAP2 client imports that name; it offers
//! the few items of that crate the client uses ([`HidApi`], [`HidDevice`], [`DeviceInfo`],
//! [`HidError`]) and, beside them, what the program above needs and the client lacks: hot-plug
//! events ([`watch`]), touch events ([`activity`]), deadlines ([`set_limits`]) with a typed
//! [`Reason`] that can be asked for afterwards ([`last_reason`]), [`cancel`] from any thread, and
//! [`transact`]/[`ctap2`] for commands the client does not know.
//!
//! A request becomes frames in `frames`, waits on its `channel`, and goes out through the one
//! `device` handle that all channels share; the `registry` knows the open devices. Where a device
//! is — on this computer (`direct`) or on the bench ([`virtual_keys`]) — is behind `backend`.
//!
//! Nothing above this package knows which back end a device is on.

mod backend;
mod channel;
mod compat;
mod description;
mod device;
mod direct;
mod frames;
#[doc(hidden)]
pub mod fuzzing;
mod hotplug;
mod notes;
mod reason;
mod registry;
mod sync;
pub mod virtual_keys;

use std::sync::mpsc::Receiver;

pub use compat::{DeviceInfo, HidApi, HidDevice, HidError, HidResult};
pub use description::{Description, DeviceId};
pub use hotplug::{HotPlug, watch};
pub use notes::{Activity, Limits};
pub use reason::{Malformed, Reason};

use frames::command;

/// Why a CTAP2 command gave no data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ctap2Error {
    /// The key answered with this status byte (CTAP 2.1, 8.2).
    #[error("the key answered with status 0x{0:02x}")]
    Status(u8),
    /// The key did not answer.
    #[error(transparent)]
    Transport(#[from] Reason),
}

/// The FIDO devices plugged in now.
///
/// # Errors
/// [`Reason::Io`] or [`Reason::Denied`] if the system can't list them.
pub fn devices() -> Result<Vec<Description>, Reason> {
    registry::list()
}

/// What the key does about its requests, from now on; changes only. The channel closes when the
/// key is pulled out, or when 64 changes are left unread.
pub fn activity(id: &DeviceId) -> Receiver<Activity> {
    registry::notes(id).listen()
}

/// Why the last transport call to this insertion failed; `None` if it did not.
///
/// The last 64 insertions that ended can still be asked.
pub fn last_reason(id: &DeviceId) -> Option<Reason> {
    registry::last_reason(id)
}

/// Sets how long calls to this insertion may wait; a call under way obeys from its next frame.
pub fn set_limits(id: &DeviceId, limits: Limits) {
    registry::notes(id).set_limits(limits);
}

/// Cancels the CTAP2 request under way on this device, from any thread. The waiting call then
/// gets status 0x2D (KEEPALIVE_CANCEL) and its handle stays good. Without a request under way
/// nothing happens.
pub fn cancel(id: &DeviceId) {
    if let Some(device) = registry::if_open(id) {
        device.cancel();
    }
}

/// Sends one CTAPHID message and waits for the answer to it.
///
/// `command` is the CTAPHID command with or without the start bit: 0xC2 and 0x42 are the same.
/// The answer is the message's payload; for CBOR its first byte is the status.
///
/// # Errors
/// The [`Reason`] there is no answer; [`Reason::Refused`] with code 1 if the key does not know
/// the command.
pub fn transact(id: &DeviceId, command: u8, payload: &[u8]) -> Result<Vec<u8>, Reason> {
    registry::open(id)?.transact(command & 0x7F, payload)
}

/// Sends one CTAP2 command (CTAP 2.1, 6) with its CBOR-encoded parameters, which may be empty, and
/// returns the CBOR of the answer without the status byte.
///
/// # Errors
/// [`Ctap2Error::Status`] for any status but 0, [`Ctap2Error::Transport`] without an answer.
pub fn ctap2(id: &DeviceId, command: u8, cbor: &[u8]) -> Result<Vec<u8>, Ctap2Error> {
    let request = [&[command], cbor].concat();
    let answer = transact(id, command::CBOR, &request)?;
    match answer.split_first() {
        Some((0, data)) => Ok(data.to_vec()),
        Some((&status, _)) => Err(Ctap2Error::Status(status)),
        None => Err(Reason::from(Malformed::Length { command: command::CBOR, length: 0 }).into()),
    }
}
