//! Batch attestation of virtual keys: one key and certificate per model, issued by one practice CA.
//!
//! All private keys are derived from published constants, so that another process makes the same
//! ones: what a virtual key attested before a crash still verifies after it. They prove nothing.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};

use super::BuildError;
use crate::sync::lock;

/// Thirty-two bytes below the order of P-256, known to everybody.
const CA_SCALAR: [u8; 32] = *b"Keydesk practice CA, not secret!";
/// With the AAGUID behind it, the attestation key of a model.
const MODEL_SCALAR: [u8; 16] = *b"Practice model: ";
/// id-fido-gen-ce-aaguid (WebAuthn, 8.2.1).
const AAGUID_EXTENSION: [u64; 10] = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];
/// PKCS #8 of a P-256 key, up to the scalar.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// What a model signs its attestations with.
pub(super) struct Attestation {
    /// The scalar of the P-256 key.
    pub(super) private_key: [u8; 32],
    /// X.509, DER.
    pub(super) certificate: Vec<u8>,
}

type Models = HashMap<[u8; 16], Arc<Attestation>>;

/// The certificate of the CA that issues the attestation certificates of all virtual keys, X.509
/// in DER. Its key is public: trust it in practice only.
///
/// # Errors
/// [`BuildError::Attestation`] if the certificate can't be made.
pub fn root() -> Result<Vec<u8>, BuildError> {
    let certificate = ca_params()
        .and_then(|params| params.self_signed(&key_pair(&CA_SCALAR)?))
        .map_err(refused)?;
    Ok(certificate.der().to_vec())
}

/// The attestation of a model, made once.
pub(super) fn of_model(aaguid: [u8; 16]) -> Result<Arc<Attestation>, BuildError> {
    static MODELS: LazyLock<Mutex<Models>> = LazyLock::new(Mutex::default);
    let known = lock(&MODELS).get(&aaguid).cloned();
    if let Some(attestation) = known {
        return Ok(attestation);
    }
    let made = Arc::new(issue(aaguid).map_err(refused)?);
    lock(&MODELS).insert(aaguid, Arc::clone(&made));
    Ok(made)
}

fn refused(error: rcgen::Error) -> BuildError {
    BuildError::Attestation(error.to_string())
}

fn issue(aaguid: [u8; 16]) -> Result<Attestation, rcgen::Error> {
    let mut private_key = [0; 32];
    private_key[..16].copy_from_slice(&MODEL_SCALAR);
    private_key[16..].copy_from_slice(&aaguid);
    let issuer = Issuer::new(ca_params()?, key_pair(&CA_SCALAR)?);
    let mut params = params("Practice key attestation", "Authenticator Attestation")?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.serial_number = Some(SerialNumber::from_slice(&aaguid[..8]));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.custom_extensions = vec![aaguid_extension(aaguid)];
    let certificate = params.signed_by(&key_pair(&private_key)?, &issuer)?;
    Ok(Attestation { private_key, certificate: certificate.der().to_vec() })
}

fn aaguid_extension(aaguid: [u8; 16]) -> CustomExtension {
    const OCTET_STRING_OF_16: [u8; 2] = [0x04, 0x10];
    let content = [&OCTET_STRING_OF_16[..], &aaguid].concat();
    CustomExtension::from_oid_content(&AAGUID_EXTENSION, content)
}

fn ca_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = params("Practice key CA", "Practice")?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.serial_number = Some(SerialNumber::from_slice(&[1]));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// Subject and validity as packed attestation demands (WebAuthn, 8.2.1).
fn params(common_name: &str, unit: &str) -> Result<CertificateParams, rcgen::Error> {
    let country = PrintableString::try_from("SE")?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, DnValue::PrintableString(country));
    subject.push(DnType::OrganizationName, "Keydesk practice");
    subject.push(DnType::OrganizationalUnitName, unit);
    subject.push(DnType::CommonName, common_name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    Ok(params)
}

fn key_pair(scalar: &[u8; 32]) -> Result<KeyPair, rcgen::Error> {
    KeyPair::try_from([&PKCS8[..], scalar].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_keeps_its_attestation() {
        let first = of_model([3; 16]).expect("issued");
        let second = of_model([3; 16]).expect("issued");
        assert!(Arc::ptr_eq(&first, &second));
        let other = of_model([4; 16]).expect("issued");
        assert_ne!(first.private_key, other.private_key);
    }

    #[test]
    fn the_certificate_carries_the_aaguid_and_the_unit() {
        let attestation = of_model([0xA7; 16]).expect("issued");
        let holds =
            |part: &[u8]| attestation.certificate.windows(part.len()).any(|window| window == part);
        assert!(holds(&[[0x04, 0x12, 0x04, 0x10].as_slice(), &[0xA7; 16]].concat()));
        assert!(holds(b"Authenticator Attestation"));
    }

    #[test]
    fn the_root_has_the_same_key_each_time() {
        let key = |der: Vec<u8>| {
            key_pair(&CA_SCALAR).map(|k| {
                let raw = k.public_key_raw().to_vec();
                der.windows(raw.len()).any(|window| window == raw)
            })
        };
        assert_eq!(key(root().expect("made")), Ok(true));
        assert_eq!(key(root().expect("made")), Ok(true));
    }
}
