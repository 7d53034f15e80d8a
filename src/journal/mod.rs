//! What happened and what is about to: enrolments, the vault of sealed PINs, the audit chain.
//!
//! One SQLite file in the data folder, WAL, `synchronous=FULL`: a call that has returned is on
//! the disk, and one that has failed has left nothing half done. One process uses a data folder
//! at a time. Every call blocks; async callers use a blocking thread.
//!
//! An enrolment's life: [`Journal::begin`] (intent and sealed PIN together), [`Journal::append`]
//! before and after each effect, [`Journal::finish`]. What has no finish is in
//! [`Journal::unfinished`] at the next start.

mod audit;
mod checks;
mod enrolments;
mod error;
mod left;
mod look;
mod phones;
mod schema;
mod sessions;
#[cfg(test)]
mod tests;
mod unlisted;
mod vault;

pub use audit::{Action, ChainFault, Entry, HistoryRow, Tail, Verified};
pub use checks::{
    CheckEnd, CheckFacts, NewCheck, SendCame, StoredCheck, ToSend, Waiting, WaitingCount,
};
pub use enrolments::{Milestone, OfModel, PinAfter, SealedPin, StoredEnrolment};
pub use error::JournalError;
pub use left::{Left, LeftWhat, NewClaim};
pub use look::Look;
pub use phones::{
    DueNotice, NewPhoneRow, PhoneJobFacts, PhoneJobId, PhoneJobLine, PhoneRowState, StoredPhoneJob,
    StoredPhoneRow,
};
pub use sessions::{NewSession, StoredSession};
pub use unlisted::UnlistedUndo;
pub use vault::VaultState;

use crate::secrets::Secrets;
use audit::Chain;
use jiff::Timestamp;
use rusqlite::Connection;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vault::Vault;

/// The open journal of one data folder.
pub struct Journal {
    open: Mutex<Open>,
    /// Held for as long as the journal is open.
    _lock: File,
}

struct Open {
    db: Connection,
    vault: Vault,
    chain: Chain,
}

impl Journal {
    /// Opens (or makes) the journal in `folder` and takes the folder for this process.
    ///
    /// A vault key that is missing or wrong is no error here: see [`Journal::vault`].
    pub fn open(folder: &Path, secrets: &Secrets) -> Result<Self, JournalError> {
        let lock = schema::take_folder(folder)?;
        let mut db = schema::connect(folder)?;
        let vault = Vault::open(&mut db, secrets)?;
        let chain = Chain::open(&db, vault.key().ok())?;
        Ok(Self { open: Mutex::new(Open { db, vault, chain }), _lock: lock })
    }

    /// What names this journal in the keyring.
    pub fn id(&self) -> Result<uuid::Uuid, JournalError> {
        vault::journal_id(&self.lock().db)
    }

    /// Whether PINs can be sealed and revealed.
    pub fn vault(&self) -> VaultState {
        self.lock().vault.state()
    }

    /// Whether what is sealed can still be opened after the next start of the program.
    pub fn vault_outlives_program(&self, secrets: &Secrets) -> bool {
        self.lock().vault.is_kept_in(secrets)
    }

    /// Asks the keyring again, after it was locked or unreachable. A vault that works stays as it is:
    /// its key may be nowhere else.
    pub fn reopen_vault(&self, secrets: &Secrets) -> Result<VaultState, JournalError> {
        let mut open = self.lock();
        let open = &mut *open;
        if open.vault.key().is_ok() {
            return Ok(VaultState::Ready);
        }
        open.vault = Vault::open(&mut open.db, secrets)?;
        open.chain = Chain::open(&open.db, open.vault.key().ok())?;
        Ok(open.vault.state())
    }

    /// Makes a new vault key where the right one is gone for good, and answers how many sealed
    /// PINs are lost with it. Does nothing to a vault that works.
    pub fn give_up_sealed_pins(
        &self,
        secrets: &Secrets,
        operator: &str,
        at: Timestamp,
    ) -> Result<u64, JournalError> {
        let mut open = self.lock();
        let Open { db, vault, chain } = &mut *open;
        let (next, lost) = vault.replace_key(db, chain, secrets, operator, at)?;
        *chain = next;
        Ok(lost)
    }

    /// Writes one row of history that belongs to no enrolment, or follows its end.
    pub fn audit(&self, entry: &Entry, at: Timestamp) -> Result<(), JournalError> {
        self.change(|change| change.audit(entry, at))
    }

    /// Walks the whole history.
    ///
    /// # Errors
    /// [`JournalError::Chain`] when it was altered.
    pub fn verify_chain(&self) -> Result<Verified, JournalError> {
        let open = self.lock();
        audit::verify(&open.db, open.vault.key().ok())
    }

    /// Rows that hold every word of `filter`, newest first.
    pub fn history(
        &self,
        filter: &str,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<HistoryRow>, JournalError> {
        audit::history(&self.lock().db, None, filter, limit, offset)
    }

    /// The same of one tenant, with the rows that belong to the station itself.
    pub fn history_in(
        &self,
        tenant: &str,
        filter: &str,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<HistoryRow>, JournalError> {
        audit::history(&self.lock().db, Some(tenant), filter, limit, offset)
    }

    /// How often something was done in a tenant since a moment, such as keys handed over today.
    pub fn count(
        &self,
        tenant: &str,
        action: Action,
        since: Timestamp,
    ) -> Result<u64, JournalError> {
        audit::count(&self.lock().db, tenant, action, since)
    }

    /// Whether something was ever done here, in whichever tenant.
    pub fn has_ever(&self, action: Action) -> Result<bool, JournalError> {
        audit::has_ever(&self.lock().db, action)
    }

    /// Runs one change as one transaction: all of it is on the disk, or nothing.
    fn change<T>(
        &self,
        work: impl FnOnce(&mut Change<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut open = self.lock();
        let Open { db, vault, chain } = &mut *open;
        let tx = db.transaction()?;
        let mut change = Change { db: &tx, vault, chain: *chain };
        let answer = work(&mut change)?;
        let next = change.chain;
        tx.commit()?;
        *chain = next;
        Ok(answer)
    }

    /// A panic elsewhere leaves it whole: the transaction rolled back, the chain not moved.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Walks the whole history of a data folder beside a station that has it open; writes nothing.
///
/// # Errors
/// [`JournalError::Chain`] when it was altered.
pub fn verify(folder: &Path, secrets: &Secrets) -> Result<Verified, JournalError> {
    let db = schema::connect_to_look(folder)?;
    let key = Vault::look(&db, secrets)?;
    audit::verify(&db, key.as_ref())
}

/// What one transaction works with.
struct Change<'a> {
    db: &'a Connection,
    vault: &'a Vault,
    chain: Chain,
}

impl Change<'_> {
    fn audit(&mut self, entry: &Entry, at: Timestamp) -> Result<(), JournalError> {
        self.chain = audit::add(self.db, &self.chain, self.vault.key().ok(), entry, at)?;
        Ok(())
    }
}
