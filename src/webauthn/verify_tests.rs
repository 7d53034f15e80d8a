//! What passes the local verification and what does not. Keys and certificates are made here.

use super::auth_data::{AuthDataError, Flags};
use super::cbor::Writer;
use super::verify::CertificateFault;
use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

const RP: &str = "login.microsoft.com";
const MODEL: Aaguid = Aaguid([0x2f; 16]);
const ID: &[u8] = b"a credential id!";

fn p256() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn sign(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

fn expectation() -> Expectation {
    Expectation {
        rp_id: RP.into(),
        algorithms: vec![algorithm::ES256, algorithm::EDDSA, algorithm::RS256],
        exclude: vec![CredentialId(b"another".to_vec())],
        user_verification_required: true,
        reservation: None,
    }
}

fn client_data() -> ClientData {
    ClientData::create(&Challenge("Y2hhbGxlbmdlIG9mIHRlc3Rz".into()), RP)
}

fn cose_es256(key: &EcdsaKeyPair) -> Vec<u8> {
    let point = key.public_key().as_ref();
    let mut cose = Writer::default();
    cose.map(5).integer(1).integer(2).integer(3).integer(-7).integer(-1).integer(1);
    cose.integer(-2).bytes(&point[1..33]).integer(-3).bytes(&point[33..65]);
    cose.finish()
}

fn cose_ed25519(key: &Ed25519KeyPair) -> Vec<u8> {
    let mut cose = Writer::default();
    cose.map(4).integer(1).integer(1).integer(3).integer(-8).integer(-1).integer(6);
    cose.integer(-2).bytes(key.public_key().as_ref());
    cose.finish()
}

/// The flags of a good registration, credProtect and hmac-secret among its outputs.
const GOOD: u8 = Flags::USER_PRESENT | Flags::USER_VERIFIED | Flags::ATTESTED | Flags::EXTENSIONS;

fn auth_data(rp_id: &str, flags: u8, cose: &[u8]) -> Vec<u8> {
    let mut data = Sha256::digest(rp_id.as_bytes()).to_vec();
    data.push(flags);
    data.extend([0, 0, 0, 1]);
    if flags & Flags::ATTESTED != 0 {
        data.extend(MODEL.0);
        data.extend((ID.len() as u16).to_be_bytes());
        data.extend(ID);
        data.extend(cose);
    }
    if flags & Flags::EXTENSIONS != 0 {
        data.extend(b"\xa2\x6bcredProtect\x01\x6bhmac-secret\xf5");
    }
    data
}

fn packed(auth_data: Vec<u8>, signature: Vec<u8>, x5c: Vec<Vec<u8>>) -> MadeCredential {
    MadeCredential {
        format: "packed".into(),
        auth_data,
        algorithm: Some(algorithm::ES256),
        signature,
        x5c,
    }
}

fn signed_part(auth_data: &[u8]) -> Vec<u8> {
    [auth_data, &client_data().hash()].concat()
}

fn self_attested(rp_id: &str, flags: u8) -> MadeCredential {
    let key = p256();
    let data = auth_data(rp_id, flags, &cose_es256(&key));
    let signature = sign(&key, &signed_part(&data));
    packed(data, signature, Vec::new())
}

/// Attested by a certificate made from `shape`.
fn attested(shape: &Shape) -> MadeCredential {
    let batch = p256();
    let data = auth_data(RP, GOOD, &cose_es256(&p256()));
    let signature = sign(&batch, &signed_part(&data));
    packed(data, signature, vec![certificate(&batch, shape)])
}

fn check(made: &MadeCredential) -> Result<NewCredential, VerifyError> {
    verify(&expectation(), &client_data(), made)
}

#[test]
fn a_key_with_a_batch_certificate_passes() {
    let made = attested(&Shape::default());
    let new = check(&made).unwrap();
    assert_eq!(new.id.0, ID);
    assert_eq!(new.aaguid, MODEL);
    assert_eq!(new.extension_results, r#"{"credProtect":1,"hmac-secret":true}"#);
    assert_eq!(attestation::parse(&new.attestation_object).unwrap(), made);
}

#[test]
fn self_attestation_passes_with_either_algorithm() {
    assert!(check(&self_attested(RP, GOOD)).is_ok());
    let key = Ed25519KeyPair::generate().unwrap();
    let data = auth_data(RP, GOOD, &cose_ed25519(&key));
    let signature = key.sign(&signed_part(&data)).as_ref().to_vec();
    let made =
        MadeCredential { algorithm: Some(algorithm::EDDSA), ..packed(data, signature, Vec::new()) };
    assert!(check(&made).is_ok());
}

#[test]
fn attestation_none_passes_without_a_statement_only() {
    let none = MadeCredential {
        format: "none".into(),
        algorithm: None,
        ..packed(auth_data(RP, GOOD, &cose_es256(&p256())), Vec::new(), Vec::new())
    };
    assert!(check(&none).is_ok());
    let signed = MadeCredential { signature: vec![1], ..none.clone() };
    assert_eq!(check(&signed), Err(VerifyError::Statement));
    let tpm = MadeCredential { format: "tpm".into(), ..none };
    assert_eq!(check(&tpm), Err(VerifyError::Format("tpm".into())));
}

#[test]
fn another_relying_party_is_refused() {
    assert_eq!(check(&self_attested("login.example", GOOD)), Err(VerifyError::RelyingParty));
    let other = ClientData::create(&Challenge("AA".into()), "login.example");
    assert_eq!(
        verify(&expectation(), &other, &self_attested(RP, GOOD)),
        Err(VerifyError::ClientData)
    );
}

#[test]
fn touch_and_pin_must_be_flagged() {
    let without = |flag: u8| check(&self_attested(RP, GOOD & !flag));
    assert_eq!(without(Flags::USER_PRESENT), Err(VerifyError::FlagMissing("user present")));
    assert_eq!(without(Flags::USER_VERIFIED), Err(VerifyError::FlagMissing("user verified")));
    assert_eq!(without(Flags::ATTESTED), Err(VerifyError::NoCredential));
    let made = self_attested(RP, GOOD & !Flags::USER_VERIFIED);
    let lax = Expectation { user_verification_required: false, ..expectation() };
    assert!(verify(&lax, &client_data(), &made).is_ok());
}

#[test]
fn an_excluded_credential_is_refused() {
    let expected = Expectation { exclude: vec![CredentialId(ID.to_vec())], ..expectation() };
    assert_eq!(
        verify(&expected, &client_data(), &self_attested(RP, GOOD)),
        Err(VerifyError::Excluded)
    );
}

#[test]
fn an_algorithm_that_was_not_asked_for_is_refused() {
    let expected = Expectation { algorithms: vec![algorithm::EDDSA], ..expectation() };
    assert_eq!(
        verify(&expected, &client_data(), &self_attested(RP, GOOD)),
        Err(VerifyError::AlgorithmNotAsked(algorithm::ES256))
    );
    // An RSA credential: asked for, but not to be checked here.
    let mut rsa = Writer::default();
    rsa.map(4).integer(1).integer(3).integer(3).integer(-257);
    rsa.integer(-1).bytes(&[1; 256]).integer(-2).bytes(&[1, 0, 1]);
    let made = packed(auth_data(RP, GOOD, &rsa.finish()), vec![1], Vec::new());
    assert_eq!(check(&made), Err(VerifyError::AlgorithmUnknown(algorithm::RS256)));
}

#[test]
fn a_changed_byte_anywhere_in_what_was_signed_is_noticed() {
    let made = attested(&Shape::default());
    for at in 0..made.auth_data.len() {
        let mut bent = made.clone();
        bent.auth_data[at] ^= 1;
        assert!(check(&bent).is_err(), "byte {at}");
    }
    let other = ClientData::create(&Challenge("b3RoZXIgY2hhbGxlbmdl".into()), RP);
    assert_eq!(verify(&expectation(), &other, &made), Err(VerifyError::Signature));
}

#[test]
fn self_attestation_by_another_key_or_algorithm_is_refused() {
    let data = auth_data(RP, GOOD, &cose_es256(&p256()));
    let foreign = sign(&p256(), &signed_part(&data));
    let made = packed(data, foreign, Vec::new());
    assert_eq!(check(&made), Err(VerifyError::Signature));
    let renamed = MadeCredential { algorithm: Some(algorithm::EDDSA), ..made };
    assert_eq!(check(&renamed), Err(VerifyError::Statement));
}

#[test]
fn a_certificate_without_the_model_extension_passes() {
    assert!(check(&attested(&Shape { model: None, ..Shape::default() })).is_ok());
}

#[test]
fn certificates_that_break_the_rules_are_refused_by_cause() {
    let shape = Shape::default;
    for (shape, fault) in [
        (Shape { model: Some(Aaguid([0x30; 16])), ..shape() }, CertificateFault::Model),
        (Shape { authority: true, ..shape() }, CertificateFault::Authority),
        (Shape { unit: "Authenticator", ..shape() }, CertificateFault::Subject),
        (Shape { version_3: false, ..shape() }, CertificateFault::Version),
    ] {
        assert_eq!(check(&attested(&shape)), Err(VerifyError::Certificate(fault)));
    }
    let mut long = attested(&shape());
    long.x5c[0].push(0);
    assert_eq!(check(&long), Err(VerifyError::Certificate(CertificateFault::Unreadable)));
    let mismatched = MadeCredential { algorithm: Some(algorithm::RS256), ..attested(&shape()) };
    assert_eq!(check(&mismatched), Err(VerifyError::Certificate(CertificateFault::Key)));
}

#[test]
fn a_certificate_cut_at_any_byte_is_refused() {
    let made = attested(&Shape::default());
    for end in 0..made.x5c[0].len() {
        let mut cut = made.clone();
        cut.x5c[0].truncate(end);
        assert!(matches!(check(&cut), Err(VerifyError::Certificate(_))), "cut at {end}");
    }
}

#[test]
fn unreadable_authenticator_data_is_refused() {
    let made = packed(vec![0; 36], Vec::new(), Vec::new());
    assert_eq!(check(&made), Err(VerifyError::AuthData(AuthDataError::Truncated)));
}

struct Shape {
    model: Option<Aaguid>,
    authority: bool,
    unit: &'static str,
    version_3: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            model: Some(MODEL),
            authority: false,
            unit: "Authenticator Attestation",
            version_3: true,
        }
    }
}

