//! Drives one enrolment: asks the ceremony what comes next, does it, journals it.
//!
//! The order is always the same: the record is on the disk, then the ceremony knows it, then the
//! next thing happens. A run that dies at any point is taken up again from its records.

mod got_since;
mod inbox;
mod key_at_hand;
mod line;
mod may_be_reset;
mod notes;
mod pins;
mod receipt;
mod resolve;
mod shown;
mod steps;
mod turn;
mod undo;

pub(super) use inbox::{Inbox, LetterOfRun, Message, RunHandle, pair};
pub(super) use line::Line;
pub(super) use notes::{left_out, out_of_order, summary};
pub(super) use shown::{News, RunNews, Shown};

use super::ports::Ports;
use super::{Event, StepChange};
use crate::directory::{PasskeyPolicy, PersonCard};
use crate::enrolment::{
    Action, Answer, AtHand, Ceremony, EnrolmentId, Fact, Held, Outcome, Record, Step, StepError,
    Stopped,
};
use crate::journal::{self, JournalError};
use crate::key::{Key, KeyFacts};
use crate::pin::Pin;
use crate::problem::Explain;
use crate::webauthn::CreationOptions;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A directory that takes longer is mentioned.
const SLOW: Duration = Duration::from_secs(2);

/// One enrolment being driven.
pub(super) struct Run {
    ports: Arc<Ports>,
    id: EnrolmentId,
    ceremony: Ceremony,
    key: Option<Key>,
    hands: Hands,
    inbox: Inbox,
    shown: Shown,
    touched_at: Option<Instant>,
    /// When the directory was last asked for passkeys that the person got elsewhere.
    looked_for_others: Option<Instant>,
    /// Whose credential is on the session's key until it is reset.
    was_made_in: Option<EnrolmentId>,
    reset_guard: may_be_reset::ResetGuard,
    /// A passkey that is to be taken back was looked for in vain.
    was_not_there: bool,
    turn: turn::Turn,
}

/// What only lives in memory while the enrolment runs.
#[derive(Default)]
pub(super) struct Hands {
    /// The PIN the key has or gets.
    pub pin: Option<Pin>,
    /// That PIN was typed as the one the key has: it is not the sealed one, and set on no key.
    pub pin_was_typed: bool,
    /// The PIN the key has before a change.
    pub old_pin: Option<Pin>,
    pub options: Option<CreationOptions>,
    /// Read when the person was chosen.
    pub card: Option<PersonCard>,
    pub policy: Option<PasskeyPolicy>,
    /// Directory ids of the passkeys that the person had as their session's list was read, until the
    /// operator was asked about others.
    pub passkeys_before: Option<Vec<String>>,
    /// Whether the PIN has been shown, printed or written to the CSV.
    pub delivered: bool,
    /// The person has confirmed receipt: a key that was made to be activated later is registered.
    pub activate: bool,
    /// The key that is to be reset, as it was when that was decided; nothing after a restart.
    pub to_reset: Option<KeyFacts>,
    /// Whose it is, as the operator was told before it was begun all the same.
    pub taken_from: Option<String>,
    /// The PIN stays sealed when the key is handed over; it follows in a letter or a file.
    pub pin_follows: bool,
}

/// How the loop goes on.
enum Flow {
    On,
    Over,
}

impl Run {
    pub(super) fn new(
        ports: Arc<Ports>,
        id: EnrolmentId,
        ceremony: Ceremony,
        key: Option<Key>,
        hands: Hands,
        (inbox, shown): (Inbox, Shown),
    ) -> Self {
        let was_made_in = ceremony.intent().seat.and_then(|seat| seat.was_made_in);
        Self {
            ports,
            id,
            ceremony,
            key,
            hands,
            inbox,
            shown,
            touched_at: None,
            looked_for_others: None,
            was_made_in,
            reset_guard: may_be_reset::ResetGuard::default(),
            was_not_there: false,
            turn: turn::Turn::default(),
        }
    }

    /// Runs until the enrolment has ended or the station stops listening to it.
    pub(super) async fn drive(mut self) {
        self.announce().await;
        while !self.inbox.is_let_go() {
            let action = self.ceremony.next(&self.at_hand());
            let flow = match action {
                Action::Do(Step::Pin) if self.forgets_typed_pin() => Flow::On,
                Action::Do(_) if self.waits_for_receipt() => self.wait_for_receipt().await,
                Action::Do(step) => match self.take_turn(step).await {
                    // The wait may have been long: what comes next is asked again.
                    turn::Waited::Yes => Flow::On,
                    turn::Waited::No => self.do_step(step).await,
                },
                Action::Resolve(step) => self.resolve_step(step).await,
                Action::Undo(step) => self.undo_step(step).await,
                Action::Ask(stopped) => self.ask(stopped).await,
                Action::AskPin(needed) => self.ask_pin(needed).await,
                Action::Finished(outcome) => {
                    self.finish(outcome).await;
                    Flow::Over
                }
            };
            if matches!(flow, Flow::Over) {
                break;
            }
        }
    }

