//! A certificate and its key out of a PFX (PKCS#12) file, such as Windows exports.

use super::credential::key_pair;
use crate::problem::{Detail, Explain};
use crate::secrets::SecretText;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use zeroize::Zeroizing;

/// Longest line of a PEM text (RFC 7468, 2).
const PEM_LINE: usize = 64;

/// What a PFX file holds, in the form the settings and the keyring take.
pub struct Pfx {
    /// For the certificate file; public.
    pub certificate_pem: String,
    /// For the keyring.
    pub key_pem: SecretText,
}

/// Why a PFX file can't be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum PfxError {
    #[error("wrong password")]
    WrongPassword,
    /// Without a key (or with one that isn't RSA of 2048 bits or more) or without its certificate.
    #[error("no key with its certificate")]
    NoPair,
    #[error("unreadable: {0}")]
    Unreadable(String),
}

impl Pfx {
    /// The key and the certificate that belongs to it; others in the file are left alone.
    ///
    /// # Errors
    /// [`PfxError`] by cause.
    pub fn read(bytes: &[u8], password: &SecretText) -> Result<Self, PfxError> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password.expose()).map_err(cause)?;
        for key in &archive.keys {
            let key = key.key.as_der();
            let fits = |certificate: &&[u8]| key_pair(certificate, key).is_ok();
            let mut certificates = archive.certs.iter().map(|bag| bag.cert.as_der());
            if let Some(certificate) = certificates.find(fits) {
                return Ok(Self {
                    certificate_pem: pem("CERTIFICATE", certificate).as_str().to_owned(),
                    key_pem: SecretText::new(pem("PRIVATE KEY", key).as_str()),
                });
            }
        }
        Err(PfxError::NoPair)
    }
}

fn cause(error: Error) -> PfxError {
    match error {
        // Without a check sum a wrong password shows itself in the padding.
        Error::MacError(_) | Error::UnpadError => PfxError::WrongPassword,
        other => PfxError::Unreadable(other.to_string()),
    }
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let lines = (der.len().div_ceil(3) * 4).div_ceil(PEM_LINE);
    let mut text = Zeroizing::new(String::with_capacity(lines * (PEM_LINE + 1) + 100));
    let base64 = Zeroizing::new(STANDARD.encode(der));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, left) = rest.split_at(rest.len().min(PEM_LINE));
        text.extend([line, "\n"]);
        rest = left;
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

impl Explain for PfxError {
    fn what(&self) -> String {
        match self {
            Self::WrongPassword => "The password does not open the certificate file".into(),
            Self::NoPair => "The file holds no RSA key together with its certificate".into(),
            Self::Unreadable(_) => "The certificate file can't be read".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::WrongPassword => "Enter the password that the file was exported with".into(),
            Self::NoPair => {
                "Export the certificate again with its private key, as a PFX file".into()
            }
            Self::Unreadable(_) => {
                "Choose a PFX file, or export the certificate again; the details say what is wrong"
                    .into()
            }
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Unreadable(reason) => vec![Detail::new("reason", reason.clone())],
            Self::WrongPassword | Self::NoPair => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Credential;
    use super::*;
    use p12_keystore::{
        Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
        PrivateKeyChain,
    };

    fn pair() -> (rcgen::KeyPair, rcgen::Certificate) {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
        (key, certificate)
    }

    fn file(key: &rcgen::KeyPair, certificates: &[&rcgen::Certificate], old: bool) -> Vec<u8> {
        let certificates = certificates.iter().map(|one| Certificate::from_der(one.der()).unwrap());
        let key = PrivateKey::from_der(&key.serialize_der()).unwrap();
        let mut store = KeyStore::new();
        let chain = PrivateKeyChain::new(b"id-1".to_vec(), key, certificates);
        store.add_entry("one", KeyStoreEntry::PrivateKeyChain(chain));
        let writer = store.writer("pass w\u{f6}rd").encryption_iterations(1000);
        if old {
            let writer =
                writer.encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc);
            writer.mac_algorithm(MacAlgorithm::HmacSha1).write().unwrap()
        } else {
            writer.write().unwrap()
        }
    }

    fn password(text: &str) -> SecretText {
        SecretText::new(text)
    }

    #[test]
    fn new_and_old_files_give_a_certificate_and_a_key_that_sign_in() {
        let (key, certificate) = pair();
        for old in [false, true] {
            let pfx = Pfx::read(&file(&key, &[&certificate], old), &password("pass w\u{f6}rd"));
            let pfx = pfx.map_err(|error| error.to_string()).unwrap_or_else(|e| panic!("{e}"));
            let read = Credential::from_pem(pfx.certificate_pem.as_bytes(), &pfx.key_pem).unwrap();
            let Credential::Certificate { der, .. } = read else { panic!("another kind") };
            assert_eq!(der, certificate.der().to_vec());
        }
    }

    #[test]
    fn the_certificate_of_the_key_is_taken_and_not_that_of_its_issuer() {
        let (key, certificate) = pair();
        let (_, other) = pair();
        let bytes = file(&key, &[&other, &certificate], false);
        let pfx = Pfx::read(&bytes, &password("pass w\u{f6}rd"));
        let pem = pfx.map(|pfx| pfx.certificate_pem).unwrap();
        assert!(Credential::from_pem(pem.as_bytes(), &password(&key.serialize_pem())).is_ok());
    }

    #[test]
    fn each_fault_is_told_apart() {
        let (key, certificate) = pair();
        let good = file(&key, &[&certificate], false);
        let fault = |bytes: &[u8], text: &str| Pfx::read(bytes, &password(text)).err();
        assert_eq!(fault(&good, "wrong"), Some(PfxError::WrongPassword));
        let (_, other) = pair();
        let foreign = file(&key, &[&other], false);
        assert_eq!(fault(&foreign, "pass w\u{f6}rd"), Some(PfxError::NoPair));
        for garbage in [&b""[..], b"-----BEGIN CERTIFICATE-----", &good[..good.len() / 2]] {
            assert!(matches!(fault(garbage, "x"), Some(PfxError::Unreadable(_))));
        }
    }
}
