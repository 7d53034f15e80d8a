//! Verify: a code that the service makes, sends and checks.

use super::super::call::{Call, Reply};
use super::super::world::World;
use super::{ACCOUNT, Answered, Refusal, SERVICE, is_number, ordered, rfc3339};
use crate::secrets::SecretText;
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const VALID: SignedDuration = SignedDuration::from_secs(600);
const MOST_CHECKS: u32 = 5;
const MOST_SENDS: usize = 5;
/// A text is on the phone so long after it was sent.
const THERE_AFTER: SignedDuration = SignedDuration::from_millis(300);

pub(super) struct Verification {
    sid: String,
    to: String,
    code: SecretText,
    at: Timestamp,
    sends: Vec<Timestamp>,
    checks: u32,
    status: &'static str,
}

impl Verification {
    fn is_pending(&self, now: Timestamp) -> bool {
        self.status == "pending" && now.duration_since(self.at) < VALID
    }
}

pub(super) fn answer(
    world: &mut World,
    call: &Call,
    (method, rest): (&Method, &[&str]),
) -> Answered {
    match (method, rest) {
        (&Method::POST, ["Verifications"]) => send(world, call),
        (&Method::POST, ["VerificationCheck"]) => check(world, call),
        (&Method::GET, ["Verifications", sid]) => {
            let at = find(world, call, |one| one.sid == *sid)?;
            Ok(Reply::ok(&shown(&world.twilio.verifications[at], false)))
        }
        (&Method::POST, ["Verifications", sid]) => change(world, call, sid),
        _ => Err(Refusal::not_found(call)),
    }
}

fn send(world: &mut World, call: &Call) -> Answered {
    let form = call.form();
    let bad = |code, message: &str| Refusal::new(StatusCode::BAD_REQUEST, code, message);
    let to = form.get("To").map(String::as_str).unwrap_or_default().to_owned();
    if !is_number(&to) {
        return Err(bad(60200, &format!("Invalid parameter `To`: {to}")));
    }
    if form.get("Channel").map(String::as_str) != Some("sms") {
        return Err(bad(60200, "Invalid parameter `Channel`"));
    }
    if let Some(code) = ordered(world, &world.twilio.refused, &to) {
        return Err(bad(code, &format!("The text to {to} can't be sent")));
    }
    let now = world.now();
    let open =
        world.twilio.verifications.iter().position(|one| one.to == to && one.is_pending(now));
    let at = match open {
        Some(at) if world.twilio.verifications[at].sends.len() >= MOST_SENDS => {
            let message = "Max send attempts reached";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, 60203, message));
        }
        Some(at) => at,
        None => {
            let sid = world.twilio.id("VE");
            let code = draw_code()?;
            world.twilio.verifications.push(Verification {
                sid,
                to: to.clone(),
                code,
                at: now,
                sends: Vec::new(),
                checks: 0,
                status: "pending",
            });
            world.twilio.verifications.len() - 1
        }
    };
    world.twilio.verifications[at].sends.push(now);
    let company = form.get("CustomFriendlyName").map_or("Larkfield helpdesk", String::as_str);
    let text = text(company, &form, world.twilio.verifications[at].code.expose());
    let arrives = ordered(world, &world.twilio.undelivered, &to)
        .is_none()
        .then(|| world.later(THERE_AFTER, now));
    world.text(&to, &text, arrives);
    let reply = shown(&world.twilio.verifications[at], false);
    Ok(Reply::json(StatusCode::CREATED, &reply))
}

/// The service's own words, in two of its languages.
fn text(company: &str, form: &std::collections::HashMap<String, String>, code: &str) -> String {
    match form.get("Locale").map(String::as_str) {
        Some("sv") => format!("Din verifieringskod från {company} är: {code}"),
        _ => format!("Your {company} verification code is: {code}"),
    }
}

fn check(world: &mut World, call: &Call) -> Answered {
    let form = call.form();
    let code = form.get("Code").map(String::as_str).unwrap_or_default();
    let (sid, to) = (form.get("VerificationSid"), form.get("To"));
    let meant = |one: &Verification| {
        sid.is_some_and(|sid| one.sid == *sid) || to.is_some_and(|to| one.to == *to)
    };
    let at = find(world, call, meant)?;
    let one = &mut world.twilio.verifications[at];
    if one.checks >= MOST_CHECKS {
        one.status = "max_attempts_reached";
        let message = "Max check attempts reached";
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, 60202, message));
    }
    one.checks += 1;
    let right = one.code.expose() == code;
    if right {
        one.status = "approved";
    }
    Ok(Reply::ok(&shown(one, right)))
}

fn change(world: &mut World, call: &Call, sid: &str) -> Answered {
    let at = find(world, call, |one| one.sid == sid)?;
    let one = &mut world.twilio.verifications[at];
    match call.form().get("Status").map(String::as_str) {
        Some("canceled") => one.status = "canceled",
        Some("approved") => one.status = "approved",
        _ => {
            let message = "Invalid parameter `Status`";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, 60200, message));
        }
    }
    Ok(Reply::ok(&shown(one, false)))
}

/// One that is over is gone.
fn find(
    world: &World,
    call: &Call,
    meant: impl Fn(&Verification) -> bool,
) -> Result<usize, Refusal> {
    let now = world.now();
    let open = |one: &Verification| meant(one) && one.is_pending(now);
    let found = world.twilio.verifications.iter().position(open);
    found.ok_or_else(|| Refusal::not_found(call))
}

fn draw_code() -> Result<SecretText, Refusal> {
    let failed = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, 20500, "Internal error");
    Ok(SecretText::new(format!("{:06}", getrandom::u32().map_err(failed)? % 1_000_000)))
}

fn shown(one: &Verification, valid: bool) -> Value {
    let attempt = |at: &Timestamp| json!({"time": rfc3339(*at), "channel": "SMS", "attempt_sid": one.sid.replace("VE", "VL")});
    let attempts: Vec<Value> = one.sends.iter().map(attempt).collect();
    json!({
        "sid": one.sid,
        "service_sid": SERVICE,
        "account_sid": ACCOUNT,
        "to": one.to,
        "channel": "sms",
        "status": one.status,
        "valid": valid,
        "lookup": {},
        "amount": null,
        "payee": null,
        "send_code_attempts": attempts,
        "sna": null,
        "date_created": rfc3339(one.at),
        "date_updated": rfc3339(one.at),
        "url": format!("https://verify.twilio.com/v2/Services/{SERVICE}/Verifications/{}", one.sid),
    })
}
