//! One check, from the click to its end: a task beside the station's loop.
//!
//! ```text
//! look again ─► limits ─► journal ─► send ─► wait: digits · answers · delivery · time
//!                                            └► end: journal (outcome, note, row) ─► told
//! ```
//! Nobody counts as verified before the end is on the disk.

use super::event::{CheckShown, CheckState, DeliveryStep, NoteState, Sent, VerifyEvent};
use super::life::{self, Life};
use super::live::{CheckWish, Running, Services, VerifyNews};
use super::stations::Claimed;
use crate::directory::Person;
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::journal::{CheckEnd, CheckFacts, LeftWhat, NewCheck};
use crate::problem::{Explain, Problem};
use crate::verify::{
    Channel, Delivery, Limits, Outcome, TRIES, TooMuch, VerifiedPerson, Warning, may_send, note,
};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// What a check is about, as the screen had it at the click.
pub(super) struct CheckOf {
    pub id: Uuid,
    pub person: Person,
    pub channel: Channel,
    pub masked: Option<String>,
    pub ticket: Option<u64>,
    pub warnings: Vec<Warning>,
}

/// What every check has.
pub(super) struct CheckBase {
    pub ports: Arc<Ports>,
    pub services: Arc<Services>,
    pub news: mpsc::Sender<VerifyNews>,
    pub running: Running,
    pub of: CheckOf,
    pub shown: CheckShown,
    /// Codes that were tried, right or wrong.
    pub attempts: u32,
    pub delivered_at: Option<Timestamp>,
    /// From when on it is journalled.
    pub is_begun: bool,
    pub claimed: Claimed,
    /// Of the code or the question that is out.
    life: Option<Life>,
    /// What stands beside the check whatever else is said of it.
    standing: Option<Problem>,
}

/// The end of a check, before it is on the disk.
pub(super) struct End {
    pub outcome: Outcome,
    pub problem: Option<Problem>,
}

impl End {
    pub fn of(outcome: Outcome) -> Self {
        Self { outcome, problem: None }
    }

    pub fn because(outcome: Outcome, problem: Problem) -> Self {
        Self { outcome, problem: Some(problem) }
    }
}

impl CheckBase {
    pub fn new(
        (ports, services): (Arc<Ports>, Arc<Services>),
        (news, running): (mpsc::Sender<VerifyNews>, Running),
        of: CheckOf,
    ) -> Self {
        let now = Timestamp::now();
        let has_note = of.ticket.is_some() && services.tickets.is_some();
        let shown = CheckShown {
            id: of.id,
            person: of.person.id.clone(),
            name: of.person.display_name.clone(),
            channel: of.channel,
            masked: of.masked.clone(),
            word: None,
            begun_at: now,
            ends_at: now,
            steps: Vec::new(),
            state: CheckState::Sending,
            wrong: 0,
            tries: TRIES,
            again_from: None,
            remark: None,
            ticket: of.ticket,
            note: Vec::new(),
            note_state: if has_note { NoteState::Later } else { NoteState::None },
        };
        Self {
            ports,
            services,
            news,
            running,
            of,
            shown,
            attempts: 0,
            delivered_at: None,
            is_begun: false,
            claimed: Claimed::No,
            life: None,
            standing: None,
        }
    }

    /// One more may be sent, by the limits. The answer is how many codes may be tried: wrong ones of
    /// checks before count.
    ///
    /// # Errors
    /// Which limit is reached, and until when.
    pub async fn may_send(&self) -> Result<u32, Problem> {
        let settings = &self.ports.rules.verify.limits;
        let limits = Limits {
            per_person: settings.per_person.into(),
            per_agent: settings.per_agent.into(),
            per_station: settings.per_station.into(),
        };
        let (tenant, agent) = (self.ports.tenant.name.clone(), self.agent());
        let (person, lock) = (self.of.person.id.0.clone(), settings.lock());
        let now = Timestamp::now();
        let sends = self
            .ports
            .journal
            .call(move |journal| journal.sends((&tenant, &person, &agent), lock, now))
            .await
            .map_err(|error| error.problem())?;
        may_send(&sends, limits, now).map_err(too_much)?;
        Ok(sends.tries_left())
    }

