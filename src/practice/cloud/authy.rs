//! Authy at `{base}/authy`: people by their phones, and questions in OneTouch.

use super::call::{Call, Reply};
use super::phones;
use super::pushes::{Push, PushState};
use super::world::{OWN, World, random, time};
use crate::phones::PhoneKind;
use crate::practice::company::{self, Employee};
use crate::services::messaging::PushAnswer;
use crate::settings::AuthySettings;
use crate::verify::PushKind;
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// The path's first segment.
pub(super) const SEGMENT: &str = "authy";

/// The longest question it takes.
const QUESTION_CHARS: usize = 144;
/// Where no end is given: a day.
const USUAL_SECONDS: i64 = 86_400;

/// What Authy keeps: whom ids belong to.
#[derive(Default)]
pub(super) struct Authy {
    registered: BTreeMap<u64, Uuid>,
}

/// What the program is set to.
pub(super) fn settings(base_url: &str) -> AuthySettings {
    AuthySettings { url: format!("{base_url}/{SEGMENT}") }
}

/// Authy says no.
struct Refusal(StatusCode, &'static str, &'static str);

const KEY: Refusal = Refusal(StatusCode::UNAUTHORIZED, "60001", "Invalid API key");
const USER: Refusal = Refusal(StatusCode::NOT_FOUND, "60026", "User not found");
const MISSING: Refusal = Refusal(StatusCode::NOT_FOUND, "60000", "Not found");
const PARAMETER: Refusal = Refusal(StatusCode::BAD_REQUEST, "60004", "Invalid parameter");
const PHONE: Refusal = Refusal(StatusCode::BAD_REQUEST, "60033", "Phone number is invalid");

/// Answers `/authy/...`.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let below: Vec<String> = call.segments.iter().skip(1).cloned().collect();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let answered = if call.header("x-authy-api-key") != Some(world.secret.expose()) {
        Err(KEY)
    } else {
        match (&call.method, &below[..]) {
            (&Method::GET, ["protected", "json", "app", "details"]) => Ok(Reply::ok(&json!({
                "app": {"name": company::NAME}, "message": "Application information.", "success": true,
            }))),
            (&Method::POST, ["protected", "json", "users", "new"]) => register(world, call),
            (&Method::POST, ["onetouch", "json", "users", id, "approval_requests"]) => {
                ask(world, call, id)
            }
            (&Method::GET, ["onetouch", "json", "approval_requests", id]) => look(world, id),
            _ => Err(MISSING),
        }
    };
    answered.unwrap_or_else(|Refusal(status, code, message)| {
        let errors = json!({"message": message});
        let body =
            json!({"error_code": code, "message": message, "errors": errors, "success": false});
        Reply::json(status, &body)
    })
}

/// The same phone gets the same id again.
fn register(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (country, phone) = (given("user[country_code]"), given("user[cellphone]"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !given("user[email]").contains('@') {
        return Err(PARAMETER);
    }
    if !digits(country) || !digits(phone) {
        return Err(PHONE);
    }
    let number = format!("+{country} {phone}");
    let owner = world.places[OWN]
        .people
        .iter()
        .find(|person| phones::is(world, &person.upn, PhoneKind::Mobile, Some(&number)));
    let owner = Arc::clone(owner.ok_or(PHONE)?);
    let id = company::authy_id(&owner.upn);
    world.authy.registered.insert(id, owner.id);
    Ok(Reply::ok(&json!({
        "message": "User created successfully.", "user": {"id": id}, "success": true,
    })))
}

fn ask(world: &mut World, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let person = person(world, id).ok_or(USER)?;
    let form = call.form();
    let message = form.get("message").map(String::as_str).unwrap_or_default();
    if message.is_empty() || message.chars().count() > QUESTION_CHARS {
        return Err(PARAMETER);
    }
    let seconds = match form.get("seconds_to_expire") {
        Some(seconds) => seconds.parse().ok().filter(|seconds| *seconds > 0).ok_or(PARAMETER)?,
        None => USUAL_SECONDS,
    };
    let drawn = random::<16>().map_err(|_| MISSING)?;
    let id = uuid::Builder::from_random_bytes(drawn).into_uuid().to_string();
    let now = world.now();
    world.pushes.ask(Push {
        id: id.clone(),
        kind: PushKind::Authy,
        person,
        at: now,
        ends: world.later(SignedDuration::from_secs(seconds), now),
        lines: std::iter::once(message.to_owned()).chain(details(&form)).collect(),
        state: PushState::Open,
    });
    Ok(Reply::ok(&json!({"approval_request": {"uuid": id}, "success": true})))
}

fn details(form: &HashMap<String, String>) -> Vec<String> {
    let mut lines: Vec<String> = form
        .iter()
        .filter_map(|(name, value)| {
            let label = name.strip_prefix("details[")?.strip_suffix(']')?;
            Some(format!("{label}: {value}"))
        })
        .collect();
    lines.sort();
    lines
}

fn look(world: &World, id: &str) -> Result<Reply, Refusal> {
    let now = world.now();
    let push = world.pushes.find(id).filter(|push| push.kind == PushKind::Authy);
    let push = push.ok_or(MISSING)?;
    let status = match push.answered(now) {
        PushAnswer::Waiting => "pending",
        PushAnswer::Approved => "approved",
        // It knows no other no.
        PushAnswer::Denied | PushAnswer::NotMe => "denied",
        PushAnswer::Expired => "expired",
    };
    Ok(Reply::ok(&json!({
        "approval_request": {"uuid": push.id, "status": status, "created_at": time(push.at)},
        "success": true,
    })))
}

/// Whose id it is: those whose attribute holds it are registered from the start.
fn person(world: &World, id: &str) -> Option<Uuid> {
    let id: u64 = id.parse().ok()?;
    let has_it = |person: &&Arc<Employee>| {
        company::has_authy(person) && company::authy_id(&person.upn) == id
    };
    let from_the_start = world.places[OWN].people.iter().find(has_it).map(|person| person.id);
    from_the_start.or_else(|| world.authy.registered.get(&id).copied())
}
