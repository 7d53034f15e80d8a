//! What the operator wants of phone methods and passes.

use crate::directory::{Group, Person, PersonId};
use crate::journal::PhoneJobId;
use crate::phones::{NumberText, PhoneKind, PlanOptions};
use std::path::PathBuf;

/// One wish about phones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhonesCommand {
    /// People whose name, user name, mail or employee id matches; the newest query wins.
    Find {
        query: String,
    },
    /// One person, with all methods.
    Open(Box<Person>),
    /// Reads the open person again.
    Refresh,
    /// Back to nobody.
    Close,
    /// Adds or changes the person's number of this kind.
    SetNumber {
        person: PersonId,
        kind: PhoneKind,
        number: NumberText,
    },
    RemoveNumber {
        person: PersonId,
        kind: PhoneKind,
    },
    SetSmsSignIn {
        person: PersonId,
        on: bool,
    },
    /// A Temporary Access Pass for the open person.
    IssuePass {
        person: PersonId,
        minutes: u32,
        once: bool,
        /// How the operator knows that it is the person.
        because: Identified,
    },
    /// The pass on the screen, on a slip of paper.
    PrintPass,
    /// The pass is not shown any more.
    HidePass,
    RevokeSessions {
        person: PersonId,
    },

    /// People and perhaps their numbers from a file; its shape is found out.
    ReadFile(PathBuf),
    /// The same from a pasted text.
    ReadText(String),
    FindGroups {
        query: String,
    },
    ReadGroup {
        group: Box<Group>,
        nested: bool,
    },
    /// Forgets people and plan.
    DropPeople,
    /// Asks the directory about everybody, and decides.
    Plan(Box<PlanOptions>),
    StopPlanning,
    /// Another number for one row of the plan, in place of the source's.
    Correct {
        /// [`super::PlanShown::edition`]; another plan's rows are not these.
        edition: u64,
        row: usize,
        number: NumberText,
    },
    /// The plan as a table in a file, numbers masked.
    ExportPlan,
    /// Carries out these rows of the plan.
    Apply {
        /// [`super::PlanShown::edition`]: what was seen is what is done.
        edition: u64,
        rows: Vec<usize>,
    },
    Pause,
    GoOn,
    /// What was not begun is not done.
    Cancel,
    /// Rows that failed wait again.
    RetryFailed,
    /// The results as a table in a file, numbers masked.
    WriteResults,
    /// Back from the results.
    CloseJob,
    /// A finished job's changes the other way, as a plan.
    PlanUndo(PhoneJobId),
    /// Jobs that were done here, newest first.
    ListJobs,
    /// An earlier job, with its results.
    OpenJob(PhoneJobId),
}

/// How the operator knows who asks for a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// Stands at the desk; the operator says how they made sure.
    InPerson { reason: String },
    /// On the phone, and verified (`crate::verify`); the engine looks whether that still counts.
    Verified,
}
