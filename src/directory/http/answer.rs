//! An answer of the service, and the facts in it that a support case needs.

use crate::directory::{CallFacts, DirectoryError};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use std::time::Duration;
use zeroize::Zeroizing;

/// Longest part of a service's own message that is kept.
const MESSAGE_CHARS: usize = 300;
/// So much of a secret gives it away.
const TELLING_BYTES: usize = 8;

/// Status, body and ids. The body may hold a token, so it is wiped and has no Debug.
#[derive(Default)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Zeroizing<Vec<u8>>,
    /// The service's own wait.
    pub retry_after: Option<Duration>,
    pub request_id: Option<Box<str>>,
    pub client_request_id: Option<Box<str>>,
    /// The claims, as JSON, that the service misses in the access token.
    pub challenge: Option<String>,
    /// The service's clock, to the second.
    pub date: Option<jiff::Timestamp>,
    /// Of a change: an earlier try of it was sent and brought no answer.
    pub after_lost: Option<CallFacts>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it isn't; says the place only, for the text itself may be a secret.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| {
            format!("not as expected at line {}, column {}", error.line(), error.column())
        })
    }

    /// The body of a success as JSON.
    ///
    /// # Errors
    /// [`DirectoryError::Garbled`].
    pub fn expect<T: DeserializeOwned>(&self) -> Result<T, DirectoryError> {
        self.json().map_err(|reason| DirectoryError::Garbled { reason, facts: self.facts() })
    }

    /// Blanks a token in the body, where a careless proxy may have echoed it.
    pub fn forget(&mut self, token: &str) {
        let token = token.as_bytes();
        if token.is_empty() {
            return;
        }
        let mut from = 0;
        while let Some(at) = self.body[from..].windows(token.len()).position(|part| part == token) {
            self.body[from + at..][..token.len()].fill(b'*');
            from += at + token.len();
        }
    }

    /// Status and ids.
    pub fn facts(&self) -> CallFacts {
        CallFacts {
            status: Some(self.status.as_u16()),
            request_id: self.request_id.clone(),
            client_request_id: self.client_request_id.clone(),
            ..CallFacts::default()
        }
    }
}

/// Facts without a secret that a careless proxy may have echoed, whole or, where a text was cut,
/// in part.
pub fn without_secret(mut facts: CallFacts, secret: &str) -> CallFacts {
    for part in [&mut facts.code, &mut facts.message, &mut facts.request_id] {
        if part.as_ref().is_some_and(|text| tells(text, secret)) {
            *part = None;
        }
    }
    facts
}

fn tells(text: &str, secret: &str) -> bool {
    let size = secret.len().min(TELLING_BYTES);
    let tells = |part: &[u8]| text.as_bytes().windows(size).any(|seen| seen == part);
    size > 0 && secret.as_bytes().windows(size).any(tells)
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(headers: &HeaderMap, now: jiff::Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(now.until(date).ok()?).unwrap_or_default())
}

/// `Date` (RFC 9110, 6.6.1).
pub fn date(headers: &HeaderMap) -> Option<jiff::Timestamp> {
    let value = headers.get(DATE)?.to_str().ok()?.trim();
    jiff::fmt::rfc2822::parse(value).ok().map(|date| date.timestamp())
}

/// One line of a service's own words, without tokens, cut.
pub fn line(text: &str) -> Option<Box<str>> {
    let line: String = without_tokens(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_CHARS)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.into())
}

/// A service may repeat a token that we no longer hold, or never did: each JSON Web Token
/// (RFC 7519) begins with a base64url `{"`.
fn without_tokens(text: &str) -> String {
    const BEGIN: &str = "eyJ";
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        kept.push_str(&rest[..at]);
        kept.push_str("***");
        let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        rest = rest[at..].trim_start_matches(token);
    }
    kept + rest
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

    #[test]
    fn the_part_of_a_secret_that_a_cut_text_still_shows_is_dropped() {
        let secret = "0123456789".repeat(100);
        let facts = CallFacts { message: line(&format!("Bearer {secret}")), ..Default::default() };
        assert_eq!(without_secret(facts, &secret).message, None);
    }

    #[test]
    fn a_token_in_a_services_words_is_never_kept() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQ2MDB9.5MwQ0RfVG9r";
        let told = line(&format!("{token} was refused, so was (x{token})"));
        assert_eq!(told.as_deref(), Some("*** was refused, so was (x***)"));
        assert_eq!(line("they journey on").as_deref(), Some("they journey on"));
    }

    #[test]
    fn a_token_that_comes_back_is_forgotten_everywhere() {
        let mut answer = answer(200, r#"{"a":"t0ken","b":"t0kent0ken"}"#);
        answer.forget("t0ken");
        assert_eq!(answer.body.as_slice(), br#"{"a":"*****","b":"**********"}"#);
        answer.forget("");
    }
}
