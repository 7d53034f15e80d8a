//! What the login service's refusals say about themselves.

use super::super::CallFacts;
use super::super::http::answer::{Answer, line};
use super::{Refusal, SignInError};
use serde_json::Value;

/// The OAuth error of an answer (RFC 6749, 5.2), with Microsoft's ids.
pub(super) fn facts_of(answer: &Answer) -> CallFacts {
    let mut facts = answer.facts();
    if !answer.status.is_success() {
        let body: Value = answer.json().unwrap_or_default();
        let text = |name: &str| body[name].as_str().and_then(own_words);
        facts.code = text("error");
        facts.message = text("error_description");
        facts.request_id = facts.request_id.or_else(|| text("trace_id"));
    }
    facts
}

/// What an answer without success means.
pub(super) fn refusal(answer: &Answer) -> SignInError {
    let body: Value = answer.json().unwrap_or_default();
    let facts = facts_of(answer);
    let error = match &facts.code {
        Some(code) => code.to_string(),
        None => format!("HTTP {}", answer.status.as_u16()),
    };
    let listed = body["error_codes"].get(0).and_then(Value::as_u64);
    let described = || number(body["error_description"].as_str()?);
    SignInError::Refused(Box::new(Refusal {
        error,
        number: listed.and_then(|number| number.try_into().ok()).or_else(described),
        facts,
        claims: body["claims"].as_str().map(str::to_owned),
    }))
}

/// The number of a text such as `AADSTS65004: User declined to consent.`; chooses a help text,
/// nothing else.
pub(super) fn number(description: &str) -> Option<u32> {
    let (_, after) = description.split_once("AADSTS")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// One line, up to the ids that Microsoft repeats at its end.
pub(super) fn own_words(text: &str) -> Option<Box<str>> {
    line(text.split("Trace ID:").next().unwrap_or(text))
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
    fn a_refusal_keeps_error_number_and_claims() {
        let SignInError::Refused(refusal) = refusal(&answer(
            400,
            r#"{"error":"interaction_required","error_codes":[50076],"trace_id":"t-1",
               "claims":"{\"access_token\":{}}",
               "error_description":"AADSTS50076: Due to a change.\r\nTrace ID: t-1"}"#,
        )) else {
            panic!("not refused")
        };
        assert_eq!(refusal.error, "interaction_required");
        assert_eq!(refusal.number, Some(50076));
        assert_eq!(refusal.claims.as_deref(), Some(r#"{"access_token":{}}"#));
        assert_eq!(refusal.facts.message.as_deref(), Some("AADSTS50076: Due to a change."));
        assert_eq!(refusal.facts.request_id.as_deref(), Some("t-1"));
    }

    #[test]
    fn garbage_gives_a_status_and_nothing_made_up() {
        for body in ["", "<html>", "[]", "null", r#"{"error":7,"error_codes":"x"}"#] {
            let SignInError::Refused(refusal) = refusal(&answer(502, body)) else {
                panic!("not refused")
            };
            assert_eq!((refusal.error.as_str(), refusal.number), ("HTTP 502", None), "{body}");
        }
    }

    #[test]
    fn a_number_is_read_out_of_a_description() {
        assert_eq!(number("AADSTS65004: User declined"), Some(65004));
        assert_eq!(number("x AADSTS530036 y"), Some(530_036));
        for none in ["", "AADSTS", "AADSTSx", "AADSTS99999999999999: x", "65004"] {
            assert_eq!(number(none), None, "{none}");
        }
    }
}
