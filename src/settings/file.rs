//! Reads, checks and keeps `config.toml`.

use super::comments::with_comments_of;
use super::older::{self, Modern};
use super::{EnrolmentSettings, PinSettings, Settings, outputs, tenant};
use crate::files;
use crate::problem::{Detail, Explain};
use std::io;
use std::path::{Path, PathBuf};

const PIN_CHARACTERS: std::ops::RangeInclusive<u8> = 4..=63;
const TEXT_PERCENT: std::ops::RangeInclusive<u16> = 80..=200;

/// Why the settings could not be read or kept, by cause.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    #[error("no home folder")]
    NoHome,
    #[error("{} can't be read: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{}:{line}: {reason}", .path.display())]
    Syntax { path: PathBuf, line: usize, reason: String },
    #[error("{key}: {reason}")]
    Invalid { key: &'static str, reason: String },
    #[error("{} can't be written: {reason}", .path.display())]
    NotWritten { path: PathBuf, reason: String },
    #[error("disk full")]
    DiskFull { path: PathBuf },
}

impl Settings {
    /// Reads the file; nothing when there is none yet.
    pub fn load(path: &Path) -> Result<Option<Self>, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(SettingsError::Unreadable {
                    path: path.into(),
                    reason: error.to_string(),
                });
            }
        };
        Self::parse(&text, path).map(Some)
    }

    /// Reads and checks the text of the file; `path` is for the error.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let older = older::modern(text);
        let text = older.as_ref().map_or(text, |older| &older.text);
        let mut settings: Self = toml::from_str(text).map_err(|error| SettingsError::Syntax {
            path: path.into(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        if let Some(Modern { sign_in_by_secret: true, .. }) = older {
            let tenants = settings.tenants.iter_mut();
            tenants.for_each(|tenant| older::sign_in_by_secret(&mut tenant.directory));
        }
        settings.check()?;
        Ok(settings)
    }

    /// Checks the settings and keeps them; after a failure the old file is as it was.
    ///
    /// Comments written into the file by hand stay where they are, except those of a setting
    /// that is gone.
    pub fn save(&self, path: &Path) -> Result<(), SettingsError> {
        self.check()?;
        let plain = toml::to_string_pretty(self).map_err(|error| SettingsError::NotWritten {
            path: path.into(),
            reason: error.to_string(),
        })?;
        let text = self.commented(path, &plain).unwrap_or(plain);
        files::replace_private(path, text.as_bytes()).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => SettingsError::DiskFull { path: path.into() },
            _ => SettingsError::NotWritten { path: path.into(), reason: error.to_string() },
        })
    }

    /// With the comments of the present file; `None` when it can't be read or does not fit.
    fn commented(&self, path: &Path, plain: &str) -> Option<String> {
        let old = std::fs::read_to_string(path).ok()?;
        let old = older::modern(&old).map_or(old, |older| older.text);
        let text = with_comments_of(&old, plain)?;
        let read: Self = toml::from_str(&text).ok()?;
        (read == *self).then_some(text)
    }

    /// The rules that the types alone don't hold.
    pub fn check(&self) -> Result<(), SettingsError> {
        check_pin(&self.pin, &self.enrolment)?;
        tenant::check(self)?;
        self.security.check()?;
        outputs::check(&self.outputs)?;
        if !TEXT_PERCENT.contains(&self.appearance.text_percent) {
            return invalid("appearance.text_percent", "must be 80 to 200");
        }
        Ok(())
    }
}

pub(super) fn check_pin(
    pin: &PinSettings,
    enrolment: &EnrolmentSettings,
) -> Result<(), SettingsError> {
    if !PIN_CHARACTERS.contains(&pin.length) {
        return invalid("pin.length", "must be 4 to 63");
    }
    match enrolment.min_pin_length {
        Some(length) if !PIN_CHARACTERS.contains(&length) => {
            invalid("enrolment.min_pin_length", "must be 4 to 63")
        }
        Some(length) if length > pin.length => {
            invalid("enrolment.min_pin_length", "must not be more than pin.length")
        }
        _ => Ok(()),
    }
}

pub(super) fn invalid(key: &'static str, reason: &str) -> Result<(), SettingsError> {
    Err(SettingsError::Invalid { key, reason: reason.into() })
}

/// Lines count from 1.
fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count()
}

