//! The keys that sign id_tokens, and how they are published (RFC 7517).

use super::super::call::Refusal;
use super::super::world::base64url;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// Made when first needed and shared by all clouds of this process, because making one takes a
/// while.
static KEYS: Mutex<Vec<Arc<Key>>> = Mutex::new(Vec::new());

pub(super) struct Key {
    pair: KeyPair,
    pub id: String,
}

/// The key of this number.
pub(super) fn key(number: usize) -> Result<Arc<Key>, Refusal> {
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    while keys.len() <= number {
        keys.push(Arc::new(Key::draw()?));
    }
    Ok(Arc::clone(&keys[number]))
}

impl Key {
    fn draw() -> Result<Self, Refusal> {
        let failed = |_| Refusal::internal("no signing key can be made");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der = pair.public_key().as_der().map_err(failed)?;
        Ok(Self { id: base64url(&Sha256::digest(der.as_ref())[..20]), pair })
    }

    /// RS256 over the token's first two parts.
    pub fn sign(&self, signed: &str) -> Result<Vec<u8>, Refusal> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Refusal::internal("the token can't be signed"))?;
        Ok(signature)
    }

    /// As a JSON web key; the service names no algorithm in it.
    pub fn published(&self, issuer: &str) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "x5t": self.id,
            "n": base64url(public.modulus().big_endian_without_leading_zero()),
            "e": base64url(public.exponent().big_endian_without_leading_zero()),
            "cloud_instance_name": "microsoftonline.com",
            "issuer": issuer,
        })
    }
}
