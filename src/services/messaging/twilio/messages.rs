//! Codes of ours, sent by Twilio Messaging.

use super::api::Api;
use super::codes::not_delivered;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::phones::PhoneNumber;
use crate::secrets::SecretText;
use crate::services::messaging::{Checked, CodeService, SentCode, SmsText};
use crate::services::wire::{line, tried};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::TwilioSettings;
use crate::verify::{CODE, Channel, CodeHash, Delivery, Digits};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use zeroize::Zeroizing;

const NAME: &str = "Twilio Messaging";
/// A text is not delivered later than its code counts, in seconds.
const VALIDITY: &str = "600";
const VALID: SignedDuration = SignedDuration::from_secs(600);
/// Marks our texts in a list: nothing else of the account is looked at.
const PAGE: &str = "20";

/// One account's messages.
pub struct TwilioMessages {
    api: Api,
    account: String,
    sender: Sender,
    delete: bool,
}

enum Sender {
    Service(String),
    From(String),
}

#[derive(Deserialize)]
struct WireMessage {
    sid: String,
    status: String,
    error_code: Option<u32>,
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct WireMessages {
    messages: Vec<WireMessage>,
}

#[derive(Deserialize)]
struct WireAccount {
    status: Option<String>,
}

impl TwilioMessages {
    pub const NAME: &str = NAME;

    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(settings: &TwilioSettings, secret: &SecretText) -> Result<Self, ServiceError> {
        let sender = match (&settings.messaging_service_sid, &settings.from) {
            (Some(sid), _) => Sender::Service(sid.clone()),
            (None, Some(from)) => Sender::From(from.clone()),
            (None, None) => {
                let reason = "neither a messaging service nor a sender is set".into();
                return Err(ServiceError::Settings { service: NAME, reason });
            }
        };
        Ok(Self {
            api: Api::new(NAME, settings, secret, (&settings.api_url, true))?,
            account: settings.account_sid.clone(),
            sender,
            delete: settings.delete_messages,
        })
    }

    fn path<'a>(&'a self, rest: &'a str) -> [&'a str; 4] {
        ["2010-04-01", "Accounts", &self.account, rest]
    }

    async fn fetch(&self, id: &str) -> Result<WireMessage, ServiceError> {
        let file = format!("{id}.json");
        let path = ["2010-04-01", "Accounts", &self.account, "Messages", &file];
        self.api.get("sms.delivery", &path, &[]).await
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

    /// A message to this number in the last ten minutes, and not deleted, that is not ours.
    async fn is_busy(&self, to: &PhoneNumber, ours: &[String]) -> Result<bool, ServiceError> {
        let to = to.e164();
        let query = [("To", to.as_str()), ("PageSize", PAGE)];
        let found: WireMessages =
            self.api.get("sms.open", &self.path("Messages.json"), &query).await?;
        let now = Timestamp::now();
        let is_open = |message: &WireMessage| {
            let failed = matches!(&*message.status, "failed" | "undelivered" | "canceled");
            !failed && !ours.contains(&message.sid) && is_young(message, now)
        };
        Ok(found.messages.iter().any(is_open))
    }

    async fn send(&self, to: &PhoneNumber, text: &SmsText) -> Result<SentCode, ServiceError> {
        let (code, key) = draw()?;
        let body = Zeroizing::new(text.template.replace(CODE, code.expose()));
        let to = to.e164();
        let sender = match &self.sender {
            Sender::Service(sid) => ("MessagingServiceSid", sid.as_str()),
            Sender::From(from) => ("From", from.as_str()),
        };
        let form =
            [("To", to.as_str()), sender, ("Body", body.as_str()), ("ValidityPeriod", VALIDITY)];
        let sent: WireMessage =
            self.api.post("sms.send", &self.path("Messages.json"), &form).await?;
        Ok(SentCode {
            delivery: delivery_of(&sent),
            id: sent.sid,
            hash: Some(CodeHash::new(&key, &code)),
            shared: false,
        })
    }

    async fn delivery(&self, sent: &SentCode) -> Result<Delivery, ServiceError> {
        Ok(delivery_of(&self.fetch(&sent.id).await?))
    }

    async fn check(&self, sent: &SentCode, digits: &Digits) -> Result<Checked, ServiceError> {
        Ok(match &sent.hash {
            Some(hash) if hash.is_of(digits) => Checked::Right,
            Some(_) => Checked::Wrong,
            None => Checked::Gone,
        })
    }

    /// Our own hash is dropped by whoever holds it; the message goes where that is wished.
    async fn end(&self, id: &str) -> Result<(), ServiceError> {
        if !self.delete {
            return Ok(());
        }
        let file = format!("{id}.json");
        let path = ["2010-04-01", "Accounts", &self.account, "Messages", &file];
        match self.api.delete("sms.delete", &path).await {
            Ok(()) | Err(ServiceError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let file = format!("{}.json", self.account);
        let path = ["2010-04-01", "Accounts", &file];
        let account = self.api.get::<WireAccount>("sms.account", &path, &[]).await;
        let state = account.map(|account| account.status.unwrap_or_default());
        let account = tried(state.map(|state| format!("The account is {state}")), None);
        let found = self
            .api
            .get::<WireMessages>("sms.test", &self.path("Messages.json"), &[("PageSize", "1")])
            .await;
        let read = tried(found.map(|_| "Messages can be looked at".to_owned()), None);
        vec![line("Account", account), line("Messages", read), line("Sender", self.sender_line())]
    }
}

impl TwilioMessages {
    fn sender_line(&self) -> CheckOutcome {
        CheckOutcome::Works(match &self.sender {
            Sender::Service(_) => "The messaging service chooses it; only a text tries it".into(),
            Sender::From(_) => "One sender is set; only a text tries it".into(),
        })
    }
}

/// A code and the key of its hash, out of the system's chance.
fn draw() -> Result<(Digits, [u8; 32]), ServiceError> {
    let no_chance = |_| ServiceError::Unavailable {
        service: "This computer's random generator",
        facts: ServiceFacts::default(),
    };
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(no_chance)?;
    loop {
        if let Some(code) = Digits::from_chance(getrandom::u32().map_err(no_chance)?) {
            return Ok((code, key));
        }
    }
}

fn delivery_of(message: &WireMessage) -> Delivery {
    match &*message.status {
        "sent" => Delivery::Sent,
        "delivered" | "read" => Delivery::Delivered,
        "failed" | "undelivered" | "canceled" => {
            Delivery::Failed(not_delivered(message.error_code))
        }
        _ => Delivery::Queued,
    }
}

/// A date that can't be read counts as young: rather no text than a second check.
fn is_young(message: &WireMessage, now: Timestamp) -> bool {
    let made = message.date_created.as_deref().map(jiff::fmt::rfc2822::parse);
    match made {
        Some(Ok(made)) => now.duration_since(made.timestamp()) < VALID,
        _ => true,
    }
}
