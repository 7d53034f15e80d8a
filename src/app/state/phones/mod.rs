//! Phone methods as the window knows them: the open person, the people of a list, the plan, the
//! job that carries it out.

mod job;
mod one;
mod plan;
#[cfg(test)]
mod tests;

pub use job::{JobTable, ResultKind as PhoneResult, ResultKinds as PhoneResults};
pub use one::{OnePerson, PASS_SHOWN};
pub use plan::{Chosen as ChosenRows, PlanKind, PlanKinds, PlanTable, Share};

use super::{Groups, Search};
use crate::engine::{JobLine, ListShown, PhonesCommand, PhonesEvent, PhonesFile};
use crate::problem::Problem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Everything on the Phones page that the engine told.
#[derive(Default)]
pub struct Phones {
    /// Whether the directory keeps phone methods; nothing while it has not told.
    pub offered: Option<bool>,
    /// Country of numbers without a code, two letters (ISO 3166).
    pub default_country: String,
    pub search: Search,
    pub one: OnePerson,
    pub groups: Groups,
    /// People read so far.
    pub reading: Option<usize>,
    pub not_read: Option<Problem>,
    /// Read and not planned yet.
    pub list: Option<Arc<ListShown>>,
    /// A plan was asked for and is not there yet.
    pub planning: Option<Planning>,
    pub not_planned: Option<Problem>,
    pub plan: Option<PlanTable>,
    /// "Apply" was sent and no job came back yet.
    pub beginning: bool,
    pub job: Option<JobTable>,
    /// Newest first; nothing while nobody asked.
    pub jobs: Option<Vec<JobLine>>,
    /// Newest first.
    pub written: Vec<PhonesWritten>,
    /// What still comes of people and plans was asked for by another operator.
    of_another: bool,
}

/// How many people the directory was asked about; of none while it did not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planning {
    pub done: usize,
    pub of: usize,
}

/// A file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhonesWritten {
    pub what: PhonesFile,
    pub path: PathBuf,
    pub count: usize,
}

impl Phones {
    /// Takes what the engine tells.
    pub(super) fn apply(&mut self, event: PhonesEvent, now: Instant) {
        self.take(event, now);
        self.keep_slip_with_pass();
    }

    fn take(&mut self, event: PhonesEvent, now: Instant) {
        if self.of_another && is_of_planning(&event) {
            return;
        }
        match event {
            PhonesEvent::Offered { offered, default_country } => {
                self.offered = Some(offered);
                self.default_country = default_country;
            }
            PhonesEvent::Found { query, people } => self.search.found(query, people),
            PhonesEvent::Person(person) => self.one.person_is(person),
            PhonesEvent::Working(deed) => self.one.works(deed),
            PhonesEvent::Refused { deed, problem } => self.one.refused(deed, problem),
            PhonesEvent::Unsure { deed, problem } => self.one.unsure(deed, problem),
            PhonesEvent::Done(deed) => self.one.done(deed),
            PhonesEvent::AlreadySo(deed) => self.one.already_so(deed),
            PhonesEvent::Pass(pass) => {
                self.forget_slip();
                self.one.pass_is(pass, now);
            }
            PhonesEvent::Reading { done } => self.reading = Some(done),
            PhonesEvent::People(list) => {
                self.reading = None;
                self.not_read = None;
                self.list = list;
            }
            PhonesEvent::NotRead(problem) => {
                self.reading = None;
                self.not_read = Some(problem);
            }
            PhonesEvent::Groups { query, groups } => self.groups.found(query, groups),
            PhonesEvent::Planning { done, of } => {
                // What is told late is of a plan that is there, or that nobody waits for.
                if let Some(planning) = &mut self.planning {
                    *planning = Planning { done, of };
                }
            }
            PhonesEvent::Plan(None) => self.plan = None,
            PhonesEvent::Plan(Some(plan)) => {
                self.planning = None;
                self.not_planned = None;
                self.plan = Some(PlanTable::new(plan));
                self.job.take_if(|job| job.is_over());
            }
            PhonesEvent::Corrected { row, shown, counts } => {
                if let Some(plan) = &mut self.plan {
                    plan.corrected(row, *shown, counts);
                }
            }
            PhonesEvent::NotPlanned(problem) => {
                self.plan = None;
                self.planning = None;
                self.not_planned = Some(problem);
            }
            PhonesEvent::Job(job) => {
                self.beginning = false;
                self.job_is(job.map(|job| *job));
            }
            PhonesEvent::Progress { figures, rows } => {
                if let Some(job) = &mut self.job {
                    job.progress(figures, rows);
                }
            }
            PhonesEvent::Jobs(jobs) => self.jobs = Some(jobs),
            PhonesEvent::Written { what, path, count } => {
                self.written.retain(|file| file.path != path);
                self.written.insert(0, PhonesWritten { what, path, count });
            }
        }
    }

