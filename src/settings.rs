//! Settings: `config.toml` in the platform's configuration folder.
//!
//! Nothing secret is ever written here; secrets go to the keyring.
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `practice` | `false` | use the simulated company |
//! | `[tenant]` `name` | | shown in the band; names the tenant in `keydesk secret set NAME` |
//! | `tenant` | | domain or GUID of the tenant |
//! | `client_id` | | id of the application in Entra |
//! | `sign_in` | `"secret"` | `"secret"` or `"certificate"` |
//! | `certificate` | | PEM file of the certificate; its key is in the keyring |
//! | `login_url` | `"https://login.microsoftonline.com"` | sign-in; plain HTTP only to loopback |
//! | `graph_url` | `"https://graph.microsoft.com"` | Graph; plain HTTP only to loopback |
//! | `accent` | `"blue"` | band: `"blue"`, `"teal"` or `"violet"` |
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

pub use file::SettingsError;
pub use paths::Paths;

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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// Shown in the band; names the tenant in `keydesk secret set NAME`.
    pub name: String,
    /// Domain or GUID.
    pub tenant: String,
    pub client_id: String,
    #[serde(default)]
    pub sign_in: SignIn,
    /// PEM certificate file, for sign-in by certificate; its key is in the keyring.
    pub certificate: Option<std::path::PathBuf>,
    #[serde(default = "default_login_url")]
    pub login_url: String,
    #[serde(default = "default_graph_url")]
    pub graph_url: String,
    #[serde(default)]
    pub accent: Accent,
}

impl TenantSettings {
    /// An empty form, with Microsoft's global addresses.
    pub fn empty() -> Self {
        Self {
            name: String::new(),
            tenant: String::new(),
            client_id: String::new(),
            sign_in: SignIn::default(),
            certificate: None,
            login_url: default_login_url(),
            graph_url: default_graph_url(),
            accent: Accent::default(),
        }
    }

    /// Whether everything a connection needs is filled in.
    pub fn is_complete(&self) -> bool {
        ![&self.name, &self.tenant, &self.client_id].iter().any(|text| text.trim().is_empty())
    }
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

fn default_login_url() -> String {
    "https://login.microsoftonline.com".into()
}

fn default_graph_url() -> String {
    "https://graph.microsoft.com".into()
}
