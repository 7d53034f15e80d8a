//! Notes and rows that wait: sent when their services are there.

use super::callers::{send, tell};
use super::event::{NoteState, PendingShown, VerifyEvent, WaitsElsewhere};
use super::left::see_to_due;
use super::live::{Services, VerifyNews};
use super::trouble::Look;
use crate::engine::Event;
use crate::engine::ports::{JournalPort, Ports};
use crate::engine::station::Station;
use crate::engine::tell::Teller;
use crate::journal::{Action, Entry, JournalError, SendCame, ToSend, Waiting, WaitingCount};
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::tickets::{Note, NotePlaced};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long after the first, second ... failure the next try comes, in seconds.
const AFTER_FAILURE: [i64; 5] = [5, 15, 60, 300, 900];

/// The tenant whose notes and rows are sent.
pub(super) struct Post {
    pub journal: JournalPort,
    pub tenant: String,
    /// Silent where the tenant is not on the screen.
    pub teller: Teller,
    /// How long wrong codes lock a caller.
    pub lock: SignedDuration,
}

impl Post {
    pub fn of(ports: &Ports) -> Self {
        Self {
            journal: ports.journal.clone(),
            tenant: ports.tenant.name.clone(),
            teller: ports.teller.clone(),
            lock: ports.rules.verify.limits.lock(),
        }
    }
}

impl Station {
    /// Tries what is due; one try at a time in a tenant.
    pub(super) async fn send_pending(&mut self) {
        self.send_elsewhere();
        let Some(ports) = self.ports.clone() else { return };
        let services = Arc::clone(&self.callers.services);
        let news = self.verify_news.clone();
        let (running, trouble) = (self.callers.running.clone(), self.callers.trouble.clone());
        let Some(ends) = self.callers.sends.take() else { return };
        tokio::spawn(async move {
            let post = Post::of(&ports);
            let saw_to = see_to_due(&post, &services, &running).await;
            let tried = try_all(&post, &services).await;
            drop(ends);
            let is_any = [&saw_to, &tried].into_iter().any(|came| came.as_ref().is_ok_and(|x| *x));
            let read = saw_to.and(tried).map(drop);
            trouble.hear(Look::Here, read, &ports.teller).await;
            if is_any {
                send(&news, VerifyNews::Sent).await;
            }
        });
    }

    pub(super) async fn send_pending_now(&mut self) {
        self.look_for_secrets().await;
        let Some(ports) = self.ports.clone() else { return };
        let tenant = ports.tenant.name.clone();
        if let Err(error) = ports.journal.call(move |journal| journal.send_now(&tenant)).await {
            return self.tell_problem(&error).await;
        }
        self.send_pending().await;
    }

    /// What was an alarm is settled by hand.
    pub(super) async fn settle_alarms(&mut self) {
        let Some(ports) = self.ports.clone() else { return };
        let entry = Entry {
            tenant: ports.tenant.name.clone(),
            operator: ports.tenant.operator.clone(),
            action: Action::AlarmsSettled,
            subject: "ticket".into(),
            serial: None,
            detail: "by hand".into(),
        };
        let now = Timestamp::now();
        let settled = ports.journal.call(move |journal| journal.settle_alarms(&entry, now)).await;
        if let Err(error) = settled {
            return self.tell_problem(&error).await;
        }
        self.tell_pending().await;
    }

