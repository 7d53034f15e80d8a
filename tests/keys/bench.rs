//! Virtual keys, plugged in.

use std::time::Duration;

use hid::virtual_keys::{Spec, TouchPolicy, VirtualKey};
use hid::{DeviceId, Limits};
use keydesk::key::{Key, KeyEvent, KeyFacts, KeyId};

pub use crate::station::*;

/// A virtual key that is plugged in, touches itself, and is known to the station.
pub struct Plugged {
    pub virtual_key: VirtualKey,
    pub key: Key,
}

impl Plugged {
    pub fn new(spec: impl Into<Spec>) -> Self {
        let virtual_key = VirtualKey::new(spec).unwrap();
        virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        let key = insert(&virtual_key);
        Self { virtual_key, key }
    }

    /// A new key whose facts were told, so that nothing but the test speaks to it.
    pub fn identified(spec: impl Into<Spec>) -> Self {
        let plugged = Self::new(spec);
        plugged.facts_told();
        plugged
    }

    pub fn replug(&mut self) {
        let old = self.key.id().clone();
        self.virtual_key.pull_out();
        wait_for(&old, |event| matches!(event, KeyEvent::Removed { .. }).then_some(()));
        self.key = insert(&self.virtual_key);
        self.facts_told();
    }

    pub fn device(&self) -> DeviceId {
        self.virtual_key.id().unwrap()
    }

    pub fn facts_told(&self) -> KeyFacts {
        self.facts_told_with(|_| true)
    }

    /// Waits until facts were told that are as wanted.
    pub fn facts_told_with(&self, wanted: impl Fn(&KeyFacts) -> bool) -> KeyFacts {
        facts_told_with(self.key.id(), wanted)
    }

    pub fn told<T>(&self, wanted: impl Fn(&KeyEvent) -> Option<T>) -> T {
        wait_for(self.key.id(), wanted)
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
}

fn insert(virtual_key: &VirtualKey) -> Key {
    watch();
    key_of(&KeyId(virtual_key.insert().to_string()))
}
