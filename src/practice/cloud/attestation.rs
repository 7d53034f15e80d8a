//! Attestation objects as the server takes them apart and verifies them: formats `packed` and
//! `none` (Web Authentication Level 2, 8.2 and 8.7).

use super::auth_data::{AuthData, PublicKey};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ciborium::Value;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::X509Version;

/// id-fido-gen-ce-aaguid
const AAGUID_EXTENSION: &str = "1.3.6.1.4.1.45724.1.1.4";
/// DER: an octet string of 16 bytes.
const OCTETS_16: [u8; 2] = [0x04, 16];

pub(super) struct AttestationObject {
    pub format: String,
    pub auth_data: Vec<u8>,
    statement: Vec<(Value, Value)>,
}

/// What the attestation showed.
pub(super) struct Attested {
    /// SHA-1 of each certificate, hexadecimal; empty for self attestation and `none`.
    pub thumbprints: Vec<String>,
}

/// # Errors
/// What is wrong, for the refusal's message.
pub(super) fn parse(mut bytes: &[u8]) -> Result<AttestationObject, String> {
    let object: Value = ciborium::from_reader(&mut bytes).map_err(|_| "not CBOR")?;
    if !bytes.is_empty() {
        return Err("bytes left over".into());
    }
    let entries = object.into_map().map_err(|_| "not a map")?;
    if entries.len() != 3 {
        return Err("not the three members fmt, attStmt, authData".into());
    }
    let member = |name| find(&entries, name).cloned();
    Ok(AttestationObject {
        format: member("fmt").and_then(|v| v.into_text().ok()).ok_or("no fmt")?,
        statement: member("attStmt").and_then(|v| v.into_map().ok()).ok_or("no attStmt")?,
        auth_data: member("authData").and_then(|v| v.into_bytes().ok()).ok_or("no authData")?,
    })
}

/// Verifies the statement over authenticator data and client data hash.
///
/// # Errors
/// What is wrong, for the refusal's message.
pub(super) fn verify(
    object: &AttestationObject,
    auth_data: &AuthData,
    client_data_hash: &[u8],
) -> Result<Attested, String> {
    match object.format.as_str() {
        "none" if object.statement.is_empty() => Ok(Attested { thumbprints: Vec::new() }),
        "none" => Err("format none with a statement".into()),
        "packed" => packed(object, auth_data, client_data_hash),
        other => Err(format!("format '{other}' is not supported")),
    }
}

fn packed(
    object: &AttestationObject,
    auth_data: &AuthData,
    client_data_hash: &[u8],
) -> Result<Attested, String> {
    let algorithm = find(&object.statement, "alg")
        .and_then(Value::as_integer)
        .and_then(|number| i64::try_from(number).ok())
        .ok_or("no alg")?;
    let signature = find(&object.statement, "sig").and_then(Value::as_bytes).ok_or("no sig")?;
    let signed = [object.auth_data.as_slice(), client_data_hash].concat();
    match find(&object.statement, "x5c") {
        Some(chain) => {
            by_certificate(&certificates(chain)?, algorithm, auth_data, &signed, signature)
        }
        None => {
            if algorithm != auth_data.public_key.algorithm() {
                return Err("the statement's algorithm is not the credential's".into());
            }
            check_self_signature(&auth_data.public_key, &signed, signature)?;
            Ok(Attested { thumbprints: Vec::new() })
        }
    }
}

fn by_certificate(
    chain: &[&[u8]],
    algorithm: i64,
    auth_data: &AuthData,
    signed: &[u8],
    signature: &[u8],
) -> Result<Attested, String> {
    let leaf_der = chain.first().ok_or("x5c is empty")?;
    let (rest, leaf) = x509_parser::parse_x509_certificate(leaf_der)
        .map_err(|_| "the certificate is unreadable")?;
    if !rest.is_empty() {
        return Err("bytes left over after the certificate".into());
    }
    let key = &leaf.public_key().subject_public_key.data;
    match algorithm {
        -7 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(signed, signature),
        -257 => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed, signature),
        other => return Err(format!("attestation algorithm {other} is not supported")),
    }
    .map_err(|_| "the signature is not the certificate's")?;
    check_certificate(&leaf, auth_data.aaguid)?;
    let thumbprints = chain.iter().map(|der| thumbprint(der)).collect();
    Ok(Attested { thumbprints })
}

/// Certificate requirements for packed attestation (Web Authentication Level 2, 8.2.1).
fn check_certificate(leaf: &X509Certificate<'_>, aaguid: [u8; 16]) -> Result<(), String> {
    if leaf.version() != X509Version::V3 {
        return Err("the certificate is not version 3".into());
    }
    let subject = leaf.subject();
    let unit = subject.iter_organizational_unit().next().and_then(|unit| unit.as_str().ok());
    if unit != Some("Authenticator Attestation") {
        return Err("the certificate's subject OU is not 'Authenticator Attestation'".into());
    }
    let named = [
        subject.iter_country().next(),
        subject.iter_organization().next(),
        subject.iter_common_name().next(),
    ];
    if named.iter().any(Option::is_none) {
        return Err("the certificate's subject lacks C, O or CN".into());
    }
    let constraints =
        leaf.basic_constraints().map_err(|_| "the certificate's basic constraints are doubled")?;
    if constraints.is_some_and(|constraints| constraints.value.ca) {
        return Err("the certificate is an authority's".into());
    }
    let Some(extension) =
        leaf.extensions().iter().find(|e| e.oid.to_id_string() == AAGUID_EXTENSION)
    else {
        return Ok(());
    };
    if extension.critical || extension.value != [OCTETS_16.as_slice(), &aaguid].concat() {
        return Err("the certificate's AAGUID is not the authenticator's".into());
    }
    Ok(())
}

fn check_self_signature(key: &PublicKey, signed: &[u8], signature: &[u8]) -> Result<(), String> {
    match key {
        PublicKey::P256(point) => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
        }
        PublicKey::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature),
        PublicKey::Other(algorithm) => {
            return Err(format!("algorithm {algorithm} is not supported"));
        }
    }
    .map_err(|_| "the signature is not the credential's".into())
}

fn certificates(chain: &Value) -> Result<Vec<&[u8]>, String> {
    let chain = chain.as_array().ok_or("x5c is not a list")?;
    chain
        .iter()
        .map(|der| der.as_bytes().map(Vec::as_slice).ok_or_else(|| "x5c holds no bytes".to_owned()))
        .collect()
}

fn thumbprint(der: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn find<'a>(entries: &'a [(Value, Value)], name: &str) -> Option<&'a Value> {
    entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}
