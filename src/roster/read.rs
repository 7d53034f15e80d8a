//! From bytes to judged rows.

use super::column::Column;
use super::encoding;
use super::facts::{FileFacts, FileFault, FileKind};
use super::fields::{address, check_address, check_login, clean, is_guid, name};
use super::layout::{Layout, Sample};
use super::prepared::PreparedCells;
use super::records::{Cells, Quotes, Record, Records};
use super::row::{Row, Who};
use super::search::SearchText;
use super::verdict::{Verdict, judge_together};
use super::{Delimiter, Roster};
use crate::enrolment::TypedSerial;
use jiff::Timestamp;

/// As many records as tell which column holds what.
const SAMPLE_RECORDS: usize = 50;
/// What scripts and exports write into an empty cell.
const NOTHING: [&str; 4] = ["none", "null", "n/a", "-"];

/// What a user name must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// A user principal name: it has a domain.
    Upn,
    /// A login name of a directory without domains.
    Login,
}

/// Reads a file of any shape. Never fails: what is wrong is told by row, or by
/// [`Roster::fault`]. `now` judges challenges.
pub fn read(bytes: &[u8], now: Timestamp) -> Roster {
    read_as(bytes, now, Naming::Upn)
}

/// Reads a file for a directory whose people have login names without a domain.
pub fn read_logins(bytes: &[u8], now: Timestamp) -> Roster {
    read_as(bytes, now, Naming::Login)
}

fn read_as(bytes: &[u8], now: Timestamp, naming: Naming) -> Roster {
    if let Some(fault) = FileFault::of(bytes) {
        return Roster { fault: Some(fault), ..Roster::default() };
    }
    let decoded = encoding::decode(bytes);
    let (delimiter, behind) = Delimiter::find(&decoded.text);
    // A line that names the delimiter is the file's first.
    let (text, first_line) = behind.map_or((&*decoded.text, 1), |rest| (rest, 2));
    let records = || Records::new(text, first_line, delimiter.byte());
    let layout = Layout::find(&sample(records(), delimiter), naming);
    let reading = Reading { layout: &layout, now, naming };
    let mut rows = reading.rows(records(), delimiter);
    judge_together(&mut rows);
    let mut facts = FileFacts {
        encoding: decoded.encoding,
        replaced: decoded.replaced,
        delimiter,
        ..FileFacts::default()
    };
    layout.describe(&mut facts);
    if facts.kind == FileKind::RegistrationUsers {
        let prepared = rows.iter_mut().filter_map(|row| row.prepared.as_mut());
        prepared.for_each(|prepared| prepared.of_first_generation());
    }
    let fault = match rows.is_empty() {
        true => Some(FileFault::Empty),
        false => (!layout.has_person()).then_some(FileFault::NoPersonColumn),
    };
    let search = SearchText::of(&rows);
    Roster { rows, facts, fault, search }
}

pub(super) fn sample(records: Records<'_>, delimiter: Delimiter) -> Vec<Sample> {
    let mut cells = Cells::new(delimiter.byte());
    let mut of = |record: Record<'_>| {
        cells.split(record.text);
        Sample { line: record.line, cells: cells.iter().map(str::to_owned).collect() }
    };
    let all = records.map(&mut of);
    all.filter(|record| !is_blank(record.cells.iter().map(String::as_str)))
        .take(SAMPLE_RECORDS)
        .collect()
}

/// Spreadsheets leave lines of nothing but delimiters.
fn is_blank<'a>(mut cells: impl Iterator<Item = &'a str>) -> bool {
    cells.all(|cell| cell.trim().is_empty())
}

struct Reading<'a> {
    layout: &'a Layout,
    now: Timestamp,
    naming: Naming,
}

