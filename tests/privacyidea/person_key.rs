//! A person's key: enrolled through our key room, then used to sign in as a browser would.

use ctap_hid_fido2::fidokey::GetAssertionArgsBuilder;
use ctap_hid_fido2::{FidoKeyHidFactory, HidParam, LibCfg};
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::key::{Key, KeyError, KeyEvent, KeyId, Keys};
use keydesk::pin::Pin;
use keydesk::webauthn::{
    ClientData, CreationOptions, NewCredential, attestation, base64url, verify,
};
use serde_json::{Value, json};
use std::time::Duration;

const PIN: &str = "86420975";
/// A bound on waiting, never a measurement.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct PersonKey {
    virtual_key: VirtualKey,
    key: Key,
    _keys: Keys,
}

impl PersonKey {
    /// A new key with a PIN.
    pub async fn new() -> Self {
        crate::server::confess(PIN);
        let virtual_key = VirtualKey::new(Model::Yubikey5Nfc).unwrap();
        virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        let (keys, mut events) = Keys::start().unwrap();
        let id = KeyId(virtual_key.insert().to_string());
        let seen = async {
            while let Some(event) = events.recv().await {
                if matches!(&event, KeyEvent::Identified(facts) if facts.id == id) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.expect("the key was not seen");
        let key = keys.get(&id).unwrap();
        key.set_pin(&pin()).await.unwrap();
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        Self { virtual_key, key, _keys: keys }
    }

    /// Makes and verifies a credential, as the ceremony does.
    pub async fn make(&self, options: &CreationOptions) -> Result<NewCredential, KeyError> {
        let client_data = ClientData::create(&options.challenge, &options.relying_party.id);
        let made = self.key.make_credential(options, &client_data.0, &pin()).await?;
        let kept = attestation::parse(&attestation::object(&made)).unwrap();
        Ok(verify(&options.expectation(), &client_data, &kept).unwrap())
    }

    /// What a browser sends to `/validate/check` for this sign-in challenge.
    pub async fn answer(&self, challenge: &Value) -> Value {
        let rp_id = challenge["rpId"].as_str().unwrap().to_owned();
        let client_data = client_data(challenge["challenge"].as_str().unwrap(), &rp_id);
        let (path, signed) = (self.virtual_key.id().unwrap().to_string(), client_data.clone());
        let assertion = tokio::task::spawn_blocking(move || {
            let mut quiet = LibCfg::init().with_enable_log(false);
            quiet.enable_keep_alive_msg = false;
            let device =
                FidoKeyHidFactory::create_by_params(&[HidParam::Path(path)], &quiet).unwrap();
            let asked = GetAssertionArgsBuilder::new(&rp_id, signed.as_bytes()).pin(PIN).build();
            device.get_assertion_with_args(&asked).unwrap().remove(0)
        });
        let assertion = assertion.await.unwrap();
        json!({
            "transaction_id": challenge["transaction_id"],
            "credential_id": base64url::encode(&assertion.credential_id),
            "authenticatorData": base64url::encode(&assertion.auth_data),
            "clientDataJSON": base64url::encode(client_data.as_bytes()),
            "signature": base64url::encode(&assertion.signature),
            "userHandle": base64url::encode(&assertion.user.id),
        })
    }
}

/// As a browser is given the challenge: its text's bytes are the challenge's bytes.
fn client_data(challenge: &str, rp_id: &str) -> String {
    let challenge = base64url::encode(challenge.as_bytes());
    format!(
        r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://{rp_id}","crossOrigin":false}}"#
    )
}

fn pin() -> Pin {
    Pin::new(PIN).map_err(|_| "no PIN").unwrap()
}
