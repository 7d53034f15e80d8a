//! What every service's client shares: its errors out of the one request path's.

use super::{ServiceError, ServiceFacts};
use crate::directory::http::answer::{Answer, line as one_line};
use crate::directory::http::endpoint::Base;
use crate::directory::{CallFacts, CheckOutcome, ConnectionCheck, DirectoryError};
use crate::problem::Explain;
use reqwest::StatusCode;
use std::time::Duration;

/// So many digits in a row may be a code, an id or a number of a person.
const TELLING_DIGITS: usize = 4;

/// The checked address of a service.
pub(super) fn base(service: &'static str, url: &str) -> Result<Base, ServiceError> {
    Base::parse(url).map_err(|error| failed(service, error))
}

/// A failure of the one request path.
pub(super) fn failed(service: &'static str, error: DirectoryError) -> ServiceError {
    match error {
        DirectoryError::Settings(reason) => ServiceError::Settings { service, reason },
        DirectoryError::Unreachable { reason } => ServiceError::Unreachable { service, reason },
        DirectoryError::AnswerLost(found) => {
            ServiceError::AnswerLost { service, facts: facts(found) }
        }
        DirectoryError::Throttled { resume_in, facts: found } => {
            ServiceError::Throttled { service, resume_in, facts: facts(found) }
        }
        DirectoryError::Unavailable(found) => {
            ServiceError::Unavailable { service, facts: facts(found) }
        }
        DirectoryError::Garbled { reason, facts: found } => {
            ServiceError::Garbled { service, reason, facts: facts(found) }
        }
        DirectoryError::Unauthorized(found) => {
            ServiceError::SignIn { service, facts: facts(found) }
        }
        DirectoryError::SignIn { facts: found, .. } => {
            ServiceError::SignIn { service, facts: facts(found) }
        }
        DirectoryError::Forbidden(found) => {
            ServiceError::Forbidden { service, facts: facts(found) }
        }
        DirectoryError::NotFound(found) => ServiceError::NotFound { service, facts: facts(found) },
        DirectoryError::Refused(found) => ServiceError::Refused { service, facts: facts(found) },
        other => {
            let message = Some(other.to_string().into());
            ServiceError::Refused { service, facts: ServiceFacts { message, ..Default::default() } }
        }
    }
}

/// An answer that is no success, by its status.
pub(super) fn refused(service: &'static str, answer: &Answer, facts: ServiceFacts) -> ServiceError {
    match answer.status {
        StatusCode::UNAUTHORIZED => ServiceError::SignIn { service, facts },
        StatusCode::FORBIDDEN => ServiceError::Forbidden { service, facts },
        StatusCode::NOT_FOUND => ServiceError::NotFound { service, facts },
        StatusCode::TOO_MANY_REQUESTS => {
            let resume_in = answer.retry_after.unwrap_or(Duration::from_secs(60));
            ServiceError::Throttled { service, resume_in, facts }
        }
        status if status.is_server_error() => ServiceError::Unavailable { service, facts },
        _ => ServiceError::Refused { service, facts },
    }
}

/// The same facts, with nothing in the service's words that may be a number or a code.
pub(super) fn facts(found: CallFacts) -> ServiceFacts {
    ServiceFacts {
        status: found.status,
        code: found.code,
        message: found.message.as_deref().and_then(words),
        request_id: found.request_id.or(found.client_request_id),
    }
}

/// A service's own words on one line, with rows of digits hidden.
pub(super) fn words(text: &str) -> Option<Box<str>> {
    one_line(&without_digits(text))
}

/// Digits with nothing but the usual separators between them count as one row.
fn without_digits(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        kept.push_str(&rest[..at]);
        let row = &rest[at..];
        let joined = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
        let end = row.find(|c: char| !joined(c)).unwrap_or(row.len());
        let row = row[..end].trim_end_matches(|c: char| !c.is_ascii_digit());
        match row.bytes().filter(u8::is_ascii_digit).count() < TELLING_DIGITS {
            true => kept.push_str(row),
            false => kept.push_str("***"),
        }
        rest = &rest[at + row.len()..];
    }
    kept.push_str(rest);
    kept
}

/// One line of a test.
pub(super) fn line(name: &str, outcome: CheckOutcome) -> ConnectionCheck {
    ConnectionCheck { name: name.to_owned(), outcome }
}

/// How one thing that is needed came out; `permission` is what its owner has to give where it is
/// forbidden.
pub(super) fn tried(
    outcome: Result<String, ServiceError>,
    permission: Option<&'static str>,
) -> CheckOutcome {
    match (outcome, permission) {
        (Ok(text), _) => CheckOutcome::Works(text),
        (Err(error @ ServiceError::Forbidden { .. }), Some(permission)) => {
            CheckOutcome::MissingPermission { permission, problem: error.problem() }
        }
        (Err(error), _) => CheckOutcome::Failed(error.problem()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_words_keep_no_number_and_no_code() {
        let told = |text| words(text).unwrap();
        assert_eq!(&*told("The 'To' number +46701234567 is bad"), "The 'To' number +*** is bad");
        assert_eq!(&*told("call (070) 123-45 67 now"), "call (*** now");
        assert_eq!(&*told("code 407 192, 3 of 5 tries"), "code ***, 3 of 5 tries");
        assert_eq!(&*told("ended after 120 s"), "ended after 120 s");
    }
}
