//! The one way out: every request to a directory's service passes here.
//!
//! ```text
//! Http ── patience · pause one request path: time-outs, 429, 5xx, what may be sent again
//!   ├── endpoint          checked addresses; plain http to this computer only
//!   ├── answer            status, body and ids of an answer
//!   ├── challenge         what an access token lacks
//!   ├── doubt             what an earlier try of a change leaves open
//!   └── token             one cached access token
//! ```
//! What an answer says about itself is read by the directory that asked ([`ReadFacts`]).

use super::{CallFacts, DirectoryError};
use answer::{Answer, date, retry_after};
use clock::Clock;
use endpoint::is_loopback;
use jiff::SignedDuration;
use patience::{Lost, Patience, Repeat, Verdict};
use pause::Pause;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, redirect, retry};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use token::AccessToken;
use tokio::sync::{Semaphore, watch};
use url::Url;
use zeroize::Zeroizing;

pub mod answer;
pub mod challenge;
pub mod clock;
pub mod doubt;
pub mod endpoint;
pub mod patience;
mod pause;
pub mod token;

/// Reads what a service's answer says about itself.
pub type ReadFacts = fn(&Answer) -> CallFacts;

/// More than a page of 999 people or the largest photo; a larger answer isn't one of ours.
const BODY_LIMIT_BYTES: usize = 16 * 1024 * 1024;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const RETURN_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("return-client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The login endpoint's name for the same.
const MS_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// One request.
pub struct Call {
    /// For the log.
    pub name: &'static str,
    pub method: Method,
    pub url: Url,
    pub payload: Payload,
    pub repeat: Repeat,
    /// What the service wants besides.
    pub extra: Option<(HeaderName, HeaderValue)>,
}

pub enum Payload {
    None,
    Json(Vec<u8>),
    /// Form-encoded; may hold a client secret.
    Form(Zeroizing<String>),
}

impl Call {
    pub fn get(name: &'static str, url: Url) -> Self {
        Self {
            name,
            method: Method::GET,
            url,
            payload: Payload::None,
            repeat: Repeat::Freely,
            extra: None,
        }
    }

    /// Removing twice removes once.
    pub fn delete(name: &'static str, url: Url) -> Self {
        Self { method: Method::DELETE, repeat: Repeat::SameAgain, ..Self::get(name, url) }
    }

    pub fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { extra: Some((name, value)), ..self }
    }
}

/// How long to wait, and how often to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For one whole answer.
    pub answer: Duration,
    /// First wait where the service names none; doubles up to `backoff_cap`.
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// All waits of one call together; a longer one ends it.
    pub patience: Duration,
    /// Requests of one call, the first included.
    pub tries: u32,
    /// Requests at the same time.
    pub in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            backoff_base: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(60),
            patience: Duration::from_secs(60),
            tries: 5,
            in_flight: 4,
        }
    }
}

/// Connections and the rules all requests obey.
pub struct Http {
    /// Https only, through the system's proxy if there is one.
    remote: Client,
    /// For loopback: plain http allowed, no proxy.
    local: Client,
    gate: Semaphore,
    pause: Pause,
    limits: Limits,
    facts_of: ReadFacts,
    clock: Clock,
}

