//! Callers and their checks, as the screen shows them.

mod words;

pub use words::{
    WarningWords, act_name, ago, caller_warnings, delivery_words, not_for_words, outcome_next,
    phone_kind_line, ticket_number,
};

use super::Search;
use crate::directory::{Person, PersonId};
use crate::engine::{
    CallerShown, CheckShown, CheckState, ChosenTenant, PendingShown, PracticeDesk, PracticePhone,
    ServiceKind, ServiceTest, TicketShown, VerifiedShown, VerifyCommand, VerifyEvent, VerifyOffer,
};
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::services::tickets::{NoteOutcome, Ticket};
use crate::verify::{Outcome, Warning};
use jiff::Timestamp;

/// The Verify screen's part of the state.
#[derive(Default)]
pub struct Verify {
    /// What the tenant in use has; nothing before the engine told.
    pub offer: Option<VerifyOffer>,
    pub search: Search,
    /// Where the last query is a ticket's number.
    pub found_ticket: Option<Result<Ticket, Problem>>,
    /// Chosen, and not read yet.
    choosing: Option<Box<Person>>,
    pub caller: Option<Box<CallerShown>>,
    pub ticket: Option<Box<TicketShown>>,
    pub check: Option<Box<CheckShown>>,
    /// Asked of the engine, and nothing heard of it yet.
    pub asked: Option<AskedOfCheck>,
    /// Nothing was sent, and why.
    pub refused: Option<Problem>,
    /// Who counts as verified, as last told; [`Self::verified_now`] leaves out whose time is over.
    pub verified: Vec<VerifiedShown>,
    pub pending: PendingShown,
    pub link: Option<Result<(), Problem>>,
    /// Offers of another tenant so far.
    offers: u64,
    /// The caller's domain belongs to another tenant of this station.
    pub other_tenant: Option<OtherTenant>,
    /// Why this tenant is in use, where it is for a caller's domain.
    pub chosen_tenant: Option<ChosenTenant>,
    /// Callers that were on the page and are not any more: what was answered for one holds for
    /// that one.
    pub callers_gone: u64,
    pub push_id: Option<Result<String, Problem>>,
    pub practice_phones: Vec<PracticePhone>,
    pub practice_desk: Option<Box<PracticeDesk>>,
    pub services: Services,
}

/// A tenant that a caller's domain belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherTenant {
    /// Tells this offer from those before.
    pub no: u64,
    pub domain: String,
    pub tenant: String,
    /// It is gone to without a click, unless something typed would be lost.
    pub chosen: bool,
}

/// What the settings were told of services.
#[derive(Default)]
pub struct Services {
    tests: Vec<ServiceTest>,
    testing: Vec<(String, ServiceKind)>,
    pub outcomes: Option<Result<Vec<NoteOutcome>, Problem>>,
    pub finding_outcomes: bool,
    /// A new key for links, shown once.
    pub link_key: Option<SecretText>,
}

/// A wish about a check that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedOfCheck {
    Send,
    Push,
    Try,
    End,
}

impl Services {
    /// What the last test of this service found, of this tenant.
    pub fn test_of(&self, tenant: &str, service: ServiceKind) -> Option<&ServiceTest> {
        self.tests.iter().find(|test| test.tenant == tenant && test.service == service)
    }

    pub fn is_testing(&self, tenant: &str, service: ServiceKind) -> bool {
        self.testing.iter().any(|(name, kind)| name == tenant && *kind == service)
    }

    fn tests(&mut self, tenant: &str, service: ServiceKind) {
        self.tests.retain(|test| test.tenant != tenant || test.service != service);
        self.testing.push((tenant.to_owned(), service));
    }

    fn tested(&mut self, test: ServiceTest) {
        self.testing.retain(|(name, kind)| *name != test.tenant || *kind != test.service);
        self.tests.retain(|old| old.tenant != test.tenant || old.service != test.service);
        self.tests.push(test);
    }
}

