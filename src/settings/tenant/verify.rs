//! How callers of a tenant are checked: services, texts, limits. No secret is here.

use super::super::file::{SettingsError, invalid};
use super::check::check_url;
use crate::access::Act;
use crate::verify::PushKind;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything about checking callers. With no service nothing can be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerifySettings {
    /// How codes are sent; not at all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsWay>,
    /// Whose app asks; nobody's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<PushKind>,
    /// extensionAttribute1 to 15 with the Authy id or the Duo user name. Duo takes the user
    /// principal name when absent; Twilio Verify always the object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_attribute: Option<u8>,
    /// In texts and on phones; the tenant's name when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Our own text, with `{code}`, and if wished `{company}`, `{agent}`, `{ticket}`; one in the
    /// person's language when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Acts that ask for a verified person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_for: Vec<Act>,
    /// Mail and sign-in domains of this tenant's people: a caller's domain chooses the tenant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Where stations see each other's open checks and locks.
    #[serde(skip_serializing_if = "is_usual")]
    pub stations: StationsShare,
    /// Of [`StationsShare::Folder`], from its root or server on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stations_folder: Option<PathBuf>,
    #[serde(skip_serializing_if = "is_usual")]
    pub limits: VerifyLimits,
    #[serde(skip_serializing_if = "is_usual")]
    pub twilio: TwilioSettings,
    #[serde(skip_serializing_if = "is_usual")]
    pub authy: AuthySettings,
    #[serde(skip_serializing_if = "is_usual")]
    pub duo: DuoSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halo: Option<HaloSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogSettings>,
}

impl VerifySettings {
    /// Whether there is anything to check callers with, or to write about them.
    pub fn has_services(&self) -> bool {
        self.sms.is_some() || self.push.is_some() || self.halo.is_some() || self.log.is_some()
    }

    /// Another tenant's services, with the rules that this one has none of its own of. Whose
    /// people they are, and what company texts name, stays.
    pub(crate) fn borrow_services(&mut self, lender: &Self) {
        let own = std::mem::replace(self, lender.clone());
        self.company = own.company;
        self.domains = own.domains;
        if !own.required_for.is_empty() {
            self.required_for = own.required_for;
        }
        if own.limits != VerifyLimits::default() {
            self.limits = own.limits;
        }
        if own.stations != StationsShare::default() {
            self.stations = own.stations;
            self.stations_folder = own.stations_folder;
        }
    }
}

/// What stations share of callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StationsShare {
    /// A second table in the database of the log, where there is a log.
    #[default]
    Log,
    Folder,
    /// This is the only station.
    Nothing,
}

/// Who makes and checks codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmsWay {
    /// Twilio Verify; preferred.
    Verify,
    /// Ours, sent by Twilio Messaging.
    Messages,
}

/// Minutes, counts per hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerifyLimits {
    /// How long somebody counts as verified, in minutes.
    pub verified_minutes: u16,
    /// How long a caller is locked after three wrong codes, in minutes.
    pub lock_minutes: u16,
    /// A number or method is "lately" changed for so many days.
    pub lately_days: u16,
    /// Texts and pushes to one person in an hour.
    pub per_person: u16,
    /// Of one agent in an hour.
    pub per_agent: u16,
    /// Of this station in an hour, for this tenant.
    pub per_station: u16,
}

