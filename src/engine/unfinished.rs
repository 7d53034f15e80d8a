//! Enrolments that an earlier run left, as the Desk lists them.

use super::access::{DESK, SESSIONS};
use super::run::out_of_order;
use super::station::Station;
use super::{Event, Unfinished, WaitingElsewhere};
use crate::enrolment::{
    Action, AtHand, Ceremony, Custody, EnrolmentId, Held, Step, Stopped, WhichPin,
};
use crate::journal::StoredEnrolment;
use crate::problem::Problem;

impl Station {
    /// What an earlier run left in the tenant in use, each with its last sure state; how many
    /// there are in the others.
    pub(super) async fn show_unfinished(&self) {
        let Some(ports) = &self.ports else { return };
        if !self.may_see(DESK) {
            return self.tell(Event::Unfinished(Vec::new())).await;
        }
        let sees_sessions = self.may_see(SESSIONS);
        let tenant = ports.tenant.name.clone();
        let found = ports.journal.call(move |journal| {
            Ok((journal.unfinished_in(&tenant)?, journal.unfinished_elsewhere(&tenant)?))
        });
        match found.await {
            Ok((stored, elsewhere)) => {
                let running = |id: &EnrolmentId| self.runs.contains_key(id);
                let on_board = |stored: &StoredEnrolment| {
                    let of_board = |session| !sees_sessions || self.bulk.has(session);
                    stored.intent.seat.is_some_and(|seat| of_board(seat.session))
                };
                let stored =
                    stored.into_iter().filter(|stored| !running(&stored.id) && !on_board(stored));
                let list: Vec<_> = stored.map(unfinished).collect();
                let waiting = |(tenant, count)| WaitingElsewhere { tenant, count };
                let elsewhere = elsewhere.into_iter().map(waiting).collect();
                self.tell(Event::Unfinished(list)).await;
                self.tell(Event::UnfinishedElsewhere(elsewhere)).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

pub(super) fn unfinished(stored: StoredEnrolment) -> Unfinished {
    let replayed = Ceremony::replay(stored.intent.clone(), &stored.records);
    let (last_sure, stopped, needs_pin) = match &replayed {
        Ok(ceremony) => describe(ceremony),
        Err(error) => {
            let problem = out_of_order(error);
            let step = Step::Preflight;
            ("Unknown".to_owned(), Stopped { step, problem, answers: Vec::new() }, false)
        }
    };
    let to_activate = replayed.is_ok_and(|ceremony| is_to_activate(&ceremony));
    Unfinished {
        id: stored.id,
        intent: stored.intent,
        begun_at: stored.begun_at,
        last_sure,
        stopped,
        needs_pin,
        to_activate,
    }
}

/// What can't be registered any more is made anew, on the key.
fn is_to_activate(ceremony: &Ceremony) -> bool {
    let has_lapsed = ceremony.made_until().is_some_and(|at| at <= jiff::Timestamp::now());
    ceremony.is_for_activation() && !has_lapsed
}

fn describe(ceremony: &Ceremony) -> (String, Stopped, bool) {
    let (stopped, needs_pin) = match ceremony.next(&without_own_pin(ceremony)) {
        Action::Ask(stopped) => (stopped, false),
        Action::AskPin(needed) => (needed.stopped, needed.which != WhichPin::ChooseNew),
        _ => (interrupted(ceremony), false),
    };
    (ceremony.last_sure(), stopped, needs_pin)
}

/// Which PIN has to be typed before it can go on.
pub(super) fn pin_wanted(ceremony: &Ceremony) -> Option<WhichPin> {
    match ceremony.next(&without_own_pin(ceremony)) {
        Action::AskPin(needed) => Some(needed.which),
        _ => None,
    }
}

/// What is sealed can be opened; what its person chose is kept nowhere.
fn without_own_pin(ceremony: &Ceremony) -> AtHand {
    let own = ceremony.intent().plan.custody == Custody::PersonsOwn;
    AtHand { pin: if own { Held::No } else { Held::Yes }, ..nothing_at_hand() }
}

fn interrupted(ceremony: &Ceremony) -> Stopped {
    let open = ceremony.steps().into_iter().find(|step| !ceremony.is_done(*step));
    let (what, next) = match is_to_activate(ceremony) {
        true if ceremony.is_done(Step::Register) => (
            "The key is registered, and what comes after that is not finished",
            "Activate finishes it, without the key",
        ),
        true => (
            "The key is made and waits until its person has it",
            "Activate it then, without the key; or take back what is there",
        ),
        false => (
            "Keydesk was ended in the middle of this enrolment",
            "Insert the key and resume, or take back what is there",
        ),
    };
    Stopped {
        step: open.unwrap_or(Step::HandOver),
        problem: Problem { what: what.into(), next: next.into(), details: Vec::new() },
        answers: ceremony.answers(),
    }
}

pub(super) fn nothing_at_hand() -> AtHand {
    AtHand { now: jiff::Timestamp::now(), pin: Held::Yes, old_pin: Held::No, options: Held::No }
}
