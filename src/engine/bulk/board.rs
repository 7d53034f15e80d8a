//! What the board shows: drawn from the rules and from what the runs told.

use super::event::{AwayKey, Board, BulkEvent, SlotKey, SlotPhase, SlotShown};
use super::live::Live;
use super::view::{RunPhase, RunView};
use crate::bulk::{Figures, SlotNo, SlotState, Why, is_used};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Stopped};
use crate::key::KeyId;
use crate::problem::Problem;
use jiff::Timestamp;
use std::time::Instant;

impl Station {
    pub(super) async fn tell_board(&mut self) {
        let Some(board) = self.board_now() else { return };
        if let Some(live) = &mut self.bulk.live {
            live.told = Some(board.clone());
        }
        self.tell_bulk(BulkEvent::Board(Box::new(board))).await;
    }

    /// Figures go on while nothing happens; a window that has them is left alone.
    pub(in crate::engine) async fn tell_changed_board(&mut self) {
        self.write_notes_again().await;
        let board = self.board_now();
        let told = self.bulk.live.as_ref().and_then(|live| live.told.as_ref());
        if board.as_ref() != told {
            self.tell_board().await;
        }
    }

    fn board_now(&mut self) -> Option<Board> {
        let table = self.table.clone();
        let live = self.bulk.live.as_mut()?;
        Some(live.board(&|id| {
            table.get(id).map(|facts| SlotKey {
                id: id.clone(),
                used: is_used(&facts),
                model: facts.model,
                serial: facts.serial,
            })
        }))
    }
}

/// What is known of a key that is in.
type KeyOf<'a> = &'a dyn Fn(&KeyId) -> Option<SlotKey>;

impl Live {
    fn board(&mut self, key_of: KeyOf<'_>) -> Board {
        let now = Timestamp::now();
        self.note_changes();
        let done_at: Vec<Timestamp> = self.results.done.iter().map(|(_, at)| *at).collect();
        let slots: Vec<_> =
            self.session.slots().map(|(no, state, key)| (no, state, key.cloned())).collect();
        let next = self.session.next_waiting();
        let (_, failed, skipped) = self.session.counts();
        let own = if next.is_none() { self.session.next_for_own() } else { None };
        Board {
            slots: slots
                .into_iter()
                .map(|(no, state, key)| self.slot(no, state, key.as_ref(), key_of, now))
                .collect(),
            figures: Figures::of(&done_at, (self.session.keys_left(), failed, skipped), now),
            next: next.or(own.map(|(entry, _)| entry)).and_then(|entry| self.person(entry)),
            next_own: own.map(|(_, serial)| serial.to_owned()),
            scanned: self.session.scanned().and_then(|entry| self.person(entry)),
            next_expiry: self.next_expiry(now),
            fetched: self.challenges.as_ref().map(|store| {
                let (done, of, failed) = store.progress();
                (done, of - failed)
            }),
            away: self.away(),
        }
    }

    /// Since when a slot is as it is.
    fn note_changes(&mut self) {
        let now = Instant::now();
        let states: Vec<_> = self.session.slots().map(|(no, state, _)| (no, state)).collect();
        for (no, state) in states {
            match self.since.get(&no) {
                Some((known, _)) if *known == state => {}
                _ => {
                    self.since.insert(no, (state, now));
                }
            }
        }
    }

    fn slot(
        &self,
        no: SlotNo,
        state: SlotState,
        key: Option<&KeyId>,
        key_of: KeyOf<'_>,
        now: Timestamp,
    ) -> SlotShown {
        let since = self.since.get(&no).map_or_else(Instant::now, |(_, since)| *since);
        let is_out = key.is_none();
        let mut shown = SlotShown {
            no,
            key: key.and_then(key_of),
            person: None,
            enrolment: None,
            phase: SlotPhase::Free,
            done: 0,
            note: String::new(),
            since,
        };
        match state {
            SlotState::Free => {}
            SlotState::Reading => {
                shown.phase = SlotPhase::Identifying;
                shown.note = match key.is_some_and(|key| self.asked.contains_key(key)) {
                    true => "Asking whose key it is".into(),
                    false => "Reading model and serial".into(),
                };
            }
            SlotState::Refused(Why::Paused) => {
                shown.phase = SlotPhase::Paused;
                shown.person = self.session.owner_in(no).and_then(|entry| self.person(entry));
            }
            SlotState::Refused(why) => {
                let problem = self.refusal(no, &why);
                let chosen = self.session.assigned_to(no);
                shown.person = chosen.and_then(|entry| self.person(entry));
                let is_unread = key.is_some_and(|key| self.session.is_being_read(key));
                shown.phase = match why.may_be_overruled() && !is_unread {
                    true => SlotPhase::Refused(problem),
                    false => SlotPhase::Barred(problem),
                };
            }
            SlotState::Beginning(entry) => {
                shown.phase = SlotPhase::Identifying;
                shown.person = self.person(entry);
            }
            SlotState::Running { entry, enrolment } | SlotState::Done { entry, enrolment } => {
                shown.person = self.person(entry);
                shown.enrolment = Some(enrolment);
                self.add_run(&mut shown, enrolment, is_out, now);
            }
            SlotState::Spent { entry } => {
                shown.person = self.person(entry);
                shown.phase = SlotPhase::Barred(spent());
            }
        }
        shown
    }

