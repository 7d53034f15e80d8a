//! The tenant's settings: a name, a colour, and what its kind of directory needs.
//!
//! In the file all of it is one flat table, as it was when there was one kind of directory only;
//! `form` reads it, and refuses a key that belongs to the other kind.

mod check;
mod cloud;
mod form;
mod roles;
mod verify;

pub(super) use check::check;
pub use cloud::Cloud;
pub use roles::{RoleRule, RoleSource};
pub use verify::{
    AuthySettings, DuoSettings, HaloSettings, LogServer, LogSettings, SmsWay, StationsShare,
    TwilioSettings, VerifyLimits, VerifySettings,
};

use super::{EnrolmentSettings, PinSettings};
use crate::secrets::SecretName;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A tenant: whose people get keys, and where they are registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct TenantSettings {
    /// Shown in the band; names the tenant in `keydesk secret set NAME`.
    pub name: String,
    pub accent: Accent,
    pub directory: DirectorySettings,
    /// This tenant's own PIN policy; the station's when absent.
    pub pin: Option<PinSettings>,
    /// What is done with keys of this tenant; the station's when absent.
    pub enrolment: Option<EnrolmentSettings>,
    /// Without any rule everybody who signs in has all roles.
    pub roles: Vec<RoleRule>,
    pub phones: PhoneSettings,
    pub verify: VerifySettings,
}

/// How phone numbers of a tenant are read, and who hears of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneSettings {
    /// Country of numbers without a code, two letters (ISO 3166); without one each number needs
    /// its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_country: Option<String>,
    /// Numbers of other countries are refused; empty takes all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_countries: Vec<String>,
    /// The mailbox (user principal name) from which people are told of a change of their phones;
    /// nobody is told without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell_from: Option<String>,
    /// How much older or newer than now a signed request may be, in minutes;
    /// [`PhoneSettings::REQUEST_MINUTES`] when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_minutes: Option<u16>,
}

impl PhoneSettings {
    pub const REQUEST_MINUTES: u16 = 10;

    /// How much older or newer than now a signed request may be.
    pub fn request_age(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.request_minutes.unwrap_or(Self::REQUEST_MINUTES)))
    }
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
    /// What the GUID was found by: it is checked against the tenant's own domains.
    pub domain: Option<String>,
    /// The application's id; empty where it is another tenant's.
    pub client_id: String,
    pub sign_in: SignIn,
    /// PEM certificate file, for sign-in by certificate; its key is in the keyring.
    pub certificate: Option<PathBuf>,
    /// The service account of a legacy sign-in by password.
    pub legacy_user: Option<String>,
    /// Last day of the client secret, as the administrator read it.
    pub secret_expires: Option<Date>,
    /// `c1` to `c99`: what a fresh proof must satisfy; a new sign-in when absent.
    pub authentication_context: Option<String>,
    /// The tenant whose application this one uses, with its sign-in: an MSP's customer.
    pub application_of: Option<String>,
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

/// How a tenant is signed in to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// The operator, in the browser.
    #[default]
    Operator,
    /// The operator, in the browser of another device.
    DeviceCode,
    /// The application, by its secret: an unattended station.
    Secret,
    /// The application, by its certificate.
    Certificate,
    /// A service account by its password: what older scripts did.
    LegacyPassword,
}

impl SignIn {
    /// Whether a person signs in, and not the station.
    pub fn is_operator(self) -> bool {
        matches!(self, Self::Operator | Self::DeviceCode)
    }
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
    /// Without policies of its own and without role rules.
    pub fn new(name: impl Into<String>, accent: Accent, directory: DirectorySettings) -> Self {
        Self {
            name: name.into(),
            accent,
            directory,
            pin: None,
            enrolment: None,
            roles: Vec::new(),
            phones: PhoneSettings::default(),
            verify: VerifySettings::default(),
        }
    }

    /// Whether everything a connection needs is filled in.
    pub fn is_complete(&self) -> bool {
        let mut needed = vec![&self.name];
        match &self.directory {
            DirectorySettings::Entra(entra) => {
                needed.push(&entra.tenant);
                needed.push(entra.application_of.as_ref().unwrap_or(&entra.client_id));
            }
            DirectorySettings::PrivacyIdea(there) => {
                needed.extend([&there.server_url, &there.realm, &there.administrator]);
            }
        }
        needed.iter().all(|text| !text.trim().is_empty())
    }

    /// Beside the name: its domain or realm.
    pub fn detail(&self) -> &str {
        match &self.directory {
            DirectorySettings::Entra(entra) => &entra.tenant,
            DirectorySettings::PrivacyIdea(there) => &there.realm,
        }
    }

    /// The tenant whose application is used, where it is not this one.
    pub fn application_of(&self) -> Option<&str> {
        self.entra().and_then(|entra| entra.application_of.as_deref())
    }

    pub fn entra(&self) -> Option<&EntraSettings> {
        match &self.directory {
            DirectorySettings::Entra(entra) => Some(entra),
            DirectorySettings::PrivacyIdea(_) => None,
        }
    }

    /// The secret that its sign-in needs; none where the operator signs in. To be asked of a
    /// tenant as [`super::Settings::resolved`] gives it.
    pub fn secret_name(&self) -> Option<SecretName> {
        let tenant = self.application_of().unwrap_or(&self.name).to_owned();
        match &self.directory {
            DirectorySettings::Entra(entra) => match entra.sign_in {
                SignIn::Operator | SignIn::DeviceCode => None,
                SignIn::Secret => Some(SecretName::ClientSecret { tenant }),
                SignIn::Certificate => Some(SecretName::CertificateKey { tenant }),
                SignIn::LegacyPassword => Some(SecretName::LegacyPassword { tenant }),
            },
            DirectorySettings::PrivacyIdea(_) => Some(SecretName::AdministratorPassword { tenant }),
        }
    }
}

impl EntraSettings {
    /// What the operator asked for: the domain the tenant was found by, else what was typed.
    pub fn asked(&self) -> &str {
        self.domain.as_deref().unwrap_or(&self.tenant)
    }

    /// Another tenant's application, with all that signs it in.
    pub(super) fn borrow_application(&mut self, lender: &Self) {
        self.client_id.clone_from(&lender.client_id);
        self.sign_in = lender.sign_in;
        self.certificate.clone_from(&lender.certificate);
        self.legacy_user.clone_from(&lender.legacy_user);
        self.secret_expires = lender.secret_expires;
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
            domain: None,
            client_id: String::new(),
            sign_in: SignIn::default(),
            certificate: None,
            legacy_user: None,
            secret_expires: None,
            authentication_context: None,
            application_of: None,
            login_url: "https://login.microsoftonline.com".into(),
            graph_url: "https://graph.microsoft.com".into(),
        }
    }
}
