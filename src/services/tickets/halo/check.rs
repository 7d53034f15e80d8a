//! The connection test: each thing the program needs, tried by itself, none with an effect.

use super::api::Api;
use super::outcome::{self, PRIVATE_NOTE};
use crate::directory::http::clock;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::Problem;
use crate::services::ServiceError;
use crate::services::tickets::NoteOutcome;
use crate::services::wire::{line, tried};
use serde_json::{Value, json};

const READ_TICKETS: &str = "read:tickets";
const EDIT_TICKETS: &str = "edit:tickets";
const READ_PEOPLE: &str = "read:customers";

/// One line each; without a sign-in there are no more lines.
pub(super) async fn run(api: &Api) -> Vec<ConnectionCheck> {
    if let Err(error) = api.sign_in().await {
        return vec![line("Sign in", tried(Err(error), None))];
    }
    let (tickets, people, notes, outcomes, agent) = tokio::join!(
        read(api, "tickets"),
        read(api, "users"),
        may_write(api),
        outcome::list(api),
        agent(api)
    );
    let told = |text: &str| text.to_owned();
    let mut lines = vec![
        line("Sign in", tried(Ok(told("A token was issued")), None)),
        line(
            "Read tickets",
            tried(tickets.map(|()| told("Tickets were read")), Some(READ_TICKETS)),
        ),
        line(
            "Read people of tickets",
            tried(people.map(|()| told("People were read")), Some(READ_PEOPLE)),
        ),
        line(
            "Write notes",
            tried(
                notes.map(|()| told("The right is granted; nothing was written")),
                Some(EDIT_TICKETS),
            ),
        ),
        line(
            "Outcome of notes",
            match outcomes {
                Ok(found) => chosen(api.outcome_id, &found),
                Err(error) => tried(Err(error), Some(READ_TICKETS)),
            },
        ),
    ];
    lines.extend(agent.map(|outcome| line("Agent of notes", tried(outcome, None))));
    lines.extend(clock::check(api.http().clock_ahead()));
    lines
}

async fn read(api: &Api, what: &str) -> Result<(), ServiceError> {
    api.read::<Value>("halo test", api.url(&[what], &[("count", "1")])?).await.map(drop)
}

/// A list of no notes writes none. A refusal for another reason than a missing right comes from
/// behind that question.
async fn may_write(api: &Api) -> Result<(), ServiceError> {
    match api.add("halo test", api.url(&["actions"], &[])?, &json!([])).await {
        Ok(_) | Err(ServiceError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn agent(api: &Api) -> Option<Result<String, ServiceError>> {
    let id = api.agent_id?;
    let url = match api.url(&["agent", &id.to_string()], &[]) {
        Ok(url) => url,
        Err(error) => return Some(Err(error)),
    };
    let found = api.read::<Value>("halo test", url).await;
    Some(found.map(|agent| match agent["name"].as_str() {
        Some(name) => format!("Notes are written in the name of {name}"),
        None => format!("There is an agent {id}"),
    }))
}

fn chosen(id: Option<i64>, outcomes: &[NoteOutcome]) -> CheckOutcome {
    let problem = |what: String, next: &str| Problem { what, next: next.into(), details: vec![] };
    match id {
        Some(id) => match outcomes.iter().find(|one| one.id == id) {
            Some(one) => tried(Ok(format!("Notes get the outcome {}", one.name)), None),
            None => CheckOutcome::Failed(problem(
                format!("The instance has no outcome {id}"),
                "Choose one of its list under Settings, Verify",
            )),
        },
        None if outcomes.iter().any(|one| one.name.eq_ignore_ascii_case(PRIVATE_NOTE)) => {
            tried(Ok(format!("Notes get the outcome {PRIVATE_NOTE}")), None)
        }
        None => CheckOutcome::Advice(problem(
            format!("The instance has no outcome that is called {PRIVATE_NOTE}"),
            "Choose one of its list under Settings, Verify",
        )),
    }
}
