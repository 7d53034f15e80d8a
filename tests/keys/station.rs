//! The watcher that all tests of a process share, and what they ask of a key.

use std::collections::HashMap;
use std::sync::{Condvar, LazyLock, Mutex};
use std::time::Duration;

use keydesk::key::{Activity, Key, KeyError, KeyEvent, KeyFacts, KeyId, Keys};
use keydesk::pin::Pin;
use keydesk::webauthn::{
    Challenge, ClientData, CreationOptions, CredProtect, MadeCredential, RelyingParty, UserEntity,
};

pub const RP: &str = "login.microsoft.com";
/// What an event is waited for before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

static EVENTS: LazyLock<Mutex<Told>> = LazyLock::new(Mutex::default);
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

/// The key of this insertion, once the station knows of it.
pub fn key_of(id: &KeyId) -> Key {
    let is_in = |event: &KeyEvent| matches!(event, KeyEvent::Inserted { .. });
    // An earlier insertion may have had the same name: the key itself must be there, too.
    wait_until(|told| told.get(id)?.iter().any(is_in).then(|| KEYS.get(id))?)
        .unwrap_or_else(|| panic!("an inserted key can't be had: {:?}", events_of(id)))
}

/// Begins to watch, if nobody has.
pub fn watch() {
    LazyLock::force(&KEYS);
}

pub fn is_known(id: &KeyId) -> bool {
    KEYS.get(id).is_some()
}

pub fn events_of(id: &KeyId) -> Vec<KeyEvent> {
    EVENTS.lock().unwrap().get(id).cloned().unwrap_or_default()
}

/// What was told so far, by insertion.
pub type Told = HashMap<KeyId, Vec<KeyEvent>>;

pub fn wait_for<T>(id: &KeyId, wanted: impl Fn(&KeyEvent) -> Option<T>) -> T {
    wait_until(|told| told.get(id)?.iter().find_map(&wanted))
        .unwrap_or_else(|| panic!("not told: {:?}", events_of(id)))
}

/// Waits until it is found in what was told.
pub fn wait_until<T>(find: impl Fn(&Told) -> Option<T>) -> Option<T> {
    let (told, _) = MORE
        .wait_timeout_while(EVENTS.lock().unwrap(), PATIENCE, |told| find(told).is_none())
        .unwrap();
    find(&told)
}

/// The facts that were told of this insertion and are as wanted.
pub fn facts_told_with(id: &KeyId, wanted: impl Fn(&KeyFacts) -> bool) -> KeyFacts {
    wait_for(id, |event| match event {
        KeyEvent::Identified(facts) if wanted(facts) => Some(facts.clone()),
        _ => None,
    })
}

pub fn wait_for_touch(id: &KeyId) {
    wait_for(id, |event| match event {
        KeyEvent::Activity { activity: Activity::TouchNeeded, .. } => Some(()),
        _ => None,
    });
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

/// Runs the calls while this thread's twin acts on the key; the calls begin first.
pub fn run_beside<T: Send>(calls: impl Future<Output = T> + Send, act: impl FnOnce()) -> T {
    std::thread::scope(|scope| {
        let (began, begun) = std::sync::mpsc::sync_channel(1);
        let running = scope.spawn(move || {
            run(async move {
                let mut calls = std::pin::pin!(calls);
                let mut began = Some(began);
                std::future::poll_fn(move |context| {
                    let state = calls.as_mut().poll(context);
                    if let Some(began) = began.take() {
                        began.send(()).unwrap();
                    }
                    state
                })
                .await
            })
        });
        begun.recv().unwrap();
        act();
        running.join().unwrap()
    })
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
