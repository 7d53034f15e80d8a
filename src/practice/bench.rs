//! The bench: virtual keys that the operator inserts, touches and pulls out.

use crate::key::KeyId;
use hid::virtual_keys::{BuildError, Model, Spec, TouchPolicy, VirtualKey};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a fast operator's finger takes.
const FAST_TOUCH: Duration = Duration::from_millis(350);

/// As many as a session's board has slots.
const PLACES: u8 = 16;
/// Serial numbers of keys out of boxes begin here.
const FIRST_OF_BOXES: u32 = 30_000_000;

/// The virtual keys of one station, by slot.
pub struct Bench {
    places: Vec<Place>,
    operator: Operator,
}

struct Place {
    slot: u8,
    what: What,
    key: VirtualKey,
    /// Of the keys' memories.
    folder: PathBuf,
    /// Which key of its box it is, counted from 0.
    number: u32,
}

/// What lies at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// The one key of its model.
    One(Model),
    /// A box of new keys of one model, of which one is at hand.
    BoxOfNew,
}

impl Bench {
    /// The models of the practice company and boxes of new keys, all pulled out. Their memory is
    /// kept in `folder`, so that a key outlives the program as a real one does.
    ///
    /// # Errors
    /// When a key's memory can't be read or written.
    pub fn new(folder: &Path) -> Result<Self, BuildError> {
        crate::files::make_private_folder(folder)?;
        let models = Model::ALL.into_iter().map(What::One);
        let places = models
            .chain(std::iter::repeat(What::BoxOfNew))
            .zip(1..=PLACES)
            .map(|(what, slot)| Place::new(slot, what, folder))
            .collect::<Result<_, BuildError>>()?;
        Ok(Self { places, operator: Operator::ByHand })
    }

    /// Lays the key of a box of new ones aside, if it is pulled out, and takes the next.
    ///
    /// # Errors
    /// When its memory can't be written; the one before is still at hand.
    pub fn take_new(&mut self, slot: u8) -> Result<(), BuildError> {
        let touch = self.operator.touches();
        let place = self.places.iter_mut().find(|place| place.slot == slot);
        match place.filter(|place| place.what == What::BoxOfNew && place.key.id().is_none()) {
            Some(place) => place.take_new(touch),
            None => Ok(()),
        }
    }

    pub fn insert(&self, slot: u8) {
        if let Some(place) = self.place(slot) {
            place.key.insert_into(&format!("bench-{slot}"));
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
    pub fn set_operator(&mut self, operator: Operator) {
        self.operator = operator;
        self.places.iter().for_each(|place| place.key.set_touch(operator.touches()));
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
    /// Another new one can be taken in its place while it is pulled out.
    pub of_box: bool,
}

/// Who touches the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    ByHand,
    Fast,
}

impl Operator {
    fn touches(self) -> TouchPolicy {
        match self {
            Self::ByHand => TouchPolicy::Hold,
            Self::Fast => TouchPolicy::Automatic(FAST_TOUCH),
        }
    }
}

impl Place {
    fn new(slot: u8, what: What, folder: &Path) -> Result<Self, BuildError> {
        let number = match what {
            What::One(_) => 0,
            What::BoxOfNew => last_of_box(folder, slot),
        };
        let key = made(slot, what, folder, number)?;
        Ok(Self { slot, what, key, folder: folder.to_owned(), number })
    }

    fn take_new(&mut self, touch: TouchPolicy) -> Result<(), BuildError> {
        self.key = made(self.slot, self.what, &self.folder, self.number + 1)?;
        self.number += 1;
        self.key.set_touch(touch);
        Ok(())
    }

    fn card(&self) -> BenchKey {
        let spec = self.key.spec();
        BenchKey {
            slot: self.slot,
            model: self.label(),
            serial: spec.serial.map(|serial| serial.to_string()),
            remark: self.remark().to_owned(),
            inserted: self.key.id().map(|id| KeyId(id.to_string())),
            of_box: self.what == What::BoxOfNew,
        }
    }

    fn label(&self) -> String {
        match self.what {
            What::One(model) => label(model).to_owned(),
            What::BoxOfNew => format!("key of box {}", usize::from(self.slot) - Model::ALL.len()),
        }
    }

    fn remark(&self) -> &'static str {
        match self.what {
            What::One(model) => remark(model),
            What::BoxOfNew => "New, more in the box",
        }
    }
}

/// A key of a box has the same serial number after a restart, and no other key has it.
fn made(slot: u8, what: What, folder: &Path, number: u32) -> Result<VirtualKey, BuildError> {
    let spec = match what {
        What::One(model) => {
            Spec { store: Some(folder.join(format!("key-{slot}.bin"))), ..model.spec() }
        }
        What::BoxOfNew => Spec {
            serial: Some(FIRST_OF_BOXES + u32::from(slot) * 100_000 + number),
            store: Some(folder.join(format!("{}{number}.bin", of_box(slot)))),
            ..Model::Yubikey5Nfc.spec()
        },
    };
    VirtualKey::new(spec)
}

fn of_box(slot: u8) -> String {
    format!("box-{slot}-")
}

/// The one that was at hand when the program ended.
fn last_of_box(folder: &Path, slot: u8) -> u32 {
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    let number = |name: &str| name.strip_prefix(&of_box(slot))?.strip_suffix(".bin")?.parse().ok();
    files.filter_map(|file| number(file.ok()?.file_name().to_str()?)).max().unwrap_or(0)
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
        Model::WithCredentials => "PIN 271828, with credentials",
        Model::Forbidden => "Model not allowed",
        Model::OldFirmware => "Old firmware",
        Model::Silent => "Never answers",
        Model::Slow => "Slow",
        Model::PulledOut => "Falls out at the touch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serials(bench: &Bench) -> Vec<String> {
        bench.keys().into_iter().filter(|key| key.of_box).filter_map(|key| key.serial).collect()
    }

    #[test]
    fn a_box_gives_new_keys_and_remembers_which_one_is_at_hand() {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Bench::new(folder.path()).unwrap();
        assert_eq!(bench.keys().len(), 16);
        let first = serials(&bench);
        assert_eq!(first.len(), 7);
        bench.take_new(10).unwrap();
        bench.take_new(10).unwrap();
        bench.take_new(1).unwrap();
        bench.insert(11);
        bench.take_new(11).unwrap();
        let after = serials(&bench);
        assert_ne!(after[0], first[0]);
        assert_eq!(after[1..], first[1..], "what is plugged in stays, and so do the others");
        drop(bench);
        let again = Bench::new(folder.path()).unwrap();
        assert_eq!(serials(&again), after);
    }
}
