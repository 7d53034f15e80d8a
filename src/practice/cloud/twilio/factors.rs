//! Phones that are registered in the company's app: each has a key that never leaves it.

use super::{Refusal, sid};
use crate::practice::cloud::world::{base64url, from_base64url};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Factors(HashMap<Uuid, Factor>);

/// What the service has of a phone.
pub(super) struct Factor {
    pub sid: String,
    /// As it was registered.
    public_key: Vec<u8>,
    /// In the phone.
    phone: EcdsaKeyPair,
}

/// What a phone signs.
#[derive(Serialize, Deserialize)]
pub(super) struct Response {
    challenge_sid: String,
    pub status: String,
    pub responded_reason: String,
}

impl Factors {
    /// The person's phone; registered when it is first asked for.
    pub fn of(&mut self, person: Uuid) -> Result<&Factor, Refusal> {
        Ok(match self.0.entry(person) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Factor::register()?),
        })
    }
}

impl Factor {
    fn register() -> Result<Self, Refusal> {
        let phone = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let phone = phone.map_err(|_| Refusal::internal())?;
        Ok(Self { sid: sid("YF")?, public_key: phone.public_key().as_ref().to_vec(), phone })
    }

    /// A signed answer to one question (a JSON Web Token, ES256).
    pub fn sign(&self, challenge: &str, status: &str, reason: &str) -> Result<String, Refusal> {
        let response = Response {
            challenge_sid: challenge.to_owned(),
            status: status.to_owned(),
            responded_reason: reason.to_owned(),
        };
        let header = base64url(json!({"typ": "JWT", "alg": "ES256", "kid": self.sid}).to_string());
        let signed = format!("{header}.{}", base64url(json!(response).to_string()));
        let signature = self.phone.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Refusal::internal())?;
        Ok(format!("{signed}.{}", base64url(signature.as_ref())))
    }

    /// The answer, where this phone signed it for this question.
    pub fn check(&self, challenge: &str, payload: &str) -> Option<Response> {
        let (signed, signature) = payload.rsplit_once('.')?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        key.verify(signed.as_bytes(), &from_base64url(signature)?).ok()?;
        let (_, body) = signed.split_once('.')?;
        let response: Response = serde_json::from_slice(&from_base64url(body)?).ok()?;
        (response.challenge_sid == challenge).then_some(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_phones_answer_to_this_question_counts() {
        let (one, other) = (Factor::register().unwrap(), Factor::register().unwrap());
        let payload = one.sign("YC1", "approved", "none").unwrap();
        assert!(one.check("YC1", &payload).is_some_and(|told| told.status == "approved"));
        assert!(one.check("YC2", &payload).is_none());
        assert!(other.check("YC1", &payload).is_none());
        let denied = one.sign("YC1", "denied", "none").unwrap();
        let (_, signature) = payload.rsplit_once('.').unwrap();
        let (words, _) = denied.rsplit_once('.').unwrap();
        assert!(one.check("YC1", &format!("{words}.{signature}")).is_none());
    }
}
