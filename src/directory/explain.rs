//! What the operator reads when a directory call fails.

use super::entra::aadsts;
use super::{CallFacts, DirectoryError, Service, Signer};
use crate::problem::{Detail, Explain};

impl Explain for DirectoryError {
    fn what(&self) -> String {
        match self {
            Self::SignIn { number, facts, .. } => sign_in_help(*number, facts).0.to_owned(),
            Self::Operator(error) => error.what(),
            Self::NoSecret => "The secret of this tenant's sign-in is not stored".into(),
            Self::Unauthorized(_) => "The directory did not accept the access token".into(),
            Self::Forbidden(facts) => forbidden(facts),
            Self::NotFound(_) => "The directory does not know this person or key any more".into(),
            Self::Ambiguous { what } => format!("Several people have this {what}"),
            Self::Refused(facts) => match &facts.message {
                Some(message) => format!("The directory refused: {}", message.trim_end_matches('.')),
                None => "The directory refused the request".into(),
            },
            Self::Throttled { .. } => "The directory asks to slow down".into(),
            Self::Unavailable(_) => "The directory does not answer properly at the moment".into(),
            Self::Unreachable { .. } => "No connection to the directory".into(),
            Self::AnswerLost(_) => {
                "The registration was sent, but its answer was lost, so the key may be registered already".into()
            }
            Self::Garbled { .. } => "The directory's answer could not be read".into(),
            Self::Options(_) => "The directory's creation options can't be used with a key".into(),
            Self::NotOffered { what, .. } => (*what).into(),
            Self::Settings(problem) => format!("The connection's settings are wrong: {problem}"),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::SignIn { number, facts, .. } => sign_in_help(*number, facts).1.into(),
            Self::Operator(error) => error.next(),
            Self::NoSecret => "Store it in Settings or with `keydesk secret set`".into(),
            Self::Unauthorized(_) => {
                "Check this computer's clock, then use Test in Settings to see what is refused".into()
            }
            Self::Forbidden(CallFacts { service: Service::PrivacyIdea, .. }) => {
                "Grant it in privacyIDEA, in a policy of the scope admin that covers the realm, \
                 then try again; the details may name a policy that forbids it"
                    .into()
            }
            Self::Forbidden(CallFacts { signer: Signer::Operator | Signer::LegacyAccount, .. }) => {
                "Check in Entra that the role covers this person (Authentication Administrator, or \
                 Privileged Authentication Administrator for administrators), and that the permission is a \
                 delegated one of the app registration with admin consent; then sign in again"
                    .into()
            }
            Self::Forbidden(_) => {
                "Add it as an application permission of the app registration and grant admin consent, \
                 then wait a few minutes and try again"
                    .into()
            }
            Self::NotFound(_) => "Search for the person again".into(),
            Self::Ambiguous { .. } => {
                "Name the person by the user principal name, which nobody shares".into()
            }
            Self::Refused(_) => "Read the details, correct what they name, then try again".into(),
            Self::Throttled { resume_in, .. } => {
                format!("Wait {} s, then try again", resume_in.as_secs_f64().ceil().max(1.0))
            }
            Self::Unavailable(_) => "Wait a minute, then try again".into(),
            Self::Unreachable { .. } => {
                "Check the network, the proxy and the addresses in Settings, then try again".into()
            }
            Self::AnswerLost(_) => "Let Keydesk look the key up in the directory before anything is repeated".into(),
            Self::Garbled { .. } => {
                "Check that no proxy or sign-in page of the network answers instead, then try again".into()
            }
            Self::Options(_) => "Try again; if it happens again, keep the details for a support case".into(),
            Self::NotOffered { instead, .. } => (*instead).into(),
            Self::Settings(_) => "Correct the tenant's settings, then test the connection".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::SignIn { code, number, facts, .. } => {
                let mut details = vec![Detail::new("error", code.clone())];
                details
                    .extend(number.map(|number| Detail::new("number", format!("AADSTS{number}"))));
                details.extend(from_facts(&CallFacts { code: None, ..facts.clone() }));
                details
            }
            Self::Operator(error) => error.details(),
            Self::Unauthorized(facts)
            | Self::Forbidden(facts)
            | Self::NotFound(facts)
            | Self::Refused(facts)
            | Self::Throttled { facts, .. }
            | Self::Unavailable(facts)
            | Self::AnswerLost(facts) => from_facts(facts),
            Self::Garbled { reason, facts } => with_reason(reason, facts),
            Self::Unreachable { reason } | Self::Options(reason) => {
                with_reason(reason, &CallFacts::default())
            }
            Self::NoSecret
            | Self::Ambiguous { .. }
            | Self::NotOffered { .. }
            | Self::Settings(_) => Vec::new(),
        }
    }
}

fn forbidden(facts: &CallFacts) -> String {
    let (who, what) = match (facts.service, facts.signer) {
        (Service::PrivacyIdea, _) => ("The administrator lacks", "right"),
        (Service::Entra, Signer::Application) => ("The application lacks", "permission"),
        (Service::Entra, Signer::Operator) => {
            ("The operator lacks a directory role, or the application", "permission")
        }
        (Service::Entra, Signer::LegacyAccount) => {
            ("The service account lacks a directory role, or the application", "permission")
        }
    };
    match facts.permission {
        Some(name) => format!("{who} the {what} {name}"),
        None => format!("{who} a {what}"),
    }
}