impl Verify {
    pub fn apply(&mut self, event: VerifyEvent) {
        match event {
            VerifyEvent::Offered(offer) => self.offer = Some(offer),
            VerifyEvent::Found { query, people, ticket } => {
                let is_newest = self.search.awaited.as_ref() == Some(&query);
                self.search.found(query, people);
                if is_newest {
                    self.found_ticket = ticket.map(|ticket| *ticket);
                }
            }
            VerifyEvent::Caller(caller) => self.caller_is(caller),
            VerifyEvent::Ticket(ticket) => self.ticket = ticket,
            VerifyEvent::Check(check) => {
                self.asked = None;
                if check.is_some() {
                    self.refused = None;
                }
                self.check = check;
            }
            VerifyEvent::Note { check: of, state } => {
                if let Some(check) = self.check.as_mut().filter(|check| check.id == of) {
                    check.note_state = state;
                }
            }
            VerifyEvent::Refused(problem) => {
                self.asked = None;
                self.refused = Some(problem);
            }
            VerifyEvent::Verified(verified) => self.verified = verified,
            VerifyEvent::Pending(pending) => self.pending = pending,
            VerifyEvent::Link(link) => self.link = Some(link),
            VerifyEvent::OtherTenant { domain, tenant, chosen } => {
                self.offers += 1;
                self.other_tenant = Some(OtherTenant { no: self.offers, domain, tenant, chosen });
            }
            VerifyEvent::ChosenTenant(chosen) => self.chosen_tenant = chosen,
            VerifyEvent::PushRegistered { person, id } => {
                if self.person().is_some_and(|open| open.id == person) {
                    self.push_id = Some(id);
                }
            }
            VerifyEvent::Tested(test) => self.services.tested(test),
            VerifyEvent::Outcomes(outcomes) => {
                self.services.finding_outcomes = false;
                self.services.outcomes = Some(outcomes);
            }
            VerifyEvent::LinkKey(key) => self.services.link_key = Some(key),
            VerifyEvent::PracticePhones(phones) => self.practice_phones = phones,
            VerifyEvent::PracticeDesk(desk) => self.practice_desk = Some(desk),
        }
    }

    /// Notes what was handed to the engine.
    pub fn sent(&mut self, command: &VerifyCommand) {
        match command {
            VerifyCommand::Find { query } => {
                self.search.sent(query);
                self.found_ticket = None;
                self.other_tenant = None;
            }
            VerifyCommand::OpenLink(_) => self.link = None,
            VerifyCommand::Choose(person) => {
                self.of_nobody();
                self.choosing = Some(person.clone());
            }
            VerifyCommand::Close => {
                self.of_nobody();
                self.ticket = None;
                self.chosen_tenant = None;
            }
            VerifyCommand::SendCode { .. } | VerifyCommand::SendAgain => {
                self.asks(AskedOfCheck::Send);
            }
            VerifyCommand::AskByPush { .. } => self.asks(AskedOfCheck::Push),
            VerifyCommand::Try(_) => self.asks(AskedOfCheck::Try),
            VerifyCommand::Cancel => self.asks(AskedOfCheck::End),
            VerifyCommand::RegisterPush { .. } => self.push_id = None,
            VerifyCommand::Test { tenant, service } => self.services.tests(&tenant.name, *service),
            VerifyCommand::FindOutcomes { .. } => {
                self.services.finding_outcomes = true;
                self.services.outcomes = None;
            }
            VerifyCommand::MakeLinkKey => self.services.link_key = None,
            VerifyCommand::UseTicket(number) => {
                self.refused = None;
                if number.is_none() {
                    self.ticket = None;
                }
            }
            VerifyCommand::Refresh => self.refused = None,
            VerifyCommand::Revoke(_)
            | VerifyCommand::SendPending
            | VerifyCommand::SettleAlarms
            | VerifyCommand::Stay => {}
        }
    }

    /// The person on the page, read or not.
    pub fn person(&self) -> Option<&Person> {
        let caller = self.caller.as_ref().map(|caller| &caller.person);
        caller.or(self.choosing.as_deref())
    }

