//! One person gets one key: who was chosen, and how far the enrolment is.

use super::keys::KeyState;
use crate::directory::{Person, PersonCard, PersonId};
use crate::engine::{Event, FinishedKey, StepChange};
use crate::enrolment::{Answer, EnrolmentId, Intent, Step, Stopped, WhichPin};
use crate::key::KeyId;
use crate::problem::Problem;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Desk {
    pub person: Option<Chosen>,
    /// Fetched ahead for the chosen person.
    pub challenge: Option<Challenge>,
    /// The key the operator pointed at.
    pub chosen_key: Option<KeyId>,
    /// "Register key" was sent and nothing came back yet.
    pub registering: bool,
    pub run: Option<Run>,
    answered: Option<Answer>,
}

/// The person at the desk.
pub struct Chosen {
    pub person: Person,
    /// Absent while it is being read.
    pub card: Option<Result<PersonCard, Problem>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub expires_at: Option<jiff::Timestamp>,
    pub took: Duration,
}

/// An enrolment on the screen.
pub struct Run {
    pub id: EnrolmentId,
    pub intent: Intent,
    pub key: Option<KeyId>,
    pub steps: Vec<(Step, StepState)>,
    pub touch: Option<Touch>,
    pub phase: Phase,
    pin_needed: Option<WhichPin>,
    /// Letters and labels written.
    pub files: Vec<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    Ahead,
    Running,
    Waiting { note: String },
    Done { note: String, took: Duration },
    Failed,
}

/// The key blinks; it gives up at `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    pub until: Instant,
    pub within: Duration,
}

pub enum Phase {
    Running,
    Stopped(Stopped),
    /// Cancel was pressed; the step is coming to its end.
    Ending,
    HandOver(Box<FinishedKey>),
}

/// Which PIN a stopped enrolment needs before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedPin {
    /// The person chooses it (again), typed twice.
    New,
    /// The one on the key.
    Current,
}

impl Desk {
    pub(super) fn apply(&mut self, event: Event, now: Instant) {
        match event {
            Event::PersonRead(read) => {
                if let Some(chosen) = self.person.as_mut().filter(|c| c.person.id == read.person) {
                    chosen.card = Some(read.card);
                }
            }
            Event::ChallengeReady { person, expires_at, took } if self.is_person(&person) => {
                self.challenge = Some(Challenge { expires_at, took });
            }
            Event::Step { id, step, change } => self.with_run(id, |run| run.step(step, change)),
            Event::TouchNeeded { id, within } => self.with_run(id, |run| {
                run.touch = now.checked_add(within).map(|until| Touch { until, within });
            }),
            Event::TouchDone { id } => self.with_run(id, |run| run.touch = None),
            Event::Stopped { id, stopped } => self.with_run(id, |run| run.stop(stopped, None)),
            Event::PinNeeded { id, needed } => {
                self.with_run(id, |run| run.stop(needed.stopped, Some(needed.which)));
            }
            Event::Finished(finished) => {
                let id = finished.id;
                self.with_run(id, |run| {
                    run.touch = None;
                    run.phase = Phase::HandOver(finished);
                });
            }
            Event::FileWritten { id, path } => self.with_run(id, |run| {
                if !run.files.contains(&path) {
                    run.files.push(path);
                }
            }),
            _ => {}
        }
    }

    pub(super) fn choose(&mut self, person: &Person) {
        *self = Self {
            person: Some(Chosen { person: person.clone(), card: None }),
            chosen_key: self.chosen_key.take(),
            ..Self::default()
        };
    }

    pub(super) fn begun(&mut self, run: Run) {
        self.registering = false;
        self.answered = None;
        self.run = Some(run);
    }

    pub(super) fn answered(&mut self, id: EnrolmentId, answer: Answer) {
        self.answered = Some(answer);
        self.with_run(id, |run| {
            if matches!(run.phase, Phase::Stopped(_)) {
                run.phase = Phase::Running;
            }
        });
    }

    pub(super) fn cancelled(&mut self, id: EnrolmentId) {
        self.with_run(id, |run| {
            if matches!(run.phase, Phase::Running) {
                run.phase = Phase::Ending;
            }
        });
    }

    /// A skipped person is done with; any other end leaves the person for the next key.
    pub(super) fn ended(&mut self, id: EnrolmentId) {
        if self.run.as_ref().is_some_and(|run| run.id == id) {
            self.run = None;
            self.challenge = None;
            if self.answered == Some(Answer::Skip) {
                *self = Self::default();
            }
        }
        self.registering = false;
    }

