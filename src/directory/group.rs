//! Groups of people, and what comes of reading one.

use super::{DirectoryError, Person, PersonId};
use std::collections::HashSet;

/// A group as a search by name shows it. Names repeat; the other members tell namesakes apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub mail: Option<String>,
    pub kind: GroupKind,
    /// It comes from a directory on the company's own servers.
    pub synced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Security,
    MailEnabledSecurity,
    /// A team or shared mailbox of Microsoft 365.
    Microsoft365,
    Distribution,
    /// Everybody a privacyIDEA realm holds.
    Realm,
}

/// How far a group reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its own members only.
    Direct,
    /// Those of the groups in it too.
    Nested,
}

/// Some people of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersPage {
    pub people: Vec<Person>,
    /// People whose names could not be read; a permission covers them no more than that.
    pub unreadable: usize,
    /// Of the whole group, where the directory counts them.
    pub total: Option<usize>,
    pub next: Option<PageMark>,
}

/// Where the next page begins; the directory's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageMark(pub(super) String);

/// All people of a group, each once, in the directory's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    pub people: Vec<Person>,
    /// As in [`MembersPage::unreadable`].
    pub unreadable: usize,
}

/// Pages put together.
#[derive(Default)]
pub(super) struct Gathered {
    pub members: Members,
    known: HashSet<PersonId>,
}

impl Gathered {
    pub fn add(&mut self, page: MembersPage) {
        self.members.unreadable += page.unreadable;
        for person in page.people {
            if self.known.insert(person.id.clone()) {
                self.members.people.push(person);
            }
        }
    }
}

/// A directory without groups.
pub(super) fn not_offered() -> DirectoryError {
    DirectoryError::NotOffered {
        what: "This directory keeps no groups",
        instead: "Take the people from a CSV file",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AccountState, PersonKind};
    use super::*;

    fn page(ids: &[&str], unreadable: usize) -> MembersPage {
        let people = ids.iter().map(|id| Person {
            id: PersonId((*id).into()),
            display_name: (*id).into(),
            upn: format!("{id}@larkfield.example"),
            mail: None,
            employee_id: None,
            department: None,
            job_title: None,
            account: AccountState::Enabled,
            kind: PersonKind::Member,
        });
        MembersPage { people: people.collect(), unreadable, total: None, next: None }
    }

    #[test]
    fn a_person_on_two_pages_is_there_once_and_the_unreadable_are_counted() {
        let mut all = Gathered::default();
        all.add(page(&["b", "a"], 1));
        all.add(page(&[], 0));
        all.add(page(&["a", "c"], 2));
        let ids: Vec<&str> = all.members.people.iter().map(|person| &*person.id.0).collect();
        assert_eq!((ids.as_slice(), all.members.unreadable), (&["b", "a", "c"][..], 3));
    }
}
