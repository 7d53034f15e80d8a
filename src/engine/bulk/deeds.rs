//! Happenings go into the rules, their deeds are done, and the board is told.

use super::event::{BulkEvent, ScanInVain};
use super::live::Away;
use super::view::RunView;
use crate::bulk::{Deed, Happening, RunEnd};
use crate::engine::Event;
use crate::engine::access::BULK;
use crate::engine::run::{Message, News, RunHandle, RunNews, summary};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Outcome};
use crate::key::{KeyEvent, KeyId};
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use std::collections::VecDeque;

impl Station {
    /// A key came, told something, or left.
    pub(in crate::engine) async fn bulk_key_event(&mut self, event: &KeyEvent) {
        if self.bulk.live.is_none() {
            return;
        }
        match event {
            KeyEvent::Inserted { id, port, .. } => {
                let port = port.clone();
                self.happens(Happening::Inserted { key: id.clone(), port }).await;
            }
            KeyEvent::Identified(facts) => self.key_told(facts).await,
            KeyEvent::Unreadable { id, error } => {
                self.note_slot_problem(id, error.problem());
                self.happens(Happening::Unreadable { key: id.clone() }).await;
            }
            KeyEvent::Removed { id } => {
                self.forget_answer_of(id);
                self.happens(Happening::KeyOut { key: id.clone() }).await;
            }
            KeyEvent::Activity { .. } => {}
        }
    }

    /// Keys that come in wait until somebody is there again.
    pub(in crate::engine) async fn nobody_is_there(&mut self) {
        self.happens(Happening::Unattended).await;
    }

    pub(in crate::engine) async fn somebody_is_there(&mut self) {
        if self.may_see(BULK) {
            self.happens(Happening::Attended).await;
        }
    }

    /// A run of the session told something.
    pub(in crate::engine) async fn bulk_news(&mut self, RunNews { enrolment, news }: RunNews) {
        let news = match news {
            News::Undone(undone) => return self.undo_is_over(enrolment, *undone).await,
            news => news,
        };
        if let News::Labelled { number: None } = news {
            self.label_failed(enrolment);
        }
        let Some(live) = &mut self.bulk.live else { return };
        let Some(view) = live.views.get_mut(&enrolment) else { return };
        let happening = match &news {
            News::TouchWanted { until } => {
                Some(Happening::TouchWanted { enrolment, until: *until })
            }
            News::TouchOver => Some(Happening::TouchOver { enrolment }),
            News::Told(Event::Finished(finished)) => {
                if let Err(problem) = &finished.csv {
                    live.ports.teller.tell(Event::Problem(problem.clone())).await;
                }
                Some(Happening::Finished { enrolment })
            }
            News::Made => Some(Happening::Finished { enrolment }),
            News::Told(Event::Problem(problem)) => {
                let event = Event::Problem(problem.clone());
                live.ports.teller.tell(event).await;
                None
            }
            News::Ended(outcome) => Some(Happening::Over { enrolment, end: end_of(outcome) }),
            News::Gone if view.outcome.is_none() => {
                Some(Happening::Over { enrolment, end: RunEnd::Interrupted })
            }
            _ => None,
        };
        let finished = matches!(news, News::Told(Event::Finished(_)) | News::Made);
        let is_over = matches!(news, News::Ended(_));
        let gone = matches!(news, News::Gone);
        view.take(news);
        self.go_on_where_the_key_is_back(enrolment);
        if finished {
            self.label_of(enrolment).await;
        }
        if is_over {
            self.result_of(enrolment).await;
        }
        match happening {
            Some(happening) => self.happens(happening).await,
            None => self.tell_board().await,
        }
        if gone {
            self.run_is_gone(enrolment).await;
        }
    }

    /// The key may be back before its run has noticed that it was out; once for each insertion.
    fn go_on_where_the_key_is_back(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let Some(view) = live.views.get_mut(&enrolment).filter(|view| view.wants_its_key()) else {
            return;
        };
        let back = view.back.take().filter(|key| self.table.get(key).is_some());
        let (Some(_), Some(run)) = (back, self.runs.get(&enrolment)) else { return };
        match run.send(Message::KeyIsBack) {
            true => view.has_its_key_back(),
            false => {
                tracing::info!(enrolment = %enrolment.0, "the run ended as its key came back");
            }
        }
    }

    pub(in crate::engine) fn session_may_have_its_pins(&mut self) {
        if let Some(live) = &mut self.bulk.live {
            live.views.values_mut().for_each(RunView::may_have_its_pin);
        }
    }

