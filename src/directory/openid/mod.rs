//! OpenID Connect: people sign in at their own login service, in their own browser.
//!
//! ```text
//! OpenId ── metadata                          where the service is, and its keys; read once
//!   ├ BrowserSignIn ── listener · redirect    code with PKCE, back over a loopback address
//!   ├ DeviceSignIn                            a code to type on another device
//!   └ grant ── id_token                       the token endpoint, and who the answer names
//! OperatorTokens                              the tokens of who is signed in, renewed and rotated
//! ```
//! Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, 7636 (PKCE), 8252 (native apps),
//! 8628 (device code), 9207 (`iss` of a redirect); Microsoft identity platform, "Claims challenge".
//!
//! Deliberately absent: a client secret (a desk can't keep one), the implicit flow, a token in a
//! log, and any look into an access token.

use super::DirectoryError;
use super::http::Http;
use super::http::endpoint::Base;
use super::http::token::AccessToken;
use crate::secrets::SecretText;
use metadata::Known;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

mod answer;
mod browser;
mod device;
mod error;
mod explain;
mod grant;
mod id_token;
mod identity;
mod listener;
mod metadata;
mod operator;
mod page;
mod redirect;
mod request;

pub use super::http::Limits;
pub use browser::BrowserSignIn;
pub use device::DeviceSignIn;
pub use error::{IdTokenFault, Refusal, SignInError};
pub use identity::Identity;
pub(in crate::directory) use operator::Demand;
pub use operator::{OperatorTokens, SignInAgain, SignInReason};

/// A person's time to sign in, multi-factor included.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Which login service, for which application, and what the access token is for.
#[derive(Clone)]
pub struct OpenIdConfig {
    /// Such as `https://login.microsoftonline.com`; https, or http to a loopback address.
    pub login_url: String,
    /// Domain or GUID; a segment of the login service's addresses.
    pub tenant: String,
    /// Application (client) id of a public client.
    pub client_id: String,
    /// What the access token is for, such as `https://graph.microsoft.com/.default`.
    pub scope: String,
    pub limits: Limits,
    /// How long a person may take in the browser.
    pub patience: Duration,
}

impl OpenIdConfig {
    /// With the usual limits.
    pub fn new(
        login_url: impl Into<String>,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        scope: impl Into<String>,
    ) -> Self {
        Self {
            login_url: login_url.into(),
            tenant: tenant.into(),
            client_id: client_id.into(),
            scope: scope.into(),
            limits: Limits::default(),
            patience: PATIENCE,
        }
    }
}

/// One tenant's login service. Clones share what was read of it.
#[derive(Clone)]
pub struct OpenId(Arc<LoginService>);

/// What every part of a sign-in needs to know.
pub(in crate::directory) struct LoginService {
    http: Http,
    login: Base,
    tenant: String,
    client_id: String,
    scope: String,
    patience: Duration,
    known: Mutex<Option<Known>>,
}

/// What a sign-in is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub proof: Proof,
    /// A user name to begin with.
    pub login_hint: Option<String>,
}

impl Wish {
    pub fn new(proof: Proof) -> Self {
        Self { proof, login_hint: None }
    }

    pub fn hint(self, user_name: impl Into<String>) -> Self {
        Self { login_hint: Some(user_name.into()), ..self }
    }
}

/// How fresh, how strong and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Whoever is signed in in the browser; asks only when nobody is.
    Session,
    /// Any account, chosen by the person (`prompt=select_account`).
    AnyAccount,
    /// Credentials typed or touched again (`prompt=login`).
    Fresh,
    /// An authentication context of the tenant, such as `c1`; the id token must name it.
    Context(String),
    /// The JSON of a claims challenge.
    Claims(String),
}

/// A sign-in that worked. Can't be printed whole.
pub struct SignedIn {
    pub identity: Identity,
    /// Absent where the service gives none; then the sign-in ends with the access token.
    pub refresh: Option<RefreshToken>,
    pub(in crate::directory) access: Access,
}

/// An access token and how long it lives from now on.
pub(in crate::directory) struct Access {
    pub(in crate::directory) token: AccessToken,
    pub(in crate::directory) life: Duration,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// Renews a sign-in without the person. Belongs into the keyring and nowhere else.
pub struct RefreshToken(SecretText);

impl RefreshToken {
    /// As it was kept.
    pub fn new(text: SecretText) -> Self {
        Self(text)
    }

    /// To be kept.
    pub fn text(&self) -> &SecretText {
        &self.0
    }
}

impl OpenId {
    /// Checks the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`SignInError::Directory`] with [`DirectoryError::Settings`].
    pub fn new(config: OpenIdConfig) -> Result<Self, SignInError> {
        let required = |text: &str, problem: &str| match text.trim() {
            "" => Err(DirectoryError::Settings(problem.to_owned())),
            text => Ok(text.to_owned()),
        };
        Ok(Self(Arc::new(LoginService {
            http: Http::new(config.limits, answer::facts_of)?,
            login: Base::parse(&config.login_url)?,
            tenant: required(&config.tenant, "the tenant is missing")?,
            client_id: required(&config.client_id, "the application (client) id is missing")?,
            scope: config.scope,
            patience: config.patience,
            known: Mutex::default(),
        })))
    }

    /// Whether the login service is on this computer.
    pub fn is_loopback_only(&self) -> bool {
        self.0.login.is_loopback()
    }

    /// Begins a sign-in in the browser: listens for its redirect, then gives the address to open.
    ///
    /// # Errors
    /// [`SignInError`]: the service can't be reached or described itself wrongly, no listener.
    pub async fn begin(&self, wish: &Wish) -> Result<BrowserSignIn, SignInError> {
        browser::begin(Arc::clone(&self.0), wish).await
    }

    /// Begins a sign-in on another device.
    ///
    /// # Errors
    /// [`SignInError`], [`SignInError::NoDeviceCode`] among them.
    pub async fn begin_device(&self, wish: &Wish) -> Result<DeviceSignIn, SignInError> {
        device::begin(Arc::clone(&self.0), wish).await
    }

    /// A new access token without the person. The old refresh token is spent when a new one comes
    /// back.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::needs_person`] tells whether a new sign-in helps.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<SignedIn, SignInError> {
        grant::refresh(&self.0, token, None).await
    }

    /// As [`OpenId::refresh`], and the access token is to satisfy a claims challenge.
    pub(in crate::directory) async fn refresh_for(
        &self,
        token: &RefreshToken,
        claims: Option<&str>,
    ) -> Result<SignedIn, SignInError> {
        grant::refresh(&self.0, token, claims).await
    }
}
