//! Creation options as Graph sends them: parsed, reduced to what a key is asked.

use super::{CredentialId, algorithm, base64url};
use crate::problem::Explain;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What the directory asks the key to create (`publicKeyCredentialCreationOptions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreationOptions {
    pub relying_party: RelyingParty,
    pub user: UserEntity,
    pub challenge: Challenge,
    /// COSE algorithm numbers in the directory's order, such as -7 and -257.
    pub algorithms: Vec<i64>,
    /// Every reading of every excluded id (some encodings are ambiguous; passing both is safe).
    pub exclude: Vec<CredentialId>,
    pub resident_key: bool,
    pub user_verification_required: bool,
    pub cred_protect: Option<CredProtect>,
    pub hmac_secret: bool,
    /// When the challenge lapses; absent when the directory does not say.
    pub expires_at: Option<jiff::Timestamp>,
    /// Absent where the directory keeps nothing that it wants to hear of again.
    pub reservation: Option<Reservation>,
}

/// What a directory keeps for its creation options, as its own text: it travels back with the
/// credential, or with the word that none will come. Opaque to everybody else; no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation(pub String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    pub id: String,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEntity {
    /// 1 to 64 bytes.
    pub id: Vec<u8>,
    pub name: String,
    pub display_name: String,
}

/// The challenge as text, base64url without padding: exactly what client data repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(pub String);

impl Challenge {
    /// Client data must repeat base64url of the challenge's bytes: clean text is taken as it is,
    /// other base64 is written anew.
    ///
    /// # Errors
    /// No base64 of either alphabet, or fewer than 16 bytes.
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        let bytes = base64url::decode_any(text).ok_or(OptionsError::BadChallenge)?;
        if bytes.len() < 16 {
            return Err(OptionsError::ShortChallenge(bytes.len()));
        }
        let clean = !text.contains(['+', '/', '=']);
        Ok(Self(if clean { text.to_owned() } else { base64url::encode(&bytes) }))
    }
}

/// Level of the credProtect extension (CTAP 2.1, 12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredProtect {
    UserVerificationOptional = 1,
    UserVerificationOptionalWithCredentialIdList = 2,
    UserVerificationRequired = 3,
}

/// What a new credential must meet: the options without the challenge, small enough to keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    pub rp_id: String,
    /// COSE algorithm numbers.
    pub algorithms: Vec<i64>,
    pub exclude: Vec<CredentialId>,
    pub user_verification_required: bool,
    #[serde(default)]
    pub reservation: Option<Reservation>,
}

/// Why creation options can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    #[error("not the JSON of creation options: {0}")]
    Json(String),
    #[error("no relying party id")]
    NoRelyingParty,
    #[error("relying party id is no host name")]
    BadRelyingParty,
    #[error("user id of {0} bytes; 1 to 64 are allowed")]
    UserIdLength(usize),
    #[error("user id can't be decoded")]
    BadUserId,
    #[error("challenge can't be decoded")]
    BadChallenge,
    #[error("challenge of {0} bytes; at least 16 are needed")]
    ShortChallenge(usize),
    #[error("expiry is no time")]
    BadExpiry,
    #[error("no algorithm that keys offer (asked: {0:?})")]
    NoUsableAlgorithm(Vec<i64>),
    #[error("excluded credential id can't be decoded")]
    BadExcludedId,
    #[error("credential protection {0} is not known")]
    BadCredProtect(String),
}

impl Explain for OptionsError {
    fn what(&self) -> String {
        format!("The directory sent creation options that can't be used: {self}")
    }

    fn next(&self) -> String {
        "Try again; if it stays so, a newer Keydesk may be needed".into()
    }
}

impl CreationOptions {
    /// Parses the body of `creationOptions` (Graph v1.0 or beta). Members it does not know are
    /// ignored, `publicKey.timeout` too: `challengeTimeoutDateTime` rules.
    ///
    /// # Errors
    /// What can't be used, by cause.
    pub fn parse(json: &[u8]) -> Result<Self, OptionsError> {
        let body: wire::Body =
            serde_json::from_slice(json).map_err(|e| OptionsError::Json(e.to_string()))?;
        let asked = body.public_key;
        let selection = asked.authenticator_selection.unwrap_or_default();
        let extensions = asked.extensions.unwrap_or_default();
        Ok(Self {
            relying_party: relying_party(asked.rp)?,
            user: user(asked.user)?,
            challenge: Challenge::parse(&asked.challenge)?,
            algorithms: algorithms(asked.pub_key_cred_params)?,
            exclude: exclude(asked.exclude_credentials.unwrap_or_default())?,
            resident_key: selection.asks_resident_key(),
            user_verification_required: selection.user_verification.as_deref() == Some("required"),
            cred_protect: cred_protect(extensions.credential_protection_policy)?,
            hmac_secret: extensions.hmac_create_secret == Some(true),
            expires_at: expiry(body.challenge_timeout_date_time)?,
            reservation: None,
        })
    }

    pub fn expectation(&self) -> Expectation {
        Expectation {
            rp_id: self.relying_party.id.clone(),
            algorithms: self.algorithms.clone(),
            exclude: self.exclude.clone(),
            user_verification_required: self.user_verification_required,
            reservation: self.reservation.clone(),
        }
    }
}

fn relying_party(rp: wire::RelyingParty) -> Result<RelyingParty, OptionsError> {
    let id = rp.id.filter(|id| !id.is_empty()).ok_or(OptionsError::NoRelyingParty)?;
    let host = id.len() <= 253
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    if !host {
        return Err(OptionsError::BadRelyingParty);
    }
    Ok(RelyingParty { id, name: rp.name })
}

fn user(user: wire::User) -> Result<UserEntity, OptionsError> {
    let id = base64url::decode_any(&user.id).ok_or(OptionsError::BadUserId)?;
    if !(1..=64).contains(&id.len()) {
        return Err(OptionsError::UserIdLength(id.len()));
    }
    let name = user.name.unwrap_or_default();
    let display_name = user.display_name.unwrap_or_else(|| name.clone());
    Ok(UserEntity { id, name, display_name })
}

fn algorithms(asked: Vec<wire::Parameter>) -> Result<Vec<i64>, OptionsError> {
    let mut numbers: Vec<i64> =
        asked.into_iter().filter(|p| is_public_key(p.kind.as_deref())).map(|p| p.alg).collect();
    if numbers.is_empty() {
        // WebAuthn level 3, 5.1.3 step 10: an empty list means these two.
        numbers = vec![algorithm::ES256, algorithm::RS256];
    }
    if numbers.iter().any(|alg| [algorithm::ES256, algorithm::EDDSA].contains(alg)) {
        Ok(numbers)
    } else {
        Err(OptionsError::NoUsableAlgorithm(numbers))
    }
}

fn exclude(descriptors: Vec<wire::Descriptor>) -> Result<Vec<CredentialId>, OptionsError> {
    let mut ids = Vec::new();
    let mut known = HashSet::new();
    for descriptor in descriptors {
        if !is_public_key(descriptor.kind.as_deref()) {
            continue;
        }
        let readings = CredentialId::readings(&descriptor.id);
        if readings.is_empty() {
            return Err(OptionsError::BadExcludedId);
        }
        for id in readings {
            if known.insert(id.clone()) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}

fn is_public_key(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind == "public-key")
}

fn cred_protect(policy: Option<String>) -> Result<Option<CredProtect>, OptionsError> {
    match policy.as_deref() {
        None => Ok(None),
        Some("userVerificationOptional") => Ok(Some(CredProtect::UserVerificationOptional)),
        // Both spellings are in use: the specification's and Graph's.
        Some(
            "userVerificationOptionalWithCredentialIDList"
            | "userVerificationOptionalWithCredentialIdList",
        ) => Ok(Some(CredProtect::UserVerificationOptionalWithCredentialIdList)),
        Some("userVerificationRequired") => Ok(Some(CredProtect::UserVerificationRequired)),
        Some(other) => Err(OptionsError::BadCredProtect(other.chars().take(60).collect())),
    }
}

/// Services write year 1 where they have no time.
fn expiry(text: Option<String>) -> Result<Option<jiff::Timestamp>, OptionsError> {
    let Some(text) = text else { return Ok(None) };
    let at: jiff::Timestamp = text.parse().map_err(|_| OptionsError::BadExpiry)?;
    Ok((at > jiff::Timestamp::UNIX_EPOCH).then_some(at))
}

mod wire {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Body {
        pub challenge_timeout_date_time: Option<String>,
        pub public_key: PublicKey,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct PublicKey {
        pub rp: RelyingParty,
        pub user: User,
        pub challenge: String,
        #[serde(default)]
        pub pub_key_cred_params: Vec<Parameter>,
        pub exclude_credentials: Option<Vec<Descriptor>>,
        pub authenticator_selection: Option<Selection>,
        pub extensions: Option<Extensions>,
    }

    #[derive(Deserialize)]
    pub struct RelyingParty {
        pub id: Option<String>,
        pub name: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct User {
        pub id: String,
        pub name: Option<String>,
        pub display_name: Option<String>,
    }

    #[derive(Deserialize)]
    pub struct Parameter {
        #[serde(rename = "type")]
        pub kind: Option<String>,
        pub alg: i64,
    }

    #[derive(Deserialize)]
    pub struct Descriptor {
        #[serde(rename = "type")]
        pub kind: Option<String>,
        pub id: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Selection {
        pub require_resident_key: Option<bool>,
        pub resident_key: Option<String>,
        pub user_verification: Option<String>,
    }

    impl Selection {
        pub fn asks_resident_key(&self) -> bool {
            self.resident_key.as_deref() == Some("required")
                || self.require_resident_key == Some(true)
        }
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Extensions {
        pub hmac_create_secret: Option<bool>,
        pub credential_protection_policy: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The shape of a live capture, its values replaced.
    fn capture() -> Value {
        json!({
            "@odata.context": "https://graph.microsoft.com/beta/$metadata#microsoft.graph.webauthnCredentialCreationOptions",
            "challengeTimeoutDateTime": "2026-11-22T11:26:35Z",
            "publicKey": {
                "@odata.type": "#microsoft.graph.webauthnPublicKeyCredentialCreationOptions",
                "rp": {"id": "login.microsoft.com", "name": "Microsoft"},
                "user": {
                    "id": base64url::encode(&[&b"OF:"[..], &[0x9c; 48]].concat()),
                    "name": "alice@contoso.example",
                    "displayName": "Alice Example"
                },
                "challenge": base64url::encode(&[b'e'; 5198]),
                "pubKeyCredParams": [
                    {"type": "public-key", "alg": -7},
                    {"type": "public-key", "alg": -257}
                ],
                "timeout": 60000,
                "excludeCredentials": [
                    {"type": "public-key", "id": "GshyINLMaOOwqt1LNUi0gQ==", "transports": ["usb", "nfc"]},
                    {"type": "public-key", "id": "Oy0dkr_kI6lp0loPvgEWqA2", "transports": []}
                ],
                "authenticatorSelection": {
                    "authenticatorAttachment": "cross-platform",
                    "requireResidentKey": true,
                    "userVerification": "required"
                },
                "attestation": "direct",
                "extensions": {
                    "hmacCreateSecret": true,
                    "enforceCredentialProtectionPolicy": true,
                    "credentialProtectionPolicy": "userVerificationOptional"
                }
            }
        })
    }

    fn parse(body: &Value) -> Result<CreationOptions, OptionsError> {
        CreationOptions::parse(body.to_string().as_bytes())
    }

    fn with(pointer: &str, value: Value) -> Result<CreationOptions, OptionsError> {
        let mut body = capture();
        *body.pointer_mut(pointer).unwrap() = value;
        parse(&body)
    }

    #[test]
    fn a_live_answer_is_read_whole() {
        let options = parse(&capture()).unwrap();
        assert_eq!(options.relying_party.id, "login.microsoft.com");
        assert_eq!(options.user.id.len(), 51);
        assert_eq!(options.user.display_name, "Alice Example");
        assert_eq!(options.challenge.0.len(), 6931);
        assert_eq!(options.algorithms, [-7, -257]);
        assert_eq!(options.exclude.iter().map(|id| id.0.len()).collect::<Vec<_>>(), [16, 16]);
        assert!(options.resident_key && options.user_verification_required && options.hmac_secret);
        assert_eq!(options.cred_protect, Some(CredProtect::UserVerificationOptional));
        assert_eq!(options.expires_at, Some("2026-11-22T11:26:35Z".parse().unwrap()));
    }

    #[test]
    fn absent_and_null_members_take_their_defaults() {
        let mut body = capture();
        let asked = body["publicKey"].as_object_mut().unwrap();
        asked["excludeCredentials"] = Value::Null;
        asked["extensions"] = Value::Null;
        asked.remove("authenticatorSelection");
        body.as_object_mut().unwrap().remove("challengeTimeoutDateTime");
        let options = parse(&body).unwrap();
        assert!(options.exclude.is_empty() && !options.hmac_secret && !options.resident_key);
        assert_eq!((options.cred_protect, options.expires_at), (None, None));
    }

    #[test]
    fn a_challenge_in_standard_base64_is_repeated_as_base64url() {
        let options = with("/publicKey/challenge", json!("+/+/+/+/+/+/+/+/+/+/+w==")).unwrap();
        assert_eq!(options.challenge.0, "-_-_-_-_-_-_-_-_-_-_-w");
    }

    #[test]
    fn a_year_one_expiry_means_none() {
        let options = with("/challengeTimeoutDateTime", json!("0001-01-01T00:00:00Z")).unwrap();
        assert_eq!(options.expires_at, None);
    }

    #[test]
    fn an_ambiguous_excluded_id_is_excluded_in_both_readings() {
        let id = format!("{}A1", "A".repeat(62));
        let options =
            with("/publicKey/excludeCredentials", json!([{"type": "public-key", "id": id}]));
        assert_eq!(options.unwrap().exclude.len(), 2);
    }

    #[test]
    fn bad_input_is_refused_by_cause() {
        let long = base64url::encode(&[1; 65]);
        for (pointer, value, error) in [
            ("/publicKey/rp/id", json!(null), OptionsError::NoRelyingParty),
            ("/publicKey/rp/id", json!("https://evil\"/"), OptionsError::BadRelyingParty),
            ("/publicKey/user/id", json!("*"), OptionsError::BadUserId),
            ("/publicKey/user/id", json!(""), OptionsError::UserIdLength(0)),
            ("/publicKey/user/id", json!(long), OptionsError::UserIdLength(65)),
            ("/publicKey/challenge", json!("a b"), OptionsError::BadChallenge),
            ("/publicKey/challenge", json!("AAAA"), OptionsError::ShortChallenge(3)),
            ("/challengeTimeoutDateTime", json!("soon"), OptionsError::BadExpiry),
            (
                "/publicKey/pubKeyCredParams",
                json!([{"type": "public-key", "alg": -257}]),
                OptionsError::NoUsableAlgorithm(vec![-257]),
            ),
            ("/publicKey/excludeCredentials/0/id", json!(""), OptionsError::BadExcludedId),
            (
                "/publicKey/extensions/credentialProtectionPolicy",
                json!("none"),
                OptionsError::BadCredProtect("none".into()),
            ),
        ] {
            assert_eq!(with(pointer, value), Err(error), "{pointer}");
        }
        for garbage in [&b"<html>"[..], b"", b"{}", b"[]", b"{\"publicKey\":null}", b"\xff"] {
            assert!(matches!(CreationOptions::parse(garbage), Err(OptionsError::Json(_))));
        }
    }

    #[test]
    fn the_expectation_survives_the_journal() {
        let expectation = parse(&capture()).unwrap().expectation();
        let json = serde_json::to_string(&expectation).unwrap();
        assert_eq!(serde_json::from_str::<Expectation>(&json).unwrap(), expectation);
    }
}
