//! The envelope of every answer, and what its errors mean. Judged by status and code, never by
//! the message.

use super::super::http::answer::{Answer, line};
use super::super::{CallFacts, DirectoryError, Service};
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Error codes of privacyIDEA (`lib/error.py`).
mod code {
    /// The person is in no resolver of the realm.
    pub(super) const USER: i64 = 904;
    /// Signed in, but not as somebody who may do this at all.
    pub(super) const MISSING_RIGHT: i64 = 4306;
}

/// `{"result": {"status": true, "value": ...}, "detail": ..., "time": ...}`.
#[derive(Deserialize)]
pub(super) struct Reply<V, D> {
    result: Outcome<V>,
    pub(super) detail: Option<D>,
    /// The server's clock, seconds since 1970.
    #[serde(default)]
    pub(super) time: f64,
}

#[derive(Deserialize)]
struct Outcome<V> {
    status: bool,
    value: Option<V>,
}

#[derive(Deserialize)]
struct Failure {
    result: FailedOutcome,
}

#[derive(Deserialize)]
struct FailedOutcome {
    error: FailureWords,
}

#[derive(Deserialize)]
struct FailureWords {
    code: i64,
    #[serde(default)]
    message: String,
}

impl<V: DeserializeOwned, D: DeserializeOwned> Reply<V, D> {
    /// Of an answer with a 2xx.
    ///
    /// # Errors
    /// `Garbled`; `Refused` where the envelope says so in spite of the status.
    pub(super) fn of(answer: &Answer) -> Result<Self, DirectoryError> {
        let reply: Self = answer.expect()?;
        match reply.result.status {
            true => Ok(reply),
            false => Err(DirectoryError::Refused(facts_of(answer))),
        }
    }

    /// The value and what stands beside it.
    ///
    /// # Errors
    /// `Garbled` where there is none.
    pub(super) fn value(self, answer: &Answer) -> Result<V, DirectoryError> {
        self.result.value.ok_or_else(|| missing("value", answer))
    }
}

pub(super) fn missing(what: &str, answer: &Answer) -> DirectoryError {
    DirectoryError::Garbled {
        reason: format!("the answer has no {what}"),
        facts: CallFacts { service: Service::PrivacyIdea, ..answer.facts() },
    }
}

/// Status, and code and message of an error.
pub(super) fn facts_of(answer: &Answer) -> CallFacts {
    let facts = CallFacts { service: Service::PrivacyIdea, ..answer.facts() };
    match failure(answer) {
        Some(words) => CallFacts {
            code: Some(words.code.to_string().into()),
            message: line(&words.message),
            ..facts
        },
        None => facts,
    }
}

/// What a refusal means; `right` is the one the call needs.
pub(super) fn refusal(answer: &Answer, right: &'static str, facts: CallFacts) -> DirectoryError {
    let code = failure(answer).map(|words| words.code);
    let without_right = || CallFacts { permission: Some(right), ..facts.clone() };
    match (answer.status, code) {
        (_, Some(code::MISSING_RIGHT)) => DirectoryError::Forbidden(without_right()),
        (_, Some(code::USER)) => DirectoryError::NotFound(facts),
        (StatusCode::UNAUTHORIZED, _) => DirectoryError::Unauthorized(facts),
        (StatusCode::FORBIDDEN, _) => DirectoryError::Forbidden(without_right()),
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => DirectoryError::NotFound(facts),
        _ => DirectoryError::Refused(facts),
    }
}

fn failure(answer: &Answer) -> Option<FailureWords> {
    answer.json::<Failure>().ok().map(|failure| failure.result.error)
}

/// For replies whose detail says nothing.
pub(super) type NoDetail = IgnoredAny;

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: Zeroizing::new(body.as_bytes().to_vec()),
            ..Answer::default()
        }
    }

    fn failed(status: u16, code: i64) -> Answer {
        answer(
            status,
            &format!(
                r#"{{"detail":null,"result":{{"error":{{"code":{code},"message":"ERR{code}: no\nway"}},"status":false}}}}"#
            ),
        )
    }

    fn meaning(answer: &Answer) -> DirectoryError {
        refusal(answer, "enrollPASSKEY", facts_of(answer))
    }

    #[test]
    fn errors_are_told_apart_by_status_and_code() {
        use DirectoryError::{Forbidden, NotFound, Refused, Unauthorized};
        assert!(matches!(meaning(&failed(400, 904)), NotFound(_)));
        assert!(matches!(meaning(&failed(404, 601)), NotFound(_)));
        assert!(matches!(meaning(&failed(400, 404)), Refused(_)));
        assert!(matches!(meaning(&failed(409, 602)), Refused(_)));
        assert!(matches!(meaning(&failed(401, 4305)), Unauthorized(_)));
        for lacking in [failed(403, 303), failed(401, 4306)] {
            assert!(matches!(meaning(&lacking), Forbidden(facts)
                if facts.permission == Some("enrollPASSKEY") && facts.service == Service::PrivacyIdea));
        }
    }

    #[test]
    fn code_and_message_are_kept_on_one_line() {
        let facts = facts_of(&failed(400, 904));
        assert_eq!(facts.code.as_deref(), Some("904"));
        assert_eq!(facts.message.as_deref(), Some("ERR904: no way"));
        assert_eq!(facts.status, Some(400));
    }

    #[test]
    fn garbage_gives_a_status_and_nothing_made_up() {
        for body in ["", "<html>", "null", r#"{"result":{}}"#, r#"{"result":{"error":"x"}}"#] {
            let facts = facts_of(&answer(502, body));
            assert_eq!(
                (facts.status, facts.code, facts.message),
                (Some(502), None, None),
                "{body}"
            );
            assert!(Reply::<bool, NoDetail>::of(&answer(200, body)).is_err(), "{body}");
        }
        let refused = answer(200, r#"{"result":{"status":false,"value":true}}"#);
        assert!(matches!(Reply::<bool, NoDetail>::of(&refused), Err(DirectoryError::Refused(_))));
    }
}
