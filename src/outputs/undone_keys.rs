//! `undoneKeys.csv`, beside `registeredKeys.csv`: one row per key that was taken out of the
//! directory again. Rows there are never changed; what stands here too is not registered any more.

use super::list::List;
pub use super::list::{How, Kept};
use super::{OutputError, safe_cell};
use jiff::Zoned;
use std::path::Path;
use zeroize::Zeroizing;

pub const HEADER: &str = "#upn,entraIDAuthMethodObjectId,serialNumber,time,operator,reason";

const LIST: List = List { name: "undoneKeys", header: HEADER };

/// One key that was undone.
pub struct Row<'a> {
    pub upn: &'a str,
    /// As in `registeredKeys.csv`.
    pub method_id: &'a str,
    pub serial: Option<&'a str>,
    pub at: Zoned,
    pub operator: &'a str,
    pub reason: &'a str,
}

/// Adds the row unless its method id is there. When this returns, it is on the disk; when it
/// fails, the file is as it was.
pub fn append(folder: &Path, row: &Row<'_>) -> Result<Kept, OutputError> {
    let at = row.at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let serial = row.serial.unwrap_or_default();
    let cells = [row.upn, row.method_id, serial, &at, row.operator, row.reason]
        .map(|cell| Zeroizing::new(safe_cell(cell)));
    LIST.append(folder, &cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undone_key_has_its_own_list_and_is_in_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-22T10:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let row = Row {
            upn: "asa@contoso.example",
            method_id: "m-1",
            serial: Some("12345678"),
            at: at.to_zoned(jiff::tz::TimeZone::UTC),
            operator: "Petra",
            reason: "=wrong, person\nsorry",
        };
        let first = append(folder.path(), &row).unwrap();
        assert_eq!(append(folder.path(), &row).unwrap().how, How::WasThere);
        assert_eq!(
            std::fs::read_to_string(first.path).unwrap(),
            "#upn,entraIDAuthMethodObjectId,serialNumber,time,operator,reason\r\n\
             asa@contoso.example,m-1,12345678,2026-11-22T10:00:00+00:00,Petra,\
             \"'=wrong, person sorry\"\r\n"
        );
        assert!(folder.path().join("undoneKeys.csv").exists());
    }
}