    pub(super) fn handed_over(&mut self, id: EnrolmentId) {
        if self.run.as_ref().is_some_and(|run| run.id == id) {
            *self = Self::default();
        }
    }

    fn is_person(&self, id: &PersonId) -> bool {
        self.person.as_ref().is_some_and(|chosen| &chosen.person.id == id)
    }

    fn with_run(&mut self, id: EnrolmentId, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.run.as_mut().filter(|run| run.id == id) {
            change(run);
        }
    }
}

impl Chosen {
    pub fn read(&self) -> Option<&PersonCard> {
        self.card.as_ref().and_then(|card| card.as_ref().ok())
    }
}

impl Run {
    pub fn new(id: EnrolmentId, intent: Intent, key: Option<KeyId>, steps: Vec<Step>) -> Self {
        let steps = steps.into_iter().map(|step| (step, StepState::Ahead)).collect();
        Self {
            id,
            intent,
            key,
            steps,
            touch: None,
            phase: Phase::Running,
            pin_needed: None,
            files: Vec::new(),
        }
    }

    pub fn state_of(&self, step: Step) -> Option<&StepState> {
        self.steps.iter().find(|(known, _)| *known == step).map(|(_, state)| state)
    }

    /// Person, policy and key are being read; nothing is written yet.
    pub fn is_checking(&self) -> bool {
        let state = self.state_of(Step::Preflight);
        matches!(state, Some(StepState::Running | StepState::Waiting { .. }))
    }

    /// The last step that is known to have been done, in words.
    pub(super) fn last_sure(&self) -> String {
        let done = self.steps.iter().filter(|(_, state)| matches!(state, StepState::Done { .. }));
        match done.map(|(step, _)| step).max() {
            None | Some(Step::Preflight) => "Nothing written yet",
            Some(Step::Reset) => "Key reset, no PIN yet",
            Some(Step::Pin | Step::ConfigureKey | Step::CreationOptions) => {
                "PIN set, no credential yet"
            }
            Some(Step::MakeCredential | Step::Verify) => "Credential made, not registered",
            Some(Step::Register) => "Registered, not confirmed",
            Some(_) => "Registered and confirmed, not handed over",
        }
        .to_owned()
    }

    /// The PIN a stopped enrolment asks for, if it asks for one.
    pub fn asked_pin(&self) -> Option<AskedPin> {
        match self.pin_needed? {
            WhichPin::ChooseNew => Some(AskedPin::New),
            WhichPin::OnKey | WhichPin::BeforeChange => Some(AskedPin::Current),
        }
    }

    pub(super) fn key_state(&self) -> KeyState {
        match &self.phase {
            Phase::HandOver(_) => KeyState::ToRemove,
            Phase::Stopped(_) => KeyState::Failed,
            Phase::Running | Phase::Ending if self.touch.is_some() => KeyState::Touch,
            Phase::Running | Phase::Ending => self.busy_state(),
        }
    }

    fn busy_state(&self) -> KeyState {
        let running = self
            .steps
            .iter()
            .find(|(_, state)| matches!(state, StepState::Running | StepState::Waiting { .. }));
        match running.map(|(step, _)| step) {
            Some(Step::Reset | Step::Pin | Step::ConfigureKey | Step::ForcePinChange) => {
                KeyState::SettingPin
            }
            Some(Step::Preflight | Step::CreationOptions) | None => KeyState::Identifying,
            Some(_) => KeyState::Registering,
        }
    }

    fn step(&mut self, step: Step, change: StepChange) {
        let state = match change {
            StepChange::Started => StepState::Running,
            StepChange::Done { note, took } => StepState::Done { note, took },
            StepChange::Failed => StepState::Failed,
            StepChange::Waiting { note } => StepState::Waiting { note },
        };
        if matches!(state, StepState::Running) && matches!(self.phase, Phase::Stopped(_)) {
            self.phase = Phase::Running;
        }
        match self.steps.iter_mut().find(|(known, _)| *known == step) {
            Some((_, known)) => *known = state,
            None => self.steps.push((step, state)),
        }
    }

    /// A typed PIN is handed on by "Retry", so that answer is there whenever a PIN is needed.
    fn stop(&mut self, mut stopped: Stopped, pin_needed: Option<WhichPin>) {
        if pin_needed.is_some() && !stopped.answers.contains(&Answer::Retry) {
            stopped.answers.insert(0, Answer::Retry);
        }
        self.pin_needed = pin_needed;
        self.touch = None;
        self.step(stopped.step, StepChange::Failed);
        self.phase = Phase::Stopped(stopped);
    }
}
