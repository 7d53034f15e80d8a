//! `/v2/Services/{service}/Entities`: phones of people, and questions on them.

use super::{Refusal, given};
use crate::practice::cloud::call::{Call, Reply};
use crate::practice::cloud::pushes::{Push, PushState};
use crate::practice::cloud::world::{World, time};
use crate::practice::company::{self, Employee};
use crate::services::messaging::PushAnswer;
use crate::verify::PushKind;
use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const USUAL_LIFE: SignedDuration = SignedDuration::from_mins(5);
const LONGEST_LIFE: SignedDuration = SignedDuration::from_mins(60);
const QUESTION_CHARS: usize = 256;
const LABEL_CHARS: usize = 36;
const VALUE_CHARS: usize = 128;
const MOST_FIELDS: usize = 20;

#[derive(Deserialize)]
struct WireField {
    label: String,
    value: String,
}

pub(super) fn answer(world: &mut World, call: &Call, below: &[&str]) -> Result<Reply, Refusal> {
    match (&call.method, below) {
        (&Method::GET, []) => Ok(Reply::ok(&json!({"entities": [], "meta": {"key": "entities"}}))),
        (&Method::GET, [identity, "Factors"]) => factors(world, identity),
        (&Method::GET, [identity, "Challenges"]) => listed(world, call, identity),
        (&Method::POST, [identity, "Challenges"]) => ask(world, call, identity),
        (&Method::GET, [identity, "Challenges", id]) => {
            let person = person(world, identity)?.id;
            told(world, person, id)
        }
        (&Method::POST, [identity, "Challenges", id]) => {
            let person = person(world, identity)?.id;
            respond(world, person, id, given(&call.form(), "AuthPayload"))?;
            told(world, person, id)
        }
        _ => Err(Refusal::missing()),
    }
}

/// Whoever has an app and a phone.
fn person(world: &World, identity: &str) -> Result<Arc<Employee>, Refusal> {
    let is_id = Uuid::try_parse(identity).is_ok();
    let person = world.person(identity).ok().filter(|person| is_id && company::has_authy(person));
    person.ok_or_else(Refusal::missing)
}

fn factors(world: &mut World, identity: &str) -> Result<Reply, Refusal> {
    let person = person(world, identity)?.id;
    let now = time(world.now());
    let sid = world.twilio.factors.of(person)?.sid.clone();
    Ok(Reply::ok(&json!({
        "factors": [{
            "sid": sid,
            "account_sid": company::twilio_sid("AC"),
            "service_sid": company::twilio_sid("VA"),
            "identity": identity,
            "friendly_name": "Phone",
            "status": "verified",
            "factor_type": "push",
            "config": {"notification_platform": "none", "sdk_version": "1.0"},
            "date_created": now,
            "date_updated": now,
        }],
        "meta": {"page": 0, "page_size": 50, "key": "factors", "next_page_url": null},
    })))
}

fn ask(world: &mut World, call: &Call, identity: &str) -> Result<Reply, Refusal> {
    let person = person(world, identity)?.id;
    let form = call.form();
    if world.twilio.factors.of(person)?.sid != given(&form, "FactorSid") {
        return Err(Refusal::missing());
    }
    let message = given(&form, "Details.Message");
    if message.is_empty() || message.chars().count() > QUESTION_CHARS {
        return Err(Refusal::bad(60200, "Invalid parameter `Details.Message`"));
    }
    let now = world.now();
    let push = Push {
        id: super::sid("YC")?,
        kind: PushKind::Verify,
        person,
        at: now,
        ends: ends(form.get("ExpirationDate"), now)?,
        lines: std::iter::once(Ok(message.to_owned()))
            .chain(fields(call))
            .collect::<Result<_, _>>()?,
        state: PushState::Open,
    };
    let id = push.id.clone();
    world.pushes.ask(push);
    let mut reply = told(world, person, &id)?;
    reply.status = StatusCode::CREATED;
    Ok(reply)
}

fn ends(given: Option<&String>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let bad = || Refusal::bad(60200, "Invalid parameter `ExpirationDate`");
    let Some(given) = given else { return Ok(now.saturating_add(USUAL_LIFE).unwrap_or(now)) };
    let ends: Timestamp = given.parse().map_err(|_| bad())?;
    let life = ends.duration_since(now);
    (life.is_positive() && life <= LONGEST_LIFE).then_some(ends).ok_or_else(bad)
}

