//! One person of a session, and what the journal says became of them.

use super::{Brought, SlotNo};
use crate::enrolment::{EnrolmentId, Subject};
use serde::{Deserialize, Serialize};

/// Names one session in the journal and everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub uuid::Uuid);

/// A person's place in the session's list, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryNo(pub u32);

/// Who is to get a key: fixed when the session begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub person: Subject,
    /// Of the key that is meant for this person, as printed.
    pub serial: Option<String>,
    pub badge: Option<String>,
    pub employee_id: Option<String>,
    /// Directory ids of passkeys the person had when the session began; removed at the end where
    /// the session's options say so.
    pub old_keys: Vec<String>,
    /// A challenge that came with the list, until it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Box<Brought>>,
}

/// What became of a person so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EntryState {
    #[default]
    Waiting,
    /// A key is being made, or was left unfinished.
    Begun(EnrolmentId),
    /// All keys are in the person's hand, or on their way.
    Done,
    /// The last key was taken back or given up; waits for "Retry failed".
    Failed {
        summary: String,
    },
    Skipped {
        reason: String,
    },
}

/// What the operator decided about a session, beside its enrolments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionNote {
    Paused,
    Resumed,
    /// A USB port was seen for the first time.
    SlotTaken {
        slot: SlotNo,
        port: String,
    },
    Skipped {
        entry: EntryNo,
        reason: String,
    },
    /// A skipped, failed or taken-back person waits for a key again.
    PutBack {
        entry: EntryNo,
    },
    /// A finished key is to be taken out of the directory.
    UndoBegun {
        enrolment: EnrolmentId,
        reason: String,
    },
    /// The directory did not do so.
    UndoFailed {
        enrolment: EnrolmentId,
    },
    /// A finished key was taken back: it is out of the directory.
    Undone {
        entry: EntryNo,
        enrolment: EnrolmentId,
        serial: Option<String>,
        reason: String,
    },
}
