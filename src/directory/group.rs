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

/// A group's pages put together.
#[derive(Default)]
pub struct Gathered {
    pub members: Members,
    known: HashSet<PersonId>,
    marks: HashSet<String>,
}

impl Gathered {
    /// Takes a page; gives where the next one begins.
    ///
    /// # Errors
    /// [`DirectoryError::NotOffered`] where a next page was named before: such a list does not end.
    pub fn add(&mut self, page: MembersPage) -> Result<Option<PageMark>, DirectoryError> {
        self.members.unreadable += page.unreadable;
        for person in page.people {
            if self.known.insert(person.id.clone()) {
                self.members.people.push(person);
            }
        }
        let more = self.marks.len() < MOST_PAGES;
        match page.next {
            Some(mark) if more && self.marks.insert(mark.0.clone()) => Ok(Some(mark)),
            Some(_) => Err(DirectoryError::NotOffered {
                what: "The directory's list of the group's members does not end",
                instead: "Try again; if it stays so, read its people from a file",
            }),
            None => Ok(None),
        }
    }
}

/// More than the largest group has.
const MOST_PAGES: usize = 2_000;

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
        for page in [page(&["b", "a"], 1), page(&[], 0), page(&["a", "c"], 2)] {
            assert_eq!(all.add(page).unwrap(), None);
        }
        let ids: Vec<&str> = all.members.people.iter().map(|person| &*person.id.0).collect();
        assert_eq!((ids.as_slice(), all.members.unreadable), (&["b", "a", "c"][..], 3));
    }

    #[test]
    fn a_list_whose_next_page_is_always_another_one_ends_too() {
        let mut all = Gathered::default();
        let mut next = |mark: usize| {
            all.add(MembersPage { next: Some(PageMark(mark.to_string())), ..page(&["a"], 0) })
        };
        assert!((0..MOST_PAGES).all(|mark| next(mark).is_ok()));
        assert!(matches!(next(MOST_PAGES), Err(DirectoryError::NotOffered { .. })));
    }
}
