//! Signing in with an enrolled key, as the person at a browser: the proof that it works.

use crate::person_key::PersonKey;
use crate::registering::enrol;
use crate::server::{RELYING_PARTY, directory, url};
use keydesk::webauthn::base64url;
use serde_json::{Value, json};

/// A browser at the relying party; it has no right on the server.
struct Browser(reqwest::Client);

impl Browser {
    fn open() -> Self {
        Self(reqwest::Client::builder().no_proxy().build().unwrap())
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.0.post(format!("{}{path}", url())).json(body);
        let request = request.header("Origin", format!("https://{RELYING_PARTY}"));
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn challenge(&self) -> Value {
        let begun = self.post("/validate/initialize", &json!({"type": "passkey"})).await;
        begun["detail"]["passkey"].clone()
    }
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn the_person_signs_in_with_the_enrolled_key() {
    let directory = directory();
    let key = PersonKey::new().await;
    let (_, passkey) = enrol(&directory, "jörg.müller", &key).await;
    let browser = Browser::open();
    let answer = key.answer(&browser.challenge().await).await;
    let verdict = browser.post("/validate/check", &answer).await;
    assert_eq!(verdict["result"]["authentication"], "ACCEPT", "{verdict}");
    assert_eq!(verdict["detail"]["username"], "jörg.müller", "{verdict}");
    assert_eq!(verdict["detail"]["serial"], passkey.method_id.as_str());
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_tampered_signature_and_another_challenge_are_rejected() {
    let directory = directory();
    let key = PersonKey::new().await;
    enrol(&directory, "o'brien", &key).await;
    let browser = Browser::open();

    let mut tampered = key.answer(&browser.challenge().await).await;
    let mut signature = base64url::decode_any(tampered["signature"].as_str().unwrap()).unwrap();
    let last = signature.len() - 1;
    signature[last] ^= 1;
    tampered["signature"] = base64url::encode(&signature).into();
    let verdict = browser.post("/validate/check", &tampered).await;
    assert_ne!(verdict["result"]["authentication"], "ACCEPT", "{verdict}");

    let mut replayed = key.answer(&browser.challenge().await).await;
    replayed["transaction_id"] = browser.challenge().await["transaction_id"].clone();
    let verdict = browser.post("/validate/check", &replayed).await;
    assert_ne!(verdict["result"]["authentication"], "ACCEPT", "{verdict}");
}
