//! The session that the journal holds, as it stood: at a start, and when its tenant is back on the
//! screen.

use super::deeds::end_of;
use super::event::{BulkEvent, EntryShown, SessionShown};
use super::live::{Away, Live};
use super::results::of_stored;
use super::undo::Undos;
use super::view::RunView;
use crate::access::Act;
use crate::bulk::{Entry, EntryNo, Happening, RunEnd, Session, SessionNote};
use crate::directory::PersonId;
use crate::engine::access::SESSIONS;
use crate::engine::station::Station;
use crate::enrolment::{Ceremony, EnrolmentId, KeyIdentity};
use crate::journal::{StoredEnrolment, StoredSession};
use crate::key::KeyFacts;
use crate::webauthn::CreationOptions;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl Station {
    /// The tenant's session that was begun and not ended, if there is one.
    pub(in crate::engine) async fn take_up_session(&mut self) {
        self.bulk.leave();
        let Some(ports) = self.ports.clone() else { return };
        if !self.may_see(SESSIONS) {
            return self.tell_bulk(BulkEvent::Session(None)).await;
        }
        let tenant = ports.tenant.name.clone();
        match ports.journal.call(move |journal| journal.open_session(&tenant)).await {
            Ok(Some(stored)) => self.restore(stored).await,
            Ok(None) => self.tell_bulk(BulkEvent::Session(None)).await,
            Err(error) => self.tell_problem(&error).await,
        }
    }

    async fn restore(&mut self, stored: StoredSession) {
        let to_confirm = stored.options.acts();
        self.use_session(stored, to_confirm).await;
    }

    /// Puts the session on the board; keys that are in are offered to it.
    pub(super) async fn use_session(&mut self, stored: StoredSession, to_confirm: Vec<Act>) {
        let Some(ports) = self.ports.clone() else { return };
        let mut live = self.rebuild(stored, Arc::clone(&ports));
        if !to_confirm.is_empty() {
            live.session.restore_note(&SessionNote::Paused);
            live.to_confirm = to_confirm;
        }
        live.fetch_ahead();
        let running: Vec<_> = live.views.keys().copied().collect();
        self.bulk.live = Some(live);
        self.tell_session().await;
        self.tell_entries().await;
        self.tell_results().await;
        // What runs goes on telling the session; what it told before is told again.
        for id in running {
            if let Some(run) = self.runs.get(&id) {
                run.shown.tell_again(id).await;
            }
        }
        self.offer_inserted_keys().await;
        self.hand_over_what_is_ready().await;
        self.take_up_undos().await;
        self.tell_board().await;
    }

    fn rebuild(&self, stored: StoredSession, ports: Arc<crate::engine::ports::Ports>) -> Live {
        let StoredSession { id, operator, options, notes, enrolments, begun_at, .. } = stored;
        let mut entries = stored.entries;
        let brought = brought_to(&mut entries, &enrolments);
        let mut session = Session::new(id, options, entries);
        let mut live_views = Vec::new();
        let mut away = Vec::new();
        let mut results = Vec::new();
        restore_ports(&mut session, &notes);
        let mut undos = Undos::default();
        notes.iter().for_each(|(_, note)| undos.restore(note));
        let mut past: Vec<(Timestamp, Past)> =
            notes.into_iter().map(|(at, note)| (at, Past::Note(note))).collect();
        for enrolment in enrolments {
            let Some(seat) = enrolment.intent.seat else { continue };
            let replayed = Ceremony::replay(enrolment.intent.clone(), &enrolment.records);
            let outcome = replayed.as_ref().ok().and_then(|ceremony| ceremony.outcome().cloned());
            match outcome {
                Some(outcome) => {
                    let at = enrolment.finished_at.unwrap_or(enrolment.begun_at);
                    let mut result = of_stored(&enrolment, &outcome);
                    result.enrolment = result.enrolment.filter(|id| !undos.is_done(*id));
                    results.push(result);
                    let key = enrolment.intent.key.clone();
                    past.push((at, Past::Over(enrolment.id, seat.entry, key, end_of(&outcome))));
                }
                None => {
                    session.restore_open(enrolment.id, seat.entry, enrolment.intent.key.clone());
                    if self.runs.get(&enrolment.id).is_some_and(|run| !run.is_over()) {
                        session.restore_running(enrolment.id);
                        live_views.push(enrolment.id);
                    }
                    away.push((enrolment.id, Away::of(enrolment)));
                }
            }
        }
        restore_past(&mut session, past);
        let mut live = Live::new(session, ports, operator, begun_at);
        let now = Timestamp::now();
        live.views = live_views.into_iter().map(|id| (id, RunView::new(now))).collect();
        live.undos = undos;
        live.brought = brought;
        live.unfinished = away.into_iter().collect();
        results.sort_by_key(|result| result.at);
        results.into_iter().for_each(|result| live.push_result(result));
        live
    }

    async fn offer_inserted_keys(&mut self) {
        for facts in self.table.all() {
            self.offer(facts).await;
        }
    }

    /// A key that is in, as if it had come only now.
    pub(super) async fn offer(&mut self, facts: KeyFacts) {
        let (id, port) = (facts.id.clone(), facts.port.clone());
        self.happens(Happening::Inserted { key: id, port }).await;
        self.key_told(&facts).await;
    }

    /// Keys that were made before the program ended and are in no slot: they are in their people's
    /// hands, and their rows must not wait for them to come back.
    async fn hand_over_what_is_ready(&mut self) {
        let Some(live) = &self.bulk.live else { return };
        let away: Vec<_> = live.session.away().map(|(id, ..)| id).collect();
        let is_ready = |id: &EnrolmentId| live.unfinished.get(id).is_some_and(|away| away.ready);
        let ready: Vec<_> = away.into_iter().filter(is_ready).collect();
        for id in ready {
            self.take_up_without_key(id).await;
        }
    }

    pub(super) async fn tell_session(&self) {
        let shown = self.bulk.live.as_ref().map(|live| Box::new(live.shown()));
        self.tell_bulk(BulkEvent::Session(shown)).await;
    }

    pub(super) async fn tell_entries(&self) {
        let Some(live) = &self.bulk.live else { return };
        let shown = live.session.entries().map(|(no, entry)| EntryShown {
            no,
            name: entry.person.display_name.clone(),
            upn: entry.person.upn.clone(),
            serial: entry.serial.clone(),
            state: live.session.state(no),
        });
        let shown = Arc::new(shown.collect());
        self.tell_bulk(BulkEvent::Entries(shown)).await;
    }

    async fn tell_results(&self) {
        let Some(live) = &self.bulk.live else { return };
        let results = live.results.iter().rev().cloned().collect();
        self.tell_bulk(BulkEvent::Results(results)).await;
    }

    pub(super) async fn tell_changed_entries(&mut self) {
        let Some(live) = &mut self.bulk.live else { return };
        let changed = live.session.take_changed();
        let changed: Vec<_> = changed.into_iter().map(|no| (no, live.session.state(no))).collect();
        for (no, state) in changed {
            self.tell_bulk(BulkEvent::Entry { no, state }).await;
        }
    }

    /// The session goes on; what it does by itself was confirmed.
    pub(super) async fn session_goes_on(&mut self) {
        if let Some(live) = &mut self.bulk.live {
            live.to_confirm.clear();
        }
        self.happens(Happening::GoneOn).await;
        self.tell_session().await;
    }
}

impl Live {
    pub(super) fn shown(&self) -> SessionShown {
        SessionShown {
            id: self.session.id(),
            options: self.session.options().clone(),
            sentence: self.session.options().sentence(),
            begun_at: self.begun_at,
            operator: self.operator.clone(),
            paused: self.session.is_paused(),
            to_confirm: self.to_confirm.clone(),
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

/// One thing of the journal, to be taken in by its time.
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

fn restore_past(session: &mut Session, mut past: Vec<(Timestamp, Past)>) {
    past.sort_by_key(|(at, _)| *at);
    for (_, one) in past {
        match one {
            Past::Note(SessionNote::SlotTaken { .. }) => {}
            Past::Note(note) => session.restore_note(&note),
            Past::Over(id, entry, key, end) => session.restore_over(id, entry, &key, &end),
        }
    }
}
