//! A session rebuilt from the journal, running or not.

use super::deeds::end_of;
use super::event::{BulkEvent, EntryShown, ResultKind, ResultShown, UndoableKey};
use super::fate::is_ready;
use super::live::Away;
use super::order::{Came, in_order};
use super::results::{finished, line_without_key, of_stored};
use super::undo::Undos;
use crate::bulk::{Entry, EntryNo, RunEnd, Session, SessionNote};
use crate::directory::PersonId;
use crate::enrolment::{Ceremony, EnrolmentId, KeyIdentity, Outcome, Seat};
use crate::journal::{StoredEnrolment, StoredSession};
use crate::webauthn::CreationOptions;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the journal says of a session.
pub(super) struct Rebuilt {
    pub session: Session,
    pub undos: Undos,
    /// Challenges that the list brought.
    pub brought: HashMap<PersonId, CreationOptions>,
    /// Enrolments that are not over.
    pub away: Vec<(EnrolmentId, Away)>,
    /// Those of them that a run drives.
    pub running: Vec<EnrolmentId>,
    /// Oldest first.
    pub results: Vec<ResultShown>,
    pub finished: Vec<UndoableKey>,
    /// All keys that were made, also those that are to be activated or were undone, in the order they
    /// were begun.
    pub made: Vec<EnrolmentId>,
}

impl Rebuilt {
    /// `is_running` tells whether a run drives the enrolment now.
    pub fn of(stored: StoredSession, is_running: impl Fn(EnrolmentId) -> bool) -> Self {
        let StoredSession { id, options, mut entries, notes, enrolments, .. } = stored;
        let brought = brought_to(&mut entries, &enrolments);
        let mut rebuilt = Self {
            session: Session::new(id, options, entries),
            undos: Undos::default(),
            brought,
            away: Vec::new(),
            running: Vec::new(),
            results: Vec::new(),
            finished: Vec::new(),
            made: Vec::new(),
        };
        restore_ports(&mut rebuilt.session, &notes);
        notes.iter().for_each(|(_, note)| rebuilt.undos.restore(note));
        let mut past: Vec<Came<Past>> = Vec::new();
        for enrolment in enrolments {
            let Some(seat) = enrolment.intent.seat else { continue };
            let replayed = Ceremony::replay(enrolment.intent.clone(), &enrolment.records);
            if replayed.as_ref().is_ok_and(is_made) {
                rebuilt.made.push(enrolment.id);
            }
            let outcome = replayed.as_ref().ok().and_then(|ceremony| ceremony.outcome().cloned());
            let Some(outcome) = outcome else {
                rebuilt.open(enrolment.id, seat, enrolment.intent.key.clone(), &is_running);
                rebuilt.away.push((enrolment.id, Away::of(enrolment)));
                continue;
            };
            let mut result = of_stored(&enrolment, &outcome);
            result.enrolment = result.enrolment.filter(|id| !rebuilt.undos.is_done(*id));
            rebuilt.finished.extend(finished(enrolment.id, &enrolment.intent, &outcome));
            rebuilt.results.push(result);
            let key = enrolment.intent.key.clone();
            let over = Past::Over(enrolment.id, seat.entry, key, end_of(&outcome));
            past.extend(Came::end(&enrolment, &notes, over));
        }
        rebuilt.results.extend(notes.iter().filter_map(|(at, note)| {
            let line = line_of(note, *at)?;
            let person = rebuilt.session.entry(line.entry)?.person.display_name.clone();
            Some(ResultShown { name: person, ..line })
        }));
        let notes = notes.into_iter().map(|(_, note)| Past::Note(note)).enumerate();
        past.extend(notes.map(|(place, note)| Came::note(place, note)));
        restore_past(&mut rebuilt.session, in_order(past));
        rebuilt.forget_undone();
        rebuilt.results.sort_by_key(|result| result.at);
        rebuilt
    }

    /// The older keys of a person stay removed, whichever key they were removed for.
    fn forget_undone(&mut self) {
        let mut removed: HashMap<EntryNo, usize> = HashMap::new();
        for key in &self.finished {
            *removed.entry(key.entry).or_default() += key.removed;
        }
        self.finished.retain(|key| !self.undos.is_done(key.enrolment));
        for key in &mut self.finished {
            key.removed = removed.get(&key.entry).copied().unwrap_or_default();
        }
    }

    fn open(
        &mut self,
        id: EnrolmentId,
        seat: Seat,
        key: KeyIdentity,
        is_running: impl Fn(EnrolmentId) -> bool,
    ) {
        self.session.restore_open(id, seat.entry, key, seat.was_made_in);
        if is_running(id) {
            self.session.restore_running(id);
            self.running.push(id);
        }
    }
}

/// Whether the key got its number: it is in the directory, or is to be activated.
fn is_made(ceremony: &Ceremony) -> bool {
    match ceremony.outcome() {
        Some(outcome) => matches!(outcome, Outcome::HandedOver { .. }),
        None => ceremony.is_for_activation() || is_ready(ceremony),
    }
}

/// Everybody of a session, as the window lists them.
pub(super) fn entries_of(session: &Session) -> BulkEvent {
    let shown = session.entries().map(|(no, entry)| EntryShown {
        no,
        name: entry.person.display_name.clone(),
        upn: entry.person.upn.clone(),
        serial: entry.serial.clone(),
        state: session.state(no),
    });
    BulkEvent::Entries(Arc::new(shown.collect()))
}

