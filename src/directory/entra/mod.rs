//! Microsoft Entra ID: sign-in, people, policy and passkeys through Microsoft Graph v1.0, and challenges
//! fetched ahead from beta.
//!
//! ```text
//! Entra ── people · policy · passkeys · check      what is asked, and what the answers mean
//!   ├ phones                                       phones, passes, sessions, mails
//!   ├ prefetch · lookup ── many ── line · batch    many people at once, what is asked when
//!   └ Graph                                        bearer token, 401 once, paging, errors
//!       ├ Tokens ── assertion                      the application's access token, or the
//!       │                                          operator's (`directory::openid`)
//!       └ Http                                     one request path (`directory::http`)
//! ```
//! Deliberately absent: any switch for TLS checks, redirects, plain HTTP to other machines, and
//! a repetition of a registration that may have been received.

use super::http::Http;
use super::http::endpoint::Base;
use super::openid::OpenIdConfig;
use super::{
    BeginLeaves, Begun, ConnectionCheck, Directory, DirectoryError, Expiry, Group, Lifetime,
    LookedUp, MembersPage, Organisation, PageMark, Passkey, PasskeyPolicy, Person, PersonCard,
    PersonId, PhoneDirectory, Reach, Removal, Sought, Tally,
};
use crate::webauthn::{CreationOptions, NewCredential, Reservation};
use async_trait::async_trait;
use graph::Graph;
use std::time::Instant;
use token::Tokens;
use tokio::sync::{mpsc, watch};

pub(super) mod aadsts;
mod answer;
mod application;
mod assertion;
mod batch;
mod check;
mod credential;
mod discovery;
mod granted;
mod graph;
mod groups;
mod line;
mod lookup;
mod many;
mod membership;
mod methods;
mod odata;
mod organisation;
mod passkeys;
mod people;
mod pfx;
mod phones;
mod policy;
mod policy_checks;
mod prefetch;
mod seek;
mod token;

pub use super::http::Limits;
pub use credential::{Credential, certificate_end};
pub use discovery::{Tenant, discover};
pub use pfx::{Pfx, PfxError};

/// What an app registration needs, as named in the Entra admin centre (application permissions).
mod permission {
    pub(super) const PASSKEYS: &str = "UserAuthMethod-Passkey.ReadWrite.All";
    pub(super) const USERS: &str = "User.Read.All";
    /// Delegated; granted with every sign-in of a person.
    pub(super) const ME: &str = "User.Read";
    pub(super) const GROUPS: &str = "GroupMember.Read.All";
    pub(super) const POLICY: &str = "Policy.Read.All";
    /// Not needed: without it a person's other methods are not shown.
    pub(super) const METHODS: &str = "UserAuthenticationMethod.Read.All";
    /// Changing phones, and reading them.
    pub(super) const PHONES: &str = "UserAuthMethod-Phone.ReadWrite.All";
    /// Changing and reading all methods: phones and passes are among them.
    pub(super) const ALL_METHODS: &str = "UserAuthenticationMethod.ReadWrite.All";
    /// Issuing passes, and taking them back.
    pub(super) const PASSES: &str = "UserAuthMethod-TAP.ReadWrite.All";
    /// Ending somebody's sessions.
    pub(super) const SESSIONS: &str = "User.RevokeSessions.All";
    /// Mails to people whose phones were changed.
    pub(super) const MAIL: &str = "Mail.Send";
    /// Not needed: without it the organisation's name is not shown.
    pub(super) const ORGANISATION: &str = "Organization.Read.All";
    /// Not needed: without it nobody is reminded by the directory that a secret expires.
    pub(super) const APPLICATIONS: &str = "Application.Read.All";
}

/// Which tenant, as which application, within which limits.
pub struct EntraConfig {
    /// Such as `https://login.microsoftonline.com`; https, or http to a loopback address.
    pub login_url: String,
    /// Such as `https://graph.microsoft.com`; https, or http to a loopback address.
    pub graph_url: String,
    /// Domain or GUID.
    pub tenant: String,
    /// What a GUID was found by, for the connection test.
    pub domain: Option<String>,
    /// Application (client) id.
    pub client_id: String,
    pub credential: Credential,
    pub limits: Limits,
}

impl EntraConfig {
    /// With the usual limits.
    pub fn new(
        login_url: impl Into<String>,
        graph_url: impl Into<String>,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        credential: Credential,
    ) -> Self {
        Self {
            login_url: login_url.into(),
            graph_url: graph_url.into(),
            tenant: tenant.into(),
            domain: None,
            client_id: client_id.into(),
            credential,
            limits: Limits::default(),
        }
    }
}

