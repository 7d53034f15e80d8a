//! Twilio Messaging: codes of ours.

use super::super::{Checked, CodeService, SentCode, SmsText, Wording};
use super::CODE_SECONDS;
use super::api::Api;
use super::body::{Body, form};
use super::code_group::UNDER_WAY;
use super::sent::Remembered;
use super::state;
use crate::directory::http::{Limits, clock};
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::phones::PhoneNumber;
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::wire::{line, tried};
use crate::settings::TwilioSettings;
use crate::verify::{Channel, Delivery, Digits};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const NAME: &str = "Twilio Messaging";
/// Version of the API, as its paths name it.
const VERSION: &str = "2010-04-01";
/// So many of the newest texts to one number are looked through.
const LOOKED_THROUGH: &str = "20";
/// A text that is still on its way is deleted later: after a second, and so many times more after
/// twice as long each.
const DELETED_AFTER: Duration = Duration::from_secs(1);
const DELETE_TRIES: u32 = 8;

/// One account's texts. Calls may run at the same time.
pub struct TwilioMessages {
    api: Arc<Api>,
    sender: Sender,
    deletes: bool,
    remembered: Remembered,
}

/// Who the text is from.
enum Sender {
    Service(String),
    Number(String),
}

#[derive(Deserialize)]
struct WireMessage {
    sid: String,
    status: String,
    error_code: Option<u32>,
    #[serde(default, deserialize_with = "wiped")]
    body: Option<Zeroizing<String>>,
    /// RFC 2822.
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    direction: Option<String>,
}

fn wiped<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Zeroizing::new))
}

#[derive(Deserialize)]
struct WireMessages {
    messages: Vec<WireMessage>,
}

impl TwilioMessages {
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
        let filled = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let service = filled(&settings.messaging_service_sid).map(Sender::Service);
        let sender = service.or_else(|| filled(&settings.from).map(Sender::Number));
        let sender = sender.ok_or_else(|| ServiceError::Settings {
            service: NAME,
            reason: "a messaging service or a sender is missing".into(),
        })?;
        let api = Api::new(NAME, settings, &settings.api_url, (secret, limits))?;
        Ok(Self {
            api: Arc::new(api),
            sender,
            deletes: settings.delete_messages,
            remembered: Remembered::default(),
        })
    }

    /// The newest texts to a number.
    async fn to(&self, number: &str) -> Result<Vec<WireMessage>, ServiceError> {
        let path = [VERSION, "Accounts", self.api.account_sid(), "Messages.json"];
        let query = [("To", number), ("PageSize", LOOKED_THROUGH)];
        let list: WireMessages = self.api.read("twilio texts to one", &path, &query).await?;
        Ok(list.messages)
    }

    /// The text whose answer was lost, if the service has it: no other one has its words.
    async fn look_up(&self, number: &str, body: &Body) -> Option<WireMessage> {
        let sent = self.to(number).await.ok()?;
        let is_it = |message: &WireMessage| {
            message.body.as_ref().is_some_and(|text| text.as_str() == body.text.as_str())
        };
        sent.into_iter().find(is_it)
    }

    /// Whether a text may have a code that counts at this time.
    fn counts(message: &WireMessage, now: Timestamp) -> bool {
        let created = message.date_created.as_deref();
        let created = created.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let is_new = created.is_none_or(|created| {
            now.duration_since(created.timestamp()) < SignedDuration::from_secs(CODE_SECONDS)
        });
        let is_ours = message.direction.as_deref().is_none_or(|way| way.starts_with("outbound"));
        let may_arrive = !matches!(delivery_of(message), Delivery::Failed(_));
        let has_code = message.body.as_ref().is_some_and(|body| has_code(body));
        is_new && is_ours && may_arrive && has_code
    }

    /// The service's own time, as far as it is known.
    fn now(&self) -> Timestamp {
        let ahead = self.api.clock_ahead().unwrap_or_default();
        Timestamp::now().checked_sub(ahead).unwrap_or(Timestamp::MAX)
    }
}

#[async_trait]
impl CodeService for TwilioMessages {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channel(&self) -> Channel {
        Channel::MessageSms
    }

    fn wording(&self, _company: &str) -> Wording {
        Wording::Ours
    }

    /// A text with six digits in a row, not ours, that was sent in the last ten minutes. Other
    /// stations' codes that ended earlier are told apart only where texts are deleted.
    async fn is_busy(&self, to: &PhoneNumber, ours: &[String]) -> Result<bool, ServiceError> {
        let messages = self.to(&to.e164()).await?;
        let now = self.now();
        Ok(messages.iter().any(|message| {
            let is_ours = ours.contains(&message.sid) || self.remembered.has(&message.sid);
            !is_ours && Self::counts(message, now)
        }))
    }

