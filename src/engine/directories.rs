//! The directory of a tenant: the one place in the engine that knows which kinds there are.

use super::DiscoveredTenant;
use super::ports::off_the_network;
use crate::directory::entra::{self, Credential, Entra, EntraConfig};
use crate::directory::privacyidea::{PrivacyIdea, PrivacyIdeaConfig};
use crate::directory::{Directory, DirectoryError};
use crate::practice::cloud::Cloud;
use crate::problem::Explain;
use crate::secrets::{SecretName, SecretText, Secrets};
use crate::settings::{
    DirectorySettings, EntraSettings, PrivacyIdeaSettings, SignIn, TenantSettings,
};
use std::sync::Arc;

/// A directory ready to be asked, and how it is shown.
pub(super) struct Made {
    pub directory: Arc<dyn Directory>,
    pub reach: Reach,
    /// Beside the tenant's name: its domain or realm.
    pub detail: String,
    /// Who is signed in.
    pub operator: String,
}

/// Where a directory's addresses lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of them to this computer; only then may virtual keys be enrolled.
    ThisComputer,
    Network,
}

/// The client of a tenant, with its secret from the keyring.
pub(super) async fn of_tenant(
    tenant: &TenantSettings,
    secrets: &Secrets,
) -> Result<Made, DirectoryError> {
    let secret = read_secret(secrets, tenant.secret_name()).await?;
    match &tenant.directory {
        DirectorySettings::Entra(settings) => made_of_entra(settings, secret).await,
        DirectorySettings::PrivacyIdea(settings) => made_of_privacy_idea(settings, secret),
    }
}

/// The simulated company, which is one of Entra's.
pub(super) fn of_practice(cloud: &Cloud) -> Result<Arc<dyn Directory>, DirectoryError> {
    let there = cloud.connection();
    let secret = SecretText::new(there.secret.expose());
    let entra = Entra::new(EntraConfig::new(
        there.base_url.clone(),
        there.base_url,
        there.domain,
        there.client_id,
        Credential::Secret(secret),
    ))?;
    Ok(Arc::new(entra))
}

/// The tenant of a domain in Microsoft's clouds.
pub(super) async fn discover(
    login_url: &str,
    domain: &str,
) -> Result<DiscoveredTenant, DirectoryError> {
    let found = entra::discover(login_url, domain).await?;
    Ok(DiscoveredTenant { tenant_id: found.tenant_id, graph_url: found.graph_url })
}

async fn made_of_entra(
    settings: &EntraSettings,
    secret: SecretText,
) -> Result<Made, DirectoryError> {
    let asked = settings.clone();
    let entra = Entra::new(EntraConfig::new(
        settings.login_url.clone(),
        settings.graph_url.clone(),
        settings.tenant.clone(),
        settings.client_id.clone(),
        off_the_network(move || credential(&asked, secret)).await?,
    ))?;
    Ok(Made {
        reach: reach(entra.is_loopback_only()),
        directory: Arc::new(entra),
        detail: settings.tenant.clone(),
        operator: format!("Application {}", settings.client_id),
    })
}

fn made_of_privacy_idea(
    settings: &PrivacyIdeaSettings,
    password: SecretText,
) -> Result<Made, DirectoryError> {
    let there = PrivacyIdea::new(PrivacyIdeaConfig::new(
        settings.server_url.clone(),
        settings.realm.clone(),
        settings.administrator.clone(),
        password,
    ))?;
    Ok(Made {
        reach: reach(there.is_loopback_only()),
        directory: Arc::new(there),
        detail: settings.realm.clone(),
        operator: format!("Administrator {}", settings.administrator),
    })
}

fn reach(is_loopback_only: bool) -> Reach {
    match is_loopback_only {
        true => Reach::ThisComputer,
        false => Reach::Network,
    }
}

async fn read_secret(secrets: &Secrets, name: SecretName) -> Result<SecretText, DirectoryError> {
    let secrets = secrets.clone();
    let found = off_the_network(move || secrets.get(&name)).await;
    found.map_err(|error| DirectoryError::Settings(error.what()))?.ok_or(DirectoryError::NoSecret)
}

fn credential(settings: &EntraSettings, secret: SecretText) -> Result<Credential, DirectoryError> {
    match (settings.sign_in, &settings.certificate) {
        (SignIn::Secret, _) => Ok(Credential::Secret(secret)),
        (SignIn::Certificate, Some(file)) => {
            let pem = std::fs::read(file).map_err(|error| {
                DirectoryError::Settings(format!("{} can't be read: {error}", file.display()))
            })?;
            Credential::from_pem(&pem, &secret)
        }
        (SignIn::Certificate, None) => {
            Err(DirectoryError::Settings("no certificate file is chosen".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Accent;

    fn tenant(directory: DirectorySettings) -> TenantSettings {
        TenantSettings { name: "Here".into(), accent: Accent::Blue, directory }
    }

    fn entra(login_url: &str, graph_url: &str) -> TenantSettings {
        tenant(DirectorySettings::Entra(EntraSettings {
            tenant: "here.example".into(),
            client_id: "c-1".into(),
            login_url: login_url.into(),
            graph_url: graph_url.into(),
            ..EntraSettings::default()
        }))
    }

    fn privacy_idea(server_url: &str) -> TenantSettings {
        tenant(DirectorySettings::PrivacyIdea(PrivacyIdeaSettings {
            server_url: server_url.into(),
            realm: "people".into(),
            administrator: "keydesk".into(),
        }))
    }

    #[tokio::test]
    async fn a_directory_is_on_this_computer_only_when_all_its_addresses_are() {
        let (here, away) = ("http://127.0.0.1:1", "https://away.example");
        for (tenant, expected) in [
            (entra(here, here), Reach::ThisComputer),
            (entra(here, away), Reach::Network),
            (entra(away, here), Reach::Network),
            (privacy_idea(here), Reach::ThisComputer),
            (privacy_idea(away), Reach::Network),
        ] {
            let secrets = Secrets::session_only("test");
            secrets.set(&tenant.secret_name(), &SecretText::new("s3cret")).unwrap();
            let made = of_tenant(&tenant, &secrets).await.unwrap();
            assert_eq!(made.reach, expected, "{tenant:?}");
        }
    }

    #[tokio::test]
    async fn another_kinds_secret_of_the_same_tenant_is_not_used() {
        let secrets = Secrets::session_only("test");
        let there = privacy_idea("http://127.0.0.1:1");
        let client_secret = SecretName::ClientSecret { tenant: there.name.clone() };
        secrets.set(&client_secret, &SecretText::new("s3cret")).unwrap();
        let refused = of_tenant(&there, &secrets).await.err();
        assert_eq!(refused, Some(DirectoryError::NoSecret));
    }
}
