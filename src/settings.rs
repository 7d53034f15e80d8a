//! Settings: `config.toml` in the platform's configuration folder.
//!
//! Nothing secret is ever written here; secrets go to the keyring.
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `practice` | `false` | use the simulated company |
//! | `[tenant]` `name` | | shown in the band; names the tenant in `keydesk secret set NAME` |
//! | `accent` | `"blue"` | band: `"blue"`, `"teal"` or `"violet"` |
//! | `directory` | `"entra"` | `"entra"` (Microsoft Entra ID) or `"privacyidea"` |
//! | entra: `tenant` | | domain or GUID of the tenant |
//! | entra: `client_id` | | id of the application in Entra |
//! | entra: `sign_in` | `"secret"` | `"secret"` or `"certificate"` |
//! | entra: `certificate` | | PEM file of the certificate; its key is in the keyring |
//! | entra: `login_url` | `"https://login.microsoftonline.com"` | sign-in; plain HTTP only to loopback |
//! | entra: `graph_url` | `"https://graph.microsoft.com"` | Graph; plain HTTP only to loopback |
//! | privacyidea: `server_url` | | the server; plain HTTP only to loopback |
//! | privacyidea: `realm` | | realm of the people who get keys |
//! | privacyidea: `administrator` | | name of the administrator who enrols; the password is in the keyring |
//! | `[pin]` `length` | `6` | characters of a random PIN, 4 to 63; least for a typed one |
//! | `alphabet` | `"digits"` | `"digits"` or `"letters"` |
//! | `[enrolment]` `must_change_pin` | `false` | the person must change the PIN at first use |
//! | `min_pin_length` | | set as the key's own minimum, 4 to 63 |
//! | `always_uv` | `false` | the key always asks for its PIN |
//! | `remove_old_keys` | `false` | remove the person's old keys once the new one works |
//! | `[outputs]` `folder` | the data folder | folder of `registeredKeys.csv`, letters, labels |
//! | `pin_in_csv` | `false` | write PINs into `registeredKeys.csv` in clear text |
//! | `organisation` | `""` | on letters and labels |
//! | `[appearance]` `theme` | `"system"` | `"system"`, `"light"`, `"dark"`, `"high-contrast"` |
//! | `text_percent` | `100` | size of text, 80 to 200 |

mod comments;
mod file;
mod paths;
mod tenant;

pub use file::SettingsError;
pub use paths::Paths;
pub use tenant::{
    Accent, DirectoryKind, DirectorySettings, EntraSettings, PrivacyIdeaSettings, SignIn,
    TenantSettings,
};

use serde::{Deserialize, Serialize};

/// Everything the operator can set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The tenant in use; practice when absent and the operator chose so.
    pub tenant: Option<TenantSettings>,
    pub practice: bool,
    pub pin: PinSettings,
    pub enrolment: EnrolmentSettings,
    pub outputs: OutputSettings,
    pub appearance: AppearanceSettings,
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
    /// Folder of registeredKeys.csv, letters and labels; the data folder when absent.
    pub folder: Option<std::path::PathBuf>,
    /// Write PINs into registeredKeys.csv in clear text.
    pub pin_in_csv: bool,
    /// On letters and labels.
    pub organisation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppearanceSettings {
    pub theme: ThemeChoice,
    /// 80 to 200.
    pub text_percent: u16,
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
        Self { theme: ThemeChoice::System, text_percent: 100 }
    }
}
