//! What became of each key of a session, as the journal says.

use crate::bulk::{Activation, Entry, EntryNo, SessionNote};
use crate::engine::run::summary;
use crate::enrolment::{Action, AtHand, Ceremony, Held, Left, Outcome, Record, Step, Then};
use crate::journal::{SealedPin, StoredEnrolment, StoredSession};
use jiff::Timestamp;

/// One key that was begun in a session.
pub(in crate::engine) struct KeyOf<'a> {
    /// Whose place in the session it was begun for.
    pub entry: EntryNo,
    pub stored: &'a StoredEnrolment,
    pub fate: Fate,
}

/// How far a key came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Fate {
    /// In the directory and confirmed; only the hand-over is left.
    Ready {
        method_id: String,
    },
    HandedOver {
        method_id: String,
        left: Vec<Left>,
    },
    /// In the middle of its work, or waiting for an answer.
    Open,
    /// Made and on its way to its person; registered once they confirm receipt, which can be done
    /// until then.
    ToActivate {
        until: Option<Timestamp>,
    },
    /// `why` is what a person reads.
    TakenBack {
        then: Then,
        left: Vec<Left>,
        why: String,
    },
    GivenUp {
        left: Vec<Left>,
        why: String,
    },
    /// It was handed over, and is out of the directory again.
    Undone {
        reason: String,
        at: Timestamp,
    },
    /// Its records contradict each other.
    Unreadable {
        why: String,
    },
}

impl KeyOf<'_> {
    /// The directory's id, while it is the person's.
    pub(in crate::engine) fn method_id(&self) -> Option<&str> {
        match &self.fate {
            Fate::Ready { method_id } | Fate::HandedOver { method_id, .. } => Some(method_id),
            _ => None,
        }
    }

    /// It is in its person's hand, or on its way there.
    pub(in crate::engine) fn leaves(&self) -> bool {
        self.method_id().is_some() || matches!(self.fate, Fate::ToActivate { .. })
    }

    /// A PIN was sealed for it that is not purged, whether it can be opened or not.
    pub(in crate::engine) fn has_pin(&self) -> bool {
        matches!(self.stored.pin, SealedPin::Sealed | SealedPin::Lost)
    }
}

/// The keys of a session in the order in which they were begun. One without a place in it is left
/// out.
pub(in crate::engine) fn keys_of(session: &StoredSession) -> Vec<KeyOf<'_>> {
    let seated = session.enrolments.iter().filter_map(|stored| Some((stored, stored.intent.seat?)));
    seated
        .map(|(stored, seat)| KeyOf { entry: seat.entry, stored, fate: fate(session, stored) })
        .collect()
}

/// People in their order, each with their number.
pub(in crate::engine) fn numbered(
    session: &StoredSession,
) -> impl Iterator<Item = (EntryNo, &Entry)> {
    (1..).map(EntryNo).zip(&session.entries)
}

fn fate(session: &StoredSession, stored: &StoredEnrolment) -> Fate {
    let ceremony = match Ceremony::replay(stored.intent.clone(), &stored.records) {
        Ok(ceremony) => ceremony,
        Err(error) => return Fate::Unreadable { why: error.to_string() },
    };
    match ceremony.outcome() {
        None if is_ready(&ceremony) => match ceremony.method_id() {
            Some(method_id) => Fate::Ready { method_id: method_id.to_owned() },
            None => Fate::Open,
        },
        None if is_to_activate(session, &ceremony) => {
            Fate::ToActivate { until: ceremony.made_until() }
        }
        None => Fate::Open,
        Some(Outcome::HandedOver { method_id, left }) => match undone(session, stored) {
            Some((at, reason)) => Fate::Undone { reason, at },
            None => Fate::HandedOver { method_id: method_id.clone(), left: left.clone() },
        },
        Some(outcome @ Outcome::RolledBack { then, left, .. }) => {
            Fate::TakenBack { then: *then, left: left.clone(), why: why(stored, outcome) }
        }
        Some(outcome @ Outcome::Abandoned { left, .. }) => {
            Fate::GivenUp { left: left.clone(), why: why(stored, outcome) }
        }
    }
}

/// Nothing but the hand-over is left to do.
pub(super) fn is_ready(ceremony: &Ceremony) -> bool {
    // Only a step that does not ask for these comes after the confirmation.
    let at_hand = AtHand {
        now: Timestamp::UNIX_EPOCH,
        pin: Held::Yes,
        old_pin: Held::Yes,
        options: Held::Yes,
    };
    match ceremony.next(&at_hand) {
        Action::Do(step) | Action::Resolve(step) => step == Step::HandOver,
        Action::Ask(stopped) => stopped.step == Step::HandOver,
        _ => false,
    }
}

/// One that is being taken back is not.
fn is_to_activate(session: &StoredSession, ceremony: &Ceremony) -> bool {
    session.options.activation == Activation::Later
        && ceremony.is_forward()
        && ceremony.is_done(Step::Verify)
        && !ceremony.is_done(Step::Register)
}

fn undone(session: &StoredSession, stored: &StoredEnrolment) -> Option<(Timestamp, String)> {
    session.notes.iter().rev().find_map(|(at, note)| match note {
        SessionNote::Undone { enrolment, reason, .. } if *enrolment == stored.id => {
            Some((*at, reason.clone()))
        }
        _ => None,
    })
}

/// What went wrong last, and how it ended.
fn why(stored: &StoredEnrolment, outcome: &Outcome) -> String {
    let failed = stored.records.iter().rev().find_map(|record| match record {
        Record::Failed { problem, .. }
        | Record::ResolveFailed { problem, .. }
        | Record::UndoFailed { problem, .. } => Some(&problem.what),
        _ => None,
    });
    match failed {
        Some(failed) => format!("{failed}. {}", summary(outcome)),
        None => summary(outcome),
    }
}
