//! What leaves the station on paper or as files: lists of keys, of PINs for their recipients only
//! and of challenges, session reports, plans for phones and what came of them, PIN letters, key labels and
//! slips with a pass, one by one or in print runs.
//!
//! Every call blocks on the disk; async callers use a blocking thread. Files hold personal data
//! and may hold PINs: only their owner may read them.

mod error;
pub mod label;
pub mod letter;
mod list;
mod pages;
pub mod pass_slip;
pub mod phones;
pub mod pins;
pub mod print_run;
pub mod registered_keys;
pub mod registration_users;
pub mod report;
mod report_paper;
mod sheet;
mod typesetting;
pub mod undone_keys;

pub use error::OutputError;

use crate::enrolment::EnrolmentId;
use crate::files;
use sha2::{Digest, Sha256};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const NUMBERED_FILES: u32 = 100;
/// In characters; a name of letters that take four bytes each still fits.
const LONGEST_FOLDER: usize = 48;

/// Keeps a finished PDF as `<kind>-<serial>-<start of the enrolment's id>.pdf`, replacing an
/// earlier one of the same enrolment.
fn keep_pdf(
    folder: &Path,
    kind: &str,
    serial: Option<&str>,
    id: EnrolmentId,
    pdf: &[u8],
) -> Result<PathBuf, OutputError> {
    let path = folder.join(pdf_name(kind, serial, id));
    files::replace_private(&path, pdf).map_err(|error| OutputError::of_io(&path, &error))?;
    Ok(path)
}

/// A folder's name for a tenant of this name: the name itself where every file system takes it,
/// else what is left of it with a mark that keeps two such names apart.
pub fn folder_name(tenant: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " -_.&".contains(c) { c } else { '_' };
    let kept: String = tenant.chars().take(LONGEST_FOLDER).map(plain).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if kept == tenant && !is_reserved(kept) {
        return kept.to_owned();
    }
    let mark = Sha256::digest(tenant.as_bytes());
    let mark: String = mark.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    match is_reserved(kept) {
        true => format!("_{kept}-{mark}"),
        false => format!("{kept}-{mark}"),
    }
}

/// Names that Windows keeps for devices, with any ending.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    stem.is_empty()
        || ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT")
}

/// A serial comes from the key, so it is not trusted with a path.
fn pdf_name(kind: &str, serial: Option<&str>, id: EnrolmentId) -> String {
    let serial: String =
        serial.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let id = id.0.simple().to_string();
    let id = id.get(..8).unwrap_or(&id);
    if serial.is_empty() { format!("{kind}-{id}.pdf") } else { format!("{kind}-{serial}-{id}.pdf") }
}

/// A spreadsheet takes a cell that begins so for a formula; the apostrophe keeps it text. Where its
/// lists are separated by semicolons or tabs, one cell of ours is several, and quotation marks at the
/// beginning of one are none of its text. Line ends become spaces, so that a row is one line.
fn safe_cell(text: &str) -> String {
    let text = text.replace(['\r', '\n', '\0'], " ");
    let mut safe = String::with_capacity(text.len());
    for piece in text.split_inclusive([';', '\t']) {
        if is_taken_for_formula(piece) {
            safe.push('\'');
        }
        safe.push_str(piece);
    }
    safe
}

fn is_taken_for_formula(text: &str) -> bool {
    let shown = text.trim_start_matches(|char: char| char.is_whitespace() || char == '"');
    shown.starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '|', '%'])
}

/// Another station that writes to the same folder is done in milliseconds.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// In a folder of files that are never replaced: whoever looks for a free name holds it.
const LOCK_FILE: &str = ".keydesk-lock";

/// Has `write` keep a file under the first free name; the answer is its path. Two stations that
/// share the folder never take the same name.
fn keep_new<E: From<OutputError>>(
    folder: &Path,
    (name, extension): (&str, &str),
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let lock_file = folder.join(LOCK_FILE);
    let fail = |error: io::Error| OutputError::of_io(&lock_file, &error);
    files::make_private_folder(folder).map_err(fail)?;
    let held = files::open_private(&lock_file).map_err(fail)?;
    lock(&held, &lock_file)?;
    let path = free_path(folder, name, extension)?;
    write(&path)?;
    Ok(path)
}

