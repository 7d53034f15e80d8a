//! HaloPSA: tickets by number, and private notes in them.
//!
//! ```text
//! HaloPsa ── ticket · note · outcome · check     what is asked, and what it means
//!   └ Api                                        sign-in by authinfo, 401 once, errors
//!       └ Http                                   one request path (`directory::http`)
//! ```
//! Everything is read with the least that says it. A note is never written before the ticket was
//! looked through for its reference, and is read back after it was written.

use super::{Note, NoteOutcome, NotePlaced, Ticket, TicketSystem};
use crate::directory::ConnectionCheck;
use crate::directory::http::Limits;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::settings::HaloSettings;
use api::Api;
use async_trait::async_trait;
use std::time::Duration;

mod api;
mod check;
mod note;
mod outcome;
mod text;
mod ticket;

const NAME: &str = "HaloPSA";

/// One instance. Calls may run at the same time.
pub struct HaloPsa {
    api: Api,
}

impl HaloPsa {
    pub const NAME: &str = NAME;

    /// Checks the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(
        settings: &HaloSettings,
        secret: SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        Ok(Self { api: Api::new(settings, secret, limits)? })
    }

    /// How long an agent waits for a ticket at most, rate limits included.
    pub fn usual_limits() -> Limits {
        Limits {
            answer: Duration::from_secs(20),
            patience: Duration::from_secs(20),
            ..Limits::default()
        }
    }
}

#[async_trait]
impl TicketSystem for HaloPsa {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn ticket(&self, number: u64) -> Result<Ticket, ServiceError> {
        ticket::read(&self.api, number).await
    }

    async fn private_note(&self, note: &Note) -> Result<NotePlaced, ServiceError> {
        note::place(&self.api, note).await
    }

    async fn outcomes(&self) -> Result<Vec<NoteOutcome>, ServiceError> {
        outcome::list(&self.api).await
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        check::run(&self.api).await
    }
}