    async fn send(&self, to: &PhoneNumber, text: &SmsText) -> Result<SentCode, ServiceError> {
        let body = Body::draw(NAME, text)?;
        let (number, validity) = (Zeroizing::new(to.e164()), CODE_SECONDS.to_string());
        let (from, sender) = match &self.sender {
            Sender::Service(sid) => ("MessagingServiceSid", sid),
            Sender::Number(number) => ("From", number),
        };
        let given = form(&[
            ("To", &number),
            (from, sender),
            ("Body", &body.text),
            ("ValidityPeriod", &validity),
        ]);
        let path = [VERSION, "Accounts", self.api.account_sid(), "Messages.json"];
        let sent: WireMessage = match self.api.write("twilio text", &path, given).await {
            Err(lost @ ServiceError::AnswerLost { .. }) => {
                self.look_up(&number, &body).await.ok_or(lost)?
            }
            other => other?,
        };
        self.remembered.add(&sent.sid);
        let delivery = delivery_of(&sent);
        Ok(SentCode { id: sent.sid, hash: Some(body.hash), delivery, text_id: None, shared: false })
    }

    async fn delivery(&self, sent: &SentCode) -> Result<Delivery, ServiceError> {
        let file = format!("{}.json", sent.id);
        let path = [VERSION, "Accounts", self.api.account_sid(), "Messages", &file];
        let message: WireMessage = self.api.read("twilio text's state", &path, &[]).await?;
        Ok(delivery_of(&message))
    }

    async fn check(&self, sent: &SentCode, digits: &Digits) -> Result<Checked, ServiceError> {
        Ok(match &sent.hash {
            Some(hash) if hash.is_of(digits) => Checked::Right,
            Some(_) => Checked::Wrong,
            None => Checked::Gone,
        })
    }

    /// A text that is on its way can't be deleted: that is tried again for some minutes, beside
    /// whatever else is done.
    async fn end(&self, id: &str) -> Result<(), ServiceError> {
        if !self.deletes {
            return Ok(());
        }
        match delete(&self.api, id).await {
            Err(error) if is_under_way(&error) => {
                let (api, id) = (Arc::clone(&self.api), id.to_owned());
                tokio::spawn(async move { delete_later(&api, &id).await });
                Ok(())
            }
            other => other,
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let path = [VERSION, "Accounts", self.api.account_sid(), "Messages.json"];
        let read = self.api.read::<WireMessages>("twilio test", &path, &[("PageSize", "1")]).await;
        let read = read.map(|_| "Texts of this account can be read; nothing was sent".to_owned());
        let mut lines = vec![line("Account", tried(read, None))];
        if let Sender::Number(_) = &self.sender {
            lines.push(line("Sender", one_sender()));
        }
        lines.extend(clock::check(self.api.clock_ahead()));
        lines
    }
}

async fn delete(api: &Api, id: &str) -> Result<(), ServiceError> {
    let file = format!("{id}.json");
    let path = [VERSION, "Accounts", api.account_sid(), "Messages", &file];
    api.remove("twilio text's end", &path).await
}

async fn delete_later(api: &Api, id: &str) {
    for tries in 0..DELETE_TRIES {
        tokio::time::sleep(DELETED_AFTER * (1 << tries)).await;
        match delete(api, id).await {
            Err(error) if is_under_way(&error) || error.passes() => {}
            _ => return,
        }
    }
    tracing::warn!(service = api.service(), "a text could not be deleted at its service");
}

fn is_under_way(error: &ServiceError) -> bool {
    let facts = error.facts();
    facts.is_some_and(|facts| facts.code.as_deref() == Some(UNDER_WAY))
}

fn delivery_of(message: &WireMessage) -> Delivery {
    state::delivery(&message.status, message.error_code)
}

/// Six digits in a row, no more and no less.
fn has_code(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|row| row.len() == 6)
}

fn one_sender() -> CheckOutcome {
    CheckOutcome::Advice(Problem {
        what: "One sender is used for every country".into(),
        next: "Where callers are in several countries, set a messaging service, which chooses"
            .into(),
        details: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(status: &str, error_code: Option<u32>) -> WireMessage {
        WireMessage {
            sid: "SM1".into(),
            status: status.into(),
            error_code,
            body: Some(Zeroizing::new("123456 is your code".into())),
            date_created: Some("Sun, 22 Nov 2026 10:15:00 +0000".into()),
            direction: Some("outbound-api".into()),
        }
    }

    #[test]
    fn a_code_counts_ten_minutes_and_only_where_it_may_arrive() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (soon, late) = (at("2026-11-22T10:24:59Z"), at("2026-11-22T10:25:00Z"));
        assert!(TwilioMessages::counts(&message("sent", None), soon));
        assert!(!TwilioMessages::counts(&message("sent", None), late));
        assert!(!TwilioMessages::counts(&message("undelivered", Some(30003)), soon));
        let mut other = message("sent", None);
        other.body = Some(Zeroizing::new("Order 1234567 is ready".into()));
        assert!(!TwilioMessages::counts(&other, soon));
        other = message("received", None);
        other.direction = Some("inbound".into());
        assert!(!TwilioMessages::counts(&other, soon));
    }
}
