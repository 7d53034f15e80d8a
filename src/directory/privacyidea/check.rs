//! The connection test: each thing the program needs, tried by itself, none with an effect.

use super::super::{CallFacts, CheckOutcome, ConnectionCheck, DirectoryError, Service};
use super::api::Api;
use super::{people, policy, right, tokens};
use crate::problem::{Explain, Problem};

/// How a policy grants every right.
const ALL_RIGHTS: &str = "*";

/// One line each; without a sign-in there are no more lines.
pub(super) async fn run(api: &Api) -> Vec<ConnectionCheck> {
    let rights = match api.sign_in().await {
        Ok(signed_in) => signed_in.rights,
        Err(error) => return vec![line("Sign in as the administrator", Err(failed(error)))],
    };
    let (people, tokens, policies) =
        tokio::join!(people::some(api), tokens::some(api), policy::policies(api));
    let has = |right| rights.iter().any(|granted| granted == right || granted == ALL_RIGHTS);
    let granted = |right: &'static str| match has(right) {
        true => Ok(format!("The right {right} is granted")),
        false => Err(failed(lacking(right))),
    };
    vec![
        line("Sign in as the administrator", Ok("A token was issued".into())),
        line("Read people", people.map_err(failed).and_then(|count| realm(count, &api.realm))),
        line("Read passkeys", tokens.map(|()| "Tokens were read".to_owned()).map_err(failed)),
        line("Register keys", granted(right::ENROL)),
        line("Name keys", granted(right::DESCRIBE)),
        line("Remove keys", granted(right::DELETE)),
        line("Read how long challenges live", granted(right::READ_CONFIGURATION)),
        line("Relying party", policies.map_err(failed).and_then(|found| party(found, &api.realm))),
    ]
}

fn realm(count: usize, realm: &str) -> Result<String, CheckOutcome> {
    match count {
        0 => problem(
            format!("The realm {realm} has no people, or is not known"),
            "Check the realm in Settings, and its resolvers in privacyIDEA under Users, Realms",
        ),
        count => Ok(format!("{count} people of the realm {realm} were read")),
    }
}

fn party(found: Option<Vec<policy::WirePolicy>>, realm: &str) -> Result<String, CheckOutcome> {
    let Some(policies) = found else { return Err(failed(lacking(right::READ_POLICIES))) };
    match policy::relying_party(&policies, realm) {
        Some(id) => Ok(format!("Keys are registered for {id}")),
        None => problem(
            "No policy names the relying party, and privacyIDEA registers no passkeys without it"
                .into(),
            "Add webauthn_relying_party_id and webauthn_relying_party_name to a policy of the \
             scope enrollment",
        ),
    }
}

fn problem(what: String, next: &str) -> Result<String, CheckOutcome> {
    Err(CheckOutcome::Failed(Problem { what, next: next.into(), details: Vec::new() }))
}

fn lacking(right: &'static str) -> DirectoryError {
    DirectoryError::Forbidden(CallFacts {
        permission: Some(right),
        service: Service::PrivacyIdea,
        ..CallFacts::default()
    })
}

fn line(name: &str, outcome: Result<String, CheckOutcome>) -> ConnectionCheck {
    let outcome = match outcome {
        Ok(text) => CheckOutcome::Works(text),
        Err(outcome) => outcome,
    };
    ConnectionCheck { name: name.to_owned(), outcome }
}

fn failed(error: DirectoryError) -> CheckOutcome {
    let problem = error.problem();
    match error {
        DirectoryError::Forbidden(CallFacts { permission: Some(permission), .. }) => {
            CheckOutcome::MissingPermission { permission, problem }
        }
        _ => CheckOutcome::Failed(problem),
    }
}
