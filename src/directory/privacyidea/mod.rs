//! privacyIDEA (3.12 and later): people of one realm and their passkeys, enrolled by an
//! administrator.
//!
//! ```text
//! PrivacyIdea ── people · tokens · registering · policy · check    what is asked, and what it means
//!   └ Api ── reply                                                 sign-in, 401 once, errors by code
//!       └ Http                                                     one request path (`directory::http`)
//! ```
//! A passkey is a token here, and a registration takes two requests: the first makes the token,
//! which then waits for its credential. Keydesk names the token itself, so that a lost answer
//! leaves no half token that nobody knows; see `registering`.
//!
//! Deliberately absent: whatever needs more than the rights userlist, tokenlist, enrollPASSKEY
//! and delete; setdescription, policyread and configread are used where they are granted.

use super::http::Http;
use super::http::endpoint::Base;
use super::{
    BeginLeaves, ConnectionCheck, Directory, DirectoryError, Group, MembersPage, PageMark, Passkey,
    PasskeyPolicy, Person, PersonCard, PersonId, Reach, Removal,
};
use crate::secrets::SecretText;
use crate::webauthn::{CreationOptions, NewCredential, Reservation};
use api::Api;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

mod api;
mod check;
mod people;
mod policy;
mod registering;
mod reply;
mod tokens;

pub use super::http::Limits;

/// Rights of an administrator, as privacyIDEA's policies of the scope admin name them.
mod right {
    pub(super) const FIND_PEOPLE: &str = "userlist";
    pub(super) const LIST_TOKENS: &str = "tokenlist";
    pub(super) const ENROL: &str = "enrollPASSKEY";
    pub(super) const DELETE: &str = "delete";
    pub(super) const DESCRIBE: &str = "setdescription";
    pub(super) const READ_POLICIES: &str = "policyread";
    pub(super) const READ_CONFIGURATION: &str = "configread";
}

/// Which server, whose people, as which administrator, within which limits.
pub struct PrivacyIdeaConfig {
    /// Such as `https://privacyidea.example.com`; https, or http to a loopback address.
    pub server_url: String,
    /// The realm whose people get keys.
    pub realm: String,
    /// The administrator's name; with `@` and an administrators' realm where there is one.
    pub operator: String,
    pub password: SecretText,
    pub limits: Limits,
}

impl PrivacyIdeaConfig {
    /// With the usual limits.
    pub fn new(
        server_url: impl Into<String>,
        realm: impl Into<String>,
        operator: impl Into<String>,
        password: SecretText,
    ) -> Self {
        Self {
            server_url: server_url.into(),
            realm: realm.into(),
            operator: operator.into(),
            password,
            limits: Limits::default(),
        }
    }
}

/// One realm of a privacyIDEA server. Calls may run at the same time.
pub struct PrivacyIdea {
    api: Arc<Api>,
}

impl PrivacyIdea {
    /// Checks the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`DirectoryError::Settings`]: an address that isn't one or is plain http to another
    /// computer, an empty realm or administrator, or a system without usable TLS.
    pub fn new(config: PrivacyIdeaConfig) -> Result<Self, DirectoryError> {
        let base = Base::parse(&config.server_url)?;
        let realm = required(&config.realm, "the realm is missing")?;
        let operator = required(&config.operator, "the administrator is missing")?;
        let http = Http::new(config.limits, reply::facts_of)?;
        Ok(Self { api: Arc::new(Api::new(http, base, realm, operator, config.password)) })
    }

    /// Whether the server is on this computer; only then may virtual keys be enrolled.
    pub fn is_loopback_only(&self) -> bool {
        self.api.base.is_loopback()
    }
}

fn required(text: &str, problem: &str) -> Result<String, DirectoryError> {
    match text.trim() {
        "" => Err(DirectoryError::Settings(problem.to_owned())),
        text => Ok(text.to_owned()),
    }
}

#[async_trait]
impl Directory for PrivacyIdea {
    fn name(&self) -> &'static str {
        "privacyIDEA"
    }

    async fn find(&self, query: &str, limit: usize) -> Result<Vec<Person>, DirectoryError> {
        people::find(&self.api, query, limit).await
    }

    async fn person(&self, id: &PersonId) -> Result<PersonCard, DirectoryError> {
        people::person(&self.api, id).await
    }

    async fn policy(&self) -> Result<PasskeyPolicy, DirectoryError> {
        policy::read(&self.api).await
    }

    fn begin_leaves(&self) -> BeginLeaves {
        BeginLeaves::Reservation
    }

    async fn begin(&self, person: &PersonId) -> Result<CreationOptions, DirectoryError> {
        registering::begin(&self.api, person).await
    }

    async fn finish(
        &self,
        person: &PersonId,
        display_name: &str,
        credential: &NewCredential,
    ) -> Result<Passkey, DirectoryError> {
        registering::finish(&self.api, person, display_name, credential).await
    }

    async fn release(&self, _: &PersonId, reservation: &Reservation) -> Result<(), DirectoryError> {
        registering::release(&self.api, reservation).await
    }

    async fn passkeys(&self, person: &PersonId) -> Result<Vec<Passkey>, DirectoryError> {
        tokens::passkeys(&self.api, person).await
    }

    async fn delete(&self, _: &PersonId, method_id: &str) -> Result<Removal, DirectoryError> {
        tokens::delete(&self.api, method_id).await
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        check::run(&self.api).await
    }

    /// The realm: it is all that a privacyIDEA knows of groups.
    fn everybody(&self) -> Option<Group> {
        Some(people::realm(&self.api))
    }

    async fn members_page(
        &self,
        group_id: &str,
        _: Reach,
        _: Option<&PageMark>,
    ) -> Result<MembersPage, DirectoryError> {
        people::of_realm(&self.api, group_id).await
    }

    fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        self.api.pauses()
    }
}