impl Default for VerifyLimits {
    fn default() -> Self {
        Self {
            verified_minutes: 10,
            lock_minutes: 30,
            lately_days: 14,
            per_person: 5,
            per_agent: 30,
            per_station: 120,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TwilioSettings {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// `SK...`, whose secret is kept then; the account's own token is kept when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_sid: Option<String>,
    /// `VA...`, for Verify's texts and its push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_service_sid: Option<String>,
    /// `MG...`, which chooses the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messaging_service_sid: Option<String>,
    /// The sender's number or name, where no messaging service chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Our messages are deleted at Twilio when the check is over.
    pub delete_messages: bool,
    pub api_url: String,
    pub verify_url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthySettings {
    pub url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DuoSettings {
    /// Such as `https://api-xxxxxxxx.duosecurity.com`.
    pub url: String,
    /// `DI...`, of an application of the kind "Auth API".
    pub integration_key: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HaloSettings {
    /// Such as `https://acme.halopsa.com`.
    pub url: String,
    /// The hosted instance's tenant; what the instance itself says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    pub client_id: String,
    /// Of notes, from the instance's own list; its usual one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_id: Option<i64>,
    /// In whose name notes are written; the application's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    pub server: LogServer,
    pub host: String,
    /// The server's usual one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    pub database: String,
    pub user: String,
    /// Such as `keydesk_checks` or `audit.keydesk_checks`.
    pub table: String,
    /// A PEM file with the authority of the server's certificate, where the system's do not do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogServer {
    Postgresql,
    /// Azure SQL too.
    SqlServer,
}

impl Default for TwilioSettings {
    fn default() -> Self {
        Self {
            account_sid: String::new(),
            api_key_sid: None,
            verify_service_sid: None,
            messaging_service_sid: None,
            from: None,
            delete_messages: true,
            api_url: "https://api.twilio.com".into(),
            verify_url: "https://verify.twilio.com".into(),
        }
    }
}

impl Default for AuthySettings {
    fn default() -> Self {
        Self { url: "https://api.authy.com".into() }
    }
}

impl VerifyLimits {
    pub fn verified(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.verified_minutes))
    }

    pub fn lock(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.lock_minutes))
    }

    pub fn lately(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.lately_days))
    }
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl VerifySettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if self.push_attribute.is_some_and(|number| !(1..=15).contains(&number)) {
            return invalid("tenants.verify.push_attribute", "must be 1 to 15");
        }
        if self.text.as_ref().is_some_and(|text| !text.contains("{code}")) {
            return invalid("tenants.verify.text", "must contain {code}");
        }
        let folder = self.stations_folder.as_ref().filter(|folder| folder.is_absolute());
        if self.stations == StationsShare::Folder && folder.is_none() {
            let reason = r"must be a whole path, such as /srv/keydesk or \\files\keydesk";
            return invalid("tenants.verify.stations_folder", reason);
        }
        self.limits.check()?;
        self.twilio.check()?;
        check_url("tenants.verify.authy.url", &self.authy.url, "https://api.authy.com")?;
        let duo = "https://api-xxxxxxxx.duosecurity.com";
        if !self.duo.url.is_empty() || self.push == Some(PushKind::Duo) {
            check_url("tenants.verify.duo.url", &self.duo.url, duo)?;
        }
        if let Some(halo) = &self.halo {
            check_url("tenants.verify.halo.url", &halo.url, "https://acme.halopsa.com")?;
            if halo.agent_id.is_some_and(|id| id < 1) {
                return invalid("tenants.verify.halo.agent_id", "must be an agent's number");
            }
        }
        self.log.as_ref().map_or(Ok(()), LogSettings::check)
    }
}

impl VerifyLimits {
    fn check(&self) -> Result<(), SettingsError> {
        for (key, value, most) in [
            ("tenants.verify.limits.verified_minutes", self.verified_minutes, 60),
            ("tenants.verify.limits.lock_minutes", self.lock_minutes, 1440),
            ("tenants.verify.limits.per_person", self.per_person, 100),
            ("tenants.verify.limits.per_agent", self.per_agent, 1000),
            ("tenants.verify.limits.per_station", self.per_station, 10_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(SettingsError::Invalid { key, reason: format!("must be 1 to {most}") });
            }
        }
        if self.lately_days > 365 {
            return invalid("tenants.verify.limits.lately_days", "must be 0 to 365");
        }
        Ok(())
    }
}

