//! A list of serials, of any shape: one in a line, or a column of a table.

use super::column::{self, Column};
use super::encoding;
use super::row::plain_serial;
use std::collections::BTreeSet;

/// Digits of a serial.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=10;

/// The column's name is looked for in so many lines.
const HEADER_WITHIN: usize = 10;

/// The serials of a file, each once, without the zeros that labels pad them with: of each line the
/// cell below a name that means serials, else the first that is nothing but 1 to 10 digits.
pub fn serials(bytes: &[u8]) -> Vec<String> {
    let text = encoding::decode(bytes).text;
    let named = text
        .lines()
        .take(HEADER_WITHIN)
        .find_map(|line| cells(line).position(|cell| column::named(cell) == Some(Column::Serial)));
    let below = named.map(|column| all(&text, |line| cells(line).nth(column).filter(is_serial)));
    // What is called a key may be its model.
    let below = below.filter(|serials| !serials.is_empty());
    below.unwrap_or_else(|| all(&text, |line| cells(line).find(is_serial)))
}

fn all<'a>(text: &'a str, of_line: impl Fn(&'a str) -> Option<&'a str>) -> Vec<String> {
    let found: BTreeSet<&str> = text.lines().filter_map(of_line).map(plain_serial).collect();
    found.into_iter().filter(|serial| !serial.is_empty()).map(str::to_owned).collect()
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', ';', '\t']).map(|cell| cell.trim_matches(['"', '\r', ' ', '\u{feff}']))
}

fn is_serial(cell: &&str) -> bool {
    DIGITS.contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
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
        assert_eq!(serials("\u{feff}17\n".as_bytes()), ["17"]);
        assert!(serials(b"no serials here").is_empty());
    }
}
