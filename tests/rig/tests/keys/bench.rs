//! Keys of the rig, plugged into the kernel and known to the station.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hid::{DeviceId, Limits};
use keydesk::key::{Key, KeyEvent, KeyFacts};
use keydesk_rig::{Engine, Identity, Kind, TouchPolicy, Touched, UhidKey, Unplugged};

pub use crate::station::*;

pub const PIN: &str = "482913";
pub const WRONG: &str = "986532";

/// Makes of each function a test for each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod trussed {
            $(#[test] fn $name() { super::$name(keydesk_rig::Kind::Trussed); })+
        }
        mod opensk {
            $(#[test] fn $name() { super::$name(keydesk_rig::Kind::OpenSk); })+
        }
    };
}
pub(crate) use on_both_engines;

/// Whoever looks for secrets in the output must know the PIN.
fn note_secret() {
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    writeln!(list, "{PIN}").unwrap();
}

/// A key in the kernel that touches itself.
pub struct Plugged {
    uhid: Option<UhidKey>,
    pub finger: Box<dyn Touched>,
    pub key: Key,
    name: String,
}

impl Plugged {
    /// A factory-new key that told who it is.
    pub fn blank(kind: Kind) -> Self {
        let (engine, finger) = kind.factory_new().unwrap();
        finger.set_touch(TouchPolicy::Automatic);
        let plugged = Self::of(engine, finger);
        Self { key: identified(&plugged.name), ..plugged }
    }

    /// A key with [`PIN`].
    pub fn with_pin(kind: Kind) -> Self {
        note_secret();
        let plugged = Self::blank(kind);
        run(plugged.key.set_pin(&pin(PIN))).unwrap();
        plugged
    }

    /// A key of this engine, which may never say a word.
    pub fn of(engine: impl Engine, finger: Box<dyn Touched>) -> Self {
        static KEYS: AtomicU32 = AtomicU32::new(1);
        let name = format!("Rig key {}", KEYS.fetch_add(1, Ordering::Relaxed));
        let in_hand = Unplugged::new(engine, Identity::new(&name, &name.replace(' ', "-")));
        let (uhid, key) = plug(in_hand, &name);
        Self { uhid: Some(uhid), finger, key, name }
    }

    pub fn device(&self) -> DeviceId {
        DeviceId::from_text(&self.key.id().0)
    }

    /// The node that other programs open.
    pub fn node(&self) -> String {
        let uhid = self.uhid.as_ref().expect("the key is in");
        uhid.node().to_str().unwrap().to_owned()
    }

    pub fn facts(&self) -> KeyFacts {
        facts_told_with(self.key.id(), |_| true)
    }

    pub fn wait_for_touch(&self) {
        wait_for_touch(self.key.id());
    }

    pub fn hurry(&self, silence_ms: u64, touch_ms: u64) {
        let limits = Limits {
            silence: Duration::from_millis(silence_ms),
            touch: Duration::from_millis(touch_ms),
        };
        hid::set_limits(&self.device(), limits);
    }

    /// Pulls the key out and waits until the station knows.
    pub fn pull_out(&mut self) -> Unplugged {
        let in_hand = self.uhid.take().expect("the key is in").unplug();
        wait_for(self.key.id(), |event| matches!(event, KeyEvent::Removed { .. }).then_some(()));
        in_hand
    }

    pub fn put_back(&mut self, in_hand: Unplugged) {
        self.uhid = Some(in_hand.plug().unwrap());
        self.key = identified(&self.name);
    }

    pub fn replug(&mut self) {
        let in_hand = self.pull_out();
        self.put_back(in_hand);
    }
}

/// Plugs in, and finds the insertion.
fn plug(in_hand: Unplugged, name: &str) -> (UhidKey, Key) {
    watch();
    let uhid = in_hand.plug().unwrap();
    (uhid, inserted(name, |_| true))
}

/// The key once it has told who it is: a link that breaks as it begins is followed by another
/// insertion.
fn identified(name: &str) -> Key {
    inserted(name, |events| events.iter().any(|event| matches!(event, KeyEvent::Identified(_))))
}

/// The insertion by the product's text, of those that were told what is wanted.
fn inserted(name: &str, wanted: impl Fn(&[KeyEvent]) -> bool) -> Key {
    let found = wait_until(|told| {
        told.values().find_map(|events| match events.first()? {
            // What it did last may be told after its removal.
            KeyEvent::Inserted { id, product, .. } if product == name => {
                let gone = events.iter().any(|event| matches!(event, KeyEvent::Removed { .. }));
                (!gone && wanted(events)).then(|| id.clone())
            }
            _ => None,
        })
    });
    key_of(&found.expect("the watcher tells of a new key"))
}
