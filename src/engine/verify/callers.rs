//! A caller is found, chosen, read; their ticket too.

use super::event::{TicketShown, VerifyEvent};
use super::live::{CallerRead, OpenCaller, VerifyNews};
use super::{links, reading};
use crate::directory::Person;
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::tickets::Ticket;
use crate::verify::{same_company, ticket_number};
use std::sync::Arc;
use std::time::Duration;

/// A pause in typing after which the search is sent.
const TYPING: Duration = Duration::from_millis(150);
/// Most people shown for one search.
const MOST_FOUND: usize = 25;

impl Station {
    pub(super) async fn find_caller(&mut self, query: String) {
        self.callers.forget_elsewhere();
        if let Some(earlier) = self.callers.find.take() {
            earlier.abort();
        }
        if self.is_sought_elsewhere(&query) {
            return self.seek_elsewhere(query);
        }
        self.offer_tenant_of(&query, false).await;
        let Some(ports) = self.ports.clone() else { return };
        let services = Arc::clone(&self.callers.services);
        self.callers.find = Some(tokio::spawn(async move {
            tokio::time::sleep(TYPING).await;
            let number = ticket_number(&query);
            let ticket = async {
                let (number, tickets) = (number?, services.tickets.as_ref()?);
                Some(tickets.ticket(number).await)
            };
            let found = ports.tenant.directory.find(&query, MOST_FOUND);
            let (people, ticket) = tokio::join!(found, ticket);
            let people = people.map_err(|error| error.problem());
            let is_somebodys = people.as_ref().is_ok_and(|people| !people.is_empty());
            let ticket = match ticket {
                // The number is a badge's.
                Some(Err(ServiceError::NotFound { .. })) if is_somebodys => None,
                ticket => ticket.map(|read| Box::new(read.map_err(|error| not_read(&error)))),
            };
            tell(&ports, VerifyEvent::Found { query, people, ticket }).await;
        }));
    }

    pub(super) async fn choose_caller(&mut self, person: Person) {
        self.open_caller(person, false).await;
    }

    pub(super) async fn open_caller(&mut self, person: Person, sends_at_once: bool) {
        let Some(ports) = self.connected().await else { return };
        if self.has_open_check().await {
            return;
        }
        self.callers.check = None;
        self.tell_verify(VerifyEvent::Check(None)).await;
        self.callers.visit += 1;
        self.look_for_secrets().await;
        if self.is_sought_elsewhere(&person.upn) {
            self.offer_tenant_of(&person.upn, false).await;
        }
        self.callers.open = Some(OpenCaller { person, read: None, sends_at_once });
        self.read_caller(ports, None);
    }

    /// Reads the open person; with the ticket where it is there already.
    pub(super) fn read_caller(&mut self, ports: Arc<Ports>, ticket: Option<Ticket>) {
        self.callers.reads += 1;
        let no = self.callers.reads;
        let Some(open) = &self.callers.open else { return };
        let (person, visit) = (open.person.clone(), self.callers.visit);
        let services = Arc::clone(&self.callers.services);
        let (news, number) = (self.verify_news.clone(), self.callers.ticket);
        let running = self.callers.running.clone();
        let ours = self.callers.check.as_ref().map(|check| check.id);
        tokio::spawn(async move {
            let ticket = match (ticket, number, &services.tickets) {
                (None, Some(number), Some(tickets)) => tickets.ticket(number).await.ok(),
                (ticket, ..) => ticket,
            };
            let ticket = (number, ticket.as_ref());
            let by = (&*services, &running);
            let read = reading::read(&ports, by, person, ticket, ours).await;
            send(&news, VerifyNews::Read { visit, no, read: read.map(Box::new) }).await;
        });
    }

    pub(super) async fn caller_is_read(
        &mut self,
        (visit, no): (u64, u64),
        read: Result<Box<CallerRead>, Problem>,
    ) {
        if visit != self.callers.visit || no != self.callers.reads {
            return;
        }
        let Some(open) = &mut self.callers.open else { return };
        match read {
            Ok(read) => {
                let shown = Box::new(read.shown.clone());
                let wished = std::mem::take(&mut open.sends_at_once);
                let held = links::held_back(&read, self.presence.lock.is_locked());
                let person = open.person.id.clone();
                open.read = Some(*read);
                self.tell_verify(VerifyEvent::Caller(Some(shown))).await;
                match held {
                    _ if !wished => {}
                    Some(why) => self.tell_verify(VerifyEvent::Refused(why)).await,
                    None => self.send_code(&person).await,
                }
            }
            Err(problem) => {
                // What is read at the next click sends nothing by itself.
                open.sends_at_once = false;
                self.tell_verify(VerifyEvent::Refused(problem)).await;
            }
        }
    }

    pub(super) async fn refresh_caller(&mut self) {
        let Some(ports) = self.connected().await else { return };
        self.callers.visit += 1;
        self.look_for_secrets().await;
        if let Some(number) = self.callers.ticket {
            self.read_ticket(number, None);
        }
        self.read_caller(ports, None);
    }

    /// The next caller: an open check is cancelled.
    pub(super) async fn close_caller(&mut self) {
        self.callers.then = None;
        self.callers.forget_elsewhere();
        self.cancel_check().await;
        self.callers.check = None;
        self.callers.open = None;
        self.callers.ticket = None;
        self.callers.visit += 1;
        for nothing in
            [VerifyEvent::Caller(None), VerifyEvent::Ticket(None), VerifyEvent::Check(None)]
        {
            self.tell_verify(nothing).await;
        }
    }

