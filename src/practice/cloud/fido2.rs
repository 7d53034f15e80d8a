//! A person's passkeys: creation options, list, one, register, delete.

use super::call::{Call, Refusal, Reply};
use super::challenge::{self, Challenge, Used};
use super::graph::Version;
use super::passkey::{self, RP_ID, StoredPasskey};
use super::policy::Denied;
use super::registration;
use super::world::{World, base64url, time};
use crate::practice::company::{Employee, Kind, tenant_id};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

const WRITE: &[&str] =
    &["UserAuthMethod-Passkey.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"];
const READ: &[&str] = &[
    "UserAuthMethod-Passkey.ReadWrite.All",
    "UserAuthMethod-Passkey.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "UserAuthenticationMethod.Read.All",
];

/// Minutes a challenge holds when nothing is asked for; v1.0 knows no other.
const DEFAULT_MINUTES: u16 = 5;
const LONGEST_MINUTES: u16 = 43_200;
/// A challenge is remembered so long after its end, to tell "expired" from "unknown".
const MEMORY: SignedDuration = SignedDuration::from_hours(1);
/// COSE algorithms the directory asks for.
pub(super) const ALGORITHMS: &[i64] = &[-7, -257];

/// `GET .../fido2Methods/creationOptions`, in v1.0 without parameters, in beta with
/// `challengeTimeoutInMinutes` in parentheses or in the query.
pub(super) fn creation_options(
    world: &mut World,
    call: &Call,
    version: Version,
    name: &str,
    function: &str,
) -> Result<Reply, Refusal> {
    if !world.may(WRITE) {
        return Err(Refusal::access());
    }
    let minutes = minutes(call, version, function)?;
    let person = world.person(name)?;
    check_person(world, &person)?;
    let now = world.now();
    let expires_at = world.later(SignedDuration::from_mins(minutes.into()), now);
    let text = challenge::draw()?;
    // Looked through when there are twice as many, so that each challenge pays for few others.
    if world.challenges.len() == world.challenges.capacity() {
        let remembered_from = now.checked_sub(MEMORY).unwrap_or(now);
        world.challenges.retain(|_, challenge| challenge.expires_at > remembered_from);
    }
    let kept = Challenge { person: person.id, expires_at, used: Used::Not };
    world.challenges.insert(text.clone(), kept);
    let exclude = excluded(world, &person);
    Ok(Reply::ok(&json!({
        "@odata.context": context(version, "webauthnCredentialCreationOptions"),
        "@odata.type": "#microsoft.graph.webauthnCredentialCreationOptions",
        "challengeTimeoutDateTime": time(expires_at),
        "publicKey": public_key(&person, &text, &exclude),
    })))
}

/// `GET .../fido2Methods`
pub(super) fn list(world: &World, name: &str) -> Result<Reply, Refusal> {
    let (person, now) = (readable(world, name)?, world.now());
    let passkeys =
        world.passkeys.iter().filter(|key| key.person == person.id && key.is_listed(now));
    Ok(Reply::ok(&json!({
        "@odata.context": context(Version::V1, "users('')/authentication/fido2Methods"),
        "value": passkeys.map(StoredPasskey::shown).collect::<Vec<_>>(),
    })))
}

/// `GET .../fido2Methods/{id}`
pub(super) fn one(world: &World, name: &str, id: &str) -> Result<Reply, Refusal> {
    let (person, now) = (readable(world, name)?, world.now());
    let found = world
        .passkeys
        .iter()
        .find(|key| key.person == person.id && key.is_listed(now) && key.method_id() == id)
        .ok_or_else(|| Refusal::not_found(id))?;
    Ok(Reply::ok(&shown_alone(found)))
}

/// `POST .../fido2Methods`
pub(super) fn register(world: &mut World, call: &Call, name: &str) -> Result<Reply, Refusal> {
    if !world.may(WRITE) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?;
    check_person(world, &person)?;
    let passkey = registration::register(world, &person, &call.body)?;
    let shown = shown_alone(&passkey);
    world.passkeys.push(passkey);
    Ok(Reply::json(StatusCode::CREATED, &shown))
}

