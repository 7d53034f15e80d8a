//! What the window is told of a session of many keys.

use crate::access::Act;
use crate::bulk::{
    EntryNo, EntryState, Figures, Readiness, ScriptOptions, SessionId, SessionOptions, SlotNo,
};
use crate::directory::Group;
use crate::engine::auditor::AuditReport;
use crate::enrolment::{EnrolmentId, PinNeeded, Step, Stopped};
use crate::key::KeyId;
use crate::problem::Problem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// One thing that happened in a bulk session, or while it is prepared.
pub enum BulkEvent {
    /// People are being read: how many so far, of how many where that is known.
    Reading {
        done: usize,
        of: Option<usize>,
    },
    /// The table of people; replaces the one before. `None` when it was dropped.
    People(Option<Arc<PeopleRead>>),
    /// They could not be read.
    NotRead(Problem),
    /// The directory was asked about some of them.
    Checked {
        verdicts: Vec<(usize, Readiness)>,
        done: usize,
        of: usize,
    },
    /// Groups that were found.
    Groups {
        query: String,
        groups: Result<Vec<Group>, Problem>,
    },
    /// What was found in `configs.json`.
    Configs(Result<Box<ConfigsRead>, Problem>),
    ConfigsShredded,
    /// Its secret went to the keyring after it was read, under this tenant.
    ConfigsSecretStored {
        tenant: String,
    },
    /// It waits for this new tenant to be saved, or no longer does.
    ConfigsSecretWaits {
        tenant: Option<String>,
    },
    /// How many serials the stock list has.
    Stock(Vec<String>),
    /// A session began, was taken up again, or changed its state. `None` when it has ended.
    Session(Option<Box<SessionShown>>),
    /// Everybody in the session, in their order; replaces the list before.
    Entries(Arc<Vec<EntryShown>>),
    /// One of them changed.
    Entry {
        no: EntryNo,
        state: EntryState,
    },
    /// The whole board: few things, told anew at each change.
    Board(Box<Board>),
    /// One key came to an end, for the list of results.
    Result(Box<ResultShown>),
    /// Those of before the session was taken up again, oldest first.
    Results(Vec<ResultShown>),
    /// What was scanned chooses nobody.
    ScanInVain(ScanInVain),
    /// Keys that can be undone, beside those that were told before.
    Finished(Vec<UndoableKey>),
    /// A file was written; of a session, where it is one's.
    Written {
        session: Option<SessionId>,
        what: Output,
        path: PathBuf,
        count: usize,
    },
    /// Journal, directory and keys are being compared.
    Auditing,
    Audited(Box<Result<AuditReport, Problem>>),
    /// Challenges are being fetched for a file; all of them when that is over.
    Fetching {
        done: usize,
        of: usize,
    },
    /// A session that has ended, for its last page.
    Ended(Box<Summary>),
    /// Sessions that have ended and whose papers may be wanted, the newest first: that one, and
    /// others with sealed PINs. Replaces the list before.
    Past(Vec<Summary>),
}

/// People that were read and not begun yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleRead {
    /// Such as `people.csv` or the group's name.
    pub source: String,
    /// What was found out about it, in words: `UTF-16, tabs, 3 columns read`.
    pub facts: String,
    /// Worth a look before going on.
    pub remarks: Vec<Problem>,
    pub rows: Vec<PersonRow>,
}

/// One row of the preflight table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonRow {
    /// Where it is in the file, counted from 1; absent for a group.
    pub line: Option<usize>,
    pub name: Box<str>,
    /// User principal name, or whatever else names the person.
    pub upn: Box<str>,
    pub serial: Option<Box<str>>,
    pub badge: Option<Box<str>>,
    /// As far as the file alone tells; [`BulkEvent::Checked`] brings the rest.
    pub readiness: Readiness,
}

/// What an older script's settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigsRead {
    pub path: PathBuf,
    pub tenant: String,
    pub client_id: String,
    /// It holds a secret in clear text, or what may be one.
    pub holds_secret: bool,
    /// Under which tenant its secret is in the keyring now.
    pub secret_stored: Option<String>,
    /// Under which tenant another one is in the keyring, and stays.
    pub other_kept: Option<String>,
    /// The new tenant that has to be saved before it goes there.
    pub secret_waits: Option<String>,
    /// No tenant of this station uses its application.
    pub is_new: bool,
    pub options: ScriptOptions,
    pub unknown: Vec<String>,
    /// Members whose values are of a wrong kind, and were not taken.
    pub wrong: Vec<String>,
}

/// The session in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionShown {
    pub id: SessionId,
    pub options: SessionOptions,
    /// [`SessionOptions::sentence`].
    pub sentence: String,
    pub begun_at: jiff::Timestamp,
    pub operator: String,
    pub paused: bool,
    /// What the session does by itself and this operator has not confirmed yet: it stays paused
    /// until [`super::BulkCommand::GoOn`] with them.
    pub to_confirm: Vec<Act>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryShown {
    pub no: EntryNo,
    pub name: String,
    pub upn: String,
    pub serial: Option<String>,
    pub state: EntryState,
}

