//! Sessions of many keys: their options, their people, and what was decided on the way.

use super::audit::timestamp;
use super::enrolments::{StoredEnrolment, enrolments_of, to_json};
use super::{Action, Entry as AuditEntry, Journal, JournalError};
use crate::bulk::{Entry, EntryNo, SessionId, SessionNote, SessionOptions};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// One session as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: SessionId,
    pub tenant: String,
    /// Who began it.
    pub operator: String,
    pub options: SessionOptions,
    /// The first one is [`EntryNo`] 1.
    pub entries: Vec<Entry>,
    /// In the order they were written.
    pub notes: Vec<(Timestamp, SessionNote)>,
    /// In the order they were begun.
    pub enrolments: Vec<StoredEnrolment>,
    pub begun_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    pub tenant: &'a str,
    pub operator: &'a str,
    pub options: &'a SessionOptions,
    pub entries: &'a [Entry],
}

impl Journal {
    /// Journals a session before its first key.
    pub fn begin_session(
        &self,
        new: &NewSession<'_>,
        at: Timestamp,
    ) -> Result<SessionId, JournalError> {
        let id = SessionId(uuid::Uuid::new_v4());
        self.change(|change| {
            change.db.execute(
                "INSERT INTO session (id, tenant, operator, options, begun_at_us)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    text(id),
                    new.tenant,
                    new.operator,
                    to_json(new.options)?,
                    at.as_microsecond()
                ],
            )?;
            let mut insert = change
                .db
                .prepare("INSERT INTO session_entry (session, no, body) VALUES (?1, ?2, ?3)")?;
            for (no, entry) in (1_u32..).zip(new.entries) {
                insert.execute(params![text(id), no, to_json(entry)?])?;
            }
            drop(insert);
            let detail = format!("{} people. {}", new.entries.len(), new.options.sentence());
            change.audit(&row(new.tenant, new.operator, Action::SessionBegun, detail), at)
        })?;
        Ok(id)
    }

    /// Writes down what the operator decided.
    pub fn note_session(
        &self,
        id: SessionId,
        note: &SessionNote,
        operator: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            let (tenant, ended) = head(change.db, id)?;
            if ended.is_some() {
                return Err(JournalError::SessionEnded);
            }
            add_note(change.db, id, note, at)?;
            let Some((action, subject, detail)) = in_history(change.db, id, note)? else {
                return Ok(());
            };
            // A key that was taken back is nobody's.
            let serial = match note {
                SessionNote::Undone { serial, .. } => serial.clone(),
                _ => None,
            };
            let row = row(&tenant, operator, action, detail);
            change.audit(&AuditEntry { subject, serial, ..row }, at)
        })
    }

    /// Ends it; what is unfinished stays so and can be taken up from the Desk.
    pub fn end_session(
        &self,
        id: SessionId,
        operator: &str,
        summary: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            let (tenant, _) = head(change.db, id)?;
            change.db.execute(
                "UPDATE session SET ended_at_us = ?2 WHERE id = ?1 AND ended_at_us IS NULL",
                params![text(id), at.as_microsecond()],
            )?;
            change.audit(&row(&tenant, operator, Action::SessionEnded, summary.to_owned()), at)
        })
    }

    /// Everything about one session.
    pub fn session(&self, id: SessionId) -> Result<StoredSession, JournalError> {
        load(&self.lock().db, id)
    }

    /// The tenant's session that was begun and not ended, the newest where there are several.
    pub fn open_session(&self, tenant: &str) -> Result<Option<StoredSession>, JournalError> {
        let open = self.lock();
        let id = open
            .db
            .query_row(
                "SELECT id FROM session WHERE tenant = ?1 AND ended_at_us IS NULL
                 ORDER BY rowid DESC LIMIT 1",
                [tenant],
                |row| row.get::<_, String>(0),
            )
            .optional()?;
        id.map(|id| load(&open.db, parse(&id)?)).transpose()
    }

    /// The tenant's sessions, newest first, with the time each was begun.
    pub fn sessions(&self, tenant: &str) -> Result<Vec<(SessionId, Timestamp)>, JournalError> {
        list(&self.lock().db, tenant)
    }

    /// Sessions of the tenant that have ended, the newest first: that one, and others with a PIN
    /// that is sealed and was not given to anybody.
    pub fn ended_sessions(&self, tenant: &str) -> Result<Vec<SessionId>, JournalError> {
        let open = self.lock();
        let mut select = open.db.prepare_cached(
            "SELECT id FROM session AS of WHERE tenant = ?1 AND ended_at_us IS NOT NULL
                 AND (rowid = (SELECT max(rowid) FROM session
                         WHERE tenant = ?1 AND ended_at_us IS NOT NULL)
                     OR EXISTS (SELECT 1 FROM enrolment JOIN pin ON pin.enrolment = enrolment.id
                         WHERE enrolment.session = of.id AND pin.state = 'sealed'
                             AND pin.given_at_us IS NULL))
             ORDER BY rowid DESC",
        )?;
        let texts: Vec<String> =
            select.query_map([tenant], |row| row.get(0))?.collect::<Result<_, _>>()?;
        texts.iter().map(|text| parse(text)).collect()
    }

    /// Whom a key of this serial was handed over to last in the tenant; nobody once it was taken back
    /// from them.
    pub fn holder_of(&self, tenant: &str, serial: &str) -> Result<Option<String>, JournalError> {
        let open = self.lock();
        let holder = open
            .db
            .prepare_cached(
                "SELECT CASE WHEN EXISTS (
                     SELECT 1 FROM audit AS back
                     WHERE back.key_serial = given.key_serial AND back.tenant = given.tenant
                         AND back.action = ?4 AND back.subject = given.subject
                         AND back.seq > given.seq
                 ) THEN NULL ELSE given.subject END
                 FROM audit AS given
                 WHERE given.key_serial = ?1 AND given.tenant = ?2 AND given.action = ?3
                 ORDER BY given.seq DESC LIMIT 1",
            )?
            .query_row(
                params![serial, tenant, Action::HandedOver.text(), Action::KeyTakenBack.text()],
                |row| row.get(0),
            )
            .optional()?;
        Ok(holder.flatten())
    }
}

