//! Files that people make: `config.toml`, certificates in PEM. Promises: settings that pass are
//! written and read as the same; a mistake is told with its line; addresses that pass are safe.

use super::pieces;
use keydesk::directory::entra::Credential;
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use keydesk::settings::{Settings, SettingsError};
use std::path::Path;

pub fn target(data: &[u8]) {
    match pieces::choice(data) {
        (0, rest) => pem(rest),
        _ => {
            if let Ok(text) = std::str::from_utf8(data) {
                config(text);
            }
        }
    }
}

fn config(text: &str) {
    let path = Path::new("config.toml");
    match Settings::parse(text, path) {
        Ok(settings) => {
            let written = toml::to_string_pretty(&settings).expect("settings can be written");
            let again = Settings::parse(&written, path);
            assert_eq!(again.as_ref(), Ok(&settings), "written to be something else");
        }
        Err(error) => {
            if let SettingsError::Syntax { line, .. } = &error {
                assert!((1..=text.matches('\n').count() + 1).contains(line));
            }
            assert!(!error.problem().what.is_empty());
        }
    }
}

/// A certificate, and a private key that no error may repeat.
fn pem(mut rest: &[u8]) {
    let certificate = pieces::next(&mut rest);
    let key = String::from_utf8_lossy(rest).into_owned();
    if let Err(error) = Credential::from_pem(certificate, &SecretText::new(key.as_str())) {
        let told = format!("{error} {error:?} {:?}", error.problem());
        let lines = key.lines().filter(|line| line.len() > 24 && !line.contains("-----"));
        assert!(!lines.into_iter().any(|line| told.contains(line)), "an error tells the key");
    }
}
