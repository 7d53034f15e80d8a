//! Checks of callers: each journalled before anything is sent, its end together with what is to be
//! told to the ticket system and the log.

use super::audit::{self, Entry, timestamp};
use super::enrolments::to_json;
use super::{Action, Change, HistoryRow, Journal, JournalError, left};
use crate::services::check_log::CheckRow;
use crate::services::tickets::Note;
use crate::verify::{Channel, Outcome, Sends, locked_by, note};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is counted of sends at most: the longest limit.
const COUNTED: SignedDuration = SignedDuration::from_hours(1);

/// A check as it is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCheck {
    pub id: Uuid,
    pub tenant: String,
    /// As the history names them.
    pub agent: String,
    /// The directory's id of the person.
    pub person: String,
    pub facts: CheckFacts,
}

/// What is known of a check, and kept for its note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFacts {
    pub name: String,
    pub upn: String,
    pub channel: Channel,
    /// Such as `+46 ••• ••• 67`.
    pub masked: Option<String>,
    pub ticket: Option<u64>,
    pub warnings: Vec<crate::verify::Warning>,
    /// A note is wanted, and a row in the log.
    pub wants_note: bool,
    pub wants_row: bool,
    /// The tenant as the log names it.
    pub tenant_domain: String,
    /// The service's id of the verification, message or question, once it is known.
    #[serde(default)]
    pub service_id: Option<String>,
    /// Whom a push asks.
    #[serde(default)]
    pub target: Option<String>,
}

/// A check that has no end yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheck {
    pub id: Uuid,
    pub tenant: String,
    pub agent: String,
    pub person: String,
    pub begun_at: Timestamp,
    pub facts: CheckFacts,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckEnd {
    pub outcome: Outcome,
    /// Codes that were tried.
    pub attempts: u32,
    pub delivered_at: Option<Timestamp>,
    /// Nobody is to check the person until then, and other stations are to be told.
    pub locked_until: Option<Timestamp>,
}

/// Something that waits for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub no: i64,
    pub check: Uuid,
    /// Who made the check.
    pub agent: String,
    pub what: ToSend,
    /// Tries so far.
    pub tries: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToSend {
    Note(Note),
    Row(CheckRow),
}

/// What became of something that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendCame {
    Done,
    /// Tried again from then on.
    Later {
        from: Timestamp,
        why: String,
    },
    /// It can't be tried again by itself; somebody must look.
    Alarm {
        why: String,
    },
}

/// How much waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitingCount {
    pub notes: usize,
    pub rows: usize,
    /// Locks of callers that other stations are not told of.
    pub locks: usize,
    /// What somebody must look at, in words.
    pub alarms: Vec<String>,
    /// Why the newest try failed.
    pub why: Option<String>,
}

