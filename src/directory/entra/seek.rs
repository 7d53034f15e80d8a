//! Finding the one person a list means: by id, user name, mail address or employee id.

use super::super::http::answer::Answer;
use super::super::http::endpoint::{query, segment};
use super::super::lookup::SoughtBy;
use super::super::{CallFacts, DirectoryError};
use super::answer::facts_of;
use super::graph::{Graph, PAGES, Page, garbled};
use super::odata::filter_literal;
use serde::de::DeserializeOwned;

/// One more than there may be.
const SEVERAL: &str = "2";

/// Somebody who is being looked for; `T` is what is read of them.
pub(super) struct Seek<T> {
    by: SoughtBy,
    /// Fitting what is sought, of the pages so far.
    found: Vec<T>,
    pages: usize,
}

pub(super) enum Found<T> {
    One(T),
    /// There is another page, at this address, before it is known.
    Page(Box<str>),
}

impl<T: DeserializeOwned> Seek<T> {
    pub fn new(by: SoughtBy) -> Self {
        Self { by, found: Vec::new(), pages: 0 }
    }

    /// Where it begins, below the version's root.
    pub fn address(&self, properties: &str) -> Result<String, DirectoryError> {
        let one = |name: &str| {
            let options = [("$select", properties)];
            Ok(format!("/users/{}?{}", segment(name)?, query(&options)))
        };
        match &self.by {
            SoughtBy::Id(id) => one(&id.0),
            SoughtBy::Upn(upn) if !self.is_filtered() => one(upn.trim()),
            SoughtBy::Upn(upn) => Ok(filtered("userPrincipalName", upn, properties)),
            SoughtBy::Mail(mail) => Ok(filtered("mail", mail, properties)),
            SoughtBy::EmployeeId(id) => Ok(filtered("employeeId", id, properties)),
        }
    }

    pub fn learn(&mut self, graph: &Graph, answer: &Answer) -> Result<Found<T>, DirectoryError> {
        if !self.is_filtered() {
            return read(answer).map(Found::One);
        }
        let page: Page<T> = read(answer)?;
        self.found.extend(page.value);
        if self.found.len() > 1 {
            return Err(self.by.ambiguous());
        }
        if let Some(next) = page.next {
            self.pages += 1;
            if self.pages > PAGES {
                return Err(garbled("the list does not end"));
            }
            return Ok(Found::Page(graph.follow_inside(&next)?.into()));
        }
        self.found.pop().map(Found::One).ok_or_else(nobody)
    }

    /// Whether a list of people comes instead of one.
    fn is_filtered(&self) -> bool {
        match &self.by {
            SoughtBy::Id(_) => false,
            // Graph takes a name that begins so for one of its own.
            SoughtBy::Upn(upn) => upn.trim().starts_with('$'),
            SoughtBy::Mail(_) | SoughtBy::EmployeeId(_) => true,
        }
    }
}

/// The JSON of an answer inside a batch.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, DirectoryError> {
    answer.json().map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(answer) })
}

/// People whose property is just so.
fn filtered(property: &str, text: &str, properties: &str) -> String {
    let filter = format!("{property} eq {}", filter_literal(text.trim()));
    let options = [("$filter", filter.as_str()), ("$select", properties), ("$top", SEVERAL)];
    format!("/users?{}", query(&options))
}

fn nobody() -> DirectoryError {
    let message = Some("nobody has it".into());
    DirectoryError::NotFound(CallFacts { message, ..CallFacts::default() })
}

#[cfg(test)]
mod tests {
    use super::super::people::PROPERTIES;
    use super::*;
    use crate::directory::PersonId;

    fn address(by: SoughtBy) -> Result<String, DirectoryError> {
        Seek::<()>::new(by).address(PROPERTIES)
    }

    #[test]
    fn names_and_texts_stay_in_their_place_of_the_address() {
        let start =
            |by| address(by).map(|url| url.split("%2C").next().unwrap_or_default().to_owned());
        assert_eq!(
            start(SoughtBy::Upn("o'brien_x.y#EXT#@ö.example".into())).unwrap(),
            "/users/o%27brien_x.y%23EXT%23%40%C3%B6.example?$select=id"
        );
        assert_eq!(
            start(SoughtBy::Mail("d'a&b+c@l.example".into())).unwrap(),
            "/users?$filter=mail%20eq%20%27d%27%27a%26b%2Bc%40l.example%27&$select=id"
        );
        assert_eq!(
            start(SoughtBy::EmployeeId("' or 1 eq 1".into())).unwrap(),
            "/users?$filter=employeeId%20eq%20%27%27%27%20or%201%20eq%201%27&$select=id"
        );
        assert_eq!(
            start(SoughtBy::Upn("$x@l.example".into())).unwrap(),
            "/users?$filter=userPrincipalName%20eq%20%27$x%40l.example%27&$select=id"
        );
        for none in ["", " ", "..", "."] {
            assert!(address(SoughtBy::Upn(none.into())).is_err(), "{none}");
            assert!(address(SoughtBy::Id(PersonId(none.trim().into()))).is_err(), "{none}");
        }
    }
}