impl Explain for SettingsError {
    fn what(&self) -> String {
        match self {
            Self::NoHome => "This user has no home folder".into(),
            Self::Unreadable { .. } => "The settings can't be read".into(),
            Self::Syntax { line, .. } => {
                format!("The settings have a mistake in line {line}")
            }
            Self::Invalid { key, reason } => format!("The setting {key} {reason}"),
            Self::NotWritten { .. } => "The settings can't be written".into(),
            Self::DiskFull { .. } => "The disk is full, so the settings can't be written".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::NoHome => "Start with --config DIR and --data DIR".into(),
            Self::Unreadable { path, .. } | Self::NotWritten { path, .. } => {
                format!("Check the permissions of {}", path.display())
            }
            Self::Syntax { path, reason, .. } => {
                format!("Mend {}: {}", path.display(), first_line(reason))
            }
            Self::Invalid { .. } => "Change it in Settings or in config.toml".into(),
            Self::DiskFull { .. } => "Free some space, then try again".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("settings", self.to_string())]
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    fn load(text: &str) -> Result<Option<Settings>, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Settings::load(&path)
    }

    fn tenant(directory: DirectorySettings) -> TenantSettings {
        TenantSettings::new("Contoso", Accent::Teal, directory)
    }

    fn entra() -> EntraSettings {
        EntraSettings {
            tenant: "contoso.example".into(),
            client_id: "00000000-0000-4000-8000-000000000001".into(),
            ..EntraSettings::default()
        }
    }

    fn privacy_idea() -> PrivacyIdeaSettings {
        PrivacyIdeaSettings {
            server_url: "https://privacyidea.example".into(),
            realm: "people".into(),
            administrator: "keydesk".into(),
        }
    }

