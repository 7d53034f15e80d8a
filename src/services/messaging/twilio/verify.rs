//! Twilio Verify: codes that the service makes and checks.

use super::super::{Checked, CodeService, SentCode, SmsText, Wording};
use super::api::Api;
use super::body::form;
use super::code_group::TOO_MANY_CHECKS;
use super::locale;
use super::sent::Sends;
use super::state;
use crate::directory::http::{Limits, clock};
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::phones::PhoneNumber;
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::wire::{line, tried};
use crate::settings::TwilioSettings;
use crate::verify::{CODE_DIGITS, Channel, Delivery, Digits};
use async_trait::async_trait;
use serde::Deserialize;
use zeroize::Zeroizing;

const NAME: &str = "Twilio Verify";
/// The longest name in the service's text.
const NAME_CHARS: usize = 30;
/// A name with so many digits may be taken for a code.
const NAME_DIGITS: usize = 4;

/// One of the account's Verify services. Calls may run at the same time.
pub struct TwilioVerify {
    api: Api,
    /// Looks at texts on their way. The service takes fewer of them than of anything else: a limit
    /// that they reach must not hold up the codes.
    looks: Api,
    service_sid: String,
    sends: Sends,
}

#[derive(Deserialize)]
struct WireVerification {
    sid: String,
    status: String,
    #[serde(default)]
    send_code_attempts: Vec<WireSend>,
}

/// One text of a verification.
#[derive(Deserialize)]
struct WireSend {
    /// ISO 8601.
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    attempt_sid: Option<String>,
}

/// The same text, looked at by itself.
#[derive(Deserialize)]
struct WireAttempt {
    #[serde(default)]
    channel_data: Option<WireText>,
}

#[derive(Default, Deserialize)]
struct WireText {
    #[serde(default)]
    message_status: Option<String>,
    /// A text or a number.
    #[serde(default)]
    error_code: Option<serde_json::Value>,
    #[serde(default)]
    code_length: Option<usize>,
}

#[derive(Deserialize)]
struct WireCheck {
    status: String,
    #[serde(default)]
    valid: bool,
}

/// The service itself.
#[derive(Deserialize)]
struct WireService {
    #[serde(default)]
    friendly_name: String,
    #[serde(default)]
    do_not_share_warning_enabled: bool,
    /// Digits of its codes.
    #[serde(default)]
    code_length: Option<usize>,
}

impl TwilioVerify {
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
        let api = |secret| Api::new(NAME, settings, &settings.verify_url, (secret, limits.clone()));
        let (looks, api) = (api(secret.duplicate())?, api(secret)?);
        Ok(Self { api, looks, service_sid, sends: Sends::default() })
    }

    fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [&["v2", "Services", &self.service_sid], below].concat()
    }

    /// By its id, or by the number that it is of.
    async fn verification(&self, of: &str) -> Result<WireVerification, ServiceError> {
        self.api.read("twilio verification", &self.path(&["Verifications", of]), &[]).await
    }

    async fn begin(
        &self,
        to: &PhoneNumber,
        text: &SmsText,
    ) -> Result<WireVerification, ServiceError> {
        let number = Zeroizing::new(to.e164());
        let name = friendly_name(&text.company);
        let mut given = vec![("To", number.as_str()), ("Channel", "sms")];
        given.extend(locale::of(&text.language).map(|locale| ("Locale", locale)));
        given.extend(name.as_deref().map(|name| ("CustomFriendlyName", name)));
        let path = self.path(&["Verifications"]);
        match self.api.write("twilio code", &path, form(&given)).await {
            // The service has one verification of a number: it tells how many texts went out.
            Err(lost @ ServiceError::AnswerLost { .. }) => match self.verification(&number).await {
                Ok(found) if found.send_code_attempts.len() >= self.sends.of(to) => Ok(found),
                _ => Err(lost),
            },
            other => other,
        }
    }

    /// A lost answer was a yes where the service says so by itself.
    async fn is_approved(&self, id: &str) -> bool {
        self.verification(id).await.is_ok_and(|found| found.status == "approved")
    }
}

#[async_trait]
impl CodeService for TwilioVerify {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channel(&self) -> Channel {
        Channel::VerifySms
    }

    fn wording(&self, company: &str) -> Wording {
        Wording::Service { name: friendly_name(company) }
    }