    async fn announce(&self) {
        self.tell(Event::EnrolmentBegun {
            id: self.id,
            intent: Box::new(self.ceremony.intent().clone()),
            key: self.key.as_ref().map(|key| key.id().clone()),
            steps: self.ceremony.steps(),
        })
        .await;
        for step in self.ceremony.steps() {
            if self.ceremony.is_done(step) {
                let change = StepChange::Done { note: String::new(), took: Default::default() };
                self.tell(Event::Step { id: self.id, step, change }).await;
            }
        }
    }

    async fn do_step(&mut self, step: Step) -> Flow {
        let flow = self.do_in_turn(step).await;
        self.end_turn(step).await;
        flow
    }

    async fn do_in_turn(&mut self, step: Step) -> Flow {
        if let Flow::Over = self.record(Record::Intended { step }).await {
            return Flow::Over;
        }
        // The turn was given back where that could not be written at first.
        self.take_turn(step).await;
        if self.inbox.is_let_go() {
            return Flow::Over;
        }
        self.tell_step(step, StepChange::Started).await;
        let begun = Instant::now();
        let told = self.told_when_slow(step);
        let done = tokio::select! {
            done = self.perform(step) => done,
            never = told => match never {},
        };
        match done {
            Ok(Performed::Fact(fact)) => {
                let flow = self.record(Record::Done { step, fact }).await;
                let note = self.note(step);
                self.tell_step(step, StepChange::Done { note, took: begun.elapsed() }).await;
                flow
            }
            // The step is done again for the next one.
            Ok(Performed::OldRemoved { method_id }) => {
                self.record(Record::OldRemoved { method_id }).await
            }
            Ok(Performed::Waiting) => Flow::Over,
            Ok(Performed::GivenUp { reason }) => self.record(Record::Abandoned { reason }).await,
            Err(error) => self.step_failed(step, &error).await,
        }
    }

    /// Says once that the directory takes long; that it asks to wait is told elsewhere.
    fn told_when_slow(&self, step: Step) -> impl Future<Output = Infallible> + use<> {
        let (shown, id) = (self.shown.clone(), self.id);
        async move {
            if notes::asks_directory(step) {
                tokio::time::sleep(SLOW).await;
                let note = "the directory is slow, still trying".to_owned();
                shown.tell(Event::Step { id, step, change: StepChange::Waiting { note } }).await;
            }
            std::future::pending().await
        }
    }

    async fn step_failed(&mut self, step: Step, error: &StepError) -> Flow {
        let class = self.ceremony.classify(step, error, jiff::Timestamp::now());
        tracing::info!(enrolment = %self.id.0, ?step, ?class, "step failed");
        let problem = error.problem();
        self.tell_step(step, StepChange::Failed).await;
        self.record(Record::Failed { step, class, problem }).await
    }

    async fn resolve_step(&mut self, step: Step) -> Flow {
        let change = StepChange::Waiting { note: notes::looking(step).to_owned() };
        self.tell_step(step, change).await;
        match self.find_out(step).await {
            Ok(finding) => {
                let flow = self.record(Record::Resolved { step, finding }).await;
                if self.ceremony.is_done(step) {
                    let note = self.note(step);
                    self.tell_step(step, StepChange::Done { note, took: Default::default() }).await;
                }
                flow
            }
            Err(error) => {
                let class = self.ceremony.classify(step, &error, jiff::Timestamp::now());
                let problem = error.problem();
                self.record(Record::ResolveFailed { step, class, problem }).await
            }
        }
    }

    /// Shows the failure and waits for an answer that is offered.
    async fn ask(&mut self, stopped: Stopped) -> Flow {
        let offered = stopped.answers.clone();
        if let Some(class) = self.ceremony.stopped_for() {
            self.shown.tell_session(News::StopsFor(class)).await;
            self.forget_refused_pin(stopped.step, class);
        }
        self.give_turn_back().await;
        self.inbox.forget_answers();
        self.tell(Event::Stopped { id: self.id, stopped }).await;
        loop {
            match self.inbox.next().await {
                Some(Message::Answer { answer, pin, reason }) if offered.contains(&answer) => {
                    self.take_pin(pin);
                    return self.answered(answer, reason).await;
                }
                Some(Message::KeyIsBack) if self.ceremony.waits_for_its_key() => {
                    let (answer, reason) = (Answer::Retry, None);
                    return self.record(Record::Answered { answer, reason }).await;
                }
                Some(Message::Abandon { reason }) => {
                    return self.record(Record::Abandoned { reason }).await;
                }
                Some(Message::Delivered) => self.hands.delivered = true,
                Some(_) => {}
                None => return Flow::Over,
            }
        }
    }

    async fn answered(&mut self, answer: Answer, reason: Option<String>) -> Flow {
        if answer == Answer::ResetKey {
            self.reset_is_wanted();
        }
        self.record(Record::Answered { answer, reason }).await
    }

