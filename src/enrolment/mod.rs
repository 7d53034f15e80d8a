//! The ceremony that gives one key to one person: pure rules, no I/O, no clock.
//!
//! [`Ceremony`] is rebuilt from its journal records at any time; [`Ceremony::next`] says what to
//! do; what happened is a [`Record`], appended to the journal before ([`Record::Intended`]) and
//! after ([`Record::Done`], [`Record::Failed`]) each effect, then applied.

use crate::directory::PersonId;
use crate::problem::Problem;
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

/// The steps in their order; each is journalled before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    Preflight,
    Reset,
    Pin,
    ConfigureKey,
    CreationOptions,
    MakeCredential,
    Verify,
    Register,
    Confirm,
    ForcePinChange,
    RemoveOld,
    HandOver,
}

/// What the operator may answer after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    Retry,
    ResetKey,
    NewKey,
    Skip,
    /// Take back what this run left on the key and in the directory.
    RollBack,
}

/// One line of an enrolment's journal. The pure room extends it with the facts each step leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    Intended { step: Step },
    Failed { step: Step, what: String, next: String },
}

/// How a failure is shown and what may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub step: Step,
    pub problem: Problem,
    pub answers: Vec<Answer>,
}
