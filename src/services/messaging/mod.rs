//! Codes by text message, and approval by push: two faces, several services behind each.

use super::ServiceError;
use crate::directory::ConnectionCheck;
use crate::phones::PhoneNumber;
use crate::verify::{Channel, CodeHash, Delivery, Digits, PushKind};
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

mod authy;
pub(crate) mod duo;
mod twilio;
mod wish;

pub use authy::Authy;
pub use duo::Duo;
pub use twilio::{TwilioMessages, TwilioPush, TwilioVerify, usual_limits as twilio_limits};

/// A service that sends a code to a phone and says whether what was read out is that code.
#[async_trait]
pub trait CodeService: Send + Sync {
    /// The product's own name, such as `Twilio Verify`.
    fn name(&self) -> &'static str;
    fn channel(&self) -> Channel;
    /// Whose words a text has, by the company that stands in [`SmsText::company`].
    fn wording(&self, company: &str) -> Wording;
    /// Whether somebody else's check of this number is open: the service knows of a code to it
    /// that is not `ours` (service ids) and still counts. Reads only; asked while the person is
    /// looked at, so that the click need not wait.
    async fn is_busy(&self, to: &PhoneNumber, ours: &[String]) -> Result<bool, ServiceError>;
    /// Sends a code. Never repeated blindly: after [`ServiceError::AnswerLost`] a text may be on
    /// its way.
    async fn send(&self, to: &PhoneNumber, text: &SmsText) -> Result<SentCode, ServiceError>;
    /// How far the text is now; [`Delivery::Untold`] where that is told to nobody, or not to this
    /// account.
    async fn delivery(&self, sent: &SentCode) -> Result<Delivery, ServiceError>;
    /// Whether these are the digits. Ours are compared here; the service's own by the service.
    async fn check(&self, sent: &SentCode, digits: &Digits) -> Result<Checked, ServiceError>;
    /// The code counts no more; a message is deleted at the service where that is wished. One
    /// that is over already is no error. `id` is [`SentCode::id`].
    async fn end(&self, id: &str) -> Result<(), ServiceError>;
    /// Tries account, sender and service, without sending anything.
    async fn test(&self) -> Vec<ConnectionCheck>;
}

/// What a text says. The code is put in by whoever makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsText {
    /// Of our own texts, with `{code}` where the code stands.
    pub template: String,
    /// The person's language (BCP 47, such as `sv`), for texts that the service writes.
    pub language: String,
    /// Shown in the service's own text.
    pub company: String,
}

/// Whose words stand on the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wording {
    /// [`SmsText::template`], word for word.
    Ours,
    /// The service's own, in this name; in the service's own name where that can't stand there.
    Service { name: Option<String> },
}

/// A code that is on its way.
#[derive(Clone, Debug)]
pub struct SentCode {
    /// The service's id of the verification or the message.
    pub id: String,
    /// Of a code of ours.
    pub hash: Option<CodeHash>,
    /// As the service said when it took it.
    pub delivery: Delivery,
    /// What the service calls the text itself, where that is not [`SentCode::id`].
    pub text_id: Option<String>,
    /// The service has sent codes to this number for somebody else in the same check: another
    /// station's.
    pub shared: bool,
}

/// What a service says of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    Right,
    Wrong,
    /// The code counts no more: over, expired, or tried too often.
    Gone,
}

/// A service that asks the person on their phone.
#[async_trait]
pub trait PushService: Send + Sync {
    fn kind(&self) -> PushKind;
    /// Whether somebody else's question waits on this person's phone, as far as the service tells:
    /// one that is not `ours` (service ids). Reads only.
    async fn is_busy(&self, _whom: &PushTarget, _ours: &[String]) -> Result<bool, ServiceError> {
        Ok(false)
    }
    /// How long a question lives where the service takes no end from us.
    fn own_end(&self) -> Option<Duration> {
        None
    }
    /// Asks. Never repeated blindly.
    async fn ask(&self, whom: &PushTarget, wish: &PushWish) -> Result<Asked, ServiceError>;
    async fn answer(&self, asked: &Asked) -> Result<PushAnswer, ServiceError>;
    /// Whether [`PushService::cancel`] ends the request on the phone too.
    fn can_cancel(&self) -> bool;
    /// Ends the request where the service can, and what waits for its answer; one that is over is
    /// no error.
    async fn cancel(&self, asked: &Asked) -> Result<(), ServiceError>;
    /// Whether a phone can be registered from here.
    fn can_register(&self) -> bool {
        false
    }
    /// Makes the person known to the service: its id for the directory's attribute.
    async fn register(
        &self,
        _phone: &PhoneNumber,
        _mail: &str,
    ) -> Result<PushTarget, ServiceError> {
        let reason = "people are registered in the service itself".into();
        Err(ServiceError::Settings { service: self.kind().name(), reason })
    }
    async fn test(&self) -> Vec<ConnectionCheck>;
}

/// Whom a service asks: an Authy id, a Duo user name, or the directory's object id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTarget(pub String);

/// What the person reads on the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushWish {
    pub company: String,
    pub agent: String,
    /// Such as `2818`.
    pub ticket: Option<String>,
    /// Two digits that agent and person compare aloud.
    pub word: String,
    /// When the request ends by itself, unless the service has an end of its own.
    pub ends: Timestamp,
}

/// A request that waits on the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub id: String,
    /// Whose.
    pub whom: PushTarget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushAnswer {
    Waiting,
    Approved,
    Denied,
    /// The person says that they did not ask for this.
    NotMe,
    /// Nobody answered in time, at the service.
    Expired,
}
