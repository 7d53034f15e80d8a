//! The server's verification of a registration (Web Authentication Level 2, 7.1), with the
//! directory's own rules. It is written against the bytes alone and shares no code with the
//! program's local verification, so that neither can hide a fault of the other.

use super::attestation::{self, Attested};
use super::auth_data::{self, AuthData};
use super::call::Refusal;
use super::challenge::Used;
use super::fido2::{ALGORITHMS, denied, group_ids};
use super::model;
use super::passkey::{Evidence, ORIGIN, RP_ID, StoredPasskey};
use super::world::{World, from_base64url};
use crate::practice::company::Employee;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Longest display name, in UTF-16 units.
const LONGEST_NAME: usize = 30;
/// Passkeys one person may have.
const MOST_PASSKEYS: usize = 10;
/// Longest credential id, in bytes (Web Authentication Level 2, 7.1, step 17).
const LONGEST_ID: usize = 1023;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
    display_name: Option<String>,
    public_key_credential: Credential,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Credential {
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
    id: String,
    response: Response,
    /// An open type: any members, or nothing.
    client_extension_results: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    attestation_object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Verifies a registration and uses its challenge up; the passkey is the caller's to keep.
pub(super) fn register(
    world: &mut World,
    person: &Employee,
    body: &[u8],
) -> Result<StoredPasskey, Refusal> {
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        Refusal::bad_request(format!("FAKE_Body: Unable to read JSON request payload: {error}"))
    })?;
    let credential = &body.public_key_credential;
    // Read so that a wrong type is refused; nothing in it is needed.
    let _extensions = credential.client_extension_results.as_ref();
    let client_data = bytes(&credential.response.client_data, "clientDataJSON")?;
    let attestation_object = bytes(&credential.response.attestation_object, "attestationObject")?;
    let credential_id = bytes(&credential.id, "id")?;
    let display_name = display_name(body.display_name)?;

    let challenge = check_client_data(world, person, &client_data)?;
    let object =
        attestation::parse(&attestation_object).map_err(refuse("FAKE_AttestationObject"))?;
    let auth_data =
        auth_data::parse(&object.auth_data).map_err(refuse("FAKE_AuthenticatorData"))?;
    check_auth_data(&auth_data, &credential_id)?;
    let attested = attestation::verify(&object, &auth_data, &Sha256::digest(&client_data))
        .map_err(refuse("FAKE_Attestation"))?;
    check_policy(world, person, &auth_data, &attested)?;
    check_new(world, person, &credential_id)?;

    if let Some(kept) = world.challenges.get_mut(&challenge) {
        kept.used = Used::Already;
    }
    let created_at = world.now();
    Ok(StoredPasskey {
        person: person.id,
        upn: person.upn.clone(),
        credential_id,
        display_name: display_name.unwrap_or_else(|| "Passkey".into()),
        created_at,
        aaguid: auth_data.aaguid,
        certificates: attested.thumbprints,
        listed_from: world.later(world.listing_delay, created_at),
        deleted: None,
        evidence: Some(Evidence { client_data, attestation_object, challenge }),
    })
}

fn refuse(code: &'static str) -> impl Fn(String) -> Refusal {
    move |reason| Refusal::bad_request(format!("{code}: {reason}"))
}

fn bytes(text: &str, member: &str) -> Result<Vec<u8>, Refusal> {
    from_base64url(text).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
        Refusal::bad_request(format!("FAKE_Encoding: '{member}' is not base64url without padding."))
    })
}

fn display_name(name: Option<String>) -> Result<Option<String>, Refusal> {
    match name {
        Some(name) if name.is_empty() || name.encode_utf16().count() > LONGEST_NAME => {
            Err(Refusal::bad_request(
                "FAKE_DisplayName: The display name must have 1 to 30 characters.",
            ))
        }
        name => Ok(name),
    }
}

/// Type, origin and challenge; the challenge's text when all is well.
fn check_client_data(
    world: &World,
    person: &Employee,
    client_data: &[u8],
) -> Result<String, Refusal> {
    let refused = |text: &str| Err(Refusal::bad_request(text));
    let Ok(data) = serde_json::from_slice::<ClientData>(client_data) else {
        return refused("FAKE_ClientData: clientDataJSON is not valid.");
    };
    if data.kind != "webauthn.create" {
        return refused("FAKE_ClientDataType: The type is not webauthn.create.");
    }
    if data.origin != ORIGIN || data.cross_origin {
        return refused("FAKE_Origin: The origin is not allowed.");
    }
    match world.challenges.get(&data.challenge) {
        None => refused("FAKE_ChallengeUnknown: The challenge is not valid."),
        Some(kept) if kept.person != person.id => {
            refused("FAKE_ChallengeUser: The challenge was issued for another user.")
        }
        Some(kept) if kept.used == Used::Already => {
            refused("FAKE_ChallengeUsed: The challenge was used already.")
        }
        Some(kept) if kept.expires_at <= world.now() => {
            refused("FAKE_ChallengeExpired: The challenge has expired.")
        }
        Some(_) => Ok(data.challenge),
    }
}

fn check_auth_data(auth_data: &AuthData, credential_id: &[u8]) -> Result<(), Refusal> {
    let refused = |text: &str| Err(Refusal::bad_request(text));
    if auth_data.rp_id_hash != <[u8; 32]>::from(Sha256::digest(RP_ID)) {
        return refused("FAKE_RpIdHash: The relying party id hash does not match.");
    }
    if !auth_data.flags.user_present {
        return refused("FAKE_UserPresence: The user was not present.");
    }
    if !auth_data.flags.user_verified {
        return refused("FAKE_UserVerification: The user was not verified.");
    }
    if auth_data.credential_id.len() > LONGEST_ID {
        return refused("FAKE_CredentialIdLength: The credential id is too long.");
    }
    if auth_data.credential_id != credential_id {
        return refused("FAKE_CredentialId: The id is not the attested credential id.");
    }
    if !ALGORITHMS.contains(&auth_data.public_key.algorithm()) {
        return refused("FAKE_Algorithm: The credential's algorithm was not asked for.");
    }
    Ok(())
}

fn check_policy(
    world: &World,
    person: &Employee,
    auth_data: &AuthData,
    attested: &Attested,
) -> Result<(), Refusal> {
    let guid = model::guid(auth_data.aaguid);
    // The real service asks the FIDO metadata service for the model's roots. The practice keys'
    // certificates have a root of their own that is drawn at every start, so a known model counts.
    let trusted = !attested.thumbprints.is_empty() && model::name(&guid).is_some();
    world.place().policy.allows_key(&group_ids(world, person), &guid, trusted).map_err(denied)
}

fn check_new(world: &World, person: &Employee, credential_id: &[u8]) -> Result<(), Refusal> {
    let kept = || world.passkeys.iter().filter(|key| key.deleted.is_none());
    if kept().any(|key| key.credential_id == credential_id) {
        return Err(Refusal::conflict("FAKE_Duplicate: The credential is registered already."));
    }
    if kept().filter(|key| key.person == person.id).count() >= MOST_PASSKEYS {
        return Err(Refusal::bad_request("FAKE_TooMany: The user has the most passkeys allowed."));
    }
    Ok(())
}
