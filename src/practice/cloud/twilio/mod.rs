//! Twilio at `{base}/twilio`: Messaging, Verify, and Verify's push.
//!
//! Texts go by the cloud's clock: queued, sent after a second, on the phone after two. As with the
//! real one, a verification is gone when it is over, and a text can't be deleted on its way.

use super::call::{Call, Reply};
use super::orders::TwilioOrder;
use super::phones;
use super::world::{World, random};
use crate::phones::{NumberText, PhoneKind, PhoneNumber};
use crate::practice::company;
use crate::settings::TwilioSettings;
use crate::verify::CODE_DIGITS;
use axum::http::{Method, StatusCode};
use base64::Engine;
use factors::Factors;
use serde_json::json;
use std::collections::HashMap;
use texts::Texts;
use uuid::Uuid;
use verifications::Verification;

mod attempts;
mod factors;
mod messages;
mod push;
mod texts;
mod verifications;

pub use texts::TextFate;
pub(super) use texts::{people_with_texts, texts_of};

/// The path's first segment.
pub(super) const SEGMENT: &str = "twilio";

/// Everything Twilio keeps.
#[derive(Default)]
pub(super) struct Twilio {
    pub texts: Texts,
    verifications: Vec<Verification>,
    factors: Factors,
    /// The service tells people not to share their code.
    warns: bool,
    /// Digits of a code, where they were set.
    code_length: Option<usize>,
}

impl Twilio {
    pub fn calm_down(&mut self) {
        self.texts.calm_down();
        self.warns = false;
        self.code_length = None;
    }

    fn code_length(&self) -> usize {
        self.code_length.unwrap_or(CODE_DIGITS)
    }
}

/// What the program is set to.
pub(super) fn settings(base_url: &str) -> TwilioSettings {
    let there = format!("{base_url}/{SEGMENT}");
    TwilioSettings {
        account_sid: company::twilio_sid("AC"),
        verify_service_sid: Some(company::twilio_sid("VA")),
        messaging_service_sid: Some(company::twilio_sid("MG")),
        api_url: there.clone(),
        verify_url: there,
        ..TwilioSettings::default()
    }
}

/// Twilio says no.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: u32,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, 20404, "The requested resource was not found")
    }

    fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 20500, "Internal Server Error")
    }

    fn reply(&self) -> Reply {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        Reply::json(self.status, &body)
    }
}

/// What it answers when it was told to fail.
pub(super) fn trouble(status: StatusCode) -> Reply {
    let (code, message) = match status {
        StatusCode::UNAUTHORIZED => (20003, "Authenticate"),
        StatusCode::TOO_MANY_REQUESTS => (20429, "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => (20503, "Service Unavailable"),
        _ => (20500, "Internal Server Error"),
    };
    Refusal::new(status, code, message).reply()
}

/// Answers `/twilio/...`.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    answered(world, call).unwrap_or_else(|refusal| refusal.reply())
}

fn answered(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    check_signer(world, call)?;
    let below: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    match below[..] {
        ["2010-04-01", "Accounts", account, ref rest @ ..] => {
            if account != company::twilio_sid("AC") {
                return Err(unauthorised());
            }
            messages::answer(world, call, rest)
        }
        ["v2", "Attempts", text] if call.method == Method::GET => attempts::answer(world, text),
        ["v2", "Services", service, ref rest @ ..] => {
            if service != company::twilio_sid("VA") {
                return Err(Refusal::missing());
            }
            in_service(world, call, rest)
        }
        _ => Err(Refusal::missing()),
    }
}

fn in_service(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (&call.method, rest) {
        (&Method::GET, []) => Ok(Reply::ok(&json!({
            "sid": company::twilio_sid("VA"),
            "account_sid": company::twilio_sid("AC"),
            "friendly_name": company::NAME,
            "code_length": world.twilio.code_length(),
            "lookup_enabled": false,
            "do_not_share_warning_enabled": world.twilio.warns,
        }))),
        (_, ["Verifications" | "VerificationCheck", ..]) => {
            verifications::answer(world, call, rest)
        }
        (_, ["Entities", below @ ..]) => push::answer(world, call, below),
        _ => Err(Refusal::missing()),
    }
}

/// The account's own token, or a key's secret: here both are the cloud's secret.
fn check_signer(world: &World, call: &Call) -> Result<(), Refusal> {
    let given = call.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let given =
        given.and_then(|given| base64::engine::general_purpose::STANDARD.decode(given).ok());
    let given = given.and_then(|given| String::from_utf8(given).ok()).unwrap_or_default();
    let is_known = [company::twilio_sid("AC"), company::twilio_sid("SK")]
        .iter()
        .any(|user| given == format!("{user}:{}", world.secret.expose()));
    if is_known { Ok(()) } else { Err(unauthorised()) }
}

fn unauthorised() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, 20003, "Authenticate")
}

/// What happens to it behind the scenes.
pub(super) fn obey(world: &mut World, order: TwilioOrder) {
    match order {
        TwilioOrder::NextTexts { fate, times } => world.twilio.texts.order(fate, times),
        TwilioOrder::Undelivered { person, code } => {
            fate_of(world, &person, TextFate::Fails { code });
        }
        TwilioOrder::Refuse { person, code } => {
            fate_of(world, &person, TextFate::Refused { code });
        }
        TwilioOrder::Stop { person, on } => {
            if let Ok(person) = world.person(&person) {
                world.twilio.texts.stop(person.id, on);
            }
        }
        TwilioOrder::EndVerifications => world.twilio.verifications.clear(),
        TwilioOrder::OtherStation { person } => verifications::begin_elsewhere(world, &person),
        TwilioOrder::WarnAgainstSharing { on } => world.twilio.warns = on,
        TwilioOrder::CodeLength { digits } => world.twilio.code_length = Some(digits),
    }
}

fn fate_of(world: &mut World, person: &str, fate: TextFate) {
    if let Ok(person) = world.person(person) {
        world.twilio.texts.order_for(person.id, fate);
    }
}

/// The person answers in the app: the phone signs, and the service checks what it signed.
pub(super) use push::answer_on_phone;

/// `SM` and the like, with 32 hexadecimal digits out of chance.
fn sid(kind: &str) -> Result<String, Refusal> {
    let drawn = random::<16>().map_err(|_| Refusal::internal())?;
    let digits: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{kind}{digits}"))
}

/// A number in E.164.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The registered mobile, as services write it.
pub(super) fn mobile_of(world: &World, person: Uuid) -> Option<PhoneNumber> {
    let number = world.phones.number(person, PhoneKind::Mobile)?;
    PhoneNumber::from_international(&NumberText::new(number.expose())).ok()
}

/// Whose phone has this number.
fn owners(world: &World, number: &str) -> Vec<Uuid> {
    phones::owners(world, number)
}

fn given<'a>(form: &'a HashMap<String, String>, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}