    /// A wrong code stands in the journal before it is told: no kill of the program brings its try
    /// back. Whether another one may be tried.
    ///
    /// # Errors
    /// It could not be written.
    pub async fn wrong_code(&mut self) -> Result<bool, Problem> {
        let (check, lock) = (self.of.id, self.ports.rules.verify.limits.lock());
        let now = Timestamp::now();
        let noted = self.ports.journal.call(move |journal| journal.wrong_code(check, lock, now));
        let left = noted.await.map_err(|error| error.problem())?;
        self.shown.wrong += 1;
        // One check has so many at most, however short a lock is.
        self.shown.tries = (self.shown.wrong + left).min(TRIES);
        Ok(self.shown.wrong < self.shown.tries)
    }

    /// Journals the check; nothing was sent before.
    pub async fn begin(&mut self, target: Option<String>) -> Result<(), Problem> {
        let tenant = &self.ports.tenant;
        let facts = CheckFacts {
            name: self.of.person.display_name.clone(),
            upn: self.of.person.upn.clone(),
            channel: self.of.channel,
            masked: self.of.masked.clone(),
            ticket: self.of.ticket,
            warnings: self.of.warnings.clone(),
            wants_note: self.of.ticket.is_some() && self.services.tickets.is_some(),
            wants_row: self.services.log.is_some(),
            tenant_domain: domain(&self.ports),
            service_id: None,
            target,
        };
        let check = NewCheck {
            id: self.of.id,
            tenant: tenant.name.clone(),
            agent: self.agent(),
            person: self.of.person.id.0.clone(),
            facts,
        };
        let now = Timestamp::now();
        let begun = self.ports.journal.call(move |journal| journal.begin_check(&check, now)).await;
        begun.map_err(|error| error.problem())?;
        self.is_begun = true;
        self.shown.begun_at = now;
        Ok(())
    }

    /// The service's id is kept, so that the check can be ended there after a crash.
    pub async fn keep_service_id(&mut self, id: String) {
        let check = self.of.id;
        let kept =
            self.ports.journal.call(move |journal| journal.check_is_at_service(check, &id)).await;
        if let Err(error) = kept {
            self.shown.remark = Some(error.problem());
        }
    }

    /// What was sent counts so long from now.
    pub fn lasts(&mut self, lasts: Duration) {
        let life = Life::from(life::now(), lasts);
        self.shown.ends_at = life.ends_at;
        self.life = Some(life);
    }

    /// How long it counts still.
    pub fn left(&self) -> Duration {
        self.life.map_or(Duration::ZERO, |life| life.left(life::now()))
    }

    pub fn is_late(&self) -> bool {
        self.life.is_none_or(|life| life.is_over(life::now()))
    }

    /// This is said beside the check from now on, or nothing is.
    pub fn stand(&mut self, problem: Option<Problem>) {
        self.standing = problem;
        self.clear_remark();
    }

    /// What was remarked is over. Whether there is anything else to tell now.
    pub fn clear_remark(&mut self) -> bool {
        let changes = self.shown.remark != self.standing;
        self.shown.remark.clone_from(&self.standing);
        changes
    }

    pub fn agent(&self) -> String {
        self.ports.tenant.operator.clone()
    }

    /// A step of the delivery, once.
    pub fn step(&mut self, what: Sent) -> bool {
        if self.shown.steps.last().is_some_and(|last| last.what == what) {
            return false;
        }
        let at = Timestamp::now();
        if what == Sent::Text(Delivery::Delivered) {
            self.delivered_at = Some(at);
        }
        self.shown.steps.push(DeliveryStep { what, at });
        true
    }

    /// Tells the check as it is now.
    pub async fn tell(&mut self) {
        self.shown.note = self.note();
        let check = Some(Box::new(self.shown.clone()));
        self.ports.teller.tell(Event::Verify(VerifyEvent::Check(check))).await;
    }

    pub async fn refuse(self, problem: Problem) {
        if self.services.shared.is_some() {
            self.gives_up_claim().await;
        }
        self.running.end(self.of.id);
        let teller = &self.ports.teller;
        teller.tell(Event::Verify(VerifyEvent::Check(None))).await;
        teller.tell(Event::Verify(VerifyEvent::Refused(problem))).await;
        self.over(None, None).await;
    }

