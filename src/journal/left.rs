//! What a check may have left where others see it: its claim of a caller, a lock they are not told
//! of yet, a code or a question at its service. Each stands here before it is made, or together
//! with the end that leaves it, until it is known to be gone.

use super::audit::timestamp;
use super::checks::{StoredCheck, read, uuid};
use super::enrolments::to_json;
use super::{Action, Change, Entry, Journal, JournalError};
use crate::verify::{Channel, note};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// No code and no question counts longer at its service.
const AT_SERVICE: SignedDuration = SignedDuration::from_hours(1);

/// A claim that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClaim {
    pub check: Uuid,
    pub tenant: String,
    /// As the history names them.
    pub agent: String,
    /// The directory's id of the person.
    pub person: String,
    pub upn: String,
}

/// Something that a check left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub check: Uuid,
    /// The directory's id.
    pub person: String,
    pub what: LeftWhat,
    /// From then on it is gone by itself.
    pub until: Timestamp,
    /// Tries so far to undo it, or to tell it.
    pub tries: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftWhat {
    /// Other stations may see the caller as being checked here.
    Claim,
    /// Nobody is to check the caller until then, and other stations may not know.
    Lock,
    /// Whoever answers it late must not be taken for verified.
    AtService { channel: Channel, id: String, target: Option<String> },
}

impl LeftWhat {
    fn kind(&self) -> &'static str {
        match self {
            Self::Claim => CLAIM,
            Self::Lock => LOCK,
            Self::AtService { .. } => AT_A_SERVICE,
        }
    }
}

const CLAIM: &str = "claim";
const LOCK: &str = "lock";
const AT_A_SERVICE: &str = "service";

/// Whose claim it was; taken away once that is told.
#[derive(Serialize, Deserialize)]
struct Claimant {
    agent: String,
    upn: String,
}

#[derive(Serialize, Deserialize)]
struct AtService {
    channel: Channel,
    id: String,
    target: Option<String>,
}

impl Journal {
    /// A check is about to claim its caller, or to prolong its claim, until then at the latest.
    pub fn will_claim(&self, claim: &NewClaim, until: Timestamp) -> Result<(), JournalError> {
        let claimant = Claimant { agent: claim.agent.clone(), upn: claim.upn.clone() };
        let body = to_json(&claimant)?;
        self.change(|change| {
            let whose = (claim.check, claim.tenant.as_str(), claim.person.as_str());
            add(change, whose, CLAIM, Some(&body), until)
        })
    }

    /// The check was refused and not begun: its claim, where one may stand still, is to be let go
    /// of, and nobody was interrupted.
    pub fn claim_was_refused(&self, check: Uuid) -> Result<(), JournalError> {
        self.change(|change| no_claimant(change, check))
    }

    /// Claims of checks that were never begun stand in the history as interrupted, once.
    /// `runs` tells those that may begin still.
    pub fn end_unsent_claims(
        &self,
        tenant: &str,
        runs: impl Fn(Uuid) -> bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            for (check, claimant) in unsent(change, tenant)? {
                if runs(check) {
                    continue;
                }
                let entry = Entry {
                    tenant: tenant.to_owned(),
                    operator: claimant.agent,
                    action: Action::CheckEnded,
                    subject: claimant.upn,
                    serial: None,
                    detail: format!(
                        "Interrupted before anything was sent, {}",
                        note::reference(check)
                    ),
                };
                change.audit(&entry, at)?;
                no_claimant(change, check)?;
            }
            Ok(())
        })
    }

    /// What of a tenant's is to be seen to now, or of one person whenever it is due; locks first.
    /// The claim of a check that locks its caller is none by itself: whoever let go of it before
    /// the lock is told would free the caller in between.
    pub fn left(
        &self,
        tenant: &str,
        person: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Left>, JournalError> {
        let open = self.lock();
        let mut statement = open.db.prepare(
            "SELECT check_id, person, kind, body, until_us, tries FROM caller_left
             WHERE tenant = ?1 AND (person = ?2 OR (?2 IS NULL AND due_at_us <= ?3))
             AND NOT (kind = ?4 AND EXISTS (SELECT 1 FROM caller_left AS lock
                 WHERE lock.check_id = caller_left.check_id AND lock.kind = ?5
                 AND lock.until_us > ?3))
             ORDER BY kind <> ?5, until_us",
        )?;
        let bound = params![tenant, person, now.as_microsecond(), CLAIM, LOCK];
        let rows = statement.query_map(bound, LeftRow::read)?;
        let mut left = Vec::new();
        for row in rows {
            // One that was altered keeps no other one back.
            match row?.left() {
                Ok(one) => left.push(one),
                Err(error) => tracing::warn!("what a check left can't be read: {error}"),
            }
        }
        Ok(left)
    }

    /// Whether anything of a tenant's waits for a service, due or not.
    pub fn is_anything_left(&self, tenant: &str) -> Result<bool, JournalError> {
        let is_any = "SELECT EXISTS (SELECT 1 FROM caller_left WHERE tenant = ?1)
                      OR EXISTS (SELECT 1 FROM caller_outbox WHERE tenant = ?1)";
        Ok(self.lock().db.query_row(is_any, [tenant], |row| row.get(0))?)
    }

    /// Tenants of which anything waits for a service, due or not.
    pub fn tenants_with_left(&self) -> Result<Vec<String>, JournalError> {
        let open = self.lock();
        let mut statement = open.db.prepare(
            "SELECT tenant FROM caller_left UNION SELECT tenant FROM caller_outbox ORDER BY 1",
        )?;
        let tenants = statement.query_map([], |row| row.get(0))?;
        Ok(tenants.collect::<Result<_, _>>()?)
    }

    /// It is known to be gone, or told; whoever is told of a lock lets go of the claim with it.
    pub fn left_is_gone(&self, check: Uuid, what: &LeftWhat) -> Result<(), JournalError> {
        let too = if *what == LeftWhat::Lock { CLAIM } else { what.kind() };
        self.change(|change| {
            change.db.execute(
                "DELETE FROM caller_left WHERE check_id = ?1 AND kind IN (?2, ?3)",
                params![check.to_string(), what.kind(), too],
            )?;
            Ok(())
        })
    }

    /// It could not be undone, or told; tried again from then on.
    pub fn left_stays(&self, left: &Left, from: Timestamp, why: &str) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "UPDATE caller_left SET tries = tries + 1, due_at_us = ?3, why = ?4
                 WHERE check_id = ?1 AND kind = ?2",
                params![left.check.to_string(), left.what.kind(), from.as_microsecond(), why],
            )?;
            Ok(())
        })
    }
}