/// Each comes as JSON of its own.
fn fields(call: &Call) -> Vec<Result<String, Refusal>> {
    let bad = || Refusal::bad(60200, "Invalid parameter `Details.Fields`");
    let given: Vec<_> = url::form_urlencoded::parse(&call.body)
        .filter(|(name, _)| name == "Details.Fields")
        .map(|(_, value)| {
            let field: WireField = serde_json::from_str(&value).map_err(|_| bad())?;
            let fits = field.label.chars().count() <= LABEL_CHARS
                && field.value.chars().count() <= VALUE_CHARS;
            fits.then(|| format!("{}: {}", field.label, field.value)).ok_or_else(bad)
        })
        .collect();
    if given.len() > MOST_FIELDS { vec![Err(bad())] } else { given }
}

/// Questions of a person in one state, the newest first.
fn listed(world: &World, call: &Call, identity: &str) -> Result<Reply, Refusal> {
    let person = person(world, identity)?.id;
    let state = call.query("Status");
    let is_meant = |shown: &Value| state.is_none_or(|state| shown["status"] == state);
    let asked = world.pushes.of(PushKind::Verify, person).map(|push| shown(world, push));
    let challenges: Vec<Value> = asked.filter(is_meant).collect();
    let meta = json!({"page": 0, "page_size": 50, "key": "challenges", "next_page_url": null});
    Ok(Reply::ok(&json!({"challenges": challenges, "meta": meta})))
}

fn told(world: &World, person: Uuid, id: &str) -> Result<Reply, Refusal> {
    let meant = |push: &&Push| push.kind == PushKind::Verify && push.person == person;
    let push = world.pushes.find(id).filter(meant).ok_or_else(Refusal::missing)?;
    Ok(Reply::ok(&shown(world, push)))
}

fn shown(world: &World, push: &Push) -> Value {
    let (status, reason) = match push.answered(world.now()) {
        PushAnswer::Waiting => ("pending", "none"),
        PushAnswer::Approved => ("approved", "none"),
        PushAnswer::Denied => ("denied", "not_needed"),
        PushAnswer::NotMe => ("denied", "not_requested"),
        PushAnswer::Expired => ("expired", "none"),
    };
    json!({
        "sid": push.id,
        "account_sid": company::twilio_sid("AC"),
        "service_sid": company::twilio_sid("VA"),
        "identity": push.person.to_string(),
        "status": status,
        "responded_reason": reason,
        "factor_type": "push",
        "details": {"message": push.lines.first(), "date": time(push.at)},
        "date_created": time(push.at),
        "expiration_date": time(push.ends),
    })
}

/// Takes what a phone says, if that phone signed it.
fn respond(world: &mut World, person: Uuid, id: &str, payload: &str) -> Result<(), Refusal> {
    let now = world.now();
    let bad = || Refusal::bad(60306, "Input token is invalid");
    let response = world.twilio.factors.of(person)?.check(id, payload).ok_or_else(bad)?;
    let answer = match (response.status.as_str(), response.responded_reason.as_str()) {
        ("approved", _) => PushAnswer::Approved,
        ("denied", "not_requested") => PushAnswer::NotMe,
        ("denied", _) => PushAnswer::Denied,
        _ => return Err(bad()),
    };
    world.pushes.answer(id, answer, now);
    Ok(())
}

/// The person answers in the app: the phone signs, and the service checks what it signed.
pub(in crate::practice::cloud) fn answer_on_phone(
    world: &mut World,
    person: Uuid,
    id: &str,
    answer: PushAnswer,
) {
    let (status, reason) = match answer {
        PushAnswer::Approved => ("approved", "none"),
        PushAnswer::Denied => ("denied", "not_needed"),
        PushAnswer::NotMe => ("denied", "not_requested"),
        // That is no answer.
        PushAnswer::Waiting | PushAnswer::Expired => return,
    };
    let signed = world.twilio.factors.of(person).and_then(|phone| phone.sign(id, status, reason));
    if let Ok(payload) = signed
        && let Err(refusal) = respond(world, person, id, &payload)
    {
        tracing::warn!(code = refusal.code, "a practice phone's answer was refused");
    }
}