    async fn is_busy(&self, to: &PhoneNumber, ours: &[String]) -> Result<bool, ServiceError> {
        match self.verification(&to.e164()).await {
            Ok(open) => {
                let is_ours = ours.contains(&open.sid) || self.sends.has(&open.sid);
                Ok(open.status == "pending" && !is_ours)
            }
            Err(ServiceError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, to: &PhoneNumber, text: &SmsText) -> Result<SentCode, ServiceError> {
        self.sends.count(to);
        let begun = self.begin(to, text).await;
        if let Err(error) = &begun
            && !matches!(error, ServiceError::AnswerLost { .. })
        {
            self.sends.uncount(to);
        }
        let begun = begun?;
        let shared = self.sends.is_shared(to, &begun.sid, begun.send_code_attempts.len());
        let text_id = newest(begun.send_code_attempts);
        let delivery = text_id.as_ref().map_or(Delivery::Untold, |_| Delivery::Queued);
        Ok(SentCode { id: begun.sid, hash: None, delivery, text_id, shared })
    }

    async fn delivery(&self, sent: &SentCode) -> Result<Delivery, ServiceError> {
        let Some(text) = &sent.text_id else { return Ok(Delivery::Untold) };
        let path = ["v2", "Attempts", text.as_str()];
        match self.looks.read::<WireAttempt>("twilio text's state", &path, &[]).await {
            Ok(WireAttempt { channel_data }) => {
                let text = channel_data.unwrap_or_default();
                // Said before the sixth digit of a longer one is taken for the last.
                match text.code_length.and_then(wrong_length) {
                    Some(reason) => Err(ServiceError::Settings { service: NAME, reason }),
                    None => Ok(text.delivery()),
                }
            }
            // It is listed some moments after it was sent.
            Err(ServiceError::NotFound { .. }) => Ok(Delivery::Queued),
            // Not every account or key may look.
            Err(ServiceError::Forbidden { .. } | ServiceError::Refused { .. }) => {
                Ok(Delivery::Untold)
            }
            Err(error) => Err(error),
        }
    }

    async fn check(&self, sent: &SentCode, digits: &Digits) -> Result<Checked, ServiceError> {
        let given = form(&[("VerificationSid", &sent.id), ("Code", digits.expose())]);
        let path = self.path(&["VerificationCheck"]);
        let checked = match self.api.write::<WireCheck>("twilio check", &path, given).await {
            Ok(told) if told.status == "approved" && told.valid => Checked::Right,
            Ok(told) if told.status == "pending" => Checked::Wrong,
            Ok(_) | Err(ServiceError::NotFound { .. }) => Checked::Gone,
            Err(error) if is_too_often(&error) => Checked::Gone,
            Err(ServiceError::AnswerLost { .. }) if self.is_approved(&sent.id).await => {
                Checked::Right
            }
            Err(error) => return Err(error),
        };
        if checked != Checked::Wrong {
            self.sends.forget(&sent.id);
        }
        Ok(checked)
    }

    async fn end(&self, id: &str) -> Result<(), ServiceError> {
        let path = self.path(&["Verifications", id]);
        let given = form(&[("Status", "canceled")]);
        match self.api.write::<WireVerification>("twilio code's end", &path, given).await {
            Ok(_) | Err(ServiceError::NotFound { .. }) => {
                self.sends.forget(id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let found: Result<WireService, _> =
            self.api.read("twilio test", &self.path(&[]), &[]).await;
        let warns = found.as_ref().is_ok_and(|found| found.do_not_share_warning_enabled);
        let length = found.as_ref().ok().and_then(|found| found.code_length);
        let found = found.map(|found| format!("\"{}\"; nothing was sent", found.friendly_name));
        let mut lines = vec![line("Verify service", tried(found, None))];
        if let Some(what) = length.and_then(wrong_length) {
            let next = "Callers' codes are checked here at the sixth digit".into();
            let problem = Problem { what, next, details: Vec::new() };
            lines.push(line("Code length", CheckOutcome::Failed(problem)));
        }
        if warns {
            lines.push(line("Text", CheckOutcome::Advice(warning())));
        }
        lines.extend(clock::check(self.api.clock_ahead()));
        lines
    }
}

impl WireText {
    fn delivery(&self) -> Delivery {
        let code = self.error_code.as_ref().and_then(|code| match code {
            serde_json::Value::String(text) => text.parse().ok(),
            other => other.as_u64().and_then(|code| u32::try_from(code).ok()),
        });
        state::delivery(self.message_status.as_deref().unwrap_or_default(), code)
    }
}

/// The text that was sent last: times in this form sort as texts.
fn newest(sends: Vec<WireSend>) -> Option<String> {
    sends.into_iter().max_by(|a, b| a.time.cmp(&b.time))?.attempt_sid
}

/// The service that the settings name.
pub(super) fn service_sid(
    service: &'static str,
    settings: &TwilioSettings,
) -> Result<String, ServiceError> {
    let sid = settings.verify_service_sid.as_deref().map(str::trim).filter(|sid| !sid.is_empty());
    sid.map(str::to_owned).ok_or_else(|| ServiceError::Settings {
        service,
        reason: "the Verify service's SID is missing".into(),
    })
}

fn is_too_often(error: &ServiceError) -> bool {
    error.facts().is_some_and(|facts| facts.code.as_deref() == Some(TOO_MANY_CHECKS))
}

/// The company in the service's text; the service's own name where it can't stand there.
fn friendly_name(company: &str) -> Option<String> {
    let name: String =
        company.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (!name.is_empty() && digits < NAME_DIGITS).then_some(name)
}

/// Why codes of so many digits are none for this program.
fn wrong_length(digits: usize) -> Option<String> {
    (digits != CODE_DIGITS).then(|| {
        format!("the service's codes have {digits} digits: set its code length to {CODE_DIGITS}")
    })
}

fn warning() -> Problem {
    Problem {
        what: "The service's text tells people not to share the code with anyone".into(),
        next: "Switch that warning off for this service: callers read the code out to you".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_and_one_that_looks_like_a_code_is_left_out() {
        assert_eq!(friendly_name(" Larkfield Ltd ").as_deref(), Some("Larkfield Ltd"));
        assert_eq!(friendly_name(&"Å".repeat(40)).map(|name| name.chars().count()), Some(30));
        assert_eq!(friendly_name("Helpdesk 407192"), None);
        assert_eq!(friendly_name(""), None);
    }
}
