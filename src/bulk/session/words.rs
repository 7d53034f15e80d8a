//! What happens in a session, what is done about it, and what a slot is.

use crate::bulk::{EntryNo, SessionNote, SlotNo};
use crate::enrolment::{EnrolmentId, KeyIdentity, Then};
use crate::key::{KeyFacts, KeyId};
use jiff::Timestamp;

/// What goes on in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotState {
    Free,
    /// The key is asked who it is.
    Reading,
    /// It waits; why.
    Refused(Why),
    /// The engine is about to begin.
    Beginning(EntryNo),
    /// A run has it; the key may be out.
    Running {
        entry: EntryNo,
        enrolment: EnrolmentId,
    },
    /// Finished: to be pulled out.
    Done {
        entry: EntryNo,
        enrolment: EnrolmentId,
    },
    /// Its enrolment came to an end without a hand-over: to be pulled out.
    Spent {
        entry: EntryNo,
    },
}

/// Why a key is not given to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    NobodyLeft,
    Paused,
    /// Made in this session for somebody, whose name this is.
    GivenTo(String),
    /// Another enrolment of this station gave it to somebody.
    HeldBy(String),
    NotInStock,
    /// The file means it for a person who needs no key now.
    MeantFor(String),
    /// The person who was scanned, or who alone is left, is to get the key with this serial.
    OtherSerial {
        name: String,
        serial: String,
    },
    /// It could not be read, or the enrolment not begun; the engine has the problem.
    Problem,
}

impl Why {
    /// Whether the operator may say that the key is used all the same. Not where it would be taken
    /// away from a person whose it is.
    pub fn may_be_overruled(&self) -> bool {
        match self {
            Self::HeldBy(_)
            | Self::NotInStock
            | Self::MeantFor(_)
            | Self::OtherSerial { .. }
            | Self::Problem => true,
            Self::NobodyLeft | Self::Paused | Self::GivenTo(_) => false,
        }
    }
}

/// A key that told who it is.
#[derive(Clone, Debug)]
pub struct KeyIn {
    pub facts: KeyFacts,
    /// Whom this station gave the key before, outside this session: by its serial, or by a
    /// credential that is on it.
    pub holder: Option<String>,
    pub told: Told,
}

/// What is known of a key without a serial, beside its facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The enrolment that made a credential which is on it, where it was asked and held one.
    pub made_in: Option<EnrolmentId>,
    /// Enrolments whose key it can't be: it is blank and theirs has a PIN, or it does not hold what
    /// they made.
    pub not_of: Vec<EnrolmentId>,
    /// It has been used, and did not tell by whom: it may be anybody's.
    pub is_silent: bool,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Something was put into a port; who it is follows.
    Inserted {
        key: KeyId,
        /// Absent where the system does not tell it.
        port: Option<String>,
    },
    KeyIn(Box<KeyIn>),
    /// It did not tell who it is.
    Unreadable {
        key: KeyId,
    },
    KeyOut {
        key: KeyId,
    },
    /// The intent is in the journal.
    Begun {
        slot: SlotNo,
        enrolment: EnrolmentId,
        key: KeyIdentity,
    },
    /// The enrolment could not be begun.
    NotBegun {
        slot: SlotNo,
        /// Who has the key meanwhile, where that is why.
        holder: Option<String>,
    },
    /// The run wants a touch, of use until then.
    TouchWanted {
        enrolment: EnrolmentId,
        until: Option<Timestamp>,
    },
    /// It was touched, or the run gave up.
    TouchOver {
        enrolment: EnrolmentId,
    },
    /// Only the hand-over is left.
    Finished {
        enrolment: EnrolmentId,
    },
    /// The run has ended.
    Over {
        enrolment: EnrolmentId,
        end: RunEnd,
    },
    Scanned {
        text: String,
    },
    Assigned {
        slot: SlotNo,
        entry: EntryNo,
    },
    UseAnyway {
        slot: SlotNo,
        /// Also where it is to be reset first.
        reset: bool,
    },
    Skipped {
        entry: EntryNo,
        reason: String,
    },
    PutBack {
        entry: EntryNo,
    },
    RetryFailed,
    /// A finished key is out of the directory again.
    Undone {
        entry: EntryNo,
        enrolment: EnrolmentId,
        serial: Option<String>,
        reason: String,
    },
    Paused,
    GoneOn,
    /// The station was locked, or its operator signed out. What is begun goes on.
    Unattended,
    Attended,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    HandedOver,
    TakenBack {
        then: Then,
        summary: String,
    },
    GivenUp {
        summary: String,
    },
    /// The run ended, the enrolment did not: it waits for its key.
    Interrupted,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Begin(Given),
    /// The key of an open enrolment is in this slot.
    Back {
        slot: SlotNo,
        key: KeyId,
        enrolment: EnrolmentId,
    },
    /// The run may ask for its touch.
    Touch(EnrolmentId),
    /// The key was pulled out after all was done.
    HandOver(EnrolmentId),
    Note(SessionNote),
    /// What was scanned chooses nobody: it is nobody's, or its person waits for no key.
    ScanInVain {
        text: String,
        whose: Option<EntryNo>,
    },
    /// What was scanned is that of several people who wait.
    ScanIsShared {
        text: String,
    },
    /// All sixteen slots are taken; this key is not used.
    NoSlot(KeyId),
}

/// One key for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub slot: SlotNo,
    pub key: KeyId,
    pub entry: EntryNo,
    /// Which of the person's keys it is, counted from 1.
    pub n: u8,
    /// It holds a PIN or credentials and is reset first.
    pub reset: bool,
}
