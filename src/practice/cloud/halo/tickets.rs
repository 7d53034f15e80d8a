//! Tickets and the people they are about.

use super::super::call::{Call, Reply};
use super::super::world::World;
use super::{READ_CUSTOMERS, READ_TICKETS, Refusal, Ticket};
use serde_json::{Value, json};

/// `GET /api/tickets`
pub(super) fn list(world: &World, call: &Call) -> Result<Reply, Refusal> {
    world.halo.needs(READ_TICKETS)?;
    let rows: Vec<Value> = world
        .halo
        .tickets
        .iter()
        .take(count(call))
        .map(|ticket| json!({"id": ticket.is.number}))
        .collect();
    Ok(Reply::ok(&json!({"record_count": world.halo.tickets.len(), "tickets": rows})))
}

/// `GET /api/tickets/{number}`
pub(super) fn one(world: &World, number: &str) -> Result<Reply, Refusal> {
    world.halo.needs(READ_TICKETS)?;
    let number = number.parse().map_err(|_| Refusal::not_found())?;
    let Ticket { is, opened } = world.halo.ticket(number)?;
    Ok(Reply::ok(&json!({
        "id": is.number,
        "summary": is.summary,
        "details": is.details,
        "client_id": 7,
        "client_name": is.company,
        "site_id": 9,
        "user_id": user_id(is.number),
        "user_name": is.requester,
        "user_email": is.mail,
        "status_id": is.state,
        "agent_id": is.agent,
        "tickettype_id": 1,
        "dateoccurred": opened.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "hasbeenclosed": is.state == 9,
        "deleted": false,
    })))
}

/// `GET /api/users?search=`
pub(super) fn people(world: &World, call: &Call) -> Result<Reply, Refusal> {
    world.halo.needs(READ_CUSTOMERS)?;
    let search = call.query("search").unwrap_or_default().to_lowercase();
    let tickets = world.halo.tickets.iter();
    let users: Vec<Value> = tickets
        .filter(|ticket| ticket.is.user_mail.to_lowercase().contains(&search))
        .take(count(call))
        .map(user)
        .collect();
    Ok(Reply::ok(&json!({"record_count": users.len(), "users": users})))
}

/// `GET /api/users/{id}`
pub(super) fn person(world: &World, id: &str) -> Result<Reply, Refusal> {
    world.halo.needs(READ_CUSTOMERS)?;
    let mut tickets = world.halo.tickets.iter();
    let found = tickets.find(|ticket| user_id(ticket.is.number).to_string() == id);
    found.map(|ticket| Reply::ok(&user(ticket))).ok_or_else(Refusal::not_found)
}

fn user(ticket: &Ticket) -> Value {
    json!({
        "id": user_id(ticket.is.number),
        "name": ticket.is.requester,
        "emailaddress": ticket.is.user_mail,
        // What a caller has had written there; a program that uses it is wrong.
        "mobilenumber": "+44 7700900666",
        "client_id": 7,
        "client_name": ticket.is.company,
        "inactive": false,
    })
}

fn user_id(number: u64) -> u64 {
    number + 10_000
}

fn count(call: &Call) -> usize {
    call.query("count").and_then(|count| count.parse().ok()).unwrap_or(50)
}