impl Journal {
    /// Begins a check; nothing was sent before this returns.
    pub fn begin_check(&self, check: &NewCheck, at: Timestamp) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "INSERT INTO caller_check (id, tenant, agent, person, body, begun_at_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    check.id.to_string(),
                    check.tenant,
                    check.agent,
                    check.person,
                    to_json(&check.facts)?,
                    at.as_microsecond()
                ],
            )?;
            add_send(change, check.id, (&check.tenant, &check.person, &check.agent), at)?;
            let facts = &check.facts;
            let to = facts.masked.as_ref().map(|masked| format!(" to {masked}"));
            let ticket = facts.ticket.map(|ticket| format!(", ticket {ticket}"));
            let detail = format!(
                "{}{}{}, {}",
                facts.channel.words(),
                to.unwrap_or_default(),
                ticket.unwrap_or_default(),
                note::reference(check.id)
            );
            let entry = entry((&check.tenant, &check.agent), Action::CheckBegun, facts, detail);
            change.audit(&entry, at)
        })
    }

    /// The text was sent once more; it counts towards the limits.
    pub fn sent_again(&self, check: Uuid, at: Timestamp) -> Result<(), JournalError> {
        self.change(|change| {
            let stored = open_check(change, check)?;
            add_send(change, check, (&stored.tenant, &stored.person, &stored.agent), at)
        })
    }

    /// The service's id, so that the check can be ended there whatever happens here.
    pub fn check_is_at_service(&self, check: Uuid, id: &str) -> Result<(), JournalError> {
        self.change(|change| {
            let mut facts = open_check(change, check)?.facts;
            facts.service_id = Some(id.to_owned());
            change.db.execute(
                "UPDATE caller_check SET body = ?2 WHERE id = ?1",
                params![check.to_string(), to_json(&facts)?],
            )?;
            Ok(())
        })
    }

    /// A wrong code was typed. It counts for its person for as long as wrong codes lock, whatever
    /// becomes of the check. The answer is how many codes may be tried still.
    pub fn wrong_code(
        &self,
        check: Uuid,
        lock: SignedDuration,
        at: Timestamp,
    ) -> Result<u32, JournalError> {
        self.change(|change| {
            let stored = open_check(change, check)?;
            let (tenant, person) = (&stored.tenant, &stored.person);
            change.db.execute(
                "INSERT INTO caller_wrong (tenant, person, at_us, check_id)
                 VALUES (?1, ?2, ?3, ?4)",
                params![tenant, person, at.as_microsecond(), check.to_string()],
            )?;
            let wrong = wrong_codes(change.db, (tenant, person), at - lock)?;
            Ok(Sends { wrong, ..Sends::default() }.tries_left())
        })
    }

    /// Ends a check once: outcome, history, and what is to be sent, together. The answer is
    /// whether it was open.
    pub fn end_check(
        &self,
        check: Uuid,
        end: CheckEnd,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        self.change(|change| {
            let Ok(stored) = open_check(change, check) else { return Ok(false) };
            change.db.execute(
                "UPDATE caller_check SET outcome = ?2, ended_at_us = ?3 WHERE id = ?1",
                params![check.to_string(), end.outcome.word(), at.as_microsecond()],
            )?;
            queue(change, &stored, end, at)?;
            if end.outcome == Outcome::Verified {
                change.db.execute(
                    "DELETE FROM caller_wrong WHERE tenant = ?1 AND person = ?2",
                    params![stored.tenant, stored.person],
                )?;
            }
            if let Some(until) = end.locked_until {
                left::add_lock(change, &stored, until)?;
            }
            if end.outcome == Outcome::Interrupted {
                left::add_at_service(change, &stored)?;
            }
            let facts = &stored.facts;
            let ticket = facts.ticket.map(|ticket| format!(", ticket {ticket}"));
            let detail = format!(
                "{}{}, {}",
                end.outcome.words(),
                ticket.unwrap_or_default(),
                note::reference(check)
            );
            let entry = entry((&stored.tenant, &stored.agent), Action::CheckEnded, facts, detail);
            change.audit(&entry, at)?;
            Ok(true)
        })
    }

    /// Checks of a tenant that have no end.
    pub fn open_checks(&self, tenant: &str) -> Result<Vec<StoredCheck>, JournalError> {
        let open = self.lock();
        let mut statement = open.db.prepare(
            "SELECT id, tenant, agent, person, begun_at_us, body FROM caller_check
             WHERE tenant = ?1 AND ended_at_us IS NULL ORDER BY begun_at_us",
        )?;
        let rows = statement.query_map([tenant], StoredRow::read)?;
        rows.map(|row| row?.stored()).collect()
    }

    /// Service ids of this tenant's checks that are open or were begun since: what a service still
    /// knows of them is ours.
    pub fn service_ids(&self, tenant: &str, since: Timestamp) -> Result<Vec<String>, JournalError> {
        let open = self.lock();
        let mut statement = open.db.prepare(
            "SELECT id, tenant, agent, person, begun_at_us, body FROM caller_check
             WHERE tenant = ?1 AND (ended_at_us IS NULL OR begun_at_us >= ?2)",
        )?;
        let bound = params![tenant, since.as_microsecond()];
        let rows = statement.query_map(bound, StoredRow::read)?;
        let ids = rows.map(|row| Ok(row?.stored()?.facts.service_id));
        Ok(ids.collect::<Result<Vec<_>, JournalError>>()?.into_iter().flatten().collect())
    }

    /// What was sent lately, for the limits; `lock` is how long wrong codes lock a person. An
    /// agent's and the station's own count in whichever tenant they were sent.
    pub fn sends(
        &self,
        (tenant, person, agent): (&str, &str, &str),
        lock: SignedDuration,
        now: Timestamp,
    ) -> Result<Sends, JournalError> {
        let open = self.lock();
        let since = (now - COUNTED).as_microsecond();
        let mut statement = open.db.prepare(
            "SELECT tenant = ?1 AND person = ?2, agent = ?3, at_us FROM caller_send
             WHERE at_us > ?4",
        )?;
        let rows = statement.query_map(params![tenant, person, agent, since], |row| {
            Ok((row.get(0)?, row.get(1)?, timestamp(row.get(2)?)))
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let times = |meant: fn(&(bool, bool, Timestamp)) -> bool| -> Vec<Timestamp> {
            rows.iter().filter(|row| meant(row)).map(|(_, _, at)| *at).collect()
        };
        let wrong = wrong_codes(&open.db, (tenant, person), now - lock)?;
        let ended = open.db.query_row(
            "SELECT max(ended_at_us) FROM caller_check
             WHERE tenant = ?1 AND person = ?2 AND outcome = ?3",
            params![tenant, person, Outcome::WrongCode.word()],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        let ended = ended.map(|at| timestamp(at) + lock);
        Ok(Sends {
            to_person: times(|(to_person, _, _)| *to_person),
            by_agent: times(|(_, by_agent, _)| *by_agent),
            by_station: times(|_| true),
            locked_until: ended.max(locked_by(&wrong, lock)),
            wrong,
        })
    }

    /// Changes of a person's sign-in methods that were made here since a moment, oldest first of
    /// each kind.
    pub fn method_changes_of(
        &self,
        tenant: &str,
        upn: &str,
        since: Timestamp,
    ) -> Result<Vec<(Action, HistoryRow)>, JournalError> {
        const CHANGES: [Action; 4] = [
            Action::PhoneChanged,
            Action::SmsSignInChanged,
            Action::OldKeyRemoved,
            Action::KeyTakenBack,
        ];
        let open = self.lock();
        let mut changes = Vec::new();
        for action in CHANGES {
            let rows = audit::of_action(&open.db, tenant, action, since)?;
            let own = rows.into_iter().filter(|row| row.subject.eq_ignore_ascii_case(upn));
            changes.extend(own.map(|row| (action, row)));
        }
        Ok(changes)
    }

    /// What of a tenant can be sent now.
    pub fn due(&self, tenant: &str, now: Timestamp) -> Result<Vec<Waiting>, JournalError> {
        let open = self.lock();
        let mut statement = open.db.prepare(
            "SELECT no, check_id, kind, o.body, tries, agent FROM caller_outbox o
             JOIN caller_check c ON c.id = o.check_id
             WHERE o.tenant = ?1 AND alarm = 0 AND due_at_us <= ?2 ORDER BY no LIMIT 50",
        )?;
        let rows = statement.query_map(params![tenant, now.as_microsecond()], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, u32>(4)?,
                row.get::<_, String>(5)?,
            ))
        })?;
        let mut due = Vec::new();
        for row in rows {
            let (no, check, kind, body, tries, agent) = row?;
            let what = match kind.as_str() {
                "note" => read::<StoredNote>(&body).map(|note| ToSend::Note(note.note())),
                _ => read(&body).map(ToSend::Row),
            };
            // One that was altered keeps no other one back.
            match (what, uuid(&check)) {
                (Ok(what), Ok(check)) => due.push(Waiting { no, check, agent, what, tries }),
                _ => set_aside(&open.db, no)?,
            }
        }
        Ok(due)
    }

    /// What became of it; a note that is in its ticket stands in the history.
    pub fn sent(
        &self,
        waiting: &Waiting,
        came: &SendCame,
        entry: Option<&Entry>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            match came {
                SendCame::Done => change
                    .db
                    .execute("DELETE FROM caller_outbox WHERE no = ?1", params![waiting.no])?,
                SendCame::Later { from, why } => change.db.execute(
                    "UPDATE caller_outbox SET tries = tries + 1, due_at_us = ?2, why = ?3
                     WHERE no = ?1",
                    params![waiting.no, from.as_microsecond(), why],
                )?,
                SendCame::Alarm { why } => change.db.execute(
                    "UPDATE caller_outbox SET tries = tries + 1, alarm = 1, why = ?2
                     WHERE no = ?1",
                    params![waiting.no, why],
                )?,
            };
            entry.map_or(Ok(()), |entry| change.audit(entry, at))
        })
    }

    /// Somebody has seen to what was an alarm, by hand. The answer is how many there were.
    pub fn settle_alarms(&self, entry: &Entry, at: Timestamp) -> Result<usize, JournalError> {
        self.change(|change| {
            let settled = change.db.execute(
                "DELETE FROM caller_outbox WHERE tenant = ?1 AND alarm = 1",
                [&entry.tenant],
            )?;
            if settled > 0 {
                change.audit(entry, at)?;
            }
            Ok(settled)
        })
    }

    /// Everything of a tenant that waits is due now; alarms too.
    pub fn send_now(&self, tenant: &str) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "UPDATE caller_outbox SET due_at_us = 0, alarm = 0 WHERE tenant = ?1",
                [tenant],
            )?;
            left::all_due(change, tenant)
        })
    }

    /// A service that was away is there: what of a tenant waits is due now, without the alarms.
    pub fn due_now(&self, tenant: &str) -> Result<(), JournalError> {
        self.change(|change| {
            change.db.execute(
                "UPDATE caller_outbox SET due_at_us = 0 WHERE tenant = ?1 AND alarm = 0",
                [tenant],
            )?;
            left::all_due(change, tenant)
        })
    }

    /// How much of a tenant waits.
    pub fn waiting(&self, tenant: &str) -> Result<WaitingCount, JournalError> {
        let open = self.lock();
        let mut statement = open
            .db
            .prepare("SELECT kind, alarm, why FROM caller_outbox WHERE tenant = ?1 ORDER BY no")?;
        let rows = statement.query_map([tenant], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, Option<String>>(2)?))
        })?;
        let (locks, why) = left::locks(&open.db, tenant)?;
        let mut count = WaitingCount { locks, why, ..WaitingCount::default() };
        for row in rows {
            let (kind, alarm, why) = row?;
            if alarm {
                count.alarms.extend(why);
                continue;
            }
            *(if kind == "note" { &mut count.notes } else { &mut count.rows }) += 1;
            count.why = why.or(count.why);
        }
        Ok(count)
    }

    /// Takes a signed link: it can't be taken again. The answer is whether it could be now.
    pub fn take_link(
        &self,
        nonce: &str,
        entry: &Entry,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        self.change(|change| {
            let taken = change.db.execute(
                "INSERT INTO used_request (hash, at_us) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![link_hash(&entry.tenant, nonce), at.as_microsecond()],
            )?;
            if taken == 1 {
                change.audit(entry, at)?;
            }
            Ok(taken == 1)
        })
    }
}

