//! Twilio Verify: the service makes the code, sends it and checks it.

use super::api::Api;
use crate::directory::ConnectionCheck;
use crate::phones::PhoneNumber;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::messaging::{Checked, CodeService, SentCode, SmsText};
use crate::services::wire::{line, tried};
use crate::settings::TwilioSettings;
use crate::verify::{Channel, Delivery, Digits};
use async_trait::async_trait;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const NAME: &str = "Twilio Verify";
/// Longest name of a company that the service takes, in characters.
const NAME_CHARS: usize = 30;
/// Languages that its own text comes in; it takes English for another one.
const LANGUAGES: [&str; 24] = [
    "af", "ar", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hu", "it", "ja", "ko",
    "nb", "nl", "pl", "pt", "ro", "ru", "sv", "zh",
];

/// One Verify service.
pub struct TwilioVerify {
    api: Api,
    service: String,
    /// Texts that were sent from here, by verification: more than these are another station's.
    sent: Mutex<HashMap<String, usize>>,
}

#[derive(Deserialize)]
struct WireVerification {
    sid: String,
    status: String,
    #[serde(default)]
    valid: bool,
    #[serde(default)]
    send_code_attempts: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct WireService {
    friendly_name: Option<String>,
}

impl TwilioVerify {
    pub const NAME: &str = NAME;

    /// # Errors
    /// [`ServiceError::Settings`].
    pub fn new(settings: &TwilioSettings, secret: &SecretText) -> Result<Self, ServiceError> {
        let service = settings.verify_service_sid.clone().ok_or_else(|| {
            let reason = "the Verify service's SID is missing".into();
            ServiceError::Settings { service: NAME, reason }
        })?;
        let api = Api::new(NAME, settings, secret, (&settings.verify_url, true))?;
        Ok(Self { api, service, sent: Mutex::default() })
    }

    /// Whether the service sent more of this verification than we asked for.
    fn is_shared(&self, verification: &WireVerification) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = sent.entry(verification.sid.clone()).or_default();
        *ours += 1;
        verification.send_code_attempts.len() > *ours
    }

    fn path<'a>(&'a self, rest: &'a str) -> [&'a str; 4] {
        ["v2", "Services", &self.service, rest]
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

    /// The service lists nothing by number; that a check is shared shows when a text is sent.
    async fn is_busy(&self, _to: &PhoneNumber, _ours: &[String]) -> Result<bool, ServiceError> {
        Ok(false)
    }

    async fn send(&self, to: &PhoneNumber, text: &SmsText) -> Result<SentCode, ServiceError> {
        let to = to.e164();
        let company: String = text.company.chars().take(NAME_CHARS).collect();
        let mut form = vec![("To", to.as_str()), ("Channel", "sms")];
        if !company.trim().is_empty() {
            form.push(("CustomFriendlyName", company.trim()));
        }
        if let Some(locale) = locale(&text.language) {
            form.push(("Locale", locale));
        }
        let made: WireVerification =
            self.api.post("verify.send", &self.path("Verifications"), &form).await?;
        let shared = self.is_shared(&made);
        Ok(SentCode { id: made.sid, hash: None, delivery: Delivery::Untold, shared })
    }

    async fn delivery(&self, _sent: &SentCode) -> Result<Delivery, ServiceError> {
        Ok(Delivery::Untold)
    }

    async fn check(&self, sent: &SentCode, digits: &Digits) -> Result<Checked, ServiceError> {
        let form = [("VerificationSid", sent.id.as_str()), ("Code", digits.expose())];
        let path = self.path("VerificationCheck");
        let checked = self.api.post::<WireVerification>("verify.check", &path, &form).await;
        match checked {
            Ok(checked) => Ok(match (checked.valid, &*checked.status) {
                (true, "approved") => Checked::Right,
                (_, "pending") => Checked::Wrong,
                _ => Checked::Gone,
            }),
            Err(ServiceError::NotFound { .. }) => Ok(Checked::Gone),
            Err(error) if is_used_up(&error) => Ok(Checked::Gone),
            Err(error) => Err(error),
        }
    }

    async fn end(&self, id: &str) -> Result<(), ServiceError> {
        let path = ["v2", "Services", &self.service, "Verifications", id];
        let form = [("Status", "canceled")];
        match self.api.post::<WireVerification>("verify.cancel", &path, &form).await {
            Ok(_) | Err(ServiceError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let path = ["v2", "Services", self.service.as_str()];
        let found = self.api.get::<WireService>("verify.test", &path, &[]).await;
        let found = found.map(|service| {
            format!("Texts are sent as {}", service.friendly_name.unwrap_or_default())
        });
        vec![line("Verify service", tried(found, None))]
    }
}

/// Too many wrong codes for this verification (60202): it is over.
fn is_used_up(error: &ServiceError) -> bool {
    let code = error.facts().and_then(|facts| facts.code.as_deref());
    code == Some("60202")
}

/// The language as the service names it, where it has it.
fn locale(language: &str) -> Option<&'static str> {
    let language = language.split(['-', '_']).next()?.to_ascii_lowercase();
    let language = if language == "no" || language == "nn" { "nb" } else { &language };
    LANGUAGES.into_iter().find(|known| *known == language)
}
