//! The bench: virtual keys that the operator inserts, touches and pulls out.

use crate::key::KeyId;
use hid::virtual_keys::{BuildError, Model, TouchPolicy, VirtualKey};
use std::path::Path;
use std::time::Duration;

/// How long a fast operator's finger takes.
const FAST_TOUCH: Duration = Duration::from_millis(350);

/// The virtual keys of one station, by slot.
pub struct Bench {
    places: Vec<Place>,
}

struct Place {
    slot: u8,
    model: Model,
    key: VirtualKey,
}

impl Bench {
    /// The models of the practice company, all pulled out. Their memory is kept in `folder`, so
    /// that a key outlives the program as a real one does.
    ///
    /// # Errors
    /// When a key's memory can't be read or written.
    pub fn new(folder: &Path) -> Result<Self, BuildError> {
        crate::files::make_private_folder(folder)?;
        let places = Model::ALL
            .into_iter()
            .zip(1..)
            .map(|(model, slot)| {
                let mut spec = model.spec();
                spec.store = Some(folder.join(format!("key-{slot}.bin")));
                Ok(Place { slot, model, key: VirtualKey::new(spec)? })
            })
            .collect::<Result<_, BuildError>>()?;
        Ok(Self { places })
    }

    pub fn insert(&self, slot: u8) {
        if let Some(place) = self.place(slot) {
            place.key.insert();
        }
    }

    /// Touches the key; without effect while it does not ask, as with a real one.
    pub fn touch(&self, slot: u8) {
        if let Some(place) = self.place(slot) {
            place.key.touch();
        }
    }

    pub fn pull_out(&self, slot: u8) {
        if let Some(place) = self.place(slot) {
            place.key.pull_out();
        }
    }

    pub fn pull_all_out(&self) {
        self.places.iter().for_each(|place| place.key.pull_out());
    }

    /// Whether every key is touched by itself as soon as it asks.
    pub fn set_operator(&self, operator: Operator) {
        let policy = match operator {
            Operator::ByHand => TouchPolicy::Hold,
            Operator::Fast => TouchPolicy::Automatic(FAST_TOUCH),
        };
        self.places.iter().for_each(|place| place.key.set_touch(policy));
    }

    /// The keys as the window shows them.
    pub fn keys(&self) -> Vec<BenchKey> {
        self.places.iter().map(Place::card).collect()
    }

    fn place(&self, slot: u8) -> Option<&Place> {
        self.places.iter().find(|place| place.slot == slot)
    }
}

/// A virtual key on the practice bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchKey {
    pub slot: u8,
    pub model: String,
    pub serial: Option<String>,
    /// Such as `has a PIN` or `model not allowed`.
    pub remark: String,
    pub inserted: Option<KeyId>,
}

/// Who touches the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    ByHand,
    Fast,
}

impl Place {
    fn card(&self) -> BenchKey {
        let spec = self.key.spec();
        BenchKey {
            slot: self.slot,
            model: label(self.model).to_owned(),
            serial: spec.serial.map(|serial| serial.to_string()),
            remark: remark(self.model).to_owned(),
            inserted: self.key.id().map(|id| KeyId(id.to_string())),
        }
    }
}

/// What its button says; each once.
fn label(model: Model) -> &'static str {
    match model {
        Model::Yubikey5Nfc => "YubiKey 5 NFC",
        Model::SecurityKeyNfc => "Security Key NFC",
        Model::WithPin => "key with a PIN",
        Model::WithCredentials => "used key",
        Model::Forbidden => "ePass FIDO2 NFC",
        Model::OldFirmware => "old key",
        Model::Silent => "silent key",
        Model::Slow => "slow key",
        Model::PulledOut => "loose key",
    }
}

fn remark(model: Model) -> &'static str {
    match model {
        Model::Yubikey5Nfc => "New",
        Model::SecurityKeyNfc => "New, tells no serial",
        Model::WithPin => "Has the PIN 271828",
        Model::WithCredentials => "Has the PIN 271828 and credentials",
        Model::Forbidden => "Model not allowed",
        Model::OldFirmware => "Old firmware",
        Model::Silent => "Never answers",
        Model::Slow => "Slow",
        Model::PulledOut => "Falls out at the touch",
    }
}
