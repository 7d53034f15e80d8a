//! One line of the journal: the record, and what the history shows of it.

use crate::enrolment::{Answer, EnrolmentId, Fact, Finding, Left, Outcome, Record, Step};
use crate::journal::{Action, Journal, JournalError, Milestone, PinAfter};

/// A record on its way to the disk.
#[derive(Clone)]
pub(in crate::engine) struct Line {
    record: Record,
    milestone: Option<Milestone>,
    /// What becomes of the sealed PIN, when this record ends the enrolment.
    ends: Option<PinAfter>,
}

impl Line {
    /// `outcome` is the ceremony's after the record; `delivered` tells whether the PIN has been
    /// shown, printed or written.
    pub(in crate::engine) fn new(
        record: Record,
        outcome: Option<&Outcome>,
        delivered: bool,
    ) -> Self {
        let milestone = match outcome {
            Some(outcome) => Some(end(outcome)),
            None => milestone(&record),
        };
        let ends = outcome.map(|outcome| match pin_is_needed(outcome, delivered) {
            true => PinAfter::Keep,
            false => PinAfter::Purge,
        });
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
        (Step::RemoveOld, _) => Some(Milestone::new(Action::OldKeyRemoved, "")),
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

/// Whether a key has the sealed PIN and nobody has been told it.
fn pin_is_needed(outcome: &Outcome, delivered: bool) -> bool {
    match outcome {
        Outcome::HandedOver { .. } => !delivered,
        Outcome::RolledBack { left, .. } | Outcome::Abandoned { left, .. } => {
            left.contains(&Left::PinOnKey)
        }
    }
}
