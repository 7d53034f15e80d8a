//! What both tests of `kill -9` need: the process that is killed, and looks at what it left.

use hid::virtual_keys::{Spec, VirtualKey};
use keydesk::enrolment::{Ceremony, Left, Outcome};
use keydesk::journal::StoredEnrolment;
use keydesk::key::{Configure, Key, KeyError, KeyEvent, KeyId, Keys, PinState, StoredCredential};
use keydesk::pin::Pin;
use keydesk::practice::cloud::Cloud;
use keydesk::secrets::{Mode, SecretName, SecretText, Secrets};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

/// A bound on waiting, never a measurement.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// What this process is to do.
pub enum Role {
    /// Work until it is killed.
    Work,
    /// Bring to an end what the kills left.
    Settle,
    /// Start the others, kill them, look at what they left.
    Survive,
    /// There is no Secret Service.
    Skip,
}

pub fn role() -> Role {
    match std::env::var("KEYDESK_KILL_ROLE").as_deref() {
        Ok("work") => Role::Work,
        Ok("settle") => Role::Settle,
        _ if std::env::var("KEYDESK_REAL_KEYRING").as_deref() == Ok("1") => Role::Survive,
        _ => Role::Skip,
    }
}

pub fn say_skipped() {
    println!("the kill test needs a real Secret Service: packaging/test runs it in one");
    println!("0 passed, 0 failed, 1 skipped");
}

