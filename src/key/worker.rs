//! The thread of one inserted key.
//!
//! The CTAP2 client blocks, and may panic on what a hostile key sends; so every job runs here,
//! contained, and its result goes back over a channel. Between jobs the worker looks what has
//! changed on the key and tells it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::error::KeyError;
use super::session::Session;
use super::{KeyEvent, KeyFacts, KeyId, PinState, pcsc_serial};

/// How long the key must be idle after a job before it is looked at anew, so that the next step
/// of a ceremony need not wait.
const IDLE: Duration = Duration::from_millis(50);

/// How often, and after which pause, a key just plugged in is asked again: the system may give
/// the rights to it a moment after the device itself, and a bad contact may come good.
const FIRST_TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(150);

/// How often a key that another program talks to is asked again who it is. That may be this program
/// as it ran before: a key goes on waiting for its touch when it was ended.
const WHILE_BUSY: Duration = Duration::from_secs(1);

pub enum Message {
    Run(Job),
    /// The key is gone.
    Stop,
}

/// A job answers its caller by itself.
pub type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// Runs one piece of work so that a panic ends only that; the client's handle is then thrown away.
pub fn contained<T>(
    session: &mut Session,
    work: impl FnOnce(&mut Session) -> Result<T, KeyError>,
) -> Result<T, KeyError> {
    match catch_unwind(AssertUnwindSafe(|| work(session))) {
        Ok(result) => result,
        Err(_) => {
            session.forget_client();
            Err(KeyError::Panicked)
        }
    }
}

pub struct Worker {
    pub session: Session,
    pub messages: Receiver<Message>,
    /// For the one late answer, that of the key's smart card side.
    pub late: Option<SyncSender<Message>>,
    pub events: mpsc::Sender<KeyEvent>,
    pub gone: watch::Receiver<bool>,
}

impl Worker {
    /// Works until the key is gone or nobody can ask any more.
    pub fn run(mut self) {
        let mut told = self.identify();
        let mut look_at = self.next_look(told.as_ref());
        loop {
            let message = match look_at {
                Some(at) => {
                    self.messages.recv_timeout(at.saturating_duration_since(Instant::now()))
                }
                None => self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                // A job dropped unrun tells its caller that the key is gone.
                Ok(Message::Run(_)) if *self.gone.borrow() => return,
                Ok(Message::Run(job)) => {
                    job(&mut self.session);
                    look_at = Some(Instant::now() + IDLE);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.look(&mut told);
                    look_at = self.next_look(told.as_ref());
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Asks the key who it is and tells it; the slow second source of the serial may add to it
    /// later.
    fn identify(&mut self) -> Option<KeyFacts> {
        let late = self.late.take();
        let mut facts = self.first_facts();
        if let Err(KeyError::Busy) = facts {
            self.tell(KeyEvent::Unreadable { id: self.id(), error: KeyError::Busy });
            facts = self.facts_once_free();
        }
        let facts = match facts {
            Ok(facts) => facts,
            Err(KeyError::Removed) => return None,
            Err(error) => {
                self.tell(KeyEvent::Unreadable { id: self.id(), error });
                return None;
            }
        };
        self.tell(KeyEvent::Identified(facts.clone()));
        if let Some(late) = late.filter(|_| facts.serial.is_none()) {
            self.ask_smart_card(late);
        }
        Some(facts)
    }

    /// The answer comes as a job, after which the key is looked at anew.
    fn ask_smart_card(&self, late: SyncSender<Message>) {
        let device = self.session.device();
        if !pcsc_serial::is_worth_asking(device) {
            return;
        }
        let hand_on = move |answer| {
            let job = Box::new(move |session: &mut Session| session.set_smart_card(answer));
            if late.send(Message::Run(job)).is_err() {
                tracing::debug!("the key was gone before its serial was known");
            }
        };
        if let Err(error) = pcsc_serial::ask(device.clone(), hand_on) {
            tracing::warn!(%error, "no thread to ask for the serial");
        }
    }

    fn first_facts(&mut self) -> Result<KeyFacts, KeyError> {
        let mut facts = contained(&mut self.session, Session::facts);
        for _ in 1..FIRST_TRIES {
            let may_pass =
                matches!(facts, Err(KeyError::Denied | KeyError::Busy | KeyError::Transport(_)));
            if *self.gone.borrow() || !may_pass {
                break;
            }
            thread::sleep(BETWEEN_TRIES);
            facts = contained(&mut self.session, Session::facts);
        }
        facts
    }

    /// What the key tells once nobody else talks to it.
    fn facts_once_free(&mut self) -> Result<KeyFacts, KeyError> {
        loop {
            thread::sleep(WHILE_BUSY);
            if *self.gone.borrow() || self.events.is_closed() {
                return Err(KeyError::Removed);
            }
            match contained(&mut self.session, Session::facts) {
                Err(KeyError::Busy) => {}
                answer => return answer,
            }
        }
    }

    fn look(&mut self, told: &mut Option<KeyFacts>) {
        match contained(&mut self.session, Session::facts) {
            Ok(facts) if told.as_ref() == Some(&facts) => {}
            Ok(facts) => {
                *told = Some(facts.clone());
                self.tell(KeyEvent::Identified(facts));
            }
            // Its removal, or the job it failed, tells the operator.
            Err(error) => tracing::debug!(id = %self.session.device().id, %error, "no look"),
        }
    }

    /// The retries of a PIN are asked for as soon as that does no harm.
    fn next_look(&self, told: Option<&KeyFacts>) -> Option<Instant> {
        let unknown = told?.pin == PinState::Set { retries_left: None };
        let at = self.session.retries_askable_at();
        (unknown && at > Instant::now()).then_some(at)
    }

    fn id(&self) -> KeyId {
        KeyId::of(&self.session.device().id)
    }

    fn tell(&self, event: KeyEvent) {
        if self.events.blocking_send(event).is_err() {
            tracing::debug!("nobody listens to the keys any more");
        }
    }
}
