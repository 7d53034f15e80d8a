//! Passkeys of a person: creation options, registering, listing, removing.

use super::super::http::patience::Repeat;
use super::super::http::{Call, Payload};
use super::super::{DirectoryError, Passkey, PersonId, Removal};
use super::answer::facts_of;
use super::graph::Graph;
use super::permission;
use crate::webauthn::{CreationOptions, CredentialId, NewCredential};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// Longest name of a passkey, in UTF-16 units.
const NAME_UNITS: usize = 30;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePasskey {
    id: String,
    display_name: Option<String>,
    created_date_time: Option<String>,
    aa_guid: Option<String>,
    model: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRegistration<'a> {
    display_name: &'a str,
    public_key_credential: WireCredential,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCredential {
    id: String,
    response: WireResponse,
    client_extension_results: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
}

/// Creation options, valid for five minutes.
pub(super) async fn begin(
    graph: &Graph,
    person: &PersonId,
) -> Result<CreationOptions, DirectoryError> {
    let url = methods(graph, person, &["creationOptions"])?;
    let answer = graph.send(&Call::get("passkeys.begin", url), permission::PASSKEYS).await?;
    CreationOptions::parse(&answer.body).map_err(|error| DirectoryError::Options(error.to_string()))
}

/// Registers. A 201 that can't be read is [`DirectoryError::AnswerLost`]: the key is registered,
/// or may be.
pub(super) async fn finish(
    graph: &Graph,
    person: &PersonId,
    display_name: &str,
    credential: &NewCredential,
) -> Result<Passkey, DirectoryError> {
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(registration(display_name, credential)?),
        repeat: Repeat::OnlyAfterRefusal,
        ..Call::get("passkeys.finish", methods(graph, person, &[])?)
    };
    let answer = graph.send(&call, permission::PASSKEYS).await?;
    let passkey: WirePasskey =
        answer.json().map_err(|_| DirectoryError::AnswerLost(facts_of(&answer)))?;
    let passkey = to_passkey(passkey);
    if !passkey.credential_ids.contains(&credential.id) {
        tracing::warn!(
            request_id = answer.request_id,
            "the registered method's id is no form of the credential id"
        );
    }
    Ok(passkey)
}

pub(super) async fn list(graph: &Graph, person: &PersonId) -> Result<Vec<Passkey>, DirectoryError> {
    let call = Call::get("passkeys.list", methods(graph, person, &[])?);
    let passkeys: Vec<WirePasskey> = graph.list(call, permission::PASSKEYS, usize::MAX).await?;
    Ok(passkeys.into_iter().map(to_passkey).collect())
}

/// Removing twice removes once, so it may be repeated.
pub(super) async fn delete(
    graph: &Graph,
    person: &PersonId,
    method_id: &str,
) -> Result<Removal, DirectoryError> {
    let url = methods(graph, person, &[method_id])?;
    let call = Call::delete("passkeys.delete", url);
    match graph.send(&call, permission::PASSKEYS).await {
        Ok(_) => Ok(Removal::Removed),
        Err(DirectoryError::NotFound(_)) => Ok(Removal::NotFound),
        Err(error) => Err(error),
    }
}

fn methods(graph: &Graph, person: &PersonId, below: &[&str]) -> Result<Url, DirectoryError> {
    let mut path = vec!["users", person.0.as_str(), "authentication", "fido2Methods"];
    path.extend(below);
    graph.url(&path)
}

fn registration(display_name: &str, credential: &NewCredential) -> Result<Vec<u8>, DirectoryError> {
    let unusable =
        |error: serde_json::Error| DirectoryError::Options(format!("extension results: {error}"));
    let registration = WireRegistration {
        display_name: cut_name(display_name),
        public_key_credential: WireCredential {
            id: URL_SAFE_NO_PAD.encode(&credential.id.0),
            response: WireResponse {
                client_data_json: URL_SAFE_NO_PAD.encode(&credential.client_data.0),
                attestation_object: URL_SAFE_NO_PAD.encode(&credential.attestation_object),
            },
            client_extension_results: serde_json::from_str(&credential.extension_results)
                .map_err(unusable)?,
        },
    };
    serde_json::to_vec(&registration).map_err(unusable)
}

/// A longer name would be refused after the touch.
fn cut_name(name: &str) -> &str {
    let mut units = 0;
    let end = name.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > NAME_UNITS
    });
    end.map_or(name, |(at, _)| &name[..at])
}

pub(super) fn to_passkey(wire: WirePasskey) -> Passkey {
    Passkey {
        credential_ids: CredentialId::readings(&wire.id),
        credential_sha256: None,
        method_id: wire.id,
        display_name: wire.display_name.unwrap_or_default(),
        created: wire.created_date_time.and_then(|time| time.parse().ok()),
        aaguid: wire.aa_guid.and_then(|aaguid| aaguid.parse().ok()),
        model: wire.model,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_to_thirty_utf16_units_between_characters() {
        assert_eq!(cut_name("Key 12345678 2026-11-22"), "Key 12345678 2026-11-22");
        assert_eq!(cut_name(&"x".repeat(31)), "x".repeat(30));
        assert_eq!(cut_name(&"ö".repeat(40)), "ö".repeat(30));
        let keys = "🔑".repeat(16);
        assert_eq!(cut_name(&keys), "🔑".repeat(15));
        assert_eq!(cut_name(&format!("x{keys}")), format!("x{}", "🔑".repeat(14)));
    }

    #[test]
    fn a_listed_passkey_keeps_what_can_be_read() {
        let passkey = to_passkey(
            serde_json::from_str(
                r#"{"id":"Oy0dkr_kI6lp0loPvgEWqA2","displayName":null,"createdDateTime":"2026-11-22T11:20:01Z",
                    "aaGuid":"not one","model":"YubiKey 5 NFC","attestationLevel":"attested"}"#,
            )
            .unwrap(),
        );
        assert_eq!(passkey.created, "2026-11-22T11:20:01Z".parse().ok());
        assert_eq!(passkey.aaguid, None);
        assert!(passkey.credential_ids.iter().any(|id| id.0.len() == 16));
    }
}
