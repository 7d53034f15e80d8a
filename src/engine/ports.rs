//! What jobs share: the journal, the keys, the way to the window.

use super::tell::Teller;
use crate::directory::Directory;
use crate::journal::{Journal, JournalError};
use crate::key::{Key, KeyFacts, KeyId, Keys};
use crate::settings::{EnrolmentSettings, OutputSettings, PinSettings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The station's ports, shared by its jobs.
pub(super) struct Ports {
    pub journal: JournalPort,
    pub keys: Keys,
    pub table: KeyTable,
    pub teller: Teller,
    pub tenant: Tenant,
    pub rules: Rules,
}

/// The tenant in use and how it is shown.
pub(super) struct Tenant {
    pub name: String,
    pub directory: Arc<dyn Directory>,
    pub operator: String,
}

/// The settings that jobs obey, fixed while a tenant is connected.
#[derive(Clone)]
pub(super) struct Rules {
    pub pin: PinSettings,
    pub enrolment: EnrolmentSettings,
    pub outputs: OutputSettings,
    /// Folder of registeredKeys.csv, letters and labels.
    pub folder: PathBuf,
}

/// The journal, called off the network's threads: each call waits for the disk.
#[derive(Clone)]
pub(super) struct JournalPort(Arc<Mutex<Journal>>);

impl JournalPort {
    pub(super) fn new(journal: Journal) -> Self {
        Self(Arc::new(Mutex::new(journal)))
    }

    /// Runs `work` on the journal; returns when it is on the disk.
    pub(super) async fn call<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Journal) -> Result<R, JournalError> + Send + 'static,
    ) -> Result<R, JournalError> {
        let journal = Arc::clone(&self.0);
        let job = tokio::task::spawn_blocking(move || {
            work(&mut journal.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match job.await {
            Ok(result) => result,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
}

/// The keys that are in, with what they told; jobs can wait for a change.
#[derive(Clone)]
pub(super) struct KeyTable {
    known: watch::Sender<BTreeMap<KeyId, KeyFacts>>,
}

impl KeyTable {
    pub(super) fn new() -> Self {
        Self { known: watch::Sender::new(BTreeMap::new()) }
    }

    pub(super) fn put(&self, facts: KeyFacts) {
        self.known.send_modify(|known| {
            known.insert(facts.id.clone(), facts);
        });
    }

    pub(super) fn remove(&self, id: &KeyId) {
        self.known.send_modify(|known| {
            known.remove(id);
        });
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
