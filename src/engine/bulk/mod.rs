//! A session of many keys: drives the rules of [`crate::bulk`] with real keys and runs.

mod challenges;
mod command;
mod event;

pub use command::BulkCommand;
pub use event::{
    AwayKey, Board, BulkEvent, ConfigsRead, EntryShown, Output, PeopleRead, PersonOnBoard,
    PersonRow, ResultKind, ResultShown, SessionShown, SlotKey, SlotPhase, SlotShown, Summary,
};