    #[test]
    fn settings_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("config.toml");
        assert_eq!(Settings::load(&path), Ok(None));
        for directory in
            [DirectorySettings::Entra(entra()), DirectorySettings::PrivacyIdea(privacy_idea())]
        {
            let mut settings = Settings::with_tenant(tenant(directory));
            settings.enrolment.min_pin_length = Some(6);
            settings.outputs.folder = Some("/out put".into());
            settings.outputs.organisation = "Åke & \"Söner\"\n".into();
            settings.save(&path).unwrap();
            assert_eq!(Settings::load(&path), Ok(Some(settings)));
        }
    }

    #[test]
    fn an_empty_file_means_the_defaults_and_a_minimal_tenant_is_enough() {
        assert_eq!(load(""), Ok(Some(Settings::default())));
        let minimal = "[tenant]\nname = 'Contoso'\ntenant = 'contoso.example'\nclient_id = 'ab-1'";
        let entra = |text| load(text).unwrap().unwrap().tenant().unwrap().entra().unwrap().clone();
        assert_eq!(entra(minimal).graph_url, "https://graph.microsoft.com");
        // What an older version meant by leaving it out.
        assert_eq!(entra(minimal).sign_in, SignIn::Secret);
        let today = minimal.replace("[tenant]", "[[tenants]]");
        assert_eq!(entra(&today).sign_in, SignIn::Operator);
    }

    #[test]
    fn a_directory_takes_its_own_settings_only_and_misses_none() {
        let there = "server_url = 'https://p.example'\nrealm = 'r'\nadministrator = 'a'\n";
        let entra = "tenant = 't.example'\nclient_id = 'c'\n";
        let head = |directory| format!("[tenant]\nname = 'n'\ndirectory = '{directory}'\n");
        let loaded = load(&(head("privacyidea") + there)).unwrap().unwrap();
        assert_eq!(loaded.tenant().unwrap().directory.kind(), DirectoryKind::PrivacyIdea);
        for (text, word) in [
            (head("privacyidea") + there + "sign_in = 'secret'\n", "sign_in is not a setting"),
            (head("entra") + entra + "realm = 'r'\n", "realm is not a setting"),
            (head("privacyidea") + "realm = 'r'\n", "needs server_url"),
            (head("entra") + "tenant = 't.example'\n", "needs client_id"),
            (head("okta") + entra, "okta"),
            (head("entra") + entra + "password = 'x'\n", "password"),
        ] {
            match load(&text) {
                Err(SettingsError::Syntax { reason, .. }) => {
                    assert!(reason.contains(word), "{text}: {reason}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_tenant_is_complete_once_every_field_its_sign_in_needs_is_filled() {
        let mut whole = tenant(DirectorySettings::PrivacyIdea(privacy_idea()));
        assert!(whole.is_complete());
        whole.name = " ".into();
        assert!(!whole.is_complete());
        let part = PrivacyIdeaSettings { realm: String::new(), ..privacy_idea() };
        assert!(!tenant(DirectorySettings::PrivacyIdea(part)).is_complete());
        let part = EntraSettings { client_id: String::new(), ..entra() };
        assert!(!tenant(DirectorySettings::Entra(part)).is_complete());
        assert!(tenant(DirectorySettings::Entra(entra())).is_complete());
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_an_unknown_key_with_its_name() {
        let cases = [
            ("practice = true\n[pin\n", 2, ""),
            ("practice = true\n[pin]\nlenght = 6\n", 3, "lenght"),
            ("[pin]\nlength = 'six'\n", 2, "invalid type"),
            ("[pin]\n\n\nlength = 300\n", 4, ""),
            ("[appearance]\ntheme = 'pink'\n", 2, "pink"),
        ];
        for (text, expected, word) in cases {
            match load(text) {
                Err(SettingsError::Syntax { line, reason, .. }) => {
                    assert_eq!(line, expected, "{text}: {reason}");
                    assert!(reason.contains(word), "{text}: {reason}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    fn invalid_key(change: impl FnOnce(&mut Settings)) -> Option<&'static str> {
        let whole = tenant(DirectorySettings::Entra(entra()));
        let mut settings = Settings::with_tenant(whole);
        change(&mut settings);
        match settings.check() {
            Err(SettingsError::Invalid { key, .. }) => Some(key),
            _ => None,
        }
    }

    /// What is wrong with the address, in either directory.
    fn with_address(url: &str) -> [Option<&'static str>; 2] {
        let graph = EntraSettings { graph_url: url.into(), ..entra() };
        let server = PrivacyIdeaSettings { server_url: url.into(), ..privacy_idea() };
        [DirectorySettings::Entra(graph), DirectorySettings::PrivacyIdea(server)]
            .map(|directory| invalid_key(|s| s.tenants = vec![tenant(directory)]))
    }

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for good in [
            "https://graph.microsoft.us",
            "http://127.0.0.1:8080",
            "http://[::1]:1/",
            "http://localhost:9",
            "http://127.8.9.1",
        ] {
            assert_eq!(with_address(good), [None, None], "{good}");
        }
        for bad in [
            "http://graph.microsoft.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "graph.microsoft.com",
            "",
            "https://user:pw@graph.microsoft.com",
            "http://127.0.0.1@example.com",
            "https://graph.microsoft.com/?a=b",
            "http://localhost.example.com",
            "http://10.0.0.1",
        ] {
            let refused = [Some("tenants.graph_url"), Some("tenants.server_url")];
            assert_eq!(with_address(bad), refused, "{bad}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        assert_eq!(invalid_key(|s| s.pin.length = 3), Some("pin.length"));
        assert_eq!(invalid_key(|s| s.pin.length = 64), Some("pin.length"));
        assert_eq!(invalid_key(|s| s.pin.length = 63), None);
        let min = Some("enrolment.min_pin_length");
        assert_eq!(invalid_key(|s| s.enrolment.min_pin_length = Some(3)), min);
        assert_eq!(invalid_key(|s| s.enrolment.min_pin_length = Some(7)), min);
        let text = Some("appearance.text_percent");
        assert_eq!(invalid_key(|s| s.appearance.text_percent = 79), text);
        assert_eq!(invalid_key(|s| s.appearance.text_percent = 201), text);
    }

    #[test]
    fn comments_written_by_hand_survive_a_save() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let written = "# Reception, ask Mira before changing\n[tenant] # production\n\
            name = \"Contoso\"\ntenant = \"contoso.example\"\nclient_id = \"0-0\" # Keydesk\n\
            # certificate = \"/etc/keydesk.pem\"\n\n[pin]\nlength = 6 # works council\n";
        std::fs::write(&path, written).unwrap();
        let mut settings = Settings::load(&path).unwrap().unwrap();
        settings.pin.length = 8;
        settings.enrolment.always_uv = true;
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), Ok(Some(settings.clone())));
        let text = std::fs::read_to_string(&path).unwrap();
        for comment in ["# Reception, ask", "# production", "# Keydesk", "# certificate ="] {
            assert!(text.contains(comment), "{comment} is gone from:\n{text}");
        }
        assert!(text.contains("length = 8 # works council"), "{text}");
        settings.tenants.clear();
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), Ok(Some(settings)));
    }

    #[test]
    fn a_refused_change_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let good = Settings::default();
        good.save(&path).unwrap();
        let mut bad = good.clone();
        bad.pin.length = 0;
        assert!(bad.save(&path).is_err());
        assert_eq!(Settings::load(&path), Ok(Some(good)));
    }
}
