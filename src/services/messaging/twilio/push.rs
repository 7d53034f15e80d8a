//! Twilio Verify Push: a question in an app of the company's own.
//!
//! The service has no way to take a question back; it ends when it was said to.

use super::super::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use super::api::Api;
use super::body::form;
use super::verify::service_sid;
use crate::directory::ConnectionCheck;
use crate::directory::http::{Limits, clock};
use crate::secrets::SecretText;
use crate::services::wire::{line, tried};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::TwilioSettings;
use crate::verify::PushKind;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

const NAME: &str = "Twilio Verify Push";
/// The longest question and the longest value below it.
const QUESTION_CHARS: usize = 256;
const VALUE_CHARS: usize = 128;
/// So many questions that wait are looked through.
const LOOKED_THROUGH: &str = "20";

/// One of the account's Verify services. Calls may run at the same time.
pub struct TwilioPush {
    api: Api,
    service_sid: String,
}

#[derive(Deserialize)]
struct WireFactors {
    factors: Vec<WireFactor>,
}

/// A phone that a person has registered in the app.
#[derive(Deserialize)]
struct WireFactor {
    sid: String,
    status: String,
    factor_type: String,
    #[serde(default)]
    date_created: String,
}

#[derive(Deserialize)]
struct WireChallenge {
    sid: String,
    status: String,
    #[serde(default)]
    responded_reason: Option<String>,
    #[serde(default)]
    expiration_date: Option<Timestamp>,
}

impl WireChallenge {
    /// One whose time is over may be listed as waiting for a while.
    fn waits(&self, now: Timestamp) -> bool {
        self.status == "pending" && self.expiration_date.is_none_or(|ends| ends > now)
    }
}

#[derive(Deserialize)]
struct WireChallenges {
    challenges: Vec<WireChallenge>,
}

impl TwilioPush {
    pub const NAME: &str = NAME;

    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(
        settings: &TwilioSettings,
        secret: SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        let service_sid = service_sid(NAME, settings)?;
        let api = Api::new(NAME, settings, &settings.verify_url, (secret, limits))?;
        Ok(Self { api, service_sid })
    }

    fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [&["v2", "Services", &self.service_sid, "Entities"], below].concat()
    }

    /// The phone that was registered last.
    async fn factor(&self, whom: &PushTarget) -> Result<WireFactor, ServiceError> {
        let path = self.path(&[&whom.0, "Factors"]);
        let found: WireFactors = self.api.read("twilio push phones", &path, &[]).await?;
        let usable =
            |factor: &WireFactor| factor.factor_type == "push" && factor.status == "verified";
        let usable = found.factors.into_iter().filter(usable);
        let newest = usable.max_by(|one, other| one.date_created.cmp(&other.date_created));
        newest.ok_or_else(|| ServiceError::NotFound {
            service: NAME,
            facts: told("this person has registered no phone in the app"),
        })
    }
}

#[async_trait]
impl PushService for TwilioPush {
    fn kind(&self) -> PushKind {
        PushKind::Verify
    }

