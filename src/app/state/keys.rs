//! The keys plugged in, as the watcher tells of them.

use crate::key::{KeyError, KeyEvent, KeyFacts, KeyId};
use std::collections::HashMap;

#[derive(Default)]
pub struct Keys {
    /// In the order of insertion.
    pub seen: Vec<KeySeen>,
    /// A port keeps its number across re-plugs.
    ports: HashMap<String, u8>,
}

pub struct KeySeen {
    pub id: KeyId,
    /// Counted by port, from 1.
    pub slot: u8,
    pub product: String,
    pub facts: Option<KeyFacts>,
    pub unreadable: Option<KeyError>,
}

/// One word for what a key is doing; the same on its card, in the strip and in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Identifying,
    Ready,
    SettingPin,
    Touch,
    Registering,
    ToRemove,
    Failed,
    NotAllowed,
}

impl KeyState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Identifying => "Identifying",
            Self::Ready => "Ready",
            Self::SettingPin => "Setting PIN",
            Self::Touch => "Touch now",
            Self::Registering => "Registering",
            Self::ToRemove => "Remove and label",
            Self::Failed => "Failed",
            Self::NotAllowed => "Not allowed",
        }
    }
}

impl Keys {
    pub(super) fn apply(&mut self, event: KeyEvent) {
        match event {
            KeyEvent::Inserted { id, port, product } => self.inserted(id, port, product),
            KeyEvent::Identified(facts) => {
                if let Some(key) = self.get_mut(&facts.id) {
                    key.unreadable = None;
                    key.facts = Some(facts);
                }
            }
            KeyEvent::Unreadable { id, error } => {
                if let Some(key) = self.get_mut(&id) {
                    key.unreadable = Some(error);
                }
            }
            KeyEvent::Removed { id } => self.seen.retain(|key| key.id != id),
            KeyEvent::Activity { .. } => {}
        }
    }

    pub fn get(&self, id: &KeyId) -> Option<&KeySeen> {
        self.seen.iter().find(|key| &key.id == id)
    }

    /// Of those that are free: no session works with them.
    pub(super) fn newest_usable(&self, is_free: impl Fn(&KeySeen) -> bool) -> Option<&KeySeen> {
        let mut free = self.seen.iter().rev().filter(|key| is_free(key));
        let newest = free.next()?;
        let usable = [newest].into_iter().chain(free).find(|key| key.unreadable.is_none());
        Some(usable.unwrap_or(newest))
    }

    fn get_mut(&mut self, id: &KeyId) -> Option<&mut KeySeen> {
        self.seen.iter_mut().find(|key| &key.id == id)
    }

    fn inserted(&mut self, id: KeyId, port: Option<String>, product: String) {
        self.seen.retain(|key| key.id != id);
        let slot = self.slot_of(port.as_deref().unwrap_or_default());
        self.seen.push(KeySeen { id, slot, product, facts: None, unreadable: None });
    }

    fn slot_of(&mut self, port: &str) -> u8 {
        let known = self.ports.get(port).copied().filter(|slot| !self.is_taken(*slot));
        let slot = known.unwrap_or_else(|| {
            let reserved: Vec<u8> = self.ports.values().copied().collect();
            (1..u8::MAX)
                .find(|slot| !reserved.contains(slot) && !self.is_taken(*slot))
                .or_else(|| (1..u8::MAX).find(|slot| !self.is_taken(*slot)))
                .unwrap_or(u8::MAX)
        });
        self.ports.insert(port.to_owned(), slot);
        slot
    }

    fn is_taken(&self, slot: u8) -> bool {
        self.seen.iter().any(|key| key.slot == slot)
    }
}

impl KeySeen {
    /// Model name, or the USB product text until the key has answered.
    pub fn model(&self) -> &str {
        self.facts.as_ref().map_or(&self.product, |facts| &facts.model)
    }

    pub fn serial(&self) -> Option<&str> {
        self.facts.as_ref().and_then(|facts| facts.serial.as_deref())
    }

    pub(super) fn state(&self) -> KeyState {
        match (&self.unreadable, &self.facts) {
            (Some(_), _) => KeyState::Failed,
            (None, Some(_)) => KeyState::Ready,
            (None, None) => KeyState::Identifying,
        }
    }
}
