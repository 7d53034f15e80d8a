//! A session of many keys: drives the rules of [`crate::bulk`] with real keys and runs.

mod command;
mod event;
pub(in crate::engine) mod fate;
mod outputs;
mod report;

pub use command::BulkCommand;
pub use event::{
    AwayKey, Board, BulkEvent, ConfigsRead, EntryShown, Output, PeopleRead, PersonOnBoard,
    PersonRow, ResultKind, ResultShown, SessionShown, SlotKey, SlotPhase, SlotShown, Summary,
};