    /// Notes what was handed to the engine.
    pub(super) fn sent(&mut self, command: &PhonesCommand) {
        self.note(command);
        self.keep_slip_with_pass();
    }

    fn note(&mut self, command: &PhonesCommand) {
        match command {
            PhonesCommand::Find { query } => self.search.sent(query),
            PhonesCommand::Open(person) => self.one.open(person),
            PhonesCommand::Close => self.one = OnePerson::default(),
            PhonesCommand::SetNumber { .. }
            | PhonesCommand::RemoveNumber { .. }
            | PhonesCommand::SetSmsSignIn { .. }
            | PhonesCommand::IssuePass { .. }
            | PhonesCommand::RevokeSessions { .. }
            | PhonesCommand::Refresh => self.one.forget_answers(),
            PhonesCommand::HidePass => self.one.drop_pass(),
            PhonesCommand::ReadFile(_)
            | PhonesCommand::ReadText(_)
            | PhonesCommand::ReadGroup { .. } => {
                self.of_another = false;
                self.not_read = None;
            }
            PhonesCommand::FindGroups { query } => self.groups.sent(query),
            PhonesCommand::DropPeople => self.drop_people(),
            PhonesCommand::Plan(_) | PhonesCommand::PlanUndo(_) => self.plans(),
            PhonesCommand::StopPlanning => self.planning = None,
            PhonesCommand::Apply { .. } => self.beginning = true,
            PhonesCommand::CloseJob => self.job_is(None),
            PhonesCommand::Correct { .. }
            | PhonesCommand::PrintPass
            | PhonesCommand::ExportPlan
            | PhonesCommand::Pause
            | PhonesCommand::GoOn
            | PhonesCommand::Cancel
            | PhonesCommand::RetryFailed
            | PhonesCommand::WriteResults
            | PhonesCommand::ListJobs
            | PhonesCommand::OpenJob(_) => {}
        }
    }

    /// What was refused can be pressed again.
    pub(super) fn failed(&mut self) {
        self.beginning = false;
        self.planning.take_if(|planning| *planning == Planning::default());
    }

    /// Nothing that others must not see stays.
    pub(super) fn drop_secrets(&mut self) {
        self.one.drop_pass();
        self.forget_slip();
    }

    /// Another operator begins with an empty page; work that runs goes on, and is told anew.
    pub(super) fn other_operator(&mut self) {
        let before = std::mem::take(self);
        *self = Self {
            offered: before.offered,
            default_country: before.default_country,
            of_another: true,
            ..Self::default()
        };
    }

    /// The newest file of this kind.
    pub fn written(&self, what: PhonesFile) -> Option<&PhonesWritten> {
        self.written.iter().find(|file| file.what == what)
    }

    /// A slip is that of the pass on the screen, and of nobody else's.
    fn keep_slip_with_pass(&mut self) {
        if !self.one.holds_pass() {
            self.forget_slip();
        }
    }

    fn forget_slip(&mut self) {
        self.written.retain(|file| file.what != PhonesFile::PassSlip);
    }

    /// The plan before is dropped by the engine too, so nothing of it can be applied.
    fn plans(&mut self) {
        self.of_another = false;
        self.plan = None;
        self.planning = Some(Planning::default());
        self.not_planned = None;
        self.written.clear();
    }

    fn drop_people(&mut self) {
        self.list = None;
        self.plan = None;
        self.planning = None;
        self.reading = None;
        self.not_read = None;
        self.not_planned = None;
        self.written.clear();
    }

    fn job_is(&mut self, job: Option<crate::engine::JobShown>) {
        let is_another =
            self.job.as_ref().map(|old| old.shown.id) != job.as_ref().map(|new| new.id);
        if is_another {
            self.written.clear();
        }
        if job.is_some() {
            // What is carried out is not planned any more.
            self.plan = None;
            self.planning = None;
        }
        self.job = job.map(JobTable::new);
    }
}

/// Told of a list or a plan that somebody asked for.
fn is_of_planning(event: &PhonesEvent) -> bool {
    matches!(
        event,
        PhonesEvent::Reading { .. }
            | PhonesEvent::People(_)
            | PhonesEvent::NotRead(_)
            | PhonesEvent::Planning { .. }
            | PhonesEvent::Plan(_)
            | PhonesEvent::Corrected { .. }
            | PhonesEvent::NotPlanned(_)
    )
}