impl Reading<'_> {
    fn rows(&self, records: Records<'_>, delimiter: Delimiter) -> Vec<Row> {
        let header = self.layout.header.line();
        let mut cells = Cells::new(delimiter.byte());
        let mut rows = Vec::new();
        for record in records.filter(|record| record.line > header) {
            cells.split(record.text);
            if !is_blank(cells.iter()) {
                rows.push(self.row(&record, &Named::of(&cells, self.layout)));
            }
        }
        rows.shrink_to_fit();
        rows
    }

    fn row(&self, record: &Record<'_>, cells: &Named<'_>) -> Row {
        let mut who = self.who(cells);
        let has_number = value(cells.get(Column::EmployeeId)).is_some();
        let person = self.check_who(&mut who, has_number);
        let (serial, good_serial) = serial(cells.get(Column::Serial));
        let prepared = self.prepared(cells);
        let verdict = match record.quotes {
            Quotes::Open => Verdict::UnterminatedQuote,
            Quotes::Closed => match (person, &prepared) {
                (Err(verdict), _) => verdict,
                (Ok(()), _) if !good_serial => Verdict::BadSerial,
                (Ok(()), Err(verdict)) => *verdict,
                (Ok(()), Ok(_)) => Verdict::Usable,
            },
        };
        Row {
            line: record.line,
            who,
            display_name: display_name(cells),
            serial,
            badge: value(cells.get(Column::Badge)),
            prepared: prepared.ok().flatten(),
            verdict,
        }
    }

    fn who(&self, cells: &Named<'_>) -> Who {
        let mut who = Who {
            upn: address(cells.get(Column::Upn)),
            object_id: value(cells.get(Column::ObjectId)),
            mail: address(cells.get(Column::Mail)),
            employee_id: value(cells.get(Column::EmployeeId)),
        };
        // Beside a challenge it is the handle at the relying party, no id of ours.
        if !self.layout.has(Column::Challenge)
            && let Some(id) = value(cells.get(Column::UserId))
        {
            let place = if is_guid(&id) {
                &mut who.object_id
            } else if id.contains('@') {
                &mut who.upn
            } else {
                &mut who.employee_id
            };
            place.get_or_insert(id);
        }
        if let Some(person) = address(cells.get(Column::Person)) {
            if is_guid(&person) {
                who.object_id.get_or_insert(person);
            } else if self.may_be_user_name(&person) || who.key().is_none() {
                who.upn.get_or_insert(person);
            }
        }
        who
    }

    /// A bare login name beside a mail address or an id is that of another system.
    fn may_be_user_name(&self, person: &str) -> bool {
        self.naming == Naming::Login || person.contains('@')
    }

    /// Drops a wrong cell where another one names the person, and refuses the row where none does.
    /// `has_number`: the employee's number stands in a column for it. One that [`Self::who`] made of
    /// an id of unknown kind may name nobody, so it excuses no wrong cell.
    fn check_who(&self, who: &mut Who, has_number: bool) -> Result<(), Verdict> {
        let upn = who.upn.as_deref().map(|upn| match self.naming {
            Naming::Upn => check_address(upn),
            Naming::Login => check_login(upn),
        });
        if let Some(Err(fault)) = upn {
            let is_named = who.object_id.as_deref().is_some_and(is_guid)
                || has_number
                || who.mail.as_deref().is_some_and(|mail| check_address(mail).is_ok());
            if !is_named {
                return Err(Verdict::BadUpn(fault));
            }
            who.upn = None;
        }
        if let Some(id) = &who.object_id {
            match uuid::Uuid::try_parse(id) {
                Ok(good) if is_guid(id) => who.object_id = Some(good.to_string().into()),
                _ if who.upn.is_some() || who.mail.is_some() || has_number => {
                    who.object_id = None;
                }
                _ => return Err(Verdict::BadObjectId),
            }
        }
        if let Some(Err(fault)) = who.mail.as_deref().map(check_address) {
            let mail = who.mail.take();
            if who.upn.is_none() && who.object_id.is_none() && !has_number {
                who.mail = mail;
                return Err(Verdict::BadMail(fault));
            }
        }
        if who.key().is_none() { Err(Verdict::NoPerson) } else { Ok(()) }
    }

    fn prepared(&self, cells: &Named<'_>) -> Result<Option<Box<super::Prepared>>, Verdict> {
        let read = PreparedCells {
            challenge: cells.get(Column::Challenge),
            expires_at: cells.get(Column::ChallengeExpiry),
            rp_id: cells.get(Column::RelyingParty),
            user_id: cells.get(Column::UserId),
        }
        .read();
        let prepared = read.map_err(Verdict::BadChallenge)?;
        match prepared.as_ref().and_then(|prepared| prepared.expires_at) {
            Some(at) if at <= self.now => Err(Verdict::ChallengeExpired { at }),
            _ => Ok(prepared.map(Box::new)),
        }
    }
}