/// Where an operator of this tenant signs in, and for what.
///
/// # Errors
/// [`DirectoryError::Settings`] for a Graph address that is none.
pub fn operator_sign_in(
    login_url: impl Into<String>,
    graph_url: &str,
    tenant: impl Into<String>,
    client_id: impl Into<String>,
) -> Result<OpenIdConfig, DirectoryError> {
    let scope = token::scope(&Base::parse(graph_url)?);
    Ok(OpenIdConfig::new(login_url, tenant, client_id, scope))
}

/// A tenant of Microsoft Entra ID. Calls may run at the same time.
pub struct Entra {
    graph: Graph,
    tenant: String,
    domain: Option<String>,
    client_id: String,
    login: Base,
}

impl Entra {
    /// Checks the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`DirectoryError::Settings`]: an address that isn't one or is plain http to another
    /// computer, an empty tenant or client id, or a system without usable TLS.
    pub fn new(config: EntraConfig) -> Result<Self, DirectoryError> {
        let login = Base::parse(&config.login_url)?;
        let graph = Base::parse(&config.graph_url)?;
        let tenant = required(&config.tenant, "the tenant is missing")?;
        let client_id = required(&config.client_id, "the application (client) id is missing")?;
        let http = Http::new(config.limits, answer::facts_of)?;
        let tokens = Tokens::new(&login, &graph, &tenant, client_id.clone(), config.credential)?;
        let graph = Graph::new(http, tokens, graph);
        Ok(Self { graph, tenant, domain: config.domain, client_id, login })
    }

    /// Whether both addresses are on this computer; only then may virtual keys be enrolled.
    pub fn is_loopback_only(&self) -> bool {
        self.login.is_loopback() && self.graph.base.is_loopback()
    }

    /// Ids of the groups that the operator is in, nested ones included. An application is in none.
    ///
    /// # Errors
    /// As any call of the directory.
    pub async fn memberships(&self) -> Result<Vec<String>, DirectoryError> {
        membership::read(&self.graph).await
    }
}

fn required(text: &str, problem: &str) -> Result<String, DirectoryError> {
    match text.trim() {
        "" => Err(DirectoryError::Settings(problem.to_owned())),
        text => Ok(text.to_owned()),
    }
}

#[async_trait]
impl Directory for Entra {
    fn name(&self) -> &'static str {
        "Entra ID"
    }

    async fn find(&self, query: &str, limit: usize) -> Result<Vec<Person>, DirectoryError> {
        people::find(&self.graph, query, limit).await
    }

    async fn person(&self, id: &PersonId) -> Result<PersonCard, DirectoryError> {
        people::person(&self.graph, id).await
    }

    async fn policy(&self) -> Result<PasskeyPolicy, DirectoryError> {
        policy::read(&self.graph).await
    }

    fn begin_leaves(&self) -> BeginLeaves {
        BeginLeaves::Nothing
    }

    async fn begin(&self, person: &PersonId) -> Result<CreationOptions, DirectoryError> {
        passkeys::begin(&self.graph, person).await
    }

    async fn finish(
        &self,
        person: &PersonId,
        display_name: &str,
        credential: &NewCredential,
    ) -> Result<Passkey, DirectoryError> {
        passkeys::finish(&self.graph, person, display_name, credential).await
    }

    async fn release(&self, _: &PersonId, _: &Reservation) -> Result<(), DirectoryError> {
        Ok(())
    }

    async fn passkeys(&self, person: &PersonId) -> Result<Vec<Passkey>, DirectoryError> {
        passkeys::list(&self.graph, person).await
    }

    async fn delete(&self, person: &PersonId, method_id: &str) -> Result<Removal, DirectoryError> {
        passkeys::delete(&self.graph, person, method_id).await
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        check::run(self).await
    }

    async fn groups(&self, query: &str, limit: usize) -> Result<Vec<Group>, DirectoryError> {
        groups::named(&self.graph, query, limit).await
    }

    async fn members_page(
        &self,
        group_id: &str,
        reach: Reach,
        after: Option<&PageMark>,
    ) -> Result<MembersPage, DirectoryError> {
        groups::members_page(&self.graph, group_id, reach, after).await
    }

    async fn begin_many(
        &self,
        people: Vec<PersonId>,
        lifetime: Lifetime,
        to: mpsc::Sender<Begun>,
    ) -> Result<Tally, DirectoryError> {
        prefetch::begin_many(&self.graph, people, lifetime, to).await
    }

    async fn look_up(
        &self,
        people: Vec<Sought>,
        to: mpsc::Sender<LookedUp>,
    ) -> Result<(), DirectoryError> {
        lookup::look_up(&self.graph, people, to).await
    }

    fn phones(&self) -> Option<&dyn PhoneDirectory> {
        Some(self)
    }

    async fn organisation(&self) -> Result<Option<Organisation>, DirectoryError> {
        organisation::read(&self.graph).await
    }

    async fn expiries(&self) -> Result<Vec<Expiry>, DirectoryError> {
        application::expiries(&self.graph, &self.client_id).await
    }

    fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        self.graph.pauses()
    }
}
