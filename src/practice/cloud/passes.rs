//! Temporary Access Passes: one at most for a person, readable once.

use super::call::{Call, Refusal, Reply};
use super::control::IssuedPass;
use super::world::{World, base64url, random, time};
use crate::practice::company::{Employee, Kind};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const READ: &[&str] = &[
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "UserAuthMethod-TAP.Read.All",
    "UserAuthMethod-TAP.ReadWrite.All",
];
const WRITE: &[&str] =
    &["UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-TAP.ReadWrite.All"];

/// A pass; what it is cannot be read from it any more.
#[derive(Clone)]
pub(super) struct Pass {
    id: Uuid,
    sha256: [u8; 32],
    created: Timestamp,
    starts: Timestamp,
    minutes: u32,
    once: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    start_date_time: Option<Timestamp>,
    lifetime_in_minutes: Option<u32>,
    is_usable_once: Option<bool>,
}

/// Answers `/users/{id}/authentication/temporaryAccessPassMethods...`.
pub(super) fn answer(
    world: &mut World,
    call: &Call,
    name: &str,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    let needed = if call.method == "GET" { READ } else { WRITE };
    if !world.may(needed) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?;
    let pass = world.passes.get(&person.id);
    let named = |id: &str| pass.filter(|pass| pass.id.to_string().eq_ignore_ascii_case(id));
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::ok(&json!({
            "@odata.context": context(""),
            "value": shown(world, &person).into_iter().collect::<Vec<_>>(),
        }))),
        ("POST", []) => issue(world, call, &person),
        ("GET", [id]) => {
            let pass = named(id).ok_or_else(|| Refusal::not_found(id))?;
            Ok(Reply::ok(&alone(pass.shown(world), None)))
        }
        ("DELETE", [id]) => {
            named(id).ok_or_else(|| Refusal::not_found(id))?;
            world.passes.remove(&person.id);
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// `temporaryAccessPassAuthenticationMethod`, without the pass.
pub(super) fn shown(world: &World, person: &Employee) -> Option<Value> {
    world.passes.get(&person.id).map(|pass| pass.shown(world))
}

/// Whether this is the person's pass.
pub(super) fn is(world: &World, name: &str, text: &str) -> bool {
    let pass = world.person(name).ok().and_then(|person| world.passes.get(&person.id));
    pass.is_some_and(|pass| pass.sha256 == <[u8; 32]>::from(Sha256::digest(text)))
}

/// All passes there are.
pub(super) fn told(world: &World) -> Vec<IssuedPass> {
    let mut passes: Vec<_> = world
        .passes
        .iter()
        .filter_map(|(person, pass)| {
            Some(IssuedPass {
                upn: world.person(&person.to_string()).ok()?.upn.clone(),
                id: pass.id.to_string(),
                minutes: pass.minutes,
                once: pass.once,
            })
        })
        .collect();
    passes.sort_by(|one, other| one.upn.cmp(&other.upn));
    passes
}

/// A new one takes the place of the one before.
fn issue(world: &mut World, call: &Call, person: &Employee) -> Result<Reply, Refusal> {
    let body: Body = match call.body.is_empty() {
        true => Body::default(),
        false => serde_json::from_slice(&call.body)
            .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?,
    };
    if person.kind == Kind::Guest {
        return Err(Refusal::bad_request("FAKE_PassGuest: A guest can't have a pass."));
    }
    let (minutes, once) = world
        .place()
        .method_policies
        .pass_within(body.lifetime_in_minutes, body.is_usable_once)
        .map_err(Refusal::bad_request)?;
    let text = base64url(random::<6>()?);
    let now = world.now();
    let pass = Pass {
        id: Uuid::new_v4(),
        sha256: Sha256::digest(&text).into(),
        created: now,
        starts: body.start_date_time.filter(|start| *start > now).unwrap_or(now),
        minutes,
        once,
    };
    let shown = alone(pass.shown(world), Some(&text));
    world.passes.insert(person.id, pass);
    Ok(Reply::json(StatusCode::CREATED, &shown))
}

impl Pass {
    fn shown(&self, world: &World) -> Value {
        let (now, lives) = (world.now(), SignedDuration::from_mins(self.minutes.into()));
        let reason = match world.place().method_policies.pass_enabled() {
            false => "DisabledByPolicy",
            true if now < self.starts => "NotYetValid",
            true if now >= world.later(lives, self.starts) => "Expired",
            true => "EnabledByPolicy",
        };
        json!({
            "id": self.id.to_string(),
            "temporaryAccessPass": null,
            "createdDateTime": time(self.created),
            "startDateTime": time(self.starts),
            "lifetimeInMinutes": self.minutes,
            "isUsableOnce": self.once,
            "isUsable": reason == "EnabledByPolicy",
            "methodUsabilityReason": reason,
        })
    }
}

fn alone(mut shown: Value, pass: Option<&str>) -> Value {
    shown["@odata.context"] = json!(context("/$entity"));
    shown["temporaryAccessPass"] = json!(pass);
    shown
}

fn context(part: &str) -> String {
    format!(
        "https://graph.microsoft.com/v1.0/$metadata#users('')/authentication/temporaryAccessPassMethods{part}"
    )
}
