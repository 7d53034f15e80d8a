//! What the window is told of phone methods and passes.

use crate::directory::{Group, PassPolicy, Person, RegisteredMethod};
use crate::journal::PhoneJobId;
use crate::phones::{Counts, PhoneKind, PhoneMethod, PlanOptions, Planned};
use crate::problem::Problem;
use crate::secrets::SecretText;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// One thing that happened about phones.
pub enum PhonesEvent {
    /// Whether the directory in use keeps phone methods, and the tenant's country for numbers
    /// without a code. Told at each connection.
    Offered {
        offered: bool,
        default_country: String,
    },
    Found {
        query: String,
        people: Result<Vec<Person>, Problem>,
    },
    /// The open person; replaces what was shown of them. `None` when closed.
    Person(Option<Box<MethodsShown>>),
    /// Something of the open person is under way; `None` when it is done.
    Working(Option<OneDeed>),
    /// It could not be done; nothing was changed.
    Refused {
        deed: OneDeed,
        problem: Problem,
    },
    /// It may have been done: no answer came.
    Unsure {
        deed: OneDeed,
        problem: Problem,
    },
    /// It was done.
    Done(OneDeed),
    /// It was so already; nothing was sent.
    AlreadySo(OneDeed),
    /// A pass to be shown, once.
    Pass(Option<Box<PassShown>>),

    /// People are being read.
    Reading {
        done: usize,
    },
    /// Who is to be planned for; `None` when dropped.
    People(Option<Arc<ListShown>>),
    NotRead(Problem),
    Groups {
        query: String,
        groups: Result<Vec<Group>, Problem>,
    },
    /// The directory is asked: how many so far.
    Planning {
        done: usize,
        of: usize,
    },
    /// The plan; `None` when dropped.
    Plan(Option<Arc<PlanShown>>),
    /// One row of the plan was corrected; the plan is that of before otherwise.
    Corrected {
        row: usize,
        shown: Box<PlanRow>,
        counts: Counts,
    },
    NotPlanned(Problem),
    /// The job in use; `None` when closed. Told anew when its state changes.
    Job(Option<Box<JobShown>>),
    /// Figures of the running job, and the rows that came to an end since the last ones.
    Progress {
        figures: JobFigures,
        rows: Vec<(usize, RowState)>,
    },
    /// Jobs that were done here, newest first.
    Jobs(Vec<JobLine>),
    /// A file was written.
    Written {
        what: PhonesFile,
        path: PathBuf,
        count: usize,
    },
}

/// One person with everything registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodsShown {
    pub person: Person,
    pub phones: Vec<PhoneMethod>,
    /// All methods, phones too.
    pub methods: Vec<RegisteredMethod>,
    /// Nothing where the pass policy can't be read, with the reason.
    pub pass: Result<PassPolicy, Problem>,
    /// When the phones were read.
    pub read_at: Timestamp,
}

/// One thing done to the open person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneDeed {
    Read,
    SetNumber(PhoneKind),
    RemoveNumber(PhoneKind),
    SmsSignIn { on: bool },
    IssuePass,
    RevokeSessions,
}

/// A pass on the screen. It has no Debug.
pub struct PassShown {
    pub name: String,
    pub upn: String,
    pub pass: SecretText,
    pub starts: Timestamp,
    pub ends: Timestamp,
    pub once: bool,
}

/// People who were read and not planned yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListShown {
    /// Such as `people.csv` or the group's name.
    pub source: String,
    pub facts: String,
    pub remarks: Vec<Problem>,
    pub people: usize,
    /// Rows of the list that can't be used.
    pub wrong: usize,
    /// Columns that may hold numbers; those that look so first.
    pub columns: Vec<String>,
}

/// A plan. Nothing has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanShown {
    /// Tells it from every other plan.
    pub edition: u64,
    /// Such as `Field technicians`.
    pub source: String,
    pub options: PlanOptions,
    /// The job it takes back, where it is an undo.
    pub undo_of: Option<PhoneJobId>,
    pub read_at: Timestamp,
    pub rows: Vec<PlanRow>,
    pub counts: Counts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    pub name: Box<str>,
    pub upn: Box<str>,
    pub planned: Planned,
    /// What the source holds, where it is no number.
    pub given: crate::phones::NumberText,
}

/// A plan that is or was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct JobShown {
    pub id: PhoneJobId,
    pub source: String,
    pub kind: PhoneKind,
    pub undo_of: Option<PhoneJobId>,
    pub operator: String,
    pub begun_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub state: JobState,
    pub rows: Arc<Vec<JobRow>>,
    pub figures: JobFigures,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    Running,
    /// It ends behind the rows that are on their way.
    Pausing,
    /// By the operator, or because the program ended: it needs a proof again before it goes on.
    Paused {
        needs_proof: bool,
    },
    /// The directory asked to wait until then; it goes on by itself.
    Waiting {
        until: Timestamp,
    },
    /// Everything that can be done by itself is done; rows may have failed.
    Ended,
    Cancelled,
    /// It stopped for a reason that concerns all rows.
    Stopped(Problem),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub name: Box<str>,
    pub upn: Box<str>,
    pub change: crate::phones::Change,
    pub state: RowState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    Waiting,
    /// Was begun; whether it has its effect is not known yet.
    Begun,
    Done,
    /// It was so already.
    AlreadySo,
    /// Somebody else changed it between plan and now: left as it is.
    ChangedMeanwhile,
    Failed(Problem),
    /// Not begun when the job was cancelled.
    Cancelled,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JobFigures {
    pub all: usize,
    pub waiting: usize,
    pub done: usize,
    pub already_so: usize,
    pub changed_meanwhile: usize,
    pub failed: usize,
    /// Not begun when the job was cancelled.
    pub cancelled: usize,
    /// Of the last minute.
    pub rows_per_second: Option<f64>,
    pub seconds_left: Option<u64>,
}

/// One earlier job in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLine {
    pub id: PhoneJobId,
    pub source: String,
    pub kind: PhoneKind,
    pub undo_of: Option<PhoneJobId>,
    pub operator: String,
    pub begun_at: Timestamp,
    pub rows: usize,
    pub done: usize,
    pub ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhonesFile {
    Plan,
    Results,
    PassSlip,
}