    fn add_run(&self, shown: &mut SlotShown, enrolment: EnrolmentId, is_out: bool, now: Timestamp) {
        let Some(view) = self.views.get(&enrolment) else {
            shown.phase = SlotPhase::PulledOut;
            return;
        };
        shown.since = view.since;
        shown.done = view.done;
        shown.note.clone_from(&view.note);
        shown.phase = match &view.phase {
            RunPhase::Slot(_) if is_out && view.misses_its_key() => SlotPhase::PulledOut,
            RunPhase::Slot(phase) => phase.clone(),
            RunPhase::Queued => SlotPhase::TouchQueued {
                before: self.session.touches_before(enrolment, now).unwrap_or_default(),
            },
            RunPhase::Finished | RunPhase::Over => {
                let number = u32::try_from(self.results.done.len()).unwrap_or(u32::MAX);
                SlotPhase::Done { number: view.number.unwrap_or(number) }
            }
        };
    }

    fn refusal(&self, no: SlotNo, why: &Why) -> Problem {
        if let (Why::Problem, Some(problem)) = (why, self.problems.get(&no)) {
            return problem.clone();
        }
        let (what, next) = in_words(why);
        Problem { what, next: next.into(), details: Vec::new() }
    }

    /// How far an enrolment without a slot is, and what may be answered; nothing while it goes on
    /// by itself.
    fn stands(&self, enrolment: EnrolmentId) -> Option<(String, Stopped)> {
        match self.views.get(&enrolment) {
            Some(view) => match &view.phase {
                RunPhase::Slot(SlotPhase::Stopped(stopped)) => {
                    Some((view.how_far().to_owned(), stopped.clone()))
                }
                RunPhase::Slot(SlotPhase::PinNeeded(needed)) => {
                    Some((view.how_far().to_owned(), needed.stopped.clone()))
                }
                _ => None,
            },
            None => {
                let found = &self.unfinished.get(&enrolment)?.found;
                Some((found.last_sure.clone(), found.stopped.clone()))
            }
        }
    }

    /// Why an enrolment without a slot stopped, unless its key was only pulled out.
    fn failed(&self, enrolment: EnrolmentId) -> Option<Problem> {
        match self.views.get(&enrolment) {
            Some(view) if view.misses_its_key() => None,
            Some(view) => match &view.phase {
                RunPhase::Slot(SlotPhase::Stopped(stopped)) => Some(stopped.problem.clone()),
                _ => None,
            },
            None => self.unfinished.get(&enrolment)?.failed.clone(),
        }
    }

    /// What lapses first comes first.
    fn away(&self) -> Vec<AwayKey> {
        let mut away: Vec<AwayKey> = self
            .session
            .away()
            .filter_map(|(enrolment, entry, key, slot)| {
                let (last_sure, stopped) = self.stands(enrolment)?;
                let found = self.unfinished.get(&enrolment);
                // Where a run goes on with it, its challenge counts no longer once it is registered.
                let lapses_at = match self.views.get(&enrolment) {
                    Some(view) => view.lapses_at,
                    None => found.and_then(|away| away.lapses_at),
                };
                Some(AwayKey {
                    enrolment,
                    person: self.person(entry)?,
                    serial: key.serial.clone(),
                    slot,
                    last_sure,
                    to_activate: found.is_some_and(|away| away.to_activate)
                        && !self.views.get(&enrolment).is_some_and(RunView::is_not_activated),
                    failed: self.failed(enrolment),
                    lapses_at,
                    stopped,
                })
            })
            .collect();
        away.sort_by_key(|key| key.lapses_at.unwrap_or(Timestamp::MAX));
        away
    }
}

/// What a refused key is about, and what to do.
fn in_words(why: &Why) -> (String, &'static str) {
    match why {
        Why::NobodyLeft => ("Nobody is left who waits for a key".into(), "Take the key out"),
        Why::Paused => ("The session is paused".into(), "Go on when you are ready"),
        Why::GivenTo(name) => {
            let next = "Put in another key, or undo theirs first";
            (format!("Made for {name} in this session"), next)
        }
        Why::HeldBy(name) => {
            (format!("Made before for {name}"), "Put in another key, or use it anyway")
        }
        Why::NotInStock => (
            "This key is not on the stock list".into(),
            "Put in a key of the list, or use it anyway",
        ),
        Why::MeantFor(name) => (
            format!("The list means this key for {name}, who needs none now"),
            "Put it aside, or use it anyway for the next person",
        ),
        Why::OtherSerial { name, serial } => {
            let next = "Put in that key, or use this one anyway";
            (format!("{name} is to get the key with serial {serial}"), next)
        }
        Why::Problem => ("The key can't be used".into(), "Pull it out and put it in again"),
    }
}

fn spent() -> Problem {
    Problem {
        what: "Nothing more is done with this key".into(),
        next: "Pull it out".into(),
        details: Vec::new(),
    }
}