/// The same for content that is there as a whole.
fn keep_new_bytes(folder: &Path, name: (&str, &str), bytes: &[u8]) -> Result<PathBuf, OutputError> {
    keep_new(folder, name, |path| {
        files::replace_private(path, bytes).map_err(|error| OutputError::of_io(path, &error))
    })
}

fn lock(file: &File, path: &Path) -> Result<(), OutputError> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(OutputError::of_io(path, &error)),
        }
    }
    Err(OutputError::InUse { path: path.into() })
}

/// The first of `name.ext`, `name-2.ext` and so on that is not there: what an earlier session
/// wrote is never replaced.
fn free_path(folder: &Path, name: &str, extension: &str) -> Result<PathBuf, OutputError> {
    let numbered = |number: u32| match number {
        1 => folder.join(format!("{name}.{extension}")),
        _ => folder.join(format!("{name}-{number}.{extension}")),
    };
    // A dangling link is in the way, too.
    let free = (1..=NUMBERED_FILES).map(numbered).find(|path| path.symlink_metadata().is_err());
    free.ok_or_else(|| OutputError::NoFreeName { path: numbered(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_an_earlier_session_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let free = || free_path(folder.path(), "pins", "csv.age").unwrap();
        assert_eq!(free().file_name().unwrap(), "pins.csv.age");
        std::fs::write(free(), "first").unwrap();
        assert_eq!(free().file_name().unwrap(), "pins-2.csv.age");
        std::fs::write(free(), "second").unwrap();
        assert_eq!(free().file_name().unwrap(), "pins-3.csv.age");
    }

    #[test]
    fn two_stations_that_share_a_folder_never_take_the_same_name() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |text: String| keep_new_bytes(folder.path(), ("pins", "csv"), text.as_bytes());
        let paths: Vec<PathBuf> = std::thread::scope(|scope| {
            let stations: Vec<_> =
                (0..8).map(|n| scope.spawn(move || keep(format!("{n}")).unwrap())).collect();
            stations.into_iter().map(|station| station.join().unwrap()).collect()
        });
        for (n, path) in paths.iter().enumerate() {
            assert_eq!(std::fs::read_to_string(path).unwrap(), n.to_string());
        }
        let other = files::open_private(&folder.path().join(LOCK_FILE)).unwrap();
        other.lock().unwrap();
        assert!(matches!(keep("late".into()), Err(OutputError::InUse { .. })));
    }

    #[test]
    fn a_hostile_serial_cannot_choose_the_folder() {
        let id = EnrolmentId(uuid::Uuid::from_u128(0x1234_5678 << 96));
        assert_eq!(pdf_name("label", Some("../../etc/12"), id), "label-etc12-12345678.pdf");
        assert_eq!(pdf_name("label", Some("//"), id), "label-12345678.pdf");
        assert_eq!(pdf_name("label", None, id), "label-12345678.pdf");
    }

    #[test]
    fn a_tenants_folder_is_its_name_where_that_is_safe_and_never_anothers() {
        for plain in ["Contoso", "Åke & Söner", "山田", "Harbour Foods 2"] {
            assert_eq!(folder_name(plain), plain);
        }
        let long = "x".repeat(300);
        let odd =
            ["../..", "a/b", "a\\b", "a:b", "", ".", "con", "NUL.txt", "COM1", " x", "x ", &long];
        let names: Vec<String> = odd.iter().map(|name| folder_name(name)).collect();
        for (n, name) in names.iter().enumerate() {
            assert!(!name.is_empty() && name.chars().count() < 64, "{name}");
            assert!(!name.contains(['/', '\\', ':']) && !name.starts_with('.'), "{name}");
            assert!(!is_reserved(name), "{name}");
            assert!(!names[..n].contains(name), "{name} twice");
        }
    }
}
