//! The session that the journal holds, as it stood: at a start, and when its tenant is back on the
//! screen.

use super::Place;
use super::event::{BulkEvent, SessionShown, UndoableKey};
use super::live::{Left, Live};
use super::past;
use super::rebuild::{Rebuilt, entries_of};
use super::view::RunView;
use crate::access::Act;
use crate::bulk::{Happening, SessionNote};
use crate::engine::access::{BULK, SESSIONS};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::enrolment::EnrolmentId;
use crate::journal::StoredSession;
use crate::key::KeyFacts;
use crate::problem::Problem;
use jiff::Timestamp;
use std::sync::Arc;

impl Station {
    /// The tenant's session that was begun and not ended, if there is one.
    pub(in crate::engine) async fn take_up_session(&mut self) {
        self.write_notes_again().await;
        self.bulk.leave_board();
        let Some(ports) = self.ports.clone() else { return };
        let is_same_place = self.keep_people_of_this_place(&ports).await;
        if !self.may_see(SESSIONS) {
            self.tell_bulk(BulkEvent::Past(Vec::new())).await;
            return self.tell_bulk(BulkEvent::Session(None)).await;
        }
        self.list_undone_keys();
        let tenant = ports.tenant.name.clone();
        match ports.journal.call(move |journal| journal.open_session(&tenant)).await {
            Ok(Some(stored)) => self.restore(stored, is_same_place).await,
            Ok(None) => self.tell_bulk(BulkEvent::Session(None)).await,
            Err(error) => self.tell_problem(&error).await,
        }
        past::tell(&ports).await;
    }

    /// A list that is being prepared outlives a change of the settings, or a new secret; not another
    /// directory or operator. Whether these are the same.
    async fn keep_people_of_this_place(&mut self, ports: &Ports) -> bool {
        let tenant = self.settings.tenant_in_use();
        let directory = tenant.map(|tenant| self.settings.resolved(tenant).directory);
        let here = Place { directory, operator: ports.tenant.operator.clone() };
        let before = self.bulk.prepared_in.replace(here);
        let is_same = before == self.bulk.prepared_in;
        match is_same && self.may_see(SESSIONS) {
            true => self.tell_people_again().await,
            false => self.drop_people().await,
        }
        is_same
    }

    async fn restore(&mut self, stored: StoredSession, is_same_place: bool) {
        let left = self.bulk.left.get(&stored.id).filter(|_| is_same_place);
        let to_confirm = match left.is_some_and(|left| left.is_confirmed) {
            true => Vec::new(),
            false => stored.options.acts(),
        };
        self.use_session(stored, to_confirm).await;
    }

    /// Puts the session on the board; keys that are in are offered to it.
    pub(super) async fn use_session(&mut self, stored: StoredSession, to_confirm: Vec<Act>) {
        let Some(ports) = self.ports.clone() else { return };
        let (mut live, finished) = self.rebuild(stored, Arc::clone(&ports));
        if !to_confirm.is_empty() {
            live.session.restore_note(&SessionNote::Paused);
            let is_still = |id: &EnrolmentId| !live.views.contains_key(id);
            let erasing = live.unfinished.iter().filter(|(id, away)| away.erases && is_still(id));
            erasing.for_each(|(id, _)| live.session.hold(*id));
            live.to_confirm = to_confirm;
        }
        let works = self.may_see(BULK);
        if !works {
            // Whoever only takes its PINs out makes no keys, nor goes on with any.
            let is_still = |id: &&EnrolmentId| !live.views.contains_key(id);
            let unfinished: Vec<_> = live.unfinished.keys().filter(is_still).copied().collect();
            unfinished.into_iter().for_each(|id| live.session.hold(id));
        }
        if self.presence.lock.is_locked() || !works {
            live.session.on(Happening::Unattended, Timestamp::now());
        }
        if works {
            live.fetch_ahead();
        }
        let running = self.turns_first(live.views.keys().copied().collect()).await;
        self.bulk.live = Some(live);
        self.tell_session().await;
        self.tell_entries().await;
        self.tell_results().await;
        self.tell_bulk(BulkEvent::Finished(finished)).await;
        // What runs goes on telling the session; what it told before is told again.
        for id in running {
            if let Some(run) = self.runs.get(&id) {
                run.shown.tell_again(id).await;
            }
        }
        self.offer_inserted_keys().await;
        if works {
            self.hand_over_what_is_ready().await;
            self.take_up_undos().await;
        }
        self.tell_board().await;
    }

    /// Whoever asks for a touch has the turn in the new queue, too.
    async fn turns_first(&self, runs: Vec<EnrolmentId>) -> Vec<EnrolmentId> {
        let (mut first, mut others) = (Vec::new(), Vec::new());
        for id in runs {
            let has_turn = match self.runs.get(&id) {
                Some(run) => run.shown.has_turn().await,
                None => false,
            };
            if has_turn { first.push(id) } else { others.push(id) }
        }
        first.append(&mut others);
        first
    }

    fn rebuild(
        &mut self,
        mut stored: StoredSession,
        ports: Arc<Ports>,
    ) -> (Live, Vec<UndoableKey>) {
        let Left { unwritten, numbers, challenges, .. } =
            self.bulk.left.remove(&stored.id).unwrap_or_default();
        stored.notes.extend(unwritten.iter().map(|of| (of.at, of.note.clone())));
        let (operator, begun_at) = (stored.operator.clone(), stored.begun_at);
        let is_running = |id| self.runs.get(&id).is_some_and(|run| !run.is_over());
        let rebuilt = Rebuilt::of(stored, is_running);
        let mut live = Live::new(rebuilt.session, ports, operator, begun_at);
        let now = Timestamp::now();
        live.views = rebuilt.running.into_iter().map(|id| (id, RunView::new(now))).collect();
        live.undos = rebuilt.undos;
        live.brought = rebuilt.brought;
        live.brought.extend(challenges);
        live.unfinished = rebuilt.away.into_iter().collect();
        live.unwritten = unwritten;
        live.results.restore(numbers, &rebuilt.made);
        rebuilt.results.into_iter().for_each(|result| live.results.push(result));
        (live, rebuilt.finished)
    }

    /// A key that is still being read is heard of now, and tells the session itself later.
    async fn offer_inserted_keys(&mut self) {
        for event in self.table.of_mute() {
            self.bulk_key_event(&event).await;
        }
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
        self.tell_bulk(entries_of(&live.session)).await;
    }

    async fn tell_results(&self) {
        let Some(live) = &self.bulk.live else { return };
        let results = live.results.lines.iter().rev().cloned().collect();
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

    /// Why an enrolment may not go on by an answer to it alone.
    pub(in crate::engine) fn not_before_its_session(&self, id: EnrolmentId) -> Option<Problem> {
        let live = self.bulk.live.as_ref()?;
        live.session.is_held(id).then(|| Problem {
            what: "This key's session erases something and was not confirmed since it was taken up"
                .into(),
            next: "Let the session go on first".into(),
            details: Vec::new(),
        })
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
