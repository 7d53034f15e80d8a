//! What the factory puts into a key's flash: a batch attestation key and its certificate.

use std::sync::LazyLock;

use littlefs2_core::{Path, path};
use rcgen::{CertificateParams, CustomExtension, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256};
use trussed::store::Store as _;
use trussed::virt::Store;

/// The AAGUID of the rig's Trussed keys: no real model's.
pub const AAGUID: [u8; 16] = *b"keydesk-trussed!";

/// id-fido-gen-ce-aaguid (WebAuthn, 8.2.1).
const AAGUID_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

/// A key file of Trussed: flags (sensitive), kind 5 (P-256), the private number.
const KEY_HEADER: [u8; 4] = [0x00, 0x02, 0x00, 0x05];

const KEY: &Path = path!("fido/sec/00");
const CERTIFICATE: &Path = path!("fido/x5c/00");

struct Batch {
    key_file: Vec<u8>,
    certificate: Vec<u8>,
}

/// One batch for all keys of this process, as a factory makes them.
static BATCH: LazyLock<Batch> = LazyLock::new(make_batch);

/// Writes key and certificate where the authenticator looks for them.
///
/// # Panics
/// If the flash is full or broken: the key is of no use then.
#[allow(clippy::expect_used)] // a broken test key must be loud
pub fn provision(store: &Store<'_>) {
    for (file, content) in [(KEY, &BATCH.key_file), (CERTIFICATE, &BATCH.certificate)] {
        if let Some(folder) = file.parent() {
            store.ifs().create_dir_all(&folder).expect("a folder in the key's flash");
        }
        if !store.ifs().exists(file) {
            store.ifs().write(file, content).expect("a file in the key's flash");
        }
    }
}

#[allow(clippy::expect_used)] // constant input
fn make_batch() -> Batch {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a P-256 key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CountryName, "SE");
    params.distinguished_name.push(DnType::OrganizationName, "Keydesk rig");
    params.distinguished_name.push(DnType::OrganizationalUnitName, "Authenticator Attestation");
    params.distinguished_name.push(DnType::CommonName, "Trussed batch");
    params.is_ca = IsCa::ExplicitNoCa;
    let mut aaguid = vec![0x04, 0x10];
    aaguid.extend(AAGUID);
    params.custom_extensions.push(CustomExtension::from_oid_content(AAGUID_EXTENSION, aaguid));
    let certificate = params.self_signed(&key).expect("a certificate");
    let mut key_file = KEY_HEADER.to_vec();
    key_file.extend(private_number(&key.serialize_der()));
    Batch { key_file, certificate: certificate.der().to_vec() }
}

/// The 32 bytes of the private key in a PKCS #8 text: the octet string after version 1 of the
/// inner ECPrivateKey (RFC 5915).
#[allow(clippy::expect_used)] // as rcgen writes it
fn private_number(pkcs8: &[u8]) -> Vec<u8> {
    const BEFORE: [u8; 5] = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = pkcs8.windows(5).position(|bytes| bytes == BEFORE).expect("an EC private key");
    pkcs8[at + 5..at + 37].to_vec()
}