/// `KILLS` and `KILL_SEED`.
pub fn rounds_and_seed(usual: u32) -> (u32, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("KILLS").and_then(|n| n.try_into().ok()).unwrap_or(usual);
    let seed = number("KILL_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("{rounds} kills, KILL_SEED={seed}");
    (rounds, seed)
}

pub fn real_keyring() -> Secrets {
    let secrets = Secrets::probe();
    assert_eq!(secrets.mode(), Mode::Keyring, "no Secret Service");
    secrets
}

/// A station of this cloud's tenant.
pub fn configure(folder: &Path, cloud: &Cloud, secrets: &Secrets, tenant: &str) {
    let there = cloud.connection();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let text = format!(
        "[tenant]\nname = \"{tenant}\"\ntenant = \"{}\"\nclient_id = \"{}\"\nsign_in = \"secret\"\nlogin_url = \"{}\"\n\
         graph_url = \"{}\"\n\n[security]\nsensitive = []\n",
        there.domain, there.client_id, there.base_url, there.base_url
    );
    std::fs::write(folder.join("config/config.toml"), text).unwrap();
    let name = SecretName::ClientSecret { tenant: tenant.into() };
    secrets.set(&name, &SecretText::new(there.secret.expose())).unwrap();
}

/// # Panics
/// When it ended before it was killed: it panics when something must not be.
pub fn kill_after(folder: &Path, delay: Duration, round: u32, turn: Turn) {
    let mut child = child(folder, "work", turn);
    std::thread::sleep(delay);
    if let Some(status) = child.try_wait().unwrap() {
        panic!("round {round}: it ended by itself: {status}");
    }
    // `Child::kill` is SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
}

pub fn settle(folder: &Path, turn: Turn) {
    let status = child(folder, "settle", turn).wait().unwrap();
    assert!(status.success(), "what the kills left could not be settled: {status}");
}

fn child(folder: &Path, role: &str, turn: Turn) -> Child {
    Process::new(std::env::current_exe().unwrap())
        .env("KEYDESK_KILL_ROLE", role)
        .env("KEYDESK_KILL_FOLDER", folder)
        .env("KEYDESK_KILL_TURN", turn.number.to_string())
        .env("KILL_SEED", turn.seed.to_string())
        // A panic must end it before the kill does.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn folder_of_child() -> PathBuf {
    PathBuf::from(std::env::var_os("KEYDESK_KILL_FOLDER").expect("no folder"))
}

pub fn turn_of_child() -> Turn {
    let number = |name| std::env::var(name).unwrap().parse().unwrap();
    Turn { number: number("KEYDESK_KILL_TURN"), seed: number("KILL_SEED") }
}

/// What one child begins with.
#[derive(Clone, Copy)]
pub struct Turn {
    pub number: u64,
    pub seed: u64,
}

/// Keys as the surviving process sees them.
pub struct Reader {
    pub keys: Keys,
    events: tokio::sync::mpsc::Receiver<KeyEvent>,
    pub runtime: tokio::runtime::Runtime,
}

impl Reader {
    pub fn new(runtime: tokio::runtime::Runtime) -> Self {
        let (keys, events) = Keys::start().unwrap();
        Self { keys, events, runtime }
    }

    /// The key of this memory, plugged in for as long as it is looked at.
    pub fn with_key<T>(&mut self, spec: Spec, look: impl FnOnce(&Self, &Key) -> T) -> T {
        let key = VirtualKey::new(spec).unwrap();
        let id = KeyId(key.insert().to_string());
        self.wait_for(|event| matches!(event, KeyEvent::Identified(f) if f.id == id));
        let handle = self.keys.get(&id).unwrap();
        let found = look(self, &handle);
        key.pull_out();
        self.wait_for(|event| matches!(event, KeyEvent::Removed { id: gone } if *gone == id));
        found
    }

    fn wait_for(&mut self, mut wanted: impl FnMut(&KeyEvent) -> bool) {
        let events = &mut self.events;
        self.runtime
            .block_on(async {
                tokio::time::timeout(PATIENCE, async {
                    while let Some(event) = events.recv().await {
                        if wanted(&event) {
                            return;
                        }
                    }
                })
                .await
            })
            .expect("the virtual key was not seen");
    }

    /// Whose PIN the key has; `None` where it has none. `enrolments` are this key's with a PIN
    /// that is known, newest first.
    ///
    /// # Panics
    /// When its PIN is not known, or a credential is on it that nobody accounts for.
    pub fn check_key<'a>(
        &self,
        key: &Key,
        enrolments: &[(&'a StoredEnrolment, Pin)],
        round: u32,
    ) -> Option<&'a StoredEnrolment> {
        let facts = self.runtime.block_on(key.facts()).unwrap();
        if facts.pin == PinState::NotSet {
            return None;
        }
        // The newest two: the one being made, and the one whose reset had not come yet.
        let found = enrolments.iter().take(2).find(|(_, pin)| {
            match self.runtime.block_on(opens(key, pin, facts.pin)) {
                Ok(()) => true,
                Err(KeyError::PinInvalid { .. }) => false,
                Err(error) => panic!("round {round}: {error}"),
            }
        });
        let serial = facts.serial.unwrap_or_default();
        let (holder, pin) =
            found.unwrap_or_else(|| panic!("round {round}: the PIN of key {serial} is lost"));
        let stored = self.runtime.block_on(credentials(key, pin, facts.pin)).unwrap();
        assert!(stored.len() <= 1, "round {round}: {} credentials on {serial}", stored.len());
        for credential in stored {
            let made = ceremony(holder).made().and_then(|made| made.credential_id.clone());
            let unsure = holder.finished_at.is_none() && made.is_none();
            assert!(
                unsure || made.as_ref() == Some(&credential.id) || left_on_key(holder),
                "round {round}: a credential on {serial} that no enrolment accounts for"
            );
        }
        Some(holder)
    }
}

/// Whether the PIN is the key's. One that must be changed is tried by changing it away and back.
async fn opens(key: &Key, pin: &Pin, state: PinState) -> Result<(), KeyError> {
    match state {
        PinState::MustChange => credentials(key, pin, state).await.map(drop),
        _ => key.check_pin(pin).await,
    }
}

/// The key's credentials; the key is left as it was found.
async fn credentials(
    key: &Key,
    pin: &Pin,
    state: PinState,
) -> Result<Vec<StoredCredential>, KeyError> {
    if state != PinState::MustChange {
        return key.credentials(pin).await;
    }
    let other = Pin::new("83726150").unwrap();
    key.change_pin(pin, &other).await?;
    let found = key.credentials(&other).await;
    key.change_pin(&other, pin).await?;
    key.configure(pin, Configure::ForcePinChange).await?;
    found
}

/// Everything the cloud has is known to an enrolment: named by it, or still to be resolved.
pub fn check_registrations(cloud: &Cloud, all: &[StoredEnrolment], round: u32) {
    // Each enrolment is replayed once: a long run has a thousand of them to look at.
    let (mut methods, mut credentials) = (BTreeSet::new(), BTreeSet::new());
    for ceremony in all.iter().map(ceremony) {
        methods.extend(ceremony.method_id().map(str::to_owned));
        let made = ceremony.made().and_then(|made| made.credential_id.as_ref());
        credentials.extend(made.map(|id| id.to_base64url()));
    }
    for passkey in cloud.control().observed().registered {
        let known =
            methods.contains(&passkey.method_id) || credentials.contains(&passkey.credential_id);
        assert!(known, "round {round}: a registration that no enrolment knows of");
    }
}

pub fn ceremony(stored: &StoredEnrolment) -> Ceremony {
    Ceremony::replay(stored.intent.clone(), &stored.records).expect("records out of order")
}

pub fn outcome(stored: &StoredEnrolment) -> Option<Outcome> {
    ceremony(stored).outcome().cloned()
}

pub fn last_sure(stored: &StoredEnrolment) -> String {
    ceremony(stored).last_sure()
}

fn left_on_key(stored: &StoredEnrolment) -> bool {
    let left = match outcome(stored) {
        Some(
            Outcome::HandedOver { left, .. }
            | Outcome::RolledBack { left, .. }
            | Outcome::Abandoned { left, .. },
        ) => left,
        None => return false,
    };
    left.iter().any(|left| matches!(left, Left::CredentialOnKey { .. }))
}

/// The methods of `registeredKeys.csv`, row by row.
pub fn csv_methods(data: &Path, tenant: &str) -> Vec<String> {
    let mut rows = csv::Reader::from_path(data.join(tenant).join("registeredKeys.csv")).unwrap();
    // An id that begins like a formula has a quote before it.
    let id = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    rows.records().map(|row| id(&row.unwrap()[1])).collect()
}

/// A small generator (SplitMix64), so that a failure can be repeated.
pub struct SplitMix(pub u64);

impl SplitMix {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    #[allow(dead_code)] // not every test draws so
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// True so many times in a thousand.
    #[allow(dead_code)] // not every test draws so
    pub fn often(&mut self, of_thousand: u64) -> bool {
        self.next() % 1000 < of_thousand
    }
}
