//! Authenticator data, attestation objects, certificates. Promises: what is rebuilt says the same
//! as what was taken apart; what is verified is what the bytes say, for our relying party and our
//! challenge.

use super::pieces;
use keydesk::webauthn::auth_data::{self, Flags};
use keydesk::webauthn::{
    Challenge, ClientData, Expectation, MadeCredential, NewCredential, algorithm, attestation,
    verify,
};
use serde_json::{Map, Value};
use x509_parser::prelude::{FromDer, X509Certificate};

pub const RP_ID: &str = "login.microsoft.com";
pub const CHALLENGE: &str = "Y2hhbGxlbmdlIG9mIHRlc3Rz";
/// SHA-256 of [`RP_ID`].
const RP_ID_HASH: [u8; 32] = [
    0x35, 0x6c, 0x9e, 0xd4, 0xa0, 0x93, 0x21, 0xb9, 0x69, 0x5f, 0x1e, 0xaf, 0x91, 0x82, 0x03, 0xf1,
    0xb5, 0x5f, 0x68, 0x9d, 0xa6, 0x1f, 0xbc, 0x96, 0x18, 0x4c, 0x15, 0x7d, 0xda, 0x68, 0x0c, 0x81,
];
/// `id-fido-gen-ce-aaguid`.
const MODEL_EXTENSION: &str = "1.3.6.1.4.1.45724.1.1.4";

pub fn target(data: &[u8]) {
    let (choice, rest) = pieces::choice(data);
    match choice % 3 {
        0 => authenticator_data(rest),
        1 => object(rest),
        _ => parts(rest),
    }
}

fn authenticator_data(bytes: &[u8]) {
    let Ok(data) = auth_data::parse(bytes) else { return };
    assert_eq!(bytes[..32], data.rp_id_hash);
    assert_eq!(bytes[32], data.flags.0);
    assert_eq!(bytes[33..37], data.counter.to_be_bytes());
    assert_eq!(data.credential.is_some(), data.flags.has(Flags::ATTESTED));
    assert_eq!(data.extensions.is_some(), data.flags.has(Flags::EXTENSIONS));
    if let Some(credential) = data.credential {
        assert_eq!(bytes[37..53], credential.aaguid.0);
        assert!((1..=1023).contains(&credential.id.0.len()));
        assert!(bytes[55..].starts_with(&credential.id.0));
    }
    if let Some(outputs) = data.extensions {
        let text = outputs.to_string();
        assert_eq!(serde_json::from_str::<Value>(&text).expect("our own JSON"), outputs);
    }
}

fn object(bytes: &[u8]) {
    let Ok(made) = attestation::parse(bytes) else { return };
    let rebuilt = attestation::object(&made);
    assert_eq!(attestation::parse(&rebuilt).as_ref(), Ok(&made), "rebuilt to say something else");
    check(&made, &ClientData::create(&Challenge(CHALLENGE.into()), RP_ID));
}

/// Client data, authenticator data, signature, then certificates; the algorithm comes first.
fn parts(rest: &[u8]) {
    let (number, mut rest) = pieces::choice(rest);
    let algorithms =
        [algorithm::ES256, algorithm::EDDSA, algorithm::ES384, algorithm::RS256, -65535];
    let client_data = pieces::next(&mut rest).to_vec();
    let made = MadeCredential {
        format: if number & 0x80 == 0 { "packed" } else { "none" }.into(),
        algorithm: algorithms.get(usize::from(number & 0x7F)).copied(),
        auth_data: pieces::next(&mut rest).to_vec(),
        signature: pieces::next(&mut rest).to_vec(),
        x5c: pieces::all(rest, 8).into_iter().map(<[u8]>::to_vec).collect(),
    };
    check(&made, &ClientData(client_data));
}

fn check(made: &MadeCredential, client_data: &ClientData) {
    let expected = Expectation {
        rp_id: RP_ID.into(),
        algorithms: vec![algorithm::ES256, algorithm::EDDSA, algorithm::RS256],
        exclude: Vec::new(),
        user_verification_required: true,
        reservation: None,
    };
    if let Ok(new) = verify(&expected, client_data, made) {
        assert_facts(&new, made);
    }
}

/// Read from the bytes without the program's parsers.
fn assert_facts(new: &NewCredential, made: &MadeCredential) {
    let data = &made.auth_data;
    assert_eq!(data[..32], RP_ID_HASH, "made for another relying party");
    assert_eq!(data[32] & 0x45, 0x45, "without touch, PIN or credential");
    assert_eq!(data[37..53], new.aaguid.0);
    let length = usize::from(data[53]) << 8 | usize::from(data[54]);
    assert_eq!(data[55..55 + length], new.id.0);
    let said: Value = serde_json::from_slice(&new.client_data.0).expect("JSON");
    assert_eq!(said["type"], "webauthn.create");
    assert_eq!(said["origin"], format!("https://{RP_ID}"));
    assert!(serde_json::from_str::<Map<String, Value>>(&new.extension_results).is_ok());
    assert_eq!(attestation::parse(&new.attestation_object).as_ref(), Ok(made));
    if let Some(leaf) = made.x5c.first() {
        assert_model(leaf, &new.aaguid.0);
    }
}

fn assert_model(leaf: &[u8], aaguid: &[u8]) {
    let (_, certificate) = X509Certificate::from_der(leaf).expect("a verified certificate");
    for extension in certificate.extensions() {
        if extension.oid.to_id_string() == MODEL_EXTENSION {
            assert_eq!(extension.value, [&[0x04, 0x10], aaguid].concat(), "for another model");
        }
    }
}
