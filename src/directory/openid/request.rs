//! What is asked of the login service: the secrets of one attempt, and the address to open. Pure
//! but for [`Attempt::draw`].

use super::super::DirectoryError;
use super::super::http::endpoint::with_query;
use super::{Proof, SignInError, Wish};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

/// What an access token is asked to carry, so that the service may challenge it (`cp1`).
const CAPABILITY: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;

/// Random bytes of each; 43 characters, as many as a verifier needs (RFC 7636, 4.1).
const SECRET_BYTES: usize = 32;

/// The secrets that tie redirect, token answer and id token to one attempt.
pub(super) struct Attempt {
    pub(super) verifier: Zeroizing<String>,
    pub(super) state: Zeroizing<String>,
    pub(super) nonce: Zeroizing<String>,
}

impl Attempt {
    pub(super) fn draw() -> Result<Self, SignInError> {
        Ok(Self { verifier: random()?, state: random()?, nonce: random()? })
    }
}

fn random() -> Result<Zeroizing<String>, SignInError> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    getrandom::fill(bytes.as_mut()).map_err(|error| {
        DirectoryError::Settings(format!("this computer gives no random numbers: {error}"))
    })?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

/// The address the browser opens.
pub(super) struct Authorize<'a> {
    pub(super) endpoint: &'a Url,
    pub(super) client_id: &'a str,
    pub(super) scope: &'a str,
    pub(super) redirect: &'a str,
}

impl Authorize<'_> {
    /// # Errors
    /// [`SignInError::Directory`] for a claims challenge that is no JSON object.
    pub(super) fn url(&self, attempt: &Attempt, wish: &Wish) -> Result<Url, SignInError> {
        let scope = scopes(self.scope);
        let challenge = challenge(&attempt.verifier);
        let claims = claims(&wish.proof)?;
        let mut options = vec![
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("redirect_uri", self.redirect),
            ("response_mode", "query"),
            ("scope", scope.as_str()),
            ("state", attempt.state.as_str()),
            ("nonce", attempt.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("claims", claims.as_str()),
        ];
        options.extend(prompt(&wish.proof).map(|prompt| ("prompt", prompt)));
        options.extend(wish.login_hint.as_deref().map(|hint| ("login_hint", hint)));
        Ok(with_query(self.endpoint.clone(), &options))
    }
}

/// What is asked for in every flow.
pub(super) fn scopes(resource: &str) -> String {
    format!("openid profile offline_access {resource}").trim_end().to_owned()
}

/// RFC 7636, 4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn prompt(proof: &Proof) -> Option<&'static str> {
    match proof {
        Proof::AnyAccount => Some("select_account"),
        Proof::Fresh => Some("login"),
        Proof::Session | Proof::Context(_) | Proof::Claims(_) => None,
    }
}

/// The claims to ask for: the capability, and what the proof needs.
pub(super) fn claims(proof: &Proof) -> Result<String, SignInError> {
    match proof {
        Proof::Session | Proof::AnyAccount => Ok(CAPABILITY.to_owned()),
        Proof::Fresh => merged(json!({"id_token": {"auth_time": {"essential": true}}})),
        Proof::Context(context) => {
            merged(json!({"id_token": {"acrs": {"essential": true, "value": context}}}))
        }
        Proof::Claims(text) => with_capability(Some(text)),
    }
}

/// A challenge's claims, if there are any, and the capability.
pub(super) fn with_capability(challenge: Option<&str>) -> Result<String, SignInError> {
    let Some(text) = challenge else { return Ok(CAPABILITY.to_owned()) };
    let unreadable = || DirectoryError::Garbled {
        reason: "the claims challenge is no JSON object".into(),
        facts: Default::default(),
    };
    let claims: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    merged(if claims.is_object() { claims } else { return Err(unreadable().into()) })
}

/// What two challenges ask for together; one that can't be read asks for nothing.
pub(super) fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    let read = |text: &Option<String>| match serde_json::from_str(text.as_deref()?) {
        Ok(Value::Object(claims)) => Some(claims),
        _ => None,
    };
    match (read(&one), read(&other)) {
        (Some(mut claims), Some(more)) => {
            merge(&mut claims, more);
            Some(Value::Object(claims).to_string())
        }
        (Some(_), None) => one,
        (None, _) => other,
    }
}

