//! Graph's manners: the bearer token, repetition on 401, paging, and what a status means.

use super::super::http::answer::{Answer, without_secret};
use super::super::http::doubt::Doubt;
use super::super::http::endpoint::Base;
use super::super::http::token::AccessToken;
use super::super::http::{Call, Http};
use super::super::openid::Demand;
use super::super::{CallFacts, DirectoryError};
use super::answer::facts_of;
use super::token::Tokens;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use url::Url;

/// More pages than the largest tenant has; ends a list that goes in circles.
pub(super) const PAGES: usize = 2000;

pub(super) struct Graph {
    pub(super) http: Http,
    tokens: Tokens,
    pub(super) base: Base,
}

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(rename = "@odata.count")]
    pub(super) total: Option<usize>,
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

    /// An address of Graph beta.
    pub(super) fn beta(&self, segments: &[&str]) -> Result<Url, DirectoryError> {
        self.base.at(&[&["beta"], segments].concat())
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

    /// What the sign-in was told it gives, if that was said: an operator is told.
    pub(super) async fn scope(&self) -> Result<Option<String>, DirectoryError> {
        let token = self.tokens.get(&self.http).await?;
        Ok(token.scope().map(str::to_owned))
    }

    /// Sends and takes a 2xx. `permission` is told when it is missing.
    pub(super) async fn send(
        &self,
        call: &Call,
        permission: &'static str,
    ) -> Result<Answer, DirectoryError> {
        self.exchange(call, permission).await.map(|(answer, _)| answer)
    }

    /// As [`Graph::send`], and with which token it was.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        permission: &'static str,
    ) -> Result<(Answer, Arc<AccessToken>), DirectoryError> {
        let mut doubt = Doubt::default();
        let exchanged = self.with_tokens(call, permission, &mut doubt).await;
        exchanged.map_err(|error| doubt.in_doubt(error))
    }

    async fn with_tokens(
        &self,
        call: &Call,
        permission: &'static str,
        doubt: &mut Doubt,
    ) -> Result<(Answer, Arc<AccessToken>), DirectoryError> {
        let token = self.tokens.get(&self.http).await?;
        let answer = doubt.heed(self.http.send(call, Some(&token)).await?);
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok((self.accept(answer, permission, &token)?, token));
        }
        let challenge = answer.challenge.as_deref();
        let token = self.tokens.replace(&self.http, &token, challenge).await?;
        let answer = doubt.heed(self.http.send(call, Some(&token)).await?);
        match (self.tokens.operator(), &answer.challenge) {
            (Some(operator), Some(claims)) if answer.status == StatusCode::UNAUTHORIZED => {
                // The call waits here while the operator signs in again, and then goes on.
                let token = operator.replace(&token, Demand::Person(claims)).await?;
                let answer = doubt.heed(self.http.send(call, Some(&token)).await?);
                Ok((self.accept(answer, permission, &token)?, token))
            }
            _ => Ok((self.accept(answer, permission, &token)?, token)),
        }
    }

    /// Another token in place of one that was refused inside a batch; `challenge` says what that
    /// one lacked.
    pub(super) async fn renew(
        &self,
        refused: &Arc<AccessToken>,
        challenge: Option<&str>,
    ) -> Result<(), DirectoryError> {
        self.tokens.replace(&self.http, refused, challenge).await.map(drop)
    }

    /// As [`Graph::renew`], by the operator, who is asked for what the renewed one lacked.
    pub(super) async fn ask_operator(
        &self,
        refused: &Arc<AccessToken>,
        challenge: &str,
    ) -> Result<(), DirectoryError> {
        match self.tokens.operator() {
            Some(operator) => operator.replace(refused, Demand::Person(challenge)).await.map(drop),
            None => self.renew(refused, Some(challenge)).await,
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
            let page: Page<T> = self.page(&call, permission).await?;
            items.extend(page.value);
            let Some(next) = page.next.filter(|_| items.len() < limit) else {
                items.truncate(limit);
                return Ok(items);
            };
            call.url = self.follow(&next)?;
        }
        Err(garbled("the list does not end"))
    }

    /// Reads one page of a list.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        call: &Call,
        permission: &'static str,
    ) -> Result<Page<T>, DirectoryError> {
        self.read(call, permission).await
    }

    /// The address of a next page.
    pub(super) fn follow(&self, next: &str) -> Result<Url, DirectoryError> {
        self.base.follow(next).ok_or_else(|| garbled("the next page is at another address"))
    }

    /// The same below the version's root, as a batch wants it.
    pub(super) fn follow_inside(&self, next: &str) -> Result<String, DirectoryError> {
        let (url, root) = (self.follow(next)?, self.url(&[])?);
        let path = url.path().strip_prefix(root.path()).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| garbled("the next page is at another address"))?;
        Ok(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        })
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
        let facts = without_secret(facts_of(&answer), token.expose());
        Err(self.refusal(answer.status, facts, permission))
    }

    /// What a status that is no success means. `permission` is told when it is missing.
    pub(super) fn refusal(
        &self,
        status: StatusCode,
        mut facts: CallFacts,
        permission: &'static str,
    ) -> DirectoryError {
        facts.signer = self.tokens.signer();
        match status {
            StatusCode::UNAUTHORIZED => DirectoryError::Unauthorized(facts),
            StatusCode::FORBIDDEN => {
                facts.permission = Some(permission);
                DirectoryError::Forbidden(facts)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => DirectoryError::NotFound(facts),
            _ => DirectoryError::Refused(facts),
        }
    }
}

pub(super) fn garbled(reason: &str) -> DirectoryError {
    DirectoryError::Garbled { reason: reason.to_owned(), facts: Default::default() }
}
