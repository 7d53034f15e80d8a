//! WebAuthn as a relying party's helper: creation options in, attestation out, verified locally.
//!
//! Pure: no I/O, no clock, no random numbers of its own.
//!
//! ```text
//! CreationOptions::parse ─► ClientData::create ─► (the key) ─► MadeCredential
//!            └► expectation ───────────────┬───────────────────────┘
//!                                       verify ─► NewCredential
//! ```

mod aaguid;
pub mod attestation;
pub mod auth_data;
pub mod base64url;
mod cbor;
mod client_data;
mod credential_id;
mod options;
pub mod text;
mod verify;
#[cfg(test)]
mod verify_tests;

pub use aaguid::{Aaguid, NotAGuid};
pub use client_data::ClientData;
pub use credential_id::CredentialId;
pub use options::{
    Challenge, CreationOptions, CredProtect, Expectation, OptionsError, RelyingParty, Reservation,
    UserEntity,
};
pub use verify::{CertificateFault, VerifyError, verify};

/// COSE algorithm numbers (IANA COSE Algorithms).
pub mod algorithm {
    /// ECDSA with P-256 and SHA-256.
    pub const ES256: i64 = -7;
    /// EdDSA with Ed25519.
    pub const EDDSA: i64 = -8;
    /// ECDSA with P-384 and SHA-384; attestation certificates only.
    pub const ES384: i64 = -35;
    /// RSASSA-PKCS1-v1_5 with SHA-256; attestation certificates only.
    pub const RS256: i64 = -257;
}

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
    /// That of the creation options it answers.
    pub reservation: Option<Reservation>,
}
