//! Secrets that come in a file: a PEM key, a PFX with a certificate and its key, or the older
//! scripts' settings.

use super::directories;
use crate::files;
use crate::outputs::folder_name;
use crate::problem::{Explain, Problem};
use crate::roster::configs::ScriptConfigs;
use crate::secrets::SecretText;
use std::path::{Path, PathBuf};

/// A key for the keyring, and where its certificate is kept now.
pub(super) struct FromPfx {
    pub key: SecretText,
    pub certificate: PathBuf,
}

/// The client secret in the older scripts' `configs.json`.
pub(super) fn of_scripts(file: &Path) -> Result<SecretText, Problem> {
    let problem = |what: String, next: &str| Problem { what, next: next.into(), details: vec![] };
    let bytes = std::fs::read(file).map_err(|error| {
        problem(format!("{} can't be read: {error}", file.display()), "Import the file again")
    })?;
    let configs = ScriptConfigs::parse(&zeroize::Zeroizing::new(bytes));
    let configs = configs.map_err(|error| error.problem())?;
    configs.secret.ok_or_else(|| {
        problem(format!("{} holds no secret", file.display()), "Type the application's secret")
    })
}

/// Reads a PFX file once; its certificate, which is public, is kept beside the settings.
pub(super) fn from_pfx(
    file: &Path,
    password: &SecretText,
    config: &Path,
    tenant: &str,
) -> Result<FromPfx, Problem> {
    let unreadable = |error: std::io::Error| Problem {
        what: format!("{} can't be read: {error}", file.display()),
        next: "Choose the PFX file that the certificate was exported to".into(),
        details: Vec::new(),
    };
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let (certificate_pem, key) =
        directories::read_pfx(&bytes, password).map_err(|e| e.problem())?;
    let folder = config.join("certificates");
    let certificate = folder.join(format!("{}.pem", folder_name(tenant)));
    let kept = files::make_private_folder(&folder)
        .and_then(|()| files::replace_private(&certificate, certificate_pem.as_bytes()));
    kept.map_err(|error| Problem {
        what: format!("{} can't be written: {error}", certificate.display()),
        next: "Check the permissions of the settings' folder".into(),
        details: Vec::new(),
    })?;
    Ok(FromPfx { key, certificate })
}

pub(super) fn pem_key(path: &Path) -> Result<SecretText, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem {
        what: format!("{} can't be read: {error}", path.display()),
        next: "Choose a PEM file with the certificate's private key".into(),
        details: Vec::new(),
    })?;
    if !text.contains("PRIVATE KEY-----") {
        return Err(Problem {
            what: format!("{} holds no private key in PEM form", path.display()),
            next: "Choose the file that begins with BEGIN PRIVATE KEY".into(),
            details: Vec::new(),
        });
    }
    Ok(SecretText::new(text))
}
