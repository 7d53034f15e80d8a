//! A list of serials, of any shape: one in a line, or a column of a table.

use super::encoding;
use super::row::plain_serial;
use std::collections::BTreeSet;

/// Digits of a serial.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=10;

/// The serials of a file, each once, without the zeros that labels pad them with: of each line the
/// first cell that is nothing but 1 to 10 digits.
pub fn serials(bytes: &[u8]) -> Vec<String> {
    let text = encoding::decode(bytes).text;
    let is_serial = |cell: &&str| {
        DIGITS.contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
    };
    let cells = |line: &str| {
        let mut cells =
            line.split([',', ';', '\t']).map(|cell| cell.trim_matches(['"', '\r', ' ']));
        cells.find(is_serial).map(|cell| plain_serial(cell).to_owned())
    };
    let found: BTreeSet<String> = text.lines().filter_map(cells).collect();
    found.into_iter().filter(|serial| !serial.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_found_in_lines_and_in_tables() {
        assert_eq!(serials(b"31884198\r\n31884201\n\n31884198\n"), ["31884198", "31884201"]);
        let table = b"Model;Serial;Shelf\nYubiKey 5 NFC;\"0031884198\";A\n";
        assert_eq!(serials(table), ["31884198"]);
        assert_eq!(serials("\u{feff}17\n".as_bytes()), ["17"]);
        assert!(serials(b"no serials here").is_empty());
    }
}
