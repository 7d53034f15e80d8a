//! An answer of the service, and the facts in it that a support case needs.

use super::super::{CallFacts, DirectoryError};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest part of a service's own message that is kept.
const MESSAGE_CHARS: usize = 300;

/// Status, body and ids. The body may hold a token, so it is wiped and has no Debug.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Zeroizing<Vec<u8>>,
    /// The service's own wait.
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<Box<str>>,
    pub(super) client_request_id: Option<Box<str>>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it isn't; says the place only, for the text itself may be a secret.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| {
            format!("not as expected at line {}, column {}", error.line(), error.column())
        })
    }
}

/// What the answer says about itself: Graph's error object, or the login endpoint's.
pub(super) fn facts_of(answer: &Answer) -> CallFacts {
    let mut facts = CallFacts {
        status: Some(answer.status.as_u16()),
        request_id: answer.request_id.clone(),
        client_request_id: answer.client_request_id.clone(),
        ..CallFacts::default()
    };
    if answer.status.is_success() {
        return facts;
    }
    let body: Value = answer.json().unwrap_or_default();
    match &body["error"] {
        Value::Object(error) => {
            facts.code = error.get("code").and_then(text);
            facts.message = error.get("message").and_then(text);
            let inner = error.get("innerError").or_else(|| error.get("innererror"));
            let inner_id = inner.and_then(|inner| inner.get("request-id")).and_then(text);
            facts.request_id = facts.request_id.or(inner_id);
        }
        error @ Value::String(_) => {
            facts.code = text(error);
            facts.message = text(&body["error_description"]);
            facts.request_id = facts.request_id.or_else(|| text(&body["trace_id"]));
        }
        _ => {}
    }
    facts
}

/// What a sign-in endpoint's refusal means.
pub(super) fn sign_in_refusal(answer: &Answer, facts: CallFacts) -> DirectoryError {
    let code = match &facts.code {
        Some(code) => code.to_string(),
        None => format!("HTTP {}", answer.status.as_u16()),
    };
    DirectoryError::SignIn { code, number: sign_in_number(answer), facts }
}

/// The first AADSTS number; chooses a help text, nothing else.
fn sign_in_number(answer: &Answer) -> Option<u32> {
    let body: Value = answer.json().ok()?;
    body["error_codes"].get(0)?.as_u64()?.try_into().ok()
}

/// Facts without a secret that a careless proxy may have echoed.
pub(super) fn without_secret(mut facts: CallFacts, secret: &str) -> CallFacts {
    for part in [&mut facts.code, &mut facts.message, &mut facts.request_id] {
        if !secret.is_empty() && part.as_ref().is_some_and(|text| text.contains(secret)) {
            *part = None;
        }
    }
    facts
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: jiff::Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(now.until(date).ok()?).unwrap_or_default())
}

/// One line of text, cut, up to the ids that the login endpoint repeats at its end.
fn text(value: &Value) -> Option<Box<str>> {
    let whole = value.as_str()?;
    let end = whole.find("Trace ID:").unwrap_or(whole.len());
    let line: String = whole[..end]
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_CHARS)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: Zeroizing::new(body.as_bytes().to_vec()),
            ..Answer::default()
        }
    }

    #[test]
    fn both_spellings_of_graphs_inner_error_are_read() {
        for spelling in ["innerError", "innererror"] {
            let facts = facts_of(&answer(
                403,
                &format!(
                    r#"{{"error":{{"code":"accessDenied","message":"Request\r\nfailed",
                       "{spelling}":{{"request-id":"abc","date":"2026-11-22T10:00:00"}}}}}}"#
                ),
            ));
            assert_eq!(facts.status, Some(403));
            assert_eq!(facts.code.as_deref(), Some("accessDenied"));
            assert_eq!(facts.message.as_deref(), Some("Request  failed"));
            assert_eq!(facts.request_id.as_deref(), Some("abc"));
        }
    }

    #[test]
    fn a_sign_in_error_gives_its_code_number_and_trace() {
        let answer = answer(
            401,
            r#"{"error":"invalid_client","error_codes":[7000215],"trace_id":"t-1",
               "error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t-1"}"#,
        );
        let facts = facts_of(&answer);
        assert_eq!(facts.code.as_deref(), Some("invalid_client"));
        assert_eq!(
            facts.message.as_deref(),
            Some("AADSTS7000215: Invalid client secret provided.")
        );
        assert_eq!(facts.request_id.as_deref(), Some("t-1"));
        assert_eq!(sign_in_number(&answer), Some(7_000_215));
    }

    #[test]
    fn garbage_gives_a_status_and_nothing_made_up() {
        for body in ["", "<html>", "[]", "null", r#"{"error":7}"#, r#"{"error":{"code":[]}}"#] {
            let facts = facts_of(&answer(502, body));
            assert_eq!(facts, CallFacts { status: Some(502), ..CallFacts::default() }, "{body}");
            assert_eq!(sign_in_number(&answer(502, body)), None);
        }
    }

    #[test]
    fn a_json_error_does_not_repeat_the_text() {
        let answer = answer(200, r#"{"access_token": "s3cret"}"#);
        let error = answer.json::<std::collections::HashMap<String, u8>>().unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now: jiff::Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(read("17"), Some(Duration::from_secs(17)));
        assert_eq!(read("Sun, 22 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-5"), None);
    }

    #[test]
    fn an_echoed_secret_is_dropped() {
        let facts = CallFacts {
            message: Some("you sent hunter2".into()),
            code: Some("bad".into()),
            ..CallFacts::default()
        };
        let facts = without_secret(facts, "hunter2");
        assert_eq!(facts.message, None);
        assert_eq!(facts.code.as_deref(), Some("bad"));
    }
}
