//! What our program wrote, read back by programs nobody here wrote (libfido2's tools and
//! python-fido2), and what they wrote, read by ours.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keydesk::key::{KeyFacts, PinState};
use keydesk::webauthn::{ClientData, CreationOptions, MadeCredential, attestation, verify};
use keydesk_rig::Kind;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

use crate::bench::{PIN, Plugged, RP, client_data, make, on_both_engines, options, pin, run};
use crate::foreign::{self, Program};

/// Longer than our program waits before it looks at what its work changed, and the look.
const AFTER_WORK: Duration = Duration::from_millis(300);
const USER: &str = "asa.lind@practice.example";

on_both_engines!(
    libfido2_sees_the_pin_the_credential_its_party_and_its_user,
    libfido2_verifies_the_attestation_and_an_assertion,
    python_fido2_verifies_the_registration_and_an_assertion,
    a_key_prepared_by_libfido2_is_understood,
);

struct Written {
    plugged: Plugged,
    options: CreationOptions,
    client_data: ClientData,
    made: MadeCredential,
}

/// A key on which our program set the PIN and made a credential.
fn written(kind: Kind) -> Written {
    let plugged = Plugged::with_pin(kind);
    let options = options(USER);
    let made = run(make(&plugged.key, &options, &pin(PIN))).unwrap();
    let client_data = client_data(&options);
    // It looks at the key once more after its work; whoever opens the channel then hears that.
    std::thread::sleep(AFTER_WORK);
    Written { plugged, options, client_data, made }
}

impl Written {
    fn credential_id(&self) -> Vec<u8> {
        attestation::credential_id(&self.made).unwrap().0
    }
}

fn libfido2_sees_the_pin_the_credential_its_party_and_its_user(kind: Kind) {
    let written = written(kind);
    let node = written.plugged.node();
    let info = info_of(&node);
    let has_pin = |line: &&str| line.starts_with("options:") && line.contains(" clientPin");
    assert!(info.lines().any(|line| has_pin(&line)), "{info}");
    let parties = Program::new("fido2-token").args(["-L", "-r", &node]).pin(PIN).output();
    assert!(parties.lines().any(|line| line.ends_with(RP)), "{parties}");
    let held = Program::new("fido2-token").args(["-L", "-k", RP, &node]).pin(PIN).output();
    let id = BASE64_STANDARD.encode(written.credential_id());
    let user = BASE64_STANDARD.encode(&written.options.user.id);
    let line = held.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{held}"));
    assert!(line.contains(USER) && line.contains(&user), "{line}");
    assert!(line.contains("es256") && line.contains("uvreq"), "{line}");
}

/// What libfido2 tells of the key. Our own program looks at it now and then: a tool that opens the
/// channel in that moment takes it for one without CTAP2, or hears what is not for it, and asks
/// again.
fn info_of(node: &str) -> String {
    let ask = || Program::new("fido2-token").args(["-I", node]);
    let told = ask().printed();
    if told.contains("options:") && !told.contains("nocbor") { told } else { ask().output() }
}

fn libfido2_verifies_the_attestation_and_an_assertion(kind: Kind) {
    let written = written(kind);
    let id = BASE64_STANDARD.encode(written.credential_id());
    let registration = |party: &str| {
        [
            BASE64_STANDARD.encode(Sha256::digest(&written.client_data.0)),
            party.to_owned(),
            written.made.format.clone(),
            BASE64_STANDARD.encode(cbor_bytes(&written.made.auth_data)),
            id.clone(),
            BASE64_STANDARD.encode(&written.made.signature),
            BASE64_STANDARD.encode(&written.made.x5c[0]),
        ]
        .join("\n")
    };
    let verify = || Program::new("fido2-cred").args(["-V", "-v", "-h", "-c", "3"]);
    let verified = verify().input(&registration(RP)).output();
    verify().input(&registration("login.example")).must_be_refused();
    let (first, public_key) = verified.split_once('\n').unwrap();
    assert_eq!(first, id);

    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("public-key.pem");
    std::fs::write(&key_file, public_key).unwrap();
    let signed = signed_by_the_key(&written, b"any client data");
    let check = |assertion: &str| {
        Program::new("fido2-assert")
            .args(["-V", "-p", "-v", key_file.to_str().unwrap(), "es256"])
            .input(assertion)
    };
    check(&signed).output();
    let other = signed.replacen(RP, "login.example", 1);
    assert_ne!(other, signed);
    check(&other).must_be_refused();
}