    /// What it left unfinished waits for its key, or for its activation.
    async fn run_is_gone(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let came_late = live.views.remove(&enrolment).and_then(|view| view.came_late);
        let loaded = live.ports.journal.call(move |journal| journal.load(enrolment)).await;
        let Some(live) = &mut self.bulk.live else { return };
        match loaded {
            Ok(stored) if stored.finished_at.is_none() => {
                live.unfinished.insert(enrolment, Away::of(stored));
                self.tell_board().await;
                if let Some(facts) = came_late.and_then(|key| self.table.get(&key)) {
                    self.offer(facts).await;
                }
            }
            Ok(_) => {
                live.unfinished.remove(&enrolment);
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }

    /// Takes a happening in, does what follows, and shows it.
    pub(super) async fn happens(&mut self, happening: Happening) {
        let mut happenings = VecDeque::from([happening]);
        while let Some(happening) = happenings.pop_front() {
            let Some(live) = &mut self.bulk.live else { return };
            let deeds = live.session.on(happening, Timestamp::now());
            for deed in deeds {
                happenings.extend(self.carry_out(deed).await);
            }
        }
        self.write_notes_again().await;
        self.tell_changed_entries().await;
        self.tell_board().await;
    }

    async fn carry_out(&mut self, deed: Deed) -> Option<Happening> {
        match deed {
            Deed::Begin(given) => Some(self.begin_seat(given).await),
            Deed::Back { slot, key, enrolment } => {
                self.key_is_back(enrolment, &key).await;
                if let Some(view) = self.view_mut(enrolment) {
                    view.slot = Some(slot);
                }
                None
            }
            Deed::Touch(enrolment) => {
                let run = self.runs.get(&enrolment).filter(|run| !run.is_over());
                match run {
                    Some(run) => run.give_turn(),
                    None => return Some(Happening::TouchOver { enrolment }),
                }
                if let Some(view) = self.view_mut(enrolment) {
                    view.has_turn();
                }
                None
            }
            Deed::HandOver(enrolment) => {
                self.hand_over(enrolment);
                None
            }
            Deed::Note(note) => {
                self.write_note(note).await;
                None
            }
            Deed::ScanInVain { text, whose } => {
                let settled = whose.and_then(|entry| self.bulk.live.as_ref()?.settled(entry));
                let why = settled.unwrap_or(ScanInVain::Unknown(text));
                self.tell_bulk(BulkEvent::ScanInVain(why)).await;
                None
            }
            Deed::ScanIsShared { text } => {
                self.tell_bulk(BulkEvent::ScanInVain(ScanInVain::Shared(text))).await;
                None
            }
            Deed::NoSlot(_) => {
                self.tell(Event::Problem(no_slot())).await;
                None
            }
        }
    }

    /// A run that stopped only for want of its key goes on; an enrolment without a run is taken
    /// up where it was.
    async fn key_is_back(&mut self, enrolment: EnrolmentId, key: &KeyId) {
        let run = self.runs.get(&enrolment).filter(|run| !run.is_over());
        if let Some(run) = run {
            run.key_is_back(key);
        }
        let is_over = run.is_none();
        match self.view_mut(enrolment) {
            // The last words of its run are on their way, and are heard first.
            Some(view) if is_over => view.came_late = Some(key.clone()),
            Some(view) => view.back = Some(key.clone()),
            None => return self.take_up_with_key(enrolment, key).await,
        }
        self.go_on_where_the_key_is_back(enrolment);
    }

    /// A run that is gone left the enrolment at its hand-over: it is taken up again when its key,
    /// or the operator's answer, comes.
    fn hand_over(&self, enrolment: EnrolmentId) {
        let taken = self.runs.get(&enrolment).is_some_and(RunHandle::hand_over);
        if !taken {
            tracing::warn!(enrolment = %enrolment.0, "hand-over of a run that has ended");
        }
    }

    fn forget_answer_of(&mut self, key: &KeyId) {
        if let Some(live) = &mut self.bulk.live {
            live.asked.remove(key);
        }
    }

    fn note_slot_problem(&mut self, key: &KeyId, problem: Problem) {
        let Some(live) = &mut self.bulk.live else { return };
        let slot = live.session.slots().find(|(_, _, of)| *of == Some(key)).map(|(slot, ..)| slot);
        if let Some(slot) = slot {
            live.problems.insert(slot, problem);
        }
    }

    pub(in crate::engine) fn view_mut(&mut self, enrolment: EnrolmentId) -> Option<&mut RunView> {
        self.bulk.live.as_mut()?.views.get_mut(&enrolment)
    }
}

pub(super) fn end_of(outcome: &Outcome) -> RunEnd {
    match outcome {
        Outcome::HandedOver { .. } => RunEnd::HandedOver,
        Outcome::RolledBack { then, .. } => {
            RunEnd::TakenBack { then: *then, summary: summary(outcome) }
        }
        Outcome::Abandoned { .. } => RunEnd::GivenUp { summary: summary(outcome) },
    }
}

fn no_slot() -> Problem {
    Problem {
        what: "All sixteen slots are in use; this key is left alone".into(),
        next: "Put it into a port that has a number".into(),
        details: Vec::new(),
    }
}
