//! A private note: looked for, written, read back.
//!
//! A note without `hiddenfromuser` can be read by the person of the ticket, and a rule of the
//! instance may change what was asked for: what was written counts only as it is read back.

use super::NAME;
use super::api::{Api, expect};
use super::outcome::PRIVATE_NOTE;
use super::text::{self, escaped};
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
    /// Who wrote it.
    who_agentid: Option<i64>,
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
    let (written, agent) = (Written::of(note), api.agent_id);
    Ok(actions.into_iter().find(|action| written.is(action, agent)).map(|action| action.id))
}

/// A note as it is read back: its words, whatever became of its markup.
struct Written([String; 2]);

impl Written {
    fn of(note: &Note) -> Self {
        Self([words(&plain(note)), words(&html(note))])
    }

    /// The whole note and nothing else: an answer that quotes it is another one. And by the agent
    /// in whose name notes are written, where both sides tell; then an instance may have added to
    /// it, such as a signature.
    fn is(&self, action: &WireAction, agent: Option<i64>) -> bool {
        let by_us = agent.zip(action.who_agentid).map(|(ours, theirs)| ours == theirs);
        let mut texts = [&action.note, &action.note_html].into_iter().flatten().map(|it| words(it));
        texts.any(|text| match by_us {
            Some(true) => self.0.iter().any(|own| text.starts_with(own)),
            Some(false) => false,
            None => self.0.contains(&text),
        })
    }
}

/// Without markup, with single spaces.
fn words(text: &str) -> String {
    text::plain(text, usize::MAX)
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

    fn note() -> Note {
        Note {
            ticket: 2818,
            reference: "KD-7f3c0a12".into(),
            lines: vec![
                ("Person".into(), "Åsa <Å> O'Brien & Co".into()),
                ("Reference".into(), "KD-7f3c0a12".into()),
            ],
            title: "Caller identity check".into(),
        }
    }

    fn action(text: Option<String>, html: Option<String>) -> WireAction {
        WireAction { id: 4, note: text, note_html: html, hiddenfromuser: None, who_agentid: None }
    }

    #[test]
    fn a_note_is_known_whole_whatever_became_of_its_markup() {
        let (note, written) = (note(), Written::of(&note()));
        let reworked = html(&note).replace("<br>", "<br />\n").replace("<p>", "<div><p>");
        for action in [
            action(Some(plain(&note)), None),
            action(None, Some(html(&note))),
            action(Some(plain(&note).replace('\n', "\r\n")), Some(String::new())),
            action(Some(words(&html(&note))), None),
            action(None, Some(format!("{reworked}</div>"))),
        ] {
            assert!(written.is(&action, None));
        }
    }

    #[test]
    fn an_action_that_quotes_a_note_is_another_one() {
        let (note, written) = (note(), Written::of(&note()));
        for text in [
            format!("See below\n\n> {}", plain(&note)),
            format!("{}\nThank you", plain(&note)),
            "Reference: KD-7f3c0a12".to_owned(),
            plain(&note).replace("KD-7f3c0a12", "KD-7f3c0a13"),
            String::new(),
        ] {
            assert!(!written.is(&action(Some(text.clone()), None), None), "{text}");
        }
        let quoted = format!("<p>Is it you?</p><blockquote>{}</blockquote>", html(&note));
        assert!(!written.is(&action(None, Some(quoted)), None));
    }

    #[test]
    fn a_copy_in_another_agents_name_is_not_ours() {
        let written = Written::of(&note());
        let by = |agent| WireAction { who_agentid: agent, ..action(Some(plain(&note())), None) };
        assert!(written.is(&by(Some(3)), Some(3)) && written.is(&by(None), Some(3)));
        assert!(written.is(&by(Some(3)), None));
        assert!(!written.is(&by(Some(4)), Some(3)));
        let signed = format!("{}\nService desk", plain(&note()));
        let signed =
            |agent| WireAction { who_agentid: agent, ..action(Some(signed.clone()), None) };
        assert!(written.is(&signed(Some(3)), Some(3)) && !written.is(&signed(Some(4)), Some(3)));
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
