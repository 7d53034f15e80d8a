//! `keydesk secret set TENANT`: from standard input into the keyring.

use super::{fail, print, say};
use crate::secrets::{Mode, SecretName, SecretText, Secrets};
use std::io::Read;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Longest secret taken, in bytes; a PEM private key of 4096 bits has about 3,300.
const LONGEST_BYTES: u64 = 64 * 1024;

pub(super) fn set(tenant: &str, certificate_key: bool) -> ExitCode {
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
    let tenant = tenant.to_owned();
    let name = match certificate_key {
        true => SecretName::CertificateKey { tenant: tenant.clone() },
        false => SecretName::ClientSecret { tenant: tenant.clone() },
    };
    match secrets.set(&name, &text) {
        Ok(()) => {
            print(&format!("Stored in the keyring for {tenant}"));
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
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
