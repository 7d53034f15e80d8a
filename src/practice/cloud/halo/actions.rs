//! Notes of tickets.

use super::super::call::{Call, Reply};
use super::super::control::TicketNote;
use super::super::world::World;
use super::{EDIT_TICKETS, Halo, READ_TICKETS, Refusal};
use crate::practice::company::{AGENTS, OUTCOMES};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct NewAction {
    ticket_id: u64,
    #[serde(default)]
    note: String,
    #[serde(default)]
    note_html: String,
    outcome: Option<String>,
    outcome_id: Option<i64>,
    actionby_agent_id: Option<i64>,
    #[serde(default)]
    hiddenfromuser: bool,
    #[serde(default)]
    sendemail: bool,
    #[serde(default)]
    dont_do_rules: bool,
}

/// `GET /api/actions?ticket_id=`: the newest first.
pub(super) fn list(world: &World, call: &Call) -> Result<Reply, Refusal> {
    world.halo.needs(READ_TICKETS)?;
    let ticket = ticket_of(&world.halo, call)?;
    let count = call.query("count").and_then(|count| count.parse().ok()).unwrap_or(50);
    let with_html = call.query("includehtmlnote") == Some("true");
    let notes = world.halo.notes.iter().rev().filter(|note| note.is_in(ticket));
    let shown: Vec<Value> = notes.clone().take(count).map(|note| shown(note, with_html)).collect();
    Ok(Reply::ok(&json!({"record_count": notes.count(), "actions": shown})))
}

/// `GET /api/actions/{id}?ticket_id=`
pub(super) fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Refusal> {
    world.halo.needs(READ_TICKETS)?;
    let at = place(&world.halo, call, id)?;
    Ok(Reply::ok(&shown(&world.halo.notes[at], true)))
}

/// `DELETE /api/actions/{id}?ticket_id=`
pub(super) fn delete(world: &mut World, call: &Call, id: &str) -> Result<Reply, Refusal> {
    world.halo.needs(EDIT_TICKETS)?;
    let at = place(&world.halo, call, id)?;
    if world.halo.faults.notes_are_kept {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Actions cannot be deleted"));
    }
    world.halo.notes[at].deleted = true;
    Ok(Reply::ok(&shown(&world.halo.notes[at], true)))
}

/// `POST /api/actions`: a list, or nothing.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.halo.needs(EDIT_TICKETS)?;
    let bad = |message: &str| Refusal::new(StatusCode::BAD_REQUEST, message);
    let is_json =
        call.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let actions: Vec<NewAction> = match serde_json::from_slice(&call.body) {
        Ok(actions) if is_json => actions,
        _ => return Err(bad("A list of actions is expected")),
    };
    let notes: Vec<TicketNote> =
        actions.into_iter().map(|action| note(&world.halo, action)).collect::<Result<_, _>>()?;
    let Some(last) = notes.last().map(|note| shown(note, true)) else {
        return Err(bad("There are no actions"));
    };
    world.halo.notes.extend(notes);
    Ok(Reply::json(StatusCode::CREATED, &last))
}

fn note(halo: &Halo, action: NewAction) -> Result<TicketNote, Refusal> {
    let bad = |message: &str| Refusal::new(StatusCode::BAD_REQUEST, message);
    halo.ticket(action.ticket_id)?;
    if action.note.is_empty() && action.note_html.is_empty() {
        return Err(bad("A note is required"));
    }
    let is_outcome = |(id, name): &&(i64, &str)| match (action.outcome_id, &action.outcome) {
        (Some(wanted), _) => *id == wanted,
        (None, Some(wanted)) => *name == wanted.as_str(),
        (None, None) => false,
    };
    let (_, outcome) = OUTCOMES.iter().find(is_outcome).ok_or_else(|| bad("Unknown outcome"))?;
    let agent = action.actionby_agent_id;
    if agent.is_some_and(|agent| AGENTS.iter().all(|(id, _)| *id != agent)) {
        return Err(bad("Unknown agent"));
    }
    let earlier = halo.notes.iter().filter(|note| note.ticket == action.ticket_id).count();
    Ok(TicketNote {
        ticket: action.ticket_id,
        id: earlier as u64 + 1,
        text: action.note,
        html: action.note_html,
        outcome: (*outcome).to_owned(),
        agent,
        private: action.hiddenfromuser && !halo.faults.notes_are_public,
        // A rule of this instance tells the person of every new note.
        mailed: action.sendemail || !action.dont_do_rules,
        deleted: false,
    })
}

fn shown(note: &TicketNote, with_html: bool) -> Value {
    json!({
        "id": note.id,
        "ticket_id": note.ticket,
        "outcome": note.outcome,
        "who_agentid": note.agent,
        "note": note.text,
        "note_html": with_html.then_some(&note.html),
        "hiddenfromuser": note.private,
        "emailed": note.mailed,
    })
}

fn ticket_of(halo: &Halo, call: &Call) -> Result<u64, Refusal> {
    let number = call.query("ticket_id").and_then(|number| number.parse().ok());
    let number = number.ok_or_else(Refusal::not_found)?;
    halo.ticket(number).map(|ticket| ticket.is.number)
}

fn place(halo: &Halo, call: &Call, id: &str) -> Result<usize, Refusal> {
    let ticket = ticket_of(halo, call)?;
    let is_meant = |note: &TicketNote| note.is_in(ticket) && note.id.to_string() == id;
    halo.notes.iter().position(is_meant).ok_or_else(Refusal::not_found)
}
