//! The connection test: each thing the program needs, tried by itself, none with an effect.

use super::super::AccountState;
use super::super::http::endpoint::{Base, with_query};
use super::super::http::{Call, clock};
use super::super::{
    CheckOutcome, ConnectionCheck, DirectoryError, Organisation, Person, PersonKind,
};
use super::graph::Graph;
use super::{
    Entra, discovery, granted, organisation, passkeys, people, permission, phones, policy,
    policy_checks,
};
use crate::problem::{Explain, Problem};
use serde::Deserialize;

/// Enough to find one whose options can be asked for.
const PEOPLE_TRIED: usize = 25;
/// So many administrators don't come one after the other.
const OPERATOR_TRIES: usize = 5;

#[derive(Deserialize)]
struct WireGroup {
    #[serde(rename = "displayName")]
    name: Option<String>,
}

/// One line each; without a sign-in there are no more lines.
pub(super) async fn run(entra: &Entra) -> Vec<ConnectionCheck> {
    let graph = &entra.graph;
    let mut checks = vec![line("Find the tenant", tenant(entra).await)];
    checks.extend(clock::check(graph.http.clock_ahead()));
    let signed_in = graph.sign_in().await.map(|()| "An access token was issued".to_owned());
    let go_on = signed_in.is_ok();
    let name = match graph.is_application() {
        true => "Sign in as the application",
        false => "Sign in as the operator",
    };
    checks.push(line(name, signed_in.map_err(failed)));
    if !go_on {
        return checks;
    }
    let (people, groups, policy, methods, own, granted) = tokio::join!(
        people::some(graph, PEOPLE_TRIED),
        groups(graph),
        policy::read(graph),
        policy_checks::other_methods(graph),
        organisation::read(graph),
        granted::checks(graph, &entra.client_id),
    );
    let candidates = people.as_ref().map(|people| candidates(people)).unwrap_or_default();
    let registered = register(graph, &candidates).await;
    let someone = registered.as_ref().ok().or(candidates.first()).copied();
    let issued = registered.map(|_| "Creation options were issued".to_owned());
    let keys = line("Register keys", issued);
    let phones = phones_of(graph, someone).await;
    let asked = entra.domain.as_deref().unwrap_or(&entra.tenant);
    let found = |people: Vec<Person>| {
        format!("Names and account states of {} people were read", people.len())
    };
    checks.push(line("Organisation", optional(own).and_then(|own| whose(own, asked))));
    checks.push(line("Read people", people.map(found).map_err(failed)));
    checks.push(line("Read groups", groups.map_err(failed)));
    checks.extend(policy_checks::passkeys(policy));
    checks.push(keys);
    checks.extend(phones);
    checks.extend(methods);
    checks.extend(granted);
    checks
}

/// What the Phones page needs; enrolling keys does not.
async fn phones_of(graph: &Graph, person: Option<&Person>) -> Option<ConnectionCheck> {
    let read = phones::methods::phones(graph, &person?.id).await;
    Some(line("Phones", optional(read).map(|_| "Registered phones were read".into())))
}

fn whose(own: Option<Organisation>, asked: &str) -> Result<String, CheckOutcome> {
    let Some(own) = own else { return Ok("The tenant does not say its name".into()) };
    match own.stranger(asked) {
        Some(problem) => Err(CheckOutcome::Advice(problem)),
        None => Ok(own.name),
    }
}

/// The tenant is there, and in the cloud the settings name.
async fn tenant(entra: &Entra) -> Result<String, CheckOutcome> {
    let found =
        discovery::look_up(&entra.graph.http, &entra.login, &entra.tenant).await.map_err(failed)?;
    let same_cloud =
        Base::parse(&found.graph_url).is_ok_and(|base| base.host() == entra.graph.base.host());
    if !same_cloud && !entra.graph.base.is_loopback() {
        return Err(CheckOutcome::Failed(Problem {
            what: format!(
                "The tenant is in another cloud, whose Graph address is {}",
                found.graph_url
            ),
            next: "Enter that Graph address in Settings, or correct the tenant".into(),
            details: Vec::new(),
        }));
    }
    Ok(match found.region {
        Some(region) => format!("Tenant {} ({region})", found.tenant_id),
        None => format!("Tenant {}", found.tenant_id),
    })
}

async fn groups(graph: &Graph) -> Result<String, DirectoryError> {
    let options = [("$select", "id,displayName"), ("$top", "1")];
    let call = Call::get("check.groups", with_query(graph.url(&["groups"])?, &options));
    let groups: Vec<WireGroup> = graph.list(call, permission::GROUPS, 1).await?;
    let named = groups.first().is_none_or(|group| group.name.is_some());
    Ok(if named { "Groups were read" } else { "Groups were read, without their names" }.into())
}