impl TwilioSettings {
    fn check(&self) -> Result<(), SettingsError> {
        for (key, sid, kind) in [
            ("tenants.verify.twilio.account_sid", Some(&self.account_sid), "AC"),
            ("tenants.verify.twilio.api_key_sid", self.api_key_sid.as_ref(), "SK"),
            ("tenants.verify.twilio.verify_service_sid", self.verify_service_sid.as_ref(), "VA"),
            (
                "tenants.verify.twilio.messaging_service_sid",
                self.messaging_service_sid.as_ref(),
                "MG",
            ),
        ] {
            if sid.is_some_and(|sid| !sid.is_empty() && !is_sid(sid, kind)) {
                let reason = format!("must be {kind} and 32 hexadecimal digits");
                return Err(SettingsError::Invalid { key, reason });
            }
        }
        check_url("tenants.verify.twilio.api_url", &self.api_url, "https://api.twilio.com")?;
        check_url("tenants.verify.twilio.verify_url", &self.verify_url, "https://verify.twilio.com")
    }
}

fn is_sid(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl LogSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let is_word = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !part.is_empty() && part.len() <= 63 && part.chars().all(plain)
        };
        let parts: Vec<&str> = self.table.split('.').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_word(part)) {
            return invalid("tenants.verify.log.table", "must be a table or schema.table");
        }
        for (key, value) in [
            ("tenants.verify.log.host", &self.host),
            ("tenants.verify.log.database", &self.database),
            ("tenants.verify.log.user", &self.user),
        ] {
            if value.trim().is_empty() {
                return invalid(key, "must be filled in");
            }
        }
        if self.port == Some(0) {
            return invalid("tenants.verify.log.port", "must be 1 to 65535");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut VerifySettings)) -> Option<&'static str> {
        let mut settings = VerifySettings {
            halo: Some(HaloSettings {
                url: "https://acme.halopsa.com".into(),
                tenant: None,
                client_id: "c".into(),
                outcome_id: None,
                agent_id: None,
            }),
            log: Some(LogSettings {
                server: LogServer::Postgresql,
                host: "db.example".into(),
                port: None,
                database: "audit".into(),
                user: "keydesk".into(),
                table: "audit.keydesk_checks".into(),
                authority: None,
            }),
            ..VerifySettings::default()
        };
        change(&mut settings);
        match settings.check() {
            Err(SettingsError::Invalid { key, .. }) => Some(key),
            _ => None,
        }
    }

    #[test]
    fn what_can_not_be_right_is_refused_by_its_name() {
        assert_eq!(refused(|_| {}), None);
        let log = |change: fn(&mut LogSettings)| refused(|all| change(all.log.as_mut().unwrap()));
        assert_eq!(log(|log| log.port = Some(0)), Some("tenants.verify.log.port"));
        for table in ["a.b.c", "checks;--", "", "a.", "keydesk checks"] {
            let wrong = refused(|all| all.log.as_mut().unwrap().table = table.into());
            assert_eq!(wrong, Some("tenants.verify.log.table"), "{table}");
        }
        let agent = refused(|all| all.halo.as_mut().unwrap().agent_id = Some(0));
        assert_eq!(agent, Some("tenants.verify.halo.agent_id"));
        let halo = refused(|all| all.halo.as_mut().unwrap().url = "http://acme.example".into());
        assert_eq!(halo, Some("tenants.verify.halo.url"));
        let text = refused(|all| all.text = Some("no place for it".into()));
        assert_eq!(text, Some("tenants.verify.text"));
        let sid = refused(|all| all.twilio.account_sid = "AC12".into());
        assert_eq!(sid, Some("tenants.verify.twilio.account_sid"));
        assert_eq!(
            refused(|all| all.push_attribute = Some(16)),
            Some("tenants.verify.push_attribute")
        );
        let shares = |folder: Option<&str>| {
            refused(|all| {
                all.stations = StationsShare::Folder;
                all.stations_folder = folder.map(Into::into);
            })
        };
        let folder = Some("tenants.verify.stations_folder");
        assert_eq!((shares(None), shares(Some("keydesk"))), (folder, folder));
        assert_eq!(shares(std::env::temp_dir().to_str()), None);
        let limit = refused(|all| all.limits.per_person = 0);
        assert_eq!(limit, Some("tenants.verify.limits.per_person"));
    }
}