impl Http {
    /// # Errors
    /// [`DirectoryError::Settings`] when the system's TLS can't be used.
    pub fn new(limits: Limits, facts_of: ReadFacts) -> Result<Self, DirectoryError> {
        let unusable = |error: reqwest::Error| {
            DirectoryError::Settings(format!(
                "this computer's TLS can't be used: {}",
                root_cause(error)
            ))
        };
        // A name server must not be able to point "localhost" at another computer.
        let localhost: [SocketAddr; 2] =
            [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
        Ok(Self {
            remote: client(&limits).https_only(true).build().map_err(unusable)?,
            local: client(&limits)
                .no_proxy()
                .resolve_to_addrs("localhost", &localhost)
                .build()
                .map_err(unusable)?,
            gate: Semaphore::new(limits.in_flight.max(1)),
            pause: Pause::new(),
            limits,
            facts_of,
            clock: Clock::default(),
        })
    }

    /// Sends, waits and repeats as [`Patience`] judges. Any answer that settles the matter is
    /// returned, 4xx included.
    ///
    /// # Errors
    /// `Unreachable`, `Unavailable`, `Throttled`, `AnswerLost`.
    pub async fn send(
        &self,
        call: &Call,
        token: Option<&AccessToken>,
    ) -> Result<Answer, DirectoryError> {
        let mut patience = Patience::new(&self.limits, self.facts_of, call.repeat);
        loop {
            let tried = self.once(call, token, &mut patience).await;
            let outcome = tried.map_err(|error| patience.in_doubt(error))?;
            match patience.judge(outcome, jitter()) {
                Verdict::Take(answer) => return Ok(patience.after_lost(answer)),
                Verdict::GiveUp(error) => {
                    if let DirectoryError::Throttled { resume_in, .. } = error {
                        self.pause.ask(resume_in);
                    }
                    return Err(patience.in_doubt(error));
                }
                Verdict::Pause(wait) => {
                    tracing::info!(
                        call = call.name,
                        wait_ms = wait.as_millis(),
                        "the directory asks to wait"
                    );
                    self.pause.ask(wait);
                }
                Verdict::Wait(wait) => {
                    tracing::info!(
                        call = call.name,
                        wait_ms = wait.as_millis(),
                        "waiting before the next try"
                    );
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// How far this computer's clock was ahead of the service's in the last answer.
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.clock.ahead()
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        self.pause.heard()
    }

    /// One try, once it is its turn and no pause is in the way.
    async fn once(
        &self,
        call: &Call,
        token: Option<&AccessToken>,
        patience: &mut Patience<'_>,
    ) -> Result<Result<Answer, Lost>, DirectoryError> {
        let Ok(_permit) = self.gate.acquire().await else {
            return Ok(Err(Lost::BeforeSending { reason: "the program is closing".into() }));
        };
        loop {
            match self.pause.left() {
                Duration::ZERO => return Ok(self.sent(call, token).await),
                left => tokio::time::sleep(patience.hold(left)?).await,
            }
        }
    }

    async fn sent(&self, call: &Call, token: Option<&AccessToken>) -> Result<Answer, Lost> {
        let id = uuid::Uuid::new_v4().to_string();
        let headers = headers(call, token, &id)?;
        let client = if is_loopback(&call.url) { &self.local } else { &self.remote };
        let request = client.request(call.method.clone(), call.url.clone()).headers(headers);
        let request = match &call.payload {
            Payload::None => request,
            Payload::Json(body) => request.body(body.clone()),
            Payload::Form(body) => request.body(body.as_str().to_owned()),
        };
        let mut sent = match request.send().await {
            Ok(response) => read(response, &id, &self.limits).await,
            Err(error) if error.is_connect() || error.is_builder() => {
                Err(Lost::BeforeSending { reason: root_cause(error) })
            }
            Err(error) => Err(broken(None, &id, reason(error, &self.limits))),
        };
        if let (Ok(answer), Some(token)) = (&mut sent, token) {
            answer.forget(token.expose());
        }
        if let Ok(Answer { date: Some(date), .. }) = &sent {
            self.clock.note(*date, jiff::Timestamp::now());
        }
        match &sent {
            Ok(answer) => self.log(call, answer),
            Err(_) => tracing::warn!(call = call.name, client_request_id = id, "no answer"),
        }
        sent
    }

    fn log(&self, call: &Call, answer: &Answer) {
        let status = answer.status.as_u16();
        if answer.status.is_success() {
            tracing::debug!(call = call.name, status, request_id = answer.request_id, "answered");
            return;
        }
        let facts = (self.facts_of)(answer);
        tracing::warn!(
            call = call.name,
            status,
            code = facts.code,
            request_id = facts.request_id,
            client_request_id = facts.client_request_id,
            "answered with an error"
        );
    }
}

fn client(limits: &Limits) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(concat!("Keydesk/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry the token elsewhere, and none of these services redirects.
        .redirect(redirect::Policy::none())
        // What is repeated is decided in one place.
        .retry(retry::never())
        .connect_timeout(limits.connect)
        .timeout(limits.answer)
}

fn headers(call: &Call, token: Option<&AccessToken>, id: &str) -> Result<HeaderMap, Lost> {
    let mut headers = HeaderMap::new();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
    headers.insert(RETURN_CLIENT_REQUEST_ID, HeaderValue::from_static("true"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, image/*;q=0.9"));
    if let Some((name, value)) = &call.extra {
        headers.insert(name.clone(), value.clone());
    }
    let content_type = match call.payload {
        Payload::None => None,
        Payload::Json(_) => Some("application/json"),
        Payload::Form(_) => Some("application/x-www-form-urlencoded"),
    };
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some(token) = token {
        let unusable = || Lost::BeforeSending { reason: "the access token can't be sent".into() };
        headers.insert(AUTHORIZATION, token.header().ok_or_else(unusable)?);
    }
    Ok(headers)
}

async fn read(mut response: Response, id: &str, limits: &Limits) -> Result<Answer, Lost> {
    let status = response.status();
    let header = |name: &HeaderName| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.chars().take(100).collect::<Box<str>>())
    };
    let mut answer = Answer {
        status,
        request_id: header(&REQUEST_ID).or_else(|| header(&MS_REQUEST_ID)),
        client_request_id: Some(id.into()),
        retry_after: retry_after(response.headers(), jiff::Timestamp::now()),
        challenge: challenge::claims_of(response.headers()),
        date: date(response.headers()),
        ..Answer::default()
    };
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(answer),
            Ok(Some(chunk)) if answer.body.len() + chunk.len() <= BODY_LIMIT_BYTES => {
                answer.body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(broken(Some(status), id, "the answer is too large".into())),
            Err(error) => return Err(broken(Some(status), id, reason(error, limits))),
        }
    }
}

fn broken(status: Option<StatusCode>, id: &str, message: String) -> Lost {
    Lost::AfterSending {
        facts: CallFacts {
            status: status.map(|status| status.as_u16()),
            message: Some(message.into()),
            client_request_id: Some(id.into()),
            ..CallFacts::default()
        },
    }
}

fn reason(error: reqwest::Error, limits: &Limits) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", limits.answer.as_secs_f32());
    }
    format!("the connection broke: {}", root_cause(error))
}

/// The deepest cause: the one that says something. Never the address, which may name a person.
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// 0 to 1; without random numbers, the middle.
pub fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}
