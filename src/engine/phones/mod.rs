//! Phone methods: one person's, and plans for many.
//!
//! ```text
//! group · file · text ─► list ─► facts (directory) ─► plan (pure) ─► job (journal) ─► runner
//! job (sealed old values) ─► undo plan ─► job ...
//! ```
//! A change of one person's phone is a job of one row: sealed, told, undone like any other.

mod command;
mod deed;
mod event;
mod facts;
mod files;
mod jobs;
mod lines;
mod lists;
mod live;
mod notices;
mod one_phone;
mod passes;
mod person;
mod planning;
mod runner;
mod unattended;
mod undo;
mod wishes;

pub use command::{Identified, PhonesCommand};
pub use event::{
    JobFigures, JobLine, JobRow, JobShown, JobState, ListShown, MethodsShown, OneDeed, PassShown,
    PhonesEvent, PhonesFile, PlanRow, PlanShown, RowState,
};

pub use unattended::{
    JobEnd, PeopleFrom, PhonesMode, PhonesRefusal, PhonesSummary, PhonesTask, PhonesTold,
    RefusalKind, RowTold, Tally, UnattendedPhones, phone_jobs, run_phones, sign_phone_request,
};

pub(super) use live::{Phones, PhonesNews};
