//! Choosing a file: the system's own dialog beside the running window; where the desktop has none,
//! the window asks for the path.

use super::ports::off_the_network;
use super::station::Station;
use super::{Event, PathRefused, Pick};
use std::path::{Path, PathBuf};

impl Station {
    /// Asks with a dialog, or has the path typed.
    pub(super) fn pick(&self, pick: Pick) {
        let teller = self.teller.clone();
        let may_open = self.pages.opens_dialogs();
        tokio::spawn(async move {
            if !(may_open && off_the_network(has_dialogs).await) {
                return teller.tell(Event::PathWanted { pick, refused: None }).await;
            }
            if let Some(file) = dialog(pick).await {
                teller.tell(Event::Picked { pick, path: file.path().to_owned() }).await;
            }
        });
    }

    /// The path that was typed, once there is something at it.
    pub(super) fn pick_typed(&self, pick: Pick, typed: String) {
        let teller = self.teller.clone();
        // A share that does not answer holds nothing else up.
        tokio::spawn(async move {
            let event = off_the_network(move || match found_at(pick, &typed) {
                Ok(path) => Event::PathFound { pick, path },
                Err(refused) => Event::PathWanted { pick, refused: Some(refused) },
            });
            teller.tell(event.await).await;
        });
    }
}

async fn dialog(pick: Pick) -> Option<rfd::FileHandle> {
    let dialog = rfd::AsyncFileDialog::new().set_title(pick.title());
    match kind(pick) {
        Kind::Folder => dialog.pick_folder().await,
        Kind::File { name, extensions } => dialog.add_filter(name, extensions).pick_file().await,
    }
}

enum Kind {
    Folder,
    File { name: &'static str, extensions: &'static [&'static str] },
}

fn kind(pick: Pick) -> Kind {
    let (name, extensions): (_, &[_]) = match pick {
        Pick::OutputFolder | Pick::StationsFolder => return Kind::Folder,
        Pick::Certificate | Pick::CertificateKey => ("PEM", &["pem", "crt", "cer", "key"]),
        Pick::CertificatePfx => ("PFX", &["pfx", "p12"]),
        Pick::Roster | Pick::Stock | Pick::PhoneList => ("Table", &["csv", "txt", "tsv"]),
        Pick::Configs => ("JSON", &["json"]),
    };
    Kind::File { name, extensions }
}

/// What is typed or pasted: a path, one from home, in quotation marks, or an address.
fn found_at(pick: Pick, typed: &str) -> Result<PathBuf, PathRefused> {
    let path = path_of(typed).ok_or(PathRefused::NoPath)?;
    let found = std::fs::metadata(&path).map_err(|_| PathRefused::NotThere)?;
    match kind(pick) {
        Kind::Folder if !found.is_dir() => Err(PathRefused::NoFolder),
        Kind::File { .. } if found.is_dir() => Err(PathRefused::IsFolder),
        // A pipe or a device has no end.
        Kind::File { .. } if !found.is_file() => Err(PathRefused::NotThere),
        Kind::Folder | Kind::File { .. } => Ok(path),
    }
}

fn path_of(typed: &str) -> Option<PathBuf> {
    let typed = typed.trim();
    let quoted = |mark| typed.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    let typed = quoted('"').or_else(|| quoted('\'')).unwrap_or(typed);
    if typed.starts_with("file:") {
        return url::Url::parse(typed).ok()?.to_file_path().ok();
    }
    let path = match typed.strip_prefix("~/") {
        Some(rest) => directories::BaseDirs::new()?.home_dir().join(rest),
        None => Path::new(typed).to_owned(),
    };
    path.is_absolute().then_some(path)
}

/// Windows and macOS always have them; other desktops by a service, or a program that shows one.
#[cfg(any(windows, target_os = "macos"))]
fn has_dialogs() -> bool {
    true
}

#[cfg(not(any(windows, target_os = "macos")))]
fn has_dialogs() -> bool {
    has_portal() || has_program("zenity")
}

#[cfg(target_os = "linux")]
fn has_portal() -> bool {
    use zbus::blocking::{Connection, Proxy};
    let version = || {
        let session = Connection::session()?;
        let portal = Proxy::new(
            &session,
            "org.freedesktop.portal.Desktop",
            "/org/freedesktop/portal/desktop",
            "org.freedesktop.portal.FileChooser",
        )?;
        portal.get_property::<u32>("version")
    };
    version().inspect_err(|error| tracing::info!(%error, "no file dialogs by the portal")).is_ok()
}

#[cfg(not(any(windows, target_os = "macos", target_os = "linux")))]
fn has_portal() -> bool {
    true
}

#[cfg(not(any(windows, target_os = "macos")))]
fn has_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_understood_as_it_is_pasted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people of may.csv");
        std::fs::write(&file, "upn\n").unwrap();
        let plain = file.to_str().unwrap();
        let address = url::Url::from_file_path(&file).unwrap().to_string();
        for typed in
            [plain, &format!("  {plain}\n"), &format!("\"{plain}\""), &format!("'{plain}'")]
        {
            assert_eq!(found_at(Pick::Roster, typed), Ok(file.clone()), "{typed}");
        }
        assert!(address.contains("%20"));
        assert_eq!(found_at(Pick::Roster, &address), Ok(file.clone()));
        let home = directories::BaseDirs::new().unwrap().home_dir().to_owned();
        assert_eq!(path_of("~/people.csv"), Some(home.join("people.csv")));
    }

    #[test]
    fn what_is_not_there_or_of_the_other_kind_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.csv");
        std::fs::write(&file, "upn\n").unwrap();
        let (folder, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
        for (pick, typed, refused) in [
            (Pick::Roster, "", PathRefused::NoPath),
            (Pick::Roster, "people.csv", PathRefused::NoPath),
            (Pick::Roster, "https://larkfield.example/people.csv", PathRefused::NoPath),
            (Pick::Roster, &format!("{file}.old"), PathRefused::NotThere),
            (Pick::Roster, folder, PathRefused::IsFolder),
            (Pick::OutputFolder, file, PathRefused::NoFolder),
        ] {
            assert_eq!(found_at(pick, typed), Err(refused), "{typed}");
        }
        assert_eq!(found_at(Pick::OutputFolder, folder), Ok(folder.into()));
    }
}
