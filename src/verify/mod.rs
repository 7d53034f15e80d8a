//! Verify: who is calling. The rules: codes, tries, limits, warnings, links, what a note says,
//! and how long somebody counts as verified. No I/O, no clock, no chance.

mod channel;
mod digits;
mod outcome;
mod warning;

pub use channel::{Channel, PushKind};
pub use digits::{CodeHash, Digits, DigitsFault};
pub use outcome::{Delivery, NotDelivered, Outcome};
pub use warning::Warning;
