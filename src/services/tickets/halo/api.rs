//! Sign-in, one repetition on 401, and errors.

use super::NAME;
use crate::directory::http::answer::{Answer, line, without_secret};
use crate::directory::http::endpoint::{Base, with_query};
use crate::directory::http::patience::Repeat;
use crate::directory::http::token::{AccessToken, Scheme, TokenCache};
use crate::directory::http::{Call, Http, Limits, Payload};
use crate::directory::{CallFacts, DirectoryError};
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::wire::{base, facts, failed, refused};
use crate::settings::HaloSettings;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// Room for the sign-in form, so that the secret isn't left behind by a growing buffer.
const FORM_BYTES: usize = 4 * 1024;

pub(super) struct Api {
    http: Http,
    base: Base,
    tenant: Option<String>,
    client_id: String,
    pub(super) outcome_id: Option<i64>,
    pub(super) agent_id: Option<i64>,
    secret: SecretText,
    cache: TokenCache,
    token_url: OnceCell<Url>,
    /// Names that were looked up by number, such as those of states and agents.
    names: Mutex<HashMap<(&'static str, i64), String>>,
}

/// What an instance says of its sign-in; no permission is needed for it.
#[derive(Deserialize)]
struct WireAuthInfo {
    auth_url: String,
    tenant_id: Option<String>,
}

#[derive(Deserialize)]
struct WireToken {
    access_token: String,
    /// Seconds.
    expires_in: Option<u64>,
}

/// Both kinds of error bodies: of the sign-in, and of everything else.
#[derive(Default, Deserialize)]
struct WireError {
    #[serde(alias = "ClassName")]
    error: Option<String>,
    #[serde(alias = "Message", alias = "error_description")]
    message: Option<String>,
}

impl Api {
    pub(super) fn new(
        settings: &HaloSettings,
        secret: SecretText,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        let client_id = settings.client_id.trim().to_owned();
        if client_id.is_empty() {
            let reason = "the client id is missing".into();
            return Err(ServiceError::Settings { service: NAME, reason });
        }
        let http = Http::new(limits, facts_of).map_err(|error| failed(NAME, error))?;
        Ok(Self {
            http,
            base: base(NAME, &settings.url)?,
            tenant: settings.tenant.clone().filter(|tenant| !tenant.trim().is_empty()),
            client_id,
            outcome_id: settings.outcome_id,
            agent_id: settings.agent_id,
            secret,
            cache: TokenCache::default(),
            token_url: OnceCell::new(),
            names: Mutex::default(),
        })
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// An address below `/api`.
    pub(super) fn url(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, ServiceError> {
        let segments: Vec<&str> = ["api"].iter().chain(segments).copied().collect();
        let url = self.base.at(&segments).map_err(|error| failed(NAME, error))?;
        Ok(if query.is_empty() { url } else { with_query(url, query) })
    }

    /// Reads one thing.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        name: &'static str,
        url: Url,
    ) -> Result<T, ServiceError> {
        expect(&self.send(&Call::get(name, url)).await?)
    }

    /// Adds something; once.
    pub(super) async fn add(
        &self,
        name: &'static str,
        url: Url,
        body: &serde_json::Value,
    ) -> Result<Answer, ServiceError> {
        let call = Call {
            method: Method::POST,
            payload: Payload::Json(body.to_string().into_bytes()),
            repeat: Repeat::OnlyAfterRefusal,
            ..Call::get(name, url)
        };
        self.send(&call).await
    }

    /// Removes something; a second time does no harm.
    pub(super) async fn remove(&self, name: &'static str, url: Url) -> Result<(), ServiceError> {
        let call = Call::delete(name, url);
        match self.send(&call).await {
            Ok(_) | Err(ServiceError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The name of something with a number; looked up once. Nothing where it can't be read.
    pub(super) async fn name_of(&self, kind: &'static str, id: i64) -> Option<String> {
        #[derive(Deserialize)]
        struct WireNamed {
            name: Option<String>,
        }
        let names = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names().get(&(kind, id)) {
            return Some(name.clone());
        }
        let url = self.url(&[kind, &id.to_string()], &[]).ok()?;
        let name = self.read::<WireNamed>("name", url).await.ok()?.name?;
        names().insert((kind, id), name.clone());
        Some(name)
    }

    /// Signs in, unless a token is in hand.
    pub(super) async fn sign_in(&self) -> Result<(), ServiceError> {
        self.token(None).await.map(drop)
    }

    /// Sends and takes a success; a token that is refused is replaced once.
    async fn send(&self, call: &Call) -> Result<Answer, ServiceError> {
        let sent = |error| failed(NAME, error);
        let token = self.token(None).await?;
        let answer = self.http.send(call, Some(&token)).await.map_err(sent)?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return accept(answer, &token);
        }
        let token = self.token(Some(&token)).await?;
        accept(self.http.send(call, Some(&token)).await.map_err(sent)?, &token)
    }

    async fn token(
        &self,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Arc<AccessToken>, ServiceError> {
        let token = self.cache.get(refused, self.fetch_token()).await;
        token.map_err(|error| failed(NAME, error))
    }

    async fn fetch_token(&self) -> Result<(AccessToken, Duration), DirectoryError> {
        let url = self.token_url.get_or_try_init(|| self.find_token_url()).await?;
        let call = Call {
            method: Method::POST,
            payload: Payload::Form(self.form()),
            ..Call::get("halo sign-in", url.clone())
        };
        let answer = self.http.send(&call, None).await?;
        let facts = without_secret(facts_of(&answer), self.secret.expose());
        if !answer.status.is_success() {
            let code = facts.code.as_deref().unwrap_or("refused").to_owned();
            return Err(DirectoryError::SignIn { code, number: None, facts });
        }
        let granted: WireToken = answer.expect()?;
        let life = Duration::from_secs(granted.expires_in.unwrap_or_default());
        let token = AccessToken::new(Zeroizing::new(granted.access_token), Scheme::Bearer);
        let unusable = || DirectoryError::Garbled { reason: "no usable token".into(), facts };
        Ok((token.ok_or_else(unusable)?, life))
    }

    /// Where tokens are: the instance says it, and the tenant's name if none is set.
    async fn find_token_url(&self) -> Result<Url, DirectoryError> {
        let url = self.base.at(&["api", "authinfo"])?;
        let answer = self.http.send(&Call::get("halo authinfo", url), None).await?;
        let told = match answer.status {
            StatusCode::NOT_FOUND => None,
            status if status.is_success() => Some(answer.expect::<WireAuthInfo>()?),
            _ => return Err(DirectoryError::Unavailable(facts_of(&answer))),
        };
        let url = match &told {
            Some(told) => self.trusted(&told.auth_url)?.at(&["token"])?,
            None => self.base.at(&["auth", "token"])?,
        };
        let tenant = self.tenant.clone().or(told.and_then(|told| told.tenant_id));
        Ok(match tenant.as_deref().map(str::trim) {
            None | Some("") => url,
            Some(tenant) => with_query(url, &[("tenant", tenant)]),
        })
    }

    /// The secret goes there: never out of TLS, and never from elsewhere to this computer.
    fn trusted(&self, url: &str) -> Result<Base, DirectoryError> {
        let auth = Base::parse(url)?;
        if auth.is_loopback() != self.base.is_loopback() {
            let reason = "the instance names another computer for its sign-in".to_owned();
            return Err(DirectoryError::Settings(reason));
        }
        Ok(auth)
    }

    fn form(&self) -> Zeroizing<String> {
        let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.secret.expose())
            .append_pair("scope", "all");
        Zeroizing::new(form.finish())
    }
}

/// The body of a success as JSON.
pub(super) fn expect<T: DeserializeOwned>(answer: &Answer) -> Result<T, ServiceError> {
    answer.expect().map_err(|error| failed(NAME, error))
}

fn accept(answer: Answer, token: &AccessToken) -> Result<Answer, ServiceError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let told = facts(without_secret(facts_of(&answer), token.expose()));
    Err(refused(NAME, &answer, told))
}

fn facts_of(answer: &Answer) -> CallFacts {
    let told = match answer.json::<WireError>() {
        Ok(told) => told,
        // Some refusals are a sentence in quotes or without; a page is no sentence.
        Err(_) => WireError { message: sentence(&answer.body), error: None },
    };
    CallFacts {
        code: told.error.as_deref().and_then(line),
        message: told.message.as_deref().and_then(line),
        ..answer.facts()
    }
}

fn sentence(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim().trim_matches('"');
    (!text.starts_with(['<', '{', '['])).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(url: &str) -> Api {
        let settings = HaloSettings {
            url: url.into(),
            tenant: None,
            client_id: "a".into(),
            outcome_id: None,
            agent_id: None,
        };
        Api::new(&settings, SecretText::new("b"), Limits::default()).unwrap()
    }

    #[test]
    fn the_secret_goes_nowhere_in_the_clear_and_from_nowhere_to_this_computer() {
        let elsewhere = api("https://acme.halopsa.com");
        assert!(elsewhere.trusted("https://auth.halopsa.com/auth").is_ok());
        for url in ["http://acme.halopsa.com/auth", "http://127.0.0.1:80/auth", "file:///a", ""] {
            assert!(elsewhere.trusted(url).is_err(), "{url}");
        }
        let here = api("http://127.0.0.1:8443/halo");
        assert!(here.trusted("http://127.0.0.1:8443/halo/auth").is_ok());
        assert!(here.trusted("https://acme.halopsa.com/auth").is_err());
    }

    #[test]
    fn a_refusal_is_read_in_each_of_its_forms() {
        let told = |body: &str| {
            let answer = Answer { body: Zeroizing::new(body.into()), ..Answer::default() };
            let facts = facts_of(&answer);
            (facts.code.as_deref().map(str::to_owned), facts.message.as_deref().map(str::to_owned))
        };
        let both = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        assert_eq!(told(r#"{"ClassName":"A","Message":"no"}"#), both("A", "no"));
        let oauth = r#"{"error":"invalid_client","error_description":"no"}"#;
        assert_eq!(told(oauth), both("invalid_client", "no"));
        assert_eq!(told("\"Not allowed\""), (None, Some("Not allowed".into())));
        for page in ["<html>an error</html>", "", "[1]", r#"{"error":{"code":1}}"#] {
            assert_eq!(told(page).0, None, "{page}");
            assert!(told(page).1.is_none(), "{page}");
        }
    }
}
