//! The ceremony that gives one key to one person: pure rules, no I/O, no clock.
//!
//! [`Ceremony`] is rebuilt from its journal records at any time; [`Ceremony::next`] says what to
//! do. Whoever drives it keeps one order: append a [`Record`] to the journal durably, then
//! [`Ceremony::apply`] it, then act.
//!
//! | [`Ceremony::next`] says | the driver does |
//! |---|---|
//! | [`Action::Do`] | records `Intended`, runs the step, records `Done` or `Failed` |
//! | [`Action::Resolve`] | looks (writes nothing), records `Resolved` with its [`Finding`] |
//! | [`Action::Undo`] | removes (repeating is harmless), records `Undone` or `UndoFailed` |
//! | [`Action::Ask`] | shows the problem and the answers, records `Answered` or `Abandoned` |
//! | [`Action::AskPin`] | asks for a PIN it does not hold (no record), or records `Answered` |
//! | [`Action::Finished`] | ends; the [`Outcome`] accounts for everything this run made |
//!
//! A step that was `Intended` and has no result, after a kill or a lost answer, is never simply
//! repeated unless repeating is harmless: it is resolved first.

mod ceremony;
#[cfg(test)]
mod ceremony_tests;
mod explain;
mod failure;
mod intent;
mod made_names;
pub mod preflight;
#[cfg(test)]
pub(crate) mod preflight_tests;
mod record;
pub mod text;
mod typed_serial;

pub use ceremony::{
    Action, AtHand, Ceremony, Held, OutOfOrder, PinNeeded, PinTry, Stopped, WhichPin,
};
pub use failure::{Effect, FailureClass, StepError, answers, classify, effect};
pub use intent::{
    AlwaysUv, Custody, EnrolmentId, FirstUse, Intent, KeyIdentity, KeyMatch, PinPlan, Plan, Reset,
    Seat, SerialFrom, Subject,
};
pub use made_names::MadeNames;
pub use record::{
    Answer, Fact, Finding, Left, MadeFact, OptionsFact, Outcome, Record, Step, Then, UndoResult,
    UndoStep,
};
pub use typed_serial::{NotASerial, TypedSerial};
