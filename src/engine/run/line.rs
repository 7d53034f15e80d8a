//! One line of the journal: the record, and what the history shows of it.

use crate::enrolment::{Answer, EnrolmentId, Fact, Finding, Left, Outcome, Record, Step};
use crate::journal::{Action, Journal, JournalError, Milestone, PinAfter};
use crate::settings::PurgePins;

/// A record on its way to the disk.
#[derive(Clone)]
pub(in crate::engine) struct Line {
    record: Record,
    milestone: Option<Milestone>,
    /// What becomes of the sealed PIN, when this record ends the enrolment.
    ends: Option<PinAfter>,
}

impl Line {
    /// `outcome` is the ceremony's after the record; `after` is what becomes of the PIN where that
    /// is a hand-over.
    pub(in crate::engine) fn new(
        record: Record,
        outcome: Option<&Outcome>,
        after: PinAfter,
    ) -> Self {
        let milestone = match outcome {
            Some(outcome) => Some(end(outcome)),
            None => milestone(&record),
        };
        let ends = outcome.map(|outcome| pin_after(outcome, after));
        Self { record, milestone, ends }
    }

    /// Returns when it is on the disk.
    pub(in crate::engine) fn write(
        &self,
        journal: &Journal,
        id: EnrolmentId,
        at: jiff::Timestamp,
    ) -> Result<(), JournalError> {
        match (self.ends, &self.milestone) {
            (Some(pin), Some(milestone)) => {
                journal.finish(id, Some(&self.record), milestone, pin, at)
            }
            (_, milestone) => journal.append(id, &self.record, milestone.as_ref(), at),
        }
    }
}

fn milestone(record: &Record) -> Option<Milestone> {
    match record {
        Record::Done { step, fact } => done(*step, fact),
        Record::Resolved { finding: Finding::Registered { method_id }, .. } => {
            Some(Milestone::new(Action::Registered, method_id))
        }
        Record::Resolved { finding: Finding::PinHolds, .. } => {
            Some(Milestone::new(Action::PinSet, "found after an interruption"))
        }
        Record::Failed { step, class, .. } => {
            Some(Milestone::new(Action::Failed, format!("{step:?}: {class:?}")))
        }
        Record::OldRemoved { method_id } => Some(Milestone::new(Action::OldKeyRemoved, method_id)),
        Record::Answered { answer: Answer::Retry, .. } => Some(Milestone::new(Action::Resumed, "")),
        _ => None,
    }
}

fn done(step: Step, fact: &Fact) -> Option<Milestone> {
    match (step, fact) {
        (Step::Reset, _) => Some(Milestone::new(Action::KeyReset, "")),
        (Step::Pin, _) => Some(Milestone::new(Action::PinSet, "")),
        (Step::Register, Fact::Registered { method_id }) => {
            Some(Milestone::new(Action::Registered, method_id))
        }
        _ => None,
    }
}

fn end(outcome: &Outcome) -> Milestone {
    match outcome {
        Outcome::HandedOver { method_id, .. } => Milestone::new(Action::HandedOver, method_id),
        Outcome::RolledBack { .. } => {
            Milestone::new(Action::RolledBack, super::notes::summary(outcome))
        }
        Outcome::Abandoned { .. } => {
            Milestone::new(Action::Abandoned, super::notes::summary(outcome))
        }
    }
}

/// What becomes of the PIN of a key that is handed over. `delivered` tells whether this run heard
/// that it was shown, printed or written; an earlier one may have. Those of a session can be kept
/// all the same.
pub(super) fn after_hand_over(delivered: bool, is_of_session: bool, purge: PurgePins) -> PinAfter {
    match (delivered, purge) {
        (true, PurgePins::Keep) if is_of_session => PinAfter::Keep,
        (true, _) => PinAfter::Purge,
        (false, PurgePins::WhenWritten) => PinAfter::PurgeIfGiven,
        (false, PurgePins::Keep) => PinAfter::Keep,
    }
}

/// A key that is taken back may still have the PIN.
fn pin_after(outcome: &Outcome, handed_over: PinAfter) -> PinAfter {
    match outcome {
        Outcome::HandedOver { .. } => handed_over,
        Outcome::RolledBack { left, .. } | Outcome::Abandoned { left, .. } => {
            match left.contains(&Left::PinOnKey) {
                true => PinAfter::Keep,
                false => PinAfter::Purge,
            }
        }
    }
}
