//! What happened: plain data from the engine to the window.

use super::{BulkEvent, PathRefused, PhonesEvent, Pick, VerifyEvent, WhoEvent};
use crate::directory::{
    ConnectionCheck, Group, Organisation, PasskeyPolicy, Person, PersonCard, PersonId,
};
use crate::enrolment::{EnrolmentId, Intent, PinNeeded, Step, Stopped};
use crate::key::{KeyEvent, KeyId};
use crate::pin::Pin;
pub use crate::practice::bench::BenchKey;
use crate::problem::Problem;
use crate::settings::{Accent, Settings};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// One thing that happened.
pub enum Event {
    /// Settings were read or kept.
    Settings(Box<Settings>),
    Keyring(KeyringMode),
    /// Told after each connection, and when it changed.
    Vault(VaultMode),
    /// A new sealing key was made; `lost` PINs were sealed with the old one.
    SealedPinsGivenUp {
        lost: u64,
    },
    /// Nothing is configured: the first-start choice.
    FirstStart,
    Connected(Connected),
    /// Nothing of the tenant that was in use may be shown any more; another one is on its way.
    TenantLeft,
    /// The tenant can't be used as configured.
    NotConnected(Problem),
    SecretStored,
    /// It is of a tenant that is not saved yet, and not in the keyring before that is.
    SecretWaits,
    /// The tenant was saved, and what waited for that is in the keyring.
    WaitingSecretStored {
        tenant: String,
    },
    SecretNotStored(Problem),
    Discovered(Result<Box<DiscoveredTenant>, Problem>),
    ConnectionTested(Vec<ConnectionCheck>),
    GroupsFound {
        query: String,
        groups: Result<Vec<Group>, Problem>,
    },
    /// The tenant's own name where it has let the application in; empty where it says none.
    ConsentChecked(Result<String, Problem>),
    /// What the station signs in with ends soon; told anew, or taken back, now and then.
    Reminder(Option<Problem>),
    Policy(Result<PasskeyPolicy, Problem>),
    /// The directory asked to wait: nothing is sent to it until then.
    DirectoryPause {
        until: Instant,
    },

    Found {
        query: String,
        people: Result<Vec<Person>, Problem>,
    },
    PersonRead(Box<PersonRead>),
    /// A challenge for the chosen person has been fetched ahead.
    ChallengeReady {
        person: PersonId,
        expires_at: Option<jiff::Timestamp>,
        took: Duration,
    },

    Key(KeyEvent),

    /// An enrolment began or was taken up again.
    EnrolmentBegun {
        id: EnrolmentId,
        intent: Box<Intent>,
        key: Option<KeyId>,
        steps: Vec<Step>,
    },
    Step {
        id: EnrolmentId,
        step: Step,
        change: StepChange,
    },
    /// The key waits for a touch; `within` is what is left.
    TouchNeeded {
        id: EnrolmentId,
        within: Duration,
    },
    TouchDone {
        id: EnrolmentId,
    },
    Stopped {
        id: EnrolmentId,
        stopped: Stopped,
    },
    /// A PIN must be typed before the enrolment can go on.
    PinNeeded {
        id: EnrolmentId,
        needed: PinNeeded,
    },
    Finished(Box<FinishedKey>),
    /// Ended without a key handed over: rolled back, skipped, abandoned.
    Ended {
        id: EnrolmentId,
        summary: String,
    },
    PinRevealed {
        id: EnrolmentId,
        pin: Pin,
    },
    FileWritten {
        id: EnrolmentId,
        path: PathBuf,
    },
    /// The enrolment is closed; the desk is free.
    HandedOver {
        id: EnrolmentId,
        keys_today: u32,
    },
    /// Of the tenant in use.
    Unfinished(Vec<Unfinished>),
    /// How many wait under other tenants; nothing more is told of them.
    UnfinishedElsewhere(Vec<WaitingElsewhere>),

