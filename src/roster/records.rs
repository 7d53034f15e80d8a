//! Records and their cells. A quotation mark that is never closed costs its own line, not those
//! behind it.

use csv_core::ReadRecordResult;
use zeroize::Zeroizing;

/// A quoted cell with more lines than an address or a note has was never closed. It also bounds
/// the work on a file of nothing but quotation marks.
const MOST_LINES: usize = 50;

/// One record as it stands in the file, without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// Of its beginning, counted from 1.
    pub line: usize,
    pub text: &'a str,
    pub quotes: Quotes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    Closed,
    /// One is left open: the record is its first line only.
    Open,
}

/// The records of a text, blank lines among them.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: usize,
    delimiter: u8,
}

impl<'a> Records<'a> {
    /// `line` is the number of the text's first line.
    pub(super) fn new(text: &'a str, line: usize, delimiter: u8) -> Self {
        Self { rest: text, line, delimiter }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Extent { end, lines, quotes } = extent(self.rest.as_bytes(), self.delimiter);
        let (text, after) = self.rest.split_at(end);
        self.rest = match after.strip_prefix("\r\n") {
            Some(after) => after,
            None => after.strip_prefix(['\r', '\n']).unwrap_or(after),
        };
        let line = self.line;
        self.line += lines;
        Some(Record { line, text, quotes })
    }
}

/// How far a record goes.
struct Extent {
    /// The place of its line end.
    end: usize,
    lines: usize,
    quotes: Quotes,
}

enum At {
    CellStart,
    Plain,
    Quoted,
    /// Behind a quotation mark that may have closed the cell.
    Behind,
}

/// The states are those of `csv_core`; on top, a mark that "closes" a cell on a later line and
/// has text behind it opened another cell: then the first was never closed.
fn extent(text: &[u8], delimiter: u8) -> Extent {
    let mut at = At::CellStart;
    let mut lines = 0;
    let mut opened = 0;
    let mut first_end = text.len();
    for (place, &byte) in text.iter().enumerate() {
        let is_end = byte == b'\n' || byte == b'\r';
        at = match at {
            At::Quoted if byte == b'"' => At::Behind,
            At::Quoted => {
                if is_end {
                    first_end = first_end.min(place);
                    // "\r\n" is one line end, counted at its "\n".
                    lines += usize::from(byte == b'\n' || text.get(place + 1) != Some(&b'\n'));
                    if lines > MOST_LINES {
                        return open(first_end);
                    }
                }
                At::Quoted
            }
            _ if is_end => return Extent { end: place, lines: lines + 1, quotes: Quotes::Closed },
            _ if byte == delimiter => At::CellStart,
            At::CellStart if byte == b'"' => {
                opened = lines;
                At::Quoted
            }
            At::Behind if byte == b'"' && text.get(place - 1) == Some(&b'"') => At::Quoted,
            At::Behind if byte == b' ' => At::Behind,
            At::Behind if lines > opened => return open(first_end),
            _ => At::Plain,
        };
    }
    match at {
        At::Quoted => open(first_end),
        _ => Extent { end: text.len(), lines: lines + 1, quotes: Quotes::Closed },
    }
}

fn open(end: usize) -> Extent {
    Extent { end, lines: 1, quotes: Quotes::Open }
}

/// The cells of one record after another, in memory that is used again.
pub(super) struct Cells {
    reader: csv_core::Reader,
    text: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    count: usize,
}

