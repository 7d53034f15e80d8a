//! Who a plan is for: a list of any shape, with the columns that may hold numbers.

use super::NumberText;
use crate::directory::{Person, PersonId, SoughtBy};
use crate::roster::{self, FileFacts, FileFault, OtherColumn, PersonKey, Row, Verdict};
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

/// A column holds numbers when most of its first cells do.
const SAMPLE: usize = 50;
/// So many digits make a number, at least.
const DIGITS: usize = 5;

/// People, and their numbers by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneList {
    pub rows: Vec<ListRow>,
    pub facts: FileFacts,
    /// Columns beside the people; those that look like numbers first.
    pub columns: Vec<String>,
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    pub name: Box<str>,
    /// User principal name, or whatever else names the person.
    pub upn: Box<str>,
    /// Whom to ask the directory for, or why the row can't be used.
    pub sought: Result<SoughtBy, String>,
    /// In the order of [`PhoneList::columns`].
    pub cells: Vec<NumberText>,
}

/// One entry of the older runbook's list.
#[derive(Deserialize)]
pub(super) struct JsonRow {
    #[serde(alias = "UserPrincipalName", alias = "userPrincipalName", alias = "upn")]
    user_principal_name: String,
    #[serde(default, alias = "PhoneNumber", alias = "phoneNumber", alias = "phone")]
    phone_number: Option<String>,
}

impl PhoneList {
    /// Reads a table of any shape, or a JSON list of `{"UserPrincipalName": "..."}` with a
    /// `PhoneNumber` where wanted. `logins`: people have login names without a domain.
    ///
    /// # Errors
    /// Nobody can be read from it at all; a wrong row is a row with its reason.
    pub fn read(bytes: &[u8], logins: bool, now: Timestamp) -> Result<Self, FileFault> {
        match json_rows(bytes) {
            Some(rows) => Self::of_json(rows, logins, now),
            None => Self::read_table(bytes, logins, now),
        }
    }

    /// The rows of a JSON list; one without any is nobody to do something for, and no fault.
    pub(super) fn of_json(
        rows: Vec<JsonRow>,
        logins: bool,
        now: Timestamp,
    ) -> Result<Self, FileFault> {
        match table(rows) {
            Some(table) => Self::read_table(&table, logins, now),
            None => Ok(Self::default()),
        }
    }

    fn read_table(bytes: &[u8], logins: bool, now: Timestamp) -> Result<Self, FileFault> {
        let read = if logins { roster::read_logins(bytes, now) } else { roster::read(bytes, now) };
        if let Some(fault) = read.fault {
            return Err(fault);
        }
        let mut columns = roster::other_columns(bytes, logins);
        columns.sort_by_key(|column| !looks_like_numbers(column));
        Ok(Self {
            rows: read.rows.iter().map(|row| ListRow::of(row, &columns)).collect(),
            facts: read.facts,
            columns: columns.into_iter().map(|column| column.name).collect(),
        })
    }

    /// The people of a group; they bring no numbers.
    pub fn of_people(people: Vec<Person>) -> Self {
        Self { rows: people.into_iter().map(ListRow::of_person).collect(), ..Self::default() }
    }

    /// The place of a column by its name, in any case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name.trim()))
    }

    pub fn wrong_rows(&self) -> usize {
        self.rows.iter().filter(|row| row.sought.is_err()).count()
    }
}

impl ListRow {
    fn of(row: &Row, columns: &[OtherColumn]) -> Self {
        let upn = row.who.upn.as_deref().or(row.who.mail.as_deref());
        let cell = |column: &OtherColumn| {
            NumberText::new(column.cells.get(&row.line).cloned().unwrap_or_default())
        };
        Self {
            name: row.shown().into(),
            upn: upn.or(row.who.object_id.as_deref()).unwrap_or_default().into(),
            sought: sought(row),
            cells: columns.iter().map(cell).collect(),
        }
    }

    fn of_person(person: Person) -> Self {
        Self {
            name: person.display_name.into(),
            upn: person.upn.into(),
            sought: Ok(SoughtBy::Id(person.id)),
            cells: Vec::new(),
        }
    }
}