    History {
        filter: String,
        rows: Result<Vec<HistoryRow>, Problem>,
    },
    HistoryVerified(Result<u64, Problem>),
    Picked {
        pick: Pick,
        path: PathBuf,
    },
    /// What was typed in place of a dialog is there.
    PathFound {
        pick: Pick,
        path: PathBuf,
    },
    /// No dialog is to be had: the path is typed; anew where one was refused.
    PathWanted {
        pick: Pick,
        refused: Option<PathRefused>,
    },
    Bench(Vec<BenchKey>),
    /// A session of many keys.
    Bulk(BulkEvent),
    Phones(PhonesEvent),
    Verify(VerifyEvent),
    /// Sign-in, proofs, the lock.
    Who(WhoEvent),
    /// A failure with no better place; stays until dismissed.
    Problem(Problem),
}

/// The tenant in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    pub name: String,
    /// Domain, realm or "Simulated company".
    pub detail: String,
    /// The service that keys are registered in, such as `Entra ID`.
    pub directory: &'static str,
    pub accent: Accent,
    pub practice: bool,
    /// Who is signed in: the application's name or id.
    pub operator: String,
    pub keys_today: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringMode {
    Keyring,
    /// Secrets are kept for this session only, and why.
    SessionOnly(String),
    /// The same, because the keyring was locked when the program started.
    Locked(String),
}

/// Whether random PINs can be sealed and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultMode {
    Open,
    /// What is sealed is lost when the program ends.
    InMemory,
    /// Random PINs are refused; typed ones work.
    Closed {
        problem: Problem,
        /// Sealed PINs that are lost with a new sealing key; absent while the right one may come
        /// back by itself.
        given_up: Option<u64>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredTenant {
    /// The domain or id that was asked for.
    pub asked: String,
    pub tenant_id: String,
    pub login_url: String,
    pub graph_url: String,
    /// Such as `EU`.
    pub region: Option<String>,
    /// Told by the tenant itself, once it has let the application in.
    pub organisation: Option<Organisation>,
    /// Another tenant of this station that is the same one.
    pub known_as: Option<String>,
}

impl DiscoveredTenant {
    /// The tenant says whose it is, and the domain asked for is not among its own.
    pub fn is_foreign(&self) -> bool {
        self.organisation.as_ref().is_some_and(|own| own.is_foreign(&self.asked))
    }
}

pub struct PersonRead {
    pub person: PersonId,
    pub card: Result<PersonCard, Problem>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepChange {
    Started,
    /// With a short note, such as `6 digits, set on the key`.
    Done {
        note: String,
        took: Duration,
    },
    Failed,
    /// A wait that is not a failure: `throttled, resuming in 8 s`.
    Waiting {
        note: String,
    },
}

/// A key that works and can be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedKey {
    pub id: EnrolmentId,
    pub method_id: String,
    pub vault: VaultWord,
    /// Row written to this file; or why not.
    pub csv: Result<PathBuf, Problem>,
    /// Files named registeredKeys.csv that another program made and that were left alone.
    pub foreign: Vec<PathBuf>,
    /// Touch to confirmed.
    pub took: Duration,
}

/// Whether a PIN is in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultWord {
    Sealed,
    /// The person's own PIN: kept nowhere.
    NotKept,
    Purged,
}

/// An enrolment that an earlier run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub id: EnrolmentId,
    pub intent: Intent,
    pub begun_at: jiff::Timestamp,
    /// Last sure state, in words: `PIN set, no credential yet`.
    pub last_sure: String,
    pub stopped: Stopped,
    /// The PIN that the key has must be typed to go on. A new one is asked for by the run.
    pub needs_pin: bool,
    /// Goes on without its key, as soon as its person has confirmed receipt.
    pub to_activate: bool,
}

/// Unfinished enrolments under a tenant that is not in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingElsewhere {
    pub tenant: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub at: jiff::Timestamp,
    pub operator: String,
    /// Such as `Registered`.
    pub action: String,
    /// Person or thing.
    pub subject: String,
    pub serial: Option<String>,
    pub detail: String,
}
