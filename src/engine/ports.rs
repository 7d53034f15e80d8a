//! What jobs share: the journal, the keys, the way to the window.

use super::audience::TenantKey;
use super::start::Patience;
use super::tell::Teller;
use crate::access::Operator;
use crate::directory::Directory;
use crate::enrolment::EnrolmentId;
use crate::journal::{Journal, JournalError};
use crate::key::{Key, KeyEvent, KeyFacts, KeyId, Keys};
use crate::settings::{
    EnrolmentSettings, OutputSettings, PhoneSettings, PinSettings, VerifySettings,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The station's ports, shared by its jobs.
#[derive(Clone)]
pub(super) struct Ports {
    pub journal: JournalPort,
    pub keys: Keys,
    pub table: KeyTable,
    /// Silent while another tenant is on the screen.
    pub teller: Teller,
    pub tenant: Tenant,
    pub rules: Rules,
    pub patience: Patience,
}

/// The tenant in use and how it is shown.
#[derive(Clone)]
pub(super) struct Tenant {
    pub key: TenantKey,
    pub name: String,
    pub directory: Arc<dyn Directory>,
    /// The operator as the history names them.
    pub operator: String,
    pub who: Operator,
}

/// The settings that jobs obey, fixed while a tenant is connected.
#[derive(Clone)]
pub(super) struct Rules {
    pub pin: PinSettings,
    pub enrolment: EnrolmentSettings,
    pub outputs: OutputSettings,
    pub phones: PhoneSettings,
    pub verify: VerifySettings,
    /// The tenant whose secrets the services of `verify` are used with.
    pub services_of: String,
    /// Folder of registeredKeys.csv, letters and labels.
    pub folder: PathBuf,
}

/// The journal, called off the network's threads: each call waits for the disk.
#[derive(Clone)]
pub(super) struct JournalPort {
    journal: Arc<Journal>,
    folder: PathBuf,
}

impl JournalPort {
    pub(super) fn new(journal: Journal, folder: PathBuf) -> Self {
        Self { journal: Arc::new(journal), folder }
    }

    /// The data folder it is in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `work` on the journal; returns when it is on the disk.
    pub(super) async fn call<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        let journal = Arc::clone(&self.journal);
        off_the_network(move || work(&journal)).await
    }
}

/// Runs blocking work on a thread that may wait; a panic in it goes on here.
pub(super) async fn off_the_network<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> R {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program ends before the work began: nobody waits for it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// What a key holds of the credentials that were made at this station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnKey {
    Nothing,
    Of(EnrolmentId),
}

/// The keys that are in, with what they told; jobs can wait for a change.
#[derive(Clone)]
pub(super) struct KeyTable {
    known: watch::Sender<BTreeMap<KeyId, KeyFacts>>,
    /// Keys without a serial of which it is known whose they are, or that they are nobody's.
    told: Arc<Mutex<BTreeMap<KeyId, OnKey>>>,
    /// What was heard of keys that are in and have not told who they are.
    mute: Arc<Mutex<BTreeMap<KeyId, Vec<KeyEvent>>>>,
}

impl KeyTable {
    pub(super) fn new() -> Self {
        let known = watch::Sender::new(BTreeMap::new());
        Self { known, told: Arc::default(), mute: Arc::default() }
    }

    /// A key was put in, or can't be read.
    pub(super) fn note_mute(&self, id: &KeyId, event: KeyEvent) {
        self.mute().entry(id.clone()).or_default().push(event);
    }

    /// In the order they were heard in, of each key.
    pub(super) fn of_mute(&self) -> Vec<KeyEvent> {
        self.mute().values().flatten().cloned().collect()
    }

    /// How many keys are in that have not told who they are, or can't.
    pub(super) fn untold(&self) -> usize {
        self.mute().len()
    }

    fn mute(&self) -> MutexGuard<'_, BTreeMap<KeyId, Vec<KeyEvent>>> {
        self.mute.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, facts: KeyFacts) {
        self.mute().remove(&facts.id);
        self.known.send_modify(|known| {
            known.insert(facts.id.clone(), facts);
        });
    }

    pub(super) fn remove(&self, id: &KeyId) {
        self.all_told().remove(id);
        self.mute().remove(id);
        self.known.send_modify(|known| {
            known.remove(id);
        });
    }

    pub(super) fn note_told(&self, id: &KeyId, on_key: OnKey) {
        self.all_told().insert(id.clone(), on_key);
    }

    /// It is about to be written to.
    pub(super) fn forget_told(&self, id: &KeyId) {
        self.all_told().remove(id);
    }

    /// What this enrolment made is nobody's any more.
    pub(super) fn forget_made_in(&self, enrolment: EnrolmentId) {
        self.all_told().retain(|_, on_key| *on_key != OnKey::Of(enrolment));
    }

    /// Nothing of a key that was not asked, or did not tell.
    pub(super) fn told(&self, id: &KeyId) -> Option<OnKey> {
        self.all_told().get(id).copied()
    }

    fn all_told(&self) -> MutexGuard<'_, BTreeMap<KeyId, OnKey>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, id: &KeyId) -> Option<KeyFacts> {
        self.known.borrow().get(id).cloned()
    }

    pub(super) fn all(&self) -> Vec<KeyFacts> {
        self.known.borrow().values().cloned().collect()
    }

    pub(super) fn changes(&self) -> watch::Receiver<BTreeMap<KeyId, KeyFacts>> {
        self.known.subscribe()
    }
}

impl Ports {
    pub(super) fn key(&self, id: &KeyId) -> Option<Key> {
        self.keys.get(id)
    }
}
