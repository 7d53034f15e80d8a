//! The report's paper: a head with the counts, then a table over as many A4 pages as it needs.

use super::OutputError;
use super::pages::{A4, Pages};
use super::report::{Report, ReportCounts, ReportRow};
use super::typesetting::{Line, Style, Type, Typesetter};
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect};
use krilla::paint::Fill;
use krilla::surface::Surface;

// All measures in points.
const MARGIN: f32 = 42.0;
const WIDTH: f32 = A4.0 - 2.0 * MARGIN;
const BOTTOM: f32 = A4.1 - 56.0;
const GAP: f32 = 8.0;
const TITLE: Type = Type { style: Style::SemiBold, size: 18.0 };
const TEXT: Type = Type { style: Style::Regular, size: 8.5 };
const STRONG: Type = Type { style: Style::SemiBold, size: 8.5 };
const MONO: Type = Type { style: Style::Mono, size: 8.0 };
const LINE: f32 = 11.0;
/// A cell with more lines is cut: a row must fit on a page. The list has it whole.
const MOST_LINES: usize = 12;
/// The most characters that so many lines of the widest column can hold.
const MOST_CHARACTERS: usize = 1000;

const INK: (u8, u8, u8) = (0x1a, 0x1d, 0x21);
const SOFT: (u8, u8, u8) = (0x5c, 0x64, 0x6e);
const RULE: (u8, u8, u8) = (0xc4, 0xca, 0xd1);

/// Heading and share of the width.
const COLUMNS: [(&str, f32); 5] =
    [("Person", 0.32), ("Serial", 0.14), ("When", 0.13), ("By", 0.16), ("Result", 0.25)];

/// Twice, as each page says how many there are: a page that is missing must be missed.
pub(super) fn draw(report: &Report<'_>) -> Result<Pages, OutputError> {
    let total = sheets(report, 0)?.count();
    sheets(report, total)
}

fn sheets(report: &Report<'_>, total: usize) -> Result<Pages, OutputError> {
    let mut pages = Pages::new("Session report")?;
    let mut rows = report.rows.iter();
    let mut next = rows.next().map(|row| row_lines(pages.setter(), row));
    loop {
        let number = pages.count() + 1;
        pages.page(A4, |setter, surface| {
            let mut sheet = Sheet { setter, surface, y: MARGIN };
            if number == 1 {
                sheet.head(report);
            }
            sheet.headings();
            let top = sheet.y;
            while let Some(row) = next.take() {
                // A row that fits on no page is cut, so the first one always fits.
                if sheet.y > top && sheet.y + height(&row) > BOTTOM {
                    next = Some(row);
                    break;
                }
                sheet.row(&row);
                next = rows.next().map(|row| row_lines(sheet.setter, row));
            }
            sheet.foot(number, total);
            Ok(())
        })?;
        if next.is_none() {
            return Ok(pages);
        }
    }
}

/// The lines of each cell of a row.
type RowLines = [Vec<Line>; COLUMNS.len()];

fn row_lines(setter: &mut Typesetter, row: &ReportRow) -> RowLines {
    let when = row.at.as_ref().map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let cells = [
        vec![(row.name.as_str(), STRONG), (row.upn.as_str(), TEXT)],
        vec![(row.serial.as_deref().unwrap_or_default(), MONO)],
        vec![(when.as_deref().unwrap_or_default(), TEXT)],
        vec![(row.operator.as_str(), TEXT)],
        vec![(row.result.word(), STRONG), (row.result.reason(), TEXT)],
    ];
    let mut column = 0;
    cells.map(|texts| {
        let width = COLUMNS.get(column).map_or(0.0, |(_, share)| share * WIDTH - GAP);
        column += 1;
        let mut lines: Vec<Line> =
            texts.into_iter().flat_map(|(text, set)| setter.wrap(cut(text), set, width)).collect();
        lines.truncate(MOST_LINES);
        lines
    })
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(MOST_CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

fn height(row: &RowLines) -> f32 {
    let lines = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
    lines as f32 * LINE + GAP
}

/// The page while it is being filled from top to bottom.
struct Sheet<'a, 'page> {
    setter: &'a mut Typesetter,
    surface: &'a mut Surface<'page>,
    /// Top of what comes next, in points from the page's top.
    y: f32,
}

impl Sheet<'_, '_> {
    fn head(&mut self, report: &Report<'_>) {
        self.paragraph("Session report", TITLE, INK);
        self.y += 4.0;
        if !report.organisation.is_empty() && report.organisation != report.tenant {
            self.paragraph(report.organisation, STRONG, INK);
        }
        self.paragraph(report.tenant, STRONG, INK);
        let begun = report.begun.strftime("%-d %B %Y %H:%M");
        let time = match &report.ended {
            Some(ended) => format!("{begun} to {}", ended.strftime("%-d %B %Y %H:%M")),
            None => format!("{begun}, not finished"),
        };
        self.paragraph(&time, TEXT, SOFT);
        self.paragraph(&counts(&report.counts()), TEXT, INK);
        self.y += 12.0;
    }

    fn headings(&mut self) {
        let mut x = MARGIN;
        self.ink(SOFT);
        for (heading, share) in COLUMNS {
            self.setter.line(heading, STRONG).draw(self.surface, x, self.y + TEXT.size);
            x += share * WIDTH;
        }
        self.y += LINE + 2.0;
        self.rule();
        self.ink(INK);
    }

    fn row(&mut self, row: &RowLines) {
        let mut x = MARGIN;
        self.ink(INK);
        for (lines, (_, share)) in row.iter().zip(COLUMNS) {
            let mut y = self.y + GAP / 2.0 + TEXT.size;
            for line in lines {
                line.draw(self.surface, x, y);
                y += LINE;
            }
            x += share * WIDTH;
        }
        self.y += height(row);
        self.rule();
    }

    fn foot(&mut self, number: usize, total: usize) {
        let line = self.setter.line(&format!("Page {number} of {total}"), TEXT);
        self.ink(SOFT);
        line.draw(self.surface, MARGIN + WIDTH - line.width, A4.1 - 34.0);
    }

    fn paragraph(&mut self, text: &str, set: Type, colour: (u8, u8, u8)) {
        self.ink(colour);
        for line in self.setter.wrap(cut(text), set, WIDTH) {
            line.draw(self.surface, MARGIN, self.y + set.size);
            self.y += set.size * 1.4;
        }
    }

    fn ink(&mut self, (red, green, blue): (u8, u8, u8)) {
        let paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(Some(Fill { paint, ..Fill::default() }));
    }

    fn rule(&mut self) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(MARGIN, self.y, WIDTH, 0.5) {
            path.push_rect(rect);
        }
        let Some(path) = path.finish() else { return };
        self.ink(RULE);
        self.surface.draw_path(&path);
    }
}

/// One line; what there is none of is left out, except the keys.
fn counts(counts: &ReportCounts) -> String {
    let mut text = match counts.registered {
        1 => "1 key registered".to_owned(),
        keys => format!("{keys} keys registered"),
    };
    for (count, word) in [
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.undone, "undone"),
        (counts.open, "open"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_read_as_a_sentence() {
        let all = ReportCounts { registered: 487, failed: 3, skipped: 9, undone: 0, open: 1 };
        assert_eq!(counts(&all), "487 keys registered, 3 failed, 9 skipped, 1 open");
        let one = ReportCounts { registered: 1, ..ReportCounts::default() };
        assert_eq!(counts(&one), "1 key registered");
    }
}