/// The note and the row of a check that has come to its end.
fn queue(
    change: &mut Change<'_>,
    stored: &StoredCheck,
    end: CheckEnd,
    at: Timestamp,
) -> Result<(), JournalError> {
    let facts = &stored.facts;
    let add = |kind: &str, body: String| -> Result<(), JournalError> {
        change.db.execute(
            "INSERT INTO caller_outbox (tenant, check_id, kind, body, due_at_us, tries, alarm)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)",
            params![stored.tenant, stored.id.to_string(), kind, body, at.as_microsecond()],
        )?;
        Ok(())
    };
    if let Some(ticket) = facts.ticket.filter(|_| facts.wants_note) {
        let lines = note::lines(&note_facts(stored, end));
        let title = note::TITLE.to_owned();
        let reference = note::reference(stored.id);
        add("note", to_json(&StoredNote { ticket, reference, lines, title })?)?;
    }
    if facts.wants_row {
        let row = CheckRow {
            request: stored.id,
            begun_at: stored.begun_at,
            ended_at: at,
            delivered_at: end.delivered_at,
            verified_at: (end.outcome == Outcome::Verified).then_some(at),
            ticket: facts.ticket.map(|ticket| ticket.to_string()),
            tenant: facts.tenant_domain.clone(),
            person: facts.upn.clone(),
            agent: stored.agent.clone(),
            channel: facts.channel,
            masked: facts.masked.clone(),
            service_id: facts.service_id.clone(),
            outcome: end.outcome,
            attempts: end.attempts,
        };
        add("row", to_json(&row)?)?;
    }
    Ok(())
}

