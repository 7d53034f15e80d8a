//! Phone methods: one person's, and plans for many.

mod command;
mod event;
mod wishes;

pub use command::{Identified, PhonesCommand};
pub use event::{
    JobFigures, JobLine, JobRow, JobShown, JobState, ListShown, MethodsShown, OneDeed, PassShown,
    PhonesEvent, PhonesFile, PlanRow, PlanShown, RowState,
};
