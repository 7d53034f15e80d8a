//! Signed requests, and what refuses them.

use super::NAME;
use super::sign::{Signed, date, parameters};
use crate::directory::CallFacts;
use crate::directory::http::answer::{Answer, line, without_secret};
use crate::directory::http::endpoint::Base;
use crate::directory::http::patience::Repeat;
use crate::directory::http::token::{AccessToken, Scheme};
use crate::directory::http::{Call, Http, Limits, Payload};
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::wire::{base, facts, failed, refused};
use crate::settings::DuoSettings;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::header::{DATE, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

/// A request that is dated too far from the service's own time.
const BAD_TIME: &str = "40105";

pub(super) struct Api {
    http: Http,
    base: Base,
    integration_key: String,
    secret: SecretText,
}

#[derive(Deserialize)]
struct WireReply<T> {
    response: T,
}

#[derive(Default, Deserialize)]
struct WireError {
    code: Option<u32>,
    message: Option<String>,
    message_detail: Option<String>,
}

impl Api {
    pub(super) fn new(
        settings: &DuoSettings,
        secret: SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        let integration_key = settings.integration_key.trim().to_owned();
        if integration_key.is_empty() {
            let reason = "the integration key is missing".into();
            return Err(ServiceError::Settings { service: NAME, reason });
        }
        let http = Http::new(limits, facts_of).map_err(|error| failed(NAME, error))?;
        Ok(Self { http, base: base(NAME, &settings.url)?, integration_key, secret })
    }

    pub(super) fn clock_ahead(&self) -> Option<SignedDuration> {
        self.http.clock_ahead()
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        name: &'static str,
        what: &str,
        given: &[(&str, &str)],
    ) -> Result<T, ServiceError> {
        let given = parameters(given);
        let mut url = self.url(what)?;
        let signed = self.signed(&url, &Method::GET, &given);
        if !given.is_empty() {
            url.set_query(Some(&given));
        }
        let answer = self.send(Call::get(name, url), signed).await?;
        let reply: WireReply<T> = answer.expect().map_err(|error| failed(NAME, error))?;
        Ok(reply.response)
    }

    /// Once; an answer that can't be read leaves it open what it did.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        name: &'static str,
        what: &str,
        given: &[(&str, &str)],
    ) -> Result<T, ServiceError> {
        let given = parameters(given);
        let url = self.url(what)?;
        let signed = self.signed(&url, &Method::POST, &given);
        let call = Call {
            method: Method::POST,
            payload: Payload::Form(Zeroizing::new(given)),
            repeat: Repeat::OnlyAfterRefusal,
            ..Call::get(name, url)
        };
        let answer = self.send(call, signed).await?;
        let reply: Result<WireReply<T>, String> = answer.json();
        let lost = |_| {
            let facts = facts(answer.facts());
            ServiceError::AnswerLost { service: NAME, facts }
        };
        reply.map(|reply| reply.response).map_err(lost)
    }

    fn url(&self, what: &str) -> Result<Url, ServiceError> {
        self.base.at(&["auth", "v2", what]).map_err(|error| failed(NAME, error))
    }

    /// Date and signature of a request.
    fn signed(&self, url: &Url, method: &Method, given: &str) -> (String, Zeroizing<String>) {
        let date = date(Timestamp::now());
        let host = match (url.host_str().unwrap_or_default(), url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let signed = Signed {
            date: &date,
            method: method.as_str(),
            host: &host,
            path: url.path(),
            parameters: given,
        };
        let header = signed.header(&self.integration_key, self.secret.expose());
        (date, header)
    }

    async fn send(
        &self,
        call: Call,
        (date, signature): (String, Zeroizing<String>),
    ) -> Result<Answer, ServiceError> {
        let unusable = || {
            let reason = "the integration key can't be sent".into();
            ServiceError::Settings { service: NAME, reason }
        };
        let date = HeaderValue::from_str(&date).map_err(|_| unusable())?;
        let signature = AccessToken::new(signature, Scheme::Bare).ok_or_else(unusable)?;
        let call = call.with(DATE, date);
        let answer = self.http.send(&call, Some(&signature)).await;
        let answer = answer.map_err(|error| failed(NAME, error))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let told = facts(without_secret(facts_of(&answer), self.secret.expose()));
        match told.code.as_deref() {
            Some(BAD_TIME) => Err(ServiceError::Clock { service: NAME, facts: told }),
            _ => Err(refused(NAME, &answer, told)),
        }
    }
}

fn facts_of(answer: &Answer) -> CallFacts {
    let told: WireError = answer.json().unwrap_or_default();
    let message = match (told.message, told.message_detail) {
        (Some(message), Some(detail)) => Some(format!("{message}: {detail}")),
        (message, detail) => message.or(detail),
    };
    CallFacts {
        code: told.code.map(|code| code.to_string().into()),
        message: message.as_deref().and_then(line),
        ..answer.facts()
    }
}