/// Creation options need the right to register, and asking for them changes nothing.
async fn register<'a>(graph: &Graph, people: &[&'a Person]) -> Result<&'a Person, CheckOutcome> {
    let tries = if graph.is_application() { 1 } else { OPERATOR_TRIES };
    let asked = |person: &'a Person| async { passkeys::begin(graph, &person.id).await.map(drop) };
    let refused = match first_allowed(people.iter().take(tries).copied(), asked).await {
        Ok(Some(person)) => return Ok(person),
        Ok(None) => {
            return Err(CheckOutcome::Failed(Problem {
                what: "Registering could not be tried, because no enabled person was found".into(),
                next: "Put the other lines right, then test again".into(),
                details: Vec::new(),
            }));
        }
        Err(refused) => refused,
    };
    Err(match refused {
        // Which permission is missing, a refusal says of an application only.
        DirectoryError::Forbidden(_) if !graph.is_application() => {
            CheckOutcome::Failed(refused.problem())
        }
        refused => failed(refused),
    })
}

/// The first person that is not refused, or the last refusal: an operator may be refused for an
/// administrator and not for others.
async fn first_allowed<'a, Asked: Future<Output = Result<(), DirectoryError>>>(
    people: impl Iterator<Item = &'a Person>,
    asked: impl Fn(&'a Person) -> Asked,
) -> Result<Option<&'a Person>, DirectoryError> {
    let mut refused = None;
    for person in people {
        match asked(person).await {
            Ok(()) => return Ok(Some(person)),
            Err(error @ DirectoryError::Forbidden(_)) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    refused.map_or(Ok(None), Err)
}

fn candidates(people: &[Person]) -> Vec<&Person> {
    let is_able = |person: &&Person| {
        person.account == AccountState::Enabled && person.kind == PersonKind::Member
    };
    people.iter().filter(is_able).collect()
}

pub(super) fn line(name: &str, outcome: Result<String, CheckOutcome>) -> ConnectionCheck {
    let outcome = match outcome {
        Ok(text) => CheckOutcome::Works(text),
        Err(outcome) => outcome,
    };
    ConnectionCheck { name: name.to_owned(), outcome }
}

/// What keys can be registered without.
pub(super) fn optional<T>(answer: Result<T, DirectoryError>) -> Result<T, CheckOutcome> {
    answer.map_err(|error| CheckOutcome::Advice(error.problem()))
}

pub(super) fn failed(error: DirectoryError) -> CheckOutcome {
    let problem = error.problem();
    match error {
        DirectoryError::Forbidden(facts) => match facts.permission {
            Some(permission) => CheckOutcome::MissingPermission { permission, problem },
            None => CheckOutcome::Failed(problem),
        },
        _ => CheckOutcome::Failed(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{CallFacts, PersonId};

    fn person(id: &str) -> Person {
        Person {
            id: PersonId(id.into()),
            display_name: id.into(),
            upn: format!("{id}@l.example"),
            mail: None,
            employee_id: None,
            department: None,
            job_title: None,
            account: AccountState::Enabled,
            kind: PersonKind::Member,
        }
    }

    /// Everybody else fails.
    fn but_ann(
        person: &Person,
        failure: fn(CallFacts) -> DirectoryError,
    ) -> Result<(), DirectoryError> {
        match person.id.0.as_str() {
            "ann" => Ok(()),
            _ => Err(failure(CallFacts::default())),
        }
    }

    #[tokio::test]
    async fn whoever_may_be_enrolled_is_found_behind_administrators() {
        let people = ["admin", "boss", "ann"].map(person);
        let asked = |person| std::future::ready(but_ann(person, DirectoryError::Forbidden));
        let found = first_allowed(people.iter(), asked).await.unwrap();
        assert_eq!(found.map(|person| person.id.0.as_str()), Some("ann"));
        let refused = first_allowed(people.iter().take(2), asked).await;
        assert!(matches!(refused, Err(DirectoryError::Forbidden(_))));
        assert!(first_allowed(people.iter().take(0), asked).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn another_failure_ends_the_tries() {
        let people = ["admin", "ann"].map(person);
        let asked = |person| std::future::ready(but_ann(person, DirectoryError::Unavailable));
        let ended = first_allowed(people.iter(), asked).await;
        assert!(matches!(ended, Err(DirectoryError::Unavailable(_))));
    }
}