impl Cells {
    pub(super) fn new(delimiter: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, text: Zeroizing::new(Vec::new()), ends: Vec::new(), count: 0 }
    }

    /// Takes the next record apart; what was there before is gone.
    pub(super) fn split(&mut self, record: &str) {
        let mut input = record.as_bytes();
        // Cells are never longer than what they are written as, and never more than its bytes.
        let (bytes, cells) = (self.text.len(), self.ends.len());
        self.text.resize(input.len().max(bytes), 0);
        self.ends.resize((input.len() + 2).max(cells), 0);
        self.reader.reset();
        self.count = 0;
        let mut written = 0;
        loop {
            let (result, taken, bytes, cells) = self.reader.read_record(
                input,
                self.text.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(self.count..).unwrap_or_default(),
            );
            input = input.get(taken..).unwrap_or_default();
            written += bytes;
            self.count += cells;
            if !matches!(result, ReadRecordResult::InputEmpty) {
                return;
            }
        }
    }

    pub(super) fn get(&self, cell: usize) -> &str {
        let ends = self.ends.get(..self.count).unwrap_or_default();
        let start = cell.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied());
        let (Some(start), Some(&end)) = (start, ends.get(cell)) else { return "" };
        let bytes = self.text.get(start..end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count).map(|cell| self.get(cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(usize, &str, Quotes)> {
        let of = |record: Record<'static>| (record.line, record.text, record.quotes);
        let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
        Records::new(text, 1, b',').map(of).collect()
    }

    fn cells(record: &str) -> Vec<String> {
        let mut cells = Cells::new(b',');
        cells.split("an,earlier,\"and longer\",record,than,this,one");
        cells.split(record);
        cells.iter().map(str::to_owned).collect()
    }

    #[test]
    fn every_line_end_ends_a_record_and_counts_once() {
        assert_eq!(
            records("a\r\nb\nc\rd\r\n\r\ne"),
            [
                (1, "a", Quotes::Closed),
                (2, "b", Quotes::Closed),
                (3, "c", Quotes::Closed),
                (4, "d", Quotes::Closed),
                (5, "", Quotes::Closed),
                (6, "e", Quotes::Closed),
            ]
        );
    }

    #[test]
    fn a_quoted_cell_may_hold_line_ends_delimiters_and_marks() {
        let record = "a,\"Larsson, \"\"Bo\"\"\r\nÖ\rx\ny\",b";
        assert_eq!(
            records(&format!("{record}\r\nnext")),
            [(1, record, Quotes::Closed), (5, "next", Quotes::Closed)]
        );
        assert_eq!(cells(record), ["a", "Larsson, \"Bo\"\r\nÖ\rx\ny", "b"]);
    }

    #[test]
    fn an_open_quote_at_the_end_costs_its_own_line_only() {
        assert_eq!(
            records("a,\"b\nc,d\ne,f\n"),
            [(1, "a,\"b", Quotes::Open), (2, "c,d", Quotes::Closed), (3, "e,f", Quotes::Closed),]
        );
    }

    #[test]
    fn an_open_quote_does_not_swallow_people_up_to_the_next_quoted_name() {
        assert_eq!(
            records("a,\"b\nc,d\ne,\"Larsson, Bo\",f\ng\n"),
            [
                (1, "a,\"b", Quotes::Open),
                (2, "c,d", Quotes::Closed),
                (3, "e,\"Larsson, Bo\",f", Quotes::Closed),
                (4, "g", Quotes::Closed),
            ]
        );
    }

    #[test]
    fn sloppy_quotes_within_a_line_are_taken_as_spreadsheets_take_them() {
        for (record, expected) in [
            ("\"Bo\" Larsson,x", ["Bo Larsson", "x"]),
            ("Bo \"the key\" Larsson,x", ["Bo \"the key\" Larsson", "x"]),
            ("\"Bo\" ,x", ["Bo ", "x"]),
        ] {
            assert_eq!(records(record), [(1, record, Quotes::Closed)]);
            assert_eq!(cells(record), expected);
        }
    }

    #[test]
    fn cells_of_an_earlier_record_do_not_show_through() {
        assert_eq!(cells("a,b"), ["a", "b"]);
        assert_eq!(cells(","), ["", ""]);
        let mut cells = Cells::new(b';');
        cells.split("");
        assert_eq!((cells.iter().count(), cells.get(0)), (0, ""));
    }

    #[test]
    fn a_file_of_open_quotes_takes_time_in_proportion_to_its_length() {
        // Seen from inside a cell and from outside, each line opens another one.
        let text = "a\",\"\n".repeat(200_000);
        let all = records(&text);
        assert_eq!(all.last().map(|(line, ..)| *line), Some(200_000));
    }
}
