//! Client data: what a registration signs besides the authenticator data.

use super::{Challenge, base64url};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The client data a registration signs: UTF-8 JSON bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientData(#[serde(with = "base64url")] pub Vec<u8>);

/// Members in the order browsers write them (WebAuthn level 3, 5.8.1.1).
#[derive(Deserialize, Serialize)]
struct Members {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

impl ClientData {
    /// For a registration at the relying party's own origin, `https://` and its id.
    pub fn create(challenge: &Challenge, rp_id: &str) -> Self {
        let quoted = |text: String| serde_json::Value::String(text).to_string();
        let challenge = quoted(challenge.0.clone());
        let origin = quoted(format!("https://{rp_id}"));
        let text = format!(
            r#"{{"type":"webauthn.create","challenge":{challenge},"origin":{origin},"crossOrigin":false}}"#
        );
        Self(text.into_bytes())
    }

    /// SHA-256, which the key signs.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Whether this is a registration's client data for the relying party.
    pub(super) fn registers_at(&self, rp_id: &str) -> bool {
        serde_json::from_slice::<Members>(&self.0).is_ok_and(|members| {
            members.kind == "webauthn.create"
                && members.origin == format!("https://{rp_id}")
                && !members.cross_origin
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_browsers_write_them() {
        let data = ClientData::create(&Challenge("Y2hhbGxlbmdl".into()), "login.microsoft.com");
        assert_eq!(
            String::from_utf8(data.0).unwrap(),
            r#"{"type":"webauthn.create","challenge":"Y2hhbGxlbmdl","origin":"https://login.microsoft.com","crossOrigin":false}"#
        );
    }

    #[test]
    fn a_hostile_relying_party_id_cannot_add_members() {
        let data = ClientData::create(&Challenge("AA".into()), r#"x","type":"webauthn.get"#);
        let json: serde_json::Value = serde_json::from_slice(&data.0).unwrap();
        assert_eq!(json["type"], "webauthn.create");
    }

    #[test]
    fn client_data_of_another_origin_is_told_apart() {
        let data = ClientData::create(&Challenge("AA".into()), "login.microsoft.com");
        assert!(data.registers_at("login.microsoft.com"));
        assert!(!data.registers_at("login.microsoftonline.com"));
        assert!(!ClientData(b"{".to_vec()).registers_at("login.microsoft.com"));
    }
}
