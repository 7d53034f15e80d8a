//! `/2010-04-01/Accounts/{account}/Messages`.

use super::texts::Text;
use super::{Refusal, given, is_number, owners, sid};
use crate::practice::cloud::call::{Call, Reply};
use crate::practice::cloud::world::World;
use crate::practice::company;
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Seconds, where none are given; and the most.
const MOST_VALID: i64 = 36_000;
const MOST_CHARS: usize = 1600;
/// The number that the messaging service chooses.
const CHOSEN: &str = "+15005550006";

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (&call.method, rest) {
        (&Method::POST, ["Messages.json"]) => send(world, call),
        (&Method::GET, ["Messages.json"]) => Ok(list(world, call)),
        (method, ["Messages", file]) => {
            let sid = file.strip_suffix(".json").ok_or_else(Refusal::missing)?;
            one(world, method, sid)
        }
        _ => Err(Refusal::missing()),
    }
}

fn send(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    let (to, body) = (given(&form, "To"), given(&form, "Body"));
    let from = sender(given(&form, "From"), given(&form, "MessagingServiceSid"))?;
    if !is_number(to) {
        return Err(Refusal::bad(
            21211,
            format!("The 'To' number {to} is not a valid phone number."),
        ));
    }
    if body.is_empty() || body.chars().count() > MOST_CHARS {
        return Err(Refusal::bad(21602, "Message body is required."));
    }
    check_magic(to)?;
    let valid = match form.get("ValidityPeriod") {
        None => MOST_VALID,
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| (1..=MOST_VALID).contains(seconds))
            .ok_or_else(|| Refusal::bad(21621, "ValidityPeriod is out of range"))?,
    };
    let people = owners(world, to);
    let fate = world.twilio.texts.next_fate(&people).map_err(|code| told_no(code, to))?;
    let (now, sid) = (world.now(), sid("SM")?);
    let text = Text {
        sid,
        to: to.to_owned(),
        from,
        body: body.to_owned(),
        people,
        at: now,
        valid: SignedDuration::from_secs(valid),
        fate,
        is_listed: true,
        is_deleted: false,
    };
    let told = told(&text, now);
    world.twilio.texts.add(text);
    Ok(Reply::json(StatusCode::CREATED, &told))
}

fn sender(from: &str, service: &str) -> Result<String, Refusal> {
    let unusable = |code| Refusal::bad(code, format!("The 'From' number {from} can't be used."));
    match (from, service) {
        ("", "") => Err(Refusal::bad(21603, "A 'From' phone number is required.")),
        ("", service) if service == company::twilio_sid("MG") => Ok(CHOSEN.to_owned()),
        ("", _) => Err(Refusal::bad(21701, "The Messaging Service does not exist.")),
        ("+15005550007", _) => Err(unusable(21606)),
        ("+15005550008", _) => Err(unusable(21611)),
        (from, _) if is_number(from) => Ok(from.to_owned()),
        _ => Err(unusable(21212)),
    }
}

/// Numbers of the real service's test credentials.
fn check_magic(to: &str) -> Result<(), Refusal> {
    let code = match to {
        "+15005550001" => 21211,
        "+15005550002" => 21612,
        "+15005550003" => 21408,
        "+15005550004" => 21610,
        "+15005550009" => 21614,
        _ => return Ok(()),
    };
    Err(told_no(code, to))
}

fn told_no(code: u32, to: &str) -> Refusal {
    let message = match code {
        21211 => format!("The 'To' number {to} is not a valid phone number."),
        21608 => format!("The number {to} is unverified. Trial accounts cannot send to it."),
        21610 => "Attempt to send to unsubscribed recipient".to_owned(),
        21614 => format!("'To' number {to} is not a valid mobile number"),
        _ => format!("The message to {to} can't be sent"),
    };
    Refusal::bad(code, message)
}

fn list(world: &World, call: &Call) -> Reply {
    let (now, to) = (world.now(), call.query("To"));
    let size = call.query("PageSize").and_then(|size| size.parse().ok()).unwrap_or(50);
    let meant = |text: &&Text| to.is_none_or(|to| to == text.to);
    let texts = world.twilio.texts.listed().filter(meant).take(size);
    let messages: Vec<Value> = texts.map(|text| told(text, now)).collect();
    Reply::ok(&json!({
        "messages": messages, "page": 0, "page_size": size, "next_page_uri": null,
    }))
}

fn one(world: &mut World, method: &Method, sid: &str) -> Result<Reply, Refusal> {
    let now = world.now();
    let text = world.twilio.texts.find(sid).ok_or_else(Refusal::missing)?;
    match *method {
        Method::GET => Ok(Reply::ok(&told(text, now))),
        Method::DELETE if text.is_under_way(now) => Err(Refusal::new(
            StatusCode::CONFLICT,
            20009,
            "Cannot delete this message because delivery has not been completed.",
        )),
        Method::DELETE => {
            text.is_deleted = true;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed")),
    }
}

/// Numbers are texts, and dates as in mails.
fn told(text: &Text, now: Timestamp) -> Value {
    let (status, error) = text.state(now);
    let date = |at: Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "sid": text.sid,
        "account_sid": company::twilio_sid("AC"),
        "messaging_service_sid": null,
        "status": status,
        "error_code": error,
        "error_message": null,
        "to": text.to,
        "from": text.from,
        "body": text.body,
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "price": null,
        "price_unit": null,
        "api_version": "2010-04-01",
        "date_created": date(text.at),
        "date_updated": date(now),
        "date_sent": (status != "queued").then(|| date(text.at)),
    })
}
