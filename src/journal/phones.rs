//! Jobs that change phones: each row's old and new number sealed, and what became of it.

use super::audit::{self, Entry as AuditEntry, timestamp};
use super::enrolments::to_json;
use super::vault::Purpose;
use super::{Action, Change as Transaction, Journal, JournalError};
use crate::enrolment::Subject;
use crate::phones::{Change, NumberText, PhoneKind, PhoneNumber};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// One job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneJobId(pub Uuid);

/// What a job is, beside its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneJobFacts {
    pub tenant: String,
    /// Who began it.
    pub operator: String,
    /// Where its people came from, such as a group's name.
    pub source: String,
    pub kind: PhoneKind,
    /// The job it takes back.
    pub undo_of: Option<PhoneJobId>,
}

/// One row of a job before it is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPhoneRow {
    pub person: Subject,
    /// Where they are told of it.
    pub mail: Option<String>,
    pub change: Change,
}

/// Somebody who is to be told of a change that has its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNotice {
    pub row: usize,
    pub person: Subject,
    pub mail: String,
    pub change: Change,
}

/// A person as a row has them.
#[derive(Serialize, Deserialize)]
struct Addressee {
    #[serde(flatten)]
    person: Subject,
    #[serde(default)]
    mail: Option<String>,
}

/// How far a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneRowState {
    Waiting,
    /// Journalled before it is sent: it may have its effect.
    Begun,
    Done,
    AlreadySo,
    ChangedMeanwhile,
    /// What went wrong, in words without numbers.
    Failed(String),
    Cancelled,
}

/// One row as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPhoneRow {
    pub person: Subject,
    pub mail: Option<String>,
    pub change: Change,
    pub state: PhoneRowState,
    /// When it came to its end.
    pub at: Option<Timestamp>,
}

/// One job as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPhoneJob {
    pub id: PhoneJobId,
    pub facts: PhoneJobFacts,
    pub begun_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// In the order of the plan.
    pub rows: Vec<StoredPhoneRow>,
}

/// One job in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneJobLine {
    pub id: PhoneJobId,
    pub facts: PhoneJobFacts,
    pub begun_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub rows: usize,
    /// Rows whose change has its effect.
    pub done: usize,
}

#[derive(Serialize, Deserialize)]
struct Body {
    source: String,
    kind: PhoneKind,
    undo_of: Option<Uuid>,
}

/// Old and new number, as they are sealed.
#[derive(Serialize, Deserialize)]
struct Numbers {
    old: Option<String>,
    new: Option<String>,
}

impl PhoneRowState {
    /// Whether nothing more is done to the row by itself.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Begun)
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Begun => "begun",
            Self::Done => "done",
            Self::AlreadySo => "already-so",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn read(word: &str, reason: Option<String>) -> Self {
        match word {
            "begun" => Self::Begun,
            "done" => Self::Done,
            "already-so" => Self::AlreadySo,
            "changed-meanwhile" => Self::ChangedMeanwhile,
            "failed" => Self::Failed(reason.unwrap_or_default()),
            "cancelled" => Self::Cancelled,
            _ => Self::Waiting,
        }
    }
}

