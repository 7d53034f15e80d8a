//! Security keys over CTAP2: what is plugged in, what it is, and what can be done with it.
//!
//! One named worker thread per key; the CTAP2 client blocks and may panic, so every job runs
//! under `catch_unwind` and its result comes back over a channel. The key room is the only one
//! that names the CTAP2 client and `yubikey`.
//!
//! [`Keys::start`] begins to watch and gives the [`KeyEvent`]s; [`Keys::get`] gives a [`Key`],
//! whose async methods run on the key's thread (`worker`) over what is known of it (`session`).

mod classify;
mod config;
mod credentials;
mod error;
mod exclude;
#[doc(hidden)]
pub mod fuzzing;
mod handle;
mod info;
mod make;
mod models;
mod no_serial;
mod pcsc_serial;
mod retries;
mod rules;
mod serial;
mod session;
mod silent;
mod tickets;
mod watcher;
mod worker;

pub use error::KeyError;
pub use handle::{Key, Keys};
pub use models::model_name;
pub use no_serial::NoSerial;

use crate::webauthn::{Aaguid, CredentialId};

/// One insertion of one key: a key that is pulled out and put back has a new id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub String);

impl KeyId {
    fn of(device: &hid::DeviceId) -> Self {
        Self(device.as_str().to_owned())
    }
}

/// What a key tells of itself (authenticatorGetInfo and the sources of its serial).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    pub id: KeyId,
    /// USB port or bench slot; stable across re-plugs.
    pub port: Option<String>,
    /// From the AAGUID table, else the USB product text.
    pub model: String,
    pub aaguid: Aaguid,
    /// The FIDO metadata has it: see [`model_name`].
    pub known_model: bool,
    /// Such as `5.7.1`.
    pub firmware: Option<String>,
    pub serial: Option<String>,
    /// Why there is no serial, where the key's smart card side was asked for it.
    pub no_serial: Option<NoSerial>,
    pub pin: PinState,
    /// Characters; 4 when the key does not say.
    pub min_pin_length: u8,
    pub always_uv: Option<bool>,
    /// Free slots for discoverable credentials, when the key says.
    pub free_slots: Option<u32>,
    /// Credentials that are there. A key tells it only with its PIN, so it is known after
    /// [`Key::credentials`] or [`Key::reset`] in this insertion.
    pub credentials: Option<u32>,
    pub supports: Supports,
}

impl KeyFacts {
    /// Whether it can be the key that told `before` in an earlier insertion, as far as a key tells
    /// of itself without being asked for more; many keys of one model tell the same.
    pub fn may_be(&self, before: &Self) -> bool {
        let kind = |pin: PinState| match pin {
            PinState::NotSet => 0,
            // Blocked is known only where the retries are.
            PinState::Set { .. } | PinState::Blocked => 1,
            PinState::MustChange => 2,
        };
        let told = |facts: &Self| {
            (facts.aaguid, facts.min_pin_length, facts.always_uv, facts.free_slots, kind(facts.pin))
        };
        let same_serial = match (&self.serial, &before.serial) {
            (Some(now), Some(then)) => now == then,
            _ => true,
        };
        told(self) == told(before) && self.firmware == before.firmware && same_serial
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    NotSet,
    /// The retries are unknown during a key's first ten seconds: see [`Key::facts`].
    Set {
        retries_left: Option<u8>,
    },
    /// The PIN must be changed before the key does anything else.
    MustChange,
    Blocked,
}

/// What the key's firmware can do, as getInfo says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supports {
    pub resident_keys: bool,
    pub credential_management: bool,
    pub min_pin_length: bool,
    pub force_pin_change: bool,
    pub always_uv: bool,
    pub pin_protocol_2: bool,
    pub cred_protect: bool,
    pub hmac_secret: bool,
}

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// A FIDO device arrived; who it is follows.
    Inserted {
        id: KeyId,
        port: Option<String>,
        product: String,
    },
    /// The key has been asked; also after each change of its state.
    Identified(KeyFacts),
    /// The key did not answer, or not sensibly.
    Unreadable {
        id: KeyId,
        error: KeyError,
    },
    Activity {
        id: KeyId,
        activity: Activity,
    },
    Removed {
        id: KeyId,
    },
}

/// What a key is doing, as its keepalives say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    Processing,
    /// It blinks: it waits for a touch.
    TouchNeeded,
    Answered,
}

/// A discoverable credential that is on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    pub id: CredentialId,
    pub rp_id: String,
    pub user_id: Vec<u8>,
    pub user_name: String,
}

/// Settings written by authenticatorConfig (CTAP 2.1, 6.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configure {
    MinPinLength(u8),
    ForcePinChange,
    AlwaysUvOn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_tells_another_state_is_another_key() {
        let before = crate::enrolment::preflight_tests::key();
        let set = |retries_left| PinState::Set { retries_left };
        let before = KeyFacts { pin: set(Some(8)), serial: None, ..before };
        let now = KeyFacts { id: KeyId("again".into()), pin: set(None), ..before.clone() };
        assert!(now.may_be(&before));
        let fuller = before.free_slots.map(|slots| slots - 1).or(Some(1));
        for other in [
            KeyFacts { free_slots: fuller, ..now.clone() },
            KeyFacts { pin: PinState::MustChange, ..now.clone() },
            KeyFacts { pin: PinState::NotSet, ..now.clone() },
            KeyFacts { min_pin_length: 9, ..now.clone() },
            KeyFacts { always_uv: Some(true), ..now.clone() },
            KeyFacts { firmware: Some("9.9.9".into()), ..now.clone() },
        ] {
            assert!(!other.may_be(&before), "{other:?}");
        }
    }
}