/// `DELETE .../fido2Methods/{id}`
pub(super) fn delete(world: &mut World, name: &str, id: &str) -> Result<Reply, Refusal> {
    if !world.may(WRITE) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?.id;
    let now = world.now();
    let lingers_until = world.later(world.listing_delay, now);
    let is_there = |key: &&mut StoredPasskey| key.deleted.is_none() && key.is_listed(now);
    let found = world
        .passkeys
        .iter_mut()
        .filter(is_there)
        .find(|key| key.person == person && key.method_id() == id)
        .ok_or_else(|| Refusal::not_found(id))?;
    found.deleted = Some(lingers_until);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Whether the person may have passkeys registered at all.
fn check_person(world: &World, person: &Employee) -> Result<(), Refusal> {
    if person.kind == Kind::Guest {
        return Err(Refusal::bad_request(
            "FAKE_GuestNotSupported: Guests can't register passkeys in this tenant.",
        ));
    }
    world.place().policy.allows_person(&group_ids(world, person)).map_err(denied)
}

/// What is told when the policy refuses. The real wording is not known.
pub(super) fn denied(reason: Denied) -> Refusal {
    Refusal::bad_request(match reason {
        Denied::MethodOff => "FAKE_MethodDisabled: Passkeys are disabled by the tenant's policy.",
        Denied::SelfServiceOff => {
            "FAKE_SelfServiceDisabled: Self-service set-up is disabled by the tenant's policy."
        }
        Denied::NotTargeted => "FAKE_NotTargeted: The user is not in scope of the tenant's policy.",
        Denied::NotAttested => {
            "FAKE_AttestationRequired: The authenticator's attestation is not trusted."
        }
        Denied::Model => {
            "FAKE_AaguidNotAllowed: The authenticator's model is not allowed by the tenant's policy."
        }
    })
}

pub(super) fn group_ids(world: &World, person: &Employee) -> Vec<String> {
    world.groups_of(person).iter().map(|group| group.id.to_string()).collect()
}

fn readable(world: &World, name: &str) -> Result<std::sync::Arc<Employee>, Refusal> {
    if !world.may(READ) {
        return Err(Refusal::access());
    }
    world.person(name)
}

fn minutes(call: &Call, version: Version, function: &str) -> Result<u16, Refusal> {
    const NAME: &str = "challengeTimeoutInMinutes";
    let inner = match function.strip_prefix("creationOptions").unwrap_or_default() {
        "" => "",
        call => call
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .ok_or_else(|| Refusal::bad_request("Resource not found for the segment."))?,
    };
    let in_parentheses = match inner.split_once('=') {
        None if inner.is_empty() => None,
        Some((NAME, value)) => Some(value),
        _ => return Err(Refusal::bad_request("The function has no such parameter.")),
    };
    if let Some((other, _)) = call.query.iter().find(|(name, _)| name != NAME) {
        return Err(Refusal::bad_request(format!(
            "The query parameter '{other}' is not supported."
        )));
    }
    let Some(asked) = in_parentheses.or_else(|| call.query(NAME)) else {
        return Ok(DEFAULT_MINUTES);
    };
    if version == Version::V1 {
        return Err(Refusal::bad_request("The function has no such parameter."));
    }
    match asked.parse() {
        Ok(minutes @ DEFAULT_MINUTES..=LONGEST_MINUTES) => Ok(minutes),
        _ => Err(Refusal::bad_request("challengeTimeoutInMinutes must be between 5 and 43200.")),
    }
}

fn excluded(world: &World, person: &Employee) -> Vec<Value> {
    world
        .passkeys
        .iter()
        .filter(|key| key.person == person.id && key.deleted.is_none())
        .map(|key| {
            json!({
                "@odata.type": "#microsoft.graph.webauthnPublicKeyCredentialDescriptor",
                "type": "public-key",
                "id": passkey::encode(&key.credential_id, world.id_encoding),
                "transports": ["usb", "nfc"],
            })
        })
        .collect()
}

fn public_key(person: &Employee, challenge: &str, exclude: &[Value]) -> Value {
    json!({
        "rp": {"id": RP_ID, "name": "Microsoft"},
        "user": {"id": base64url(user_id(person)), "name": person.upn, "displayName": person.display_name},
        "challenge": challenge,
        "pubKeyCredParams": ALGORITHMS.iter()
            .map(|algorithm| json!({"type": "public-key", "alg": algorithm})).collect::<Vec<_>>(),
        "timeout": 60000,
        "excludeCredentials": exclude,
        "authenticatorSelection": {
            "authenticatorAttachment": "cross-platform",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "direct",
        "extensions": {
            "hmacCreateSecret": true,
            "enforceCredentialProtectionPolicy": true,
            "credentialProtectionPolicy": "userVerificationOptional",
        },
    })
}

/// 51 bytes: `OF:` and what depends on tenant and person.
fn user_id(person: &Employee) -> Vec<u8> {
    use sha2::{Digest, Sha384};
    let hash = Sha384::new().chain_update(tenant_id()).chain_update(person.id).finalize();
    [b"OF:".as_slice(), &hash].concat()
}

fn shown_alone(passkey: &StoredPasskey) -> Value {
    let mut shown = passkey.shown();
    shown["@odata.context"] =
        json!(context(Version::V1, "users('')/authentication/fido2Methods/$entity"));
    shown
}

fn context(version: Version, of: &str) -> String {
    format!("https://graph.microsoft.com/{}/$metadata#{of}", version.segment())
}