    pub(super) async fn tell_pending(&self) {
        let Some(ports) = &self.ports else { return };
        let tenant = ports.tenant.name.clone();
        let counted = ports.journal.call(move |journal| {
            let mut others = Vec::new();
            for other in journal.tenants_with_left()?.into_iter().filter(|of| *of != tenant) {
                others.push((journal.waiting(&other)?, other));
            }
            Ok((journal.waiting(&tenant)?, others))
        });
        match counted.await {
            Ok((count, others)) => {
                let elsewhere = others.into_iter().filter_map(elsewhere).collect();
                let pending = PendingShown { elsewhere, ..shown(count) };
                tell(ports, VerifyEvent::Pending(pending)).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

/// What a tenant that is not in use waits with; nothing where that is nobody's matter.
fn elsewhere((count, tenant): (WaitingCount, String)) -> Option<WaitsElsewhere> {
    let WaitingCount { notes, rows, alarms, .. } = count;
    let alarms = alarms.len();
    (notes + rows + alarms > 0).then_some(WaitsElsewhere { tenant, notes, rows, alarms })
}

/// Whether there was anything to try.
pub(super) async fn try_all(post: &Post, services: &Services) -> Result<bool, JournalError> {
    let (tenant, now) = (post.tenant.clone(), Timestamp::now());
    let due = post.journal.call(move |journal| journal.due(&tenant, now)).await?;
    for waiting in &due {
        let (came, action, state) = match &waiting.what {
            ToSend::Note(note) => place(services, note, waiting.tries).await,
            ToSend::Row(row) => {
                let added = match &services.log {
                    Some(log) => log.add(row).await,
                    None => Err(gone("The log")),
                };
                (came(added, waiting.tries), None, None)
            }
        };
        keep(post, waiting, came, action).await;
        if let Some(state) = state {
            let check = waiting.check;
            post.teller.tell(Event::Verify(VerifyEvent::Note { check, state })).await;
        }
    }
    Ok(!due.is_empty())
}

type Placed = (SendCame, Option<(Action, String)>, Option<NoteState>);

async fn place(services: &Services, note: &Note, tries: u32) -> Placed {
    let placed = match &services.tickets {
        Some(tickets) => tickets.private_note(note).await,
        None => Err(gone("The ticket system")),
    };
    let detail = format!("ticket {}, {}", note.ticket, note.reference);
    match placed {
        Ok(NotePlaced::Private) => {
            let state = NoteState::Written { at: Timestamp::now() };
            (SendCame::Done, Some((Action::NoteWritten, detail)), Some(state))
        }
        Ok(NotePlaced::WasPublicAndDeleted) => {
            let problem = was_public(note.ticket);
            let came = SendCame::Alarm { why: problem.to_string() };
            let detail = format!("{detail}, deleted again");
            let state = NoteState::NotPrivate { problem };
            (came, Some((Action::NoteNotPrivate, detail)), Some(state))
        }
        Ok(NotePlaced::Public) => {
            let problem = is_public(note.ticket);
            let came = SendCame::Alarm { why: problem.to_string() };
            let state = NoteState::NotPrivate { problem };
            (came, Some((Action::NoteNotPrivate, detail)), Some(state))
        }
        Err(error) => {
            let problem = Some(problem_of(&error, note.ticket));
            let state = NoteState::Queued { problem };
            (came(Err(error), tries), None, Some(state))
        }
    }
}

/// What can't work by itself is an alarm: a ticket that is gone, a note that is refused.
fn came(result: Result<(), ServiceError>, tries: u32) -> SendCame {
    let Err(error) = result else { return SendCame::Done };
    let why = error.problem().to_string();
    match &error {
        ServiceError::NotFound { .. } | ServiceError::Refused { .. } => SendCame::Alarm { why },
        _ => SendCame::Later { from: later(tries, &error), why },
    }
}

/// When to try again after so many failures before this one.
pub(super) fn later(tries: u32, error: &ServiceError) -> Timestamp {
    let step = usize::try_from(tries).unwrap_or(usize::MAX).min(AFTER_FAILURE.len() - 1);
    let mut wait = SignedDuration::from_secs(AFTER_FAILURE[step]);
    if let ServiceError::Throttled { resume_in, .. } = error {
        wait = wait.max(SignedDuration::try_from(*resume_in).unwrap_or(wait));
    }
    Timestamp::now() + wait
}

async fn keep(post: &Post, waiting: &Waiting, came: SendCame, action: Option<(Action, String)>) {
    let entry = action.map(|(action, detail)| Entry {
        tenant: post.tenant.clone(),
        operator: waiting.agent.clone(),
        action,
        subject: "ticket".into(),
        serial: None,
        detail,
    });
    let (waiting, now) = (waiting.clone(), Timestamp::now());
    let kept =
        post.journal.call(move |journal| journal.sent(&waiting, &came, entry.as_ref(), now)).await;
    if let Err(error) = kept {
        post.teller.tell(Event::Problem(error.problem())).await;
    }
}

fn shown(count: WaitingCount) -> PendingShown {
    let told = |text: String| {
        let (what, next) = text.split_once(". ").unwrap_or((&text, "Look at the ticket"));
        Problem {
            what: what.to_owned(),
            next: next.trim_end_matches('.').to_owned(),
            details: Vec::new(),
        }
    };
    PendingShown {
        notes: count.notes,
        rows: count.rows,
        locks: count.locks,
        alarms: count.alarms.into_iter().map(told).collect(),
        problem: count.why.map(told),
        elsewhere: Vec::new(),
    }
}

fn gone(what: &'static str) -> ServiceError {
    ServiceError::Settings { service: what, reason: "it is not set up any more".into() }
}

fn problem_of(error: &ServiceError, ticket: u64) -> Problem {
    match error {
        ServiceError::NotFound { .. } => Problem {
            what: format!("Ticket {ticket} is gone: its note can't be written"),
            next: "Write the outcome where it belongs by hand".into(),
            ..error.problem()
        },
        _ => error.problem(),
    }
}

fn was_public(ticket: u64) -> Problem {
    Problem {
        what: format!("The note in ticket {ticket} was not private, so it was deleted again"),
        next: "Have the ticket system's rules put right, then press Send now".into(),
        details: Vec::new(),
    }
}

fn is_public(ticket: u64) -> Problem {
    Problem {
        what: format!("The note in ticket {ticket} is not private and can't be deleted"),
        next: "Make it private, or delete it, in the ticket system now".into(),
        details: Vec::new(),
    }
}
