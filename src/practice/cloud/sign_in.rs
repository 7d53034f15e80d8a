//! The sign-in service: finding the tenant of a domain, and access tokens for the application.

use super::assertion;
use super::call::{Call, Reply};
use super::world::{World, base64url, random};
use crate::practice::company::{DOMAIN, client_id, tenant_id};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why no token is given: the OAuth error and the number of the AADSTS text.
pub(super) struct SignInRefusal {
    pub status: StatusCode,
    pub error: &'static str,
    pub number: u32,
    pub text: String,
}

impl SignInRefusal {
    pub fn new(error: &'static str, number: u32, text: impl Into<String>) -> Self {
        let status = if error == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        Self { status, error, number, text: text.into() }
    }

    fn reply(&self, call: &Call, now: jiff::Timestamp) -> Reply {
        let trace = Uuid::new_v4();
        let correlation = call.header("client-request-id").unwrap_or_default();
        let at = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let Self { number, text, .. } = self;
        Reply::json(
            self.status,
            &json!({
                "error": self.error,
                "error_description": format!(
                    "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"),
                "error_codes": [number],
                "timestamp": at,
                "trace_id": trace.to_string(),
                "correlation_id": correlation,
                "error_uri": format!("{}/error?code={number}", call.origin()),
            }),
        )
    }
}

/// Answers everything outside the directory.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let outcome = match (&call.method, segments.as_slice()) {
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            check_tenant(tenant).map(|()| Reply::ok(&configuration(call)))
        }
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => {
            check_tenant(tenant).and_then(|()| token(world, call))
        }
        _ => return Reply::empty(StatusCode::NOT_FOUND),
    };
    outcome.unwrap_or_else(|refusal| refusal.reply(call, world.now()))
}

fn check_tenant(tenant: &str) -> Result<(), SignInRefusal> {
    if tenant.eq_ignore_ascii_case(DOMAIN) || Uuid::try_parse(tenant) == Ok(tenant_id()) {
        return Ok(());
    }
    let text =
        format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
    Err(SignInRefusal {
        status: StatusCode::BAD_REQUEST,
        error: "invalid_tenant",
        number: 90002,
        text,
    })
}

fn configuration(call: &Call) -> Value {
    let base = format!("{}/{}", call.origin(), tenant_id());
    json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": call.header("host"),
    })
}

/// Client credentials, by secret or by certificate.
fn token(world: &mut World, call: &Call) -> Result<Reply, SignInRefusal> {
    let form: HashMap<String, String> =
        url::form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let is_form = call
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let grant = field("grant_type").filter(|_| is_form).ok_or_else(|| {
        SignInRefusal::new(
            "invalid_request",
            900_144,
            "The request body must contain the following parameter: 'grant_type'.",
        )
    })?;
    if grant != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(SignInRefusal::new("unsupported_grant_type", 70003, text));
    }
    let client = field("client_id").unwrap_or_default();
    if Uuid::try_parse(client) != Ok(client_id()) {
        let text = format!(
            "Application with identifier '{client}' was not found in the directory '{DOMAIN}'."
        );
        return Err(SignInRefusal::new("unauthorized_client", 700_016, text));
    }
    let scope = field("scope").unwrap_or_default();
    if scope != "https://graph.microsoft.com/.default"
        && scope != format!("{}/.default", call.origin())
    {
        let text =
            format!("The provided request must include a valid '/.default' scope, not '{scope}'.");
        return Err(SignInRefusal::new("invalid_scope", 70011, text));
    }
    match (field("client_secret"), field("client_assertion")) {
        (Some(secret), None) => check_secret(world, secret)?,
        (None, Some(jwt)) if field("client_assertion_type") == Some(ASSERTION_TYPE) => {
            assertion::check(world, call, jwt)?;
        }
        _ => {
            let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            return Err(SignInRefusal::new("invalid_client", 7_000_218, text));
        }
    }
    issue(world)
}

fn check_secret(world: &World, secret: &str) -> Result<(), SignInRefusal> {
    let known = world.secret.expose().as_bytes();
    aws_lc_rs::constant_time::verify_slices_are_equal(known, secret.as_bytes()).map_err(|_| {
        let text = "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.";
        SignInRefusal::new("invalid_client", 7_000_215, text)
    })
}

fn issue(world: &mut World) -> Result<Reply, SignInRefusal> {
    let random = random::<48>().map_err(|refusal| SignInRefusal {
        status: StatusCode::SERVICE_UNAVAILABLE,
        error: "temporarily_unavailable",
        number: 90033,
        text: refusal.message,
    })?;
    // No client may look inside a token, so there is nothing inside; the prefix lets a search of
    // logs find one that leaked.
    let token = format!("practice-token.{}", base64url(random));
    let now = world.now();
    let lifetime = SignedDuration::try_from(world.token_lifetime).unwrap_or(SignedDuration::MAX);
    let ends = world.later(lifetime, now);
    world.tokens.retain(|_, ends| *ends > now);
    world.tokens.insert(token.clone(), ends);
    world.tokens_issued += 1;
    let seconds = world.token_lifetime.as_secs();
    Ok(Reply::ok(&json!({
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": token,
    })))
}
