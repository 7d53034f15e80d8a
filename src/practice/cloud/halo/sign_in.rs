//! Tokens of the ticket system.

use super::super::call::{Call, Reply};
use super::super::world::{World, base64url, random};
use super::Refusal;
use crate::practice::company::{TICKET_TENANT, client_id};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

/// `GET /api/authinfo`
pub(super) fn auth_info(call: &Call) -> Reply {
    Reply::ok(&json!({
        "auth_url": format!("{}/{}/auth", call.origin(), super::SEGMENT),
        "tenant_id": TICKET_TENANT,
    }))
}

/// `POST /auth/token?tenant={tenant}`
pub(super) fn token(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let refused =
        |error: &str| Refusal { status: StatusCode::BAD_REQUEST, body: json!({"error": error}) };
    if call.query("tenant") != Some(TICKET_TENANT) {
        return Err(refused("invalid_tenant"));
    }
    let form = call.form();
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    if !is("grant_type", "client_credentials") {
        return Err(refused("unsupported_grant_type"));
    }
    if !is("client_id", &client_id().to_string()) || !is("client_secret", world.secret.expose()) {
        return Err(refused("invalid_client"));
    }
    if !is("scope", "all") {
        return Err(refused("invalid_scope"));
    }
    let drawn = random::<32>().map_err(|_| refused("server_error"))?;
    let token = base64url(drawn);
    let life = SignedDuration::try_from(world.token_lifetime).unwrap_or(SignedDuration::MAX);
    let ends = world.later(life, world.now());
    world.halo.tokens.insert(token.clone(), ends);
    Ok(Reply::ok(&json!({
        "scope": "all",
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": world.token_lifetime.as_secs(),
        "refresh_token": null,
        "id_token": null,
    })))
}

/// Whether the call brings a token that is good now.
pub(super) fn check(world: &World, call: &Call) -> Result<(), Refusal> {
    let token = call.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let ends = token.and_then(|token| world.halo.tokens.get(token));
    match ends.is_some_and(|ends| world.now() < *ends) {
        true => Ok(()),
        false => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Authorization has been denied")),
    }
}
