//! The sixty people of the company, from the table in `assets/practice/people.csv`.

use super::{DOMAIN, stable_id};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

const TABLE: &str = include_str!("../../../assets/practice/people.csv");

/// One person of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employee {
    pub id: Uuid,
    pub display_name: String,
    pub given_name: Option<String>,
    pub surname: Option<String>,
    /// User principal name.
    pub upn: String,
    pub mail: Option<String>,
    pub employee_id: Option<String>,
    pub department: String,
    pub title: String,
    pub city: String,
    /// ISO 3166 code of two letters.
    pub country: String,
    pub account: Account,
    pub kind: Kind,
    /// Registered sign-in phones: `+46 701740612`, with an extension `+1 5125550132x17`.
    pub mobile: Option<String>,
    pub alternate: Option<String>,
    pub office: Option<String>,
    /// extensionAttribute1 to 15, by their numbers: 1 is the cost centre; 7 and 15 are what two
    /// personnel systems hold for the mobile, not always a valid number; 9 is the Authy id of those
    /// who have one.
    pub attributes: BTreeMap<u8, String>,
    pub has_photo: bool,
    /// Other sign-in methods: `authenticator`, `hello`, `oath`, `email`, `platform`.
    pub methods: Vec<String>,
    /// Names of groups beside the one of the department.
    pub groups: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Member,
    Guest,
}

/// Everybody, in the table's order, and last a person whose name is made to break programs.
pub fn people() -> Vec<Employee> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    // A row that can't be read would be missing; the test below counts them.
    let mut people: Vec<Employee> =
        reader.deserialize::<Row>().filter_map(Result::ok).map(Employee::from).collect();
    for person in people.iter_mut().filter(|person| super::has_authy(person)) {
        let id = super::authy_id(&person.upn).to_string();
        person.attributes.insert(super::AUTHY_ATTRIBUTE, id);
    }
    people.push(hostile());
    people
}

#[derive(Deserialize)]
struct Row {
    user: String,
    display_name: String,
    given_name: Option<String>,
    surname: Option<String>,
    employee_id: Option<String>,
    department: String,
    title: String,
    city: String,
    country: String,
    account: String,
    kind: String,
    mobile: Option<String>,
    alternate: Option<String>,
    office: Option<String>,
    attribute7: Option<String>,
    attribute15: Option<String>,
    photo: String,
    methods: String,
    groups: String,
}

impl From<Row> for Employee {
    fn from(row: Row) -> Self {
        let upn = format!("{}@{DOMAIN}", row.user);
        let kind = if row.kind == "guest" { Kind::Guest } else { Kind::Member };
        let held = [(1, cost_centre(&row.department)), (7, row.attribute7), (15, row.attribute15)];
        let attributes =
            held.into_iter().filter_map(|(number, text)| Some((number, text?))).collect();
        Self {
            id: stable_id("person", &upn),
            mail: mail(&row.user, kind),
            upn,
            display_name: row.display_name,
            given_name: row.given_name,
            surname: row.surname,
            employee_id: row.employee_id,
            department: row.department,
            title: row.title,
            city: row.city,
            country: row.country,
            account: if row.account == "disabled" { Account::Disabled } else { Account::Enabled },
            kind,
            mobile: row.mobile,
            alternate: row.alternate,
            office: row.office,
            attributes,
            has_photo: row.photo == "yes",
            methods: list(&row.methods),
            groups: list(&row.groups),
        }
    }
}

fn cost_centre(department: &str) -> Option<String> {
    let bytes = super::stable_bytes("cost centre", department);
    (department != "Contractors").then(|| format!("K-{:03}", 100 + u16::from(bytes[0])))
}

/// A guest's mail is at home: `hanna.vester_partner.example#EXT#` is hanna.vester@partner.example.
fn mail(user: &str, kind: Kind) -> Option<String> {
    match kind {
        Kind::Member => Some(format!("{user}@{DOMAIN}")),
        Kind::Guest => {
            let (name, domain) = user.strip_suffix("#EXT#")?.rsplit_once('_')?;
            Some(format!("{name}@{domain}"))
        }
    }
}

