//! Twilio Verify Push: a question in a company's own app. The service takes no question back.

use super::api::Api;
use crate::directory::ConnectionCheck;
use crate::secrets::SecretText;
use crate::services::messaging::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use crate::services::wire::{line, tried};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::TwilioSettings;
use crate::verify::PushKind;
use async_trait::async_trait;
use serde::Deserialize;

const NAME: &str = "Twilio Verify Push";

/// One Verify service whose app asks.
pub struct TwilioPush {
    api: Api,
    service: String,
}

#[derive(Deserialize)]
struct WireFactors {
    factors: Vec<WireFactor>,
}

#[derive(Deserialize)]
struct WireFactor {
    sid: String,
    status: String,
    factor_type: String,
}

#[derive(Deserialize)]
struct WireChallenge {
    sid: String,
    status: String,
    responded_reason: Option<String>,
}

#[derive(Deserialize)]
struct WireService {
    friendly_name: Option<String>,
}

impl TwilioPush {
    pub const NAME: &str = NAME;

    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(settings: &TwilioSettings, secret: &SecretText) -> Result<Self, ServiceError> {
        let service = settings.verify_service_sid.clone().ok_or_else(|| {
            let reason = "the Verify service's SID is missing".into();
            ServiceError::Settings { service: NAME, reason }
        })?;
        Ok(Self { api: Api::new(NAME, settings, secret, (&settings.verify_url, false))?, service })
    }

    fn path<'a>(&'a self, whom: &'a PushTarget, rest: &'a str) -> [&'a str; 6] {
        ["v2", "Services", &self.service, "Entities", &whom.0, rest]
    }

    /// The person's app; the newest that is verified.
    async fn factor(&self, whom: &PushTarget) -> Result<String, ServiceError> {
        let path = self.path(whom, "Factors");
        let found: WireFactors = self.api.get("push.factors", &path, &[]).await?;
        let usable =
            |factor: &WireFactor| factor.status == "verified" && factor.factor_type == "push";
        let factor = found.factors.into_iter().rev().find(usable);
        let none = || ServiceError::NotFound {
            service: NAME,
            facts: ServiceFacts {
                message: Some("The person has not set up the app".into()),
                ..ServiceFacts::default()
            },
        };
        factor.map(|factor| factor.sid).ok_or_else(none)
    }
}

#[async_trait]
impl PushService for TwilioPush {
    fn kind(&self) -> PushKind {
        PushKind::Verify
    }

    async fn ask(&self, whom: &PushTarget, wish: &PushWish) -> Result<Asked, ServiceError> {
        let factor = self.factor(whom).await?;
        let message = format!("{}: did you call us? Number {}", wish.company, wish.word);
        let message: String = message.chars().take(256).collect();
        let mut fields = vec![field("Agent", &wish.agent), field("Number", &wish.word)];
        if let Some(ticket) = &wish.ticket {
            fields.push(field("Ticket", ticket));
        }
        let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
        // To the next whole second: the service counts in them.
        let ends = wish.ends + jiff::SignedDuration::from_secs(1);
        let ends = ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut form = vec![
            ("FactorSid", factor.as_str()),
            ("Details.Message", message.as_str()),
            ("ExpirationDate", ends.as_str()),
        ];
        form.extend(fields.iter().map(|field| ("Details.Fields", field.as_str())));
        let path = self.path(whom, "Challenges");
        let made: WireChallenge = self.api.post("push.ask", &path, &form).await?;
        Ok(Asked { id: made.sid, whom: whom.clone() })
    }

    async fn answer(&self, asked: &Asked) -> Result<PushAnswer, ServiceError> {
        let path =
            ["v2", "Services", &self.service, "Entities", &asked.whom.0, "Challenges", &asked.id];
        let now: WireChallenge = self.api.get("push.answer", &path, &[]).await?;
        Ok(match (&*now.status, now.responded_reason.as_deref()) {
            ("approved", _) => PushAnswer::Approved,
            ("denied", Some("not_requested")) => PushAnswer::NotMe,
            ("denied", _) => PushAnswer::Denied,
            ("expired", _) => PushAnswer::Expired,
            _ => PushAnswer::Waiting,
        })
    }

    fn can_cancel(&self) -> bool {
        false
    }

    /// It ends by itself, two minutes after it was asked.
    async fn cancel(&self, _asked: &Asked) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let path = ["v2", "Services", self.service.as_str()];
        let found = self.api.get::<WireService>("push.test", &path, &[]).await;
        let found = found.map(|service| {
            format!("The app of {} asks", service.friendly_name.unwrap_or_default())
        });
        vec![line("Verify service", tried(found, None))]
    }
}

/// Within the service's lengths.
fn field(label: &str, value: &str) -> serde_json::Value {
    let value: String = value.chars().take(128).collect();
    serde_json::json!({"label": label, "value": value})
}
