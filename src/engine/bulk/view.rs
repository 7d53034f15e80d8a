//! What a run told, folded into what its slot shows.

use super::event::SlotPhase;
use crate::bulk::SlotNo;
use crate::engine::run::News;
use crate::engine::{Event, StepChange};
use crate::enrolment::{Answer, FailureClass, Intent, Outcome, Step};
use crate::key::KeyId;
use jiff::Timestamp;
use std::time::Instant;

/// Where one run stands.
pub(in crate::engine) struct RunView {
    pub intent: Option<Box<Intent>>,
    pub phase: RunPhase,
    /// Parts that are done: key read, PIN, touch, registered, confirmed.
    pub done: u8,
    pub note: String,
    pub since: Instant,
    pub begun_at: Timestamp,
    /// An answer is on its way to it, or it goes on by itself.
    pub is_answered: bool,
    /// Why it stopped last.
    pub stopped_for: Option<FailureClass>,
    pub outcome: Option<Outcome>,
    /// The key of this insertion came back and was not made use of yet.
    pub back: Option<KeyId>,
    /// The key that came back after the run had ended, before that was heard.
    pub came_late: Option<KeyId>,
    /// The slot its key was in last.
    pub slot: Option<SlotNo>,
    /// Until when the key asks for its touch, where its step was not heard of yet.
    pub touch_ahead: Option<Instant>,
    /// Which key of the session it is, once it is done.
    pub number: Option<u32>,
    /// When its challenge lapses, while the key is not registered.
    pub lapses_at: Option<Timestamp>,
}

/// As [`SlotPhase`], without what only the session knows.
pub(in crate::engine) enum RunPhase {
    Slot(SlotPhase),
    /// Waits for its turn.
    Queued,
    Finished,
    Over,
}

impl RunView {
    pub fn new(now: Timestamp) -> Self {
        Self {
            intent: None,
            phase: RunPhase::Slot(SlotPhase::Working(Step::Preflight)),
            done: 0,
            note: "Reading model and serial".into(),
            since: Instant::now(),
            begun_at: now,
            is_answered: false,
            stopped_for: None,
            outcome: None,
            back: None,
            came_late: None,
            slot: None,
            touch_ahead: None,
            number: None,
            lapses_at: None,
        }
    }

    /// An answer is on its way to the run, which ignores those that it does not offer.
    pub fn is_answered_with(&mut self, answer: Answer) {
        self.is_answered = match &self.phase {
            RunPhase::Slot(SlotPhase::Stopped(stopped)) => stopped.answers.contains(&answer),
            _ => true,
        };
    }

    /// Its key is on its way to it; where it was more than missed, the run asks on.
    pub fn has_its_key_back(&mut self) {
        let is_away = self.intent.as_ref().is_some_and(|intent| intent.is_activated_later());
        self.is_answered |= is_away || self.stopped_for == Some(FailureClass::KeyRemoved);
    }

    /// Sealed PINs can be opened again: the run takes its own, or asks once more.
    pub fn may_have_its_pin(&mut self) {
        self.is_answered |= matches!(self.phase, RunPhase::Slot(SlotPhase::PinNeeded(_)));
    }

    /// Whether something goes on that must not be left alone.
    pub fn is_at_work(&self) -> bool {
        match &self.phase {
            RunPhase::Slot(SlotPhase::Stopped(_) | SlotPhase::PinNeeded(_)) => self.is_answered,
            RunPhase::Slot(_) | RunPhase::Queued | RunPhase::Finished => true,
            RunPhase::Over => false,
        }
    }

