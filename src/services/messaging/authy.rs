//! Authy OneTouch, for those who still have it: it takes no new customers.
//!
//! The service has no way to take a question back and no "it wasn't me"; a question ends by
//! itself at the time it was given.

use super::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use crate::directory::http::answer::{Answer, line as one_line};
use crate::directory::http::clock;
use crate::directory::http::endpoint::Base;
use crate::directory::http::patience::Repeat;
use crate::directory::http::{Call, Http, Limits, Payload};
use crate::directory::{CallFacts, ConnectionCheck};
use crate::phones::PhoneNumber;
use crate::secrets::SecretText;
use crate::services::wire::{base, facts, failed, line, refused, tried};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::AuthySettings;
use crate::verify::PushKind;
use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

const NAME: &str = "Authy OneTouch";
const KEY: HeaderName = HeaderName::from_static("x-authy-api-key");
/// Longest question.
const QUESTION_CHARS: usize = 144;

/// One Authy application.
pub struct Authy {
    http: Http,
    base: Base,
    key: HeaderValue,
}

#[derive(Deserialize)]
struct WireSuccess {
    #[serde(default, deserialize_with = "is_true")]
    success: bool,
}

#[derive(Default, Deserialize)]
struct WireError {
    #[serde(default, deserialize_with = "text")]
    error_code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct WireRequest {
    approval_request: WireApproval,
}

#[derive(Deserialize)]
struct WireApproval {
    uuid: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    user: WireUserId,
}

#[derive(Deserialize)]
struct WireUserId {
    id: u64,
}

impl Authy {
    pub const NAME: &str = NAME;

    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Settings`]; [`ServiceError::NoSecret`] for a key that can't be sent.
    pub fn new(
        settings: &AuthySettings,
        key: &SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        let sent = HeaderValue::from_str(key.expose().trim());
        let mut key = sent.map_err(|_| ServiceError::NoSecret { service: NAME })?;
        key.set_sensitive(true);
        let http = Http::new(limits, facts_of).map_err(|error| failed(NAME, error))?;
        Ok(Self { http, base: base(NAME, &settings.url)?, key })
    }

    fn url(&self, segments: &[&str]) -> Result<Url, ServiceError> {
        self.base.at(segments).map_err(|error| failed(NAME, error))
    }

    /// The id of the user with this number, who is made where there is none.
    async fn user_of(&self, form: &[(String, String)]) -> Result<PushTarget, ServiceError> {
        let url = self.url(&["protected", "json", "users", "new"])?;
        let answer = self.send(post("authy registration", url, form)).await?;
        let told: WireUser = answer.json().map_err(|_| lost(&answer))?;
        Ok(PushTarget(told.user.id.to_string()))
    }

    async fn send(&self, call: Call) -> Result<Answer, ServiceError> {
        let call = call.with(KEY, self.key.clone());
        let answer = self.http.send(&call, None).await.map_err(|error| failed(NAME, error))?;
        let told = facts(facts_of(&answer));
        // Some refusals come with a status that says something else.
        match told.code.as_deref() {
            Some("60001") => return Err(ServiceError::SignIn { service: NAME, facts: told }),
            Some("60003") => {
                let resume_in = answer.retry_after.unwrap_or(Duration::from_secs(60));
                return Err(ServiceError::Throttled { service: NAME, resume_in, facts: told });
            }
            Some("60026") => return Err(ServiceError::NotFound { service: NAME, facts: told }),
            _ => {}
        }
        if !answer.status.is_success() {
            return Err(refused(NAME, &answer, told));
        }
        match answer.json::<WireSuccess>() {
            Ok(WireSuccess { success: false }) => {
                Err(ServiceError::Refused { service: NAME, facts: told })
            }
            _ => Ok(answer),
        }
    }
}

#[async_trait]
impl PushService for Authy {
    fn kind(&self) -> PushKind {
        PushKind::Authy
    }

    async fn ask(&self, whom: &PushTarget, wish: &PushWish) -> Result<Asked, ServiceError> {
        let id = authy_id(whom)?;
        let left = wish.ends.duration_since(Timestamp::now()).as_secs().max(1);
        let mut form = vec![
            ("message".to_owned(), wish.question(QUESTION_CHARS)),
            ("seconds_to_expire".to_owned(), left.to_string()),
        ];
        form.extend(
            wish.fields()
                .into_iter()
                .map(|(label, value)| (format!("details[{label}]"), value.to_owned())),
        );
        let url = self.url(&["onetouch", "json", "users", id, "approval_requests"])?;
        let answer = self.send(post("authy question", url, &form)).await?;
        let asked = answer.json::<WireRequest>().ok().and_then(|told| told.approval_request.uuid);
        let id = asked.filter(|id| !id.is_empty()).ok_or_else(|| lost(&answer))?;
        Ok(Asked { id, whom: whom.clone() })
    }

    async fn answer(&self, asked: &Asked) -> Result<PushAnswer, ServiceError> {
        let url = self.url(&["onetouch", "json", "approval_requests", &asked.id])?;
        let answer = self.send(Call::get("authy answer", url)).await?;
        let told: WireRequest = answer.expect().map_err(|error| failed(NAME, error))?;
        let told = told.approval_request;
        let is_other = told.uuid.is_some_and(|id| id != asked.id);
        match told.status.as_deref() {
            _ if is_other => Err(garbled(&answer, "it is about another question")),
            Some("pending") => Ok(PushAnswer::Waiting),
            Some("approved") => Ok(PushAnswer::Approved),
            Some("denied") => Ok(PushAnswer::Denied),
            Some("expired") => Ok(PushAnswer::Expired),
            _ => Err(garbled(&answer, "it has no known status")),
        }
    }

    fn can_cancel(&self) -> bool {
        false
    }

    async fn cancel(&self, _: &Asked) -> Result<(), ServiceError> {
        let message = Some("it can't take a question back; the question ends by itself".into());
        let facts = ServiceFacts { message, ..ServiceFacts::default() };
        Err(ServiceError::Refused { service: NAME, facts })
    }

    fn can_register(&self) -> bool {
        true
    }

    async fn register(&self, phone: &PhoneNumber, mail: &str) -> Result<PushTarget, ServiceError> {
        let number = Zeroizing::new(phone.entra());
        let (country, national) =
            number.trim_start_matches('+').split_once(' ').unwrap_or_default();
        let form = [
            ("user[email]".to_owned(), mail.to_owned()),
            ("user[cellphone]".to_owned(), national.to_owned()),
            ("user[country_code]".to_owned(), country.to_owned()),
        ];
        match self.user_of(&form).await {
            // The number is the user's own key there: asked with it again, the service tells the
            // id that it has, and makes no second user.
            Err(ServiceError::AnswerLost { .. }) => self.user_of(&form).await,
            other => other,
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let asked = match self.url(&["protected", "json", "app", "details"]) {
            Ok(url) => self.send(Call::get("authy test", url)).await,
            Err(error) => Err(error),
        };
        let asked = asked.map(|_| "The application's key is accepted".to_owned());
        let mut lines = vec![line("Application", tried(asked, None))];
        lines.extend(clock::check(self.http.clock_ahead()));
        lines
    }
}

fn post(name: &'static str, url: Url, form: &[(String, String)]) -> Call {
    let form = Serializer::new(String::new()).extend_pairs(form).finish();
    Call {
        method: Method::POST,
        payload: Payload::Form(Zeroizing::new(form)),
        repeat: Repeat::OnlyAfterRefusal,
        ..Call::get(name, url)
    }
}

/// What the directory's attribute holds is typed by people.
fn authy_id(whom: &PushTarget) -> Result<&str, ServiceError> {
    let id = whom.0.trim();
    match !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(id),
        false => {
            let reason = "the person's attribute holds no Authy id".into();
            Err(ServiceError::Settings { service: NAME, reason })
        }
    }
}

/// It was taken, and what came back does not say as what.
fn lost(answer: &Answer) -> ServiceError {
    ServiceError::AnswerLost { service: NAME, facts: facts(answer.facts()) }
}

fn garbled(answer: &Answer, reason: &str) -> ServiceError {
    ServiceError::Garbled { service: NAME, reason: reason.into(), facts: facts(answer.facts()) }
}

fn facts_of(answer: &Answer) -> CallFacts {
    let told: WireError = answer.json().unwrap_or_default();
    CallFacts {
        code: told.error_code.as_deref().and_then(one_line),
        message: told.message.as_deref().and_then(one_line),
        ..answer.facts()
    }
}

/// `true`, or the text of it.
fn is_true<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value == true || value == "true")
}

/// A text, or a number as one.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_a_word_or_a_text_of_it() {
        let read = |text| serde_json::from_str::<WireSuccess>(text).unwrap().success;
        assert!(read(r#"{"success":true}"#) && read(r#"{"success":"true"}"#));
        for text in [r#"{"success":false}"#, r#"{"success":"false"}"#, "{}"] {
            assert!(!read(text), "{text}");
        }
    }

    #[test]
    fn only_digits_are_an_authy_id() {
        let read = |id: &str| authy_id(&PushTarget(id.into())).map(str::to_owned);
        assert_eq!(read(" 12345678 "), Ok("12345678".into()));
        for id in ["", "elin", "12/../34", "+123", "१२३"] {
            assert!(read(id).is_err(), "{id}");
        }
    }
}
