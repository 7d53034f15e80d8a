//! The search text of all rows, lower-cased once, so that a keystroke costs one pass over it.

use super::Row;
use memchr::memmem;

/// One line for each row.
#[derive(Clone, Debug, Default)]
pub struct SearchText {
    text: String,
    /// Where each row's line ends, its line end included.
    ends: Vec<usize>,
}

impl SearchText {
    pub(super) fn of(rows: &[Row]) -> Self {
        Self::of_cells(rows.iter().map(|row| {
            let who = &row.who;
            let cells = [&row.display_name, &who.upn, &who.mail, &who.employee_id, &who.object_id];
            let cells = cells.into_iter().chain([&row.serial, &row.badge]);
            cells.map(|cell| cell.as_deref().unwrap_or_default())
        }))
    }

    /// From the cells of each row; they have no line ends.
    pub fn of_cells<R>(rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item: AsRef<str>>,
    {
        let mut all = Self::default();
        for row in rows {
            for cell in row {
                push_lower(&mut all.text, cell.as_ref());
            }
            all.text.push('\n');
            all.ends.push(all.text.len());
        }
        all.text.shrink_to_fit();
        all
    }

    /// The places of the rows that hold every word of the query, in any order and case; all for
    /// an empty one.
    pub fn filter(&self, query: &str) -> Vec<usize> {
        let query = lower(query).collect::<String>();
        let mut words: Vec<&str> = query.split_whitespace().collect();
        // The longest one is the rarest.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let Some((rarest, others)) = words.split_first() else {
            return (0..self.ends.len()).collect();
        };
        let others: Vec<_> = others.iter().map(memmem::Finder::new).collect();
        let mut found = self.lines_with(rarest);
        found.retain(|place| others.iter().all(|word| word.find(self.line(*place)).is_some()));
        found
    }

    fn lines_with(&self, word: &str) -> Vec<usize> {
        let finder = memmem::Finder::new(word);
        let text = self.text.as_bytes();
        let mut found = Vec::new();
        let mut from = 0;
        let mut place = 0;
        while let Some(hit) = text.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + hit;
            while self.ends.get(place).is_some_and(|end| *end <= at) {
                place += 1;
            }
            let Some(end) = self.ends.get(place) else { break };
            found.push(place);
            from = *end;
        }
        found
    }

    fn line(&self, place: usize) -> &[u8] {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(place).copied().unwrap_or_default();
        self.text.as_bytes().get(start.unwrap_or_default()..end).unwrap_or_default()
    }
}

/// A space stands between cells: no word spans two. Cells have no line ends.
fn push_lower(text: &mut String, cell: &str) {
    if cell.is_empty() {
        return;
    }
    if cell.is_ascii() {
        let start = text.len();
        text.push_str(cell);
        if let Some(new) = text.get_mut(start..) {
            new.make_ascii_lowercase();
        }
    } else {
        text.extend(lower(cell));
    }
    text.push(' ');
}

/// Each character for itself: a sigma at the end of what is typed so far is like any other.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
