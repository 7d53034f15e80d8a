//! Settings: `config.toml` in the platform's configuration folder.
//!
//! Nothing secret is ever written here; secrets go to the keyring.
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `practice` | `false` | use the simulated company |
//! | `current` | the first | name of the tenant in use |
//! | `[[tenants]]` `name` | | shown in the band; names the tenant in `keydesk secret set NAME` |
//! | `accent` | `"blue"` | band: `"blue"`, `"teal"` or `"violet"` |
//! | `directory` | `"entra"` | `"entra"` (Microsoft Entra ID) or `"privacyidea"` |
//! | entra: `tenant` | | domain or GUID of the tenant |
//! | entra: `client_id` | | id of the application in Entra |
//! | entra: `sign_in` | `"operator"` | `"operator"` (in the browser), `"device-code"`, `"secret"`, `"certificate"` or `"legacy-password"` |
//! | entra: `certificate` | | PEM file of the certificate; its key is in the keyring |
//! | entra: `legacy_user` | | user name of the service account of `"legacy-password"` |
//! | entra: `secret_expires` | | last day of the client secret, `"2027-05-31"`; Keydesk reminds 30 days before |
//! | entra: `authentication_context` | | `"c1"` to `"c99"`: what a fresh proof must satisfy; without it, a new sign-in |
//! | entra: `application_of` | | name of another tenant here whose application, sign-in and secret are used (a customer of an MSP); then without `client_id`, `sign_in`, `certificate` |
//! | entra: `login_url` | `"https://login.microsoftonline.com"` | sign-in; plain HTTP only to loopback |
//! | entra: `graph_url` | `"https://graph.microsoft.com"` | Graph; plain HTTP only to loopback |
//! | privacyidea: `server_url` | | the server; plain HTTP only to loopback |
//! | privacyidea: `realm` | | realm of the people who get keys |
//! | privacyidea: `administrator` | | name of the administrator who enrols; the password is in the keyring |
//! | `[tenants.pin]`, `[tenants.enrolment]` | the station's | this tenant's own, with the keys of `[pin]` and `[enrolment]` |
//! | `[tenants.phones]` `default_country` | | country of numbers without a code, two letters such as `"SE"` |
//! | `[tenants.phones]` `only_countries` | `[]` | numbers of other countries are refused; empty takes all |
//! | `[tenants.phones]` `tell_from` | | the mailbox from which people are told of a change of their phones; nobody is told without one |
//! | `[tenants.phones]` `request_minutes` | `10` | how much older or newer than now a signed request may be, 1 to 1440 |
//! | `[[tenants.roles]]` `role` | | `"clerk"`, `"provisioner"`, `"helpdesk"`, `"pin-officer"` or `"administrator"`; without any, those of `application_of` hold, else everybody who signs in has all roles, but only a tenant with rules administers the station once there is one |
//! | `group` or `app_role` | | object id of the group, or value of the app role, that gives it |
//! | `name` | | the group's name, for the eye |
//! | `[security]` `lock_after_minutes` | `10` | idle minutes until the station locks; `0` never |
//! | `lock_with_screen` | `true` | lock when the system's screen locks |
//! | `proof_minutes` | `10` | how long a fresh proof counts, 1 to 60 |
//! | `sensitive` | all | acts that ask for a fresh proof: `"reveal-pin"`, `"export-pins"`, `"remove-keys"`, `"change-phone"`, `"issue-pass"`, `"reset-used-key"`, `"change-secrets"` |
//! | `two_person` | none | acts that a second operator must approve |
//! | `station_roles` | all | roles of a station that signs in as the application |
//! | `[pin]` `length` | `6` | characters of a random PIN, 4 to 63; least for a typed one |
//! | `alphabet` | `"digits"` | `"digits"` or `"letters"` |
//! | `[enrolment]` `must_change_pin` | `false` | the person must change the PIN at first use |
//! | `min_pin_length` | | set as the key's own minimum, 4 to 63 |
//! | `always_uv` | `false` | the key always asks for its PIN |
//! | `remove_old_keys` | `false` | remove the person's old keys once the new one works |
//! | `[outputs]` `folder` | the data folder | in it, a folder for each tenant with `registeredKeys.csv`, letters, labels |
//! | `pin_in_csv` | `false` | write PINs into `registeredKeys.csv` in clear text |
//! | `organisation` | `""` | on letters and labels |
//! | `age_recipients` | none | who can open a session's exported PINs: public parts of age identities, `"age1…"` |
//! | `purge_pins` | `"when-written"` | a session's sealed PINs: `"when-written"` (gone once they are on letters or exported) or `"keep"` |
//! | `[appearance]` `theme` | `"system"` | `"system"`, `"light"`, `"dark"`, `"high-contrast"` |
//! | `text_percent` | `100` | size of text, 80 to 200 |
//! | `sounds` | `false` | a short sound for each result of a session |
//!
//! A `[tenant]` table, as older versions wrote it, is read as the only one of `[[tenants]]`; there
//! `sign_in` was `"secret"` unless it said otherwise.

mod comments;
mod file;
mod older;
mod outputs;
mod paths;
mod security;
mod tenant;

pub use file::SettingsError;
pub use paths::Paths;
pub use security::SecuritySettings;
pub use tenant::{
    Accent, AuthySettings, Cloud, DirectoryKind, DirectorySettings, DuoSettings, EntraSettings,
    HaloSettings, LogServer, LogSettings, PhoneSettings, PrivacyIdeaSettings, RoleRule, RoleSource,
    SignIn, SmsWay, StationsShare, TenantSettings, TwilioSettings, VerifyLimits, VerifySettings,
};