    /// Questions of any phone of the person that wait.
    async fn is_busy(&self, whom: &PushTarget, ours: &[String]) -> Result<bool, ServiceError> {
        let path = self.path(&[&whom.0, "Challenges"]);
        let query = [("Status", "pending"), ("PageSize", LOOKED_THROUGH)];
        let waiting: Result<WireChallenges, _> =
            self.api.read("twilio questions", &path, &query).await;
        match waiting {
            Ok(waiting) => Ok(waiting
                .challenges
                .iter()
                .any(|asked| asked.waits(Timestamp::now()) && !ours.contains(&asked.sid))),
            // Nobody of this name: asking says so, too.
            Err(ServiceError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, whom: &PushTarget, wish: &PushWish) -> Result<Asked, ServiceError> {
        let factor = self.factor(whom).await?;
        let question = wish.question(QUESTION_CHARS);
        let ends = by_their_clock(wish.ends, self.api.clock_ahead());
        let lines: Vec<String> = wish.fields().into_iter().map(field).collect();
        let mut given = vec![
            ("FactorSid", factor.sid.as_str()),
            ("Details.Message", &question),
            ("ExpirationDate", &ends),
        ];
        given.extend(lines.iter().map(|line| ("Details.Fields", line.as_str())));
        let path = self.path(&[&whom.0, "Challenges"]);
        let asked: WireChallenge = self.api.write("twilio question", &path, form(&given)).await?;
        Ok(Asked { id: asked.sid, whom: whom.clone() })
    }

    async fn answer(&self, asked: &Asked) -> Result<PushAnswer, ServiceError> {
        let path = self.path(&[&asked.whom.0, "Challenges", &asked.id]);
        let told: WireChallenge = self.api.read("twilio answer", &path, &[]).await?;
        meaning(&told)
    }

    fn can_cancel(&self) -> bool {
        false
    }

    async fn cancel(&self, _asked: &Asked) -> Result<(), ServiceError> {
        let facts = told("it can't take a question back; the question ends by itself");
        Err(ServiceError::Refused { service: NAME, facts })
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let path = self.path(&[]);
        let read: Result<serde_json::Value, _> =
            self.api.read("twilio push test", &path, &[("PageSize", "1")]).await;
        let read = read.map(|_| "People of this service can be read; nobody was asked".to_owned());
        let mut lines = vec![line("Verify service", tried(read, None))];
        lines.extend(clock::check(self.api.clock_ahead()));
        lines
    }
}

/// To the next whole second, as the service's clock says it: that one ends the question.
fn by_their_clock(ends: Timestamp, ahead: Option<SignedDuration>) -> String {
    let later = SignedDuration::from_secs(1) - ahead.unwrap_or_default();
    ends.saturating_add(later).unwrap_or(ends).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn field((label, value): (&str, &str)) -> String {
    let value: String = value.chars().take(VALUE_CHARS).collect();
    json!({"label": label, "value": value}).to_string()
}

fn meaning(told: &WireChallenge) -> Result<PushAnswer, ServiceError> {
    match (told.status.as_str(), told.responded_reason.as_deref()) {
        ("pending", _) => Ok(PushAnswer::Waiting),
        ("approved", _) => Ok(PushAnswer::Approved),
        ("denied", Some("not_requested")) => Ok(PushAnswer::NotMe),
        ("denied", _) => Ok(PushAnswer::Denied),
        ("expired", _) => Ok(PushAnswer::Expired),
        _ => Err(ServiceError::Garbled {
            service: NAME,
            reason: "it has no known status".into(),
            facts: ServiceFacts::default(),
        }),
    }
}

fn told(message: &str) -> ServiceFacts {
    ServiceFacts { message: Some(message.into()), ..ServiceFacts::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_ends_by_the_services_clock() {
        let ends: Timestamp = "2026-11-27T10:00:00.25Z".parse().unwrap();
        assert_eq!(by_their_clock(ends, None), "2026-11-27T10:00:01Z");
        let ahead = Some(SignedDuration::from_mins(5));
        assert_eq!(by_their_clock(ends, ahead), "2026-11-27T09:55:01Z");
    }

    #[test]
    fn a_question_waits_until_its_time_is_over_whatever_the_list_says() {
        let now: Timestamp = "2026-11-27T10:00:00Z".parse().unwrap();
        let waits = |status: &str, ends: Option<&str>| {
            let ends = ends.map(|ends| format!(r#","expiration_date":"{ends}""#));
            let text =
                format!(r#"{{"sid":"YC1","status":"{status}"{}}}"#, ends.unwrap_or_default());
            serde_json::from_str::<WireChallenge>(&text).unwrap().waits(now)
        };
        assert!(waits("pending", None) && waits("pending", Some("2026-11-27T10:00:01Z")));
        assert!(!waits("pending", Some("2026-11-27T09:59:59Z")) && !waits("approved", None));
    }

    #[test]
    fn only_a_known_word_is_an_answer() {
        let challenge = |status: &str, reason: Option<&str>| {
            meaning(&WireChallenge {
                sid: "YC1".into(),
                status: status.into(),
                responded_reason: reason.map(str::to_owned),
                expiration_date: None,
            })
        };
        assert_eq!(challenge("approved", Some("none")), Ok(PushAnswer::Approved));
        assert_eq!(challenge("denied", Some("not_requested")), Ok(PushAnswer::NotMe));
        assert_eq!(challenge("denied", None), Ok(PushAnswer::Denied));
        assert_eq!(challenge("expired", None), Ok(PushAnswer::Expired));
        assert_eq!(challenge("pending", None), Ok(PushAnswer::Waiting));
        assert!(matches!(challenge("accepted", None), Err(ServiceError::Garbled { .. })));
    }
}
