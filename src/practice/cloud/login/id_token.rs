//! Id tokens (OpenID Connect Core, 2), right or spoilt on order.

use super::super::call::{Call, Refusal};
use super::super::orders::{GroupClaims, Spoilt};
use super::super::world::{World, base64url};
use super::keys::{self, Key};
use super::session::SignIn;
use crate::practice::company::{app_role, client_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// The token begins so long before it is given, for clocks that lag.
const EARLIER_S: i64 = 300;
const LIFETIME_S: i64 = 3600;
const HOUR_S: i64 = 3600;

/// The id_token of a sign-in; none when its absence was ordered.
pub(super) fn write(
    world: &mut World,
    call: &Call,
    sign_in: &SignIn,
) -> Result<Option<String>, Refusal> {
    let spoilt = world.login.ordered.spoilt.pop_front();
    let mut claims = claims(world, call, sign_in);
    if let Some(how) = spoilt {
        spoil(&mut claims, how);
    }
    let number = world.login.signing_key;
    let key = keys::key(number)?;
    match spoilt {
        None => sign(&key, &key.id, &claims).map(Some),
        Some(Spoilt::Absent) => Ok(None),
        Some(Spoilt::Garbled) => Ok(Some("practice.no-token".into())),
        Some(Spoilt::Signature) => sign(&*keys::key(number + 1)?, &key.id, &claims).map(Some),
        Some(Spoilt::UnknownKey) => {
            let other = keys::key(number + 1)?;
            sign(&other, &other.id, &claims).map(Some)
        }
        Some(Spoilt::Unsigned) => {
            let header = json!({"typ": "JWT", "alg": "none"});
            Ok(Some(format!("{}.{}.", part(&header), part(&claims))))
        }
        Some(_) => sign(&key, &key.id, &claims).map(Some),
    }
}

fn claims(world: &World, call: &Call, sign_in: &SignIn) -> Value {
    let place = &world.places[sign_in.place];
    let account = &sign_in.operator.account;
    let now = world.now().as_second();
    let mut claims = json!({
        "aud": client_id().to_string(),
        "iss": format!("{}/{}/v2.0", call.origin(), place.id),
        "iat": now - EARLIER_S,
        "nbf": now - EARLIER_S,
        "exp": now + LIFETIME_S,
        "auth_time": sign_in.signed_in_at.as_second(),
        "name": account.display_name,
        "oid": account.id.to_string(),
        "preferred_username": account.upn,
        "sub": subject(account.id),
        "tid": place.id.to_string(),
        "uti": base64url(&call.request_id.as_bytes()[..]),
        "ver": "2.0",
    });
    if let Some(nonce) = &sign_in.nonce {
        claims["nonce"] = json!(nonce);
    }
    if !sign_in.claims.id_token.is_empty() {
        claims["acrs"] = json!(sign_in.claims.id_token);
    }
    let roles = world.login.ordered.app_roles.as_ref().unwrap_or(&sign_in.operator.roles);
    if !roles.is_empty() {
        claims["roles"] = roles.iter().map(|role| app_role(*role)).collect();
    }
    add_groups(world, call, sign_in, &mut claims);
    claims
}

fn add_groups(world: &World, call: &Call, sign_in: &SignIn, claims: &mut Value) {
    let account = &sign_in.operator.account;
    match world.login.ordered.group_claims {
        GroupClaims::Absent => {}
        GroupClaims::Ids => {
            let groups = world.places[sign_in.place].groups_of(account);
            claims["groups"] = groups.iter().map(|group| group.id.to_string()).collect();
        }
        GroupClaims::Overage => {
            let endpoint = format!(
                "{}/{}/users/{}/getMemberObjects",
                call.origin(),
                world.places[sign_in.place].id,
                account.id
            );
            claims["_claim_names"] = json!({"groups": "src1"});
            claims["_claim_sources"] = json!({"src1": {"endpoint": endpoint}});
        }
    }
}

fn spoil(claims: &mut Value, how: Spoilt) {
    let other = Uuid::from_u128(u128::MAX / 3);
    let now = claims["iat"].as_i64().unwrap_or_default() + EARLIER_S;
    match how {
        Spoilt::Nonce => claims["nonce"] = json!("practice-other-nonce"),
        Spoilt::NoNonce => remove(claims, "nonce"),
        Spoilt::Issuer => claims["iss"] = json!(format!("https://login.example/{other}/v2.0")),
        Spoilt::Audience => claims["aud"] = json!(other.to_string()),
        Spoilt::Tenant => claims["tid"] = json!(other.to_string()),
        Spoilt::Expired => claims["exp"] = json!(now - HOUR_S),
        Spoilt::NotYet => {
            claims["nbf"] = json!(now + HOUR_S);
            claims["exp"] = json!(now + 2 * HOUR_S);
        }
        Spoilt::Context => remove(claims, "acrs"),
        Spoilt::Signature
        | Spoilt::UnknownKey
        | Spoilt::Unsigned
        | Spoilt::Garbled
        | Spoilt::Absent => {}
    }
}

fn remove(claims: &mut Value, name: &str) {
    if let Some(members) = claims.as_object_mut() {
        members.remove(name);
    }
}

fn sign(key: &Key, key_id: &str, claims: &Value) -> Result<String, Refusal> {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": key_id});
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = key.sign(&signed)?;
    Ok(format!("{signed}.{}", base64url(signature)))
}

fn part(value: &Value) -> String {
    base64url(value.to_string())
}

/// Pairwise: another application would see another subject.
fn subject(account: Uuid) -> String {
    use sha2::{Digest, Sha256};
    base64url(Sha256::new().chain_update(client_id()).chain_update(account).finalize())
}
