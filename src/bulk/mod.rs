//! A session of many keys: pure rules, no I/O, no clock.
//!
//! People wait in a queue; keys come and go in slots. [`Session::on`] takes one [`Happening`] and
//! answers with the [`Deed`]s it leads to; whoever drives it does them and tells what came of it.
//! What a session knows of its people is rebuilt from the journal, never kept twice.
//!
//! | part | what it decides |
//! |---|---|
//! | [`Slots`] | which number a USB port has, across re-plugs and restarts |
//! | [`TouchQueue`] | which key may ask for its touch |
//! | [`Session`] | who gets the key that was just put in, and what happens when it is pulled out |
//! | [`Figures`] | how fast it goes and when it will be over |

mod brought;
mod entry;
mod figures;
mod options;
mod readiness;
mod script;
mod session;
mod slots;
mod touch_queue;

pub use brought::Brought;
pub use entry::{Entry, EntryNo, EntryState, SessionId, SessionNote};
pub use figures::{Figures, Pace};
pub use options::{Activation, Challenges, OldKeys, SessionOptions, SessionPin, UsedKeys};
pub use readiness::{OnItsWay, Readiness, ReadinessCounts, readiness};
pub use script::ScriptOptions;
pub use session::{Deed, Given, Happening, KeyIn, RunEnd, Session, SlotState, Told, Why, is_used};
pub use slots::{MOST_SLOTS, SlotNo, Slots};
pub use touch_queue::TouchQueue;
