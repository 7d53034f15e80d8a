//! Several requests in one (`$batch`): what is sent, and each answer by itself.
//!
//! The outer 200 says nothing of those inside; each has its own status, headers and body.

use super::super::http::answer::{Answer, line, retry_after};
use super::super::http::challenge;
use super::answer::facts_of;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Graph's limit.
pub(super) const MOST: usize = 20;

#[derive(Serialize)]
struct WireBatch<'a> {
    requests: Vec<WireRequest<'a>>,
}

#[derive(Serialize)]
struct WireRequest<'a> {
    id: String,
    #[serde(flatten)]
    request: &'a Request,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<WireHeaders>,
}

#[derive(Serialize)]
struct WireHeaders {
    #[serde(rename = "Content-Type")]
    content_type: &'static str,
}

/// One request of a batch.
#[derive(Serialize)]
pub(super) struct Request {
    method: &'static str,
    /// Below the version's root.
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

impl Request {
    pub fn get(url: String) -> Self {
        Self { method: "GET", url, body: None }
    }

    pub fn post(url: String, body: Value) -> Self {
        Self { method: "POST", url, body: Some(body) }
    }

    pub fn patch(url: String, body: Value) -> Self {
        Self { method: "PATCH", url, body: Some(body) }
    }

    pub fn delete(url: String) -> Self {
        Self { method: "DELETE", url, body: None }
    }
}

#[derive(Deserialize)]
struct WireAnswers {
    responses: Vec<WireAnswer>,
}

#[derive(Deserialize)]
struct WireAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// The body of all these.
pub(super) fn body(requests: &[Request]) -> Result<Vec<u8>, serde_json::Error> {
    let requests = requests.iter().enumerate().map(|(at, request)| WireRequest {
        id: at.to_string(),
        request,
        headers: request.body.is_some().then_some(WireHeaders { content_type: "application/json" }),
    });
    serde_json::to_vec(&WireBatch { requests: requests.collect() })
}

/// The answers by the place of their request; `None` where one is missing.
///
/// # Errors
/// Where it isn't the answer of a batch, in words that repeat nothing of it.
pub(super) fn answers(
    outer: &Answer,
    requests: usize,
    now: jiff::Timestamp,
) -> Result<Vec<Option<Answer>>, String> {
    let parts: WireAnswers = outer.json()?;
    let mut found: Vec<Option<Answer>> = (0..requests).map(|_| None).collect();
    for part in parts.responses {
        let place = part.id.parse::<usize>().ok().and_then(|at| found.get_mut(at));
        if let (Some(place), Ok(status)) = (place, StatusCode::from_u16(part.status)) {
            *place = Some(to_answer(part, status, outer, now));
        }
    }
    Ok(found)
}

fn to_answer(part: WireAnswer, status: StatusCode, outer: &Answer, now: jiff::Timestamp) -> Answer {
    let headers = headers(part.headers.unwrap_or_default());
    let request_id = headers.get("request-id").and_then(|id| id.to_str().ok()).and_then(line);
    let mut answer = Answer {
        status,
        body: Zeroizing::new(part.body.map(|body| body.get().into()).unwrap_or_default()),
        retry_after: retry_after(&headers, now),
        request_id,
        client_request_id: outer.client_request_id.clone(),
        challenge: challenge::claims_of(&headers),
        date: None,
        after_lost: None,
    };
    // The inner error's id comes before that of the whole batch.
    answer.request_id = facts_of(&answer).request_id.or_else(|| outer.request_id.clone());
    answer
}

fn headers(named: HashMap<String, Value>) -> HeaderMap {
    let header = |(name, value): (String, Value)| {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(text).ok()?))
    };
    named.into_iter().filter_map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn outer(body: &str) -> Answer {
        Answer {
            body: Zeroizing::new(body.as_bytes().to_vec()),
            request_id: Some("outer".into()),
            ..Answer::default()
        }
    }

    fn read(body: &str, requests: usize) -> Result<Vec<Option<Answer>>, String> {
        answers(&outer(body), requests, "2026-11-22T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn answers_find_their_request_in_any_order_with_their_own_wait_and_id() {
        let found = read(
            r#"{"responses":[
                {"id":"2","status":429,"headers":{"Retry-After":"7"},
                 "body":{"error":{"code":"TooManyRequests","innerError":{"request-id":"i-2"}}}},
                {"id":"0","status":200,"headers":null,"body":{"a":1}},
                {"id":"9","status":200},{"id":"x","status":200},{"id":"1","status":1}]}"#,
            3,
        )
        .unwrap();
        assert_eq!(found.len(), 3);
        let [Some(first), None, Some(last)] = &found[..] else { panic!("0 and 2 are there") };
        assert_eq!((first.status.as_u16(), first.body.as_slice()), (200, &br#"{"a":1}"#[..]));
        assert_eq!(first.request_id.as_deref(), Some("outer"));
        assert_eq!(last.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(last.request_id.as_deref(), Some("i-2"));
    }

    #[test]
    fn a_wait_may_be_a_number_and_a_name_in_any_case() {
        let found = read(
            r#"{"responses":[{"id":"0","status":503,"headers":{"retry-AFTER":3,"Odd name":"x"}}]}"#,
            1,
        );
        let wait = found.unwrap()[0].as_ref().and_then(|answer| answer.retry_after);
        assert_eq!(wait, Some(Duration::from_secs(3)));
    }

    #[test]
    fn what_is_no_batch_is_an_error_that_repeats_nothing() {
        for body in ["", "<html>", "{}", r#"{"responses":"s3cret"}"#, r#"{"responses":[{}]}"#] {
            assert!(!read(body, 1).err().unwrap().contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn each_request_has_its_place_as_its_id() {
        let body = body(&["/users/a", "/users/b"].map(|url| Request::get(url.into()))).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"requests":[{"id":"0","method":"GET","url":"/users/a"},{"id":"1","method":"GET","url":"/users/b"}]}"#
        );
    }

    #[test]
    fn a_body_goes_with_its_type() {
        let requests =
            [Request::post("/a".into(), serde_json::json!({"b": 1})), Request::delete("/c".into())];
        assert_eq!(
            String::from_utf8(body(&requests).unwrap()).unwrap(),
            r#"{"requests":[{"id":"0","method":"POST","url":"/a","body":{"b":1},"headers":{"Content-Type":"application/json"}},{"id":"1","method":"DELETE","url":"/c"}]}"#
        );
    }
}
