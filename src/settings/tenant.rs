//! The tenant's settings: a name, a colour, and what its kind of directory needs.
//!
//! In the file all of it is one flat table, as it was when there was one kind of directory only;
//! `form` reads it, and refuses a key that belongs to the other kind.

mod form;

use super::file::{SettingsError, invalid};
use crate::secrets::SecretName;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::{Host, Url};

/// A tenant: whose people get keys, and where they are registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct TenantSettings {
    /// Shown in the band; names the tenant in `keydesk secret set NAME`.
    pub name: String,
    pub accent: Accent,
    pub directory: DirectorySettings,
}

/// What a connection needs, by the kind of directory. No secret is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectorySettings {
    Entra(EntraSettings),
    PrivacyIdea(PrivacyIdeaSettings),
}

/// The kinds of directory that people can be registered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectoryKind {
    #[default]
    Entra,
    PrivacyIdea,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraSettings {
    /// Domain or GUID.
    pub tenant: String,
    pub client_id: String,
    pub sign_in: SignIn,
    /// PEM certificate file, for sign-in by certificate; its key is in the keyring.
    pub certificate: Option<PathBuf>,
    pub login_url: String,
    pub graph_url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivacyIdeaSettings {
    /// Such as `https://privacyidea.example`.
    pub server_url: String,
    /// Realm of the people who get keys.
    pub realm: String,
    /// Name of the administrator who enrols; the password is in the keyring.
    pub administrator: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    #[default]
    Secret,
    Certificate,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accent {
    #[default]
    Blue,
    Teal,
    Violet,
}

impl TenantSettings {
    /// Whether everything a connection needs is filled in.
    pub fn is_complete(&self) -> bool {
        let mut needed = vec![&self.name];
        match &self.directory {
            DirectorySettings::Entra(entra) => needed.extend([&entra.tenant, &entra.client_id]),
            DirectorySettings::PrivacyIdea(there) => {
                needed.extend([&there.server_url, &there.realm, &there.administrator]);
            }
        }
        needed.iter().all(|text| !text.trim().is_empty())
    }

    /// The secret that its sign-in needs.
    pub fn secret_name(&self) -> SecretName {
        let tenant = self.name.clone();
        match &self.directory {
            DirectorySettings::Entra(entra) => match entra.sign_in {
                SignIn::Secret => SecretName::ClientSecret { tenant },
                SignIn::Certificate => SecretName::CertificateKey { tenant },
            },
            DirectorySettings::PrivacyIdea(_) => SecretName::AdministratorPassword { tenant },
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if !is_plain_text(&self.name) {
            return invalid("tenant.name", "must be a name without control characters");
        }
        match &self.directory {
            DirectorySettings::Entra(entra) => entra.check(),
            DirectorySettings::PrivacyIdea(there) => there.check(),
        }
    }
}

impl DirectorySettings {
    pub fn kind(&self) -> DirectoryKind {
        match self {
            Self::Entra(_) => DirectoryKind::Entra,
            Self::PrivacyIdea(_) => DirectoryKind::PrivacyIdea,
        }
    }
}

impl DirectoryKind {
    /// In the order they are offered.
    pub const ALL: [Self; 2] = [Self::Entra, Self::PrivacyIdea];

    /// The product's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entra => "Microsoft Entra ID",
            Self::PrivacyIdea => "privacyIDEA",
        }
    }
}

/// Nothing filled in but Microsoft's global addresses.
impl Default for EntraSettings {
    fn default() -> Self {
        Self {
            tenant: String::new(),
            client_id: String::new(),
            sign_in: SignIn::default(),
            certificate: None,
            login_url: "https://login.microsoftonline.com".into(),
            graph_url: "https://graph.microsoft.com".into(),
        }
    }
}

impl EntraSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.tenant.is_empty() || !self.tenant.chars().all(plain) {
            return invalid("tenant.tenant", "must be a domain or a GUID");
        }
        if self.client_id.is_empty() || !self.client_id.chars().all(plain) {
            return invalid("tenant.client_id", "must be the application's GUID");
        }
        if self.sign_in == SignIn::Certificate && self.certificate.is_none() {
            return invalid("tenant.certificate", "must name the certificate's PEM file");
        }
        let example = "https://graph.microsoft.com";
        check_url("tenant.login_url", &self.login_url, example)?;
        check_url("tenant.graph_url", &self.graph_url, example)
    }
}

impl PrivacyIdeaSettings {
    fn check(&self) -> Result<(), SettingsError> {
        check_url("tenant.server_url", &self.server_url, "https://privacyidea.example")?;
        if !is_plain_text(&self.realm) {
            return invalid("tenant.realm", "must be the name of a realm on the server");
        }
        if !is_plain_text(&self.administrator) {
            return invalid("tenant.administrator", "must be the name of an administrator");
        }
        Ok(())
    }
}

fn is_plain_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn check_url(key: &'static str, text: &str, example: &str) -> Result<(), SettingsError> {
    let Ok(url) = Url::parse(text) else {
        return invalid(key, &format!("must be an address such as {example}"));
    };
    match url.scheme() {
        "https" if url.host().is_some() => {}
        "http" if points_to_loopback(&url) => {}
        _ => return invalid(key, "must begin with https:// (http:// only to this computer)"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid(key, "must not hold a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid(key, "must not have a ? or # part");
    }
    Ok(())
}

/// `localhost` counts: what resolves it is this computer's own configuration.
fn points_to_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
