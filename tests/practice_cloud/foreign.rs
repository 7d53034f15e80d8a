//! What was registered is told so that a foreign verifier can check it.

use crate::authenticator::Making;
use crate::client::{Client, ELIN};
use std::io::Write;
use std::process::{Command, Stdio};

/// Names the Python that has python-fido2; `packaging/test` sets it.
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
        let verdict = verify(&python, &serde_json::to_string(&registered).unwrap());
        assert_eq!(verdict, Some(0), "python-fido2 accepts what the cloud accepted");
        let mut spoilt = registered;
        spoilt[0].challenge = "AAAA".into();
        assert_eq!(verify(&python, &serde_json::to_string(&spoilt).unwrap()), Some(1));
    }
}

fn verify(python: &str, registrations: &str) -> Option<i32> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/verify.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the Python named by KEYDESK_FOREIGN_PYTHON starts");
    child.stdin.take().unwrap().write_all(registrations.as_bytes()).unwrap();
    child.wait().unwrap().code()
}
