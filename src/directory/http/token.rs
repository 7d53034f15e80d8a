//! An access token: fetched once for all who wait, kept, renewed before it lapses.

use super::super::DirectoryError;
use reqwest::header::HeaderValue;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// Renewed this long before it lapses, or at half its life when that is shorter.
const MARGIN: Duration = Duration::from_secs(300);

/// The longest life that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What the header `Authorization` says. Can't be printed; wiped when dropped. Never read, only
/// sent.
pub struct AccessToken {
    token: Zeroizing<String>,
    scheme: Scheme,
    scope: Option<String>,
}

/// How the header writes the token.
#[derive(Clone, Copy)]
pub enum Scheme {
    /// After the word `Bearer` (RFC 6750, 2.1).
    Bearer,
    /// By itself.
    Bare,
}

impl AccessToken {
    /// `None` for a text that can't be sent in a header.
    pub fn new(token: Zeroizing<String>, scheme: Scheme) -> Option<Self> {
        let token = Self { token, scheme, scope: None };
        token.header().is_some().then_some(token)
    }

    /// With what the service said it gives (RFC 6749, 5.1).
    pub fn giving(self, scope: Option<String>) -> Self {
        Self { scope, ..self }
    }

    /// What the service said it gives; not every service does.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    pub fn header(&self) -> Option<HeaderValue> {
        let bearer;
        let text = match self.scheme {
            Scheme::Bearer => {
                bearer = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
                &bearer
            }
            Scheme::Bare => &self.token,
        };
        let mut value = HeaderValue::from_str(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// For taking it out of texts.
    pub fn expose(&self) -> &str {
        &self.token
    }
}

/// The token in hand.
#[derive(Default)]
pub struct TokenCache {
    /// Fetches so far; tells a waiter that another one has just failed for all.
    fetches: AtomicU64,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<(Arc<AccessToken>, Instant)>,
    failure: Option<DirectoryError>,
}

impl TokenCache {
    /// With a token that has just been issued.
    pub fn holding(token: AccessToken, life: Duration) -> Self {
        let held = Held { token: Some(issued(token, life)), failure: None };
        Self { fetches: AtomicU64::default(), held: Mutex::new(held) }
    }

    /// Takes a token that has just been issued in place of the one in hand. While one is being
    /// fetched that one comes anyway.
    pub fn put(&self, token: AccessToken, life: Duration) {
        if let Ok(mut held) = self.held.try_lock() {
            held.token = Some(issued(token, life));
        }
    }

    /// The token in hand unless it is the one that was just refused, or a fresh one. All who ask
    /// while one is fetched get that one, or its failure.
    ///
    /// # Errors
    /// Those of `fetch`, which gives a token and how long it lives; it is polled only when one
    /// is needed.
    pub async fn get(
        &self,
        refused: Option<&Arc<AccessToken>>,
        fetch: impl Future<Output = Result<(AccessToken, Duration), DirectoryError>>,
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
        let outcome = fetch.await;
        self.fetches.fetch_add(1, Ordering::SeqCst);
        held.failure = outcome.as_ref().err().cloned();
        let (token, life) = outcome?;
        let issued = issued(token, life);
        let token = Arc::clone(&issued.0);
        held.token = Some(issued);
        Ok(token)
    }
}

/// The token, and when to renew it.
fn issued(token: AccessToken, life: Duration) -> (Arc<AccessToken>, Instant) {
    (Arc::new(token), Instant::now() + renew_after(life))
}

fn renew_after(life: Duration) -> Duration {
    let life = life.min(LONGEST);
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
        assert_eq!(renew_after(Duration::MAX), s(24 * 60 * 60 - 300));
    }

    #[test]
    fn a_token_that_is_no_header_is_not_sent() {
        let token = |text: &str, scheme| AccessToken::new(Zeroizing::new(text.into()), scheme);
        assert!(token("a\r\nEvil: 1", Scheme::Bearer).is_none());
        let header = |scheme| token("abc", scheme).unwrap().header().unwrap();
        assert!(header(Scheme::Bearer).is_sensitive() && header(Scheme::Bare).is_sensitive());
        assert_eq!(
            (header(Scheme::Bearer), header(Scheme::Bare)),
            ("Bearer abc".parse().unwrap(), "abc".parse().unwrap())
        );
    }
}
