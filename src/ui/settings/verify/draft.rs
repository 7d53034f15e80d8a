//! How callers are checked, as it is typed.

use crate::access::Act;
use crate::settings::{
    AuthySettings, DuoSettings, HaloSettings, LogServer, LogSettings, SmsWay, StationsShare,
    TwilioSettings, VerifyLimits, VerifySettings,
};
use crate::verify::PushKind;

/// Every field as a text; what is not chosen keeps what was typed for it.
#[derive(Clone)]
pub struct VerifyDraft {
    pub sms: Option<SmsWay>,
    pub push: Option<PushKind>,
    pub push_attribute: u16,
    pub company: String,
    pub text: String,
    pub required_for: Vec<Act>,
    pub domains: String,
    pub limits: VerifyLimits,
    pub twilio: TwilioSettings,
    pub api_key_sid: String,
    pub verify_sid: String,
    pub messaging_sid: String,
    pub from: String,
    pub authy_url: String,
    pub duo: DuoSettings,
    pub has_halo: bool,
    pub halo_url: String,
    pub halo_tenant: String,
    pub halo_client: String,
    pub halo_outcome: Option<i64>,
    pub halo_agent: String,
    pub log: Option<LogServer>,
    pub log_host: String,
    pub log_port: String,
    pub log_database: String,
    pub log_user: String,
    pub log_table: String,
    pub log_authority: String,
    pub stations: StationsShare,
    pub stations_folder: String,
}

impl Default for VerifyDraft {
    fn default() -> Self {
        Self::of(&VerifySettings::default())
    }
}

impl VerifyDraft {
    pub fn of(kept: &VerifySettings) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let (halo, log) = (kept.halo.as_ref(), kept.log.as_ref());
        let of_log =
            |get: fn(&LogSettings) -> &String| log.map(|log| get(log).clone()).unwrap_or_default();
        Self {
            sms: kept.sms,
            push: kept.push,
            push_attribute: kept.push_attribute.map_or(0, u16::from),
            company: text(&kept.company),
            text: text(&kept.text),
            required_for: kept.required_for.clone(),
            domains: kept.domains.join(", "),
            limits: kept.limits.clone(),
            api_key_sid: text(&kept.twilio.api_key_sid),
            verify_sid: text(&kept.twilio.verify_service_sid),
            messaging_sid: text(&kept.twilio.messaging_service_sid),
            from: text(&kept.twilio.from),
            twilio: kept.twilio.clone(),
            authy_url: kept.authy.url.clone(),
            duo: kept.duo.clone(),
            has_halo: halo.is_some(),
            halo_url: halo.map(|halo| halo.url.clone()).unwrap_or_default(),
            halo_tenant: halo.map(|halo| text(&halo.tenant)).unwrap_or_default(),
            halo_client: halo.map(|halo| halo.client_id.clone()).unwrap_or_default(),
            halo_outcome: halo.and_then(|halo| halo.outcome_id),
            halo_agent: number(halo.and_then(|halo| halo.agent_id)),
            log: log.map(|log| log.server),
            log_host: of_log(|log| &log.host),
            log_port: number(log.and_then(|log| log.port).map(i64::from)),
            log_database: of_log(|log| &log.database),
            log_user: of_log(|log| &log.user),
            log_table: match log {
                Some(log) => log.table.clone(),
                None => "keydesk_checks".to_owned(),
            },
            log_authority: log
                .and_then(|log| log.authority.as_ref())
                .map(|path| path.to_string_lossy().into_owned())
                .unwrap_or_default(),
            stations: kept.stations,
            stations_folder: kept
                .stations_folder
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }

    pub fn settings(&self) -> VerifySettings {
        VerifySettings {
            sms: self.sms,
            push: self.push,
            push_attribute: u8::try_from(self.push_attribute).ok().filter(|number| *number > 0),
            company: filled(&self.company),
            text: filled(&self.text),
            required_for: self.required_for.clone(),
            domains: self
                .domains
                .split([',', ' ', ';', '\n'])
                .filter_map(filled)
                .map(|domain| domain.trim_start_matches('@').to_lowercase())
                .collect(),
            stations: self.stations,
            stations_folder: filled(&self.stations_folder)
                .filter(|_| self.stations == StationsShare::Folder)
                .map(Into::into),
            limits: self.limits.clone(),
            twilio: TwilioSettings {
                account_sid: self.twilio.account_sid.trim().to_owned(),
                api_key_sid: filled(&self.api_key_sid),
                verify_service_sid: filled(&self.verify_sid),
                messaging_service_sid: filled(&self.messaging_sid),
                from: filled(&self.from),
                delete_messages: self.twilio.delete_messages,
                api_url: self.twilio.api_url.trim().to_owned(),
                verify_url: self.twilio.verify_url.trim().to_owned(),
            },
            authy: AuthySettings { url: self.authy_url.trim().to_owned() },
            duo: DuoSettings {
                url: self.duo.url.trim().to_owned(),
                integration_key: self.duo.integration_key.trim().to_owned(),
            },
            halo: self.has_halo.then(|| self.halo()),
            log: self.log.map(|server| self.log(server)),
        }
    }

    fn halo(&self) -> HaloSettings {
        HaloSettings {
            url: self.halo_url.trim().to_owned(),
            tenant: filled(&self.halo_tenant),
            client_id: self.halo_client.trim().to_owned(),
            outcome_id: self.halo_outcome,
            agent_id: typed_number(&self.halo_agent),
        }
    }

    fn log(&self, server: LogServer) -> LogSettings {
        LogSettings {
            server,
            host: self.log_host.trim().to_owned(),
            port: typed_number(&self.log_port),
            database: self.log_database.trim().to_owned(),
            user: self.log_user.trim().to_owned(),
            table: self.log_table.trim().to_owned(),
            authority: filled(&self.log_authority).map(Into::into),
        }
    }
}

/// Nothing for an empty field; zero, which saving refuses by name, for what is no such number.
fn typed_number<T: std::str::FromStr + Default>(text: &str) -> Option<T> {
    filled(text).map(|text| text.parse().unwrap_or_default())
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> VerifySettings {
        VerifySettings {
            sms: Some(SmsWay::Messages),
            push: Some(PushKind::Duo),
            push_attribute: Some(7),
            company: Some("Nordvik".into()),
            text: Some("{code}".into()),
            required_for: vec![Act::IssuePass],
            domains: vec!["nordvik.example".into(), "nv.example".into()],
            stations: StationsShare::Folder,
            stations_folder: Some("/srv/keydesk".into()),
            limits: VerifyLimits { per_person: 3, ..VerifyLimits::default() },
            twilio: TwilioSettings {
                account_sid: format!("AC{}", "0".repeat(32)),
                api_key_sid: Some(format!("SK{}", "0".repeat(32))),
                verify_service_sid: Some(format!("VA{}", "0".repeat(32))),
                messaging_service_sid: Some(format!("MG{}", "0".repeat(32))),
                from: Some("Nordvik".into()),
                delete_messages: false,
                ..TwilioSettings::default()
            },
            authy: AuthySettings { url: "https://api.authy.example".into() },
            duo: DuoSettings {
                url: "https://api-1.duosecurity.com".into(),
                integration_key: "DI1".into(),
            },
            halo: Some(HaloSettings {
                url: "https://acme.halopsa.com".into(),
                tenant: Some("acme".into()),
                client_id: "c-1".into(),
                outcome_id: Some(12),
                agent_id: Some(3),
            }),
            log: Some(LogSettings {
                server: LogServer::SqlServer,
                host: "sql.nordvik.example".into(),
                port: Some(1434),
                database: "audit".into(),
                user: "keydesk".into(),
                table: "audit.checks".into(),
                authority: Some("/etc/ca.pem".into()),
            }),
        }
    }

    #[test]
    fn what_is_kept_is_what_is_shown_and_saved_again() {
        for kept in [full(), VerifySettings::default()] {
            assert_eq!(VerifyDraft::of(&kept).settings(), kept);
        }
    }

    #[test]
    fn spaces_of_pasting_are_left_out_and_nothing_is_no_value() {
        let mut draft = VerifyDraft::of(&full());
        draft.verify_sid = "  ".into();
        draft.twilio.account_sid = format!(" AC{} ", "0".repeat(32));
        draft.domains = " @Nordvik.example;nv.example ".into();
        let kept = draft.settings();
        assert_eq!(kept.twilio.verify_service_sid, None);
        assert_eq!(kept.twilio.account_sid, full().twilio.account_sid);
        assert_eq!(kept.domains, full().domains);
    }
}
