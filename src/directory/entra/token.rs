//! One access token for Graph: fetched once for all who wait, kept, renewed before it lapses.

use super::super::DirectoryError;
use super::answer::{Answer, facts_of, sign_in_refusal, without_secret};
use super::assertion::{self, Claims};
use super::credential::Credential;
use super::endpoint::Base;
use super::http::{Call, Consistency, Http, Payload};
use super::patience::Repeat;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

const GLOBAL_GRAPH: &str = "https://graph.microsoft.com";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Renewed this long before it lapses, or at half its life when that is shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// Room for a form with an assertion, so that the secret isn't left behind by a growing buffer.
const FORM_BYTES: usize = 8 * 1024;

/// A bearer token. Can't be printed; wiped when dropped. Never read, only sent.
pub(super) struct AccessToken(Zeroizing<String>);

impl AccessToken {
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// For taking it out of texts.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

/// The application's sign-in at one tenant.
pub(super) struct Tokens {
    url: Url,
    client_id: String,
    scope: String,
    credential: Credential,
    /// Fetches so far; tells a waiter that another one has just failed for all.
    fetches: AtomicU64,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<(Arc<AccessToken>, Instant)>,
    failure: Option<DirectoryError>,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: u64,
}

impl Tokens {
    pub(super) fn new(
        login: &Base,
        graph: &Base,
        tenant: &str,
        client_id: String,
        credential: Credential,
    ) -> Result<Self, DirectoryError> {
        // A double on this computer plays the global cloud.
        let resource = if graph.is_loopback() { GLOBAL_GRAPH.to_owned() } else { graph.origin() };
        Ok(Self {
            url: login.at(&[tenant, "oauth2", "v2.0", "token"])?,
            client_id,
            scope: format!("{resource}/.default"),
            credential,
            fetches: AtomicU64::new(0),
            held: Mutex::default(),
        })
    }

    /// The token in hand, or a fresh one. All who ask while one is fetched get that one, or its
    /// failure: many equal requests at once make the service refuse (AADSTS50196).
    ///
    /// # Errors
    /// `SignIn`, `Settings`, `Garbled`, and those of [`Http::send`].
    pub(super) async fn get(&self, http: &Http) -> Result<Arc<AccessToken>, DirectoryError> {
        self.get_other_than(http, None).await
    }

    /// A token other than the one that Graph has just refused.
    pub(super) async fn replace(
        &self,
        http: &Http,
        refused: &Arc<AccessToken>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        self.get_other_than(http, Some(refused)).await
    }

    async fn get_other_than(
        &self,
        http: &Http,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        let fetches_before = self.fetches.load(Ordering::SeqCst);
        let mut held = self.held.lock().await;
        if let Some((token, renew_at)) = &held.token
            && Instant::now() < *renew_at
            && !refused.is_some_and(|refused| Arc::ptr_eq(refused, token))
        {
            return Ok(Arc::clone(token));
        }
        if self.fetches.load(Ordering::SeqCst) != fetches_before
            && let Some(failure) = &held.failure
        {
            return Err(failure.clone());
        }
        held.token = None;
        let outcome = self.fetch(http).await;
        self.fetches.fetch_add(1, Ordering::SeqCst);
        held.failure = outcome.as_ref().err().cloned();
        let (token, life) = outcome?;
        held.token = Some((Arc::clone(&token), Instant::now() + renew_after(life)));
        Ok(token)
    }

    async fn fetch(&self, http: &Http) -> Result<(Arc<AccessToken>, Duration), DirectoryError> {
        let call = Call {
            name: "token",
            method: Method::POST,
            url: self.url.clone(),
            payload: Payload::Form(self.form()?),
            // It changes nothing there.
            repeat: Repeat::Freely,
            consistency: Consistency::Strong,
        };
        let answer = http.send(&call, None).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, &self.credential));
        }
        let grant: Grant = answer
            .json()
            .map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(&answer) })?;
        let token = AccessToken(Zeroizing::new(grant.access_token));
        if token.header().is_none() {
            let reason = "the access token can't be sent in a header".to_owned();
            return Err(DirectoryError::Garbled { reason, facts: facts_of(&answer) });
        }
        Ok((Arc::new(token), Duration::from_secs(grant.expires_in)))
    }

    fn form(&self) -> Result<Zeroizing<String>, DirectoryError> {
        let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope);
        match &self.credential {
            Credential::Secret(secret) => form.append_pair("client_secret", secret.expose()),
            Credential::Certificate { der, key_pkcs8 } => {
                let claims = Claims {
                    audience: self.url.as_str(),
                    client_id: &self.client_id,
                    now_s: jiff::Timestamp::now().as_second(),
                    id: &uuid::Uuid::new_v4().to_string(),
                };
                form.append_pair("client_assertion_type", ASSERTION_TYPE)
                    .append_pair("client_assertion", &assertion::sign(&claims, der, key_pkcs8)?)
            }
        };
        Ok(Zeroizing::new(form.finish()))
    }
}

fn refusal(answer: &Answer, credential: &Credential) -> DirectoryError {
    let facts = match credential {
        Credential::Secret(secret) => without_secret(facts_of(answer), secret.expose()),
        Credential::Certificate { .. } => facts_of(answer),
    };
    sign_in_refusal(answer, facts)
}

fn renew_after(life: Duration) -> Duration {
    life - MARGIN.min(life / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_five_minutes_early_or_at_half_of_a_short_life() {
        let s = Duration::from_secs;
        assert_eq!(renew_after(s(3599)), s(3299));
        assert_eq!(renew_after(s(600)), s(300));
        assert_eq!(renew_after(s(10)), s(5));
        assert_eq!(renew_after(s(0)), s(0));
    }

    #[test]
    fn a_token_that_is_no_header_is_not_sent() {
        assert!(AccessToken(Zeroizing::new("a\r\nEvil: 1".into())).header().is_none());
        assert!(AccessToken(Zeroizing::new("abc".into())).header().unwrap().is_sensitive());
    }
}
