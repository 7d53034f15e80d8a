//! Verify: a caller is found, checked, and counts as verified for a while.

mod command;
mod event;
mod wishes;

pub use command::{ServiceKind, VerifyCommand};
pub use event::{
    CallerShown, CheckShown, CheckState, DeliveryStep, NoteState, PendingShown, PhoneShown,
    PracticePhone, PracticePush, PracticeText, Sent, ServiceTest, TicketShown, VerifiedShown,
    VerifyEvent, VerifyOffer,
};
