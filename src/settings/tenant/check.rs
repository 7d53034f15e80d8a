//! The rules that a tenant's types alone don't hold.

use super::super::Settings;
use super::super::file::{SettingsError, check_pin, invalid};
use super::{
    DirectorySettings, EntraSettings, PhoneSettings, PrivacyIdeaSettings, SignIn, TenantSettings,
};
use crate::phones::Country;
use url::{Host, Url};

const REQUEST_MINUTES: std::ops::RangeInclusive<u16> = 1..=1440;

/// All tenants, each by itself and among the others.
pub(in super::super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    for (place, tenant) in settings.tenants.iter().enumerate() {
        tenant.check()?;
        // They name folders, and not every file system tells case apart.
        let same = |other: &TenantSettings| {
            other.name.trim().to_lowercase() == tenant.name.trim().to_lowercase()
        };
        if settings.tenants[..place].iter().any(same) {
            return invalid("tenants.name", "must be different for each tenant");
        }
        check_pin(settings.pin_in(Some(tenant)), settings.enrolment_in(Some(tenant)))?;
        check_lender(settings, tenant)?;
    }
    match &settings.current {
        Some(name) if settings.tenant_named(name).is_none() => {
            invalid("current", "must be the name of one of the tenants")
        }
        _ => Ok(()),
    }
}

/// A customer's application belongs to another tenant, which has one of its own.
fn check_lender(settings: &Settings, tenant: &TenantSettings) -> Result<(), SettingsError> {
    let Some(name) = tenant.application_of() else { return Ok(()) };
    let lender = settings.tenant_named(name).filter(|lender| lender.name != tenant.name);
    match lender.map(|lender| (&lender.directory, lender.application_of())) {
        Some((DirectorySettings::Entra(_), None)) => Ok(()),
        Some((_, Some(_))) => {
            invalid("tenants.application_of", "must name a tenant with an application of its own")
        }
        _ => invalid("tenants.application_of", "must name another tenant in Microsoft Entra ID"),
    }
}

impl TenantSettings {
    pub(in super::super) fn check(&self) -> Result<(), SettingsError> {
        if !is_plain_text(&self.name) {
            return invalid("tenants.name", "must be a name without control characters");
        }
        self.roles.iter().try_for_each(super::RoleRule::check)?;
        self.phones.check()?;
        self.verify.check()?;
        match &self.directory {
            DirectorySettings::Entra(entra) => entra.check(),
            DirectorySettings::PrivacyIdea(there) => there.check(),
        }
    }
}

impl PhoneSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let is_country = |code: &String| Country::from_code(code).is_some();
        if !self.default_country.iter().all(is_country) {
            return invalid("tenants.phones.default_country", "must be a country of two letters");
        }
        if !self.only_countries.iter().all(is_country) {
            return invalid("tenants.phones.only_countries", "must be countries of two letters");
        }
        if self.request_minutes.is_some_and(|minutes| !REQUEST_MINUTES.contains(&minutes)) {
            return invalid("tenants.phones.request_minutes", "must be 1 to 1440");
        }
        match &self.tell_from {
            Some(from) if !from.contains('@') => {
                invalid("tenants.phones.tell_from", "must be the user name of a mailbox")
            }
            _ => Ok(()),
        }
    }
}

impl EntraSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.tenant.is_empty() || !self.tenant.chars().all(plain) {
            return invalid("tenants.tenant", "must be a domain or a GUID");
        }
        if self.application_of.is_none() {
            self.check_application()?;
        }
        if self.authentication_context.as_deref().is_some_and(|text| !is_context(text)) {
            return invalid("tenants.authentication_context", "must be c1 to c99");
        }
        let example = "https://graph.microsoft.com";
        check_url("tenants.login_url", &self.login_url, example)?;
        check_url("tenants.graph_url", &self.graph_url, example)
    }

    fn check_application(&self) -> Result<(), SettingsError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.client_id.is_empty() || !self.client_id.chars().all(plain) {
            return invalid("tenants.client_id", "must be the application's GUID");
        }
        if self.sign_in == SignIn::Certificate && self.certificate.is_none() {
            return invalid("tenants.certificate", "must name the certificate's PEM file");
        }
        let user = self.legacy_user.as_deref().unwrap_or_default();
        if self.sign_in == SignIn::LegacyPassword && !is_plain_text(user) {
            return invalid("tenants.legacy_user", "must be the service account's user name");
        }
        Ok(())
    }
}

impl PrivacyIdeaSettings {
    fn check(&self) -> Result<(), SettingsError> {
        check_url("tenants.server_url", &self.server_url, "https://privacyidea.example")?;
        if !is_plain_text(&self.realm) {
            return invalid("tenants.realm", "must be the name of a realm on the server");
        }
        if !is_plain_text(&self.administrator) {
            return invalid("tenants.administrator", "must be the name of an administrator");
        }
        Ok(())
    }
}

/// An authentication context's id: `c1` to `c99`.
fn is_context(text: &str) -> bool {
    let number = text.strip_prefix('c').filter(|number| !number.starts_with(['0', '+']));
    number.and_then(|number| number.parse::<u8>().ok()).is_some_and(|number| number <= 99)
}

fn is_plain_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

pub(super) fn check_url(key: &'static str, text: &str, example: &str) -> Result<(), SettingsError> {
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
