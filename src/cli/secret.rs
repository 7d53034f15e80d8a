//! `keydesk secret set TENANT`: from standard input into the keyring, with a row of history.

use super::{fail, print, say};
use crate::journal::{Action, Entry, Journal};
use crate::secrets::{Mode, SecretName, SecretText, Secrets};
use crate::settings::Paths;
use std::io::Read;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Longest secret taken, in bytes; a PEM private key of 4096 bits has about 3,300.
const LONGEST_BYTES: u64 = 64 * 1024;

pub(super) fn set(paths: &Paths, tenant: &str, certificate_key: bool) -> ExitCode {
    let text = match read_secret() {
        Ok(text) => text,
        Err(reason) => {
            say(&reason);
            return ExitCode::FAILURE;
        }
    };
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
    let (name, kind) = named(tenant, certificate_key);
    if let Err(error) = secrets.set(&name, &text) {
        return fail(&error);
    }
    print(&format!("Stored in the keyring for {tenant}"));
    match journal.audit(&row(tenant, kind), jiff::Timestamp::now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say("The history could not be written");
            fail(&error)
        }
    }
}

fn named(tenant: &str, certificate_key: bool) -> (SecretName, &'static str) {
    let tenant = tenant.to_owned();
    match certificate_key {
        true => (SecretName::CertificateKey { tenant }, "certificate key"),
        false => (SecretName::ClientSecret { tenant }, "client secret"),
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