/// The cells of a record by what they hold; of several columns of a kind, the first that is not
/// empty.
struct Named<'a>([&'a str; Column::COUNT]);

impl<'a> Named<'a> {
    fn of(cells: &'a Cells, layout: &Layout) -> Self {
        let mut named = [""; Column::COUNT];
        for (column, cell) in layout.columns.iter().zip(cells.iter()) {
            if let Some(place) = column.and_then(|column| named.get_mut(column as usize))
                && place.trim().is_empty()
            {
                *place = cell;
            }
        }
        Self(named)
    }

    fn get(&self, column: Column) -> &'a str {
        self.0.get(column as usize).copied().unwrap_or_default()
    }
}

fn value(cell: &str) -> Option<Box<str>> {
    clean(cell).filter(|text| !NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// The serial as printed, and whether it is one.
fn serial(cell: &str) -> (Option<Box<str>>, bool) {
    let Some(text) = value(cell) else { return (None, true) };
    match TypedSerial::parse(&text) {
        Ok(serial) => (serial.map(|serial| serial.to_string().into()), true),
        Err(_) => (Some(text), false),
    }
}

fn display_name(cells: &Named<'_>) -> Option<Box<str>> {
    name(cells.get(Column::DisplayName)).or_else(|| {
        let given = cells.get(Column::GivenName);
        name(&format!("{given} {}", cells.get(Column::Surname)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{AddressFault, ChallengeFault, Encoding, Header, PersonKey};
    use super::*;

    const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODw";
    const GUID: &str = "6a0b0000-1111-4222-8333-444455556666";

    fn roster(text: &str) -> Roster {
        read(text.as_bytes(), "2026-11-22T12:00:00Z".parse().unwrap())
    }

    /// Line, name to ask the directory for, display name and verdict of each row.
    fn people(text: &str) -> Vec<(usize, String, String, Verdict)> {
        roster(text)
            .rows
            .iter()
            .map(|row| {
                let key = match row.who.key() {
                    Some(
                        PersonKey::Upn(key)
                        | PersonKey::ObjectId(key)
                        | PersonKey::Mail(key)
                        | PersonKey::EmployeeId(key),
                    ) => key.to_owned(),
                    None => String::new(),
                };
                let name = row.display_name.as_deref().unwrap_or_default().to_owned();
                (row.line, key, name, row.verdict)
            })
            .collect()
    }

    fn usable(line: usize, upn: &str, name: &str) -> (usize, String, String, Verdict) {
        (line, upn.into(), name.into(), Verdict::Usable)
    }

    fn verdicts(text: &str) -> Vec<Verdict> {
        roster(text).rows.iter().map(|row| row.verdict).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_with_any_delimiter_and_encoding() {
        let expected = [
            usable(2, "asa@contoso.example", "Åsa Ek"),
            usable(3, "bo@contoso.example", "Bo Larsson"),
        ];
        for delimiter in [",", ";", "\t"] {
            let text = "Department|Display Name|Serial No.|User Principal Name\r\n\
                Sales|Åsa Ek|12345678|asa@contoso.example\r\n\
                IT|Bo Larsson||bo@contoso.example\r\n"
                .replace('|', delimiter);
            assert_eq!(people(&text), expected);
            let marked = format!("\u{feff}{text}");
            assert_eq!(people(&marked), expected);
            let now = Timestamp::UNIX_EPOCH;
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
            for bytes in [wide.as_slice(), &western] {
                let roster = read(bytes, now);
                assert_eq!(roster.rows[0].display_name.as_deref(), Some("Åsa Ek"));
                assert_eq!(roster.rows[0].serial.as_deref(), Some("12345678"));
                assert_eq!(roster.facts.ignored, ["Department"]);
                assert_eq!(roster.facts.header, Header::Known { line: 1 });
            }
        }
    }

    #[test]
    fn a_file_without_header_is_told_by_its_content() {
        let text = format!("1,Åsa Ek,asa@contoso.example\n2,Bo Ek,bo@contoso.example\n3,,{GUID}\n");
        let roster = roster(&text);
        assert_eq!(roster.facts.header, Header::None);
        assert_eq!(
            people(&text),
            [
                usable(1, "asa@contoso.example", "Åsa Ek"),
                usable(2, "bo@contoso.example", "Bo Ek"),
                usable(3, GUID, ""),
            ]
        );
        assert_eq!(people("a@b.example"), [usable(1, "a@b.example", "")]);
    }

    #[test]
    fn somebody_of_a_kind_that_is_also_a_columns_name_is_no_header() {
        let text = "asa@contoso.example,Åsa Ek,Member\nbo@contoso.example,Bo Ek,Guest\n";
        assert_eq!(roster(text).facts.header, Header::None);
        assert_eq!(people(text).len(), 2);
    }

    #[test]
    fn names_of_columns_in_another_language_are_told_by_what_is_below_them() {
        let text = "Benutzer;Abteilung\nasa@contoso.example;Einkauf\nbo@contoso.example;IT\n";
        assert_eq!(roster(text).facts.header, Header::Guessed { line: 1 });
        assert_eq!(people(text).len(), 2);
    }

    #[test]
    fn a_slip_in_the_first_address_is_no_header() {
        let text = "asacontoso.example\nbo@contoso.example\ncy@contoso.example\n";
        assert_eq!(
            verdicts(text),
            [Verdict::BadUpn(AddressFault::NoAt), Verdict::Usable, Verdict::Usable]
        );
    }

    #[test]
    fn a_title_above_the_names_is_no_person_but_people_above_a_word_are() {
        let text = "version:v1.0\nUser name [userPrincipalName] Required\na@b.example\n";
        assert_eq!(people(text), [usable(3, "a@b.example", "")]);
        let text = "a@b.example,IT\nb@b.example,Mail\nc@b.example,Mail\n";
        assert_eq!(people(text).len(), 3);
    }

    #[test]
    fn each_wrong_row_is_a_row_with_its_line_and_reason() {
        let text = format!(
            "upn,objectId,mail,employeeId,serial\n\
             asa@contoso.example,,,,\n\
             ASA@Contoso.Example,,,,\n\
             ,,,,99\n\
             bo,,,,\n\
             ,{GUID},,,\n\
             ,12,,,\n\
             ,,cy@contoso.example,,\n\
             ,,cy,,\n\
             ,,,E-17,\n\
             di@contoso.example,,,,12a\n\
             ,,,,\n\
             ed@contoso.example,,,,0012\n\
             fy@contoso.example,,,,12\n\
             gi@contoso.example,not an id,not mail,,\n"
        );
        assert_eq!(
            verdicts(&text),
            [
                Verdict::Usable,
                Verdict::Duplicate { of: 2 },
                Verdict::NoPerson,
                Verdict::BadUpn(AddressFault::NoAt),
                Verdict::Usable,
                Verdict::BadObjectId,
                Verdict::Usable,
                Verdict::BadMail(AddressFault::NoAt),
                Verdict::Usable,
                Verdict::BadSerial,
                Verdict::Usable,
                Verdict::SerialTwice { of: 13 },
                Verdict::Usable,
            ]
        );
        let roster = roster(&text);
        let counts = roster.counts();
        assert_eq!((counts.rows, counts.usable, counts.duplicate, counts.wrong), (13, 6, 1, 6));
        let lines: Vec<usize> = roster.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15]);
        for row in &roster.rows {
            assert_eq!(row.verdict.reason().is_none(), row.verdict == Verdict::Usable);
        }
    }

    #[test]
    fn a_file_that_ends_in_the_middle_of_a_quote_loses_one_row() {
        let text = "upn,name\na@b.example,\"Larsson,\nBo\"\nb@b.example,\"Ek\nc@b.example,Cy\n";
        assert_eq!(
            people(text),
            [
                usable(2, "a@b.example", "Larsson, Bo"),
                (4, "b@b.example".into(), "Ek".into(), Verdict::UnterminatedQuote),
                usable(5, "c@b.example", "Cy"),
            ]
        );
    }

    #[test]
    fn both_generations_of_the_scripts_files_bring_their_challenges() {
        let first = format!(
            "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime\r\n\
             a@b.example,\"Ek, Åsa\",T0ZA,{CHALLENGE},2026-11-22T13:00:00Z\r\n"
        );
        let second = first
            .replace("ExpiryTime", "ExpiryTime,RP.ID")
            .replace("00Z\r", "00Z,login.microsoft.com\r");
        let other = second.replace("login.microsoft.com", "login.microsoftonline.us");
        for (text, kind, party) in [
            (&first, FileKind::RegistrationUsers, "login.microsoft.com"),
            (&second, FileKind::UsersToRegister, "login.microsoft.com"),
            (&other, FileKind::UsersToRegister, "login.microsoftonline.us"),
        ] {
            let roster = roster(text);
            assert_eq!(roster.facts.kind, kind);
            let [row] = roster.rows.as_slice() else { panic!("{}", roster.rows.len()) };
            assert_eq!((row.verdict, row.shown()), (Verdict::Usable, "Ek, Åsa"));
            assert!(row.who.employee_id.is_none(), "the handle is no id of ours");
            let prepared = row.prepared.as_ref().unwrap();
            assert_eq!(prepared.challenge.0, CHALLENGE);
            assert_eq!(prepared.rp_id.as_deref(), Some(party));
            assert_eq!(prepared.user_id.as_deref(), Some(&b"OF@"[..]));
        }
    }

    #[test]
    fn an_expired_or_broken_challenge_asks_for_a_new_one() {
        let head = "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime";
        let text = format!(
            "{head}\na@b.example,A,,{CHALLENGE},2026-11-22T12:00:00Z\n\
             b@b.example,B,,#NAME?,2026-11-22T13:00:00Z\nc@b.example,C,,,\n"
        );
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(
            verdicts(&text),
            [
                Verdict::ChallengeExpired { at },
                Verdict::BadChallenge(ChallengeFault::Text),
                Verdict::Usable,
            ]
        );
        assert_eq!(roster(&text).counts().needs_challenge, 2);
    }

    #[test]
    fn of_one_persons_rows_the_one_with_a_living_challenge_is_taken() {
        let row = |time| format!("a@b.example,,,{CHALLENGE},2026-11-22T{time}:00Z\n");
        let head = "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime\n";
        let text = [head, &row("11:00"), &row("13:00"), &row("14:00"), &row("10:00")].concat();
        assert_eq!(
            verdicts(&text),
            [
                Verdict::Duplicate { of: 3 },
                Verdict::Usable,
                Verdict::Duplicate { of: 3 },
                Verdict::Duplicate { of: 3 },
            ]
        );
    }

    #[test]
    fn two_people_with_one_mailbox_are_two_and_a_badge_means_one() {
        let text = "upn,mail,badge\na@b.example,info@b.example,B7\nb@b.example,info@b.example,b7\n";
        assert_eq!(verdicts(text), [Verdict::Usable, Verdict::BadgeTwice { of: 2 }]);
    }

    #[test]
    fn the_list_of_registered_keys_is_known_and_its_pins_are_not_kept() {
        let text =
            "#upn,entraIDAuthMethodObjectId,serialNumber,PIN\r\na@b.example,m1,12,739104\r\n";
        let roster = roster(text);
        assert_eq!(roster.facts.kind, FileKind::RegisteredKeys);
        assert!(!format!("{roster:?}").contains("739104"));
        assert!(roster.rows[0].is_for_serial("0012"));
    }

    #[test]
    fn a_bad_user_name_is_dropped_where_something_else_names_the_person() {
        let id = "5f1c8a52-0f0e-4f0a-9d55-0a4f3c1f7a11";
        let text = format!("upn,mail,object id\nn/a,a@b.example,\nn/a,,{id}\nn/a,n/a,12\n");
        let roster = roster(&text);
        let verdicts: Vec<_> = roster.rows.iter().map(|row| row.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Usable, Verdict::Usable, Verdict::BadUpn(AddressFault::NoAt)]
        );
        assert!(roster.rows[..2].iter().all(|row| row.who.upn.is_none()));
    }

    #[test]
    fn an_employee_id_names_the_person_beside_what_is_no_id_or_user_name() {
        let text = "ID,Name,Employee ID,UPN\n1,Asa,4711,\n2,Bo,4712,n/a\n3,Cy,,\n";
        let roster = roster(text);
        let verdicts: Vec<_> = roster.rows.iter().map(|row| row.verdict).collect();
        assert_eq!(verdicts, [Verdict::Usable, Verdict::Usable, Verdict::BadObjectId]);
        let text = "UPN,User ID,Name\nasa.b.example,17,Asa\n";
        assert_eq!(self::verdicts(text), [Verdict::BadUpn(AddressFault::NoAt)]);
        let text = text.replace("UPN", "Mail");
        assert_eq!(self::verdicts(&text), [Verdict::BadMail(AddressFault::NoAt)]);
        let key = roster.rows[1].who.key();
        assert!(matches!(key, Some(PersonKey::EmployeeId("4712"))), "{key:?}");
    }

    #[test]
    fn a_login_name_beside_an_address_is_another_systems_and_alone_it_is_told() {
        let text = "Login,First name,Last name,E-Mail\nasaek,Åsa,Ek,asa@contoso.example\n";
        assert_eq!(people(text), [usable(2, "asa@contoso.example", "Åsa Ek")]);
        assert_eq!(verdicts("Login\nasaek\n"), [Verdict::BadUpn(AddressFault::NoAt)]);
        let roster = read_logins(b"asaek\nbo\n", Timestamp::UNIX_EPOCH);
        assert_eq!(roster.counts().usable, 2);
    }

    #[test]
    fn what_is_no_list_of_people_is_told_as_a_whole() {
        let fault = |bytes: &[u8]| read(bytes, Timestamp::UNIX_EPOCH).fault;
        assert_eq!(fault(b""), Some(FileFault::Empty));
        assert_eq!(fault(b"\xef\xbb\xbf\r\n , \r\n"), Some(FileFault::Empty));
        assert_eq!(fault(b"upn,name\r\n"), Some(FileFault::Empty));
        assert_eq!(fault(b"PK\x03\x04\x14\x00"), Some(FileFault::Workbook));
        assert_eq!(fault(b"colour,size\nred,3\n"), Some(FileFault::NoPersonColumn));
        assert_eq!(fault(b"a@b.example\n"), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_told() {
        let roster = read(b"\xef\xbb\xbfupn\na\xff@b.example\n", Timestamp::UNIX_EPOCH);
        assert!(roster.facts.replaced && roster.facts.encoding == Encoding::Utf8);
        assert_eq!(roster.rows[0].verdict, Verdict::BadUpn(AddressFault::Character));
    }

    #[test]
    fn a_filter_takes_every_word_in_any_order_and_case() {
        let text = "upn,name,badge\nasa@contoso.example,Åsa Ek,B7\nbo@contoso.example,Bo Ek,B8\n\
            broken,Cy,\n";
        let roster = roster(text);
        assert_eq!(roster.filter(""), [0, 1, 2]);
        assert_eq!(roster.filter("  EK "), [0, 1]);
        assert_eq!(roster.filter("contoso ÅSA"), [0]);
        assert_eq!(roster.filter("b8"), [1]);
        assert_eq!(roster.filter("brok"), [2]);
        assert!(roster.filter("ek asa@contoso.examplex").is_empty());
        let greek = self::roster("upn,name\ng@b.example,ΟΔΟΣΑΣ\n");
        assert_eq!(greek.filter("ΟΔΟΣ"), [0]);
        // No word spans two cells or two rows.
        assert!(roster.filter("ekb7").is_empty());
    }
}