fn list(cell: &str) -> Vec<String> {
    cell.split(';').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// One more person, with nothing but what is given.
pub(super) fn plain(
    user: &str,
    domain: &str,
    name: &str,
    department: &str,
    title: &str,
) -> Employee {
    let upn = format!("{user}@{domain}");
    let (given_name, surname) = match name.split_once(' ') {
        Some((given, surname)) => (Some(given.to_owned()), Some(surname.to_owned())),
        None => (None, None),
    };
    Employee {
        id: stable_id("person", &upn),
        display_name: name.into(),
        given_name,
        surname,
        mail: Some(upn.clone()),
        upn,
        employee_id: None,
        department: department.into(),
        title: title.into(),
        city: "Uppsala".into(),
        country: "SE".into(),
        account: Account::Enabled,
        kind: Kind::Member,
        mobile: None,
        alternate: None,
        office: None,
        attributes: BTreeMap::new(),
        has_photo: false,
        methods: Vec::new(),
        groups: Vec::new(),
    }
}

/// 200 characters with quotes, markup, a formula, bidirectional marks and combining signs.
fn hostile() -> Employee {
    let start = "=HYPERLINK(\"http://larkfield.example\") <b>'; DROP TABLE people;--</b> \u{202e}gnirts\u{202c} \u{200f}";
    let mut display_name = String::from(start);
    while display_name.chars().count() < 200 {
        display_name.push(if display_name.ends_with('\u{0301}') { 'e' } else { '\u{0301}' });
    }
    Employee {
        display_name,
        given_name: Some("Robert \"Bobby\"".into()),
        surname: Some("T'ables,\tJr\u{2028}".into()),
        ..Employee::from(Row {
            user: "hostile.name".into(),
            display_name: String::new(),
            given_name: None,
            surname: None,
            employee_id: Some("104999".into()),
            department: "Contractors".into(),
            title: "Tester".into(),
            city: "Leeds".into(),
            country: "GB".into(),
            account: "enabled".into(),
            kind: "member".into(),
            mobile: None,
            alternate: None,
            office: None,
            attribute7: Some("=cmd|'/c calc'!A0".into()),
            attribute15: Some("+44 7700900199; +44 7700900198".into()),
            photo: "yes".into(),
            methods: String::new(),
            groups: "Contractors".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn sixty_people_with_ids_of_their_own() {
        let people = people();
        assert_eq!(people.len(), 60);
        let ids: HashSet<_> = people.iter().map(|p| p.id).collect();
        let names: HashSet<_> = people.iter().map(|p| p.upn.to_lowercase()).collect();
        assert_eq!((ids.len(), names.len()), (60, 60));
    }

    #[test]
    fn elin_is_as_the_screens_show_her() {
        let people = people();
        let elin = people.iter().find(|p| p.display_name == "Elin Bergström").unwrap();
        assert_eq!(elin.upn, "elin.bergstrom@larkfield.example");
        assert_eq!(elin.employee_id.as_deref(), Some("104882"));
        assert_eq!((elin.department.as_str(), elin.city.as_str()), ("Field service", "Uppsala"));
    }

    #[test]
    fn the_awkward_ones_are_there() {
        let people = people();
        assert!(people.iter().any(|p| p.display_name.contains("O'Brien")));
        assert!(people.iter().any(|p| p.account == Account::Disabled));
        let guest = people.iter().find(|p| p.kind == Kind::Guest).unwrap();
        assert!(guest.upn.contains("#EXT#@"));
        assert_eq!(guest.mail.as_deref(), Some("hanna.vester@partner.example"));
        let hostile = people.last().unwrap();
        assert_eq!(hostile.display_name.chars().count(), 200);
        assert!(hostile.display_name.contains('\u{202e}'));
    }

    #[test]
    fn every_group_a_person_names_exists() {
        let groups: Vec<_> = super::super::groups().into_iter().map(|g| g.name).collect();
        for person in people() {
            for group in person.groups.iter().chain([&person.department]) {
                assert!(groups.contains(&group.as_str()), "{group} of {}", person.upn);
            }
        }
    }
}
