//! `keydesk secret set TENANT`: from standard input into the keyring, with a row of history.

use super::{fail, print, say};
use crate::journal::{Action, Entry, Journal};
use crate::phones::RequestKey;
use crate::secrets::{Mode, SecretName, SecretText, Secrets, ServiceSecret};
use crate::settings::{Paths, Settings, SettingsError};
use crate::verify::LinkKey;
use clap::ValueEnum;
use std::io::Read;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Longest secret taken, in bytes; a PEM private key of 4096 bits has about 3,300.
const LONGEST_BYTES: u64 = 64 * 1024;

/// What is read, where it does not follow from the tenant's settings.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Entra: the application's client secret
    ClientSecret,
    /// Entra: the PEM private key of the application's certificate
    CertificateKey,
    /// privacyIDEA: the password of the administrator who enrols
    AdministratorPassword,
    /// Entra: the password of the service account of a legacy sign-in
    LegacyPassword,
    /// What signs requests of `keydesk phones apply --request`, at least 32 bytes
    RequestKey,
    /// The account's token at Twilio, or the secret of its API key
    Twilio,
    /// The application's key at Authy
    Authy,
    /// The secret key of the application at Duo
    Duo,
    /// The client secret of the API application in HaloPSA
    Halo,
    /// The password of the database user of the log of checks
    CheckLog,
    /// What signs ticket links, 64 hexadecimal digits
    VerifyLink,
}

pub(super) fn set(paths: &Paths, tenant: &str, kind: Option<Kind>) -> ExitCode {
    let name = match choose(paths, tenant, kind) {
        Ok(name) => name,
        Err(error) => return fail(&error),
    };
    let text = match read_secret() {
        Ok(text) => text,
        Err(reason) => {
            say(&reason);
            return ExitCode::FAILURE;
        }
    };
    if kind == Some(Kind::RequestKey)
        && let Err(fault) = RequestKey::new(&text)
    {
        return fail(&fault);
    }
    if kind == Some(Kind::VerifyLink) && LinkKey::read(text.expose()).is_none() {
        say("A key of ticket links has 64 hexadecimal digits, as from: openssl rand -hex 32");
        return ExitCode::from(2);
    }
    let secrets = Secrets::probe();
    if let Mode::SessionOnly { reason } = secrets.mode() {
        say(&format!("There is no usable keyring: {reason}"));
        say(
            "Unlock or install one (gnome-keyring, KWallet), then run this again; nothing was stored",
        );
        return ExitCode::FAILURE;
    }
    // First, because a secret that the history does not know of must not come about.
    let journal = match Journal::open(&paths.data, &secrets) {
        Ok(journal) => journal,
        Err(error) => {
            say("Nothing was stored, because the history can't be written");
            return fail(&error);
        }
    };
    if let Err(error) = secrets.set(&name, &text) {
        return fail(&error);
    }
    print(&format!("Stored in the keyring for {tenant}: {}", name.kind()));
    match journal.audit(&row(tenant, name.kind()), jiff::Timestamp::now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say("The history could not be written");
            fail(&error)
        }
    }
}

fn row(tenant: &str, kind: &str) -> Entry {
    Entry {
        tenant: tenant.to_owned(),
        operator: "Command line".to_owned(),
        action: Action::SecretStored,
        subject: tenant.to_owned(),
        serial: None,
        detail: kind.to_owned(),
    }
}

/// As the tenant's settings ask; a tenant that is not configured yet is taken for one of Entra's.
fn choose(paths: &Paths, tenant: &str, kind: Option<Kind>) -> Result<SecretName, SettingsError> {
    if let Some(kind) = kind {
        return Ok(kind.of(tenant));
    }
    let settings = Settings::load(&paths.config_file())?.unwrap_or_default();
    let configured = settings.tenant_named(tenant).map(|found| settings.resolved(found));
    let name = configured.and_then(|found| found.secret_name());
    Ok(name.unwrap_or_else(|| Kind::ClientSecret.of(tenant)))
}

impl Kind {
    fn of(self, tenant: &str) -> SecretName {
        let tenant = tenant.to_owned();
        let service = |service| SecretName::Service { tenant: tenant.clone(), service };
        match self {
            Self::ClientSecret => SecretName::ClientSecret { tenant },
            Self::CertificateKey => SecretName::CertificateKey { tenant },
            Self::AdministratorPassword => SecretName::AdministratorPassword { tenant },
            Self::LegacyPassword => SecretName::LegacyPassword { tenant },
            Self::RequestKey => SecretName::RequestKey { tenant },
            Self::Twilio => service(ServiceSecret::Twilio),
            Self::Authy => service(ServiceSecret::Authy),
            Self::Duo => service(ServiceSecret::Duo),
            Self::Halo => service(ServiceSecret::Halo),
            Self::CheckLog => service(ServiceSecret::Log),
            Self::VerifyLink => service(ServiceSecret::Link),
        }
    }
}

/// Standard input without the line end that `echo` adds.
pub(super) fn read_secret() -> Result<SecretText, String> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .take(LONGEST_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| format!("Standard input can't be read: {error}"))?;
    let trimmed = text.trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() {
        return Err("Nothing came on standard input; nothing was stored".into());
    }
    Ok(SecretText::new(trimmed.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(config: &str, kind: Option<Kind>) -> Result<String, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let place = || Some(folder.path().to_owned());
        let paths = Paths::choose(place(), place()).unwrap();
        choose(&paths, "Here", kind).map(|name| name.account())
    }

    #[test]
    fn the_tenants_settings_say_which_secret_is_meant() {
        let entra = "[tenant]\nname = 'Here'\ntenant = 't.example'\nclient_id = 'c'\n";
        let certificate = format!("{entra}sign_in = 'certificate'\ncertificate = '/c.pem'\n");
        let privacy_idea = "[tenant]\nname = 'Here'\ndirectory = 'privacyidea'\n\
            server_url = 'https://p.example'\nrealm = 'r'\nadministrator = 'a'\n";
        for (config, account) in [
            ("", "client-secret/Here"),
            (entra, "client-secret/Here"),
            (&certificate, "certificate-key/Here"),
            (privacy_idea, "administrator-password/Here"),
            (&privacy_idea.replace("Here", "Elsewhere"), "client-secret/Here"),
        ] {
            assert_eq!(chosen(config, None).as_deref(), Ok(account), "{config}");
        }
    }

    #[test]
    fn a_kind_that_is_named_counts_and_needs_no_readable_settings() {
        let password = chosen("[tenant", Some(Kind::AdministratorPassword));
        assert_eq!(password.as_deref(), Ok("administrator-password/Here"));
        assert!(matches!(chosen("[tenant", None), Err(SettingsError::Syntax { .. })));
    }
}
