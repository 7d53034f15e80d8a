//! Discoverable credentials on a key (authenticatorCredentialManagement, CTAP 2.1, 6.8).

use ctap_hid_fido2::fidokey::credential_management::credential_management_params::{
    Credential, Rp,
};
use ctap_hid_fido2::public_key_credential_descriptor::PublicKeyCredentialDescriptor;

use super::StoredCredential;
use crate::webauthn::CredentialId;

/// The status of a key that holds none.
pub const NO_CREDENTIALS: u8 = 0x2E;

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
