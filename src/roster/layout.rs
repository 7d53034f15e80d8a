//! Which column holds what: by the names above it, else by what is in it.

use super::column::{self, Column};
use super::facts::{FileFacts, FileKind, Header};
use super::fields::{check_address, clean, is_guid};
use super::others::OtherColumn;
use super::read::Naming;
use crate::enrolment::text::{cut_to_utf16, for_display};
use zeroize::Zeroize;

/// The line of names stands at most so many records below a title.
const HEADER_WITHIN: usize = 10;
/// A column's name as it is shown, in UTF-16 units.
const SHOWN_UNITS: usize = 60;
const MOST_SHOWN: usize = 200;

/// One of the first records of a file.
pub(super) struct Sample {
    pub line: usize,
    pub cells: Vec<String>,
}

/// It may hold a PIN.
impl Drop for Sample {
    fn drop(&mut self) {
        self.cells.zeroize();
    }
}

/// What each column holds; nothing for one that means nothing to us.
#[derive(Default)]
pub(super) struct Layout {
    pub columns: Vec<Option<Column>>,
    pub header: Header,
    /// As many as there are columns; empty without a header.
    names: Vec<String>,
}

impl Layout {
    pub(super) fn find(sample: &[Sample], naming: Naming) -> Self {
        let known = sample
            .iter()
            .take(HEADER_WITHIN)
            .take_while(|record| !record.cells.iter().any(|cell| names_somebody(cell)))
            .find_map(by_names);
        known.or_else(|| by_content(sample, naming)).unwrap_or_default()
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }

    pub(super) fn has_person(&self) -> bool {
        self.columns.iter().flatten().any(|column| column.names_a_person())
    }

    /// Columns of no meaning to us, by their place.
    pub(super) fn others(&self) -> Vec<(usize, OtherColumn)> {
        let is_other = |place: &usize| self.columns.get(*place).is_none_or(Option::is_none);
        let width = self.columns.len().max(self.names.len());
        let named = |place: usize| {
            let name = for_display(self.names.get(place).map_or("", String::as_str));
            let name = match cut_to_utf16(&name, SHOWN_UNITS) {
                "" => format!("Column {}", place + 1),
                name => name.to_owned(),
            };
            (place, OtherColumn { name, ..OtherColumn::default() })
        };
        (0..width).filter(is_other).map(named).collect()
    }

    pub(super) fn describe(&self, facts: &mut FileFacts) {
        facts.header = self.header;
        facts.kind = self.kind();
        for (place, column) in self.columns.iter().enumerate() {
            let name = for_display(self.names.get(place).map_or("", String::as_str));
            let name = cut_to_utf16(&name, SHOWN_UNITS).to_owned();
            match column {
                Some(column) => facts.columns.push((name, *column)),
                None if name.is_empty() || facts.ignored.len() >= MOST_SHOWN => {}
                None => facts.ignored.push(name),
            }
        }
    }

    fn kind(&self) -> FileKind {
        match (self.has(Column::Challenge), self.has(Column::RelyingParty)) {
            (true, true) => FileKind::UsersToRegister,
            (true, false) => FileKind::RegistrationUsers,
            (false, _) if self.has(Column::MethodId) => FileKind::RegisteredKeys,
            (false, _) => FileKind::People,
        }
    }
}

fn names_somebody(cell: &str) -> bool {
    let cell = cell.trim();
    check_address(cell).is_ok() || is_guid(cell)
}

fn by_names(record: &Sample) -> Option<Layout> {
    let columns: Vec<_> = record.cells.iter().map(|cell| column::named(cell)).collect();
    let layout = Layout {
        columns,
        header: Header::Known { line: record.line },
        names: record.cells.clone(),
    };
    layout.has_person().then_some(layout)
}

/// The column with the most addresses and object ids holds the people.
fn by_content(sample: &[Sample], naming: Naming) -> Option<Layout> {
    let width = sample.iter().map(|record| record.cells.len()).max()?;
    let person = match person_column(sample, width) {
        Some(person) => person,
        None if naming == Naming::Login && width == 1 => 0,
        None => return None,
    };
    let first = sample.first()?;
    let mut columns = vec![None; width];
    let mut layout = Layout::default();
    if is_title(first, person, naming) {
        columns = first.cells.iter().map(|cell| column::named(cell)).collect();
        columns.resize(width, None);
        layout.header = Header::Guessed { line: first.line };
        layout.names = first.cells.clone();
    } else if let Some(name) = name_column(sample, width, person) {
        columns[name] = Some(Column::DisplayName);
    }
    columns[person] = Some(Column::Person);
    layout.columns = columns;
    Some(layout)
}

fn cell(record: &Sample, column: usize) -> &str {
    record.cells.get(column).map_or("", |cell| cell.trim())
}

fn count(sample: &[Sample], column: usize, is: impl Fn(&str) -> bool) -> usize {
    sample.iter().filter(|record| is(cell(record, column))).count()
}

fn person_column(sample: &[Sample], width: usize) -> Option<usize> {
    let people = |column: usize| count(sample, column, names_somebody);
    let filled = |column: usize| count(sample, column, |cell| !cell.is_empty());
    (0..width)
        .rev()
        .filter(|column| people(*column) > 0 && people(*column) * 2 >= filled(*column))
        .max_by_key(|column| people(*column))
}

/// The first record is one of names in a language that we don't know, or a person whose address
/// has a slip. It is only taken for names when it looks like no address at all.
fn is_title(first: &Sample, person: usize, naming: Naming) -> bool {
    let name = cell(first, person);
    if names_somebody(name) {
        return false;
    }
    if first.cells.iter().any(|cell| column::named(cell).is_some()) {
        return true;
    }
    let is_word = !name.contains(['@', '.']) && !name.contains(|c: char| c.is_ascii_digit());
    naming == Naming::Upn && !name.is_empty() && is_word
}

/// Of the others, the first that mostly holds words.
fn name_column(sample: &[Sample], width: usize, person: usize) -> Option<usize> {
    let is_name = |cell: &str| {
        let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 2 && letters * 2 > cell.chars().count() && !names_somebody(cell)
    };
    (0..width).find(|column| {
        let filled = count(sample, *column, |cell| clean(cell).is_some());
        *column != person && filled > 0 && count(sample, *column, is_name) * 2 > filled
    })
}
