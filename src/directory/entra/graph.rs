//! Graph's manners: the bearer token, repetition on 401, paging, and what a status means.

use super::super::DirectoryError;
use super::super::http::answer::{Answer, without_secret};
use super::super::http::endpoint::Base;
use super::super::http::token::AccessToken;
use super::super::http::{Call, Http};
use super::super::openid::Demand;
use super::answer::facts_of;
use super::token::Tokens;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Instant;
use tokio::sync::watch;
use url::Url;

/// More pages than the largest tenant has; ends a list that goes in circles.
const PAGES: usize = 2000;

pub(super) struct Graph {
    pub(super) http: Http,
    tokens: Tokens,
    pub(super) base: Base,
}

#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Graph {
    pub(super) fn new(http: Http, tokens: Tokens, base: Base) -> Self {
        Self { http, tokens, base }
    }

    /// An address of Graph v1.0.
    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, DirectoryError> {
        let mut path = vec!["v1.0"];
        path.extend(segments);
        self.base.at(&path)
    }

    /// Whether nobody is signed in but the application.
    pub(super) fn is_application(&self) -> bool {
        self.tokens.operator().is_none()
    }

    pub(super) fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        self.http.pauses()
    }

    /// Signs in, unless that has been done.
    pub(super) async fn sign_in(&self) -> Result<(), DirectoryError> {
        self.tokens.get(&self.http).await.map(drop)
    }

    /// Sends and takes a 2xx. `permission` is told when it is missing.
    pub(super) async fn send(
        &self,
        call: &Call,
        permission: &'static str,
    ) -> Result<Answer, DirectoryError> {
        let token = self.tokens.get(&self.http).await?;
        let answer = self.http.send(call, Some(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return self.accept(answer, permission, &token);
        }
        let challenge = answer.challenge.as_deref();
        let token = self.tokens.replace(&self.http, &token, challenge).await?;
        let answer = self.http.send(call, Some(&token)).await?;
        match (self.tokens.operator(), &answer.challenge) {
            (Some(operator), Some(claims)) if answer.status == StatusCode::UNAUTHORIZED => {
                // The call waits here while the operator signs in again, and then goes on.
                let token = operator.replace(&token, Demand::Person(claims)).await?;
                self.accept(self.http.send(call, Some(&token)).await?, permission, &token)
            }
            _ => self.accept(answer, permission, &token),
        }
    }

    /// Sends and reads the JSON of the answer.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        call: &Call,
        permission: &'static str,
    ) -> Result<T, DirectoryError> {
        let answer = self.send(call, permission).await?;
        answer.json().map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(&answer) })
    }

    /// Reads a list page by page until there are `limit` items or no more pages.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        mut call: Call,
        permission: &'static str,
        limit: usize,
    ) -> Result<Vec<T>, DirectoryError> {
        let mut items = Vec::new();
        for _ in 0..PAGES {
            let page: Page<T> = self.read(&call, permission).await?;
            items.extend(page.value);
            let Some(next) = page.next.filter(|_| items.len() < limit) else {
                items.truncate(limit);
                return Ok(items);
            };
            call.url = self
                .base
                .follow(&next)
                .ok_or_else(|| garbled("the next page is at another address"))?;
        }
        Err(garbled("the list does not end"))
    }

    fn accept(
        &self,
        answer: Answer,
        permission: &'static str,
        token: &AccessToken,
    ) -> Result<Answer, DirectoryError> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let mut facts = without_secret(facts_of(&answer), token.expose());
        facts.signer = self.tokens.signer();
        Err(match answer.status {
            StatusCode::UNAUTHORIZED => DirectoryError::Unauthorized(facts),
            StatusCode::FORBIDDEN => {
                facts.permission = Some(permission);
                DirectoryError::Forbidden(facts)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => DirectoryError::NotFound(facts),
            _ => DirectoryError::Refused(facts),
        })
    }
}

fn garbled(reason: &str) -> DirectoryError {
    DirectoryError::Garbled { reason: reason.to_owned(), facts: Default::default() }
}