/// What is only wrong with a key or a challenge does not matter here.
fn sought(row: &Row) -> Result<SoughtBy, String> {
    let usable = match row.verdict {
        Verdict::Usable
        | Verdict::BadSerial
        | Verdict::Duplicate { .. }
        | Verdict::SerialTwice { .. }
        | Verdict::BadgeTwice { .. } => true,
        verdict => verdict.needs_challenge(),
    };
    match row.who.key() {
        Some(key) if usable => Ok(match key {
            PersonKey::ObjectId(id) => SoughtBy::Id(PersonId(id.to_owned())),
            PersonKey::Upn(upn) => SoughtBy::Upn(upn.to_owned()),
            PersonKey::Mail(mail) => SoughtBy::Mail(mail.to_owned()),
            PersonKey::EmployeeId(id) => SoughtBy::EmployeeId(id.to_owned()),
        }),
        _ => Err(row.verdict.reason().unwrap_or_else(|| "nobody is named".into())),
    }
}

fn looks_like_numbers(column: &OtherColumn) -> bool {
    let mut lines: Vec<_> = column.cells.iter().collect();
    lines.sort_unstable_by_key(|(line, _)| **line);
    let sample = &lines[..lines.len().min(SAMPLE)];
    let numbers = sample.iter().filter(|(_, cell)| is_numberish(cell)).count();
    numbers > 0 && numbers * 2 >= sample.len()
}

fn is_numberish(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits >= DIGITS && !cell.contains(['@', ':'])
}

/// A JSON list, or its only entry alone, as PowerShell writes it.
fn json_rows(bytes: &[u8]) -> Option<Vec<JsonRow>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Rows {
        Many(Vec<JsonRow>),
        One(JsonRow),
    }
    Some(match serde_json::from_str(&json_text(bytes)).ok()? {
        Rows::Many(rows) => rows,
        Rows::One(row) => vec![row],
    })
}

/// JSON in UTF-8, or in UTF-16 with its mark, as older PowerShell writes it.
pub(super) fn json_text(bytes: &[u8]) -> Cow<'_, str> {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0,
        None => String::from_utf8_lossy(bytes),
    }
}

/// The same as a table; nothing where there is no row.
fn table(rows: Vec<JsonRow>) -> Option<Vec<u8>> {
    if rows.is_empty() {
        return None;
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["userPrincipalName", "phoneNumber"]).ok()?;
    for row in rows {
        let number = row.phone_number.unwrap_or_default();
        table.write_record([row.user_principal_name, number]).ok()?;
    }
    table.into_inner().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> PhoneList {
        PhoneList::read(text.as_bytes(), false, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn columns_that_look_like_numbers_come_first() {
        let list = list("upn,Note,Mobile\na@x.example,likes 5,070 174 06 12\nb@x.example,,\n");
        assert_eq!(list.columns, ["Mobile", "Note"]);
        assert_eq!(list.rows[0].cells[0].expose(), "070 174 06 12");
        assert!(list.rows[1].cells[0].is_blank());
        assert_eq!(list.column("MOBILE "), Some(0));
    }

    #[test]
    fn the_older_runbooks_list_is_read() {
        let list = list(
            r#"[{"UserPrincipalName":"a@x.example"},
                {"userPrincipalName":"o'brien@x.example","phoneNumber":"+46 701740612"}]"#,
        );
        assert_eq!(list.rows.len(), 2);
        assert_eq!(list.rows[1].sought, Ok(SoughtBy::Upn("o'brien@x.example".into())));
        assert_eq!(list.rows[1].cells[0].expose(), "+46 701740612");
    }

    #[test]
    fn a_list_as_powershell_writes_it_is_read_and_an_empty_one_is_nobody() {
        let one = r#"{"UserPrincipalName":"a@x.example"}"#;
        let utf16: Vec<u8> =
            "\u{feff}".chars().chain(one.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
        for bytes in [one.as_bytes(), &utf16, format!("\u{feff}[{one}]").as_bytes()] {
            let list = PhoneList::read(bytes, false, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(list.rows[0].sought, Ok(SoughtBy::Upn("a@x.example".into())));
        }
        assert_eq!(list("[]"), PhoneList::default());
    }

    #[test]
    fn a_wrong_row_is_a_row_with_its_reason() {
        let list = list("upn,mobile\nno-at-sign,0701740612\na@x.example,0701740613\n");
        assert_eq!(list.wrong_rows(), 1);
        assert!(list.rows[0].sought.is_err());
    }
}