    /// Appends the record durably, then lets the ceremony know. While the journal can't be
    /// written nothing goes on: the operator is told, and the same record is tried again.
    async fn record(&mut self, record: Record) -> Flow {
        let mut next = self.ceremony.clone();
        if let Err(error) = next.apply(&record) {
            tracing::error!(enrolment = %self.id.0, %error, "record out of order");
            self.tell(Event::Problem(out_of_order(&error))).await;
            return Flow::Over;
        }
        let purge = self.ports.rules.outputs.purge_pins;
        let is_of_session = self.ceremony.intent().seat.is_some();
        let after = line::after_hand_over(self.hands.delivered, is_of_session, purge);
        let is_of_the_past = !matches!(record, Record::Intended { .. });
        if matches!(record, Record::Answered { .. } | Record::Abandoned { .. }) {
            self.shown.tell_session(News::GoesOn).await;
        }
        let line = Line::new(record, next.outcome(), after);
        while let Err(error) = self.write(line.clone()).await {
            if let Flow::Over = self.journal_failed(error).await {
                // Nobody listens any more; there may be room again for what was done.
                if is_of_the_past && let Err(error) = self.write(line).await {
                    tracing::error!(enrolment = %self.id.0, %error, "a record is lost");
                }
                return Flow::Over;
            }
        }
        self.ceremony = next;
        Flow::On
    }

    async fn write(&self, line: Line) -> Result<(), JournalError> {
        let (id, now) = (self.id, jiff::Timestamp::now());
        self.ports.journal.call(move |journal| line.write(journal, id, now)).await
    }

    async fn journal_failed(&mut self, error: JournalError) -> Flow {
        tracing::error!(enrolment = %self.id.0, %error, "journal not written");
        self.give_turn_back().await;
        let stopped = Stopped {
            step: self.step_shown(),
            problem: error.problem(),
            answers: vec![Answer::Retry],
        };
        self.inbox.forget_answers();
        self.tell(Event::Stopped { id: self.id, stopped }).await;
        let mut for_later = Vec::new();
        let flow = loop {
            match self.inbox.next().await {
                Some(Message::Answer { answer: Answer::Retry, .. }) => {
                    self.shown.tell_session(News::GoesOn).await;
                    break Flow::On;
                }
                Some(Message::Answer { .. }) => {}
                Some(message) => for_later.push(message),
                None => break Flow::Over,
            }
        };
        self.inbox.keep(for_later);
        flow
    }

    fn step_shown(&self) -> Step {
        let open = self.ceremony.steps().into_iter().find(|step| !self.ceremony.is_done(*step));
        open.unwrap_or(Step::HandOver)
    }

    async fn finish(&mut self, outcome: Outcome) {
        let id = self.id;
        if !matches!(outcome, Outcome::HandedOver { .. }) {
            release_options(&self.ports, self.id, &self.ceremony).await;
        }
        self.shown.tell_session(News::Ended(outcome.clone())).await;
        let event = match &outcome {
            Outcome::HandedOver { .. } => match keys_today(&self.ports).await {
                Ok(keys_today) => Event::HandedOver { id, keys_today },
                Err(error) => Event::Problem(error.problem()),
            },
            other => Event::Ended { id, summary: notes::summary(other) },
        };
        self.tell(event).await;
    }

    fn at_hand(&self) -> AtHand {
        AtHand {
            now: jiff::Timestamp::now(),
            pin: held(&self.hands.pin),
            old_pin: held(&self.hands.old_pin),
            options: held(&self.hands.options),
        }
    }

    async fn tell_step(&self, step: Step, change: StepChange) {
        self.tell(Event::Step { id: self.id, step, change }).await;
    }

    async fn tell(&self, event: Event) {
        self.shown.tell(event).await;
    }
}

/// What a step that went well leaves.
pub(super) enum Performed {
    Fact(Fact),
    /// One of the person's old passkeys is gone; others may be left.
    OldRemoved {
        method_id: String,
    },
    /// The station stopped listening while the step waited for the operator.
    Waiting,
    /// The operator ends the enrolment as it stands.
    GivenUp {
        reason: String,
    },
}

fn held<T>(thing: &Option<T>) -> Held {
    match thing {
        Some(_) => Held::Yes,
        None => Held::No,
    }
}

/// Tells the directory that nothing comes for the creation options any more. What it kept for
/// them can't sign anybody in, so a failure stops nothing.
pub(super) async fn release_options(ports: &Ports, id: EnrolmentId, ceremony: &Ceremony) {
    let options = ceremony.options();
    let Some(reservation) = options.and_then(|kept| kept.expectation.reservation.as_ref()) else {
        return;
    };
    let person = ceremony.intent().person.person_id();
    if let Err(error) = ports.tenant.directory.release(&person, reservation).await {
        tracing::warn!(enrolment = %id.0, %error, "creation options not released");
    }
}

/// Keys handed over since midnight in the station's time zone.
pub(super) async fn keys_today(ports: &Ports) -> Result<u32, JournalError> {
    let now = jiff::Zoned::now();
    let midnight = now.start_of_day().map_or_else(|_| now.timestamp(), |day| day.timestamp());
    let tenant = ports.tenant.name.clone();
    let count = ports
        .journal
        .call(move |j| j.count(&tenant, journal::Action::HandedOver, midnight))
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
