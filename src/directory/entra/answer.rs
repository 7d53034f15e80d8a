//! What Graph's and the login endpoint's answers say about themselves.

use super::super::http::answer::{Answer, line};
use super::super::{CallFacts, DirectoryError, Signer};
use serde_json::Value;

/// What the answer says about itself: Graph's error object, or the login endpoint's.
pub(super) fn facts_of(answer: &Answer) -> CallFacts {
    let mut facts = answer.facts();
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
pub(super) fn sign_in_refusal(answer: &Answer, signer: Signer, facts: CallFacts) -> DirectoryError {
    let code = match &facts.code {
        Some(code) => code.to_string(),
        None => format!("HTTP {}", answer.status.as_u16()),
    };
    let facts = CallFacts { signer, ..facts };
    DirectoryError::SignIn { code, number: sign_in_number(answer), facts }
}

/// The first AADSTS number; chooses a help text, nothing else.
fn sign_in_number(answer: &Answer) -> Option<u32> {
    let body: Value = answer.json().ok()?;
    body["error_codes"].get(0)?.as_u64()?.try_into().ok()
}

/// One line, up to the ids that the login endpoint repeats at its end.
fn text(value: &Value) -> Option<Box<str>> {
    let whole = value.as_str()?;
    line(whole.split("Trace ID:").next().unwrap_or(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;
    use zeroize::Zeroizing;

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
}
