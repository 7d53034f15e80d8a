//! Virtual keys without a serial of their own, and what the station learns of them.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hid::virtual_keys::{Model, Spec, TouchPolicy, VirtualKey};
use keydesk::key::{Key, KeyEvent, KeyFacts, KeyId, Keys, NoSerial};

use crate::daemon::PATIENCE;

static STATION: LazyLock<(Keys, Mutex<Receiver<KeyEvent>>)> = LazyLock::new(|| {
    let (keys, mut events) = Keys::start().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        while let Some(event) = events.blocking_recv() {
            sender.send(event).unwrap();
        }
    });
    (keys, Mutex::new(receiver))
});

/// A key of the bench that is plugged in until it is dropped.
pub struct Plugged {
    virtual_key: VirtualKey,
    id: KeyId,
}

impl Plugged {
    /// A YubiKey with a smart card side, which keeps its serial from whoever asks over HID.
    pub fn yubikey() -> Self {
        Self::new(Spec { serial: None, ..Model::Yubikey5Nfc.spec() })
    }

    pub fn new(spec: Spec) -> Self {
        // The watching begins before the first key comes.
        LazyLock::force(&STATION);
        let virtual_key = VirtualKey::new(spec).unwrap();
        virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        let id = KeyId(virtual_key.insert().to_string());
        Self { virtual_key, id }
    }

    /// Waits for facts with a serial or with the reason why there is none.
    pub fn serial(&self) -> Result<String, NoSerial> {
        let facts = self.facts(|facts| facts.serial.is_some() || facts.no_serial.is_some());
        facts.serial.ok_or_else(|| facts.no_serial.expect("a serial or a reason"))
    }

    pub fn facts(&self, wanted: impl Fn(&KeyFacts) -> bool) -> KeyFacts {
        let events = STATION.1.lock().unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            let event = events.recv_timeout(until - Instant::now()).expect("told in time");
            match event {
                KeyEvent::Identified(facts) if facts.id == self.id && wanted(&facts) => {
                    return facts;
                }
                KeyEvent::Unreadable { error, .. } => panic!("unreadable: {error}"),
                _ => {}
            }
        }
    }

    pub fn key(&self) -> Key {
        STATION.0.get(&self.id).expect("the key is in")
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        self.virtual_key.pull_out();
    }
}
