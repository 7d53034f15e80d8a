//! Tickets: what one says, and a private note in it.

use super::ServiceError;
use crate::directory::ConnectionCheck;
use async_trait::async_trait;
use jiff::Timestamp;

mod halo;

pub use halo::HaloPsa;

/// A ticket system.
#[async_trait]
pub trait TicketSystem: Send + Sync {
    /// The product's own name, such as `HaloPSA`.
    fn name(&self) -> &'static str;
    /// # Errors
    /// [`ServiceError::NotFound`] for a number that is no ticket.
    async fn ticket(&self, number: u64) -> Result<Ticket, ServiceError>;
    /// Writes a note that the person of the ticket can't see, and reads it back. Never twice:
    /// first it is looked for by its reference.
    ///
    /// # Errors
    /// Nothing was written, or it is not known; asked again with the same reference it tells
    /// which.
    async fn private_note(&self, note: &Note) -> Result<NotePlaced, ServiceError>;
    /// Outcomes that notes of this instance can have.
    async fn outcomes(&self) -> Result<Vec<NoteOutcome>, ServiceError>;
    async fn test(&self) -> Vec<ConnectionCheck>;
}

/// What an agent sees of a ticket. Its own numbers of phones are left out: a caller may have
/// changed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub number: u64,
    pub summary: String,
    /// The beginning of what was reported, as plain text.
    pub details: String,
    /// The customer's name.
    pub company: String,
    pub requester_name: String,
    pub requester_mail: Option<String>,
    /// Such as `In progress`; the id where the name is not told.
    pub status: String,
    pub is_closed: bool,
    pub opened: Option<Timestamp>,
    pub assigned_to: Option<String>,
}

/// A private note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub ticket: u64,
    /// Stands in the text; finds the note again.
    pub reference: String,
    /// Lines of name and value.
    pub lines: Vec<(String, String)>,
    pub title: String,
}

/// What became of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotePlaced {
    /// It is there and private.
    Private,
    /// Read back, it was not private, and is deleted again: nobody but agents can have seen it for
    /// longer than a moment.
    WasPublicAndDeleted,
    /// Read back, it is not private, and can't be deleted: somebody must do it by hand.
    Public,
}

/// An outcome that a note can have, with the instance's own number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteOutcome {
    pub id: i64,
    pub name: String,
}
