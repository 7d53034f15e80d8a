//! Tokens of a person: passkeys, the other methods, and removing one.

use super::super::http::Call;
use super::super::{DirectoryError, Method, Passkey, PersonId, Removal};
use super::api::Api;
use super::right;
use serde::Deserialize;

/// The server's largest page.
const PAGE: &str = "1000";
/// The state of a token that waits for its credential.
const WAITS: &str = "clientwait";

#[derive(Deserialize)]
struct WirePage {
    tokens: Vec<Token>,
}

/// One token.
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) serial: String,
    tokentype: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    rollout_state: Option<String>,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    info: WireInfo,
}

/// Only what is read of a token's many facts; all are texts.
#[derive(Default, Deserialize)]
struct WireInfo {
    aaguid: Option<String>,
    /// Lower-case hex of SHA-256 over the raw credential id.
    credential_id_hash: Option<String>,
    creation_date: Option<String>,
    /// Number of an SMS token.
    phone: Option<String>,
}

impl Token {
    pub(super) fn waits(&self) -> bool {
        self.rollout_state.as_deref() == Some(WAITS)
    }

    pub(super) fn made_at(&self) -> Option<jiff::Timestamp> {
        self.info.creation_date.as_deref()?.parse().ok()
    }

    fn is_passkey(&self) -> bool {
        matches!(self.tokentype.as_str(), "passkey" | "webauthn") && !self.waits() && !self.revoked
    }
}

/// All tokens of the person, half ones too.
pub(super) async fn list(api: &Api, person: &PersonId) -> Result<Vec<Token>, DirectoryError> {
    of(api, &[("user", &person.0), ("realm", &api.realm), ("pagesize", PAGE)]).await
}

/// The token of that serial, if it is there.
pub(super) async fn one(api: &Api, serial: &str) -> Result<Option<Token>, DirectoryError> {
    let tokens = of(api, &[("serial", serial)]).await?;
    Ok(tokens.into_iter().find(|token| token.serial == serial))
}

pub(super) async fn passkeys(api: &Api, id: &PersonId) -> Result<Vec<Passkey>, DirectoryError> {
    Ok(passkeys_of(list(api, id).await?))
}

/// Any token at all, for the connection test.
pub(super) async fn some(api: &Api) -> Result<(), DirectoryError> {
    of(api, &[("pagesize", "1")]).await.map(drop)
}

/// Removing twice removes once, so it may be repeated.
pub(super) async fn delete(api: &Api, serial: &str) -> Result<Removal, DirectoryError> {
    let url = api.url(&["token", serial], &[])?;
    let call = Call::delete("tokens.delete", url);
    match api.send(&call, right::DELETE).await {
        Ok(_) => Ok(Removal::Removed),
        Err(DirectoryError::NotFound(_)) => Ok(Removal::NotFound),
        Err(error) => Err(error),
    }
}

pub(super) fn passkeys_of(tokens: Vec<Token>) -> Vec<Passkey> {
    tokens.into_iter().filter(Token::is_passkey).map(to_passkey).collect()
}

/// The kinds of tokens that can sign in; half and revoked ones can't.
pub(super) fn methods(tokens: &[Token]) -> Vec<Method> {
    tokens.iter().filter(|token| !token.waits() && !token.revoked).map(to_method).collect()
}

async fn of(api: &Api, query: &[(&str, &str)]) -> Result<Vec<Token>, DirectoryError> {
    let url = api.url(&["token"], query)?;
    let page: WirePage = api.read("tokens", url, right::LIST_TOKENS).await?;
    Ok(page.tokens)
}

fn to_passkey(token: Token) -> Passkey {
    Passkey {
        credential_ids: Vec::new(),
        credential_sha256: token.info.credential_id_hash.as_deref().and_then(sha256),
        display_name: token.description.clone().unwrap_or_default(),
        created: token.made_at(),
        aaguid: token.info.aaguid.and_then(|aaguid| aaguid.parse().ok()),
        model: None,
        method_id: token.serial,
    }
}

fn to_method(token: &Token) -> Method {
    match token.tokentype.as_str() {
        "passkey" | "webauthn" => Method::Passkey,
        "hotp" | "totp" | "daypassword" => Method::SoftwareOath,
        "push" => Method::Authenticator,
        "email" => Method::Email,
        "sms" => Method::Phone { masked: masked(token.info.phone.as_deref().unwrap_or_default()) },
        other => Method::Other(other.to_owned()),
    }
}

/// The last two digits, where they are not half of the number.
fn masked(number: &str) -> String {
    const HIDDEN: &str = "•••";
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let tail: String = match digits.len() {
        0..5 => HIDDEN.into(),
        count => digits[count - 2..].iter().collect(),
    };
    format!("{HIDDEN} {HIDDEN} {tail}")
}

/// 64 hex digits.
fn sha256(hex: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect();
    match digits.len() {
        64 => bytes.try_into().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webauthn::CredentialId;

    fn token(json: &str) -> Token {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_passkey_is_known_by_the_hash_of_its_credential_id() {
        let passkeys = passkeys_of(vec![token(
            r#"{"serial":"P1","tokentype":"passkey","rollout_state":"enrolled","active":true,
                "description":"Key 1","info":{"aaguid":"2fc0579f-8113-47ea-b116-bb5a8db9202a",
                "creation_date":"2026-11-23T01:41:35+00:00","credential_id_hash":
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}"#,
        )]);
        assert!(passkeys[0].is_of(&CredentialId(b"abc".to_vec())));
        assert!(!passkeys[0].is_of(&CredentialId(b"abd".to_vec())));
        assert_eq!(passkeys[0].created, Some("2026-11-23T01:41:35Z".parse().unwrap()));
        assert!(passkeys[0].aaguid.is_some());
        for odd in ["", "ba78", "zz", &"å".repeat(64), &"0".repeat(65)] {
            assert_eq!(sha256(odd), None, "{odd}");
        }
    }

    #[test]
    fn half_and_revoked_tokens_are_no_methods() {
        let tokens = || {
            vec![
                token(r#"{"serial":"1","tokentype":"passkey","rollout_state":"clientwait"}"#),
                token(r#"{"serial":"2","tokentype":"webauthn","revoked":true}"#),
                token(r#"{"serial":"3","tokentype":"totp","info":{"odd":"x"}}"#),
                token(r#"{"serial":"4","tokentype":"sms","info":{"phone":"+46 70 123 45 67"}}"#),
                token(r#"{"serial":"5","tokentype":"tiqr"}"#),
            ]
        };
        assert!(passkeys_of(tokens()).is_empty());
        assert_eq!(
            methods(&tokens()),
            [
                Method::SoftwareOath,
                Method::Phone { masked: "••• ••• 67".into() },
                Method::Other("tiqr".into())
            ]
        );
    }
}
