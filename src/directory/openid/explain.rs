//! What the operator reads when a sign-in fails.

use super::super::Signer;
use super::super::entra::aadsts;
use super::super::explain::from_facts;
use super::{IdTokenFault, Refusal, SignInError};
use crate::problem::{Detail, Explain};
use jiff::SignedDuration;

const KEEP: &str = "Sign in again; if it happens again, keep the details for a support case";

impl Explain for SignInError {
    fn what(&self) -> String {
        match self {
            Self::Refused(refusal) => words(refusal).0.into(),
            Self::Cancelled => "The sign-in was cancelled".into(),
            Self::TimedOut => "Nobody signed in in time".into(),
            Self::NoListener { .. } => "Keydesk can't wait for the browser on this computer".into(),
            Self::IdToken(fault) => fault_words(fault).0.into(),
            Self::ClockOff { by } => {
                let direction = if by.is_negative() { "behind" } else { "ahead" };
                format!("This computer's clock is {} {direction}", rounded(*by))
            }
            Self::NoDeviceCode => "This tenant's login service gives no device codes".into(),
            Self::AnotherPerson { expected, came } => format!(
                "{} signed in, but {} is the operator here",
                named(came, "Another person"),
                named(expected, "somebody else")
            ),
            Self::Elsewhere { address } => {
                format!("This tenant's login service is at another address: {address}")
            }
            Self::Directory(error) => error.what(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Refused(refusal) => words(refusal).1.into(),
            Self::Cancelled => "Sign in to go on".into(),
            Self::TimedOut => {
                "Sign in again; if the browser shows an error, its text says what to put right".into()
            }
            Self::NoListener { .. } => {
                "Sign in with a device code, or allow Keydesk to listen on this computer's own addresses".into()
            }
            Self::IdToken(fault) => fault_words(fault).1.into(),
            Self::ClockOff { .. } => "Set this computer's clock right, then sign in again".into(),
            Self::NoDeviceCode => "Sign in with the browser".into(),
            Self::AnotherPerson { .. } => {
                "Let the operator confirm it, or sign out first to work as somebody else".into()
            }
            Self::Elsewhere { .. } => {
                "If that is the cloud this tenant belongs to, enter its addresses in Settings".into()
            }
            Self::Directory(error) => error.next(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Refused(refusal) => {
                let mut details = vec![Detail::new("error", refusal.error.clone())];
                let number = refusal.number.map(|number| format!("AADSTS{number}"));
                details.extend(number.map(|number| Detail::new("number", number)));
                let facts = super::super::CallFacts { code: None, ..refusal.facts.clone() };
                details.extend(from_facts(&facts));
                details
            }
            Self::NoListener { reason } => vec![Detail::new("reason", reason.clone())],
            Self::IdToken(fault) => vec![Detail::new("id-token", fault.to_string())],
            Self::ClockOff { by } => vec![Detail::new("off-by-s", by.as_secs().to_string())],
            Self::Directory(error) => error.details(),
            Self::Cancelled
            | Self::TimedOut
            | Self::NoDeviceCode
            | Self::AnotherPerson { .. }
            | Self::Elsewhere { .. } => Vec::new(),
        }
    }
}

/// By number where there is help for it; by the OAuth error else.
fn words(refusal: &Refusal) -> (&'static str, &'static str) {
    if let Some(help) = refusal.number.and_then(|number| aadsts::help(number, Signer::Operator)) {
        return help;
    }
    match refusal.error.as_str() {
        "access_denied" | "authorization_declined" => (
            "The sign-in was declined in the browser",
            "Sign in again; if the page named a rule, show it to an administrator",
        ),
        "login_required" | "interaction_required" => {
            ("The login service wants the operator again", "Sign in again")
        }
        "consent_required" => (
            "The application has no consent in this tenant",
            "Ask an administrator to grant admin consent in the app registration under API permissions",
        ),
        "invalid_grant" => ("The sign-in has ended", "Sign in again"),
        "server_error" | "temporarily_unavailable" => (
            "The login service does not work properly at the moment",
            "Wait a minute, then sign in again",
        ),
        "invalid_client" | "unauthorized_client" => (
            "The login service does not accept this application",
            "Check the application (client) id in Settings; the details name the service's reason",
        ),
        _ => (
            "The login service refused the sign-in",
            "Check tenant and client id in Settings; the details name the service's reason",
        ),
    }
}

fn fault_words(fault: &IdTokenFault) -> (&'static str, &'static str) {
    match fault {
        IdTokenFault::Signature | IdTokenFault::UnknownKey => (
            "The answer of the login service is not signed by it, so nobody was signed in",
            "Check that no proxy answers in its place, then sign in again",
        ),
        IdTokenFault::Issuer => (
            "The answer comes from another login service, so nobody was signed in",
            "Check the sign-in address and the tenant in Settings, then sign in again",
        ),
        IdTokenFault::Audience => (
            "The answer is for another application, so nobody was signed in",
            "Check the application (client) id in Settings, then sign in again",
        ),
        IdTokenFault::Tenant => (
            "The account belongs to another tenant, so nobody was signed in",
            "Sign in with an account of this tenant, or choose the other tenant first",
        ),
        IdTokenFault::Expired | IdTokenFault::NotYet => (
            "The answer of the login service is not valid at this time",
            "Set this computer's clock right, then sign in again",
        ),
        IdTokenFault::Nonce => {
            ("The answer belongs to another sign-in, so nobody was signed in", KEEP)
        }
        IdTokenFault::NotFresh => (
            "Nobody showed their credentials just now, so it is no fresh proof",
            "Confirm again, and enter the password or touch the key when the browser asks",
        ),
        IdTokenFault::Context => (
            "The sign-in does not satisfy the authentication context that was asked for",
            "Ask an administrator whether a Conditional Access policy requires this context, and \
             whether Settings names the right one",
        ),
        IdTokenFault::Missing | IdTokenFault::Garbled(_) => {
            ("The answer of the login service does not say who signed in", KEEP)
        }
    }
}

fn named<'a>(upn: &'a str, nobody: &'a str) -> &'a str {
    if upn.is_empty() { nobody } else { upn }
}

/// In minutes, or in hours when it is that much.
fn rounded(by: SignedDuration) -> String {
    let minutes = by.as_secs().unsigned_abs().div_ceil(30).div_ceil(2);
    match (minutes, (minutes + 30) / 60) {
        (1, _) => "a minute".into(),
        (..=50, _) => format!("{minutes} minutes"),
        (_, 1) => "an hour".into(),
        (_, hours) => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{CallFacts, DirectoryError};
    use super::*;

    fn refused(error: &str, number: Option<u32>) -> SignInError {
        SignInError::Refused(Box::new(Refusal {
            error: error.into(),
            number,
            facts: CallFacts { request_id: Some("r-1".into()), ..CallFacts::default() },
            claims: None,
        }))
    }

    fn every_error() -> Vec<SignInError> {
        let faults = [
            IdTokenFault::Signature,
            IdTokenFault::UnknownKey,
            IdTokenFault::Issuer,
            IdTokenFault::Audience,
            IdTokenFault::Expired,
            IdTokenFault::NotYet,
            IdTokenFault::Nonce,
            IdTokenFault::Tenant,
            IdTokenFault::NotFresh,
            IdTokenFault::Context,
            IdTokenFault::Missing,
            IdTokenFault::Garbled("no claims"),
        ];
        let words = [
            "access_denied",
            "login_required",
            "interaction_required",
            "consent_required",
            "invalid_grant",
            "server_error",
            "invalid_client",
            "odd",
        ];
        let numbers = [53003, 50076, 65001, 7_000_218, 700_016, 90002, 65004, 50173, 70008, 1];
        let mut all: Vec<SignInError> = faults.into_iter().map(SignInError::IdToken).collect();
        all.extend(words.map(|word| refused(word, None)));
        all.extend(numbers.map(|number| refused("invalid_grant", Some(number))));
        all.extend([
            SignInError::Cancelled,
            SignInError::TimedOut,
            SignInError::NoListener { reason: "denied".into() },
            SignInError::ClockOff { by: SignedDuration::from_hours(1) },
            SignInError::NoDeviceCode,
            SignInError::AnotherPerson { expected: "a@x".into(), came: "B@x".into() },
            SignInError::Elsewhere { address: "https://login.microsoftonline.us".into() },
            DirectoryError::Unreachable { reason: "refused".into() }.into(),
        ]);
        all
    }

    #[test]
    fn every_error_says_both_halves_without_a_full_stop() {
        for error in every_error() {
            for half in [error.what(), error.next()] {
                assert!(half.len() > 10 && !half.ends_with('.'), "{half}");
                assert!(half.starts_with(|c: char| c.is_uppercase()), "{half}");
                assert!(!half.contains("keydesk secret"), "a person has no client secret: {half}");
            }
        }
    }

    #[test]
    fn a_refusal_keeps_its_number_and_ids() {
        let details = refused("invalid_grant", Some(50076)).details();
        for (name, value) in
            [("error", "invalid_grant"), ("number", "AADSTS50076"), ("request-id", "r-1")]
        {
            assert!(details.contains(&Detail::new(name, value)), "{name}");
        }
    }

    #[test]
    fn the_clock_is_told_with_amount_and_direction() {
        let told =
            |seconds| SignInError::ClockOff { by: SignedDuration::from_secs(seconds) }.what();
        assert_eq!(told(3600), "This computer's clock is an hour ahead");
        assert_eq!(told(-3605), "This computer's clock is an hour behind");
        assert_eq!(told(1200), "This computer's clock is 20 minutes ahead");
        assert_eq!(told(-7 * 3600), "This computer's clock is 7 hours behind");
    }
}