/// An assertion made with the new credential by libfido2: client data hash, relying party,
/// authenticator data (as CBOR) and signature, a line each.
fn signed_by_the_key(written: &Written, client_data: &[u8]) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(client_data));
    let id = BASE64_STANDARD.encode(written.credential_id());
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    std::fs::write(&asked, format!("{hash}\n{RP}\n{id}\n")).unwrap();
    Program::new("fido2-assert")
        .args(["-G", "-p", "-v", "-i", asked.to_str().unwrap(), &written.plugged.node()])
        .pin(PIN)
        .output()
}

fn python_fido2_verifies_the_registration_and_an_assertion(kind: Kind) {
    const OTHER: &str = "b3RoZXI";
    let written = written(kind);
    let Written { options, client_data, made, .. } = &written;
    let new = verify(&options.expectation(), client_data, made).unwrap();
    let registration = |challenge: &str, assertion: &Value| {
        json!({
            "client_data": BASE64_URL_SAFE_NO_PAD.encode(&client_data.0),
            "attestation_object": BASE64_URL_SAFE_NO_PAD.encode(&new.attestation_object),
            "credential_id": BASE64_URL_SAFE_NO_PAD.encode(written.credential_id()),
            "challenge": challenge,
            "rp_id": RP,
            "origin": format!("https://{RP}"),
            "assertion": assertion,
        })
    };
    let good = assertion(&written);
    let mut spoilt = good.clone();
    spoilt["challenge"] = OTHER.into();
    // One call for all: Python takes its time to start.
    let asked = json!([
        registration(&options.challenge.0, &good),
        registration(OTHER, &good),
        registration(&options.challenge.0, &spoilt),
    ]);
    let told = foreign::python_verifier().input(&asked.to_string()).printed();
    let verdicts: Vec<_> = told.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(verdicts, ["verified", "refused:", "refused:"], "{told}");
}

/// A sign-in with the new credential, as a browser would ask for it.
fn assertion(written: &Written) -> Value {
    let challenge = "c2lnbiBpbg";
    let client_data = json!({
        "type": "webauthn.get", "challenge": challenge, "origin": format!("https://{RP}"),
    });
    let client_data = client_data.to_string();
    let signed = signed_by_the_key(written, client_data.as_bytes());
    let [_, _, authenticator_data, signature] = signed.lines().collect::<Vec<_>>()[..] else {
        panic!("{signed}")
    };
    let authenticator_data = BASE64_STANDARD.decode(authenticator_data).unwrap();
    // A head of two bytes: those of an assertion are 24 to 255 bytes long.
    assert_eq!(usize::from(authenticator_data[1]), authenticator_data.len() - 2);
    json!({
        "challenge": challenge,
        "client_data": BASE64_URL_SAFE_NO_PAD.encode(&client_data),
        "authenticator_data": BASE64_URL_SAFE_NO_PAD.encode(&authenticator_data[2..]),
        "signature": BASE64_URL_SAFE_NO_PAD.encode(BASE64_STANDARD.decode(signature).unwrap()),
    })
}

fn a_key_prepared_by_libfido2_is_understood(kind: Kind) {
    let plugged = Plugged::blank(kind);
    let node = plugged.node();
    Program::new("fido2-token").args(["-S", &node]).new_pin(PIN).output();
    let asked = format!(
        "{}\ngithub.com\nBo Ek\n{}\n",
        BASE64_STANDARD.encode(Sha256::digest(b"challenge")),
        BASE64_STANDARD.encode(b"bo"),
    );
    let folder = tempfile::tempdir().unwrap();
    let asked_file = folder.path().join("asked");
    std::fs::write(&asked_file, asked).unwrap();
    Program::new("fido2-cred")
        .args(["-M", "-r", "-v", "-i", asked_file.to_str().unwrap(), &node])
        .pin(PIN)
        .output();
    run(async {
        let facts: KeyFacts = plugged.key.facts().await.unwrap();
        assert!(matches!(facts.pin, PinState::Set { .. }), "{:?}", facts.pin);
        plugged.key.check_pin(&pin(PIN)).await.unwrap();
        let held = plugged.key.credentials(&pin(PIN)).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(
            (held[0].rp_id.as_str(), held[0].user_id.as_slice()),
            ("github.com", &b"bo"[..])
        );
        assert_eq!(held[0].user_name, "Bo Ek");
    });
}

/// A CBOR byte string (RFC 8949, 3.1), as libfido2's tools write authenticator data.
fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut encoded = match length {
        24..=255 => vec![0x58, length as u8],
        _ => [vec![0x59], length.to_be_bytes().to_vec()].concat(),
    };
    encoded.extend(bytes);
    encoded
}
