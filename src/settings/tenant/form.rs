//! One of `[[tenants]]` as it stands in config.toml: one flat table for every kind of directory.

use super::super::{EnrolmentSettings, PinSettings};
use super::{
    Accent, DirectoryKind, DirectorySettings, EntraSettings, PhoneSettings, PrivacyIdeaSettings,
    RoleRule, SignIn, TenantSettings, VerifySettings,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Every key of the table; which of them must, may and must not stand depends on `directory`.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    name: String,
    #[serde(default)]
    accent: Accent,
    #[serde(default)]
    directory: DirectoryKind,

    tenant: Option<String>,
    domain: Option<String>,
    client_id: Option<String>,
    sign_in: Option<SignIn>,
    certificate: Option<PathBuf>,
    legacy_user: Option<String>,
    secret_expires: Option<Date>,
    authentication_context: Option<String>,
    application_of: Option<String>,
    login_url: Option<String>,
    graph_url: Option<String>,

    server_url: Option<String>,
    realm: Option<String>,
    administrator: Option<String>,

    pin: Option<PinSettings>,
    enrolment: Option<EnrolmentSettings>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<RoleRule>,
    #[serde(default, skip_serializing_if = "is_usual")]
    phones: PhoneSettings,
    #[serde(default, skip_serializing_if = "is_usual")]
    verify: VerifySettings,
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a table of one kind can't be.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("directory = \"{}\" needs {key}", file_word(*.directory))]
    Missing { directory: DirectoryKind, key: &'static str },
    #[error("{key} is not a setting of directory = \"{}\"", file_word(*.directory))]
    Foreign { directory: DirectoryKind, key: &'static str },
    #[error("{0} is that of the tenant in application_of")]
    Borrowed(&'static str),
}

impl TryFrom<Form> for TenantSettings {
    type Error = FormError;

    fn try_from(form: Form) -> Result<Self, FormError> {
        form.refuse_keys_of_another_directory()?;
        form.refuse_keys_of_another_application()?;
        let directory = form.directory;
        let needed =
            |value: Option<String>, key| value.ok_or(FormError::Missing { directory, key });
        let settings = match directory {
            DirectoryKind::Entra => {
                let usual = EntraSettings::default();
                let client_id = match form.application_of {
                    Some(_) => usual.client_id,
                    None => needed(form.client_id, "client_id")?,
                };
                DirectorySettings::Entra(EntraSettings {
                    tenant: needed(form.tenant, "tenant")?,
                    domain: form.domain,
                    client_id,
                    sign_in: form.sign_in.unwrap_or_default(),
                    certificate: form.certificate,
                    legacy_user: form.legacy_user,
                    secret_expires: form.secret_expires,
                    authentication_context: form.authentication_context,
                    application_of: form.application_of,
                    login_url: form.login_url.unwrap_or(usual.login_url),
                    graph_url: form.graph_url.unwrap_or(usual.graph_url),
                })
            }
            DirectoryKind::PrivacyIdea => DirectorySettings::PrivacyIdea(PrivacyIdeaSettings {
                server_url: needed(form.server_url, "server_url")?,
                realm: needed(form.realm, "realm")?,
                administrator: needed(form.administrator, "administrator")?,
            }),
        };
        Ok(Self {
            name: form.name,
            accent: form.accent,
            directory: settings,
            pin: form.pin,
            enrolment: form.enrolment,
            roles: form.roles,
            phones: form.phones,
            verify: form.verify,
        })
    }
}

impl Form {
    /// A key that would have no effect is a mistake to hear about.
    fn refuse_keys_of_another_directory(&self) -> Result<(), FormError> {
        let entra = [
            (self.tenant.is_some(), "tenant"),
            (self.domain.is_some(), "domain"),
            (self.client_id.is_some(), "client_id"),
            (self.sign_in.is_some(), "sign_in"),
            (self.certificate.is_some(), "certificate"),
            (self.legacy_user.is_some(), "legacy_user"),
            (self.secret_expires.is_some(), "secret_expires"),
            (self.authentication_context.is_some(), "authentication_context"),
            (self.application_of.is_some(), "application_of"),
            (self.login_url.is_some(), "login_url"),
            (self.graph_url.is_some(), "graph_url"),
        ];
        let privacy_idea = [
            (self.server_url.is_some(), "server_url"),
            (self.realm.is_some(), "realm"),
            (self.administrator.is_some(), "administrator"),
        ];
        let foreign: &[(bool, &'static str)] = match self.directory {
            DirectoryKind::Entra => &privacy_idea,
            DirectoryKind::PrivacyIdea => &entra,
        };
        match foreign.iter().find(|(stands, _)| *stands) {
            Some((_, key)) => Err(FormError::Foreign { directory: self.directory, key }),
            None => Ok(()),
        }
    }
}

impl Form {
    fn refuse_keys_of_another_application(&self) -> Result<(), FormError> {
        if self.application_of.is_none() {
            return Ok(());
        }
        let borrowed = [
            (self.client_id.is_some(), "client_id"),
            (self.sign_in.is_some(), "sign_in"),
            (self.certificate.is_some(), "certificate"),
            (self.legacy_user.is_some(), "legacy_user"),
            (self.secret_expires.is_some(), "secret_expires"),
        ];
        match borrowed.iter().find(|(stands, _)| *stands) {
            Some((_, key)) => Err(FormError::Borrowed(key)),
            None => Ok(()),
        }
    }
}

impl From<TenantSettings> for Form {
    fn from(settings: TenantSettings) -> Self {
        let form = Self {
            name: settings.name,
            accent: settings.accent,
            directory: settings.directory.kind(),
            pin: settings.pin,
            enrolment: settings.enrolment,
            roles: settings.roles,
            phones: settings.phones,
            verify: settings.verify,
            ..Self::default()
        };
        match settings.directory {
            DirectorySettings::Entra(entra) if entra.application_of.is_some() => Self {
                tenant: Some(entra.tenant),
                domain: entra.domain,
                application_of: entra.application_of,
                authentication_context: entra.authentication_context,
                login_url: Some(entra.login_url),
                graph_url: Some(entra.graph_url),
                ..form
            },
            DirectorySettings::Entra(entra) => Self {
                tenant: Some(entra.tenant),
                domain: entra.domain,
                client_id: Some(entra.client_id),
                sign_in: Some(entra.sign_in),
                certificate: entra.certificate,
                legacy_user: entra.legacy_user,
                secret_expires: entra.secret_expires,
                authentication_context: entra.authentication_context,
                login_url: Some(entra.login_url),
                graph_url: Some(entra.graph_url),
                ..form
            },
            DirectorySettings::PrivacyIdea(there) => Self {
                server_url: Some(there.server_url),
                realm: Some(there.realm),
                administrator: Some(there.administrator),
                ..form
            },
        }
    }
}

fn file_word(directory: DirectoryKind) -> &'static str {
    match directory {
        DirectoryKind::Entra => "entra",
        DirectoryKind::PrivacyIdea => "privacyidea",
    }
}
