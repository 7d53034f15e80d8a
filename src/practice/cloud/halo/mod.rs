//! The company's ticket system: HaloPSA's sign-in, tickets, people and notes, at `{base}/halo`.
//!
//! As with the real one, a note can be read by the person of the ticket unless it says
//! `hiddenfromuser`, rules of the instance run unless it says `dont_do_rules`, and what is written
//! comes as a list.

use super::call::{Call, Reply};
use super::control::TicketNote;
use super::orders::HaloOrder;
use super::world::World;
use crate::practice::company::{self, HelpdeskTicket};
use crate::settings::HaloSettings;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

mod actions;
mod sign_in;
mod tickets;

/// The path's first segment.
pub(super) const SEGMENT: &str = "halo";

const READ_TICKETS: &str = "read:tickets";
const EDIT_TICKETS: &str = "edit:tickets";
const READ_CUSTOMERS: &str = "read:customers";

/// Everything the ticket system keeps.
pub(super) struct Halo {
    tickets: Vec<Ticket>,
    notes: Vec<TicketNote>,
    /// Until when access tokens are good.
    tokens: HashMap<String, Timestamp>,
    /// Of the application.
    permissions: BTreeSet<&'static str>,
    faults: Faults,
}

/// What the program is set to.
pub(super) fn settings(base_url: &str) -> HaloSettings {
    HaloSettings {
        url: format!("{base_url}/{SEGMENT}"),
        tenant: None,
        client_id: company::client_id().to_string(),
        outcome_id: None,
        agent_id: None,
    }
}

/// What was ordered and [`super::Order::EndFaults`] ends.
#[derive(Default)]
struct Faults {
    notes_are_public: bool,
    notes_are_kept: bool,
}

struct Ticket {
    is: HelpdeskTicket,
    opened: Timestamp,
}

/// The ticket system says no.
struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Halo {
    pub fn new(now: Timestamp) -> Self {
        let opened = |ticket: &HelpdeskTicket| {
            let ago = jiff::SignedDuration::from_mins(ticket.minutes_ago);
            now.checked_sub(ago).unwrap_or(now)
        };
        let tickets = company::tickets().into_iter();
        Self {
            tickets: tickets.map(|is| Ticket { opened: opened(&is), is }).collect(),
            notes: Vec::new(),
            tokens: HashMap::new(),
            permissions: BTreeSet::from([READ_TICKETS, EDIT_TICKETS, READ_CUSTOMERS]),
            faults: Faults::default(),
        }
    }

    /// All notes, deleted ones too, the oldest first.
    pub fn notes(&self) -> &[TicketNote] {
        &self.notes
    }

    pub fn obey(&mut self, order: HaloOrder, now: Timestamp) {
        match order {
            HaloOrder::ExpireTokens => self.tokens.values_mut().for_each(|ends| *ends = now),
            HaloOrder::RemoveTicket { number } => {
                self.tickets.retain(|ticket| ticket.is.number != number);
            }
            HaloOrder::PublicNotes { on } => self.faults.notes_are_public = on,
            HaloOrder::KeepNotes { on } => self.faults.notes_are_kept = on,
            HaloOrder::Permission { name, given } => self.permit(&name, given),
        }
    }

    pub fn calm_down(&mut self) {
        self.faults = Faults::default();
    }

    fn permit(&mut self, name: &str, given: bool) {
        let known = [READ_TICKETS, EDIT_TICKETS, READ_CUSTOMERS];
        for permission in known.into_iter().filter(|known| *known == name) {
            match given {
                true => self.permissions.insert(permission),
                false => self.permissions.remove(permission),
            };
        }
    }

    fn needs(&self, permission: &str) -> Result<(), Refusal> {
        match self.permissions.contains(permission) {
            true => Ok(()),
            false => Err(Refusal::new(StatusCode::FORBIDDEN, "You do not have permission")),
        }
    }

    fn ticket(&self, number: u64) -> Result<&Ticket, Refusal> {
        let found = self.tickets.iter().find(|ticket| ticket.is.number == number);
        found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Ticket not found"))
    }
}

impl Refusal {
    fn new(status: StatusCode, message: &str) -> Self {
        let body = json!({"ClassName": "NHD.API.Exception", "Message": message});
        Self { status, body }
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }
}

/// Answers `/halo/...`; like the real one it does not care about upper and lower case.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let below: Vec<String> =
        call.segments.iter().skip(1).map(|part| part.to_ascii_lowercase()).collect();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let answered = match (&call.method, &below[..]) {
        (&Method::GET, ["api", "authinfo"]) => Ok(sign_in::auth_info(call)),
        (&Method::POST, ["auth", "token"]) => sign_in::token(world, call),
        (_, ["api", rest @ ..]) => {
            sign_in::check(world, call).and_then(|()| api(world, call, rest))
        }
        _ => Err(Refusal::not_found()),
    };
    answered.unwrap_or_else(|refusal| Reply::json(refusal.status, &refusal.body))
}

fn api(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method.as_str(), rest) {
        ("GET", ["tickets"]) => tickets::list(world, call),
        ("GET", ["tickets", number]) => tickets::one(world, number),
        ("GET", ["users"]) => tickets::people(world, call),
        ("GET", ["users", id]) => tickets::person(world, id),
        ("GET", ["status", id]) => named(company::STATES, id),
        ("GET", ["agent", id]) => named(company::AGENTS, id),
        ("GET", ["outcome"]) => world.halo.needs(READ_TICKETS).map(|()| outcomes()),
        ("GET", ["actions"]) => actions::list(world, call),
        ("POST", ["actions"]) => actions::add(world, call),
        ("GET", ["actions", id]) => actions::one(world, call, id),
        ("DELETE", ["actions", id]) => actions::delete(world, call, id),
        _ => Err(Refusal::not_found()),
    }
}

fn named(list: &[(i64, &str)], id: &str) -> Result<Reply, Refusal> {
    let found = list.iter().find(|(known, _)| known.to_string() == id);
    let (id, name) = found.ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(&json!({"id": id, "name": name})))
}

fn outcomes() -> Reply {
    let one = |(id, name): &(i64, &str)| json!({"id": id, "outcome": name});
    Reply::ok(&company::OUTCOMES.iter().map(one).collect())
}
