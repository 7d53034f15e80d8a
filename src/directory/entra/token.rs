//! The application's sign-in: one access token for Graph.

use super::super::DirectoryError;
use super::super::http::answer::{Answer, without_secret};
use super::super::http::endpoint::Base;
use super::super::http::patience::Repeat;
use super::super::http::token::{AccessToken, Scheme, TokenCache};
use super::super::http::{Call, Http, Payload};
use super::answer::{facts_of, sign_in_refusal};
use super::assertion::{self, Claims};
use super::credential::Credential;
use reqwest::Method;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

const GLOBAL_GRAPH: &str = "https://graph.microsoft.com";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Room for a form with an assertion, so that the secret isn't left behind by a growing buffer.
const FORM_BYTES: usize = 8 * 1024;

/// The application's sign-in at one tenant.
pub(super) struct Tokens {
    url: Url,
    client_id: String,
    scope: String,
    credential: Credential,
    cache: TokenCache,
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
            cache: TokenCache::default(),
        })
    }

    /// The token in hand, or a fresh one. All who ask while one is fetched get that one, or its
    /// failure: many equal requests at once make the service refuse (AADSTS50196).
    ///
    /// # Errors
    /// `SignIn`, `Settings`, `Garbled`, and those of [`Http::send`].
    pub(super) async fn get(&self, http: &Http) -> Result<Arc<AccessToken>, DirectoryError> {
        self.cache.get(None, self.fetch(http)).await
    }

    /// A token other than the one that Graph has just refused.
    pub(super) async fn replace(
        &self,
        http: &Http,
        refused: &Arc<AccessToken>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        self.cache.get(Some(refused), self.fetch(http)).await
    }

    async fn fetch(&self, http: &Http) -> Result<(AccessToken, Duration), DirectoryError> {
        let call = Call {
            name: "token",
            method: Method::POST,
            url: self.url.clone(),
            payload: Payload::Form(self.form()?),
            // It changes nothing there.
            repeat: Repeat::Freely,
            extra: None,
        };
        let answer = http.send(&call, None).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, &self.credential));
        }
        let grant: Grant = answer.expect()?;
        let token = AccessToken::new(Zeroizing::new(grant.access_token), Scheme::Bearer);
        let token = token.ok_or_else(|| DirectoryError::Garbled {
            reason: "the access token can't be sent in a header".to_owned(),
            facts: answer.facts(),
        })?;
        Ok((token, Duration::from_secs(grant.expires_in)))
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
