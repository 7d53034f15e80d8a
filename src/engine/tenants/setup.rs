//! What the settings screen asks of a tenant before it is in use: finding it, testing it, its
//! groups, and whether it has let the application in.

use super::super::access::Session;
use super::super::directories::{self, Made};
use super::super::station::Station;
use super::super::{DiscoveredTenant, Event};
use super::reminder;
use crate::directory::openid::SignInError;
use crate::directory::{CheckOutcome, ConnectionCheck, Directory, DirectoryError};
use crate::problem::{Explain, Problem};
use crate::settings::{DirectorySettings, EntraSettings, TenantSettings};
use std::sync::Arc;

/// Most groups shown for one search.
const MOST_GROUPS: usize = 20;
/// The application is not let into the tenant: unknown there, no consent, an administrator's
/// consent asked for, a partner without rights. Chooses words only.
const NOT_LET_IN: [u32; 5] = [700_016, 65_001, 90_094, 90_095, 90_099];

impl Station {
    /// Finds the tenant of a domain; with a draft that can sign in, whose it is as well.
    pub(in crate::engine) fn discover(
        &self,
        login_url: String,
        domain: String,
        draft: Option<TenantSettings>,
    ) {
        let teller = self.teller.clone();
        let known = self.settings.tenants.clone();
        let draft = draft.map(|draft| self.settings.resolved(&draft));
        let secrets = self.secrets.clone();
        tokio::spawn(async move {
            let found = match directories::discover(&login_url, &domain).await {
                Ok(mut found) => {
                    found.known_as = known_as(&known, &found, draft.as_ref());
                    if let Some(draft) = draft {
                        let draft = at(draft, &found);
                        let made = directories::of_tenant(&draft, &secrets).await;
                        if let Ok(made) = made {
                            found.organisation = made.directory.organisation().await.ok().flatten();
                        }
                    }
                    Ok(found)
                }
                Err(error) => Err(error.problem()),
            };
            teller.tell(Event::Discovered(found.map(Box::new))).await;
        });
    }

    pub(in crate::engine) async fn test_connection(&self, tenant: TenantSettings) {
        let teller = self.teller.clone();
        let tenant = self.settings.resolved(&tenant);
        match self.directory_of(&tenant).await {
            Ok(directory) => {
                tokio::spawn(async move {
                    let mut checks = directory.test().await;
                    checks.extend(reminder::check(&tenant, &directory).await);
                    teller.tell(Event::ConnectionTested(checks)).await;
                });
            }
            Err(error) => {
                let outcome = CheckOutcome::Failed(error.problem());
                let check = ConnectionCheck { name: "Sign in".into(), outcome };
                self.tell(Event::ConnectionTested(vec![check])).await;
            }
        }
    }

    /// Groups for the roles of operators, by name.
    pub(in crate::engine) async fn find_groups(&self, tenant: TenantSettings, query: String) {
        let teller = self.teller.clone();
        let tenant = self.settings.resolved(&tenant);
        let directory = self.directory_of(&tenant).await;
        tokio::spawn(async move {
            let groups = match directory {
                Ok(directory) => directory.groups(&query, MOST_GROUPS).await,
                Err(error) => Err(error),
            };
            let groups = groups.map_err(|error| error.problem());
            teller.tell(Event::GroupsFound { query, groups }).await;
        });
    }

    /// Tries whether the tenant has let the application in.
    pub(in crate::engine) async fn check_consent(&self, tenant: TenantSettings) {
        let teller = self.teller.clone();
        let tenant = self.settings.resolved(&tenant);
        let directory = self.directory_of(&tenant).await;
        tokio::spawn(async move {
            let tried = match directory {
                Ok(directory) => directory.organisation().await,
                Err(error) => Err(error),
            };
            teller.tell(Event::ConsentChecked(consent(tried))).await;
        });
    }

