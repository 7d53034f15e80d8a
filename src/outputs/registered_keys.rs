//! `registeredKeys.csv`: one row per registered key, added durably, never twice, never cut.
//!
//! The header is that of the scripts this file replaces. A file of this name with another header
//! is somebody else's: it is left alone and `registeredKeys-2.csv` (and so on) is used.

use super::{NUMBERED_FILES, OutputError, lock, safe_cell};
use crate::files;
use crate::pin::Pin;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub const HEADER: &str = "#upn,entraIDAuthMethodObjectId,serialNumber,PIN";

pub(super) const LINE_END: &str = "\r\n";
const METHOD_ID_COLUMN: usize = 1;
const COLUMNS: usize = 4;

/// One registered key.
pub struct Row<'a> {
    pub upn: &'a str,
    /// Of the directory: the authentication method's id.
    pub method_id: &'a str,
    pub serial: Option<&'a str>,
    /// Only where the operator chose PINs in clear text.
    pub pin: Option<&'a Pin>,
}

/// Where the row is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub path: PathBuf,
    pub how: How,
    /// Files of this name that are somebody else's and were left alone.
    pub foreign: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Added,
    /// An earlier try wrote it before it was killed.
    WasThere,
}

/// Adds the row unless its method id is there. When this returns, it is on the disk; when it
/// fails, the file is as it was.
pub fn append(folder: &Path, row: &Row<'_>) -> Result<Kept, OutputError> {
    let first = numbered(folder, 1);
    files::make_private_folder(folder).map_err(|error| OutputError::of_io(&first, &error))?;
    let mut foreign = Vec::new();
    for number in 1..=NUMBERED_FILES {
        let path = numbered(folder, number);
        match append_to(&path, row)? {
            Some(how) => return Ok(Kept { path, how, foreign }),
            None => foreign.push(path),
        }
    }
    Err(OutputError::OnlyForeign { path: first })
}

fn numbered(folder: &Path, number: u32) -> PathBuf {
    match number {
        1 => folder.join("registeredKeys.csv"),
        _ => folder.join(format!("registeredKeys-{number}.csv")),
    }
}

/// Nothing when the file is a foreign one.
fn append_to(path: &Path, row: &Row<'_>) -> Result<Option<How>, OutputError> {
    let fail = |error: io::Error| OutputError::of_io(path, &error);
    let mut file = files::open_private(path).map_err(fail)?;
    lock(&file, path)?;
    let mut old = Zeroizing::new(Vec::new());
    file.read_to_end(&mut old).map_err(fail)?;
    match change(&old, row, path)? {
        Change::Foreign => Ok(None),
        Change::WasThere => {
            // What an earlier try wrote may still be in memory only.
            file.sync_all().map_err(fail)?;
            Ok(Some(How::WasThere))
        }
        Change::Add(new) => {
            add(&mut file, &new).map_err(fail)?;
            files::flush_folder(path.parent().unwrap_or(Path::new(""))).map_err(fail)?;
            Ok(Some(How::Added))
        }
    }
}

/// What a row means for a file.
#[doc(hidden)]
pub enum Change {
    /// It is somebody else's.
    Foreign,
    WasThere,
    /// To be written behind what is there.
    Add(Zeroizing<Vec<u8>>),
}

/// What has to be written into a file that holds `old`; touches no file.
#[doc(hidden)]
pub fn change(old: &[u8], row: &Row<'_>, path: &Path) -> Result<Change, OutputError> {
    if is_foreign(old) {
        return Ok(Change::Foreign);
    }
    if holds(old, row.method_id, path)? {
        return Ok(Change::WasThere);
    }
    let line = line(row)
        .map_err(|error| OutputError::Io { path: path.into(), reason: error.to_string() })?;
    // A quotation mark that somebody, or a kill, left open would swallow the row.
    for closing in ["", "\""] {
        let new = addition(old, closing, &line);
        let whole = Zeroizing::new([old, new.as_slice()].concat());
        if is_last(&whole, row) {
            return Ok(Change::Add(new));
        }
    }
    Err(OutputError::Damaged { path: path.into(), reason: "the row can't be read back".into() })
}

