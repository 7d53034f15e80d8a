//! Verify: a caller is found, checked, and counts as verified for a while.

mod begin;
mod callers;
mod check;
mod code;
mod command;
mod elsewhere;
mod event;
mod honour;
mod left;
mod life;
mod links;
mod live;
mod others;
mod outbox;
mod practice;
mod push;
mod reading;
mod services;
mod stations;
mod trouble;
mod wishes;

pub use command::{ServiceKind, VerifyCommand};
pub use event::{
    CallerShown, CheckShown, CheckState, ChosenTenant, DeliveryStep, NoteState, PendingShown,
    PhoneShown, PracticeDesk, PracticeNote, PracticePhone, PracticePush, PracticeText,
    PracticeTicket, Sent, ServiceTest, TextShown, TicketShown, VerifiedShown, VerifyEvent,
    VerifyOffer, WaitsElsewhere,
};

pub(super) use honour::reference_of;
pub(super) use live::{Callers, VerifyNews};

#[cfg(test)]
mod tests;
