//! A new credential is verified here before anything is sent (WebAuthn level 3, 7.1 and 8.2).
//!
//! Certificates are not chained to a root: which models are trusted is the directory's decision.

use super::attestation::{self, AttestationError};
use super::auth_data::{self, AttestedCredential, AuthDataError, Flags, PublicKey};
use super::{Aaguid, ClientData, Expectation, MadeCredential, NewCredential, algorithm};
use crate::problem::{Detail, Explain};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

/// Why a new credential must not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("nothing has been made yet")]
    NothingMade,
    #[error("attestation object: {0}")]
    Attestation(#[from] AttestationError),
    #[error("authenticator data: {0}")]
    AuthData(#[from] AuthDataError),
    #[error("client data is not of this registration")]
    ClientData,
    #[error("made for another relying party")]
    RelyingParty,
    #[error("flag {0} not set")]
    FlagMissing(&'static str),
    #[error("no credential in it")]
    NoCredential,
    #[error("credential is registered already")]
    Excluded,
    #[error("algorithm {0} was not asked for")]
    AlgorithmNotAsked(i64),
    #[error("algorithm {0} can't be verified")]
    AlgorithmUnknown(i64),
    #[error("attestation format {0}")]
    Format(String),
    #[error("attestation statement does not fit its format")]
    Statement,
    #[error("attestation certificate: {0}")]
    Certificate(CertificateFault),
    #[error("signature is wrong")]
    Signature,
}

/// What is wrong with an attestation certificate (WebAuthn level 3, 8.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("can't be read")]
    Unreadable,
    #[error("not version 3")]
    Version,
    #[error("of a certification authority")]
    Authority,
    #[error("subject's unit is not Authenticator Attestation")]
    Subject,
    #[error("for another model")]
    Model,
    #[error("key does not fit the algorithm")]
    Key,
}

impl Explain for VerifyError {
    fn what(&self) -> String {
        match self {
            Self::NothingMade => "The key has made no credential yet".into(),
            Self::RelyingParty => "The key made a credential for another service".into(),
            Self::FlagMissing(_) => "The key did not confirm the touch and the PIN".into(),
            Self::Excluded => "This credential is registered already".into(),
            Self::Format(_) | Self::AlgorithmNotAsked(_) | Self::AlgorithmUnknown(_) => {
                "The key's kind of attestation or algorithm is not accepted by the directory".into()
            }
            Self::Certificate(CertificateFault::Model) => {
                "The key's certificate is for another model than the key says it is".into()
            }
            _ => "What the key made can't be proved genuine; nothing was sent".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::NothingMade => "Try again".into(),
            _ => "Take another key for this person and put this one aside".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("verification", self.to_string())]
    }
}

/// Verifies what a key made against what was asked.
///
/// # Errors
/// The first thing that is wrong; then nothing may be sent.
pub fn verify(
    expected: &Expectation,
    client_data: &ClientData,
    made: &MadeCredential,
) -> Result<NewCredential, VerifyError> {
    if !client_data.registers_at(&expected.rp_id) {
        return Err(VerifyError::ClientData);
    }
    let data = auth_data::parse(&made.auth_data)?;
    if data.rp_id_hash != <[u8; 32]>::from(Sha256::digest(expected.rp_id.as_bytes())) {
        return Err(VerifyError::RelyingParty);
    }
    check_flags(expected, data.flags)?;
    let credential = data.credential.ok_or(VerifyError::NoCredential)?;
    check_credential(expected, &credential)?;
    let signed = [made.auth_data.as_slice(), &client_data.hash()].concat();
    check_statement(made, &credential, &signed)?;
    Ok(NewCredential {
        id: credential.id,
        client_data: client_data.clone(),
        attestation_object: attestation::object(made),
        aaguid: credential.aaguid,
        extension_results: data.extensions.map_or_else(|| "{}".into(), |json| json.to_string()),
        reservation: expected.reservation.clone(),
    })
}

fn check_flags(expected: &Expectation, flags: Flags) -> Result<(), VerifyError> {
    if !flags.has(Flags::USER_PRESENT) {
        return Err(VerifyError::FlagMissing("user present"));
    }
    if expected.user_verification_required && !flags.has(Flags::USER_VERIFIED) {
        return Err(VerifyError::FlagMissing("user verified"));
    }
    Ok(())
}

fn check_credential(
    expected: &Expectation,
    credential: &AttestedCredential,
) -> Result<(), VerifyError> {
    if expected.exclude.contains(&credential.id) {
        return Err(VerifyError::Excluded);
    }
    let algorithm = credential.public_key.algorithm();
    if !expected.algorithms.contains(&algorithm) {
        return Err(VerifyError::AlgorithmNotAsked(algorithm));
    }
    match &credential.public_key {
        PublicKey::Other { algorithm } => Err(VerifyError::AlgorithmUnknown(*algorithm)),
        _ => Ok(()),
    }
}

fn check_statement(
    made: &MadeCredential,
    credential: &AttestedCredential,
    signed: &[u8],
) -> Result<(), VerifyError> {
    match (made.format.as_str(), made.algorithm) {
        ("none", None) if made.signature.is_empty() && made.x5c.is_empty() => Ok(()),
        ("packed", Some(algorithm)) => match made.x5c.first() {
            None => self_attestation(algorithm, credential, signed, &made.signature),
            Some(leaf) => {
                basic_attestation(algorithm, leaf, credential.aaguid, signed, &made.signature)
            }
        },
        ("none" | "packed", _) => Err(VerifyError::Statement),
        (other, _) => Err(VerifyError::Format(other.chars().take(32).collect())),
    }
}

fn self_attestation(
    algorithm: i64,
    credential: &AttestedCredential,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if algorithm != credential.public_key.algorithm() {
        return Err(VerifyError::Statement);
    }
    match &credential.public_key {
        PublicKey::Es256 { x, y } => {
            let point = [&[4][..], x, y].concat();
            check_signature(&signature::ECDSA_P256_SHA256_ASN1, &point, signed, signature)
        }
        PublicKey::Ed25519 { x } => check_signature(&signature::ED25519, x, signed, signature),
        PublicKey::Other { algorithm } => Err(VerifyError::AlgorithmUnknown(*algorithm)),
    }
}

fn basic_attestation(
    algorithm: i64,
    leaf: &[u8],
    aaguid: Aaguid,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let fault = |fault| Err(VerifyError::Certificate(fault));
    let Ok(([], certificate)) = X509Certificate::from_der(leaf) else {
        return fault(CertificateFault::Unreadable);
    };
    if let Err(found) = check_certificate(&certificate, aaguid) {
        return fault(found);
    }
    let spki = certificate.public_key();
    let kind = spki.algorithm.algorithm.to_id_string();
    let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    let curve = curve.map(|oid| oid.to_id_string()).unwrap_or_default();
    let verification: &'static dyn VerificationAlgorithm =
        match (algorithm, kind.as_str(), curve.as_str()) {
            (algorithm::ES256, EC_KEY, P256) => &signature::ECDSA_P256_SHA256_ASN1,
            (algorithm::ES384, EC_KEY, P384) => &signature::ECDSA_P384_SHA384_ASN1,
            (algorithm::EDDSA, ED25519_KEY, _) => &signature::ED25519,
            (algorithm::RS256, RSA_KEY, _) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (algorithm::ES256 | algorithm::ES384 | algorithm::EDDSA | algorithm::RS256, ..) => {
                return fault(CertificateFault::Key);
            }
            _ => return Err(VerifyError::AlgorithmUnknown(algorithm)),
        };
    check_signature(verification, &spki.subject_public_key.data, signed, signature)
}

const EC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const ED25519_KEY: &str = "1.3.101.112";
const RSA_KEY: &str = "1.2.840.113549.1.1.1";
/// `id-fido-gen-ce-aaguid`: an OCTET STRING that wraps one of 16 bytes.
const AAGUID_EXTENSION: [u64; 10] = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

fn check_certificate(
    certificate: &X509Certificate<'_>,
    aaguid: Aaguid,
) -> Result<(), CertificateFault> {
    if certificate.version() != X509Version::V3 {
        return Err(CertificateFault::Version);
    }
    let constraints = certificate.basic_constraints().map_err(|_| CertificateFault::Unreadable)?;
    if constraints.is_some_and(|constraints| constraints.value.ca) {
        return Err(CertificateFault::Authority);
    }
    let units = certificate.subject().iter_organizational_unit();
    let attests = |unit: &str| unit == "Authenticator Attestation";
    if !units.into_iter().any(|unit| unit.as_str().is_ok_and(attests)) {
        return Err(CertificateFault::Subject);
    }
    let oid = Oid::from(&AAGUID_EXTENSION).map_err(|_| CertificateFault::Unreadable)?;
    let extension =
        certificate.get_extension_unique(&oid).map_err(|_| CertificateFault::Unreadable)?;
    match extension {
        None => Ok(()),
        Some(found) if found.value.strip_prefix(&[0x04, 0x10]) == Some(&aaguid.0[..]) => Ok(()),
        Some(_) => Err(CertificateFault::Model),
    }
}

fn check_signature(
    algorithm: &'static dyn VerificationAlgorithm,
    public_key: &[u8],
    signed: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    UnparsedPublicKey::new(algorithm, public_key)
        .verify(signed, signature)
        .map_err(|_| VerifyError::Signature)
}
