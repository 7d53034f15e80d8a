//! Access tokens for Graph: the application's own, or the operator's.

use super::super::http::answer::{Answer, without_secret};
use super::super::http::endpoint::Base;
use super::super::http::patience::Repeat;
use super::super::http::token::{AccessToken, Scheme, TokenCache};
use super::super::http::{Call, Http, Payload};
use super::super::openid::{Demand, OperatorTokens};
use super::super::{DirectoryError, Signer};
use super::answer::{facts_of, sign_in_refusal};
use super::assertion::{self, Claims};
use super::credential::Credential;
use crate::secrets::SecretText;
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

/// Whose tokens Graph is asked with.
pub(super) enum Tokens {
    Application(Box<Application>),
    Operator(Arc<OperatorTokens>),
}

/// The application's sign-in at one tenant.
pub(super) struct Application {
    url: Url,
    client_id: String,
    scope: String,
    proof: Proof,
    cache: TokenCache,
}

/// What the application signs in with; a kept account's password is among it.
enum Proof {
    Secret(SecretText),
    Certificate { der: Vec<u8>, key: Zeroizing<Vec<u8>> },
    Password { user: String, password: SecretText, secret: Option<SecretText> },
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: u64,
    scope: Option<String>,
}

/// What an access token for this Graph is asked for with.
pub(super) fn scope(graph: &Base) -> String {
    // A double on this computer plays the global cloud.
    let resource = if graph.is_loopback() { GLOBAL_GRAPH.to_owned() } else { graph.origin() };
    format!("{resource}/.default")
}

impl Tokens {
    pub(super) fn new(
        login: &Base,
        graph: &Base,
        tenant: &str,
        client_id: String,
        credential: Credential,
    ) -> Result<Self, DirectoryError> {
        let proof = match credential {
            Credential::Operator(tokens) => return Ok(Self::Operator(tokens)),
            Credential::Secret(secret) => Proof::Secret(secret),
            Credential::Certificate { der, key_pkcs8 } => {
                Proof::Certificate { der, key: key_pkcs8 }
            }
            Credential::LegacyPassword { user, password, secret } => {
                Proof::Password { user, password, secret }
            }
        };
        Ok(Self::Application(Box::new(Application {
            url: login.at(&[tenant, "oauth2", "v2.0", "token"])?,
            client_id,
            scope: scope(graph),
            proof,
            cache: TokenCache::default(),
        })))
    }

    /// The operator, where one is signed in.
    pub(super) fn operator(&self) -> Option<&OperatorTokens> {
        match self {
            Self::Application(_) => None,
            Self::Operator(tokens) => Some(tokens),
        }
    }

    /// Who that is.
    pub(super) fn signer(&self) -> Signer {
        match self {
            Self::Application(app) => app.proof.signer(),
            Self::Operator(_) => Signer::Operator,
        }
    }

    /// The token in hand, or a fresh one. All who ask while one is fetched get that one, or its
    /// failure: many equal requests at once make the service refuse (AADSTS50196).
    ///
    /// # Errors
    /// `SignIn`, `Operator`, `Settings`, `Garbled`, and those of [`Http::send`].
    pub(super) async fn get(&self, http: &Http) -> Result<Arc<AccessToken>, DirectoryError> {
        match self {
            Self::Application(app) => app.cache.get(None, app.fetch(http, None)).await,
            Self::Operator(tokens) => tokens.get().await,
        }
    }

    /// A token other than the one that Graph has just refused; `challenge` says what that one
    /// lacked.
    pub(super) async fn replace(
        &self,
        http: &Http,
        refused: &Arc<AccessToken>,
        challenge: Option<&str>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        match self {
            Self::Application(app) => {
                app.cache.get(Some(refused), app.fetch(http, challenge)).await
            }
            Self::Operator(tokens) => tokens.replace(refused, Demand::Renewal(challenge)).await,
        }
    }
}

impl Application {
    async fn fetch(
        &self,
        http: &Http,
        challenge: Option<&str>,
    ) -> Result<(AccessToken, Duration), DirectoryError> {
        let call = Call {
            name: "token",
            method: Method::POST,
            url: self.url.clone(),
            payload: Payload::Form(self.form(challenge)?),
            // It changes nothing there.
            repeat: Repeat::Freely,
            extra: None,
        };
        let answer = http.send(&call, None).await?;
        if !answer.status.is_success() {
            return Err(self.proof.refusal(&answer));
        }
        let grant: Grant = answer.expect()?;
        let token = AccessToken::new(Zeroizing::new(grant.access_token), Scheme::Bearer);
        let token = token.ok_or_else(|| DirectoryError::Garbled {
            reason: "the access token can't be sent in a header".to_owned(),
            facts: answer.facts(),
        })?;
        Ok((token.giving(grant.scope), Duration::from_secs(grant.expires_in)))
    }

    fn form(&self, challenge: Option<&str>) -> Result<Zeroizing<String>, DirectoryError> {
        let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
        form.append_pair("grant_type", self.proof.grant_type())
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope)
            .extend_pairs(challenge.map(|claims| ("claims", claims)));
        match &self.proof {
            Proof::Secret(secret) => {
                form.append_pair("client_secret", secret.expose());
            }
            Proof::Certificate { der, key } => {
                let claims = Claims {
                    audience: self.url.as_str(),
                    client_id: &self.client_id,
                    now_s: jiff::Timestamp::now().as_second(),
                    id: &uuid::Uuid::new_v4().to_string(),
                };
                form.append_pair("client_assertion_type", ASSERTION_TYPE)
                    .append_pair("client_assertion", &assertion::sign(&claims, der, key)?);
            }
            Proof::Password { user, password, secret } => {
                form.append_pair("username", user)
                    .append_pair("password", password.expose())
                    .extend_pairs(secret.iter().map(|secret| ("client_secret", secret.expose())));
            }
        }
        Ok(Zeroizing::new(form.finish()))
    }
}

impl Proof {
    fn grant_type(&self) -> &'static str {
        match self {
            Self::Secret(_) | Self::Certificate { .. } => "client_credentials",
            Self::Password { .. } => "password",
        }
    }

    fn signer(&self) -> Signer {
        match self {
            Self::Secret(_) | Self::Certificate { .. } => Signer::Application,
            Self::Password { .. } => Signer::LegacyAccount,
        }
    }

    fn refusal(&self, answer: &Answer) -> DirectoryError {
        let secrets = match self {
            Self::Secret(secret) => [Some(secret), None],
            Self::Certificate { .. } => [None, None],
            Self::Password { password, secret, .. } => [Some(password), secret.as_ref()],
        };
        let facts = secrets
            .into_iter()
            .flatten()
            .fold(facts_of(answer), |facts, secret| without_secret(facts, secret.expose()));
        sign_in_refusal(answer, self.signer(), facts)
    }
}
