//! Verify Push: whoever has a mobile has the company's app, with one factor.
//!
//! The app's own side (its P-256 key, and its signature under the answer) is not played: an answer
//! comes by order, as from the app.

use super::super::call::{Call, Reply};
use super::super::pushes::{Push, PushState};
use super::super::world::World;
use super::{Answered, Refusal, mobile_of, rfc3339};
use crate::services::messaging::PushAnswer;
use crate::verify::PushKind;
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

const LONGEST: SignedDuration = SignedDuration::from_mins(60);
const USUAL: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn answer(
    world: &mut World,
    call: &Call,
    (method, person, rest): (&Method, &str, &[&str]),
) -> Answered {
    let person: Uuid = person.parse().map_err(|_| Refusal::not_found(call))?;
    if mobile_of(world, person).is_none() {
        return Err(Refusal::not_found(call));
    }
    match (method, rest) {
        (&Method::GET, ["Factors"]) => Ok(Reply::ok(&json!({"factors": [{
            "sid": factor_of(person),
            "identity": person,
            "status": "verified",
            "factor_type": "push",
            "friendly_name": "Company app",
        }]}))),
        (&Method::POST, ["Challenges"]) => ask(world, call, person),
        (&Method::GET, ["Challenges", sid]) => {
            let now = world.now();
            let push = world.pushes.find(sid).filter(|push| push.person == person);
            Ok(Reply::ok(&shown(push.ok_or_else(|| Refusal::not_found(call))?, now)))
        }
        _ => Err(Refusal::not_found(call)),
    }
}

fn factor_of(person: Uuid) -> String {
    format!("YF{}", person.simple())
}

fn ask(world: &mut World, call: &Call, person: Uuid) -> Answered {
    let bad = |what: &str| {
        let message = format!("Invalid parameter `{what}`");
        Refusal::new(StatusCode::BAD_REQUEST, 60200, message)
    };
    let members: Vec<(String, String)> =
        url::form_urlencoded::parse(&call.body).into_owned().collect();
    let part = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if part("FactorSid") != Some(&factor_of(person)) {
        return Err(bad("FactorSid"));
    }
    let message = part("Details.Message").filter(|text| !text.is_empty());
    let message = message.filter(|text| text.chars().count() <= 256);
    let message = message.ok_or_else(|| bad("Details.Message"))?;
    let mut lines = vec![message.clone()];
    for (_, field) in members.iter().filter(|(key, _)| key == "Details.Fields") {
        let field: Value = serde_json::from_str(field).map_err(|_| bad("Details.Fields"))?;
        match (field["label"].as_str(), field["value"].as_str()) {
            (Some(label), Some(value)) => lines.push(format!("{label}: {value}")),
            _ => return Err(bad("Details.Fields")),
        }
    }
    let now = world.now();
    let ends = match part("ExpirationDate").map(|text| text.parse::<Timestamp>()) {
        None => world.later(USUAL, now),
        Some(Ok(ends)) if ends > now && ends.duration_since(now) <= LONGEST => ends,
        Some(_) => return Err(bad("ExpirationDate")),
    };
    let id = world.twilio.id("YC");
    let state = PushState::Open;
    let push = Push { id, kind: PushKind::Verify, person, at: now, ends, lines, state };
    let reply = shown(&push, now);
    world.pushes.ask(push);
    Ok(Reply::json(StatusCode::CREATED, &reply))
}

fn shown(push: &Push, now: Timestamp) -> Value {
    let (status, reason) = match push.answered(now) {
        PushAnswer::Waiting => ("pending", "none"),
        PushAnswer::Approved => ("approved", "none"),
        PushAnswer::Denied => ("denied", "not_needed"),
        PushAnswer::NotMe => ("denied", "not_requested"),
        PushAnswer::Expired => ("expired", "none"),
    };
    json!({
        "sid": push.id,
        "identity": push.person,
        "factor_sid": factor_of(push.person),
        "status": status,
        "responded_reason": reason,
        "factor_type": "push",
        "expiration_date": rfc3339(push.ends),
        "date_created": rfc3339(push.at),
    })
}
