//! `POST /$batch`: up to twenty requests in one, each answered, throttled and counted by itself.

use super::call::{Call, Refusal, Reply};
use super::graph::{self, Version};
use super::orders::Effect;
use super::server::trouble;
use super::world::World;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

const MOST: usize = 20;
/// What those inside take over from the whole.
const INHERITED: [HeaderName; 2] = [header::AUTHORIZATION, header::HOST];

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Request>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

pub(super) fn answer(world: &mut World, call: &Call, version: Version) -> Result<Reply, Refusal> {
    if call.method != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    let batch: Batch = serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::bad_request("Invalid batch payload format."))?;
    check(&batch)?;
    let mut statuses: HashMap<&str, StatusCode> = HashMap::new();
    let mut responses: Vec<Value> = Vec::new();
    for request in in_turn(&batch.requests)? {
        let mut waits = request.depends_on.iter().map(String::as_str);
        let met = waits.all(|id| statuses.get(id).is_some_and(StatusCode::is_success));
        let reply = match met {
            true => one(world, call, version, request),
            false => Reply::json(
                StatusCode::FAILED_DEPENDENCY,
                &json!({"error": {"code": "FailedDependency", "message": "A request it depends on failed."}}),
            ),
        };
        statuses.insert(&request.id, reply.status);
        responses.push(shown(&request.id, reply));
    }
    // The real service promises no order.
    responses.sort_by_cached_key(|response| {
        let id = response["id"].as_str().unwrap_or_default();
        <[u8; 32]>::from(Sha256::new().chain_update(call.request_id).chain_update(id).finalize())
    });
    Ok(Reply::ok(&json!({ "responses": responses })))
}

/// Each after those it depends on, otherwise as they came.
fn in_turn(requests: &[Request]) -> Result<Vec<&Request>, Refusal> {
    let mut left: Vec<&Request> = requests.iter().collect();
    let (mut turns, mut done) = (Vec::new(), HashSet::new());
    while !left.is_empty() {
        let is_ready = |request: &&Request| request.depends_on.iter().all(|id| done.contains(id));
        let (ready, waits): (Vec<_>, Vec<_>) = left.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(Refusal::bad_request("Requests depend on each other in a circle."));
        }
        done.extend(ready.iter().map(|request| &request.id));
        turns.extend(ready);
        left = waits;
    }
    Ok(turns)
}

fn check(batch: &Batch) -> Result<(), Refusal> {
    let requests = &batch.requests;
    if requests.is_empty() {
        return Err(Refusal::bad_request("Invalid batch payload format."));
    }
    if requests.len() > MOST {
        return Err(Refusal::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {MOST}."
        )));
    }
    let mut ids = HashSet::new();
    if !requests.iter().all(|request| !request.id.is_empty() && ids.insert(&request.id)) {
        return Err(Refusal::bad_request("Request id has to be unique in a batch."));
    }
    let unknown = |id: &String| !ids.contains(id);
    if requests.iter().any(|request| request.depends_on.iter().any(unknown)) {
        return Err(Refusal::bad_request("Request depends on an id that is not in the batch."));
    }
    Ok(())
}

/// Carries one out: a call like any other, but that no line can be cut under it alone.
fn one(world: &mut World, outer: &Call, version: Version, request: &Request) -> Reply {
    let call = match inner(outer, version, request) {
        Ok(call) => call,
        Err(refusal) => return refusal.reply(outer, world.now()),
    };
    let (_, effect) = world.expect(&call);
    let reply = match effect {
        Some(Effect::Status { status, retry_after_s }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            trouble(world, &call, status, retry_after_s)
        }
        Some(Effect::CutBefore) => trouble(world, &call, StatusCode::GATEWAY_TIMEOUT, None),
        Some(Effect::CutAfter) => {
            graph::answer(world, &call);
            trouble(world, &call, StatusCode::GATEWAY_TIMEOUT, None)
        }
        Some(Effect::Garbage) => Reply::ok(&json!("\u{fffd}")),
        None | Some(Effect::Delay { .. }) => graph::answer(world, &call),
    };
    world.record(&call, reply.status.as_u16());
    reply.with("request-id", call.request_id.to_string())
}

fn inner(outer: &Call, version: Version, request: &Request) -> Result<Call, Refusal> {
    let malformed = || Refusal::bad_request("Invalid batch request step.");
    let url = request.url.trim_start_matches('/');
    if url.contains("://") || url.starts_with("$batch") {
        return Err(malformed());
    }
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| malformed())?;
    let uri: Uri = format!("/{}/{url}", version.segment()).parse().map_err(|_| malformed())?;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::try_from(name).map_err(|_| malformed())?;
        headers.insert(name, HeaderValue::try_from(value).map_err(|_| malformed())?);
    }
    if request.body.is_some() && !headers.contains_key(header::CONTENT_TYPE) {
        return Err(Refusal::bad_request(
            "Write request id contains a body but no Content-Type header.",
        ));
    }
    for name in INHERITED {
        if let Some(value) = outer.headers.get(&name) {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
    let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
    Ok(Call::new(method, &uri, headers, Bytes::from(body)))
}

/// One answer inside the whole: JSON as it is, anything else in base64.
fn shown(id: &str, reply: Reply) -> Value {
    let headers: serde_json::Map<String, Value> = reply
        .headers
        .into_iter()
        .map(|(name, value)| (title_case(name), Value::String(value)))
        .collect();
    let mut shown = json!({"id": id, "status": reply.status.as_u16(), "headers": headers});
    if !reply.body.is_empty() {
        shown["body"] = serde_json::from_slice(&reply.body).unwrap_or_else(|_| {
            Value::String(base64::engine::general_purpose::STANDARD.encode(&reply.body))
        });
    }
    shown
}

/// `retry-after` as `Retry-After`, as the real service writes them.
fn title_case(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    name.split('-').map(part).collect::<Vec<String>>().join("-")
}