fn sign_in_help(number: Option<u32>, facts: &CallFacts) -> (&'static str, &'static str) {
    match (facts.service, facts.signer) {
        (Service::Entra, signer) => {
            number.and_then(|number| aadsts::help(number, signer)).unwrap_or(match signer {
                Signer::Application => (
                    "Microsoft Entra ID refused the application's sign-in",
                    "Check tenant, client id and secret in Settings; the details name Microsoft's reason",
                ),
                Signer::Operator | Signer::LegacyAccount => (
                    "Microsoft Entra ID refused the sign-in",
                    "Check tenant, client id and account in Settings; the details name Microsoft's reason",
                ),
            })
        }
        (Service::PrivacyIdea, _) => (
            "privacyIDEA refused the administrator's sign-in",
            "Check the administrator in Settings and store the password again; the details name \
             the server's reason",
        ),
    }
}

fn with_reason(reason: &str, facts: &CallFacts) -> Vec<Detail> {
    let mut details = vec![Detail::new("reason", reason)];
    details.extend(from_facts(facts));
    details
}

pub(super) fn from_facts(facts: &CallFacts) -> Vec<Detail> {
    [
        ("status", facts.status.map(|status| status.to_string())),
        ("code", owned(&facts.code)),
        ("message", owned(&facts.message)),
        ("request-id", owned(&facts.request_id)),
        ("client-request-id", owned(&facts.client_request_id)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(Detail::new(name, value?)))
    .collect()
}

fn owned(text: &Option<Box<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::openid::SignInError;
    use super::*;
    use std::time::Duration;

    fn every_error() -> Vec<DirectoryError> {
        let facts = || CallFacts {
            status: Some(400),
            request_id: Some("r-1".into()),
            ..CallFacts::default()
        };
        vec![
            DirectoryError::SignIn {
                code: "invalid_client".into(),
                number: Some(7_000_215),
                facts: facts(),
            },
            DirectoryError::SignIn { code: "odd".into(), number: None, facts: facts() },
            DirectoryError::NoSecret,
            DirectoryError::Unauthorized(facts()),
            DirectoryError::Forbidden(facts()),
            DirectoryError::NotFound(facts()),
            DirectoryError::Refused(CallFacts { message: Some("Too long.".into()), ..facts() }),
            DirectoryError::Throttled { resume_in: Duration::from_millis(1200), facts: facts() },
            DirectoryError::Unavailable(facts()),
            DirectoryError::Unreachable { reason: "refused".into() },
            DirectoryError::AnswerLost(facts()),
            DirectoryError::Garbled { reason: "line 1".into(), facts: facts() },
            DirectoryError::Options("no challenge".into()),
            DirectoryError::Settings("no tenant".into()),
            DirectoryError::Ambiguous { what: "mail address" },
            super::super::group::not_offered(),
            super::super::prefetch::not_offered(),
            DirectoryError::Operator(Box::new(SignInError::Cancelled)),
            DirectoryError::Forbidden(CallFacts { signer: Signer::Operator, ..facts() }),
            DirectoryError::SignIn {
                code: "odd".into(),
                number: None,
                facts: CallFacts { signer: Signer::LegacyAccount, ..facts() },
            },
        ]
    }

    #[test]
    fn every_error_says_both_halves_without_a_full_stop() {
        for error in every_error() {
            for half in [error.what(), error.next()] {
                assert!(half.len() > 10 && !half.ends_with('.'), "{half}");
                assert!(half.starts_with(|c: char| c.is_uppercase()), "{half}");
            }
        }
    }

    #[test]
    fn a_missing_permission_is_named() {
        let facts = CallFacts { permission: Some("User.Read.All"), ..CallFacts::default() };
        assert!(DirectoryError::Forbidden(facts).what().contains("User.Read.All"));
    }

    #[test]
    fn each_service_has_its_own_words_for_rights_and_sign_in() {
        let facts = |permission| CallFacts {
            permission,
            service: Service::PrivacyIdea,
            ..CallFacts::default()
        };
        let forbidden = DirectoryError::Forbidden(facts(Some("enrollPASSKEY")));
        assert_eq!(forbidden.what(), "The administrator lacks the right enrollPASSKEY");
        let refused =
            DirectoryError::SignIn { code: "4031".into(), number: None, facts: facts(None) };
        for error in [forbidden, refused, DirectoryError::NoSecret] {
            for half in [error.what(), error.next()] {
                assert!(!half.contains("Entra") && !half.contains("application"), "{half}");
                assert!(!half.contains("client secret"), "{half}");
                assert!(!half.ends_with('.'), "{half}");
            }
        }
    }

    #[test]
    fn a_refused_sign_in_is_told_by_its_number_and_keeps_the_facts() {
        let error = &every_error()[0];
        assert_eq!(error.what(), "The client secret is wrong");
        let details = error.details();
        for (name, value) in [("number", "AADSTS7000215"), ("status", "400"), ("request-id", "r-1")]
        {
            assert!(details.contains(&Detail::new(name, value)), "{name}");
        }
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        assert_eq!(every_error()[7].next(), "Wait 2 s, then try again");
    }
}
