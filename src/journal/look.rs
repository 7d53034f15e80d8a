//! A journal that is looked into beside a station that has it open. Nothing is written.

use super::audit::{self, Action, HistoryRow, Verified};
use super::enrolments::{self, StoredEnrolment};
use super::phones::{self, PhoneJobLine};
use super::sessions::{self, StoredSession};
use super::vault::{SealingKey, Vault};
use super::{JournalError, schema};
use crate::bulk::SessionId;
use crate::enrolment::EnrolmentId;
use crate::secrets::Secrets;
use rusqlite::Connection;
use std::path::Path;

/// One moment of a journal: what is written to it meanwhile is not seen.
pub struct Look {
    db: Connection,
    key: Option<SealingKey>,
}

impl Look {
    /// # Errors
    /// [`JournalError::Folder`] where there is no journal; [`JournalError::Newer`] and
    /// [`JournalError::Older`] where its tables are not those of this version.
    pub fn open(folder: &Path, secrets: &Secrets) -> Result<Self, JournalError> {
        let db = schema::connect_to_look(folder)?;
        schema::require_current(&db)?;
        let key = Vault::look(&db, secrets)?;
        // The first query after this is the moment.
        db.execute_batch("BEGIN")?;
        Ok(Self { db, key })
    }

    /// Walks the whole history.
    ///
    /// # Errors
    /// [`JournalError::Chain`] when it was altered.
    pub fn verify(&self) -> Result<Verified, JournalError> {
        audit::verify(&self.db, self.key.as_ref())
    }

    /// Jobs that change phones of a tenant, newest first.
    pub fn phone_jobs(&self, tenant: &str, limit: u32) -> Result<Vec<PhoneJobLine>, JournalError> {
        phones::jobs(&self.db, tenant, limit)
    }

    /// The tenant's session that was begun last.
    pub fn newest_session(&self, tenant: &str) -> Result<Option<SessionId>, JournalError> {
        Ok(sessions::list(&self.db, tenant)?.into_iter().next().map(|(id, _)| id))
    }

    pub fn session(&self, id: SessionId) -> Result<StoredSession, JournalError> {
        sessions::load(&self.db, id)
    }

    /// The numbers its people are kept under: 1, 2, 3 and so on, unless somebody took one out.
    pub fn numbers(&self, id: SessionId) -> Result<Vec<u32>, JournalError> {
        sessions::numbers(&self.db, id)
    }

    /// Every enrolment the journal ever held, oldest first.
    pub fn enrolments(&self) -> Result<Vec<StoredEnrolment>, JournalError> {
        enrolments::all(&self.db)
    }

    /// The history's row about the beginning of a session, and what was handed over in its tenant
    /// since, oldest first. Nothing where that row is gone.
    pub fn history_of(
        &self,
        session: &StoredSession,
    ) -> Result<(Option<HistoryRow>, Vec<HistoryRow>), JournalError> {
        let begun = (Action::SessionBegun, session.begun_at);
        let Some((place, begun)) = audit::row_of_moment(&self.db, &session.tenant, begun)? else {
            return Ok((None, Vec::new()));
        };
        let handed_over =
            audit::of_action_behind(&self.db, &session.tenant, place, Action::HandedOver)?;
        Ok((Some(begun), handed_over))
    }

    /// Whether PINs can be tried at all.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Whether the enrolment's sealed PIN opens; nobody sees it. Nothing without the vault's key.
    pub fn pin_opens(&self, id: EnrolmentId) -> Result<Option<bool>, JournalError> {
        let Some(key) = &self.key else { return Ok(None) };
        let sealed = enrolments::sealed(&self.db, id)?;
        Ok(Some(sealed.is_some_and(|sealed| key.open_pin(id, &sealed).is_ok())))
    }
}
