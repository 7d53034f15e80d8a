//! The shared watcher and what the tests ask of it.

use std::collections::HashMap;
use std::sync::{Condvar, LazyLock, Mutex};
use std::time::Duration;

use hid::virtual_keys::{Spec, TouchPolicy, VirtualKey};
use hid::{DeviceId, Limits};
use keydesk::key::{Activity, Key, KeyError, KeyEvent, KeyFacts, KeyId, Keys};
use keydesk::pin::Pin;
use keydesk::webauthn::{
    Challenge, ClientData, CreationOptions, CredProtect, MadeCredential, RelyingParty, UserEntity,
};

pub const RP: &str = "login.microsoft.com";
/// What an event is waited for before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

static EVENTS: LazyLock<Mutex<HashMap<KeyId, Vec<KeyEvent>>>> = LazyLock::new(Mutex::default);
static MORE: Condvar = Condvar::new();

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (keys, mut events) = Keys::start().unwrap();
    std::thread::spawn(move || {
        while let Some(event) = events.blocking_recv() {
            EVENTS.lock().unwrap().entry(id_of(&event)).or_default().push(event);
            MORE.notify_all();
        }
    });
    keys
});

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
        self.told(|event| match event {
            KeyEvent::Identified(facts) => Some(facts.clone()),
            _ => None,
        })
    }

    /// Waits until facts were told that are as wanted.
    pub fn facts_told_with(&self, wanted: impl Fn(&KeyFacts) -> bool) -> KeyFacts {
        self.told(|event| match event {
            KeyEvent::Identified(facts) if wanted(facts) => Some(facts.clone()),
            _ => None,
        })
    }

    pub fn told<T>(&self, wanted: impl Fn(&KeyEvent) -> Option<T>) -> T {
        wait_for(self.key.id(), wanted)
    }

    pub fn wait_for_touch(&self) {
        let touch = Activity::TouchNeeded;
        self.told(|event| match event {
            KeyEvent::Activity { activity, .. } => (*activity == touch).then_some(()),
            _ => None,
        });
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
    let keys = &*KEYS;
    let id = KeyId(virtual_key.insert().to_string());
    wait_for(&id, |event| matches!(event, KeyEvent::Inserted { .. }).then_some(()));
    keys.get(&id).expect("an inserted key can be had")
}

pub fn is_known(id: &KeyId) -> bool {
    KEYS.get(id).is_some()
}

pub fn events_of(id: &KeyId) -> Vec<KeyEvent> {
    EVENTS.lock().unwrap().get(id).cloned().unwrap_or_default()
}

pub fn wait_for<T>(id: &KeyId, wanted: impl Fn(&KeyEvent) -> Option<T>) -> T {
    let find = |events: &HashMap<KeyId, Vec<KeyEvent>>| events.get(id)?.iter().find_map(&wanted);
    let (events, _) = MORE
        .wait_timeout_while(EVENTS.lock().unwrap(), PATIENCE, |events| find(events).is_none())
        .unwrap();
    find(&events).unwrap_or_else(|| panic!("not told: {:?}", events.get(id)))
}

fn id_of(event: &KeyEvent) -> KeyId {
    match event {
        KeyEvent::Identified(facts) => facts.id.clone(),
        KeyEvent::Inserted { id, .. }
        | KeyEvent::Unreadable { id, .. }
        | KeyEvent::Activity { id, .. }
        | KeyEvent::Removed { id } => id.clone(),
    }
}

/// Runs a test's asynchronous calls.
pub fn run<T>(calls: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(calls)
}

pub fn pin(text: &str) -> Pin {
    Pin::new(text).map_err(|_| "no PIN").unwrap()
}

pub fn options(user: &str) -> CreationOptions {
    CreationOptions {
        relying_party: RelyingParty { id: RP.into(), name: Some("Microsoft".into()) },
        user: UserEntity {
            id: user.as_bytes().iter().copied().take(64).collect(),
            name: user.into(),
            display_name: user.into(),
        },
        challenge: Challenge("Y2hhbGxlbmdlIG9mIHRoZSBkaXJlY3Rvcnk".into()),
        algorithms: vec![-7, -257],
        exclude: Vec::new(),
        resident_key: true,
        user_verification_required: true,
        cred_protect: Some(CredProtect::UserVerificationRequired),
        hmac_secret: true,
        expires_at: None,
        reservation: None,
    }
}

pub fn client_data(options: &CreationOptions) -> ClientData {
    ClientData::create(&options.challenge, &options.relying_party.id)
}

pub async fn make(
    key: &Key,
    options: &CreationOptions,
    pin: &Pin,
) -> Result<MadeCredential, KeyError> {
    key.make_credential(options, &client_data(options).0, pin).await
}
