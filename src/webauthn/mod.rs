//! WebAuthn as a relying party's helper: creation options in, attestation out, verified locally.
//!
//! Pure: no I/O, no clock, no random numbers of its own.

/// An authenticator's model number (FIDO2 AAGUID), 16 bytes; shown as a lower-case GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aaguid(pub [u8; 16]);

/// A credential id's raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialId(pub Vec<u8>);

/// What the directory asks the key to create (`publicKeyCredentialCreationOptions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreationOptions {
    pub relying_party: RelyingParty,
    pub user: UserEntity,
    pub challenge: Challenge,
    /// COSE algorithm numbers in the directory's order, such as -7 and -257.
    pub algorithms: Vec<i64>,
    /// Every reading of every excluded id (some encodings are ambiguous; passing both is safe).
    pub exclude: Vec<CredentialId>,
    pub resident_key: bool,
    pub user_verification_required: bool,
    pub cred_protect: Option<CredProtect>,
    pub hmac_secret: bool,
    /// When the challenge lapses; absent when the directory does not say.
    pub expires_at: Option<jiff::Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    pub id: String,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEntity {
    /// 1 to 64 bytes.
    pub id: Vec<u8>,
    pub name: String,
    pub display_name: String,
}

/// The challenge as text, base64url without padding: exactly what client data repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(pub String);

/// Level of the credProtect extension (CTAP 2.1, 12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredProtect {
    UserVerificationOptional = 1,
    UserVerificationOptionalWithCredentialIdList = 2,
    UserVerificationRequired = 3,
}

/// The client data a registration signs: UTF-8 JSON bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData(pub Vec<u8>);

/// What a key answered to makeCredential (CTAP 2.1, 6.1.2), taken apart by the key room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeCredential {
    /// Attestation statement format identifier: `packed` or `none`.
    pub format: String,
    /// Authenticator data, verbatim.
    pub auth_data: Vec<u8>,
    /// COSE algorithm of the statement; absent for `none`.
    pub algorithm: Option<i64>,
    pub signature: Vec<u8>,
    /// DER certificates, leaf first; empty for self attestation.
    pub x5c: Vec<Vec<u8>>,
}

/// A new credential, verified locally and ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    pub id: CredentialId,
    pub client_data: ClientData,
    /// CBOR bytes of the attestation object.
    pub attestation_object: Vec<u8>,
    pub aaguid: Aaguid,
    /// Extension outputs as JSON text for `clientExtensionResults`, such as
    /// `{"credProtect":1,"hmac-secret":true}`.
    pub extension_results: String,
}