/// Why the next key is not for the person who was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanInVain {
    /// Nobody in the session has this badge, serial or name; empty where it is not to be shown.
    Unknown(String),
    /// Several people who wait have this number; empty where it is not to be shown.
    Shared(String),
    /// This person does not wait for a key now.
    Settled { name: String, state: EntryState },
}

/// Slots and figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// In the order of their numbers.
    pub slots: Vec<SlotShown>,
    pub figures: Figures,
    /// Whom the next key goes to.
    pub next: Option<PersonOnBoard>,
    /// Serial of the key that is meant for them, where only people are left who wait for one of
    /// their own.
    pub next_own: Option<String>,
    /// A badge was scanned: the next key is for this person.
    pub scanned: Option<PersonOnBoard>,
    /// The next challenge to lapse: of somebody who waits, of a key in work or of one that was
    /// made and is not registered.
    pub next_expiry: Option<jiff::Timestamp>,
    /// Of how many people challenges were fetched ahead, and of how many in all.
    pub fetched: Option<(usize, usize)>,
    /// Keys of earlier runs that wait to be put in: who, which serial, how far.
    pub away: Vec<AwayKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonOnBoard {
    pub entry: EntryNo,
    pub name: String,
    pub upn: String,
}

/// An unfinished key that is not in any slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwayKey {
    pub enrolment: EnrolmentId,
    pub person: PersonOnBoard,
    pub serial: Option<String>,
    /// The slot it was in.
    pub slot: Option<SlotNo>,
    /// Last sure state, in words.
    pub last_sure: String,
    /// Waits to be activated, not for its key.
    pub to_activate: bool,
    /// Why it stopped, unless its key was only pulled out.
    pub failed: Option<Problem>,
    /// Until when what it made can be registered.
    pub lapses_at: Option<jiff::Timestamp>,
    /// What may be answered while its key is away.
    pub stopped: Stopped,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SlotShown {
    pub no: SlotNo,
    pub key: Option<SlotKey>,
    pub person: Option<PersonOnBoard>,
    pub enrolment: Option<EnrolmentId>,
    pub phase: SlotPhase,
    /// Parts of the work that are done, 0 to 5: key read, PIN, touch, registered, confirmed.
    pub done: u8,
    /// A short line, such as `Sent to Entra ID, waiting for the answer`.
    pub note: String,
    /// Since when the phase lasts.
    pub since: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotKey {
    pub id: KeyId,
    pub model: String,
    pub serial: Option<String>,
    /// Has a PIN or credentials: it is reset before it is used for somebody.
    pub used: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SlotPhase {
    /// No key is in.
    Free,
    /// The key is being asked who it is.
    Identifying,
    /// A step runs.
    Working(Step),
    /// Wants its touch; so many have theirs before.
    TouchQueued {
        before: usize,
    },
    TouchNow {
        until: Instant,
    },
    /// The key must be pulled out and put back in.
    Replug,
    /// Pull it out and label it.
    Done {
        number: u32,
    },
    /// Waits for one of the offered answers.
    Stopped(Stopped),
    /// A PIN must be typed.
    PinNeeded(PinNeeded),
    /// The key is used for nobody, unless the operator says so.
    Refused(Problem),
    /// The key is used for nobody now, whatever the operator says.
    Barred(Problem),
    /// The key was pulled out in the middle of its work.
    PulledOut,
    /// The session is paused: the key waits.
    Paused,
}

/// A line of the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultShown {
    pub at: jiff::Timestamp,
    pub kind: ResultKind,
    pub name: String,
    pub slot: Option<SlotNo>,
    pub serial: Option<String>,
    /// Key in to end, in seconds.
    pub took: Option<u64>,
    pub detail: String,
    pub entry: EntryNo,
    /// What `Undo` is about, where the key is finished; what was undone.
    pub enrolment: Option<EnrolmentId>,
}

/// A key that is in its person's hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoableKey {
    pub entry: EntryNo,
    pub enrolment: EnrolmentId,
    /// How many older keys of the person were removed for it.
    pub removed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    Done,
    Failed,
    Skipped,
    Undone,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Letters,
    Labels,
    Report,
    Pins,
    PinsInClear,
    Challenges,
}

/// A session that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub id: SessionId,
    pub done: usize,
    pub failed: usize,
    pub skipped: usize,
    pub without_key: usize,
    /// Sealed PINs of keys that people have, and that nobody was given yet.
    pub sealed: usize,
    pub began: jiff::Timestamp,
    pub ended: jiff::Timestamp,
}
