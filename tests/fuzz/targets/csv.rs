//! `registeredKeys.csv`, whatever is in it. Promises: nothing that is there is changed; a row is
//! added once and can be read back; no cell is a formula.

use super::pieces;
use keydesk::outputs::OutputError;
use keydesk::outputs::registered_keys::{Change, HEADER, Row, change};
use std::path::Path;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// What separates the cells of a row here and in other countries.
const SEPARATORS: [char; 2] = [';', '\t'];

/// The same for a reader.
const DELIMITERS: [u8; 2] = [b';', b'\t'];

pub fn target(mut data: &[u8]) {
    let old = pieces::next(&mut data).to_vec();
    let cells: Vec<String> = pieces::all(data, 3)
        .into_iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    let cell = |at: usize| cells.get(at).map(String::as_str);
    let Some(method_id) = cell(1).filter(|id| !id.is_empty()) else { return };
    let row = Row { upn: cell(0).unwrap_or_default(), method_id, serial: cell(2), pin: None };
    let Some(new) = added(&old, &row) else { return };
    let text = new.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&new);
    assert!(text.starts_with(HEADER.as_bytes()), "a file without its header");
    assert!(matches!(judge(&new, &row), Ok(Change::WasThere)), "a row that is there is not found");
    let written = last_record(&new);
    assert_eq!(written.len(), 4, "a row of other columns");
    // What was there already is not ours.
    let own = new.get(old.len()..).unwrap_or_default();
    for cell in DELIMITERS.into_iter().flat_map(|delimiter| cells_by(own, delimiter)) {
        assert!(!cell.trim_start().starts_with(FORMULA), "{cell:?} is a formula elsewhere");
    }
    for (at, cell) in written.iter().enumerate() {
        for piece in cell.split(SEPARATORS) {
            assert!(!piece.trim_start().starts_with(FORMULA), "{cell:?} is a formula");
        }
        assert!(!cell.contains(['\r', '\n']), "{cell:?} is more than one line");
        let asked = [row.upn, row.method_id, row.serial.unwrap_or_default(), ""][at];
        let asked = asked.replace(['\r', '\n', '\0'], " ");
        assert!(only_quotes_were_added(&asked, cell), "{asked:?} became {cell:?}");
    }
}

/// At most one at the beginning of each piece.
fn only_quotes_were_added(asked: &str, written: &str) -> bool {
    let (asked, written) = (asked.split(SEPARATORS), written.split(SEPARATORS));
    asked.clone().count() == written.clone().count()
        && asked
            .zip(written)
            .all(|(asked, piece)| piece == asked || piece.strip_prefix('\'') == Some(asked))
}

/// The file after the row was added to it; nothing if it was not.
fn added(old: &[u8], row: &Row<'_>) -> Option<Vec<u8>> {
    match judge(old, row) {
        Ok(Change::Add(new)) => Some([old, &new].concat()),
        Ok(Change::Foreign | Change::WasThere | Change::Differs)
        | Err(OutputError::Damaged { .. }) => None,
        Err(other) => panic!("without a file there is no {other:?}"),
    }
}

fn judge(old: &[u8], row: &Row<'_>) -> Result<Change, OutputError> {
    change(old, row, Path::new("registeredKeys.csv"))
}

fn cells_by(lines: &[u8], delimiter: u8) -> Vec<String> {
    let mut builder = csv::ReaderBuilder::new();
    let reader = builder.has_headers(false).flexible(true).delimiter(delimiter).from_reader(lines);
    let records = reader.into_byte_records().map(|record| record.expect("readable"));
    let cell = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    records.flat_map(|record| record.iter().map(cell).collect::<Vec<_>>()).collect()
}

fn last_record(file: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let record = reader.byte_records().last().expect("a record").expect("readable");
    record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}
