//! `registeredKeys.csv`: one row per registered key, added durably, never twice, never cut.
//!
//! The header is that of the scripts this file replaces. A file of this name with another header
//! is somebody else's: it is left alone and `registeredKeys-2.csv` (and so on) is used.

use super::list::List;
use super::{OutputError, safe_cell};
use crate::pin::Pin;
use std::path::Path;
use zeroize::Zeroizing;

pub use super::list::{Change, How, Kept};

pub const HEADER: &str = "#upn,entraIDAuthMethodObjectId,serialNumber,PIN";

const LIST: List = List { name: "registeredKeys", header: HEADER };

/// One registered key.
pub struct Row<'a> {
    pub upn: &'a str,
    /// Of the directory: the authentication method's id.
    pub method_id: &'a str,
    pub serial: Option<&'a str>,
    /// Only where the operator chose PINs in clear text.
    pub pin: Option<&'a Pin>,
}

impl Row<'_> {
    fn cells(&self) -> [Zeroizing<String>; 4] {
        let pin = self.pin.map_or("", Pin::expose);
        [self.upn, self.method_id, self.serial.unwrap_or_default(), pin]
            .map(|cell| Zeroizing::new(safe_cell(cell)))
    }
}

/// Adds the row unless its method id is there. When this returns, it is on the disk; when it
/// fails, the file is as it was.
pub fn append(folder: &Path, row: &Row<'_>) -> Result<Kept, OutputError> {
    LIST.append(folder, &row.cells())
}

/// What has to be written into a file that holds `old`; touches no file.
#[doc(hidden)]
pub fn change(old: &[u8], row: &Row<'_>, path: &Path) -> Result<Change, OutputError> {
    LIST.change(old, &row.cells(), path)
}

pub(super) fn line(row: &Row<'_>) -> csv::Result<Zeroizing<Vec<u8>>> {
    super::list::line(&row.cells())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;

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

    /// A PIN's leading zeros are lost to a spreadsheet: such a row does not hold the PIN.
    #[test]
    fn a_row_that_was_written_otherwise_or_changed_is_told_from_the_same_one() {
        let folder = tempfile::tempdir().unwrap();
        let pin = Pin::restored(Zeroizing::new("048291".into()));
        let bare = || row("bo@contoso.example", "m-2");
        let with_pin = || Row { pin: Some(&pin), ..bare() };
        let path = append(folder.path(), &with_pin()).unwrap().path;
        assert_eq!(append(folder.path(), &with_pin()).unwrap().how, How::WasThere);
        assert_eq!(append(folder.path(), &bare()).unwrap().how, How::Differs);
        let damaged = text(&path).replace("048291", "48291");
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(append(folder.path(), &with_pin()).unwrap().how, How::Differs);
        assert_eq!(text(&path), damaged, "it is left as it is");
    }

    #[test]
    fn a_row_that_is_there_counts_although_another_of_its_name_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registeredKeys.csv");
        std::fs::write(&path, format!("{HEADER}\r\nasa@old.example,m-1,12")).unwrap();
        let asa = || row("asa@contoso.example", "m-1");
        assert_eq!(append(folder.path(), &asa()).unwrap().how, How::Added);
        assert_eq!(append(folder.path(), &asa()).unwrap().how, How::WasThere);
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
        // Where lists are separated by semicolons, the second piece is a cell.
        assert_eq!(safe_cell("Bo;=1+1"), "Bo;'=1+1");
        assert_eq!(safe_cell("Bo\t =1; Co"), "Bo\t' =1; Co");
        // There a quotation mark at its beginning is none of its text.
        assert_eq!(safe_cell("Bo;\"=1+1;x"), "Bo;'\"=1+1;x");
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
