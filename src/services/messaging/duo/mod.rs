//! Duo's Auth API, version 2: a push that the person approves, denies, or reports.
//!
//! The service has no way to take a question back; it ends by itself after a minute.

use super::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use crate::directory::ConnectionCheck;
use crate::directory::http::{Limits, clock};
use crate::secrets::SecretText;
use crate::services::wire::{line, tried};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::DuoSettings;
use crate::verify::PushKind;
use api::Api;
use async_trait::async_trait;
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

mod api;
pub(crate) mod sign;

const NAME: &str = "Duo";
/// Stands in the app above the question.
const TYPE: &str = "Identity check";
/// The service holds a look until something happens; whoever asks is not held so long.
const LOOK: Duration = Duration::from_secs(1);
/// A question of the Auth API ends after so long.
const LIFE: Duration = Duration::from_secs(60);

/// One application of the kind "Auth API".
pub struct Duo {
    api: Arc<Api>,
    /// The look that is under way. What it brings is brought once, so it is waited for again
    /// rather than dropped.
    look: Mutex<Option<Look>>,
}

struct Look {
    transaction: String,
    task: JoinHandle<Result<PushAnswer, ServiceError>>,
}

#[derive(Deserialize)]
struct WireAsked {
    txid: String,
}

#[derive(Deserialize)]
struct WireStatus {
    result: String,
    #[serde(default)]
    status: String,
}

impl Duo {
    pub const NAME: &str = NAME;

    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(
        settings: &DuoSettings,
        secret: SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        let api = Arc::new(Api::new(settings, secret, limits)?);
        Ok(Self { api, look: Mutex::new(None) })
    }

    fn take_look(&self, transaction: &str) -> Option<Look> {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let look = look.take()?;
        if look.transaction == transaction {
            return Some(look);
        }
        look.task.abort();
        None
    }

    fn keep_look(&self, look: Look) {
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
    }

    fn begin_look(&self, transaction: &str) -> Look {
        let (api, transaction) = (Arc::clone(&self.api), transaction.to_owned());
        let asked = transaction.clone();
        Look { task: tokio::spawn(async move { look_at(&api, &asked).await }), transaction }
    }
}

impl Drop for Duo {
    fn drop(&mut self) {
        let look = self.look.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(look) = look.take() {
            look.task.abort();
        }
    }
}

#[async_trait]
impl PushService for Duo {
    fn kind(&self) -> PushKind {
        PushKind::Duo
    }

    fn own_end(&self) -> Option<Duration> {
        Some(LIFE)
    }

    async fn ask(&self, whom: &PushTarget, wish: &PushWish) -> Result<Asked, ServiceError> {
        let lines = sign::lines(&wish.fields());
        let asked: WireAsked = self
            .api
            .post(
                "duo question",
                "auth",
                &[
                    ("username", whom.0.trim()),
                    ("factor", "push"),
                    ("device", "auto"),
                    ("async", "1"),
                    ("type", TYPE),
                    ("pushinfo", &lines),
                ],
            )
            .await?;
        Ok(Asked { id: asked.txid, whom: whom.clone() })
    }

    async fn answer(&self, asked: &Asked) -> Result<PushAnswer, ServiceError> {
        let look = self.take_look(&asked.id);
        let mut look = look.unwrap_or_else(|| self.begin_look(&asked.id));
        match tokio::time::timeout(LOOK, &mut look.task).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(odd("the look was ended")),
            Err(_) => {
                self.keep_look(look);
                Ok(PushAnswer::Waiting)
            }
        }
    }

    fn can_cancel(&self) -> bool {
        false
    }

    async fn cancel(&self, asked: &Asked) -> Result<(), ServiceError> {
        if let Some(look) = self.take_look(&asked.id) {
            look.task.abort();
        }
        Err(odd("it can't take a question back; the question ends by itself"))
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let asked = self.api.get::<serde_json::Value>("duo test", "check", &[]).await;
        let asked = asked.map(|_| "The application's key and secret are accepted".to_owned());
        let mut lines = vec![line("Application", tried(asked, None))];
        lines.extend(clock::check(self.api.clock_ahead()));
        lines
    }
}

async fn look_at(api: &Api, transaction: &str) -> Result<PushAnswer, ServiceError> {
    let told: WireStatus = api.get("duo answer", "auth_status", &[("txid", transaction)]).await?;
    meaning(&told.result, &told.status)
}

/// An "allow" counts only where a person has tapped: Duo also lets people in whom it was told not
/// to ask.
fn meaning(result: &str, status: &str) -> Result<PushAnswer, ServiceError> {
    match (result, status) {
        ("waiting", _) => Ok(PushAnswer::Waiting),
        ("allow", "allow") => Ok(PushAnswer::Approved),
        ("allow", _) => Err(odd("it lets this person in without asking them")),
        ("deny", "fraud") => Ok(PushAnswer::NotMe),
        ("deny", "timeout") => Ok(PushAnswer::Expired),
        ("deny", "deny") => Ok(PushAnswer::Denied),
        ("deny", "locked_out") => Err(odd("this person is locked out there")),
        ("deny", "push_failed") => Err(odd("the question did not reach the phone")),
        ("deny", _) => Ok(PushAnswer::Denied),
        _ => Err(ServiceError::Garbled {
            service: NAME,
            reason: "it has no known result".into(),
            facts: ServiceFacts::default(),
        }),
    }
}

fn odd(message: &str) -> ServiceError {
    let facts = ServiceFacts { message: Some(message.into()), ..ServiceFacts::default() };
    ServiceError::Refused { service: NAME, facts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tap_approves_and_each_refusal_is_what_it_is() {
        assert_eq!(meaning("waiting", "pushed"), Ok(PushAnswer::Waiting));
        assert_eq!(meaning("allow", "allow"), Ok(PushAnswer::Approved));
        assert_eq!(meaning("deny", "fraud"), Ok(PushAnswer::NotMe));
        assert_eq!(meaning("deny", "timeout"), Ok(PushAnswer::Expired));
        assert_eq!(meaning("deny", "deny"), Ok(PushAnswer::Denied));
        assert_eq!(meaning("deny", "something new"), Ok(PushAnswer::Denied));
        for (result, status) in
            [("allow", "bypass"), ("allow", ""), ("deny", "locked_out"), ("deny", "push_failed")]
        {
            let told = meaning(result, status);
            assert!(matches!(told, Err(ServiceError::Refused { .. })), "{result} {status}");
        }
        assert!(matches!(meaning("approved", "allow"), Err(ServiceError::Garbled { .. })));
    }
}
