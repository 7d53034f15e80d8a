//! Undone keys whose row in `undoneKeys.csv` could not be written before their session ended: kept
//! here until it is.

use super::audit::timestamp;
use super::enrolments::{name, parse_id};
use super::{Journal, JournalError};
use crate::enrolment::EnrolmentId;
use jiff::Timestamp;
use rusqlite::params;

/// What the row says beside the enrolment itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlistedUndo {
    pub enrolment: EnrolmentId,
    pub tenant: String,
    /// Who took the key back, why, and when.
    pub operator: String,
    pub reason: String,
    pub at: Timestamp,
}

impl Journal {
    /// The row can't be written now. Before the key counts as undone, so that nothing is lost in
    /// between.
    pub fn undo_stays_unlisted(&self, undo: &UnlistedUndo) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "INSERT OR REPLACE INTO undo_unlisted (enrolment, tenant, operator, reason, at_us)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    name(undo.enrolment),
                    undo.tenant,
                    undo.operator,
                    undo.reason,
                    undo.at.as_microsecond()
                ],
            )?;
            Ok(())
        })
    }

    /// Those of a tenant, oldest first.
    pub fn unlisted_undos(&self, tenant: &str) -> Result<Vec<UnlistedUndo>, JournalError> {
        let open = self.lock();
        let mut select = open.db.prepare(
            "SELECT enrolment, operator, reason, at_us FROM undo_unlisted
             WHERE tenant = ?1 ORDER BY at_us, enrolment",
        )?;
        let rows = select.query_map([tenant], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        rows.map(|row| {
            let (enrolment, operator, reason, at) = row?;
            Ok(UnlistedUndo {
                enrolment: parse_id(&enrolment)?,
                tenant: tenant.to_owned(),
                operator,
                reason,
                at: timestamp(at),
            })
        })
        .collect()
    }

    /// Its row is on the disk.
    pub fn undo_is_listed(&self, enrolment: EnrolmentId) -> Result<(), JournalError> {
        self.change(|change| {
            change
                .db
                .execute("DELETE FROM undo_unlisted WHERE enrolment = ?1", [name(enrolment)])?;
            Ok(())
        })
    }
}
