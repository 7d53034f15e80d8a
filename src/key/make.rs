//! authenticatorMakeCredential (CTAP 2.1, 6.1): from the directory's options to the client's
//! arguments, and from the client's attestation to a [`MadeCredential`].

use ctap_hid_fido2::fidokey::credential_management::credential_management_params::CredentialProtectionPolicy;
use ctap_hid_fido2::fidokey::make_credential::{Attestation, MakeCredentialArgs};
use ctap_hid_fido2::fidokey::{
    CredentialExtension, CredentialSupportedKeyType, MakeCredentialArgsBuilder,
};
use ctap_hid_fido2::public_key_credential_user_entity::PublicKeyCredentialUserEntity;

use super::error::KeyError;
use super::info::Info;
use crate::webauthn::text::{CTAP_NAME_BYTES, cut_to_bytes};
use crate::webauthn::{CreationOptions, CredProtect, MadeCredential, algorithm};

/// The arguments of one makeCredential, except for the PIN and the exclude list.
pub struct Plan {
    rp_id: String,
    client_data_json: Vec<u8>,
    user: PublicKeyCredentialUserEntity,
    key_types: Vec<CredentialSupportedKeyType>,
    extensions: Vec<CredentialExtension>,
    resident_key: bool,
}

impl Plan {
    /// Fits the options to the key.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] when the key can't store discoverable credentials although one
    /// is asked for, or when no algorithm asked for is one the client speaks (ES256, EdDSA).
    pub fn new(
        options: &CreationOptions,
        client_data_json: Vec<u8>,
        info: &Info,
    ) -> Result<Self, KeyError> {
        if options.resident_key && !info.supports().resident_keys {
            return Err(KeyError::Unsupported("discoverable credentials"));
        }
        Ok(Self {
            rp_id: options.relying_party.id.clone(),
            client_data_json,
            user: PublicKeyCredentialUserEntity::new(
                Some(&options.user.id),
                Some(cut(&options.user.name)),
                Some(cut(&options.user.display_name)),
            ),
            key_types: key_types(&options.algorithms)?,
            extensions: extensions(options, info),
            resident_key: options.resident_key,
        })
    }

    /// An upper bound of the request's size without its exclude list, in bytes.
    pub fn message_bytes(&self) -> usize {
        // Command, map heads, hash, labels, algorithms, extensions, options and the PIN parameter.
        const FIXED: usize = 300;
        FIXED
            + self.rp_id.len()
            + self.user.id.len()
            + self.user.name.len()
            + self.user.display_name.len()
    }

    /// The client's arguments. Never print them: their debug text shows the PIN.
    pub fn arguments<'pin>(&self, pin: &'pin str, exclude: &[&[u8]]) -> MakeCredentialArgs<'pin> {
        // The client hashes its `challenge`: given the client data, it makes clientDataHash.
        let mut builder = MakeCredentialArgsBuilder::new(&self.rp_id, &self.client_data_json)
            .pin(pin)
            .user_entity(&self.user);
        for key_type in &self.key_types {
            builder = builder.key_type(*key_type);
        }
        for id in exclude {
            builder = builder.exclude_authenticator(id);
        }
        if !self.extensions.is_empty() {
            builder = builder.extensions(&self.extensions);
        }
        if self.resident_key {
            builder = builder.resident_key();
        }
        builder.build()
    }
}

/// Takes the client's attestation apart.
///
/// # Errors
/// [`KeyError::Unsupported`] for any format but `packed` and `none`.
pub fn made(attestation: Attestation) -> Result<MadeCredential, KeyError> {
    let algorithm = match attestation.fmt.as_str() {
        "packed" => Some(i64::from(attestation.attstmt_alg)),
        "none" => None,
        _ => return Err(KeyError::Unsupported("an attestation format that can be checked")),
    };
    Ok(MadeCredential {
        format: attestation.fmt,
        auth_data: attestation.auth_data,
        algorithm,
        signature: attestation.attstmt_sig,
        x5c: attestation.attstmt_x5c,
    })
}

fn key_types(asked: &[i64]) -> Result<Vec<CredentialSupportedKeyType>, KeyError> {
    let known = [
        (algorithm::ES256, CredentialSupportedKeyType::Ecdsa256),
        (algorithm::EDDSA, CredentialSupportedKeyType::Ed25519),
    ];
    let chosen: Vec<_> = known
        .into_iter()
        .filter(|(number, _)| asked.contains(number))
        .map(|(_, key_type)| key_type)
        .collect();
    if chosen.is_empty() {
        return Err(KeyError::Unsupported("the signature algorithms that were asked for"));
    }
    Ok(chosen)
}

/// The client keeps this order, and canonical CBOR wants the shorter name first: `credProtect`
/// and `hmac-secret` are equally long, so the alphabet decides.
fn extensions(options: &CreationOptions, info: &Info) -> Vec<CredentialExtension> {
    let mut extensions = Vec::new();
    if let Some(level) = options.cred_protect
        && info.has_extension("credProtect")
    {
        extensions.push(CredentialExtension::CredProtect(Some(match level {
            CredProtect::UserVerificationOptional => {
                CredentialProtectionPolicy::UserVerificationOptional
            }
            CredProtect::UserVerificationOptionalWithCredentialIdList => {
                CredentialProtectionPolicy::UserVerificationOptionalWithCredentialIdList
            }
            CredProtect::UserVerificationRequired => {
                CredentialProtectionPolicy::UserVerificationRequired
            }
        })));
    }
    if options.hmac_secret && info.has_extension("hmac-secret") {
        extensions.push(CredentialExtension::HmacSecret(Some(true)));
    }
    extensions
}

/// A key may cut names by itself, and then perhaps inside a character.
fn cut(name: &str) -> &str {
    cut_to_bytes(name, CTAP_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn es256_comes_before_eddsa_and_rsa_is_left_out() {
        let chosen = key_types(&[-257, -8, -7]).unwrap();
        let numbers: Vec<i64> = chosen.iter().map(|key_type| *key_type as i64).collect();
        assert_eq!(numbers, [-7, -8]);
        assert!(matches!(key_types(&[-257]), Err(KeyError::Unsupported(_))));
    }

    #[test]
    fn an_attestation_format_that_cannot_be_checked_is_refused() {
        let tpm = Attestation { fmt: "tpm".into(), ..Attestation::default() };
        assert!(matches!(made(tpm), Err(KeyError::Unsupported(_))));
        let none = Attestation { fmt: "none".into(), ..Attestation::default() };
        assert_eq!(made(none).unwrap().algorithm, None);
    }
}