    /// The last part that is done, in words.
    pub fn how_far(&self) -> &'static str {
        match self.done {
            0 => "Nothing written yet",
            1 => "Key read, no PIN yet",
            2 => "PIN set, no credential yet",
            3 => "Credential made, not registered yet",
            4 => "Registered, not confirmed yet",
            _ => "Registered and confirmed",
        }
    }

    /// Whether it waits for an answer only because its key was pulled out.
    pub fn misses_its_key(&self) -> bool {
        matches!(self.phase, RunPhase::Slot(SlotPhase::Stopped(_)))
            && self.stopped_for == Some(FailureClass::KeyRemoved)
    }

    /// Whether it goes on only with its key: missed, or what it made was refused.
    pub fn wants_its_key(&self) -> bool {
        let RunPhase::Slot(SlotPhase::Stopped(stopped)) = &self.phase else { return false };
        self.stopped_for.is_some_and(|class| {
            class == FailureClass::KeyRemoved || class.makes_anew(stopped.step)
        })
    }

    /// Whether its key is needed once more before it can be activated, or is being taken back.
    pub fn is_not_activated(&self) -> bool {
        self.wants_its_key() || matches!(self.phase, RunPhase::Slot(SlotPhase::PinNeeded(_)))
    }

    pub fn take(&mut self, news: News) {
        match news {
            News::Told(event) => self.told(event),
            News::TouchWanted { until } => {
                self.touch_ahead = None;
                self.lapses_at = until;
                self.enter(RunPhase::Queued, "");
            }
            News::TouchOver => self.enter(RunPhase::Slot(SlotPhase::Working(Step::Verify)), ""),
            News::StopsFor(class) => self.stopped_for = Some(class),
            News::GoesOn => self.is_answered = true,
            News::Ended(outcome) => {
                self.lapses_at = None;
                self.outcome = Some(outcome);
                self.enter(RunPhase::Over, "");
            }
            News::Made => self.enter(RunPhase::Finished, ""),
            News::Labelled { number: Some(number) } => {
                self.note = format!("Label {number} written");
            }
            News::Labelled { number: None } => self.note = "Label not written".into(),
            News::Undone(_) | News::Gone => {}
        }
    }

    /// Its turn has come; the key itself says when it blinks.
    pub fn has_turn(&mut self) {
        self.enter(
            RunPhase::Slot(SlotPhase::Working(Step::MakeCredential)),
            "About to ask for its touch",
        );
    }

    fn told(&mut self, event: Event) {
        match event {
            Event::EnrolmentBegun { intent, .. } => {
                self.intent = Some(intent);
            }
            Event::Step { step, change, .. } => self.step(step, change),
            // The key itself tells it, and may be heard before the run or after it.
            Event::TouchNeeded { within, .. } => {
                let until = Instant::now() + within;
                match self.may_be_touched() {
                    true => self.enter(RunPhase::Slot(SlotPhase::TouchNow { until }), ""),
                    false => self.touch_ahead = Some(until),
                }
            }
            Event::TouchDone { .. } => {
                self.touch_ahead = None;
                if self.waits_for_touch() {
                    let phase = SlotPhase::Working(Step::MakeCredential);
                    self.enter(RunPhase::Slot(phase), "Touched");
                }
            }
            Event::Stopped { stopped, .. } => {
                self.touch_ahead = None;
                self.enter(RunPhase::Slot(SlotPhase::Stopped(stopped)), "");
            }
            Event::PinNeeded { needed, .. } => {
                self.enter(RunPhase::Slot(SlotPhase::PinNeeded(needed)), "");
            }
            Event::Finished(_) => {
                self.done = 5;
                self.enter(RunPhase::Finished, "");
            }
            _ => {}
        }
    }

    fn step(&mut self, step: Step, change: StepChange) {
        match change {
            StepChange::Started if step == Step::HandOver => {}
            // The key was heard first.
            StepChange::Started if needs_touch(step) && self.waits_for_touch() => {}
            StepChange::Started => match self.touch_ahead.take_if(|_| needs_touch(step)) {
                Some(until) => self.enter(RunPhase::Slot(SlotPhase::TouchNow { until }), ""),
                None => self.enter(RunPhase::Slot(SlotPhase::Working(step)), doing(step)),
            },
            StepChange::Done { note, .. } => {
                if step == Step::Register {
                    self.lapses_at = None;
                }
                self.done = self.done.max(parts(step));
                if !note.is_empty() {
                    self.note = crate::enrolment::text::sentence_case(&note);
                }
            }
            StepChange::Waiting { note } if step == Step::Reset => {
                let note = crate::enrolment::text::sentence_case(&note);
                self.enter(RunPhase::Slot(SlotPhase::Replug), &note);
            }
            StepChange::Waiting { note } => self.note = note,
            StepChange::Failed => {}
        }
    }

    fn waits_for_touch(&self) -> bool {
        matches!(self.phase, RunPhase::Slot(SlotPhase::TouchNow { .. }))
    }

    /// Not when the run has stopped, or gone on, since the key asked.
    fn may_be_touched(&self) -> bool {
        match &self.phase {
            RunPhase::Queued => true,
            RunPhase::Slot(SlotPhase::Working(step)) => needs_touch(*step),
            RunPhase::Slot(phase) => {
                matches!(phase, SlotPhase::Replug | SlotPhase::TouchNow { .. })
            }
            RunPhase::Finished | RunPhase::Over => false,
        }
    }

    fn enter(&mut self, phase: RunPhase, note: &str) {
        self.phase = phase;
        self.is_answered = false;
        self.since = Instant::now();
        if !note.is_empty() {
            note.clone_into(&mut self.note);
        }
    }
}

