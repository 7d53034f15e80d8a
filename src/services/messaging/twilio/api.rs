//! One account's requests, and what refuses them.

use super::code_group::{self, TOO_MANY_SENDS};
use crate::directory::CallFacts;
use crate::directory::http::answer::{Answer, line, without_secret};
use crate::directory::http::endpoint::{Base, with_query};
use crate::directory::http::patience::Repeat;
use crate::directory::http::token::{AccessToken, Scheme};
use crate::directory::http::{Call, Http, Limits, Payload};
use crate::secrets::SecretText;
use crate::services::wire::{base, facts, failed, refused};
use crate::services::{ServiceError, ServiceFacts};
use crate::settings::TwilioSettings;
use base64::Engine;
use jiff::SignedDuration;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// How long a number that got too many codes gets no more.
const SENDS_AGAIN_IN: Duration = Duration::from_secs(600);

pub(super) struct Api {
    service: &'static str,
    http: Http,
    base: Base,
    account_sid: String,
    secret: SecretText,
    signer: AccessToken,
}

#[derive(Default, Deserialize)]
struct WireError {
    code: Option<u32>,
    message: Option<String>,
}

impl Api {
    /// Of the API at this address.
    pub(super) fn new(
        service: &'static str,
        settings: &TwilioSettings,
        address: &str,
        (secret, limits): (SecretText, Limits),
    ) -> Result<Self, ServiceError> {
        let wrong = |reason: &str| ServiceError::Settings { service, reason: reason.to_owned() };
        let account_sid = settings.account_sid.trim().to_owned();
        if account_sid.is_empty() {
            return Err(wrong("the account SID is missing"));
        }
        let user = settings.api_key_sid.as_deref().map(str::trim).filter(|sid| !sid.is_empty());
        let user = user.unwrap_or(&account_sid);
        let signer = basic(user, secret.expose()).ok_or_else(|| wrong("it can't be sent"))?;
        let http = Http::new(limits, facts_of).map_err(|error| failed(service, error))?;
        Ok(Self { service, http, base: base(service, address)?, account_sid, secret, signer })
    }

    pub(super) fn service(&self) -> &'static str {
        self.service
    }

    pub(super) fn account_sid(&self) -> &str {
        &self.account_sid
    }

    pub(super) fn clock_ahead(&self) -> Option<SignedDuration> {
        self.http.clock_ahead()
    }

    /// Reads one thing.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        name: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ServiceError> {
        let url = self.url(path)?;
        let url = if query.is_empty() { url } else { with_query(url, query) };
        let answer = self.send(Call::get(name, url)).await?;
        answer.expect().map_err(|error| failed(self.service, error))
    }

    /// Changes something, once. An answer that can't be read leaves it open what was done.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        name: &'static str,
        path: &[&str],
        form: Zeroizing<String>,
    ) -> Result<T, ServiceError> {
        let call = Call {
            method: Method::POST,
            payload: Payload::Form(form),
            repeat: Repeat::OnlyAfterRefusal,
            ..Call::get(name, self.url(path)?)
        };
        let answer = self.send(call).await?;
        answer.json().map_err(|_| {
            let facts = facts(answer.facts());
            ServiceError::AnswerLost { service: self.service, facts }
        })
    }

    /// Removes something; what is gone already is no error.
    pub(super) async fn remove(
        &self,
        name: &'static str,
        path: &[&str],
    ) -> Result<(), ServiceError> {
        let call = Call::delete(name, self.url(path)?);
        match self.send(call).await {
            Ok(_) | Err(ServiceError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn url(&self, path: &[&str]) -> Result<Url, ServiceError> {
        self.base.at(path).map_err(|error| failed(self.service, error))
    }

    async fn send(&self, call: Call) -> Result<Answer, ServiceError> {
        let service = self.service;
        match self.http.send(&call, Some(&self.signer)).await {
            Ok(answer) if answer.status.is_success() => Ok(answer),
            Ok(answer) => {
                let told = without_secret(facts_of(&answer), self.secret.expose());
                Err(meant(service, &answer, facts(told)))
            }
            Err(error) => Err(later(failed(service, error))),
        }
    }
}

/// Too many codes to one number are over when their ten minutes are, whatever is answered.
fn later(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Throttled { service, facts, .. }
            if facts.code.as_deref() == Some(TOO_MANY_SENDS) =>
        {
            ServiceError::Throttled { service, resume_in: SENDS_AGAIN_IN, facts }
        }
        other => other,
    }
}

/// A refusal, by its code's group before its status.
fn meant(service: &'static str, answer: &Answer, facts: ServiceFacts) -> ServiceError {
    let code = facts.code.as_deref().and_then(|code| code.parse().ok());
    match code.and_then(code_group::of) {
        Some(why) => ServiceError::NotText { service, why, facts },
        None => refused(service, answer, facts),
    }
}

fn facts_of(answer: &Answer) -> CallFacts {
    let told: WireError = answer.json().unwrap_or_default();
    CallFacts {
        code: told.code.map(|code| code.to_string().into()),
        message: told.message.as_deref().and_then(line),
        ..answer.facts()
    }
}

fn basic(user: &str, secret: &str) -> Option<AccessToken> {
    let pair = Zeroizing::new(format!("{user}:{secret}"));
    let pair = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_str()));
    AccessToken::new(Zeroizing::new(format!("Basic {}", pair.as_str())), Scheme::Bare)
}
