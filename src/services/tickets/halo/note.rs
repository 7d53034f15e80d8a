//! A private note: looked for, written, read back.
//!
//! A note without `hiddenfromuser` can be read by the person of the ticket, and a rule of the
//! instance may change what was asked for: what was written counts only as it is read back.

use super::NAME;
use super::api::{Api, expect};
use super::outcome::PRIVATE_NOTE;
use super::text::escaped;
use crate::services::tickets::{Note, NotePlaced};
use crate::services::{ServiceError, ServiceFacts};
use serde::Deserialize;
use serde_json::{Value, json};

/// More than any ticket that is worked on has.
const ACTIONS: &str = "1000";

#[derive(Deserialize)]
struct WireAction {
    id: i64,
    note: Option<String>,
    note_html: Option<String>,
    hiddenfromuser: Option<bool>,
}

/// One, or a list of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireCreated {
    Many(Vec<WireAction>),
    One(WireAction),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireActions {
    Bare(Vec<WireAction>),
    Wrapped { actions: Vec<WireAction> },
}

pub(super) async fn place(api: &Api, note: &Note) -> Result<NotePlaced, ServiceError> {
    if note.reference.trim().is_empty() {
        let reason = "a note needs a reference".into();
        return Err(ServiceError::Settings { service: NAME, reason });
    }
    let id = match find(api, note).await? {
        Some(id) => id,
        None => write(api, note).await?,
    };
    match is_private(api, note.ticket, id).await? {
        true => Ok(NotePlaced::Private),
        false => take_back(api, note.ticket, id).await,
    }
}

/// The note's id, where an earlier try has written it.
async fn find(api: &Api, note: &Note) -> Result<Option<i64>, ServiceError> {
    let ticket = note.ticket.to_string();
    let query = [("ticket_id", ticket.as_str()), ("count", ACTIONS), ("includehtmlnote", "true")];
    let found = api.read("halo notes", api.url(&["actions"], &query)?).await?;
    let actions = match found {
        WireActions::Bare(actions) | WireActions::Wrapped { actions } => actions,
    };
    let holds =
        |text: &Option<String>| text.as_ref().is_some_and(|text| holds_word(text, &note.reference));
    let is_ours = |action: &WireAction| holds(&action.note) || holds(&action.note_html);
    Ok(actions.into_iter().find(is_ours).map(|action| action.id))
}

/// Not as a part of a longer one: `r-1` is not in `r-12`.
fn holds_word(text: &str, reference: &str) -> bool {
    let goes_on =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    text.match_indices(reference).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        !goes_on(before.chars().next_back()) && !goes_on(after.chars().next())
    })
}

async fn write(api: &Api, note: &Note) -> Result<i64, ServiceError> {
    let body = json!([action(api, note)]);
    let answer = api.add("halo note", api.url(&["actions"], &[])?, &body).await?;
    let created = match expect::<WireCreated>(&answer) {
        Ok(WireCreated::One(action)) => Some(action.id),
        Ok(WireCreated::Many(actions)) => actions.first().map(|action| action.id),
        Err(_) => None,
    };
    match created {
        Some(id) => Ok(id),
        // It was taken, and what became of it is in the ticket.
        None => find(api, note).await?.ok_or(ServiceError::AnswerLost {
            service: NAME,
            facts: ServiceFacts {
                status: Some(answer.status.as_u16()),
                message: Some("the note is not in the ticket".into()),
                ..ServiceFacts::default()
            },
        }),
    }
}

fn action(api: &Api, note: &Note) -> Value {
    let mut action = json!({
        "ticket_id": note.ticket,
        "note": plain(note),
        "note_html": html(note),
        "hiddenfromuser": true,
        "important": false,
        "sendemail": false,
        "send_survey": false,
        "dont_do_rules": true,
    });
    match api.outcome_id {
        Some(id) => action["outcome_id"] = id.into(),
        None => action["outcome"] = PRIVATE_NOTE.into(),
    }
    if let Some(id) = api.agent_id {
        action["actionby_agent_id"] = id.into();
    }
    action
}

/// The lines, and the reference where none of them has it.
fn lines(note: &Note) -> impl Iterator<Item = (&str, &str)> {
    let told = note.lines.iter().any(|(_, value)| value.contains(&note.reference));
    let reference = (!told).then_some(("Reference", note.reference.as_str()));
    note.lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(reference)
}

fn plain(note: &Note) -> String {
    let lines = lines(note).map(|(name, value)| format!("{name}: {value}"));
    let all: Vec<String> = std::iter::once(note.title.clone()).chain(lines).collect();
    all.join("\n")
}

fn html(note: &Note) -> String {
    let lines = lines(note);
    let rows = lines.map(|(name, value)| format!("<br>{}: {}", escaped(name), escaped(value)));
    let rows: String = rows.collect();
    format!("<p><b>{}</b>{rows}</p>", escaped(&note.title))
}

async fn is_private(api: &Api, ticket: u64, id: i64) -> Result<bool, ServiceError> {
    let action: WireAction = api.read("halo note", one(api, ticket, id)?).await?;
    Ok(action.hiddenfromuser == Some(true))
}

/// Deletes what is not private, and looks whether it is gone.
async fn take_back(api: &Api, ticket: u64, id: i64) -> Result<NotePlaced, ServiceError> {
    tracing::error!(ticket, "a note was not private when it was read back");
    let is_gone = match api.remove("halo note", one(api, ticket, id)?).await {
        Ok(()) => {
            let left = api.read::<Value>("halo note", one(api, ticket, id)?).await;
            matches!(left, Err(ServiceError::NotFound { .. }))
        }
        Err(_) => false,
    };
    Ok(if is_gone { NotePlaced::WasPublicAndDeleted } else { NotePlaced::Public })
}

fn one(api: &Api, ticket: u64, id: i64) -> Result<url::Url, ServiceError> {
    api.url(&["actions", &id.to_string()], &[("ticket_id", &ticket.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_whole_or_not_at_all() {
        for text in ["r-1", "Reference: r-1", "<br>Reference: r-1</p>", "r-12, r-1."] {
            assert!(holds_word(text, "r-1"), "{text}");
        }
        for text in ["", "r-12", "or-1", "r-1-2", "r_1"] {
            assert!(!holds_word(text, "r-1"), "{text}");
        }
    }

    #[test]
    fn what_was_written_comes_back_as_one_or_as_a_list_of_one() {
        for text in [r#"{"id":4}"#, r#"[{"id":4,"hiddenfromuser":true}]"#] {
            let id = match serde_json::from_str(text).unwrap() {
                WireCreated::One(action) => action.id,
                WireCreated::Many(actions) => actions[0].id,
            };
            assert_eq!(id, 4);
        }
    }
}