    /// The one that is connected where it is this tenant as it stands, so that the operator's own
    /// sign-in is used; else one of its own.
    async fn directory_of(
        &self,
        tenant: &TenantSettings,
    ) -> Result<Arc<dyn Directory>, DirectoryError> {
        if let Some(ports) = self.ports.as_ref().filter(|ports| !ports.tenant.key.practice)
            && ports.tenant.name == tenant.name
            && self.settings.tenant().map(|kept| self.settings.resolved(kept)).as_ref()
                == Some(tenant)
        {
            return Ok(Arc::clone(&ports.tenant.directory));
        }
        match self.as_operator(tenant) {
            Some(made) => Ok(made?.directory),
            None => Ok(directories::of_tenant(tenant, &self.secrets).await?.directory),
        }
    }

    /// With the operator's own sign-in, where they have one at this very login service.
    fn as_operator(&self, tenant: &TenantSettings) -> Option<Result<Made, DirectoryError>> {
        let entra = tenant.entra().filter(|entra| entra.sign_in.is_operator())?;
        let login = |entra: &EntraSettings| {
            let EntraSettings { login_url, graph_url, tenant, client_id, .. } = entra;
            [login_url, graph_url, tenant, client_id].map(String::clone)
        };
        let is_there = |session: &&Arc<Session>| login(&session.place.entra) == login(entra);
        let session = self.presence.sessions.values().find(is_there)?;
        Some(directories::of_operator(entra, Arc::clone(&session.tokens)))
    }
}

/// Another tenant of this station that is the same one in the cloud.
fn known_as(
    known: &[TenantSettings],
    found: &DiscoveredTenant,
    draft: Option<&TenantSettings>,
) -> Option<String> {
    let other = |tenant: &&TenantSettings| draft.is_none_or(|draft| draft.name != tenant.name);
    let same = |tenant: &&TenantSettings| {
        tenant.entra().is_some_and(|entra| {
            [&found.tenant_id, &found.asked]
                .iter()
                .any(|name| entra.tenant.eq_ignore_ascii_case(name))
        })
    };
    known.iter().filter(other).find(same).map(|tenant| tenant.name.clone())
}

/// The draft as it would be with what was found.
fn at(mut draft: TenantSettings, found: &DiscoveredTenant) -> TenantSettings {
    if let DirectorySettings::Entra(entra) = &mut draft.directory {
        entra.tenant.clone_from(&found.tenant_id);
        entra.login_url.clone_from(&found.login_url);
        entra.graph_url.clone_from(&found.graph_url);
    }
    draft
}

/// A name where the tenant says one, or why it has not let us in.
fn consent(
    tried: Result<Option<crate::directory::Organisation>, DirectoryError>,
) -> Result<String, Problem> {
    match tried {
        Ok(Some(organisation)) => Ok(organisation.name),
        Ok(None) | Err(DirectoryError::Forbidden(_)) => Ok(String::new()),
        Err(error) => Err(match not_let_in(&error) {
            true => Problem {
                what: "This tenant has not let the application in yet".into(),
                next: "Let an administrator of that tenant open the consent link and accept, \
                       wait a minute, then check again"
                    .into(),
                details: error.details(),
            },
            false => error.problem(),
        }),
    }
}

fn not_let_in(error: &DirectoryError) -> bool {
    let number = match error {
        DirectoryError::SignIn { number, .. } => *number,
        DirectoryError::Operator(error) => match error.as_ref() {
            SignInError::Refused(refusal) => refusal.number,
            _ => None,
        },
        _ => None,
    };
    number.is_some_and(|number| NOT_LET_IN.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::openid::Refusal;

    #[test]
    fn an_operator_of_a_tenant_without_consent_is_told_of_the_consent_link() {
        let refused = |number| {
            let refusal = Refusal {
                error: "invalid_grant".into(),
                number: Some(number),
                facts: Default::default(),
                claims: None,
            };
            consent(Err(DirectoryError::Operator(Box::new(SignInError::Refused(Box::new(
                refusal,
            ))))))
        };
        assert!(refused(65_001).unwrap_err().next.contains("consent link"));
        assert!(!refused(50_076).unwrap_err().next.contains("consent link"));
    }
}
