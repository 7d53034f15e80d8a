//! What the window was told of a run, so that it can be told again when its tenant is back on
//! the screen.

use super::super::tell::Teller;
use super::super::{Event, FinishedKey, StepChange};
use crate::enrolment::{EnrolmentId, Intent, PinNeeded, Step, Stopped};
use crate::key::KeyId;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;

/// Tells the window of one run; both its ends hold one.
#[derive(Clone)]
pub(in crate::engine) struct Shown {
    /// Held while an event is told, so that what is told again never overtakes what is new.
    told: Arc<Mutex<Told>>,
    teller: Teller,
}

#[derive(Default)]
struct Told {
    begun: Option<Begun>,
    /// The last of each step.
    steps: Vec<(Step, StepChange)>,
    touch_until: Option<Instant>,
    phase: Option<Phase>,
    files: Vec<PathBuf>,
}

#[derive(Clone)]
struct Begun {
    intent: Box<Intent>,
    key: Option<KeyId>,
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Phase {
    Stopped(Stopped),
    PinNeeded(PinNeeded),
    Finished(Box<FinishedKey>),
}

impl Shown {
    pub(in crate::engine) fn new(teller: Teller) -> Self {
        Self { told: Arc::default(), teller }
    }

    pub(in crate::engine) async fn tell(&self, event: Event) {
        let mut told = self.told.lock().await;
        told.note(&event);
        self.teller.tell(event).await;
    }

    /// All that is needed to draw the run.
    pub(in crate::engine) async fn tell_again(&self, id: EnrolmentId) {
        let told = self.told.lock().await;
        for event in told.events(id) {
            self.teller.tell(event).await;
        }
    }

    /// Whether it waits for an answer or for the hand-over.
    pub(in crate::engine) async fn is_waiting(&self) -> bool {
        self.told.lock().await.phase.is_some()
    }
}

impl Told {
    fn note(&mut self, event: &Event) {
        match event {
            Event::EnrolmentBegun { intent, key, steps, .. } => {
                self.begun =
                    Some(Begun { intent: intent.clone(), key: key.clone(), steps: steps.clone() });
            }
            Event::Step { step, change, .. } => {
                if matches!(change, StepChange::Started) {
                    self.phase = None;
                }
                self.steps.retain(|(known, _)| known != step);
                self.steps.push((*step, change.clone()));
            }
            Event::TouchNeeded { within, .. } => {
                self.touch_until = Instant::now().checked_add(*within);
            }
            Event::TouchDone { .. } => self.touch_until = None,
            Event::Stopped { stopped, .. } => self.phase = Some(Phase::Stopped(stopped.clone())),
            Event::PinNeeded { needed, .. } => self.phase = Some(Phase::PinNeeded(needed.clone())),
            Event::Finished(finished) => self.phase = Some(Phase::Finished(finished.clone())),
            Event::FileWritten { path, .. } => self.files.push(path.clone()),
            _ => {}
        }
    }

    fn events(&self, id: EnrolmentId) -> Vec<Event> {
        let Some(Begun { intent, key, steps }) = self.begun.clone() else { return Vec::new() };
        let mut events = vec![Event::EnrolmentBegun { id, intent, key, steps }];
        let steps = self.steps.iter().cloned();
        events.extend(steps.map(|(step, change)| Event::Step { id, step, change }));
        let left = |until: &Instant| until.saturating_duration_since(Instant::now());
        let touch = self.touch_until.as_ref().map(left).filter(|within| !within.is_zero());
        events.extend(touch.map(|within| Event::TouchNeeded { id, within }));
        events.extend(self.phase.clone().map(|phase| match phase {
            Phase::Stopped(stopped) => Event::Stopped { id, stopped },
            Phase::PinNeeded(needed) => Event::PinNeeded { id, needed },
            Phase::Finished(finished) => Event::Finished(finished),
        }));
        let files = self.files.iter().cloned();
        events.extend(files.map(|path| Event::FileWritten { id, path }));
        events
    }
}
