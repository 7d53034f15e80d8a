//! Which virtual keys there are on the bench, and what can be chosen about one.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::faults::{At, Fault};

const YUBICO: u16 = 0x1050;
const FEITIAN: u16 = 0x096E;

/// What a virtual key is when it leaves the factory.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The USB product text.
    pub name: String,
    /// USB vendor id; only with 0x1050 (Yubico) does the key tell its serial number.
    pub vendor_id: u16,
    /// USB product id.
    pub product_id: u16,
    /// The model's AAGUID.
    pub aaguid: [u8; 16],
    /// The serial number, told without a PIN to whoever asks (READ CONFIG).
    pub serial: Option<u32>,
    /// Major, minor, patch.
    pub firmware: (u8, u8, u8),
    /// Which CTAP version the firmware speaks.
    pub generation: Generation,
    /// What may come before a reset.
    pub reset: ResetRule,
    /// The PIN it has already.
    pub pin: Option<String>,
    /// The discoverable credentials it holds already.
    pub credentials: Vec<Resident>,
    /// How many discoverable credentials fit, at most 150.
    pub capacity: usize,
    /// The shortest PIN it takes, in code points.
    pub min_pin_length: u8,
    /// The misbehaviour it begins with.
    pub fault: Option<Fault>,
    /// A file that holds the key's memory, so that it outlives the process.
    pub store: Option<PathBuf>,
}

/// The CTAP version of a firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// With authenticatorConfig, forcePINChange, minPINLength, credential management.
    Ctap21,
    /// Without any of them, PIN protocol 1 only, and getInfo does not tell the firmware.
    Ctap20,
}

/// When a key takes a reset, within ten seconds after it was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRule {
    /// Only before any command but getInfo.
    FirstCommand,
    /// Whatever it did before.
    InTime,
}

/// A discoverable credential a key comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// The relying party, such as `login.microsoft.com`.
    pub rp_id: String,
    /// The user handle, 1 to 64 bytes.
    pub user_id: Vec<u8>,
    /// The user's name.
    pub user_name: String,
}

/// The keys of the practice bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// A new key with a serial number.
    Yubikey5Nfc,
    /// A new key without one.
    SecurityKeyNfc,
    /// A used key with the PIN [`Model::PIN`].
    WithPin,
    /// A used key with the PIN [`Model::PIN`] and three credentials.
    WithCredentials,
    /// A new key of a model the practice company does not allow.
    Forbidden,
    /// Firmware of CTAP 2.0: no forced PIN change, no minimum PIN length.
    OldFirmware,
    /// Never answers.
    Silent,
    /// Works two seconds on each command.
    Slow,
    /// Is pulled out at its first makeCredential, after it made the credential.
    PulledOut,
}

impl Model {
    /// The PIN of the keys that come with one.
    pub const PIN: &'static str = "271828";

    /// Every model once.
    pub const ALL: [Self; 9] = [
        Self::Yubikey5Nfc,
        Self::SecurityKeyNfc,
        Self::WithPin,
        Self::WithCredentials,
        Self::Forbidden,
        Self::OldFirmware,
        Self::Silent,
        Self::Slow,
        Self::PulledOut,
    ];

    /// What it is, with a serial number nobody had yet in this process where the model has one.
    pub fn spec(self) -> Spec {
        let usual = Spec::yubikey_5_nfc;
        match self {
            Self::Yubikey5Nfc => usual(),
            Self::SecurityKeyNfc => Spec {
                name: "Security Key NFC".to_owned(),
                product_id: 0x0402,
                aaguid: 0xa4e9_fc6d_4cbe_4758_b8ba_3759_8bb5_bbaa_u128.to_be_bytes(),
                serial: None,
                ..usual()
            },
            Self::WithPin => Spec { pin: Some(Self::PIN.to_owned()), ..usual() },
            Self::WithCredentials => {
                Spec { pin: Some(Self::PIN.to_owned()), credentials: used_credentials(), ..usual() }
            }
            Self::Forbidden => Spec {
                name: "ePass FIDO2 NFC".to_owned(),
                vendor_id: FEITIAN,
                product_id: 0x0858,
                aaguid: 0x833b_721a_ff5f_4d00_bb2e_bdda_3ec0_1e29_u128.to_be_bytes(),
                serial: None,
                firmware: (1, 0, 0),
                ..usual()
            },
            Self::OldFirmware => Spec {
                aaguid: 0xfa2b_99dc_9e39_4257_8f92_4a30_d23c_4118_u128.to_be_bytes(),
                firmware: (5, 1, 2),
                generation: Generation::Ctap20,
                ..usual()
            },
            Self::Silent => Spec { fault: Some(Fault::Silent), ..usual() },
            Self::Slow => Spec { fault: Some(Fault::Slow(Duration::from_secs(2))), ..usual() },
            Self::PulledOut => {
                Spec { fault: Some(Fault::PullOutAt(At::first(0x01).done())), ..usual() }
            }
        }
    }
}

impl From<Model> for Spec {
    fn from(model: Model) -> Self {
        model.spec()
    }
}

impl Spec {
    fn yubikey_5_nfc() -> Self {
        Self {
            name: "YubiKey 5 NFC".to_owned(),
            vendor_id: YUBICO,
            product_id: 0x0407,
            aaguid: 0x2fc0_579f_8113_47ea_b116_bb5a_8db9_202a_u128.to_be_bytes(),
            serial: Some(next_serial()),
            firmware: (5, 4, 3),
            generation: Generation::Ctap21,
            reset: ResetRule::FirstCommand,
            pin: None,
            credentials: Vec::new(),
            capacity: 25,
            min_pin_length: 4,
            fault: None,
            store: None,
        }
    }
}

fn next_serial() -> u32 {
    static SERIALS: AtomicU32 = AtomicU32::new(20_417_301);
    SERIALS.fetch_add(1, Ordering::Relaxed)
}

fn used_credentials() -> Vec<Resident> {
    [
        ("login.microsoft.com", "earlier.holder@practice.example"),
        ("github.com", "earlier-holder"),
        ("accounts.google.com", "earlier.holder@mail.example"),
    ]
    .into_iter()
    .map(|(rp_id, user_name)| Resident {
        rp_id: rp_id.to_owned(),
        user_id: user_name.as_bytes().to_vec(),
        user_name: user_name.to_owned(),
    })
    .collect()
}
