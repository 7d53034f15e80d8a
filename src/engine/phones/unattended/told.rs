//! What a run tells, while it goes and at its end.

use crate::journal::{PhoneJobId, PhoneRowState, StoredPhoneJob};
use crate::outputs::phones::PhoneLine;
use crate::phones::{Counts, PhoneKind};
use crate::problem::Problem;
use jiff::Timestamp;

/// One thing while it goes.
#[derive(Clone, Debug, PartialEq)]
pub enum PhonesTold {
    /// For a person.
    Note(String),
    Row(RowTold),
}

/// One row: of a plan, or what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowTold {
    /// From 1, in the plan or in the job.
    pub no: usize,
    pub line: PhoneLine,
}

/// How it came out.
#[derive(Clone, Debug, PartialEq)]
pub struct PhonesSummary {
    pub tenant: String,
    pub source: String,
    pub kind: PhoneKind,
    pub undo_of: Option<PhoneJobId>,
    /// Of the plan; nothing where a job went on.
    pub counts: Option<Counts>,
    /// Rows of the plan that were wanted and can't be done.
    pub faults: usize,
    /// What was written; nothing for a plan's dry run, and where there was nothing to write.
    pub job: Option<JobEnd>,
}

/// A job after its run.
#[derive(Clone, Debug, PartialEq)]
pub struct JobEnd {
    pub id: PhoneJobId,
    pub tally: Tally,
    /// Nothing where it can go on.
    pub ended_at: Option<Timestamp>,
    /// Why it stopped on its way.
    pub stopped: Option<Problem>,
}

/// Rows of a job by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub all: usize,
    pub done: usize,
    pub already_so: usize,
    pub changed_meanwhile: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Waiting, or begun and not known.
    pub left: usize,
}

impl Tally {
    pub(super) fn of(job: &StoredPhoneJob) -> Self {
        let mut tally = Self { all: job.rows.len(), ..Self::default() };
        for row in &job.rows {
            *match row.state {
                PhoneRowState::Done => &mut tally.done,
                PhoneRowState::AlreadySo => &mut tally.already_so,
                PhoneRowState::ChangedMeanwhile => &mut tally.changed_meanwhile,
                PhoneRowState::Failed(_) => &mut tally.failed,
                PhoneRowState::Cancelled => &mut tally.cancelled,
                PhoneRowState::Waiting | PhoneRowState::Begun => &mut tally.left,
            } += 1;
        }
        tally
    }

    /// Whether every row has what it was to have.
    pub fn is_whole(&self) -> bool {
        self.done + self.already_so == self.all
    }

    /// Whether every row has it, or is left to have it.
    pub fn may_be_whole(&self) -> bool {
        self.done + self.already_so + self.left == self.all
    }
}

impl PhonesSummary {
    /// Whether everything that was wanted is so; of a dry run, whether it would be.
    pub fn is_whole(&self, dry_run: bool) -> bool {
        self.faults == 0
            && self.job.as_ref().is_none_or(|job| {
                job.stopped.is_none()
                    && if dry_run { job.tally.may_be_whole() } else { job.tally.is_whole() }
            })
    }
}
