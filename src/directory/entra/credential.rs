//! Who signs in at the login endpoint, and with what.

use super::super::DirectoryError;
use super::super::openid::OperatorTokens;
use crate::secrets::SecretText;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use std::sync::Arc;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// An operator who is signed in, or what an unattended station keeps. Can't be printed; wiped when
/// dropped.
pub enum Credential {
    /// The person at the desk, with their own rights.
    Operator(Arc<OperatorTokens>),
    /// The application's client secret.
    Secret(SecretText),
    Certificate {
        /// The X.509 certificate as uploaded to the app registration.
        der: Vec<u8>,
        /// Its RSA private key: PKCS#8 DER, or the older PKCS#1.
        key_pkcs8: Zeroizing<Vec<u8>>,
    },
    /// A service account's password (ROPC), for stations that come from the runbook. It can't
    /// answer multi-factor authentication, so most tenants refuse it.
    LegacyPassword {
        /// User principal name.
        user: String,
        password: SecretText,
        /// Of the application, where it is a confidential one.
        secret: Option<SecretText>,
    },
}

impl Credential {
    /// A certificate and its key from PEM texts.
    ///
    /// # Errors
    /// [`DirectoryError::Settings`]: not PEM, not a certificate, not an RSA key, or a key that
    /// belongs to another certificate.
    pub fn from_pem(certificate: &[u8], key: &SecretText) -> Result<Self, DirectoryError> {
        let der = block(certificate, &["CERTIFICATE"])
            .ok_or_else(|| wrong("the certificate file holds no BEGIN CERTIFICATE block"))?;
        let key = block(key.expose().as_bytes(), &["PRIVATE KEY", "RSA PRIVATE KEY"])
            .ok_or_else(|| wrong("the certificate's key must be an unencrypted PEM private key"))?;
        key_pair(&der, &key)?;
        Ok(Self::Certificate { der: der.to_vec(), key_pkcs8: key })
    }
}

/// When a certificate's validity ends.
///
/// # Errors
/// [`DirectoryError::Settings`]: not PEM, or not a certificate.
pub fn certificate_end(certificate: &[u8]) -> Result<jiff::Timestamp, DirectoryError> {
    let der = block(certificate, &["CERTIFICATE"])
        .ok_or_else(|| wrong("the certificate file holds no BEGIN CERTIFICATE block"))?;
    let (_, certificate) =
        X509Certificate::from_der(&der).map_err(|_| wrong("the certificate can't be read"))?;
    jiff::Timestamp::from_second(certificate.validity().not_after.timestamp())
        .map_err(|_| wrong("the certificate's last day can't be read"))
}

/// The key as a signer, after a look whether it is the certificate's.
///
/// # Errors
/// [`DirectoryError::Settings`] as in [`Credential::from_pem`].
pub(super) fn key_pair(certificate: &[u8], key: &[u8]) -> Result<KeyPair, DirectoryError> {
    let (_, certificate) = X509Certificate::from_der(certificate)
        .map_err(|_| wrong("the certificate can't be read"))?;
    let pair = KeyPair::from_pkcs8(key)
        .or_else(|_| KeyPair::from_der(key))
        .map_err(|_| wrong("the certificate's key isn't a usable RSA key of 2048 bits or more"))?;
    let certified: &[u8] = &certificate.public_key().subject_public_key.data;
    if pair.public_key().as_ref() != certified {
        return Err(wrong("the stored key belongs to another certificate"));
    }
    Ok(pair)
}

fn block(text: &[u8], labels: &[&str]) -> Option<Zeroizing<Vec<u8>>> {
    Pem::iter_from_buffer(text)
        .filter_map(Result::ok)
        .map(|pem| (pem.label, Zeroizing::new(pem.contents)))
        .find(|(label, _)| labels.contains(&label.as_str()))
        .map(|(_, contents)| contents)
}

fn wrong(why: &str) -> DirectoryError {
    DirectoryError::Settings(why.to_owned())
}