    /// Ends the check on the disk, then on the screen.
    pub async fn end(mut self, end: End) {
        let now = Timestamp::now();
        let lock = self.lock_after(end.outcome, now);
        let how = CheckEnd {
            outcome: end.outcome,
            attempts: self.attempts,
            delivered_at: self.delivered_at,
            locked_until: lock,
        };
        let check = self.of.id;
        let ended = self.ports.journal.call(move |journal| journal.end_check(check, how, now));
        let (ended, freed) = tokio::join!(ended, self.free(lock));
        if matches!(freed, Ok(true)) {
            self.is_gone(lock.map_or(LeftWhat::Claim, |_| LeftWhat::Lock)).await;
        }
        let End { mut outcome, mut problem } = end;
        problem = problem.or(freed.err());
        if let Err(error) = ended {
            // It stays open in the journal and is ended at the next start.
            problem = Some(error.problem());
            outcome = if outcome == Outcome::Verified { Outcome::Failed } else { outcome };
        } else if self.shown.note_state == NoteState::Later {
            self.shown.note_state = NoteState::Queued { problem: None };
        }
        self.running.end(self.of.id);
        self.shown.again_from = None;
        self.shown.state = CheckState::Over { outcome, at: now, problem };
        self.tell().await;
        let drop = matches!(outcome, Outcome::Denied | Outcome::NotMe | Outcome::WrongCode)
            .then(|| (self.ports.tenant.name.clone(), self.of.person.id.0.clone()));
        let verified = (outcome == Outcome::Verified).then(|| Box::new(self.verified(now)));
        self.over(verified, drop).await;
    }

    async fn over(self, verified: Option<Box<VerifiedPerson>>, drop: Option<(String, String)>) {
        if self.news.send(VerifyNews::Over { verified, drop }).await.is_err() {
            tracing::debug!("the station ended before a check did");
        }
    }

    /// Until when no station checks the caller; other ones are told.
    fn lock_after(&self, outcome: Outcome, now: Timestamp) -> Option<Timestamp> {
        let is_told = outcome == Outcome::WrongCode && self.services.shared.is_some();
        is_told.then(|| now + self.ports.rules.verify.limits.lock())
    }

    fn verified(&self, now: Timestamp) -> VerifiedPerson {
        let tenant = &self.ports.tenant;
        VerifiedPerson {
            check: self.of.id,
            tenant: tenant.name.clone(),
            person: self.of.person.id.0.clone(),
            name: self.of.person.display_name.clone(),
            upn: self.of.person.upn.clone(),
            agent: tenant.who.id.clone(),
            ticket: self.of.ticket,
            channel: self.of.channel,
            from: now,
            until: now + self.ports.rules.verify.limits.verified(),
        }
    }

    fn note(&self) -> Vec<(String, String)> {
        let outcome = match &self.shown.state {
            CheckState::Over { outcome, .. } => Some(*outcome),
            _ => None,
        };
        note::lines(&note::NoteFacts {
            check: self.of.id,
            person: self.of.person.display_name.clone(),
            upn: self.of.person.upn.clone(),
            channel: self.of.channel,
            masked: self.of.masked.clone(),
            begun_at: self.shown.begun_at,
            delivered_at: self.delivered_at,
            warnings: self.of.warnings.clone(),
            agent: self.agent(),
            outcome,
            attempts: self.attempts,
        })
    }
}

/// The wish that came, or that nobody is there any more.
pub(super) fn wish_or_cancel(wish: Option<CheckWish>) -> CheckWish {
    wish.unwrap_or(CheckWish::Cancel)
}

/// The tenant as the log names it.
pub(super) fn domain(ports: &Ports) -> String {
    let domains = &ports.rules.verify.domains;
    domains.first().cloned().unwrap_or_else(|| ports.tenant.name.clone())
}

/// `10:31`.
pub(super) fn local_time(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string()
}

/// After three wrong codes, at whichever station.
pub(super) fn locked(until: Timestamp) -> Problem {
    too_much(TooMuch::Locked { until })
}

fn too_much(limit: TooMuch) -> Problem {
    let (what, from) = match limit {
        TooMuch::Locked { until } => ("This caller is locked after three wrong codes", until),
        TooMuch::ToPerson { from } => {
            ("This person got as many texts as are allowed in an hour", from)
        }
        TooMuch::ByAgent { from } => ("You sent as much as one agent may send in an hour", from),
        TooMuch::ByStation { from } => ("This station sent as much as it may in an hour", from),
    };
    Problem {
        what: what.into(),
        next: format!("Wait until {}, or make sure of the person in another way", local_time(from)),
        details: Vec::new(),
    }
}
