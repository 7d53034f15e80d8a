//! Where operators sign in, and who did.

use super::roles::{Standing, name_groups, roles};
use crate::access::{Operator, OperatorId, Role};
use crate::directory::openid::{Identity, OpenId, OperatorTokens, SignInAgain, SignedIn};
use crate::engine::directories::{self, Made};
use crate::practice::cloud::Cloud;
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::settings::{EntraSettings, RoleRule, RoleSource, SignIn, TenantSettings};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The company's authentication context for fresh proofs.
const PRACTICE_CONTEXT: &str = "c1";

/// One tenant's login service, as the station uses it.
pub(in crate::engine) struct LoginPlace {
    /// The tenant's name in the settings.
    pub tenant: String,
    pub openid: OpenId,
    pub entra: EntraSettings,
    pub rules: Vec<RoleRule>,
    /// Whether the refresh token goes into the keyring: not in practice, whose company ends with it.
    pub keeps_sign_in: bool,
}

/// An operator who signed in.
#[derive(Clone)]
pub(in crate::engine) struct Session {
    /// Where they signed in.
    pub place: Arc<LoginPlace>,
    pub operator: Operator,
    pub tokens: Arc<OperatorTokens>,
    pub signed_in_at: Timestamp,
    /// Lives until they leave, though work of theirs may go on with the tokens.
    pub here: Arc<()>,
}

impl LoginPlace {
    /// Of a configured tenant; nothing where the station signs in by itself.
    pub(in crate::engine) fn of_tenant(tenant: &TenantSettings) -> Result<Option<Self>, Problem> {
        let login = directories::login_of(tenant).map_err(|error| error.problem())?;
        let (Some(openid), Some(entra)) = (login, tenant.entra()) else { return Ok(None) };
        Ok(Some(Self {
            tenant: tenant.name.clone(),
            openid,
            entra: entra.clone(),
            rules: tenant.roles.clone(),
            keeps_sign_in: true,
        }))
    }

    /// Of the simulated company, whose app roles are the station's roles.
    pub(in crate::engine) fn of_practice(cloud: &Cloud) -> Result<Self, Problem> {
        let entra = EntraSettings {
            authentication_context: Some(PRACTICE_CONTEXT.into()),
            ..cloud.entra_settings(SignIn::Operator)
        };
        let by_app_role = |role| RoleRule {
            role,
            name: None,
            from: RoleSource::AppRole(company::app_role(role).into()),
        };
        Ok(Self {
            tenant: company::NAME.into(),
            openid: directories::open_id(&entra).map_err(|error| error.problem())?,
            entra,
            rules: Role::ALL.into_iter().map(by_app_role).collect(),
            keeps_sign_in: false,
        })
    }

    /// Whether a sign-in at the other place is one here, too.
    pub(in crate::engine) fn is_as(&self, other: &Self) -> bool {
        self.tenant == other.tenant && self.entra == other.entra && self.rules == other.rules
    }

    /// The authentication context that a fresh proof must show, where the tenant has one.
    pub(super) fn context(&self) -> Option<&str> {
        self.entra.authentication_context.as_deref()
    }

    /// Who signed in, with their roles here.
    ///
    /// # Errors
    /// The directory's, where groups must be asked for; somebody without any role.
    pub(super) async fn identify(
        self: &Arc<Self>,
        signed: SignedIn,
        again: mpsc::Sender<SignInAgain>,
    ) -> Result<Session, Problem> {
        let identity = signed.identity.clone();
        let tokens = Arc::new(OperatorTokens::new(self.openid.clone(), signed, again));
        let groups = self.groups(&identity, &tokens).await?;
        let standing = Standing { app_roles: &identity.app_roles, groups: &groups };
        let roles = roles(&self.rules, standing);
        if roles.is_empty() {
            return Err(without_role(&identity));
        }
        let id = OperatorId { tenant: identity.tenant_id, subject: identity.subject };
        let operator = Operator { id, name: identity.name, upn: identity.upn, roles };
        let place = Arc::clone(self);
        let signed_in_at = Timestamp::now();
        Ok(Session { place, operator, tokens, signed_in_at, here: Arc::new(()) })
    }

    /// The directory, asked as the operator.
    pub(in crate::engine) fn directory(
        &self,
        tokens: &Arc<OperatorTokens>,
    ) -> Result<Made, Problem> {
        directories::of_operator(&self.entra, Arc::clone(tokens)).map_err(|error| error.problem())
    }

    async fn groups(
        &self,
        identity: &Identity,
        tokens: &Arc<OperatorTokens>,
    ) -> Result<Vec<String>, Problem> {
        if !name_groups(&self.rules) {
            return Ok(Vec::new());
        }
        if let Some(listed) = &identity.groups {
            return Ok(listed.clone());
        }
        let groups = directories::groups_of(&self.entra, Arc::clone(tokens)).await;
        groups.map_err(|error| error.problem())
    }
}

fn without_role(identity: &Identity) -> Problem {
    Problem {
        what: format!("{} has no role at this station", identity.name),
        next: "Ask its administrator to map one of your groups under Settings, Roles, or sign in \
               as somebody else"
            .into(),
        details: Vec::new(),
    }
}

pub(super) fn another_person(expected: &Operator, came: &Operator) -> Problem {
    Problem {
        what: format!("{} confirmed, but {} is signed in", came.name, expected.name),
        next: format!("Confirm as {}, or sign out first", expected.name),
        details: Vec::new(),
    }
}