fn note_facts(stored: &StoredCheck, end: CheckEnd) -> note::NoteFacts {
    let facts = &stored.facts;
    note::NoteFacts {
        check: stored.id,
        person: facts.name.clone(),
        upn: facts.upn.clone(),
        channel: facts.channel,
        masked: facts.masked.clone(),
        begun_at: stored.begun_at,
        delivered_at: end.delivered_at,
        warnings: facts.warnings.clone(),
        agent: stored.agent.clone(),
        outcome: Some(end.outcome),
        attempts: end.attempts,
    }
}

/// What can't be read waits for somebody to look.
fn set_aside(db: &rusqlite::Connection, no: i64) -> Result<(), JournalError> {
    let why = "What waited for a service can't be read. Look at the ticket of that time.";
    db.execute("UPDATE caller_outbox SET alarm = 1, why = ?2 WHERE no = ?1", params![no, why])?;
    Ok(())
}

fn add_send(
    change: &Change<'_>,
    check: Uuid,
    (tenant, person, agent): (&str, &str, &str),
    at: Timestamp,
) -> Result<(), JournalError> {
    change.db.execute(
        "INSERT INTO caller_send (tenant, person, agent, at_us, check_id)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tenant, person, agent, at.as_microsecond(), check.to_string()],
    )?;
    Ok(())
}