/// What a note says in the list of results.
fn line_of(note: &SessionNote, at: Timestamp) -> Option<ResultShown> {
    match note {
        SessionNote::Skipped { entry, reason } => {
            Some(line_without_key(*entry, ResultKind::Skipped, reason, at))
        }
        SessionNote::Undone { entry, enrolment, serial, reason } => Some(ResultShown {
            serial: serial.clone(),
            enrolment: Some(*enrolment),
            ..line_without_key(*entry, ResultKind::Undone, reason, at)
        }),
        _ => None,
    }
}

/// One thing of the journal.
enum Past {
    Note(SessionNote),
    Over(EnrolmentId, EntryNo, KeyIdentity, RunEnd),
}

/// Ports first: an enrolment's slot is told by its port.
fn restore_ports(session: &mut Session, notes: &[(Timestamp, SessionNote)]) {
    for (_, note) in notes {
        if let SessionNote::SlotTaken { .. } = note {
            session.restore_note(note);
        }
    }
}

/// A key is undone after it was finished, also where the clock was set back in between; what was
/// noted of its person after that waits with it.
fn restore_past(session: &mut Session, past: impl Iterator<Item = Past>) {
    let past: Vec<Past> = past.collect();
    let mut to_come: HashSet<EnrolmentId> = past.iter().filter_map(Past::ends).collect();
    let mut waiting: Vec<(EnrolmentId, EntryNo, SessionNote)> = Vec::new();
    for one in past {
        match one {
            Past::Note(SessionNote::SlotTaken { .. }) => {}
            Past::Note(note) => match awaited(&note, &to_come, &waiting) {
                Some((enrolment, entry)) => waiting.push((enrolment, entry, note)),
                None => session.restore_note(&note),
            },
            Past::Over(id, entry, key, end) => {
                session.restore_over(id, entry, &key, &end);
                to_come.remove(&id);
                for (.., note) in waiting.extract_if(.., |(of, ..)| *of == id) {
                    session.restore_note(&note);
                }
            }
        }
    }
}

/// Whose end comes before the note is taken in, and its person.
fn awaited(
    note: &SessionNote,
    to_come: &HashSet<EnrolmentId>,
    waiting: &[(EnrolmentId, EntryNo, SessionNote)],
) -> Option<(EnrolmentId, EntryNo)> {
    match note {
        SessionNote::Undone { enrolment, entry, .. } if to_come.contains(enrolment) => {
            Some((*enrolment, *entry))
        }
        SessionNote::Skipped { entry, .. }
        | SessionNote::PutBack { entry }
        | SessionNote::Undone { entry, .. } => waiting
            .iter()
            .find(|(_, of, _)| of == entry)
            .map(|(enrolment, entry, _)| (*enrolment, *entry)),
        _ => None,
    }
}

impl Past {
    fn ends(&self) -> Option<EnrolmentId> {
        match self {
            Self::Over(id, ..) => Some(*id),
            Self::Note(_) => None,
        }
    }
}

/// What the list brought for everybody who had no key yet. Each challenge is used once, and they
/// are large: nothing of them stays with the entries.
fn brought_to(
    entries: &mut [Entry],
    enrolments: &[StoredEnrolment],
) -> HashMap<PersonId, CreationOptions> {
    let had_one: HashSet<u32> =
        enrolments.iter().filter_map(|stored| Some(stored.intent.seat?.entry.0)).collect();
    let brought = (1..).zip(entries).filter_map(|(no, entry)| {
        let brought = entry.brought.take().filter(|_| !had_one.contains(&no))?;
        Some((entry.person.person_id(), brought.creation_options(&entry.person)))
    });
    brought.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::{EntryState, SessionId, SessionOptions};
    use crate::enrolment::{SerialFrom, Subject};
    use uuid::Uuid;

    const ID: EnrolmentId = EnrolmentId(Uuid::from_u128(1));

    /// Asa, whose key was handed over at second 2.
    fn restored(notes: Vec<(i64, SessionNote)>) -> EntryState {
        let person = Subject {
            id: "id-asa".into(),
            display_name: "Asa".into(),
            upn: "asa@halden.example".into(),
        };
        let entry = Entry {
            person,
            serial: None,
            badge: None,
            employee_id: None,
            old_keys: Vec::new(),
            brought: None,
        };
        let key = KeyIdentity {
            aaguid: Uuid::nil().to_string(),
            model: "Key".into(),
            serial: Some("1".into()),
            serial_from: SerialFrom::Key,
            port: None,
        };
        let mut session =
            Session::new(SessionId(Uuid::nil()), SessionOptions::default(), vec![entry]);
        let over = Past::Over(ID, EntryNo(1), key, RunEnd::HandedOver);
        let before = notes.iter().filter(|(seconds, _)| *seconds <= 2).count();
        let mut past: Vec<Past> = notes.into_iter().map(|(_, note)| Past::Note(note)).collect();
        past.insert(before, over);
        restore_past(&mut session, past.into_iter());
        session.state(EntryNo(1))
    }

    fn undone() -> SessionNote {
        SessionNote::Undone {
            entry: EntryNo(1),
            enrolment: ID,
            serial: Some("1".into()),
            reason: "lost".into(),
        }
    }

    #[test]
    fn a_key_that_was_undone_after_the_clock_was_set_back_is_not_done() {
        for seconds in [1, 3] {
            let state = restored(vec![(seconds, undone())]);
            assert_eq!(state, EntryState::Waiting, "noted at {seconds}");
        }
    }

    #[test]
    fn who_was_left_out_after_an_undo_stays_so_although_the_clock_was_set_back() {
        for seconds in [0, 4] {
            let skipped = SessionNote::Skipped { entry: EntryNo(1), reason: "on leave".into() };
            let state = restored(vec![(seconds, undone()), (seconds + 1, skipped)]);
            let left_out = matches!(state, EntryState::Skipped { .. });
            assert!(left_out, "noted at {seconds}: {state:?}");
        }
    }
}
