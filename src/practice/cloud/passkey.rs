//! Passkeys the directory keeps.

use super::control::RegisteredPasskey;
use super::model;
use super::orders::IdEncoding;
use super::world::{base64url, time};
use crate::practice::company::Employee;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// Where passkeys of the company work.
pub(super) const RP_ID: &str = "login.microsoft.com";
/// What client data must name.
pub(super) const ORIGIN: &str = "https://login.microsoft.com";

#[derive(Clone)]
pub(super) struct StoredPasskey {
    pub person: Uuid,
    pub upn: String,
    pub credential_id: Vec<u8>,
    pub display_name: String,
    pub created_at: Timestamp,
    pub aaguid: [u8; 16],
    /// SHA-1 thumbprints, hexadecimal.
    pub certificates: Vec<String>,
    /// From when on it is in lists.
    pub listed_from: Timestamp,
    /// Since when it is deleted, and until when lists show it all the same.
    pub deleted: Option<Timestamp>,
    /// How it was registered; absent for those from before the start.
    pub evidence: Option<Evidence>,
}

/// What a registration sent, for foreign verifiers.
#[derive(Clone)]
pub(super) struct Evidence {
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
    pub challenge: String,
}

impl StoredPasskey {
    /// The method's id: the credential id in token form.
    pub fn method_id(&self) -> String {
        encode(&self.credential_id, IdEncoding::Token)
    }

    pub fn is_listed(&self, now: Timestamp) -> bool {
        self.listed_from <= now && self.deleted.is_none_or(|until| now < until)
    }

    /// `fido2AuthenticationMethod`.
    pub fn shown(&self) -> Value {
        let guid = model::guid(self.aaguid);
        let attested = !self.certificates.is_empty() && model::name(&guid).is_some();
        json!({
            "id": self.method_id(),
            "displayName": self.display_name,
            "createdDateTime": time(self.created_at),
            "aaGuid": guid,
            "model": model::name(&guid).unwrap_or("Unknown"),
            "attestationCertificates": self.certificates,
            "attestationLevel": if attested { "attested" } else { "notAttested" },
            "passkeyType": "deviceBound",
        })
    }

    /// For the control; nothing for a deleted one or one from before the start.
    pub fn told(&self) -> Option<RegisteredPasskey> {
        let evidence = self.evidence.as_ref().filter(|_| self.deleted.is_none())?;
        Some(RegisteredPasskey {
            person_id: self.person.to_string(),
            upn: self.upn.clone(),
            method_id: self.method_id(),
            display_name: self.display_name.clone(),
            aaguid: model::guid(self.aaguid),
            credential_id: base64url(&self.credential_id),
            client_data: base64url(&evidence.client_data),
            attestation_object: base64url(&evidence.attestation_object),
            challenge: evidence.challenge.clone(),
            rp_id: RP_ID.into(),
            origin: ORIGIN.into(),
        })
    }
}

/// A credential id in one of the three encodings.
pub(super) fn encode(id: &[u8], encoding: IdEncoding) -> String {
    match encoding {
        IdEncoding::Base64Url => base64url(id),
        IdEncoding::Token => {
            let padding = (3 - id.len() % 3) % 3;
            format!("{}{padding}", base64url(id))
        }
        IdEncoding::Base64 => STANDARD.encode(id),
    }
}

/// Keys that people had before the station came.
pub(super) fn from_earlier(people: &[Arc<Employee>]) -> Vec<StoredPasskey> {
    const OLD: &[(&str, &str, &str, i64)] = &[
        (
            "amina.haddad@larkfield.example",
            "Key from 2023",
            "fa2b99dc-9e39-4257-8f92-4a30d23c4118",
            1_680_423_300,
        ),
        (
            "chloe.lefevre@larkfield.example",
            "Blue key",
            "ee882879-721c-4913-9775-3dfcce97072a",
            1_704_880_800,
        ),
        (
            "chloe.lefevre@larkfield.example",
            "Spare",
            "149a2021-8ef6-4133-96b8-81f8d5b7f1f5",
            1_704_881_100,
        ),
    ];
    OLD.iter()
        .filter_map(|(upn, name, aaguid, created_s)| {
            let person = people.iter().find(|person| person.upn == *upn)?;
            let created_at = Timestamp::from_second(*created_s).ok()?;
            Some(old(person, name, Uuid::try_parse(aaguid).ok()?, created_at))
        })
        .collect()
}

/// One that somebody has had for a year.
pub(super) fn a_year_old(person: &Employee, name: &str, now: Timestamp) -> StoredPasskey {
    let model = uuid::uuid!("ee882879-721c-4913-9775-3dfcce97072a");
    old(person, name, model, now - SignedDuration::from_hours(365 * 24))
}

/// One that was registered by other means.
fn old(person: &Employee, name: &str, aaguid: Uuid, created_at: Timestamp) -> StoredPasskey {
    let credential_id: Vec<u8> = Sha256::digest(format!("{}/{name}", person.upn)).to_vec();
    let thumbprint = Sha256::digest(aaguid.to_string().as_bytes());
    StoredPasskey {
        person: person.id,
        upn: person.upn.clone(),
        credential_id,
        display_name: name.into(),
        created_at,
        aaguid: aaguid.into_bytes(),
        certificates: vec![thumbprint[..20].iter().map(|b| format!("{b:02x}")).collect()],
        listed_from: created_at,
        deleted: None,
        evidence: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_form_ends_with_the_number_of_padding_characters() {
        assert_eq!(encode(&[1, 2, 3], IdEncoding::Token), "AQID0");
        assert_eq!(encode(&[1, 2], IdEncoding::Token), "AQI1");
        assert_eq!(encode(&[1], IdEncoding::Token), "AQ2");
        assert_eq!(encode(&[0xfb, 0xff], IdEncoding::Base64), "+/8=");
    }

    #[test]
    fn some_people_have_a_key_already() {
        let people: Vec<_> = crate::practice::company::people().into_iter().map(Arc::new).collect();
        assert_eq!(from_earlier(&people).len(), 3);
    }
}
