//! The administrator's sign-in, one repetition on 401, and what is sent with every call.

use super::super::http::answer::{Answer, without_secret};
use super::super::http::doubt::Doubt;
use super::super::http::endpoint::{Base, with_query};
use super::super::http::patience::Repeat;
use super::super::http::token::{AccessToken, Scheme, TokenCache};
use super::super::http::{Call, Http, Payload};
use super::super::{CallFacts, DirectoryError};
use super::reply::{NoDetail, Reply, facts_of, missing, refusal};
use crate::secrets::SecretText;
use crate::webauthn::base64url;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// Room for the sign-in form, so that the password isn't left behind by a growing buffer.
const FORM_BYTES: usize = 4 * 1024;
const ADMINISTRATOR: &str = "admin";

pub(super) struct Api {
    http: Http,
    pub(super) base: Base,
    pub(super) realm: String,
    operator: String,
    password: SecretText,
    cache: TokenCache,
}

/// Who signed in, and what they may do.
pub(super) struct SignedIn {
    token: AccessToken,
    life: Duration,
    pub(super) rights: Vec<String>,
}

#[derive(Deserialize)]
struct WireSignIn {
    token: String,
    role: String,
    #[serde(default)]
    rights: Vec<String>,
}

/// The claims of a token that are read.
#[derive(Deserialize)]
struct WireClaims {
    /// Seconds since 1970 by the server's clock.
    exp: f64,
}

impl Api {
    pub(super) fn new(
        http: Http,
        base: Base,
        realm: String,
        operator: String,
        password: SecretText,
    ) -> Self {
        Self { http, base, realm, operator, password, cache: TokenCache::default() }
    }

    pub(super) fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        self.http.pauses()
    }

    pub(super) fn url(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, DirectoryError> {
        let mut url = self.base.at(segments)?;
        // A list's address ends with a slash; without it the server redirects.
        if matches!(segments, [_]) {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(if query.is_empty() { url } else { with_query(url, query) })
    }

    /// Sends and takes a 2xx. `right` is told when it is missing.
    pub(super) async fn send(
        &self,
        call: &Call,
        right: &'static str,
    ) -> Result<Answer, DirectoryError> {
        let mut doubt = Doubt::default();
        let sent = self.with_tokens(call, right, &mut doubt).await;
        sent.map_err(|error| doubt.in_doubt(error))
    }

    async fn with_tokens(
        &self,
        call: &Call,
        right: &'static str,
        doubt: &mut Doubt,
    ) -> Result<Answer, DirectoryError> {
        let token = self.token(None).await?;
        let answer = doubt.heed(self.http.send(call, Some(&token)).await?);
        if answer.status != StatusCode::UNAUTHORIZED {
            return accept(answer, right, &token);
        }
        let token = self.token(Some(&token)).await?;
        let answer = doubt.heed(self.http.send(call, Some(&token)).await?);
        accept(answer, right, &token)
    }

    /// Sends a GET and reads the value of the answer.
    pub(super) async fn read<V: DeserializeOwned>(
        &self,
        name: &'static str,
        url: Url,
        right: &'static str,
    ) -> Result<V, DirectoryError> {
        let answer = self.send(&Call::get(name, url), right).await?;
        Reply::<V, NoDetail>::of(&answer)?.value(&answer)
    }

    /// Signs in anew, whatever is in hand.
    pub(super) async fn sign_in(&self) -> Result<SignedIn, DirectoryError> {
        let call = Call {
            method: Method::POST,
            payload: Payload::Form(self.form()),
            ..Call::get("sign-in", self.base.at(&["auth"])?)
        };
        let answer = self.http.send(&call, None).await?;
        let facts = without_secret(facts_of(&answer), self.password.expose());
        if !answer.status.is_success() {
            return Err(sign_in_refused(facts));
        }
        let reply = Reply::<WireSignIn, NoDetail>::of(&answer).map_err(|error| match error {
            DirectoryError::Refused(_) => sign_in_refused(facts.clone()),
            other => other,
        })?;
        let now = reply.time;
        let granted = reply.value(&answer)?;
        if granted.role != ADMINISTRATOR {
            return Err(sign_in_refused(CallFacts {
                message: Some("the account is no administrator's".into()),
                ..facts
            }));
        }
        let life = life(&granted.token, now);
        let token = AccessToken::new(Zeroizing::new(granted.token), Scheme::Bare);
        let token = token.ok_or_else(|| missing("usable token", &answer))?;
        Ok(SignedIn { token, life, rights: granted.rights })
    }

    fn form(&self) -> Zeroizing<String> {
        let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
        form.append_pair("username", &self.operator)
            .append_pair("password", self.password.expose());
        Zeroizing::new(form.finish())
    }

    async fn token(
        &self,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        let fetch = async {
            let SignedIn { token, life, .. } = self.sign_in().await?;
            Ok((token, life))
        };
        self.cache.get(refused, fetch).await
    }
}

/// A POST with a form; each pair is sent as it is.
pub(super) fn post(name: &'static str, url: Url, form: &[(&str, &str)], repeat: Repeat) -> Call {
    let form = Serializer::new(String::new()).extend_pairs(form).finish();
    Call {
        method: Method::POST,
        payload: Payload::Form(Zeroizing::new(form)),
        repeat,
        ..Call::get(name, url)
    }
}

fn accept(
    answer: Answer,
    right: &'static str,
    token: &AccessToken,
) -> Result<Answer, DirectoryError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let facts = without_secret(facts_of(&answer), token.expose());
    Err(refusal(&answer, right, facts))
}

fn sign_in_refused(facts: CallFacts) -> DirectoryError {
    let code = match (&facts.code, facts.status) {
        (Some(code), _) => code.to_string(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => "refused".to_owned(),
    };
    DirectoryError::SignIn { code, number: None, facts }
}

/// How long a token lives from now on by the server's own clock; nothing where it doesn't say,
/// so that such a token serves one call.
fn life(token: &str, now_s: f64) -> Duration {
    let claims = token.split('.').nth(1).and_then(base64url::decode_any);
    let claims: Option<WireClaims> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    claims
        .and_then(|claims| Duration::try_from_secs_f64(claims.exp - now_s).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokens_life_is_counted_by_the_servers_clock() {
        let token = |claims: &str| format!("x.{}.y", base64url::encode(claims.as_bytes()));
        assert_eq!(
            life(&token(r#"{"exp":1600,"role":"admin"}"#), 1000.5),
            Duration::from_millis(599_500)
        );
        assert_eq!(life(&token(r#"{"exp":1000}"#), 1600.0), Duration::ZERO);
        for odd in ["", "a.b", "a.b.c", &token("{}"), &token(r#"{"exp":"soon"}"#)] {
            assert_eq!(life(odd, 0.0), Duration::ZERO, "{odd}");
        }
    }
}
