//! `/v2/Services/{service}/Verifications` and `VerificationCheck`.
//!
//! One verification of a number at a time: a second one within ten minutes is the first one's
//! code once more. It is gone when it is over.

use super::texts::Text;
use super::{Refusal, given, is_number, owners, sid};
use crate::practice::cloud::call::{Call, Reply};
use crate::practice::cloud::world::{World, random, time};
use crate::practice::company;
use crate::verify::Digits;
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const LIFE: SignedDuration = SignedDuration::from_mins(10);
const MOST_SENDS: usize = 5;
const MOST_CHECKS: u32 = 5;

pub(super) struct Verification {
    pub sid: String,
    to: String,
    code: Digits,
    begun: Timestamp,
    /// Times of the texts, with their ids.
    sends: Vec<(Timestamp, String)>,
    checks: u32,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    Approved,
    Canceled,
}

impl Verification {
    /// It can be found.
    fn is_there(&self, now: Timestamp) -> bool {
        self.status == Status::Pending && now.duration_since(self.begun) < LIFE
    }

    /// One of its texts.
    pub fn has(&self, attempt: &str) -> bool {
        self.sends.iter().any(|(_, sid)| sid == attempt)
    }

    pub fn digits(&self) -> usize {
        self.code.len()
    }

    pub fn is_approved(&self) -> bool {
        self.status == Status::Approved
    }

    fn told(&self) -> Value {
        let attempts = self
            .sends
            .iter()
            .map(|(at, sid)| json!({"time": time(*at), "channel": "SMS", "attempt_sid": sid}));
        json!({
            "sid": self.sid,
            "service_sid": company::twilio_sid("VA"),
            "account_sid": company::twilio_sid("AC"),
            "to": self.to,
            "channel": "sms",
            "status": match self.status {
                Status::Pending if self.checks >= MOST_CHECKS => "max_attempts_reached",
                Status::Pending => "pending",
                Status::Approved => "approved",
                Status::Canceled => "canceled",
            },
            "valid": self.status == Status::Approved,
            "lookup": {},
            "amount": null,
            "payee": null,
            "send_code_attempts": attempts.collect::<Vec<_>>(),
            "sna": null,
            "date_created": time(self.begun),
            "date_updated": time(self.begun),
        })
    }
}

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (&call.method, rest) {
        (&Method::POST, ["Verifications"]) => begin(world, call),
        (&Method::POST, ["VerificationCheck"]) => check(world, call),
        (&Method::GET, ["Verifications", id]) => Ok(Reply::ok(&find(world, id)?.told())),
        (&Method::POST, ["Verifications", id]) => update(world, call, id),
        _ => Err(Refusal::missing()),
    }
}

fn begin(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    let to = given(&form, "To");
    if !is_number(to) || given(&form, "Channel") != "sms" {
        return Err(Refusal::bad(60200, format!("Invalid parameter `To`: {to}")));
    }
    let name = form.get("CustomFriendlyName").map_or(company::NAME, String::as_str);
    let told = send(world, to, name, given(&form, "Locale"))?;
    Ok(Reply::json(StatusCode::CREATED, &told))
}

fn send(world: &mut World, to: &str, name: &str, locale: &str) -> Result<Value, Refusal> {
    let now = world.now();
    let people = owners(world, to);
    let open = world.twilio.verifications.iter().position(|one| one.to == to && one.is_there(now));
    if open.is_some_and(|at| world.twilio.verifications[at].sends.len() >= MOST_SENDS) {
        return Err(Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            60203,
            "Max send attempts reached",
        ));
    }
    let fate = world.twilio.texts.next_fate(&people).map_err(refused)?;
    let at = match open {
        Some(at) => at,
        None => {
            let new = Verification {
                sid: sid("VE")?,
                to: to.to_owned(),
                code: draw(world.twilio.code_length())?,
                begun: now,
                sends: Vec::new(),
                checks: 0,
                status: Status::Pending,
            };
            world.twilio.verifications.push(new);
            world.twilio.verifications.len() - 1
        }
    };
    let attempt = sid("VL")?;
    let verification = &mut world.twilio.verifications[at];
    verification.sends.push((now, attempt.clone()));
    let (body, told) = (words(locale, name, &verification.code), verification.told());
    world.twilio.texts.add(Text {
        sid: attempt,
        to: to.to_owned(),
        from: name.to_owned(),
        body,
        people,
        at: now,
        valid: LIFE,
        fate,
        is_listed: false,
        is_deleted: false,
    });
    Ok(told)
}

/// Messaging's refusals under Verify's own numbers, where it has some.
fn refused(code: u32) -> Refusal {
    match code {
        60410 => {
            Refusal::new(StatusCode::FORBIDDEN, 60410, "Verification delivery attempt blocked")
        }
        60212 => Refusal::new(StatusCode::TOO_MANY_REQUESTS, 60212, "Too many concurrent requests"),
        code => Refusal::bad(code, "The verification can't be sent"),
    }
}

fn words(locale: &str, name: &str, code: &Digits) -> String {
    let code = code.expose();
    match locale {
        "sv" => format!("Din verifieringskod för {name} är: {code}"),
        _ => format!("Your {name} verification code is: {code}"),
    }
}

fn draw(digits: usize) -> Result<Digits, Refusal> {
    loop {
        let drawn = u64::from_be_bytes(random().map_err(|_| Refusal::internal())?);
        let drawn = format!("{drawn:020}");
        // The last digits of it: those in front are never large.
        let code = drawn.get(drawn.len().saturating_sub(digits)..).unwrap_or_default();
        if let Ok(code) = Digits::read(code) {
            return Ok(code);
        }
    }
}

fn check(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    let id = match given(&form, "VerificationSid") {
        "" => given(&form, "To"),
        id => id,
    };
    let code = given(&form, "Code").to_owned();
    let verification = find(world, id)?;
    if verification.checks >= MOST_CHECKS {
        let text = "Max check attempts reached";
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, 60202, text));
    }
    verification.checks += 1;
    let is_right = verification.code.expose() == code;
    if is_right {
        verification.status = Status::Approved;
    }
    Ok(Reply::ok(&json!({
        "sid": verification.sid,
        "service_sid": company::twilio_sid("VA"),
        "account_sid": company::twilio_sid("AC"),
        "to": verification.to,
        "channel": "sms",
        "status": if is_right { "approved" } else { "pending" },
        "valid": is_right,
        "amount": null,
        "payee": null,
        "sna_attempts_error_codes": [],
        "date_created": time(verification.begun),
        "date_updated": time(verification.begun),
    })))
}

fn update(world: &mut World, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let status = match given(&call.form(), "Status") {
        "canceled" => Status::Canceled,
        "approved" => Status::Approved,
        _ => return Err(Refusal::bad(60200, "Invalid parameter `Status`")),
    };
    let verification = find(world, id)?;
    verification.status = status;
    Ok(Reply::ok(&verification.told()))
}

fn find<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Verification, Refusal> {
    let now = world.now();
    let meant = |one: &&mut Verification| (one.sid == id || one.to == id) && one.is_there(now);
    world.twilio.verifications.iter_mut().find(meant).ok_or_else(Refusal::missing)
}

/// Another station sends a code to the person's mobile.
pub(super) fn begin_elsewhere(world: &mut World, person: &str) {
    let Ok(person) = world.person(person) else { return };
    let number = super::mobile_of(world, person.id).map(|number| number.e164());
    let Some(number) = number else { return };
    // A refusal is the other station's.
    send(world, &number, company::NAME, "").map(drop).unwrap_or_default();
}
