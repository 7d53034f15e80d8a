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