/// In the order written, the newest first: the clock may have been set back.
pub(super) fn list(
    db: &Connection,
    tenant: &str,
) -> Result<Vec<(SessionId, Timestamp)>, JournalError> {
    let mut select =
        db.prepare("SELECT id, begun_at_us FROM session WHERE tenant = ?1 ORDER BY rowid DESC")?;
    let rows = select.query_map([tenant], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, at) = row?;
        Ok((parse(&id)?, timestamp(at)))
    })
    .collect()
}

/// The numbers of a session's people as they are kept.
pub(super) fn numbers(db: &Connection, id: SessionId) -> Result<Vec<u32>, JournalError> {
    let mut select = db.prepare("SELECT no FROM session_entry WHERE session = ?1 ORDER BY no")?;
    let rows = select.query_map([text(id)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn load(db: &Connection, id: SessionId) -> Result<StoredSession, JournalError> {
    let (tenant, operator, options, begun_at, ended_at): (
        String,
        String,
        String,
        i64,
        Option<i64>,
    ) = db
        .query_row(
            "SELECT tenant, operator, options, begun_at_us, ended_at_us FROM session WHERE id = ?1",
            [text(id)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()?
        .ok_or(JournalError::NoSession)?;
    Ok(StoredSession {
        id,
        tenant,
        operator,
        options: read(&options)?,
        entries: bodies(db, "SELECT body FROM session_entry WHERE session = ?1 ORDER BY no", id)?
            .iter()
            .map(|body| read(body))
            .collect::<Result<_, _>>()?,
        notes: notes(db, id)?,
        enrolments: enrolments_of(db, &text(id))?,
        begun_at: timestamp(begun_at),
        ended_at: ended_at.map(timestamp),
    })
}

fn bodies(db: &Connection, query: &str, id: SessionId) -> Result<Vec<String>, JournalError> {
    let mut select = db.prepare_cached(query)?;
    let rows = select.query_map([text(id)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn notes(db: &Connection, id: SessionId) -> Result<Vec<(Timestamp, SessionNote)>, JournalError> {
    let mut select =
        db.prepare_cached("SELECT at_us, body FROM session_note WHERE session = ?1 ORDER BY seq")?;
    let rows = select
        .query_map([text(id)], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (at, body) = row?;
        Ok((timestamp(at), read(&body)?))
    })
    .collect()
}

fn add_note(
    db: &Connection,
    id: SessionId,
    note: &SessionNote,
    at: Timestamp,
) -> Result<(), JournalError> {
    db.prepare_cached(
        "INSERT INTO session_note (session, seq, at_us, body) VALUES (?1,
            (SELECT coalesce(max(seq), 0) + 1 FROM session_note WHERE session = ?1), ?2, ?3)",
    )?
    .execute(params![text(id), at.as_microsecond(), to_json(note)?])?;
    Ok(())
}

/// What the history shows of a note: action, whom it is about, detail.
fn in_history(
    db: &Connection,
    id: SessionId,
    note: &SessionNote,
) -> Result<Option<(Action, String, String)>, JournalError> {
    Ok(match note {
        SessionNote::Paused
        | SessionNote::Resumed
        | SessionNote::SlotTaken { .. }
        | SessionNote::UndoBegun { .. }
        | SessionNote::UndoFailed { .. } => None,
        SessionNote::Skipped { entry, reason } => {
            Some((Action::PersonSkipped, upn(db, id, *entry)?, reason.clone()))
        }
        SessionNote::PutBack { entry } => {
            Some((Action::PersonPutBack, upn(db, id, *entry)?, String::new()))
        }
        SessionNote::Undone { entry, reason, .. } => {
            Some((Action::KeyTakenBack, upn(db, id, *entry)?, reason.clone()))
        }
    })
}

fn upn(db: &Connection, id: SessionId, entry: EntryNo) -> Result<String, JournalError> {
    let body: Option<String> = db
        .prepare_cached("SELECT body FROM session_entry WHERE session = ?1 AND no = ?2")?
        .query_row(params![text(id), entry.0], |row| row.get(0))
        .optional()?;
    let entry: Entry = read(&body.ok_or(JournalError::NoSession)?)?;
    Ok(entry.person.upn)
}

/// Its tenant, and when it ended.
fn head(db: &Connection, id: SessionId) -> Result<(String, Option<i64>), JournalError> {
    db.prepare_cached("SELECT tenant, ended_at_us FROM session WHERE id = ?1")?
        .query_row([text(id)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(JournalError::NoSession)
}

fn row(tenant: &str, operator: &str, action: Action, detail: String) -> AuditEntry {
    AuditEntry {
        tenant: tenant.to_owned(),
        operator: operator.to_owned(),
        action,
        subject: String::new(),
        serial: None,
        detail,
    }
}

fn text(id: SessionId) -> String {
    id.0.to_string()
}

fn parse(text: &str) -> Result<SessionId, JournalError> {
    text.parse()
        .map(SessionId)
        .map_err(|error| JournalError::Corrupt(format!("id of a session: {error}")))
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, JournalError> {
    serde_json::from_str(body).map_err(|error| JournalError::Corrupt(format!("session: {error}")))
}
