//! Whether an id token proves who signed in (OpenID Connect Core 1.0, 3.1.3.7). Pure: keys and
//! time are passed in.

use super::{IdTokenFault, Identity, SignInError};
use jiff::SignedDuration;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// A clock may be off by this.
const LEEWAY_S: i64 = 5 * 60;
/// An id token has just been issued when it is checked; one older than this shows a wrong clock.
/// Microsoft's begin to be valid five minutes before they are issued.
const JUST_ISSUED_S: i64 = 15 * 60;
/// What a public key can prove; a shared secret (HS256) proves nothing here, and `none` less.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256];

/// What the token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// `tid`, where the service is one of Microsoft's.
    pub(super) tenant: Option<&'a str>,
    /// Of the attempt; nothing after a refresh.
    pub(super) nonce: Option<&'a str>,
    /// The authentication context that was asked for.
    pub(super) context: Option<&'a str>,
    /// Unix time; credentials were to be shown after it.
    pub(super) fresh_since_s: Option<i64>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: OneOrMore,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    sub: String,
    nonce: Option<String>,
    tid: Option<String>,
    oid: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
    #[serde(default)]
    roles: OneOrMore,
    groups: Option<OneOrMore>,
    #[serde(default)]
    acrs: OneOrMore,
    auth_time: Option<i64>,
    /// Where the groups are when they are too many for a token.
    #[serde(rename = "_claim_names")]
    elsewhere: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
    #[default]
    None,
}

impl OneOrMore {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(texts) => texts,
            Self::None => Vec::new(),
        }
    }

    fn has(&self, text: &str) -> bool {
        match self {
            Self::One(one) => one == text,
            Self::More(more) => more.iter().any(|one| one == text),
            Self::None => false,
        }
    }

    fn is_several(&self) -> bool {
        matches!(self, Self::More(more) if more.len() > 1)
    }
}

/// Who signed in.
///
/// # Errors
/// [`SignInError::IdToken`] by cause; [`SignInError::ClockOff`] when the token's times show that
/// this computer's clock is wrong.
pub(super) fn check(
    token: &str,
    keys: &JwkSet,
    expected: &Expected<'_>,
    now_s: i64,
) -> Result<Identity, SignInError> {
    let claims = verified(token, keys)?;
    check_parties(&claims, expected)?;
    check_times(&claims, now_s)?;
    check_proof(&claims, expected)?;
    Ok(identity(claims))
}

/// The claims, once the signature is right.
fn verified(token: &str, keys: &JwkSet) -> Result<Claims, IdTokenFault> {
    let header = decode_header(token).map_err(|_| IdTokenFault::Garbled("no signed token"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(IdTokenFault::Signature);
    }
    let key = find(keys, header.kid.as_deref()).ok_or(IdTokenFault::UnknownKey)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| IdTokenFault::UnknownKey)?;
    let mut signature_only = Validation::new(header.alg);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    let token =
        decode::<Value>(token, &key, &signature_only).map_err(|_| IdTokenFault::Signature)?;
    serde_json::from_value(token.claims).map_err(|_| IdTokenFault::Garbled("a claim is missing"))
}

/// The key of that id; where the token names none, the only one there is.
fn find<'a>(keys: &'a JwkSet, id: Option<&str>) -> Option<&'a Jwk> {
    let signs =
        |key: &&Jwk| matches!(&key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    match id {
        Some(_) => keys.keys.iter().filter(signs).find(|key| key.common.key_id.as_deref() == id),
        None => keys.keys.first().filter(|_| keys.keys.len() == 1).filter(signs),
    }
}

fn check_parties(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
    if claims.iss != expected.issuer {
        return Err(IdTokenFault::Issuer);
    }
    let azp_is_ours = claims.azp.as_deref().map(|azp| azp == expected.client_id);
    if !claims.aud.has(expected.client_id)
        || azp_is_ours == Some(false)
        || (claims.aud.is_several() && azp_is_ours.is_none())
    {
        return Err(IdTokenFault::Audience);
    }
    let is_ours =
        |tenant: &str| claims.tid.as_deref().is_some_and(|tid| tid.eq_ignore_ascii_case(tenant));
    if expected.tenant.is_some_and(|tenant| !is_ours(tenant)) {
        return Err(IdTokenFault::Tenant);
    }
    Ok(())
}

fn check_times(claims: &Claims, now_s: i64) -> Result<(), SignInError> {
    let age_s = now_s.saturating_sub(claims.iat);
    if !(-LEEWAY_S..=JUST_ISSUED_S).contains(&age_s) {
        return Err(SignInError::ClockOff { by: SignedDuration::from_secs(age_s) });
    }
    if claims.exp.saturating_add(LEEWAY_S) < now_s {
        return Err(IdTokenFault::Expired.into());
    }
    if claims.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY_S) > now_s) {
        return Err(IdTokenFault::NotYet.into());
    }
    Ok(())
}

fn check_proof(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(IdTokenFault::Nonce);
    }
    if expected.context.is_some_and(|context| !claims.acrs.has(context)) {
        return Err(IdTokenFault::Context);
    }
    // Not every tenant tells it; one that does shows whether the prompt was taken out of the
    // address.
    if let (Some(since), Some(shown)) = (expected.fresh_since_s, claims.auth_time)
        && shown.saturating_add(LEEWAY_S) < since
    {
        return Err(IdTokenFault::NotFresh);
    }
    Ok(())
}

fn identity(claims: Claims) -> Identity {
    let is_overage = claims.elsewhere.as_ref().is_some_and(|names| names.get("groups").is_some());
    Identity {
        tenant_id: claims.tid.unwrap_or_else(|| claims.iss.clone()),
        issuer: claims.iss,
        name: claims.name.unwrap_or_default(),
        upn: claims.preferred_username.unwrap_or_default(),
        subject: claims.oid.unwrap_or(claims.sub),
        app_roles: claims.roles.into_list(),
        groups: claims.groups.filter(|_| !is_overage).map(OneOrMore::into_list),
        contexts: claims.acrs.into_list(),
        auth_time: claims.auth_time,
        issued_at: claims.iat,
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
