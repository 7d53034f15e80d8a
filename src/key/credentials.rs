//! Discoverable credentials on a key (authenticatorCredentialManagement, CTAP 2.1, 6.8).

use ctap_hid_fido2::fidokey::credential_management::credential_management_params::{
    Credential, Rp,
};
use ctap_hid_fido2::public_key_credential_descriptor::PublicKeyCredentialDescriptor;

use super::{KeyError, StoredCredential};
use crate::webauthn::CredentialId;

/// The status of a key that holds none.
pub const NO_CREDENTIALS: u8 = 0x2E;

/// What Trussed's authenticator (SoloKeys, Nitrokey) says instead of one that is not there.
const INVALID_CREDENTIAL: u8 = 0x22;

/// One error for a credential that is not on the key, whatever the firmware calls it.
pub fn not_there(error: KeyError) -> KeyError {
    match error {
        KeyError::Status(INVALID_CREDENTIAL) => KeyError::Status(NO_CREDENTIALS),
        other => other,
    }
}

/// A credential as the client lists it, with the relying party it was listed under. The key may
/// have cut the relying party's id.
pub fn stored(party: &Rp, held: Credential) -> StoredCredential {
    let user = held.public_key_credential_user_entity;
    StoredCredential {
        id: CredentialId(held.public_key_credential_descriptor.id),
        rp_id: party.public_key_credential_rp_entity.id.clone(),
        user_id: user.id,
        user_name: if user.name.is_empty() { user.display_name } else { user.name },
    }
}

/// How a credential is named to the key.
pub fn descriptor(id: &CredentialId) -> PublicKeyCredentialDescriptor {
    PublicKeyCredentialDescriptor { id: id.0.clone(), ctype: "public-key".to_owned() }
}
