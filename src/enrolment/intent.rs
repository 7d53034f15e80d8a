//! Who gets which key, and how: fixed when an enrolment begins.

use crate::directory::PersonId;
use crate::key::KeyFacts;
use serde::{Deserialize, Serialize};

/// Names one enrolment in the journal and everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EnrolmentId(pub uuid::Uuid);

/// Who gets which key, and how: fixed when the enrolment begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub tenant: String,
    pub person: Subject,
    pub key: KeyIdentity,
    pub plan: Plan,
    /// Name of the passkey in the directory, at most 30 UTF-16 units.
    pub passkey_name: String,
    pub operator: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub id: String,
    pub display_name: String,
    pub upn: String,
}

impl Subject {
    pub fn person_id(&self) -> PersonId {
        PersonId(self.id.clone())
    }
}

/// What identifies the key across re-plugs and restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyIdentity {
    /// Lower-case GUID.
    pub aaguid: String,
    pub model: String,
    pub serial: Option<String>,
    pub port: Option<String>,
}

/// Whether an inserted key is the one an enrolment began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// Same model and serial.
    Same,
    /// Same model, and no serial to tell: the operator, or a PIN that holds, must say.
    Perhaps,
    Other,
}

impl KeyIdentity {
    pub fn of(facts: &KeyFacts) -> Self {
        Self {
            aaguid: facts.aaguid.to_string(),
            model: facts.model.clone(),
            serial: facts.serial.clone(),
            port: facts.port.clone(),
        }
    }

    /// The port does not count: a key may come back in another one.
    pub fn matches(&self, facts: &KeyFacts) -> KeyMatch {
        if self.aaguid != facts.aaguid.to_string() {
            return KeyMatch::Other;
        }
        match (&self.serial, &facts.serial) {
            (Some(ours), Some(theirs)) if ours == theirs => KeyMatch::Same,
            (Some(_), Some(_)) => KeyMatch::Other,
            _ => KeyMatch::Perhaps,
        }
    }
}

/// The operator's choices for this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub reset: Reset,
    pub pin: PinPlan,
    pub custody: Custody,
    pub min_pin_length: Option<u8>,
    pub always_uv: AlwaysUv,
    pub first_use: FirstUse,
    /// Directory ids of the person's passkeys to remove once the new one is confirmed.
    pub remove_old: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reset {
    Keep,
    ResetFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PinPlan {
    /// The key has no PIN (or is reset first).
    SetNew,
    /// The key has a PIN that the person knows; it stays.
    KeepExisting,
    /// The key has a PIN; it is changed to the new one.
    Change,
}

/// Where the PIN is kept until hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Custody {
    /// Drawn at random and sealed in the vault.
    Sealed,
    /// The person typed it; kept in memory while the ceremony runs, never stored.
    PersonsOwn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlwaysUv {
    Leave,
    TurnOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstUse {
    KeepPin,
    MustChangePin,
}

impl Plan {
    /// Whether the key's own settings are written.
    pub fn configures_key(&self) -> bool {
        self.min_pin_length.is_some() || self.always_uv == AlwaysUv::TurnOn
    }
}