impl Journal {
    /// Journals a whole job before its first write.
    ///
    /// # Errors
    /// A vault without its key: numbers can't be sealed then.
    pub fn begin_phone_job(
        &self,
        facts: &PhoneJobFacts,
        rows: &[NewPhoneRow],
        at: Timestamp,
    ) -> Result<PhoneJobId, JournalError> {
        let id = PhoneJobId(Uuid::new_v4());
        self.change(|change| {
            let body = Body {
                source: facts.source.clone(),
                kind: facts.kind,
                undo_of: facts.undo_of.map(|job| job.0),
            };
            change.db.execute(
                "INSERT INTO phone_job (id, tenant, operator, body, begun_at_us)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id.text(),
                    facts.tenant,
                    facts.operator,
                    to_json(&body)?,
                    at.as_microsecond()
                ],
            )?;
            insert_rows(change, id, rows)?;
            change.audit(&job_entry(facts, begun_action(facts), format!("{} rows", rows.len())), at)
        })?;
        Ok(id)
    }

    /// These rows are about to be sent.
    pub fn begin_phone_rows(&self, job: PhoneJobId, rows: &[usize]) -> Result<(), JournalError> {
        self.change(|change| {
            let begun = &PhoneRowState::Begun;
            rows.iter().try_for_each(|row| set_state(change.db, job, *row, begun, None))
        })
    }

    /// What became of rows; each change that has its effect stands in the history, and where
    /// people are told of changes their notice is due.
    pub fn end_phone_rows(
        &self,
        job: PhoneJobId,
        operator: &str,
        rows: &[(usize, PhoneRowState)],
        notices: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            let facts = facts(change.db, job)?;
            for (row, state) in rows {
                set_state(change.db, job, *row, state, Some(at).filter(|_| state.is_end()))?;
                if *state == PhoneRowState::Done {
                    let key = change.vault.key()?;
                    let stored = read_row(change.db, key, job, *row)?;
                    let facts = PhoneJobFacts { operator: operator.into(), ..facts.clone() };
                    change.audit(&row_entry(&facts, &stored), at)?;
                    if notices && stored.mail.is_some() {
                        set_notice(change.db, job, *row, "due")?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Who is still to be told of a change.
    pub fn due_notices(&self, job: PhoneJobId) -> Result<Vec<DueNotice>, JournalError> {
        let open = self.lock();
        let key = open.vault.key()?;
        let mut statement = open
            .db
            .prepare("SELECT no FROM phone_row WHERE job = ?1 AND notice = 'due' ORDER BY no")?;
        let rows = statement
            .query_map([job.text()], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let due = rows.into_iter().filter_map(|row| usize::try_from(row).ok()).map(|row| {
            let StoredPhoneRow { person, mail, change, .. } = read_row(&open.db, key, job, row)?;
            Ok(mail.map(|mail| DueNotice { row, person, mail, change }))
        });
        due.filter_map(Result::transpose).collect()
    }

    /// The person was told, or could not be.
    pub fn noticed(
        &self,
        job: PhoneJobId,
        notice: &DueNotice,
        told: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            set_notice(change.db, job, notice.row, if told { "told" } else { "failed" })?;
            let facts = facts(change.db, job)?;
            let action = if told { Action::PersonTold } else { Action::PersonNotTold };
            let entry = job_entry(&facts, action, format!("{} by mail", facts.kind.name()));
            change.audit(&audit::Entry { subject: notice.person.upn.clone(), ..entry }, at)
        })
    }

    /// Rows that failed wait again.
    pub fn retry_phone_rows(&self, job: PhoneJobId) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "UPDATE phone_row SET state = 'waiting', reason = NULL, at_us = NULL
                 WHERE job = ?1 AND state = 'failed'",
                [job.text()],
            )?;
            change
                .db
                .execute("UPDATE phone_job SET ended_at_us = NULL WHERE id = ?1", [job.text()])?;
            Ok(())
        })
    }

    /// Nothing more is done by itself; rows that wait are cancelled.
    pub fn end_phone_job(
        &self,
        job: PhoneJobId,
        operator: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            let facts = PhoneJobFacts { operator: operator.into(), ..facts(change.db, job)? };
            change.db.execute(
                "UPDATE phone_row SET state = 'cancelled', at_us = ?2
                 WHERE job = ?1 AND state = 'waiting'",
                params![job.text(), at.as_microsecond()],
            )?;
            change.db.execute(
                "UPDATE phone_job SET ended_at_us = ?2 WHERE id = ?1",
                params![job.text(), at.as_microsecond()],
            )?;
            let detail = tally(change.db, job)?;
            change.audit(&job_entry(&facts, Action::PhonesEnded, detail), at)
        })
    }

    /// One job with its numbers.
    ///
    /// # Errors
    /// A vault without its key; [`JournalError::NoSuchPhoneJob`].
    pub fn phone_job(&self, id: PhoneJobId) -> Result<StoredPhoneJob, JournalError> {
        let open = self.lock();
        let facts = facts(&open.db, id)?;
        let key = open.vault.key()?;
        let (begun, ended, rows): (i64, Option<i64>, i64) = open.db.query_row(
            "SELECT begun_at_us, ended_at_us, (SELECT count(*) FROM phone_row WHERE job = id)
             FROM phone_job WHERE id = ?1",
            [id.text()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let count = usize::try_from(rows).unwrap_or(0);
        let rows = (0..count).map(|row| read_row(&open.db, key, id, row));
        Ok(StoredPhoneJob {
            id,
            facts,
            begun_at: timestamp(begun),
            ended_at: ended.map(timestamp),
            rows: rows.collect::<Result<_, _>>()?,
        })
    }

    /// The job of a tenant that has not ended, where there is one.
    pub fn open_phone_job(&self, tenant: &str) -> Result<Option<PhoneJobId>, JournalError> {
        let open = self.lock();
        let id: Option<String> = open
            .db
            .query_row(
                "SELECT id FROM phone_job WHERE tenant = ?1 AND ended_at_us IS NULL
                 ORDER BY begun_at_us DESC LIMIT 1",
                [tenant],
                |row| row.get(0),
            )
            .optional()?;
        Ok(id.and_then(|id| PhoneJobId::read(&id)))
    }

    /// Jobs of a tenant, newest first.
    pub fn phone_jobs(&self, tenant: &str, limit: u32) -> Result<Vec<PhoneJobLine>, JournalError> {
        jobs(&self.lock().db, tenant, limit)
    }

    /// Whether a signed request of a tenant was taken before.
    pub fn phone_request_is_used(&self, tenant: &str, id: Uuid) -> Result<bool, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM used_request WHERE hash = ?1)";
        Ok(self.lock().db.query_row(sql, [request_hash(tenant, id)], |row| row.get(0))?)
    }

    /// Takes a signed request: it can't be taken again. The answer is whether it could be now;
    /// `entry` stands in the history if so.
    pub fn take_phone_request(
        &self,
        id: Uuid,
        entry: &AuditEntry,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        self.change(|change| {
            let taken = change.db.execute(
                "INSERT INTO used_request (hash, at_us) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![request_hash(&entry.tenant, id), at.as_microsecond()],
            )?;
            if taken == 1 {
                change.audit(entry, at)?;
            }
            Ok(taken == 1)
        })
    }
}

