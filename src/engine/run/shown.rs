//! What the window was told of a run, so that it can be told again when its tenant is back on
//! the screen.

use super::super::bulk::Undone;
use super::super::tell::Teller;
use super::super::{Event, FinishedKey, StepChange};
use crate::enrolment::{EnrolmentId, FailureClass, Intent, Outcome, PinNeeded, Step, Stopped};
use crate::key::KeyId;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Mutex, mpsc};

/// Tells the window, or the session it belongs to, of one run; both its ends hold one.
#[derive(Clone)]
pub(in crate::engine) struct Shown {
    /// Held while an event is told, so that what is told again never overtakes what is new.
    told: Arc<Mutex<Told>>,
    listener: Listener,
}

/// Who listens to a run.
#[derive(Clone)]
enum Listener {
    Window(Teller),
    /// Without a bound: the station that reads them tells some itself.
    Session(EnrolmentId, mpsc::UnboundedSender<RunNews>),
}

/// What a session of many keys hears of one of its runs.
pub(in crate::engine) struct RunNews {
    pub enrolment: EnrolmentId,
    pub news: News,
}

pub(in crate::engine) enum News {
    Told(Event),
    /// It waits for its turn to be touched, of use until then.
    TouchWanted {
        until: Option<jiff::Timestamp>,
    },
    /// Its turn is over.
    TouchOver,
    /// It is made and waits for its person's receipt.
    Made,
    /// What became of the label of a key that is done.
    Labelled {
        /// Which key of the session it is; nothing where its label could not be written.
        number: Option<u32>,
    },
    /// Why it stops, told before it does.
    StopsFor(FailureClass),
    /// What it had stopped for is answered, or over by itself.
    GoesOn,
    Ended(Outcome),
    /// A finished key was to be taken out of the directory.
    Undone(Box<Undone>),
    /// The run is gone, whether or not the enrolment ended.
    Gone,
}

#[derive(Default)]
struct Told {
    begun: Option<Begun>,
    /// The last of each step.
    steps: Vec<(Step, StepChange)>,
    touch_until: Option<Instant>,
    phase: Option<Phase>,
    files: Vec<PathBuf>,
    /// What only a session hears.
    stops_for: Option<FailureClass>,
    /// Waits for its turn, or has it; of use until then.
    touch_wanted: Option<Option<jiff::Timestamp>>,
    has_turn: bool,
    made: bool,
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
        Self { told: Arc::default(), listener: Listener::Window(teller) }
    }

    pub(in crate::engine) fn to_session(
        id: EnrolmentId,
        session: mpsc::UnboundedSender<RunNews>,
    ) -> Self {
        Self { told: Arc::default(), listener: Listener::Session(id, session) }
    }

    pub(in crate::engine) fn is_to_session(&self) -> bool {
        matches!(self.listener, Listener::Session(..))
    }

    /// What only a session hears.
    pub(in crate::engine) async fn tell_session(&self, news: News) {
        self.told.lock().await.note_news(&news);
        self.send(news);
    }

    fn send(&self, news: News) {
        if let Listener::Session(enrolment, session) = &self.listener {
            let sent = session.send(RunNews { enrolment: *enrolment, news });
            if sent.is_err() {
                tracing::debug!(enrolment = %enrolment.0, "the station ended before the run");
            }
        }
    }

    async fn hand_on(&self, event: Event) {
        match &self.listener {
            Listener::Window(teller) => teller.tell(event).await,
            Listener::Session(..) => self.send(News::Told(event)),
        }
    }

    pub(in crate::engine) async fn tell(&self, event: Event) {
        let mut told = self.told.lock().await;
        told.note(&event);
        self.hand_on(event).await;
    }

    /// All that is needed to draw the run.
    pub(in crate::engine) async fn tell_again(&self, id: EnrolmentId) {
        let told = self.told.lock().await;
        if let Some(class) = told.stops_for {
            self.send(News::StopsFor(class));
        }
        let wanted = told.touch_wanted.map(|until| News::TouchWanted { until });
        let (ahead, last) = if told.has_turn { (wanted, None) } else { (None, wanted) };
        // What it told in its turn comes after that.
        ahead.into_iter().for_each(|news| self.send(news));
        for event in told.events(id) {
            self.hand_on(event).await;
        }
        last.into_iter().for_each(|news| self.send(news));
        if told.made {
            self.send(News::Made);
        }
    }

    /// Its key may ask for its touch now.
    pub(in crate::engine) async fn note_turn(&self) {
        self.told.lock().await.has_turn = true;
    }

    pub(in crate::engine) async fn has_turn(&self) -> bool {
        self.told.lock().await.has_turn
    }

    /// Whether it waits for an answer or for the hand-over.
    pub(in crate::engine) async fn is_waiting(&self) -> bool {
        self.told.lock().await.phase.is_some()
    }
}

impl Told {
    fn note_news(&mut self, news: &News) {
        match news {
            News::StopsFor(class) => self.stops_for = Some(*class),
            News::TouchWanted { until } => self.touch_wanted = Some(*until),
            News::TouchOver => (self.touch_wanted, self.has_turn) = (None, false),
            News::Made => self.made = true,
            News::GoesOn => self.phase = None,
            News::Told(_)
            | News::Labelled { .. }
            | News::Ended(_)
            | News::Undone(_)
            | News::Gone => {}
        }
    }

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