use serde::{Deserialize, Serialize};

/// Everything the operator can set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the tenant in use; the first one when absent.
    pub current: Option<String>,
    /// The simulated company is in use, whatever tenants there are.
    pub practice: bool,
    pub tenants: Vec<TenantSettings>,
    pub security: SecuritySettings,
    pub pin: PinSettings,
    pub enrolment: EnrolmentSettings,
    pub outputs: OutputSettings,
    pub appearance: AppearanceSettings,
}

impl Settings {
    /// The defaults with one tenant, which is in use.
    pub fn with_tenant(tenant: TenantSettings) -> Self {
        Self { current: Some(tenant.name.clone()), tenants: vec![tenant], ..Self::default() }
    }

    /// The tenant in use, practice or not.
    pub fn tenant(&self) -> Option<&TenantSettings> {
        match &self.current {
            Some(name) => self.tenant_named(name),
            None => self.tenants.first(),
        }
    }

    pub fn tenant_named(&self, name: &str) -> Option<&TenantSettings> {
        self.tenants.iter().find(|tenant| tenant.name == name)
    }

    /// The tenant as it connects: a customer's with the application, the sign-in, the certificate
    /// and, where it has no role rules of its own, the rules of the tenant it borrows them from;
    /// the services for callers likewise.
    pub fn resolved(&self, tenant: &TenantSettings) -> TenantSettings {
        let mut whole = tenant.clone();
        if let DirectorySettings::Entra(entra) = &mut whole.directory
            && let Some(lender) = &entra.application_of
            && let Some(lender) = self.tenant_named(lender)
            && let DirectorySettings::Entra(lent) = &lender.directory
        {
            entra.borrow_application(lent);
            if whole.roles.is_empty() {
                whole.roles.clone_from(&lender.roles);
            }
            if !whole.verify.has_services() {
                whole.verify.borrow_services(&lender.verify);
            }
        }
        whole
    }

    /// Whose services check the tenant's callers, and whose secrets those are: its own, or those of
    /// the tenant whose application it uses.
    pub fn services_of<'a>(&'a self, tenant: &'a TenantSettings) -> &'a str {
        let lender = tenant.application_of().filter(|_| !tenant.verify.has_services());
        let lender = lender.filter(|name| self.tenant_named(name).is_some());
        lender.unwrap_or(&tenant.name)
    }

    /// Whether rules say who the operators of any tenant are.
    pub fn has_rules(&self) -> bool {
        let by_rules = |tenant: &TenantSettings| {
            let tenant = self.resolved(tenant);
            let by_name = tenant.entra().is_some_and(|entra| entra.sign_in.is_operator());
            by_name && !tenant.roles.is_empty()
        };
        self.tenants.iter().any(by_rules)
    }

    /// The tenant in use; nothing while practice is.
    pub fn tenant_in_use(&self) -> Option<&TenantSettings> {
        self.tenant().filter(|_| !self.practice)
    }

    /// The PIN policy in a tenant: its own, or the station's.
    pub fn pin_in<'a>(&'a self, tenant: Option<&'a TenantSettings>) -> &'a PinSettings {
        tenant.and_then(|tenant| tenant.pin.as_ref()).unwrap_or(&self.pin)
    }

    /// What is done with keys in a tenant: its own, or the station's.
    pub fn enrolment_in<'a>(&'a self, tenant: Option<&'a TenantSettings>) -> &'a EnrolmentSettings {
        tenant.and_then(|tenant| tenant.enrolment.as_ref()).unwrap_or(&self.enrolment)
    }
}

/// The PIN policy; see `pin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PinSettings {
    /// Characters of a random PIN, 4 to 63; also the least for a typed one.
    pub length: u8,
    pub alphabet: Alphabet,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    #[default]
    Digits,
    /// Lower-case letters and digits without those that are mistaken for each other.
    Letters,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrolmentSettings {
    pub must_change_pin: bool,
    /// Set as the key's own minimum PIN length.
    pub min_pin_length: Option<u8>,
    pub always_uv: bool,
    pub remove_old_keys: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSettings {
    /// In it each tenant has a folder of registeredKeys.csv, letters and labels; the data folder
    /// when absent.
    pub folder: Option<std::path::PathBuf>,
    /// Write PINs into registeredKeys.csv in clear text.
    pub pin_in_csv: bool,
    /// On letters and labels.
    pub organisation: String,
    /// Who can open the exported PINs of a session: public parts of age identities (`age1…`).
    pub age_recipients: Vec<String>,
    pub purge_pins: PurgePins,
}

/// When the sealed PINs of a session are removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurgePins {
    /// Once they are on a letter or in an exported file.
    #[default]
    WhenWritten,
    /// They stay sealed and can be written again.
    Keep,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppearanceSettings {
    pub theme: ThemeChoice,
    /// 80 to 200.
    pub text_percent: u16,
    /// A short sound for each result of a session.
    pub sounds: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
    HighContrast,
}

impl Default for PinSettings {
    fn default() -> Self {
        Self { length: 6, alphabet: Alphabet::Digits }
    }
}

impl Default for AppearanceSettings {
    fn default() -> Self {
        Self { theme: ThemeChoice::System, text_percent: 100, sounds: false }
    }
}