/// Jobs of a tenant, newest first.
pub(super) fn jobs(
    db: &Connection,
    tenant: &str,
    limit: u32,
) -> Result<Vec<PhoneJobLine>, JournalError> {
    let mut statement = db.prepare(
        "SELECT id, begun_at_us, ended_at_us,
            (SELECT count(*) FROM phone_row WHERE job = id),
            (SELECT count(*) FROM phone_row WHERE job = id AND state = 'done')
         FROM phone_job WHERE tenant = ?1 ORDER BY begun_at_us DESC LIMIT ?2",
    )?;
    type Line = (String, i64, Option<i64>, i64, i64);
    let lines = statement
        .query_map(params![tenant, limit], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<Vec<Line>, _>>()?;
    lines
        .into_iter()
        .filter_map(|(id, begun, ended, rows, done)| {
            let id = PhoneJobId::read(&id)?;
            Some(facts(db, id).map(|facts| PhoneJobLine {
                id,
                facts,
                begun_at: timestamp(begun),
                ended_at: ended.map(timestamp),
                rows: usize::try_from(rows).unwrap_or(0),
                done: usize::try_from(done).unwrap_or(0),
            }))
        })
        .collect()
}

fn request_hash(tenant: &str, id: Uuid) -> [u8; 32] {
    let hash = Sha256::new_with_prefix("phone request\0").chain_update(tenant);
    hash.chain_update([0]).chain_update(id.as_bytes()).finalize().into()
}

impl PhoneJobId {
    /// As it is written and typed.
    pub fn text(self) -> String {
        self.0.to_string()
    }

    pub fn read(text: &str) -> Option<Self> {
        Uuid::parse_str(text.trim()).ok().map(Self)
    }
}

fn insert_rows(
    change: &Transaction<'_>,
    job: PhoneJobId,
    rows: &[NewPhoneRow],
) -> Result<(), JournalError> {
    let key = change.vault.key()?;
    let mut insert = change.db.prepare_cached(
        "INSERT INTO phone_row (job, no, person, sealed, state) VALUES (?1, ?2, ?3, ?4, 'waiting')",
    )?;
    for (no, row) in rows.iter().enumerate() {
        let entra = |number: Option<&PhoneNumber>| number.map(PhoneNumber::entra);
        let numbers = Numbers { old: entra(row.change.before()), new: entra(row.change.after()) };
        let plain = zeroize::Zeroizing::new(to_json(&numbers)?);
        let sealed = key.seal(Purpose::Phone { job: job.0, row: no }, plain.as_bytes())?;
        let addressee = Addressee { person: row.person.clone(), mail: row.mail.clone() };
        insert.execute(params![job.text(), number(no), to_json(&addressee)?, sealed])?;
    }
    Ok(())
}

/// A plan has fewer rows than this can count.
fn number(row: usize) -> i64 {
    i64::try_from(row).unwrap_or(i64::MAX)
}

fn set_state(
    db: &Connection,
    job: PhoneJobId,
    row: usize,
    state: &PhoneRowState,
    at: Option<Timestamp>,
) -> Result<(), JournalError> {
    let reason = match state {
        PhoneRowState::Failed(reason) => Some(reason),
        _ => None,
    };
    let at_us = at.map(Timestamp::as_microsecond);
    db.prepare_cached(
        "UPDATE phone_row SET state = ?3, reason = ?4, at_us = ?5 WHERE job = ?1 AND no = ?2",
    )?
    .execute(params![job.text(), number(row), state.word(), reason, at_us])?;
    Ok(())
}

fn set_notice(
    db: &Connection,
    job: PhoneJobId,
    row: usize,
    notice: &str,
) -> Result<(), JournalError> {
    db.prepare_cached("UPDATE phone_row SET notice = ?3 WHERE job = ?1 AND no = ?2")?
        .execute(params![job.text(), number(row), notice])?;
    Ok(())
}

fn read_row(
    db: &Connection,
    key: &super::vault::SealingKey,
    job: PhoneJobId,
    no: usize,
) -> Result<StoredPhoneRow, JournalError> {
    type Columns = (String, Vec<u8>, String, Option<String>, Option<i64>);
    let (person, sealed, word, reason, at): Columns = db
        .prepare_cached(
            "SELECT person, sealed, state, reason, at_us FROM phone_row WHERE job = ?1 AND no = ?2",
        )?
        .query_row(params![job.text(), number(no)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    let unreadable = || JournalError::PhoneRowUnreadable { row: no + 1 };
    let Addressee { person, mail } = serde_json::from_str(&person).map_err(|_| unreadable())?;
    let plain = key.open(Purpose::Phone { job: job.0, row: no }, &sealed).ok_or_else(unreadable)?;
    let numbers: Numbers = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
    let read = |text: Option<String>| {
        text.map(|text| PhoneNumber::from_international(&NumberText::new(text))).transpose()
    };
    let old = read(numbers.old).map_err(|_| unreadable())?;
    let new = read(numbers.new).map_err(|_| unreadable())?;
    let change = Change::between(old, new).ok_or_else(unreadable)?;
    let state = PhoneRowState::read(&word, reason);
    Ok(StoredPhoneRow { person, mail, change, state, at: at.map(timestamp) })
}

fn facts(db: &Connection, id: PhoneJobId) -> Result<PhoneJobFacts, JournalError> {
    let found: Option<(String, String, String)> = db
        .prepare_cached("SELECT tenant, operator, body FROM phone_job WHERE id = ?1")?
        .query_row([id.text()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (tenant, operator, body) = found.ok_or(JournalError::NoSuchPhoneJob)?;
    let body: Body = serde_json::from_str(&body).map_err(|_| JournalError::NoSuchPhoneJob)?;
    Ok(PhoneJobFacts {
        tenant,
        operator,
        source: body.source,
        kind: body.kind,
        undo_of: body.undo_of.map(PhoneJobId),
    })
}

fn begun_action(facts: &PhoneJobFacts) -> Action {
    if facts.undo_of.is_some() { Action::PhonesUndoBegun } else { Action::PhonesBegun }
}

fn job_entry(facts: &PhoneJobFacts, action: Action, detail: String) -> AuditEntry {
    audit::Entry {
        tenant: facts.tenant.clone(),
        operator: facts.operator.clone(),
        action,
        subject: facts.source.clone(),
        serial: None,
        detail,
    }
}

/// Old and new value, masked.
fn row_entry(facts: &PhoneJobFacts, row: &StoredPhoneRow) -> AuditEntry {
    let masked = |number: Option<&PhoneNumber>| number.map_or("none".into(), PhoneNumber::masked);
    let (old, new) = (masked(row.change.before()), masked(row.change.after()));
    audit::Entry {
        tenant: facts.tenant.clone(),
        operator: facts.operator.clone(),
        action: Action::PhoneChanged,
        subject: row.person.upn.clone(),
        serial: None,
        detail: format!("{}: {old} → {new}", facts.kind.name()),
    }
}

fn tally(db: &Connection, job: PhoneJobId) -> Result<String, JournalError> {
    let mut statement =
        db.prepare("SELECT state, count(*) FROM phone_row WHERE job = ?1 GROUP BY state")?;
    let counts = statement
        .query_map([job.text()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    Ok(parts.join(", "))
}
