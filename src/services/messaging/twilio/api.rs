//! One account: its credentials, its addresses, and how its errors are read.

use super::codes;
use crate::directory::CallFacts;
use crate::directory::http::answer::{Answer, without_secret};
use crate::directory::http::endpoint::{Base, with_query};
use crate::directory::http::patience::Repeat;
use crate::directory::http::token::{AccessToken, Scheme};
use crate::directory::http::{Call, Http, Limits, Payload};
use crate::secrets::SecretText;
use crate::services::wire::{base, facts, failed, refused};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::TwilioSettings;
use base64::Engine;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// Room for a form, so that a code isn't left behind by a growing buffer.
const FORM_BYTES: usize = 8 * 1024;

pub(super) struct Api {
    pub service: &'static str,
    /// Its calls are about texts: error numbers then tell why one was not sent.
    texts: bool,
    http: Http,
    base: Base,
    token: AccessToken,
    secret: SecretText,
}

/// Error bodies of every product.
#[derive(Default, Deserialize)]
struct WireError {
    code: Option<u32>,
    message: Option<String>,
}

impl Api {
    /// `url` is one of the account's two addresses; `texts` whether calls are about texts.
    pub(super) fn new(
        service: &'static str,
        settings: &TwilioSettings,
        secret: &SecretText,
        (url, texts): (&str, bool),
    ) -> Result<Self, ServiceError> {
        if settings.account_sid.trim().is_empty() {
            let reason = "the account's SID is missing".into();
            return Err(ServiceError::Settings { service, reason });
        }
        let user = settings.api_key_sid.as_deref().unwrap_or(&settings.account_sid);
        let pair = Zeroizing::new(format!("{user}:{}", secret.expose()));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        let header = Zeroizing::new(format!("Basic {encoded}"));
        let token = AccessToken::new(header, Scheme::Bare).ok_or_else(|| {
            let reason = "the secret can't be sent".into();
            ServiceError::Settings { service, reason }
        })?;
        let http = Http::new(limits(), facts_of).map_err(|error| failed(service, error))?;
        Ok(Self {
            service,
            texts,
            http,
            base: base(service, url)?,
            token,
            secret: secret.duplicate(),
        })
    }

    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, ServiceError> {
        self.base.at(segments).map_err(|error| failed(self.service, error))
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        name: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ServiceError> {
        let url = self.url(segments)?;
        let url = if query.is_empty() { url } else { with_query(url, query) };
        self.read(&self.send(&Call::get(name, url)).await?)
    }

    /// Changes something each time: never sent twice after a lost answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        name: &'static str,
        segments: &[&str],
        form: &[(&str, &str)],
    ) -> Result<T, ServiceError> {
        let call = Call {
            method: Method::POST,
            payload: Payload::Form(written(form)),
            repeat: Repeat::OnlyAfterRefusal,
            ..Call::get(name, self.url(segments)?)
        };
        self.read(&self.send(&call).await?)
    }

    pub(super) async fn delete(
        &self,
        name: &'static str,
        segments: &[&str],
    ) -> Result<(), ServiceError> {
        let call = Call { method: Method::DELETE, ..Call::get(name, self.url(segments)?) };
        self.send(&call).await.map(drop)
    }

    async fn send(&self, call: &Call) -> Result<Answer, ServiceError> {
        let answer = self.http.send(call, Some(&self.token)).await;
        let answer = answer.map_err(|error| failed(self.service, error))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let told = facts(without_secret(facts_of(&answer), self.secret.expose()));
        Err(self.refused(&answer, told))
    }

    fn refused(&self, answer: &Answer, facts: ServiceFacts) -> ServiceError {
        let code = facts.code.as_deref().and_then(|code| code.parse().ok());
        match code.filter(|_| self.texts).and_then(codes::not_sent) {
            Some(why) => ServiceError::NotText { service: self.service, why, facts },
            None => refused(self.service, answer, facts),
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, ServiceError> {
        answer.expect().map_err(|error| failed(self.service, error))
    }
}

/// The form as it is sent; it may hold a code.
fn written(form: &[(&str, &str)]) -> Zeroizing<String> {
    let mut body = Serializer::new(String::with_capacity(FORM_BYTES));
    body.extend_pairs(form);
    Zeroizing::new(body.finish())
}

/// An agent waits with somebody on the phone.
fn limits() -> Limits {
    Limits {
        answer: Duration::from_secs(15),
        patience: Duration::from_secs(10),
        ..Limits::default()
    }
}

fn facts_of(answer: &Answer) -> CallFacts {
    let told = answer.json::<WireError>().unwrap_or_default();
    CallFacts {
        code: told.code.map(|code| code.to_string().into()),
        message: told.message.map(Into::into),
        ..answer.facts()
    }
}
