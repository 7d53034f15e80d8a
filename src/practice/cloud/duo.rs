//! Duo's Auth API at `{base}/duo`: signed requests, and pushes to the company's people.

use super::call::{Call, Reply};
use super::orders::DuoOrder;
use super::phones;
use super::pushes::{Push, PushState};
use super::world::{World, random};
use crate::phones::PhoneKind;
use crate::practice::company::{Account, Employee, duo_integration_key};
use crate::services::messaging::PushAnswer;
use crate::services::messaging::duo::sign::{Signed, parameters};
use crate::settings::DuoSettings;
use crate::verify::PushKind;
use axum::http::{Method, StatusCode};
use base64::Engine;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The path's first segment.
pub(super) const SEGMENT: &str = "duo";

/// How long a push waits.
const PUSH: SignedDuration = SignedDuration::from_secs(60);
/// How far a request's date may be from the service's.
const FORGIVEN: SignedDuration = SignedDuration::from_mins(5);

/// What Duo keeps.
#[derive(Default)]
pub(super) struct Duo {
    /// User principal names of those who are let in without a question.
    bypassed: BTreeSet<String>,
    /// Transactions of theirs.
    unasked: BTreeSet<String>,
}

impl Duo {
    pub fn obey(&mut self, order: DuoOrder) {
        let DuoOrder::Bypass { person, on } = order;
        let person = person.to_lowercase();
        match on {
            true => self.bypassed.insert(person),
            false => self.bypassed.remove(&person),
        };
    }
}

/// What the program is set to.
pub(super) fn settings(base_url: &str) -> DuoSettings {
    DuoSettings {
        url: format!("{base_url}/{SEGMENT}"),
        integration_key: duo_integration_key().to_owned(),
    }
}

/// Duo says no.
struct Refusal {
    status: StatusCode,
    code: u32,
    message: &'static str,
    detail: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: &'static str) -> Self {
        Self { status, code, message, detail: None }
    }

    fn signature(code: u32, message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    fn parameter(name: &'static str) -> Self {
        let refusal = Self::new(StatusCode::BAD_REQUEST, 40002, "Invalid request parameters");
        Self { detail: Some(name), ..refusal }
    }
}

/// Answers `/duo/auth/v2/...`.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let below: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    let answered = match (&call.method, &below[..]) {
        (&Method::GET, ["auth", "v2", "ping"]) => Ok(now(world)),
        (method, ["auth", "v2", what]) => check(world, call).and_then(|()| match (method, *what) {
            (&Method::GET, "check") => Ok(now(world)),
            (&Method::POST, "auth") => ask(world, call),
            (&Method::GET, "auth_status") => look(world, call),
            _ => Err(Refusal::new(StatusCode::NOT_FOUND, 40401, "Resource not found")),
        }),
        _ => Err(Refusal::new(StatusCode::NOT_FOUND, 40401, "Resource not found")),
    };
    match answered {
        Ok(response) => Reply::ok(&json!({"stat": "OK", "response": response})),
        Err(refusal) => {
            let mut body =
                json!({"stat": "FAIL", "code": refusal.code, "message": refusal.message});
            if let Some(detail) = refusal.detail {
                body["message_detail"] = detail.into();
            }
            Reply::json(refusal.status, &body)
        }
    }
}

fn now(world: &World) -> Value {
    json!({"time": world.now().as_second()})
}

/// Key, date and signature, over what was really received.
fn check(world: &World, call: &Call) -> Result<(), Refusal> {
    let missing = || Refusal::signature(40101, "Missing request credentials");
    let sent = call.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let sent = base64::engine::general_purpose::STANDARD.decode(sent.ok_or_else(missing)?);
    let sent = sent.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(missing)?;
    let (key, signature) = sent.split_once(':').ok_or_else(missing)?;
    if key != duo_integration_key() {
        return Err(Refusal::signature(40102, "Invalid integration key in request credentials"));
    }
    let date =
        call.header("date").ok_or_else(|| Refusal::signature(40104, "Missing Date header"))?;
    let at = jiff::fmt::rfc2822::parse(date)
        .map_err(|_| Refusal::signature(40104, "Invalid Date header"))?;
    if at.timestamp().duration_since(world.now()).abs() > FORGIVEN {
        return Err(Refusal::signature(40105, "Bad request timestamp"));
    }
    let given = given(call);
    let given: Vec<(&str, &str)> =
        given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let signed = Signed {
        date,
        method: call.method.as_str(),
        host: call.header("host").unwrap_or_default(),
        path: &call.path,
        parameters: &parameters(&given),
    };
    match signed.by(world.secret.expose()) == signature {
        true => Ok(()),
        false => Err(Refusal::signature(40103, "Invalid signature in request credentials")),
    }
}

fn given(call: &Call) -> Vec<(String, String)> {
    match call.method {
        Method::GET => call.query.clone(),
        _ => call.form().into_iter().collect(),
    }
}

fn ask(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let form = call.form();
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    for (name, value) in [("factor", "push"), ("device", "auto"), ("async", "1")] {
        if !is(name, value) {
            return Err(Refusal::parameter(name));
        }
    }
    let name = form.get("username").map(String::as_str).unwrap_or_default();
    let person = world.person(name).map_err(|_| Refusal::parameter("username"))?;
    if person.account == Account::Disabled || !has_phone(world, &person) {
        return Err(Refusal::parameter("device"));
    }
    let drawn = random::<16>().map_err(|_| Refusal::parameter("async"))?;
    let id = uuid::Builder::from_random_bytes(drawn).into_uuid().to_string();
    if world.duo.bypassed.contains(&person.upn.to_lowercase()) {
        world.duo.unasked.insert(id.clone());
        return Ok(json!({"txid": id}));
    }
    let now = world.now();
    let info = form.get("pushinfo").map(String::as_str).unwrap_or_default();
    let told = url::form_urlencoded::parse(info.as_bytes());
    let title = form.get("type").cloned().unwrap_or_else(|| "Login".into());
    let lines = told.map(|(label, value)| format!("{label}: {value}"));
    world.pushes.ask(Push {
        id: id.clone(),
        kind: PushKind::Duo,
        person: person.id,
        at: now,
        ends: world.later(PUSH, now),
        lines: std::iter::once(title).chain(lines).collect(),
        state: PushState::Open,
    });
    Ok(json!({"txid": id}))
}

/// The app is on the registered mobile.
fn has_phone(world: &World, person: &Arc<Employee>) -> bool {
    !phones::is(world, &person.upn, PhoneKind::Mobile, None)
}

fn look(world: &World, call: &Call) -> Result<Value, Refusal> {
    let id = call.query("txid").unwrap_or_default();
    if world.duo.unasked.contains(id) {
        return Ok(json!({"result": "allow", "status": "bypass", "status_msg": "Success."}));
    }
    let push = world.pushes.find(id).filter(|push| push.kind == PushKind::Duo);
    let push = push.ok_or_else(|| Refusal::parameter("txid"))?;
    let (result, status, message) = match push.answered(world.now()) {
        PushAnswer::Waiting => ("waiting", "pushed", "Pushed a login request to your device..."),
        PushAnswer::Approved => ("allow", "allow", "Success. Logging you in..."),
        PushAnswer::Denied => ("deny", "deny", "Login request denied."),
        PushAnswer::NotMe => ("deny", "fraud", "Login request reported as fraudulent."),
        PushAnswer::Expired => ("deny", "timeout", "Login timed out."),
    };
    Ok(json!({"result": result, "status": status, "status_msg": message}))
}
