//! One row: who is to get a key, and what the file says about it.

use super::{Prepared, Verdict};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it begins in the file, counted from 1.
    pub line: usize,
    pub who: Who,
    pub display_name: Option<Box<str>>,
    /// Of the key that is meant for this person, as printed.
    pub serial: Option<Box<str>>,
    pub badge: Option<Box<str>>,
    /// A challenge that was fetched before, with all that goes with it.
    pub prepared: Option<Box<Prepared>>,
    pub verdict: Verdict,
}

/// What names the person; what the file does not bring is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    pub upn: Option<Box<str>>,
    /// With hyphens, lower case.
    pub object_id: Option<Box<str>>,
    pub mail: Option<Box<str>>,
    pub employee_id: Option<Box<str>>,
}

/// The name to ask the directory for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PersonKey<'a> {
    ObjectId(&'a str),
    Upn(&'a str),
    Mail(&'a str),
    EmployeeId(&'a str),
}

impl Who {
    /// The surest one: an object id is never given to somebody else.
    pub fn key(&self) -> Option<PersonKey<'_>> {
        let object_id = self.object_id.as_deref().map(PersonKey::ObjectId);
        object_id
            .or(self.upn.as_deref().map(PersonKey::Upn))
            .or(self.mail.as_deref().map(PersonKey::Mail))
            .or(self.employee_id.as_deref().map(PersonKey::EmployeeId))
    }
}

impl Row {
    /// What a screen calls the row: the display name, else whatever names the person.
    pub fn shown(&self) -> &str {
        let named = [&self.display_name, &self.who.upn, &self.who.mail, &self.who.employee_id];
        named
            .into_iter()
            .chain([&self.who.object_id])
            .find_map(|name| name.as_deref())
            .unwrap_or("")
    }

    /// Whether the file means this key for this person.
    pub fn is_for_serial(&self, serial: &str) -> bool {
        self.serial.as_deref().is_some_and(|own| plain_serial(own) == plain_serial(serial))
    }
}

/// Labels pad serials with zeros; keys don't.
pub(super) fn plain_serial(serial: &str) -> &str {
    serial.trim_start_matches('0')
}
