//! Security keys over CTAP2: what is plugged in, what it is, and what can be done with it.
//!
//! One named worker thread per key; the CTAP2 client blocks and may panic, so every job runs
//! under `catch_unwind` and its result comes back over a channel. The key room is the only one
//! that names the CTAP2 client and `yubikey`.

use crate::pin::Pin;
use crate::webauthn::{Aaguid, CreationOptions, CredentialId, MadeCredential};

/// One insertion of one key: a key that is pulled out and put back has a new id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub String);

/// What a key tells of itself (authenticatorGetInfo and the sources of its serial).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    pub id: KeyId,
    /// USB port or bench slot; stable across re-plugs.
    pub port: Option<String>,
    /// From the AAGUID table, else the USB product text.
    pub model: String,
    pub aaguid: Aaguid,
    /// Such as `5.7.1`.
    pub firmware: Option<String>,
    pub serial: Option<String>,
    pub pin: PinState,
    /// Characters; 4 when the key does not say.
    pub min_pin_length: u8,
    pub always_uv: Option<bool>,
    /// Free slots for discoverable credentials, when the key says.
    pub free_slots: Option<u32>,
    /// Credentials that are there, when it can be told without a PIN.
    pub credentials: Option<u32>,
    pub supports: Supports,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    NotSet,
    Set { retries_left: Option<u8> },
    /// The PIN must be changed before the key does anything else.
    MustChange,
    Blocked,
}

/// What the key's firmware can do, as getInfo says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supports {
    pub resident_keys: bool,
    pub credential_management: bool,
    pub min_pin_length: bool,
    pub force_pin_change: bool,
    pub always_uv: bool,
    pub pin_protocol_2: bool,
    pub cred_protect: bool,
    pub hmac_secret: bool,
}

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// A FIDO device arrived; who it is follows.
    Inserted { id: KeyId, port: Option<String>, product: String },
    /// The key has been asked; also after each change of its state.
    Identified(KeyFacts),
    /// The key did not answer, or not sensibly.
    Unreadable { id: KeyId, error: KeyError },
    Activity { id: KeyId, activity: Activity },
    Removed { id: KeyId },
}

/// What a key is doing, as its keepalives say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    Processing,
    /// It blinks: it waits for a touch.
    TouchNeeded,
    Answered,
}

/// A discoverable credential that is on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    pub id: CredentialId,
    pub rp_id: String,
    pub user_id: Vec<u8>,
    pub user_name: String,
}

/// Settings written by authenticatorConfig (CTAP 2.1, 6.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configure {
    MinPinLength(u8),
    ForcePinChange,
    AlwaysUvOn,
}

/// Why a key did not do what it was asked, by cause.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    #[error("key removed")]
    Removed,
    #[error("key silent")]
    Silent,
    #[error("no touch in time")]
    NoTouch,
    #[error("cancelled")]
    Cancelled,
    #[error("access to the key denied")]
    Denied,
    #[error("key busy with another program")]
    Busy,
    #[error("wrong PIN")]
    PinInvalid { retries_left: Option<u8> },
    /// Three wrong PINs in a row: the key must be pulled out and put back.
    #[error("PIN refused until the key is re-plugged")]
    PinAuthBlocked { retries_left: Option<u8> },
    #[error("PIN blocked: only a reset helps")]
    PinBlocked,
    #[error("no PIN set")]
    PinNotSet,
    #[error("PIN required")]
    PinRequired,
    #[error("PIN against the key's own policy")]
    PinPolicy { min_length: Option<u8> },
    #[error("PIN must be changed first")]
    PinMustChange,
    #[error("credential of this person is already on the key")]
    Excluded,
    #[error("key full")]
    Full,
    /// A reset is accepted only shortly after plugging in.
    #[error("not allowed now")]
    NotAllowed,
    #[error("not supported by this key")]
    Unsupported(&'static str),
    /// A CTAP2 status that has no meaning of its own here.
    #[error("key answered status {0:#04x}")]
    Status(u8),
    #[error("unreadable answer: {0}")]
    Malformed(String),
    /// The client panicked on what the key sent; the job ended, the station goes on.
    #[error("key sent data that can't be read")]
    Panicked,
    #[error("transport: {0}")]
    Transport(String),
}

/// The keys plugged in; cheap to clone.
///
/// `Keys::start()` begins to watch and returns the bounded receiver of [`KeyEvent`]s
/// (`tokio::sync::mpsc`). `get(&KeyId)` answers a [`Key`].
#[derive(Clone)]
pub struct Keys {}

/// A handle on one inserted key: async methods, each run on the key's own worker thread.
///
/// `facts`, `set_pin(Pin)`, `change_pin(old, new)`, `check_pin(Pin)`, `make_credential`,
/// `credentials(Pin)`, `delete_credential(Pin, id)`, `configure(Pin, Configure)`, `reset`,
/// `wink`; and `cancel`, from any thread.
#[derive(Clone)]
pub struct Key {}

/// The signature of the central call, for the reader.
pub type MakeCredential = fn(&Key, &CreationOptions, &[u8], &Pin) -> Result<MadeCredential, KeyError>;
