//! What stands between cells.

use super::column;
use super::records::{Cells, Records};

/// As many records as tell one delimiter from another.
const SAMPLE_RECORDS: usize = 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    #[default]
    Comma,
    Semicolon,
    Tab,
}

impl Delimiter {
    pub(super) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The delimiter, and what is left behind a line that says so (`sep=;`, as spreadsheet
    /// programs write and read it).
    pub(super) fn find(text: &str) -> (Self, Option<&str>) {
        for delimiter in Self::ALL {
            if let Some(rest) = behind_declaration(text, delimiter) {
                return (delimiter, Some(rest));
            }
        }
        let best = Self::ALL.into_iter().rev().max_by_key(|delimiter| delimiter.fit(text));
        (best.unwrap_or_default(), None)
    }

    /// Larger is better: names of columns found in one record, then records of the same width.
    fn fit(self, text: &str) -> (usize, usize) {
        let mut cells = Cells::new(self.byte());
        let mut names = 0;
        let mut widths = Vec::new();
        for record in Records::new(text, 1, self.byte()).take(SAMPLE_RECORDS) {
            cells.split(record.text);
            names = names.max(cells.iter().filter_map(column::named).count());
            widths.push(cells.iter().count());
        }
        let same = |width: &usize| widths.iter().filter(|other| *other == width).count();
        let even = widths.iter().filter(|width| **width > 1).map(same).max();
        (names, even.unwrap_or(0))
    }
}

fn behind_declaration(text: &str, delimiter: Delimiter) -> Option<&str> {
    let (head, rest) = text.split_at_checked(4)?;
    if !head.eq_ignore_ascii_case("sep=") {
        return None;
    }
    let rest = rest.strip_prefix(char::from(delimiter.byte()))?;
    match rest.strip_prefix("\r\n") {
        Some(rest) => Some(rest),
        None => rest.strip_prefix(['\r', '\n']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_that_makes_names_of_columns_wins() {
        for (text, expected) in [
            ("upn,name\na@b.c,\"x;y;z\"\n", Delimiter::Comma),
            ("upn;name\na@b.c;Larsson, Bo\nb@b.c;Ek, Eva\n", Delimiter::Semicolon),
            ("upn\tname, first; last\na@b.c\tLarsson, Bo\n", Delimiter::Tab),
            ("upn\na@b.c\n", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(Delimiter::find(text).0, expected, "{text}");
        }
    }

    #[test]
    fn without_names_the_delimiter_that_makes_even_rows_wins() {
        let text = "a@b.c;Larsson, Bo\nb@b.c;Eva Ek\nc@b.c;Nyberg, Saga, Dr\n";
        assert_eq!(Delimiter::find(text).0, Delimiter::Semicolon);
    }

    #[test]
    fn a_spreadsheets_own_declaration_is_obeyed_and_taken_off() {
        let (delimiter, rest) = Delimiter::find("SEP=;\r\nupn,x;name\r\n");
        assert_eq!((delimiter, rest), (Delimiter::Semicolon, Some("upn,x;name\r\n")));
        assert_eq!(Delimiter::find("sep=;upn").1, None);
    }
}
