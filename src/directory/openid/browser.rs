//! Sign-in in the browser: authorization code with PKCE, back over a loopback address.

use super::super::http::patience::Repeat;
use super::grant::{self, Shown};
use super::listener::Loopback;
use super::metadata;
use super::redirect::Awaited;
use super::request::{self, Attempt, Authorize};
use super::{LoginService, Proof, SignInError, SignedIn, Wish};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;
use url::Url;

/// A sign-in that waits for the browser. Dropping it cancels: its port is free again.
pub struct BrowserSignIn {
    service: Arc<LoginService>,
    attempt: Attempt,
    wish: Wish,
    url: Url,
    redirect: String,
    loopback: Loopback,
    began_s: i64,
    ends: Instant,
}

pub(super) async fn begin(
    service: Arc<LoginService>,
    wish: &Wish,
) -> Result<BrowserSignIn, SignInError> {
    let there = metadata::metadata(&service).await?;
    let attempt = Attempt::draw()?;
    let loopback = Loopback::open(Awaited {
        state: attempt.state.clone(),
        issuer: there.issuer.clone(),
        issuer_is_named: there.redirects_name_issuer,
    })
    .await?;
    let redirect = format!("http://localhost:{}", loopback.port());
    let asked = Authorize {
        endpoint: &there.authorization,
        client_id: &service.client_id,
        scope: &service.scope,
        redirect: &redirect,
    };
    let url = asked.url(&attempt, wish)?;
    let ends = Instant::now() + service.patience;
    let began_s = Timestamp::now().as_second();
    let wish = wish.clone();
    Ok(BrowserSignIn { service, attempt, wish, url, redirect, loopback, began_s, ends })
}

impl BrowserSignIn {
    /// The address for the browser. It names no secret but the state.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// When the wait ends by itself.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// Waits for the browser, then redeems what it brings.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::TimedOut`] when nobody came back.
    pub async fn finish(mut self) -> Result<SignedIn, SignInError> {
        let came = tokio::time::timeout_at(self.ends.into(), self.loopback.came()).await;
        let outcome = match came {
            Err(_) => Err(SignInError::TimedOut),
            Ok(Err(refused)) => Err(refused),
            Ok(Ok(code)) => self.redeem(&code).await,
        };
        self.loopback.close().await;
        outcome
    }

    async fn redeem(&self, code: &str) -> Result<SignedIn, SignInError> {
        let claims = request::claims(&self.wish.proof)?;
        let scope = request::scopes(&self.service.scope);
        let fields = [
            ("scope", scope.as_str()),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", self.attempt.verifier.as_str()),
            ("claims", claims.as_str()),
        ];
        // A code is good for one time only, and a second time may end what the first one gave.
        let answer =
            grant::post(&self.service, "redeem", &fields, Repeat::OnlyAfterRefusal).await?;
        let shown = Shown {
            nonce: Some(&self.attempt.nonce),
            context: match &self.wish.proof {
                Proof::Context(context) => Some(context),
                _ => None,
            },
            fresh_since_s: (self.wish.proof == Proof::Fresh).then_some(self.began_s),
        };
        grant::signed_in(&self.service, &answer, &shown).await
    }
}