const ECDSA_WITH_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const EC_KEY_P256: &[u8] =
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const MODEL_EXTENSION: &[u8] = b"\x06\x0b\x2b\x06\x01\x04\x01\x82\xe5\x1c\x01\x01\x04";

/// A certificate in DER, signed by its own key.
fn certificate(key: &EcdsaKeyPair, shape: &Shape) -> Vec<u8> {
    let version: &[u8] = if shape.version_3 { b"\xa0\x03\x02\x01\x02" } else { b"" };
    let algorithm = der(0x30, &[ECDSA_WITH_SHA256]);
    let name = name(shape.unit);
    let time = der(0x17, &[b"200101000000Z"]);
    let validity = der(0x30, &[&time, &der(0x17, &[b"491231235959Z"])]);
    let point = der(0x03, &[&[0], key.public_key().as_ref()]);
    let public_key = der(0x30, &[&der(0x30, &[EC_KEY_P256]), &point]);
    let extensions = if shape.version_3 { extensions(shape) } else { Vec::new() };
    let serial: &[u8] = b"\x02\x01\x07";
    let parts = [version, serial, &algorithm, &name, &validity, &name, &public_key, &extensions];
    let body = der(0x30, &parts);
    let signature = der(0x03, &[&[0], &sign(key, &body)]);
    der(0x30, &[&body, &algorithm, &signature])
}

fn name(unit: &str) -> Vec<u8> {
    let part = |kind: u8, text: &str| {
        let oid = [0x06, 0x03, 0x55, 0x04, kind];
        der(0x31, &[&der(0x30, &[&oid, &der(0x0c, &[text.as_bytes()])])])
    };
    der(0x30, &[&part(6, "SE"), &part(10, "Larkfield"), &part(11, unit), &part(3, "Batch 1")])
}

fn extensions(shape: &Shape) -> Vec<u8> {
    let constraints: &[u8] = if shape.authority { b"\x30\x03\x01\x01\xff" } else { b"\x30\x00" };
    let critical: &[u8] = b"\x01\x01\xff";
    let mut list = der(0x30, &[b"\x06\x03\x55\x1d\x13", critical, &der(0x04, &[constraints])]);
    if let Some(model) = shape.model {
        let wrapped = der(0x04, &[&der(0x04, &[&model.0])]);
        list.extend(der(0x30, &[MODEL_EXTENSION, &wrapped]));
    }
    der(0xa3, &[&der(0x30, &[&list])])
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        short @ 0..=127 => out.push(short as u8),
        long => {
            out.push(0x82);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend(body);
    out
}
