//! The rows of a session's report: each key of each person, and people without one.

use super::fate::{Fate, KeyOf, keys_of, numbered};
use super::order::{Came, in_order};
use crate::bulk::{Entry, EntryNo, SessionNote};
use crate::engine::run::left_out;
use crate::enrolment::Then;
use crate::journal::{Action, HistoryRow, Journal, JournalError, StoredSession};
use crate::outputs::report::{ReportResult, ReportRow};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Rows of the history that are looked through for one about a person.
const MOST_ROWS: u32 = 50;

/// In the order of the session's people, the keys of each in the order they were begun.
pub(super) fn rows(
    journal: &Journal,
    session: &StoredSession,
) -> Result<Vec<ReportRow>, JournalError> {
    let keys = keys_of(session);
    let mut rows = Vec::new();
    for (no, entry) in numbered(session) {
        let own: Vec<&KeyOf<'_>> = keys.iter().filter(|key| key.entry == no).collect();
        for key in &own {
            let of_history = of_history(journal, session, entry, key)?;
            rows.push(of_key(entry, key, of_history));
        }
        match standing(session, no, &own) {
            Standing::Skipped { reason, at } => {
                let skipped = |row: &HistoryRow| row.at == at;
                let row = in_history(journal, session, entry, Action::PersonSkipped, skipped)?;
                let operator = row.map(|row| row.operator).unwrap_or_default();
                rows.push(ReportRow {
                    at: Some(here(at)),
                    operator,
                    ..without_key(entry, ReportResult::Skipped { reason })
                });
            }
            Standing::Waits if wants_key(session, &own) => {
                rows.push(without_key(entry, ReportResult::Open));
            }
            Standing::Waits | Standing::Over => {}
        }
    }
    Ok(rows)
}

fn of_key(entry: &Entry, key: &KeyOf<'_>, of_history: Option<HistoryRow>) -> ReportRow {
    let stored = key.stored;
    let mut operator = stored.intent.operator.clone();
    let (result, at) = match &key.fate {
        Fate::HandedOver { left, .. } => {
            (ReportResult::Registered { reason: left_out(left) }, stored.finished_at)
        }
        Fate::Ready { .. } => {
            let reason = String::new();
            (ReportResult::Registered { reason }, of_history.map(|row| row.at))
        }
        Fate::Open | Fate::ToActivate { .. } => (ReportResult::Open, None),
        Fate::TakenBack { then: Then::SkipPerson, why, .. } => {
            (ReportResult::Skipped { reason: why.clone() }, stored.finished_at)
        }
        Fate::TakenBack { why, .. } | Fate::GivenUp { why, .. } => {
            (ReportResult::Failed { reason: why.clone() }, stored.finished_at)
        }
        Fate::Undone { reason, at } => {
            operator = of_history.map(|row| row.operator).unwrap_or_default();
            (ReportResult::Undone { reason: reason.clone() }, Some(*at))
        }
        Fate::Unreadable { why } => {
            let reason = format!("The journal of this key can't be read: {why}");
            (ReportResult::Failed { reason }, stored.finished_at)
        }
    };
    ReportRow {
        serial: stored.intent.key.serial.clone(),
        at: at.map(here),
        operator,
        ..without_key(entry, result)
    }
}

fn without_key(entry: &Entry, result: ReportResult) -> ReportRow {
    ReportRow {
        name: entry.person.display_name.clone(),
        upn: entry.person.upn.clone(),
        serial: None,
        at: None,
        operator: String::new(),
        result,
    }
}

/// Whether a person waits, beside what their keys say.
enum Standing {
    Waits,
    /// Left out without a key being begun for it.
    Skipped {
        reason: String,
        at: Timestamp,
    },
    /// Their last key says why.
    Over,
}

fn standing(session: &StoredSession, no: EntryNo, keys: &[&KeyOf<'_>]) -> Standing {
    let notes = session.notes.iter().enumerate().filter_map(|(place, (at, note))| match note {
        SessionNote::Skipped { entry, reason } if *entry == no => {
            Some(Came::note(place, Standing::Skipped { reason: reason.clone(), at: *at }))
        }
        SessionNote::PutBack { entry } | SessionNote::Undone { entry, .. } if *entry == no => {
            Some(Came::note(place, Standing::Waits))
        }
        _ => None,
    });
    let ends = keys.iter().filter_map(|key| {
        let over = match &key.fate {
            Fate::TakenBack { then, .. } => *then != Then::NewKey,
            Fate::GivenUp { .. } | Fate::Unreadable { .. } => true,
            _ => false,
        };
        let standing = if over { Standing::Over } else { Standing::Waits };
        Came::end(key.stored, &session.notes, standing)
    });
    in_order(ends.chain(notes).collect()).last().unwrap_or(Standing::Waits)
}

fn wants_key(session: &StoredSession, keys: &[&KeyOf<'_>]) -> bool {
    let counts = |key: &&&KeyOf<'_>| key.leaves() || key.fate == Fate::Open;
    keys.iter().filter(counts).count() < usize::from(session.options.keys_each)
}

/// What only the history knows: when a key that waits for its hand-over was registered, and who
/// undid one.
fn of_history(
    journal: &Journal,
    session: &StoredSession,
    entry: &Entry,
    key: &KeyOf<'_>,
) -> Result<Option<HistoryRow>, JournalError> {
    match &key.fate {
        Fate::Ready { method_id } => {
            let registered = |row: &HistoryRow| row.detail == *method_id;
            in_history(journal, session, entry, Action::Registered, registered)
        }
        Fate::Undone { at, .. } => {
            in_history(journal, session, entry, Action::KeyTakenBack, |row| row.at == *at)
        }
        _ => Ok(None),
    }
}

/// The newest row like this about a person.
fn in_history(
    journal: &Journal,
    session: &StoredSession,
    entry: &Entry,
    action: Action,
    is_it: impl Fn(&HistoryRow) -> bool,
) -> Result<Option<HistoryRow>, JournalError> {
    let upn = &entry.person.upn;
    let words = format!("{} {upn}", action.text());
    let rows = journal.history_in(&session.tenant, &words, MOST_ROWS, 0)?;
    Ok(rows.into_iter().find(|row| row.subject == *upn && is_it(row)))
}

fn here(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::system())
}