fn merged(mut claims: Value) -> Result<String, SignInError> {
    if let (Value::Object(into), Ok(Value::Object(from))) =
        (&mut claims, serde_json::from_str(CAPABILITY))
    {
        merge(into, from);
    }
    Ok(claims.to_string())
}

/// Adds what is missing; what is there stays.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(there)), Value::Object(more)) => merge(there, more),
            (Some(there), value) if there.is_null() => *there = value,
            (Some(_), _) => {}
            (None, value) => drop(into.insert(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn attempt() -> Attempt {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        Attempt {
            verifier: text("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            state: text("the-state"),
            nonce: text("the-nonce"),
        }
    }

    fn asked(wish: &Wish) -> HashMap<String, String> {
        let endpoint = Url::parse("https://login.example/t/oauth2/v2.0/authorize").unwrap();
        let asked = Authorize {
            endpoint: &endpoint,
            client_id: "client-1",
            scope: "https://graph.example/.default",
            redirect: "http://localhost:4711",
        };
        let url = asked.url(&attempt(), wish).unwrap();
        assert!(!url.query().unwrap().contains('+'), "a plus isn't a space to everybody: {url}");
        url.query_pairs().into_owned().collect()
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn everything_a_public_client_must_send_is_in_the_address() {
        let asked = asked(&Wish::new(Proof::AnyAccount).hint("petra@larkfield.example"));
        let expected = [
            ("client_id", "client-1"),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:4711"),
            ("response_mode", "query"),
            ("scope", "openid profile offline_access https://graph.example/.default"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            // RFC 7636, appendix B.
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
            ("login_hint", "petra@larkfield.example"),
            ("claims", CAPABILITY),
        ];
        for (name, value) in expected {
            assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(asked.len(), expected.len());
        assert!(!asked.contains_key("code_verifier"));
    }

    #[test]
    fn each_proof_asks_in_its_own_way() {
        let of = |proof| asked(&Wish::new(proof));
        assert_eq!(of(Proof::Fresh)["prompt"], "login");
        for silent in [Proof::Session, Proof::Context("c1".into()), Proof::Claims("{}".into())] {
            assert!(!of(silent).contains_key("prompt"));
        }
        let context = json(&of(Proof::Context("c1".into()))["claims"]);
        assert_eq!(context["id_token"]["acrs"], json(r#"{"essential":true,"value":"c1"}"#));
        assert_eq!(context["access_token"]["xms_cc"]["values"][0], "cp1");
    }

    #[test]
    fn a_challenge_and_the_capability_are_asked_for_together() {
        let challenge = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        let claims = json(&claims(&Proof::Claims(challenge.into())).unwrap());
        assert_eq!(
            claims,
            json(
                r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},
                    "xms_cc":{"values":["cp1"]}}}"#
            )
        );
        for bad in ["", "[]", "7", "{", "null"] {
            assert!(super::claims(&Proof::Claims(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_challenges_are_asked_for_together() {
        let text = |text: &str| Some(text.to_owned());
        let one = text(r#"{"access_token":{"capolids":{"values":["p"]}}}"#);
        let other = text(r#"{"access_token":{"acrs":{"value":"c1"}}}"#);
        let together = json(&both(one.clone(), other.clone()).unwrap());
        assert_eq!(together["access_token"]["acrs"]["value"], "c1");
        assert_eq!(together["access_token"]["capolids"]["values"][0], "p");
        assert_eq!(both(one.clone(), None), one);
        assert_eq!(both(text("garbage"), other.clone()), other);
        assert_eq!(both(None, None), None);
    }

    #[test]
    fn no_two_attempts_share_a_secret() {
        let (one, other) = (Attempt::draw().unwrap(), Attempt::draw().unwrap());
        let all =
            [&one.verifier, &one.state, &one.nonce, &other.verifier, &other.state, &other.nonce];
        let distinct: std::collections::HashSet<&str> =
            all.iter().map(|text| text.as_str()).collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|text| text.len() == 43));
    }
}