/// Those of a person since a moment.
fn wrong_codes(
    db: &rusqlite::Connection,
    (tenant, person): (&str, &str),
    since: Timestamp,
) -> Result<Vec<Timestamp>, JournalError> {
    let mut statement = db.prepare(
        "SELECT at_us FROM caller_wrong WHERE tenant = ?1 AND person = ?2 AND at_us > ?3",
    )?;
    let bound = params![tenant, person, since.as_microsecond()];
    let rows = statement.query_map(bound, |row| row.get(0))?;
    Ok(rows.map(|at| at.map(timestamp)).collect::<Result<_, _>>()?)
}

fn open_check(change: &Change<'_>, check: Uuid) -> Result<StoredCheck, JournalError> {
    let row = change
        .db
        .query_row(
            "SELECT id, tenant, agent, person, begun_at_us, body FROM caller_check
             WHERE id = ?1 AND ended_at_us IS NULL",
            [check.to_string()],
            StoredRow::read,
        )
        .optional()?;
    row.ok_or(JournalError::NoOpenCheck)?.stored()
}

fn entry(
    (tenant, agent): (&str, &str),
    action: Action,
    facts: &CheckFacts,
    detail: String,
) -> Entry {
    Entry {
        tenant: tenant.to_owned(),
        operator: agent.to_owned(),
        action,
        subject: facts.upn.clone(),
        serial: None,
        detail,
    }
}

/// A row of `caller_check` without its end.
struct StoredRow {
    id: String,
    tenant: String,
    agent: String,
    person: String,
    begun_at_us: i64,
    body: String,
}

impl StoredRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            tenant: row.get(1)?,
            agent: row.get(2)?,
            person: row.get(3)?,
            begun_at_us: row.get(4)?,
            body: row.get(5)?,
        })
    }

    fn stored(self) -> Result<StoredCheck, JournalError> {
        Ok(StoredCheck {
            id: uuid(&self.id)?,
            tenant: self.tenant,
            agent: self.agent,
            person: self.person,
            begun_at: timestamp(self.begun_at_us),
            facts: read(&self.body)?,
        })
    }
}

/// A note as it is kept.
#[derive(Serialize, Deserialize)]
struct StoredNote {
    ticket: u64,
    reference: String,
    lines: Vec<(String, String)>,
    title: String,
}

impl StoredNote {
    fn note(self) -> Note {
        let Self { ticket, reference, lines, title } = self;
        Note { ticket, reference, lines, title }
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &str) -> Result<T, JournalError> {
    serde_json::from_str(body).map_err(|error| JournalError::Corrupt(error.to_string()))
}

pub(super) fn uuid(text: &str) -> Result<Uuid, JournalError> {
    text.parse().map_err(|_| JournalError::Corrupt("an id is no id".into()))
}

fn link_hash(tenant: &str, nonce: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in ["verify-link", tenant, nonce] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
