//! The tenant itself and the application in it: name, domains, and when credentials end.

use super::call::{Call, Refusal, Reply};
use super::odata::{self, Kind, Path};
use super::world::{OWN, World, base64url, time};
use crate::practice::company::client_id;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const READ_ORGANISATION: &[&str] =
    &["Organization.Read.All", "Directory.Read.All", "User.Read.All"];
pub(super) const READ_APPLICATIONS: &[&str] =
    &["Application.Read.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All"];

const APPLICATIONS: Kind = Kind {
    context: "applications",
    type_name: "application",
    properties: &[
        "id",
        "appId",
        "displayName",
        "signInAudience",
        "isFallbackPublicClient",
        "publicClient",
        "passwordCredentials",
        "keyCredentials",
    ],
    default: &[
        "id",
        "appId",
        "displayName",
        "signInAudience",
        "isFallbackPublicClient",
        "publicClient",
        "passwordCredentials",
        "keyCredentials",
    ],
    searchable: &["displayName"],
};

/// `GET /organization`
pub(super) fn organisation(world: &World) -> Result<Reply, Refusal> {
    if !world.may(READ_ORGANISATION) {
        return Err(Refusal::directory_permission());
    }
    let place = world.place();
    Ok(Reply::ok(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#organization",
        "value": [{
            "id": place.id.to_string(),
            "displayName": place.name,
            "tenantType": "AAD",
            "countryLetterCode": "SE",
            "verifiedDomains": [{
                "name": place.domain,
                "isDefault": true,
                "isInitial": false,
                "type": "Managed",
                "capabilities": "Email, OfficeCommunicationsOnline",
            }],
        }],
    })))
}

/// `GET /applications`: the application is registered in the company's own tenant only.
pub(super) fn applications(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    if !world.may(READ_APPLICATIONS) {
        return Err(Refusal::directory_permission());
    }
    let rows = match world.at {
        OWN => vec![application(world)],
        _ => Vec::new(),
    };
    odata::list(world, call, &APPLICATIONS, Path::Plain, rows)
}

fn application(world: &World) -> Value {
    let ends = world.later(world.login.secret_ends_in, world.now());
    let year = SignedDuration::from_hours(365 * 24);
    let secret = json!({
        "keyId": Uuid::from_u128(0x5ec).to_string(),
        "displayName": "Enrolment station",
        "startDateTime": time(world.later(-year, ends)),
        "endDateTime": time(ends),
        "hint": world.secret.expose().get(..3),
        "secretText": null,
    });
    json!({
        "id": Uuid::from_u128(client_id().as_u128() ^ 1).to_string(),
        "appId": client_id().to_string(),
        "displayName": "Keydesk",
        "signInAudience": "AzureADMultipleOrgs",
        "isFallbackPublicClient": world.login.is_public(),
        "publicClient": {"redirectUris": ["http://localhost", "http://127.0.0.1", "http://[::1]"]},
        "passwordCredentials": [secret],
        "keyCredentials": world.certificate.as_deref().and_then(certificate).into_iter().collect::<Vec<_>>(),
    })
}

fn certificate(der: &[u8]) -> Option<Value> {
    let (_, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
    let at = |seconds: i64| Timestamp::from_second(seconds).ok().map(time);
    Some(json!({
        "keyId": Uuid::from_u128(0xce47).to_string(),
        "displayName": parsed.subject().to_string(),
        "customKeyIdentifier": base64url(Sha256::digest(der)),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "startDateTime": at(parsed.validity().not_before.timestamp()),
        "endDateTime": at(parsed.validity().not_after.timestamp()),
        "key": null,
    }))
}
