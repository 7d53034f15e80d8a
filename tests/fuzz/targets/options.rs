//! Creation options and credential ids. Promises: only what a key can be asked passes; client data
//! repeats the challenge; an id is read as every directory writes it.

use super::pieces;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keydesk::webauthn::{
    ClientData, CreationOptions, CredentialId, Expectation, algorithm, base64url, text,
};
use serde_json::Value;
use std::collections::HashSet;

pub fn target(data: &[u8]) {
    let (choice, rest) = pieces::choice(data);
    match choice {
        // What JSON begins with goes to the parser of options whole.
        b'{' => options(data),
        0 => written_ids(rest),
        _ => read_ids(rest),
    }
}

fn options(json: &[u8]) {
    let Ok(options) = CreationOptions::parse(json) else { return };
    let rp_id = &options.relying_party.id;
    assert!(rp_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'));
    assert!((1..=64).contains(&options.user.id.len()));
    let usable = [algorithm::ES256, algorithm::EDDSA];
    assert!(options.algorithms.iter().any(|asked| usable.contains(asked)));
    let challenge = base64url::decode_any(&options.challenge.0).expect("a challenge is base64url");
    assert!(challenge.len() >= 16 && !options.challenge.0.contains(['+', '/', '=']));
    let said = ClientData::create(&options.challenge, rp_id);
    let said: Value = serde_json::from_slice(&said.0).expect("client data is JSON");
    assert_eq!(said["challenge"], options.challenge.0);
    assert_eq!(said["origin"], format!("https://{rp_id}"));
    let ids: HashSet<&[u8]> = options.exclude.iter().map(|id| id.0.as_slice()).collect();
    assert_eq!(ids.len(), options.exclude.len(), "an id is excluded twice");
    for name in [&options.user.name, &options.user.display_name] {
        let cut = text::cut_to_bytes(name, text::CTAP_NAME_BYTES);
        assert!(cut.len() <= text::CTAP_NAME_BYTES && name.starts_with(cut));
    }
    let expectation = options.expectation();
    let kept = serde_json::to_string(&expectation).expect("an expectation can be kept");
    assert_eq!(serde_json::from_str::<Expectation>(&kept).expect("and read"), expectation);
}

/// These bytes as an id, in the three ways it may be written.
fn written_ids(bytes: &[u8]) {
    let id = CredentialId(bytes.to_vec());
    if bytes.is_empty() {
        return;
    }
    let plain = URL_SAFE_NO_PAD.encode(bytes);
    let padding = STANDARD.encode(bytes).bytes().filter(|b| *b == b'=').count();
    let written = [plain.clone(), format!("{plain}{padding}"), STANDARD.encode(bytes)];
    for text in written {
        assert!(CredentialId::readings(&text).contains(&id), "{text} is not read");
    }
}

/// These bytes as the text of an id.
fn read_ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let readings = CredentialId::readings(text);
    assert!(readings.len() <= 2);
    for id in readings {
        assert!(!id.0.is_empty());
        assert_eq!(base64url::decode_canonical(&id.to_base64url()), Some(id.0));
    }
}
