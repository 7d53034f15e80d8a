//! A list of serials, of any shape: one in a line, or a column of a table.

use super::Delimiter;
use super::column::{self, Column};
use super::encoding;
use super::records::{Cells, Record, Records};
use super::row::plain_serial;
use std::collections::BTreeSet;

/// Digits of a serial.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=10;

/// The column's name is looked for in so many lines.
const HEADER_WITHIN: usize = 10;

/// The serials of a file, each once, without the zeros that labels pad them with: of each row the
/// first cell below a name that means serials, else the first of all, that is nothing but 1 to 10
/// digits. What is called a key may be its model.
pub fn serials(bytes: &[u8]) -> Vec<String> {
    let text = encoding::decode(bytes).text;
    let below = most(|delimiter| below_name(&text, delimiter));
    let found = if below.is_empty() { most(|delimiter| firsts(&text, delimiter)) } else { below };
    found.into_iter().collect()
}

/// Of the three ways to read it, the one that finds the most.
fn most(read: impl Fn(Delimiter) -> BTreeSet<String>) -> BTreeSet<String> {
    let found = Delimiter::ALL.into_iter().rev().map(read);
    found.max_by_key(BTreeSet::len).unwrap_or_default()
}

fn below_name(text: &str, delimiter: Delimiter) -> BTreeSet<String> {
    let mut cells = Cells::new(delimiter.byte());
    let mut places = Vec::new();
    let mut found = BTreeSet::new();
    for (n, record) in Records::new(text, 1, delimiter.byte()).enumerate() {
        cells.split(record.text);
        if !places.is_empty() {
            found.extend(places.iter().find_map(|place| serial(cells.get(*place))));
        } else if n < HEADER_WITHIN {
            let is_named = |cell: &str| column::named(cell) == Some(Column::Serial);
            let named = cells.iter().enumerate().filter(|(_, cell)| is_named(cell));
            places.extend(named.map(|(place, _)| place));
        }
    }
    found
}

fn firsts(text: &str, delimiter: Delimiter) -> BTreeSet<String> {
    let mut cells = Cells::new(delimiter.byte());
    let mut first = |record: Record<'_>| {
        cells.split(record.text);
        cells.iter().find_map(serial)
    };
    Records::new(text, 1, delimiter.byte()).filter_map(&mut first).collect()
}

/// Nothing where the cell holds none.
fn serial(cell: &str) -> Option<String> {
    // Behind a space a quotation mark is one of the cell's own.
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '"');
    let is_serial = DIGITS.contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
    let plain = plain_serial(cell);
    (is_serial && !plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_found_in_lines_and_in_tables() {
        assert_eq!(serials(b"31884198\r\n31884201\n\n31884198\n"), ["31884198", "31884201"]);
        let table = b"Model;Serial;Shelf\nYubiKey 5 NFC;\"0031884198\";A\n";
        assert_eq!(serials(table), ["31884198"]);
        let modelled = b"YubiKey;S/N\nYubiKey 5 NFC;31884198\n";
        assert_eq!(serials(modelled), ["31884198"]);
        let counted = b"No;Serial\n1;31884198\n2;31884201\n";
        assert_eq!(serials(counted), ["31884198", "31884201"]);
        let quoted = b"Model,Serial,Shelf\n\"YubiKey 5, NFC\",31884198,7\n\"A; B\",31884201,8\n";
        assert_eq!(serials(quoted), ["31884198", "31884201"]);
        assert_eq!(serials(b"Model, Serial\nYubiKey 5, \"31884198\"\n"), ["31884198"]);
        let unnamed = b"Shelf 1, left;31884198\nShelf 2, left;31884201\n";
        assert_eq!(serials(unnamed), ["31884198", "31884201"]);
        assert_eq!(serials(b"\"Shelf, 12\",31884198\n"), ["31884198"]);
        assert_eq!(serials("\u{feff}17\n".as_bytes()), ["17"]);
        assert!(serials(b"no serials here").is_empty());
    }
}
