//! Messages: taken, handed to the carrier, delivered or not.

use super::super::call::{Call, Reply};
use super::super::world::World;
use super::{ACCOUNT, Answered, FROM, Refusal, is_number, ordered, rfc2822};
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// With the carrier so long after it was taken.
const SENT_AFTER: SignedDuration = SignedDuration::from_millis(400);
/// On the phone, or not, so long after it was taken.
const THERE_AFTER: SignedDuration = SignedDuration::from_millis(1_200);

pub(super) struct Message {
    sid: String,
    to: String,
    from: String,
    at: Timestamp,
    /// The error it meets on its way.
    fails: Option<u32>,
}

pub(super) fn answer(
    world: &mut World,
    call: &Call,
    (method, rest): (&Method, &[&str]),
) -> Answered {
    match (method, rest) {
        (&Method::POST, ["Messages.json"]) => send(world, call),
        (&Method::GET, ["Messages.json"]) => Ok(list(world, call)),
        (&Method::GET, ["Messages", file]) => {
            let message = &world.twilio.messages[find(world, call, file)?];
            Ok(Reply::ok(&shown(message, world.now())))
        }
        (&Method::DELETE, ["Messages", file]) => {
            let at = find(world, call, file)?;
            world.twilio.messages.remove(at);
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::not_found(call)),
    }
}

fn send(world: &mut World, call: &Call) -> Answered {
    let form = call.form();
    let part = |name: &str| form.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let bad = |code, message: &str| Refusal::new(StatusCode::BAD_REQUEST, code, message);
    let to = part("To").ok_or_else(|| bad(21604, "A 'To' phone number is required."))?;
    let body = part("Body").ok_or_else(|| bad(21602, "Message body is required."))?;
    let from = part("From").or_else(|| part("MessagingServiceSid").map(|_| FROM));
    let from = from.ok_or_else(|| bad(21603, "A 'From' phone number is required."))?;
    if !is_number(to) {
        let message = format!("The 'To' number {to} is not a valid phone number.");
        return Err(bad(21211, &message));
    }
    let validity = part("ValidityPeriod").map_or(Ok(36_000), str::parse::<u32>);
    if !validity.is_ok_and(|seconds| (1..=36_000).contains(&seconds)) {
        return Err(bad(21627, "The 'ValidityPeriod' is invalid."));
    }
    if let Some(code) = magic_number(to, from).or_else(|| {
        let refused = &world.twilio.refused;
        ordered(world, refused, to)
    }) {
        return Err(bad(code, &format!("The message to {to} can't be sent")));
    }
    let fails = ordered(world, &world.twilio.undelivered, to);
    let now = world.now();
    let arrives = fails.is_none().then(|| world.later(SENT_AFTER, now));
    let sid = world.twilio.id("SM");
    let message = Message { sid, to: to.into(), from: from.into(), at: now, fails };
    let reply = shown(&message, now);
    world.twilio.messages.push(message);
    world.text(to, body, arrives);
    Ok(Reply::json(StatusCode::CREATED, &reply))
}

/// Numbers that fail in a known way, as with the real test credentials.
fn magic_number(to: &str, from: &str) -> Option<u32> {
    match (to, from) {
        ("+15005550001", _) => Some(21211),
        ("+15005550002", _) => Some(21612),
        ("+15005550003", _) => Some(21408),
        ("+15005550004", _) => Some(21610),
        ("+15005550009", _) => Some(21614),
        (_, "+15005550007") => Some(21606),
        (_, "+15005550008") => Some(21611),
        _ => None,
    }
}

fn list(world: &World, call: &Call) -> Reply {
    const MOST: usize = 50;
    let size = call.query("PageSize").and_then(|size| size.parse().ok()).unwrap_or(MOST);
    let to = call.query("To");
    let meant = |message: &&Message| to.is_none_or(|to| message.to == to);
    let now = world.now();
    let newest = world.twilio.messages.iter().rev().filter(meant).take(size);
    let messages: Vec<Value> = newest.map(|message| shown(message, now)).collect();
    Reply::ok(&json!({"messages": messages, "page": 0, "page_size": size, "next_page_uri": null}))
}

fn find(world: &World, call: &Call, file: &str) -> Result<usize, Refusal> {
    let sid = file.strip_suffix(".json");
    let found = world.twilio.messages.iter().position(|known| Some(known.sid.as_str()) == sid);
    found.ok_or_else(|| Refusal::not_found(call))
}

fn shown(message: &Message, now: Timestamp) -> Value {
    let age = now.duration_since(message.at);
    let (status, code) = match (age, message.fails) {
        (age, _) if age < SENT_AFTER => ("queued", None),
        (age, _) if age < THERE_AFTER => ("sent", None),
        (_, None) => ("delivered", None),
        (_, code) => ("undelivered", code),
    };
    json!({
        "sid": message.sid,
        "account_sid": ACCOUNT,
        "status": status,
        "to": message.to,
        "from": message.from,
        "body": null,
        "num_segments": "1",
        "num_media": "0",
        "direction": "outbound-api",
        "price": null,
        "price_unit": null,
        "error_code": code,
        "error_message": null,
        "messaging_service_sid": null,
        "api_version": "2010-04-01",
        "date_created": rfc2822(message.at),
        "date_updated": rfc2822(now),
        "date_sent": rfc2822(message.at),
        "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{}.json", message.sid),
    })
}
