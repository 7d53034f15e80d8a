//! The directory of a tenant: the one place in the engine that knows which kinds there are.

use super::DiscoveredTenant;
use super::ports::off_the_network;
use crate::directory::entra::{self, Credential, Entra, EntraConfig, Pfx, PfxError};
use crate::directory::openid::{OpenId, OperatorTokens, SignInError};
use crate::directory::privacyidea::{PrivacyIdea, PrivacyIdeaConfig};
use crate::directory::{Directory, DirectoryError, Expiry};
use crate::problem::Explain;
use crate::secrets::{SecretName, SecretText, Secrets};
use crate::settings::{
    self, DirectorySettings, EntraSettings, PrivacyIdeaSettings, SignIn, TenantSettings,
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

/// The client of a tenant as `Settings::resolved` gives it, with its secret from the keyring.
pub(super) async fn of_tenant(
    tenant: &TenantSettings,
    secrets: &Secrets,
) -> Result<Made, DirectoryError> {
    let Some(name) = tenant.secret_name() else { return Err(nobody_signed_in()) };
    let secret = read_secret(secrets, name).await?;
    match &tenant.directory {
        DirectorySettings::Entra(settings) => made_of_entra(settings, secret).await,
        DirectorySettings::PrivacyIdea(settings) => made_of_privacy_idea(settings, secret),
    }
}

/// Where operators of this tenant sign in; nothing where the station signs in by itself.
pub(super) fn login_of(tenant: &TenantSettings) -> Result<Option<OpenId>, DirectoryError> {
    let Some(entra) = tenant.entra() else { return Ok(None) };
    match entra.sign_in {
        SignIn::Operator | SignIn::DeviceCode => open_id(entra).map(Some),
        SignIn::Secret | SignIn::Certificate | SignIn::LegacyPassword => Ok(None),
    }
}

pub(super) fn open_id(settings: &EntraSettings) -> Result<OpenId, DirectoryError> {
    let config = entra::operator_sign_in(
        settings.login_url.clone(),
        &settings.graph_url,
        settings.tenant.clone(),
        settings.client_id.clone(),
    )?;
    OpenId::new(config).map_err(|error| match error {
        SignInError::Directory(error) => *error,
        other => DirectoryError::Operator(Box::new(other)),
    })
}

/// The directory, asked as the operator who signed in.
pub(super) fn of_operator(
    settings: &EntraSettings,
    tokens: Arc<OperatorTokens>,
) -> Result<Made, DirectoryError> {
    let operator = tokens.operator().upn.clone();
    let entra = Entra::new(config(settings, Credential::Operator(tokens)))?;
    Ok(made(settings, entra, operator))
}

/// Ids of the groups that the operator is in.
pub(super) async fn groups_of(
    settings: &EntraSettings,
    tokens: Arc<OperatorTokens>,
) -> Result<Vec<String>, DirectoryError> {
    Entra::new(config(settings, Credential::Operator(tokens)))?.memberships().await
}

fn config(settings: &EntraSettings, credential: Credential) -> EntraConfig {
    let config = EntraConfig::new(
        settings.login_url.clone(),
        settings.graph_url.clone(),
        settings.tenant.clone(),
        settings.client_id.clone(),
        credential,
    );
    EntraConfig { domain: settings.domain.clone(), ..config }
}

fn made(settings: &EntraSettings, entra: Entra, operator: String) -> Made {
    Made {
        reach: reach(entra.is_loopback_only()),
        directory: Arc::new(entra),
        detail: settings.asked().to_owned(),
        operator,
    }
}

/// The tenant of a domain in Microsoft's clouds.
pub(super) async fn discover(
    login_url: &str,
    domain: &str,
) -> Result<DiscoveredTenant, DirectoryError> {
    // Of a mail address the domain counts.
    let domain = domain.rsplit('@').next().unwrap_or_default().trim();
    let mut failure = None;
    for login_url in clouds_to_ask(login_url) {
        match entra::discover(&login_url, domain).await {
            Ok(found) => {
                return Ok(DiscoveredTenant {
                    asked: domain.to_owned(),
                    tenant_id: found.tenant_id,
                    login_url: found.login_url.unwrap_or(login_url),
                    graph_url: found.graph_url,
                    region: found.region,
                    organisation: None,
                    known_as: None,
                });
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or(DirectoryError::NoSecret))
}

/// The chosen one first; of Microsoft's clouds then the others, for a domain is known in its own
/// only.
fn clouds_to_ask(login_url: &str) -> Vec<String> {
    let clouds = settings::Cloud::ALL
        .into_iter()
        .filter_map(settings::Cloud::addresses)
        .map(|(login, _)| login);
    let mut asked = vec![login_url.to_owned()];
    if clouds.clone().any(|login| login == login_url) {
        asked.extend(clouds.filter(|login| *login != login_url).map(str::to_owned));
        asked.dedup();
    }
    asked
}

/// Until when the tenant's sign-in is valid, where the station can tell by itself.
pub(super) async fn own_expiry(tenant: &TenantSettings) -> Result<Option<Expiry>, DirectoryError> {
    let Some(entra) = tenant.entra() else { return Ok(None) };
    match entra.sign_in {
        SignIn::Certificate => {
            let Some(file) = entra.certificate.clone() else { return Ok(None) };
            let read = off_the_network(move || read_file(&file)).await?;
            let at = entra::certificate_end(&read)?;
            Ok(Some(Expiry { what: "The certificate".into(), at }))
        }
        SignIn::Secret => Ok(entra
            .secret_expires
            .and_then(end_of_day)
            .map(|at| Expiry { what: "The client secret".into(), at })),
        SignIn::Operator | SignIn::DeviceCode | SignIn::LegacyPassword => Ok(None),
    }
}

/// The certificate as PEM, and its key for the keyring.
pub(super) fn read_pfx(
    bytes: &[u8],
    password: &SecretText,
) -> Result<(String, SecretText), PfxError> {
    let pfx = Pfx::read(bytes, password)?;
    Ok((pfx.certificate_pem, pfx.key_pem))
}

fn end_of_day(date: jiff::civil::Date) -> Option<jiff::Timestamp> {
    let next = date.tomorrow().ok()?;
    Some(next.to_zoned(jiff::tz::TimeZone::system()).ok()?.timestamp())
}

fn read_file(file: &std::path::Path) -> Result<Vec<u8>, DirectoryError> {
    std::fs::read(file).map_err(|error| {
        DirectoryError::Settings(format!("{} can't be read: {error}", file.display()))
    })
}

async fn made_of_entra(
    settings: &EntraSettings,
    secret: SecretText,
) -> Result<Made, DirectoryError> {
    let asked = settings.clone();
    let credential = off_the_network(move || credential(&asked, secret)).await?;
    let entra = Entra::new(config(settings, credential))?;
    let operator = match (settings.sign_in, &settings.legacy_user) {
        (SignIn::LegacyPassword, Some(user)) => format!("Service account {user}"),
        _ => format!("Application {}", settings.client_id),
    };
    Ok(made(settings, entra, operator))
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

fn nobody_signed_in() -> DirectoryError {
    DirectoryError::Settings("nobody is signed in to this tenant; sign in there, then check".into())
}

async fn read_secret(secrets: &Secrets, name: SecretName) -> Result<SecretText, DirectoryError> {
    let secrets = secrets.clone();
    let found = off_the_network(move || secrets.get(&name)).await;
    found.map_err(|error| DirectoryError::Settings(error.what()))?.ok_or(DirectoryError::NoSecret)
}

fn credential(settings: &EntraSettings, secret: SecretText) -> Result<Credential, DirectoryError> {
    match (settings.sign_in, &settings.certificate) {
        (SignIn::Secret, _) => Ok(Credential::Secret(secret)),
        (SignIn::Certificate, Some(file)) => Credential::from_pem(&read_file(file)?, &secret),
        (SignIn::Certificate, None) => {
            Err(DirectoryError::Settings("no certificate file is chosen".into()))
        }
        (SignIn::LegacyPassword, _) => match &settings.legacy_user {
            Some(user) => Ok(Credential::LegacyPassword {
                user: user.clone(),
                password: secret,
                secret: None,
            }),
            None => Err(DirectoryError::Settings("no service account is named".into())),
        },
        (SignIn::Operator | SignIn::DeviceCode, _) => Err(nobody_signed_in()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Accent;

    fn tenant(directory: DirectorySettings) -> TenantSettings {
        TenantSettings::new("Here", Accent::Blue, directory)
    }

    fn entra(login_url: &str, graph_url: &str) -> TenantSettings {
        tenant(DirectorySettings::Entra(EntraSettings {
            tenant: "here.example".into(),
            client_id: "c-1".into(),
            sign_in: SignIn::Secret,
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
            secrets.set(&tenant.secret_name().unwrap(), &SecretText::new("s3cret")).unwrap();
            let made = of_tenant(&tenant, &secrets).await.unwrap();
            assert_eq!(made.reach, expected, "{tenant:?}");
        }
    }

    #[test]
    fn of_microsofts_clouds_the_chosen_one_is_asked_first_and_each_once() {
        let global = "https://login.microsoftonline.com";
        let government = "https://login.microsoftonline.us";
        let china = "https://login.partner.microsoftonline.cn";
        assert_eq!(clouds_to_ask(global), [global, government, china]);
        assert_eq!(clouds_to_ask(china), [china, global, government]);
        let own = "http://127.0.0.1:1";
        assert_eq!(clouds_to_ask(own), [own], "nobody else hears of a domain of one's own service");
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
