//! Columns that mean nothing to a roster, for whoever knows what to do with them.

use super::delimiter::Delimiter;
use super::encoding;
use super::layout::Layout;
use super::read::{Naming, sample};
use super::records::{Cells, Records};
use std::collections::HashMap;

/// One column that is not one of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherColumn {
    /// As it stands above it; `Column 3` where nothing does.
    pub name: String,
    /// By the line at which a record begins; blank cells are not there.
    pub cells: HashMap<usize, Box<str>>,
}

/// Every column of a file that names neither a person nor a key, in the file's order.
pub fn other_columns(bytes: &[u8], logins: bool) -> Vec<OtherColumn> {
    let naming = if logins { Naming::Login } else { Naming::Upn };
    let decoded = encoding::decode(bytes);
    let (delimiter, behind) = Delimiter::find(&decoded.text);
    let (text, first_line) = behind.map_or((&*decoded.text, 1), |rest| (rest, 2));
    let records = || Records::new(text, first_line, delimiter.byte());
    let layout = Layout::find(&sample(records(), delimiter), naming);
    let mut columns: Vec<(usize, OtherColumn)> = layout.others();
    let mut cells = Cells::new(delimiter.byte());
    for record in records().filter(|record| record.line > layout.header.line()) {
        cells.split(record.text);
        for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
            if let Some((_, column)) = columns.iter_mut().find(|(at, _)| *at == place) {
                column.cells.insert(record.line, cell.trim().into());
            }
        }
    }
    columns.into_iter().map(|(_, column)| column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_not_ours_are_kept_by_line() {
        let text =
            "userPrincipalName;PIN;Mobil;Note\na@x.example;1234;070-1;\n\nb@x.example;;+46 2;hi\n";
        let columns = other_columns(text.as_bytes(), false);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["Mobil", "Note"], "a PIN is nobody else's business");
        assert_eq!(columns[0].cells.get(&2).map(|cell| &**cell), Some("070-1"));
        assert_eq!(columns[0].cells.get(&4).map(|cell| &**cell), Some("+46 2"));
        assert_eq!(columns[1].cells.len(), 1);
    }

    #[test]
    fn a_list_without_names_above_it_still_has_its_columns() {
        let columns = other_columns(b"a@x.example,0701\nb@x.example,0702\n", false);
        assert_eq!(columns.len(), 1);
        assert_eq!(columns[0].name, "Column 2");
        assert_eq!(columns[0].cells.len(), 2);
    }
}