fn needs_touch(step: Step) -> bool {
    matches!(step, Step::Reset | Step::MakeCredential)
}

/// How many of the five parts are behind once the step is done.
fn parts(step: Step) -> u8 {
    match step {
        Step::Preflight | Step::Reset => 1,
        Step::Pin | Step::ConfigureKey | Step::CreationOptions => 2,
        Step::MakeCredential | Step::Verify => 3,
        Step::Register => 4,
        Step::Confirm | Step::ForcePinChange | Step::RemoveOld | Step::HandOver => 5,
    }
}

fn doing(step: Step) -> &'static str {
    match step {
        Step::Preflight => "Looking at person and key",
        Step::Reset => "Resetting the key",
        Step::Pin => "Setting the PIN",
        Step::ConfigureKey => "Writing the key's settings",
        Step::CreationOptions => "Fetching the challenge",
        Step::MakeCredential => "About to ask for its touch",
        Step::Verify => "Checking what the key made",
        Step::Register => "Sent to the directory, waiting for the answer",
        Step::Confirm => "Reading it back",
        Step::ForcePinChange => "Forcing a PIN change",
        Step::RemoveOld => "Removing old keys",
        Step::HandOver => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::{EnrolmentId, PinNeeded, Stopped, WhichPin};
    use crate::problem::Problem;
    use std::time::Duration;

    const ID: EnrolmentId = EnrolmentId(uuid::Uuid::nil());

    fn told(view: &mut RunView, event: Event) {
        view.take(News::Told(event));
    }

    fn started(view: &mut RunView, step: Step) {
        told(view, Event::Step { id: ID, step, change: StepChange::Started });
    }

    fn touch_needed(view: &mut RunView) {
        told(view, Event::TouchNeeded { id: ID, within: Duration::from_secs(60) });
    }

    fn at_its_turn() -> RunView {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        view.take(News::TouchWanted { until: None });
        view.has_turn();
        view
    }

    #[test]
    fn a_key_that_asks_for_its_touch_before_the_run_is_heard_still_shows_it() {
        let mut view = at_its_turn();
        touch_needed(&mut view);
        started(&mut view, Step::MakeCredential);
        assert!(view.waits_for_touch());
        told(&mut view, Event::TouchDone { id: ID });
        started(&mut view, Step::Verify);
        assert!(matches!(view.phase, RunPhase::Slot(SlotPhase::Working(Step::Verify))));
    }

    fn stopped() -> RunView {
        let mut view = at_its_turn();
        started(&mut view, Step::MakeCredential);
        stop(&mut view);
        view
    }

    fn stop(view: &mut RunView) {
        let problem = Problem { what: String::new(), next: String::new(), details: Vec::new() };
        let answers = vec![Answer::Retry];
        let stopped = Stopped { step: Step::MakeCredential, problem, answers };
        told(view, Event::Stopped { id: ID, stopped });
    }

    fn ask_for_pin(view: &mut RunView) {
        let problem = Problem { what: String::new(), next: String::new(), details: Vec::new() };
        let stopped = Stopped { step: Step::Register, problem, answers: vec![Answer::Retry] };
        let needed = PinNeeded { which: WhichPin::OnKey, stopped, refused: false };
        told(view, Event::PinNeeded { id: ID, needed });
    }

    #[test]
    fn a_run_that_an_answer_is_on_its_way_to_is_at_work() {
        let mut view = stopped();
        assert!(!view.is_at_work());
        view.is_answered_with(Answer::Skip);
        assert!(!view.is_at_work(), "that is not offered");
        view.is_answered_with(Answer::Retry);
        assert!(view.is_at_work());
        stop(&mut view);
        assert!(!view.is_at_work(), "it stopped again");
    }

    #[test]
    fn a_run_that_goes_on_by_itself_is_at_work() {
        let mut view = stopped();
        view.take(News::GoesOn);
        assert!(view.is_at_work());
        for (class, goes_on) in [(FailureClass::KeyRemoved, true), (FailureClass::Refused, false)] {
            stop(&mut view);
            assert!(!view.is_at_work());
            view.take(News::StopsFor(class));
            view.has_its_key_back();
            assert_eq!(view.is_at_work(), goes_on, "{class:?}");
        }
        stop(&mut view);
        view.may_have_its_pin();
        assert!(!view.is_at_work(), "it asks for no PIN");
        ask_for_pin(&mut view);
        assert!(!view.is_at_work());
        view.may_have_its_pin();
        assert!(view.is_at_work());
    }

    #[test]
    fn a_key_whose_pin_is_asked_for_is_not_activated_before() {
        let mut view = RunView::new(Timestamp::UNIX_EPOCH);
        assert!(!view.is_not_activated());
        ask_for_pin(&mut view);
        assert!(view.is_not_activated());
    }

    #[test]
    fn a_touch_that_is_heard_before_a_stopped_run_goes_on_shows_once_its_step_begins() {
        let mut view = stopped();
        touch_needed(&mut view);
        assert!(matches!(view.phase, RunPhase::Slot(SlotPhase::Stopped(_))));
        started(&mut view, Step::CreationOptions);
        assert!(!view.waits_for_touch());
        started(&mut view, Step::MakeCredential);
        assert!(view.waits_for_touch());
    }

    #[test]
    fn a_touch_that_is_heard_of_before_the_next_turn_is_of_an_earlier_one() {
        let mut view = stopped();
        touch_needed(&mut view);
        view.take(News::TouchWanted { until: None });
        view.has_turn();
        started(&mut view, Step::MakeCredential);
        assert!(!view.waits_for_touch());
    }

    #[test]
    fn a_touch_that_is_over_before_the_step_is_heard_of_does_not_show() {
        let mut view = stopped();
        touch_needed(&mut view);
        told(&mut view, Event::TouchDone { id: ID });
        started(&mut view, Step::MakeCredential);
        assert!(!view.waits_for_touch(), "it was touched");

        let mut view = stopped();
        touch_needed(&mut view);
        stop(&mut view);
        started(&mut view, Step::MakeCredential);
        assert!(!view.waits_for_touch(), "that was another try");
    }

    #[test]
    fn a_touch_that_is_heard_after_the_run_stopped_does_not_hide_the_stop() {
        let mut view = stopped();
        touch_needed(&mut view);
        told(&mut view, Event::TouchDone { id: ID });
        assert!(matches!(view.phase, RunPhase::Slot(SlotPhase::Stopped(_))));
    }
}