    pub(super) async fn use_ticket(&mut self, number: Option<u64>) {
        let Some(ports) = self.connected().await else { return };
        if self.has_open_check().await {
            return;
        }
        self.callers.ticket = number;
        let Some(number) = number else {
            self.tell_verify(VerifyEvent::Ticket(None)).await;
            // Warnings that came of the ticket go with it.
            return self.read_caller(ports, None);
        };
        self.tell_verify(VerifyEvent::Ticket(Some(Box::new(TicketShown::Reading(number))))).await;
        self.read_ticket(number, Some(false));
    }

    pub(super) fn read_ticket(&self, number: u64, find: Option<bool>) {
        let (services, visit) = (Arc::clone(&self.callers.services), self.callers.visit);
        let news = self.verify_news.clone();
        tokio::spawn(async move {
            let read = match &services.tickets {
                Some(tickets) => tickets.ticket(number).await.map_err(|error| not_read(&error)),
                None => Err(no_tickets()),
            };
            send(&news, VerifyNews::Ticket { visit, number, read, find }).await;
        });
    }

    pub(super) async fn ticket_is_read(
        &mut self,
        visit: u64,
        number: u64,
        read: Result<Ticket, Problem>,
        find: Option<bool>,
    ) {
        // Whoever is chosen meanwhile: it is the same ticket.
        if self.callers.ticket != Some(number) || visit > self.callers.visit {
            return;
        }
        let Some(ports) = self.ports.clone() else { return };
        let shown = match &read {
            Ok(ticket) => TicketShown::Read {
                same_company: same_company(&ticket.company, &self.callers.services.names()),
                ticket: ticket.clone(),
            },
            Err(problem) => TicketShown::NotRead { number, problem: problem.clone() },
        };
        self.tell_verify(VerifyEvent::Ticket(Some(Box::new(shown)))).await;
        let (Ok(ticket), Some(at_once)) = (read, find) else { return };
        let mail = ticket.requester_mail.clone();
        let is_elsewhere = mail.as_deref().is_some_and(|mail| self.is_sought_elsewhere(mail));
        let is_open = self.callers.open.is_some();
        if let Some(mail) = mail.as_ref().filter(|_| is_elsewhere) {
            self.offer_tenant_of(mail, !is_open).await;
        }
        match (is_open, is_elsewhere) {
            // The warnings depend on it.
            (true, _) => self.read_caller(ports, Some(ticket)),
            (false, false) => self.find_requester(&ports, mail, at_once),
            (false, true) => {}
        }
    }

    /// Whoever opened the ticket is the caller, where there is one such person.
    pub(super) fn find_requester(&self, ports: &Arc<Ports>, mail: Option<String>, at_once: bool) {
        let (ports, visit) = (Arc::clone(ports), self.callers.visit);
        let news = self.verify_news.clone();
        tokio::spawn(async move {
            let person = match mail {
                Some(mail) => one_with(&ports, mail.trim()).await.map(Box::new),
                None => Err(no_mail()),
            };
            send(&news, VerifyNews::Meant { visit, person, at_once }).await;
        });
    }

    pub(super) async fn caller_is_meant(
        &mut self,
        visit: u64,
        person: Result<Box<Person>, Problem>,
        at_once: bool,
    ) {
        if visit != self.callers.visit || self.callers.open.is_some() {
            return;
        }
        match person {
            Ok(person) => self.open_caller(*person, at_once).await,
            Err(problem) => self.tell_verify(VerifyEvent::Refused(problem)).await,
        }
    }

    pub(super) async fn tell_verify(&self, event: VerifyEvent) {
        match &self.ports {
            Some(ports) => tell(ports, event).await,
            None => self.tell(Event::Verify(event)).await,
        }
    }
}

pub(super) async fn tell(ports: &Ports, event: VerifyEvent) {
    ports.teller.tell(Event::Verify(event)).await;
}

pub(super) async fn send(news: &tokio::sync::mpsc::Sender<VerifyNews>, what: VerifyNews) {
    if news.send(what).await.is_err() {
        tracing::debug!("the station ended before a job about a caller did");
    }
}

/// The only person with this user name or mail address.
async fn one_with(ports: &Ports, address: &str) -> Result<Person, Problem> {
    let found = ports.tenant.directory.find(address, MOST_FOUND).await;
    let people = found.map_err(|error| error.problem())?;
    let is = |text: &str| text.trim().eq_ignore_ascii_case(address);
    let mut same = people
        .into_iter()
        .filter(|person| is(&person.upn) || person.mail.as_deref().is_some_and(is));
    match (same.next(), same.next()) {
        (Some(person), None) => Ok(person),
        (None, _) => Err(nobody_with(address)),
        (Some(_), Some(_)) => Err(several_with(address)),
    }
}

const SEARCH: &str = "Search for the caller by name";

fn nobody_with(address: &str) -> Problem {
    Problem {
        what: format!("Nobody in the directory has the address {address}"),
        next: SEARCH.into(),
        details: Vec::new(),
    }
}

fn several_with(address: &str) -> Problem {
    Problem {
        what: format!("Several people have the address {address}"),
        next: SEARCH.into(),
        details: Vec::new(),
    }
}

fn no_mail() -> Problem {
    Problem {
        what: "The ticket has no mail address of its requester".into(),
        next: SEARCH.into(),
        details: Vec::new(),
    }
}

fn not_read(error: &ServiceError) -> Problem {
    match error {
        ServiceError::NotFound { .. } => Problem {
            what: "There is no ticket of this number".into(),
            next: "Check the number".into(),
            ..error.problem()
        },
        _ => error.problem(),
    }
}

fn no_tickets() -> Problem {
    Problem {
        what: "No ticket system is set up for this tenant".into(),
        next: "Set one up under Settings, Verify".into(),
        details: Vec::new(),
    }
}
