//! What an audit finds, and its report.

use crate::bulk::SessionId;
use crate::problem::Problem;
use jiff::Timestamp;

/// One place where journal, directory and keys do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    /// User principal name, or the thing it is about.
    pub who: String,
    pub serial: Option<String>,
    /// What does not agree, in a sentence without a full stop. Never a secret.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// The history's chain is broken.
    History,
    /// Somebody or something is missing from the journal, or contradicts itself.
    Journal,
    /// Handed over, and not in the directory.
    NotInDirectory,
    /// Taken back, and still in the directory.
    StillInDirectory,
    /// More keys than the session gives.
    TooManyKeys,
    /// One key stands for two that people have.
    GivenTwice,
    /// Registered since the session began, and no enrolment knows of it.
    Unknown,
    /// It was to be removed.
    OldKey,
    /// The session has ended, and the key's work has not; or the time to activate it has passed.
    Unfinished,
    /// A sealed PIN is not what its key's state says.
    Pin,
    /// A key that is in is not what the journal says.
    Key,
}

impl Finding {
    /// Seen a moment later, it may be told with other numbers.
    pub(super) fn is_the_same_as(&self, other: &Self) -> bool {
        (self.kind, &self.who, &self.serial) == (other.kind, &other.who, &other.serial)
    }
}

/// What an audit has compared and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    pub session: SessionId,
    pub tenant: String,
    /// Who began it.
    pub operator: String,
    pub begun_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub people: usize,
    /// Keys that the session says are in the directory.
    pub keys: usize,
    /// Keys of the session that are plugged in.
    pub keys_in: usize,
    pub findings: Vec<Finding>,
    /// What could not be compared, and why.
    pub unchecked: Vec<Problem>,
}
