//! The token endpoint: a code, a device code or a refresh token becomes a sign-in.

use super::super::DirectoryError;
use super::super::http::answer::Answer;
use super::super::http::patience::Repeat;
use super::super::http::token::{AccessToken, Scheme};
use super::super::http::{Call, Payload};
use super::answer::refusal;
use super::id_token::{self, Expected};
use super::metadata::{self, Keys};
use super::{Access, IdTokenFault, LoginService, RefreshToken, SignInError, SignedIn, request};
use crate::secrets::SecretText;
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// Room for a form, so that no secret is left behind by a growing buffer.
const FORM_BYTES: usize = 16 * 1024;

/// What the id token of a sign-in has to show, beside issuer, audience and tenant.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) nonce: Option<&'a str>,
    pub(super) context: Option<&'a str>,
    pub(super) fresh_since_s: Option<i64>,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    token_type: String,
    #[serde(default = "an_hour")]
    expires_in: u64,
    refresh_token: Option<String>,
    scope: Option<String>,
    id_token: Option<String>,
}

/// `expires_in` is recommended only (RFC 6749, 5.1).
fn an_hour() -> u64 {
    3600
}

/// A new sign-in from a refresh token.
pub(super) async fn refresh(
    service: &LoginService,
    token: &RefreshToken,
    challenge: Option<&str>,
) -> Result<SignedIn, SignInError> {
    let (claims, scope) = (request::with_capability(challenge)?, request::scopes(&service.scope));
    let fields = [
        ("scope", scope.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", token.text().expose()),
        ("claims", claims.as_str()),
    ];
    // A lost answer may have spent it; then trying again is all that is left.
    let answer = match post(service, "refresh", &fields, Repeat::Freely).await {
        // A service that granted less than was asked for (often not `offline_access`) refuses to
        // hear of the rest again; without a scope it gives what it granted (RFC 6749, 6).
        Err(SignInError::Refused(refusal)) if refusal.error == "invalid_scope" => {
            post(service, "refresh", &fields[1..], Repeat::Freely).await?
        }
        answer => answer?,
    };
    signed_in(service, &answer, &Shown::default()).await
}

/// Posts a form with the client id to the token endpoint.
///
/// # Errors
/// [`SignInError::Refused`] for an answer without success, and those of the network.
pub(super) async fn post(
    service: &LoginService,
    name: &'static str,
    fields: &[(&str, &str)],
    repeat: Repeat,
) -> Result<Answer, SignInError> {
    let url = metadata::metadata(service).await?.token.clone();
    post_to(service, name, url, fields, repeat).await
}

/// As [`post`], to another endpoint of the service.
pub(super) async fn post_to(
    service: &LoginService,
    name: &'static str,
    url: Url,
    fields: &[(&str, &str)],
    repeat: Repeat,
) -> Result<Answer, SignInError> {
    let payload = Payload::Form(form(service, fields));
    let call = Call { name, method: Method::POST, url, payload, repeat, extra: None };
    let answer = service.http.send(&call, None).await.map_err(|error| match error {
        // What may have been spent is a code, not a registration.
        DirectoryError::AnswerLost(facts) => DirectoryError::Unavailable(facts),
        other => other,
    })?;
    if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
}

fn form(service: &LoginService, fields: &[(&str, &str)]) -> Zeroizing<String> {
    let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
    form.append_pair("client_id", &service.client_id).extend_pairs(fields);
    Zeroizing::new(form.finish())
}

/// The sign-in in an answer of the token endpoint, once its id token is checked.
pub(super) async fn signed_in(
    service: &LoginService,
    answer: &Answer,
    shown: &Shown<'_>,
) -> Result<SignedIn, SignInError> {
    let grant: Grant = answer.expect()?;
    let id_token = Zeroizing::new(grant.id_token.ok_or(IdTokenFault::Missing)?);
    let access = Zeroizing::new(grant.access_token);
    let refresh = grant.refresh_token.map(|text| RefreshToken::new(SecretText::new(text)));
    let garbled =
        |reason: &str| DirectoryError::Garbled { reason: reason.to_owned(), facts: answer.facts() };
    if !grant.token_type.eq_ignore_ascii_case("Bearer") {
        return Err(garbled("the access token is of a kind that isn't asked for").into());
    }
    let token = AccessToken::new(access, Scheme::Bearer)
        .ok_or_else(|| garbled("the access token can't be sent in a header"))?
        .giving(grant.scope);
    let identity = identify(service, &id_token, shown).await?;
    let life = Duration::from_secs(grant.expires_in);
    Ok(SignedIn { identity, refresh, access: Access { token, life } })
}

async fn identify(
    service: &LoginService,
    token: &str,
    shown: &Shown<'_>,
) -> Result<super::Identity, SignInError> {
    let there = metadata::metadata(service).await?;
    let expected = Expected {
        issuer: &there.issuer,
        client_id: &service.client_id,
        tenant: there.tenant_id.as_deref(),
        nonce: shown.nonce,
        context: shown.context,
        fresh_since_s: shown.fresh_since_s,
    };
    let now_s = Timestamp::now().as_second();
    let keys = metadata::keys(service, Keys::InHand).await?;
    match id_token::check(token, &keys, &expected, now_s) {
        Err(SignInError::IdToken(IdTokenFault::UnknownKey)) => {
            let keys = metadata::keys(service, Keys::Anew).await?;
            id_token::check(token, &keys, &expected, now_s)
        }
        checked => checked,
    }
}