/// A file that was only begun is ours, as far as it goes.
fn is_foreign(old: &[u8]) -> bool {
    let text = without_mark(old);
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let first = &text[..end];
            first.strip_suffix(b"\r").unwrap_or(first) != HEADER.as_bytes()
        }
        None => ![HEADER, LINE_END].concat().as_bytes().starts_with(text),
    }
}

/// The byte order mark that spreadsheet programs put in front.
fn without_mark(old: &[u8]) -> &[u8] {
    old.strip_prefix(b"\xef\xbb\xbf").unwrap_or(old)
}

/// Only whole lines count: a row that a kill cut short is not there.
fn holds(old: &[u8], method_id: &str, path: &Path) -> Result<bool, OutputError> {
    let whole = old.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let safe = safe_cell(method_id);
    for row in reader(&old[..whole]).byte_records() {
        let row = row.map_err(|error| OutputError::Damaged {
            path: path.into(),
            reason: error.to_string(),
        })?;
        if row.get(METHOD_ID_COLUMN) == Some(safe.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reader(file: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file)
}

/// Whether the row can be read back as the last one.
fn is_last(file: &[u8], row: &Row<'_>) -> bool {
    let last = reader(file).into_byte_records().last().and_then(Result::ok);
    let cells = [safe_cell(row.upn), safe_cell(row.method_id)];
    last.is_some_and(|last| {
        last.len() == COLUMNS && last.iter().zip(&cells).all(|(read, cell)| read == cell.as_bytes())
    })
}

/// Writes behind what is there.
fn add(file: &mut File, new: &[u8]) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    if let Err(error) = file.write_all(new).and_then(|()| file.sync_all()) {
        // Take back our own part of a row, so that the next try finds the file as it was.
        if let Err(left) = file.set_len(length) {
            tracing::warn!(%left, "a part of a row may be left at the end of the list of keys");
        }
        return Err(error);
    }
    Ok(())
}

/// What comes behind what is there, completing a line that a kill cut short.
fn addition(old: &[u8], closing: &str, line: &[u8]) -> Zeroizing<Vec<u8>> {
    let header = [HEADER, LINE_END].concat();
    let text = without_mark(old);
    let mut new = Zeroizing::new(Vec::with_capacity(header.len() + line.len() + 3));
    if !text.contains(&b'\n') {
        new.extend_from_slice(header.as_bytes().get(text.len()..).unwrap_or_default());
        new.extend_from_slice(line);
        return new;
    }
    let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    match line.strip_prefix(last) {
        Some(rest) if closing.is_empty() => new.extend_from_slice(rest),
        _ => {
            new.extend_from_slice(closing.as_bytes());
            new.extend_from_slice(LINE_END.as_bytes());
            new.extend_from_slice(line);
        }
    }
    new
}

pub(super) fn line(row: &Row<'_>) -> csv::Result<Zeroizing<Vec<u8>>> {
    // Large enough that it never grows: a grown buffer would leave a PIN in freed memory.
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut *line);
    let pin = Zeroizing::new(safe_cell(row.pin.map_or("", Pin::expose)));
    writer.write_record([
        safe_cell(row.upn).as_str(),
        &safe_cell(row.method_id),
        &safe_cell(row.serial.unwrap_or_default()),
        &pin,
    ])?;
    writer.flush()?;
    drop(writer);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(upn: &'a str, method_id: &'a str) -> Row<'a> {
        Row { upn, method_id, serial: Some("12345678"), pin: None }
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn rows_are_added_under_the_header_with_a_pin_only_if_given() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let pin = Pin::restored(Zeroizing::new("048291".into()));
        let first = append(&out, &row("asa@contoso.example", "m-1")).unwrap();
        let second = Row { pin: Some(&pin), serial: None, ..row("bo@contoso.example", "m-2") };
        append(&out, &second).unwrap();
        assert_eq!(first.how, How::Added);
        assert_eq!(
            text(&first.path),
            "#upn,entraIDAuthMethodObjectId,serialNumber,PIN\r\n\
             asa@contoso.example,m-1,12345678,\r\n\
             bo@contoso.example,m-2,,048291\r\n"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&first.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_same_method_is_not_written_twice_even_after_a_spreadsheet_saved_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registeredKeys.csv");
        append(folder.path(), &row("o'brien,\"x\"@contoso.example", "m-1")).unwrap();
        let saved = format!("\u{feff}{}", text(&path).replace("\r\n", "\n"));
        std::fs::write(&path, &saved).unwrap();
        let again = append(folder.path(), &row("o'brien,\"x\"@contoso.example", "m-1")).unwrap();
        assert_eq!(again.how, How::WasThere);
        assert_eq!(text(&path), saved);
    }

    #[test]
    fn a_kill_after_any_byte_is_healed_by_the_next_try() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registeredKeys.csv");
        append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
        append(folder.path(), &row("bo@contoso.example", "m-2")).unwrap();
        let whole = text(&path);
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            for (upn, id) in [("asa@contoso.example", "m-1"), ("bo@contoso.example", "m-2")] {
                append(folder.path(), &row(upn, id)).unwrap();
            }
            assert_eq!(text(&path), whole, "cut after {cut} bytes");
        }
    }

    #[test]
    fn a_cut_row_of_somebody_else_is_kept_on_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registeredKeys.csv");
        std::fs::write(&path, format!("{HEADER}\r\nold@contoso.example,m-0,99")).unwrap();
        append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
        assert_eq!(
            text(&path),
            format!(
                "{HEADER}\r\nold@contoso.example,m-0,99\r\nasa@contoso.example,m-1,12345678,\r\n"
            )
        );
    }

    #[test]
    fn a_quotation_mark_left_open_swallows_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registeredKeys.csv");
        for old in ["\"o'brien,m-0\r\nbo@contoso.example,m-2,,\r\n", "\"o'brien,m-0", "\"a,\"\""] {
            let old = format!("{HEADER}\r\n{old}");
            std::fs::write(&path, &old).unwrap();
            append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
            assert!(text(&path).starts_with(&old));
            assert!(text(&path).ends_with("\r\nasa@contoso.example,m-1,12345678,\r\n"));
            let again = append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
            assert_eq!(again.how, How::WasThere, "{old:?}");
        }
    }

    #[test]
    fn cells_are_no_formulas_and_stay_one_line() {
        for bad in ["=1+1", "+4", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =cmd|' /C calc'!A0"] {
            let cell = safe_cell(bad);
            assert!(cell.starts_with('\''), "{bad:?} became {cell:?}");
            assert!(!cell.contains(['\r', '\n']));
        }
        assert_eq!(safe_cell("o'brien@contoso.example"), "o'brien@contoso.example");
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), &row("=HYPERLINK(\"x\")", "-m")).unwrap();
        let again = append(folder.path(), &row("=HYPERLINK(\"x\")", "-m")).unwrap();
        assert_eq!(again.how, How::WasThere);
    }

    #[test]
    fn a_foreign_file_of_this_name_is_left_alone_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("registeredKeys.csv");
        for content in
            ["upn;serial\r\n", "Dear diary", "\r", "#upn\r", "#upn,entraIDAuthMethodObjectId\n"]
        {
            std::fs::write(&foreign, content).unwrap();
            let kept = append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
            assert_eq!(kept.path, folder.path().join("registeredKeys-2.csv"));
            assert_eq!(kept.foreign, std::slice::from_ref(&foreign));
            assert_eq!(text(&foreign), content);
        }
        assert_eq!(text(&folder.path().join("registeredKeys-2.csv")).lines().count(), 2);
    }

    #[test]
    fn a_file_that_another_program_holds_is_told_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let kept = append(folder.path(), &row("asa@contoso.example", "m-1")).unwrap();
        let before = text(&kept.path);
        let other = File::open(&kept.path).unwrap();
        other.lock().unwrap();
        assert_eq!(
            append(folder.path(), &row("bo@contoso.example", "m-2")),
            Err(OutputError::InUse { path: kept.path.clone() })
        );
        other.unlock().unwrap();
        assert_eq!(text(&kept.path), before);
        append(folder.path(), &row("bo@contoso.example", "m-2")).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let full = Path::new("/dev/full");
        let error = std::fs::OpenOptions::new()
            .write(true)
            .open(full)
            .and_then(|mut file| file.write_all(b"row"))
            .unwrap_err();
        let told = OutputError::of_io(full, &error);
        assert_eq!(told, OutputError::DiskFull { path: full.into() });
    }
}