    /// The person on the page could not be read.
    pub fn is_unread(&self) -> bool {
        self.choosing.is_some() && self.refused.is_some()
    }

    /// The check of the person on the page, open or over.
    pub fn check_shown(&self) -> Option<&CheckShown> {
        let person = self.person()?;
        self.check.as_deref().filter(|check| check.person == person.id)
    }

    /// A check that waits for something.
    pub fn open_check(&self) -> Option<&CheckShown> {
        self.check.as_deref().filter(|check| !matches!(check.state, CheckState::Over { .. }))
    }

    /// How the shown check came out, once it is over.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.check_shown()?.state {
            CheckState::Over { outcome, .. } => Some(outcome),
            CheckState::Sending | CheckState::Waiting | CheckState::Checking => None,
        }
    }

    pub fn verified_now(&self, now: Timestamp) -> impl Iterator<Item = &VerifiedShown> {
        self.verified.iter().filter(move |verified| verified.until > now)
    }

    /// Until when this person counts as verified, for the ticket at hand.
    pub fn verified_person(&self, person: &PersonId, now: Timestamp) -> Option<&VerifiedShown> {
        let counts = |one: &&VerifiedShown| one.person == *person && one.not_for.is_none();
        self.verified_now(now).filter(counts).max_by_key(|one| one.until)
    }

    /// How this person is verified for another ticket than the one at hand.
    pub fn verified_otherwise(&self, person: &PersonId, now: Timestamp) -> Option<&VerifiedShown> {
        self.verified_now(now).find(|one| one.person == *person && one.not_for.is_some())
    }

    /// Until when the person on the page is locked after wrong codes.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        let warnings = &self.caller.as_ref()?.warnings;
        warnings.iter().find_map(|warning| match warning {
            Warning::Locked { until } if *until > now => Some(*until),
            _ => None,
        })
    }

    /// The ticket's number, read or not.
    pub fn ticket_number(&self) -> Option<u64> {
        Some(match self.ticket.as_deref()? {
            TicketShown::Reading(number) | TicketShown::NotRead { number, .. } => *number,
            TicketShown::Read { ticket, .. } => ticket.number,
        })
    }

    /// Nothing that others must not see stays.
    pub(super) fn drop_secrets(&mut self) {
        self.services.link_key = None;
        self.push_id = None;
    }

    /// Another operator begins with an empty page.
    pub(super) fn other_operator(&mut self) {
        let before = std::mem::take(self);
        *self = Self {
            offer: before.offer,
            pending: before.pending,
            practice_phones: before.practice_phones,
            practice_desk: before.practice_desk,
            chosen_tenant: before.chosen_tenant,
            ..Self::default()
        };
    }

    /// What was refused elsewhere can be pressed again.
    pub(super) fn failed(&mut self) {
        self.asked = None;
        self.choosing = None;
        // Nobody was taken there: it is for a click.
        if let Some(other) = &mut self.other_tenant {
            other.chosen = false;
        }
    }

    fn caller_is(&mut self, caller: Option<Box<CallerShown>>) {
        let Some(caller) = caller else {
            self.of_nobody();
            return;
        };
        if self.person().is_some_and(|before| before.id != caller.person.id) {
            self.of_nobody();
        }
        self.choosing = None;
        self.caller = Some(caller);
    }

    /// The ticket stays: the next person may be its right one.
    fn of_nobody(&mut self) {
        self.callers_gone += u64::from(self.caller.is_some() || self.choosing.is_some());
        self.choosing = None;
        self.caller = None;
        self.check = None;
        self.asked = None;
        self.refused = None;
        self.link = None;
        self.other_tenant = None;
        self.push_id = None;
    }

    fn asks(&mut self, what: AskedOfCheck) {
        self.asked = Some(what);
        self.refused = None;
        // That the link sent nothing is of no use any more.
        self.link = None;
    }
}

#[cfg(test)]
mod tests;
