//! Foreign verifiers judge what was registered and what was signed.

use crate::authenticator::Making;
use crate::client::{Client, ELIN};
use crate::operator::{PETRA, text};
use keydesk::practice::cloud::{Order, SignInOrder, Spoilt};
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

/// Names the Python that has python-fido2 and PyJWT; `packaging/test` sets it.
const PYTHON: &str = "KEYDESK_FOREIGN_PYTHON";

#[tokio::test]
async fn registered_passkeys_carry_their_evidence_for_a_foreign_verifier() {
    let client = Client::start().await;
    let options = client.creation_options(ELIN).await;
    let body = Making::default().body(&options);
    client.register(ELIN, &body).await;
    let registered = client.control().observed().registered;
    assert_eq!(registered.len(), 1);
    let response = &body["publicKeyCredential"]["response"];
    assert_eq!(registered[0].client_data, response["clientDataJSON"]);
    assert_eq!(registered[0].attestation_object, response["attestationObject"]);
    assert_eq!(registered[0].challenge, options["publicKey"]["challenge"]);
    assert_eq!(registered[0].upn, ELIN);

    if let Ok(python) = std::env::var(PYTHON) {
        let verdict = verify(&python, "verify.py", &serde_json::to_string(&registered).unwrap());
        assert_eq!(verdict, Some(0), "python-fido2 accepts what the cloud accepted");
        let mut spoilt = registered;
        spoilt[0].challenge = "AAAA".into();
        let verdict = verify(&python, "verify.py", &serde_json::to_string(&spoilt).unwrap());
        assert_eq!(verdict, Some(1));
    }
}

/// PyJWT fetches metadata and keys over HTTP itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_library_accepts_the_id_token_and_refuses_each_spoilt_one() {
    let Ok(python) = std::env::var(PYTHON) else {
        return;
    };
    let client = Client::start().await;
    let there = client.connection();
    let judge = async |how: Option<Spoilt>| {
        if let Some(how) = how {
            client.order(Order::SignIn(SignInOrder::SpoilIdToken { how }));
        }
        let asked = json!({
            "token": text(&client.tokens(PETRA, &[]).await, "id_token"),
            "metadata": format!("{}/{}/v2.0/.well-known/openid-configuration", there.base_url, there.domain),
            "audience": there.client_id,
            "nonce": "n0nce",
        });
        let python = python.clone();
        let verdict = move || verify(&python, "verify_id_token.py", &asked.to_string());
        tokio::task::spawn_blocking(verdict).await.unwrap()
    };
    assert_eq!(judge(None).await, Some(0));
    client.order(Order::SignIn(SignInOrder::RotateSigningKey));
    assert_eq!(judge(None).await, Some(0), "the new key is published");
    for how in [
        Spoilt::Nonce,
        Spoilt::NoNonce,
        Spoilt::Signature,
        Spoilt::UnknownKey,
        Spoilt::Unsigned,
        Spoilt::Issuer,
        Spoilt::Audience,
        Spoilt::Expired,
        Spoilt::NotYet,
        Spoilt::Garbled,
    ] {
        assert_eq!(judge(Some(how)).await, Some(1), "{how:?}");
    }
}

fn verify(python: &str, script: &str, told: &str) -> Option<i32> {
    let script = format!("{}/tests/foreign/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the Python named by KEYDESK_FOREIGN_PYTHON starts");
    child.stdin.take().unwrap().write_all(told.as_bytes()).unwrap();
    child.wait().unwrap().code()
}