/// With the end of a check that locks its caller: other stations are to be told.
pub(super) fn add_lock(
    change: &Change<'_>,
    stored: &StoredCheck,
    until: Timestamp,
) -> Result<(), JournalError> {
    add(change, (stored.id, &stored.tenant, &stored.person), LOCK, None, until)
}

/// With the end of an interrupted check: what is at its service is to be ended there.
pub(super) fn add_at_service(
    change: &Change<'_>,
    stored: &StoredCheck,
) -> Result<(), JournalError> {
    let facts = &stored.facts;
    let Some(id) = facts.service_id.clone() else { return Ok(()) };
    let body = to_json(&AtService { channel: facts.channel, id, target: facts.target.clone() })?;
    let whose = (stored.id, stored.tenant.as_str(), stored.person.as_str());
    add(change, whose, AT_A_SERVICE, Some(&body), stored.begun_at + AT_SERVICE)
}

/// Everything of a tenant is due.
pub(super) fn all_due(change: &Change<'_>, tenant: &str) -> Result<(), JournalError> {
    change.db.execute("UPDATE caller_left SET due_at_us = 0 WHERE tenant = ?1", [tenant])?;
    Ok(())
}

/// How many locks others are not told of, and why the last try failed.
pub(super) fn locks(
    db: &rusqlite::Connection,
    tenant: &str,
) -> Result<(usize, Option<String>), JournalError> {
    let row = db.query_row(
        "SELECT count(*), max(why) FROM caller_left WHERE tenant = ?1 AND kind = ?2",
        [tenant, LOCK],
        |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)),
    );
    let (count, why) = row?;
    Ok((usize::try_from(count).unwrap_or_default(), why))
}

fn add(
    change: &Change<'_>,
    (check, tenant, person): (Uuid, &str, &str),
    kind: &str,
    body: Option<&str>,
    until: Timestamp,
) -> Result<(), JournalError> {
    change.db.execute(
        "INSERT INTO caller_left (check_id, kind, tenant, person, body, until_us, due_at_us, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
         ON CONFLICT (check_id, kind) DO UPDATE SET until_us = max(until_us, excluded.until_us)",
        params![check.to_string(), kind, tenant, person, body, until.as_microsecond()],
    )?;
    Ok(())
}

fn no_claimant(change: &Change<'_>, check: Uuid) -> Result<(), JournalError> {
    change.db.execute(
        "UPDATE caller_left SET body = NULL WHERE check_id = ?1 AND kind = ?2",
        [check.to_string().as_str(), CLAIM],
    )?;
    Ok(())
}

/// Claims without a check.
fn unsent(change: &Change<'_>, tenant: &str) -> Result<Vec<(Uuid, Claimant)>, JournalError> {
    let mut statement = change.db.prepare(
        "SELECT check_id, body FROM caller_left WHERE tenant = ?1 AND kind = ?2
         AND body IS NOT NULL AND check_id NOT IN (SELECT id FROM caller_check)",
    )?;
    let rows = statement.query_map([tenant, CLAIM], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (check, body) = row?;
        Ok((uuid(&check)?, read(&body)?))
    })
    .collect()
}

struct LeftRow {
    check: String,
    person: String,
    kind: String,
    body: Option<String>,
    until_us: i64,
    tries: u32,
}

impl LeftRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            check: row.get(0)?,
            person: row.get(1)?,
            kind: row.get(2)?,
            body: row.get(3)?,
            until_us: row.get(4)?,
            tries: row.get(5)?,
        })
    }

    fn left(self) -> Result<Left, JournalError> {
        let what = match self.kind.as_str() {
            CLAIM => LeftWhat::Claim,
            LOCK => LeftWhat::Lock,
            _ => {
                let AtService { channel, id, target } = read(&self.body.unwrap_or_default())?;
                LeftWhat::AtService { channel, id, target }
            }
        };
        Ok(Left {
            check: uuid(&self.check)?,
            person: self.person,
            what,
            until: timestamp(self.until_us),
            tries: self.tries,
        })
    }
}

#[cfg(test)]
#[path = "left_tests.rs"]
mod tests;
