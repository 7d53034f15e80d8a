//! People from a file or a group, and what the directory says of them before the first key.

use super::brought::about_challenges;
use super::check::Checked;
use super::configs::ConfigsNews;
use super::event::{BulkEvent, PeopleRead, PersonRow};
use super::people::{Known, of_row};
use crate::bulk::Readiness;
use crate::directory::{
    Directory, DirectoryError, Gathered, Group, Members, Person, Reach, SoughtBy,
};
use crate::engine::Event;
use crate::engine::ports::off_the_network;
use crate::engine::station::{Station, not_connected};
use crate::files;
use crate::problem::{Detail, Explain, Problem};
use crate::roster::{self, Header, Roster};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Groups shown for one search.
const MOST_GROUPS: usize = 50;

/// What a job before a session found.
pub(in crate::engine) enum Found {
    /// By one that prepares people; the edition tells whether it is still wanted.
    People { edition: u64, what: FoundWhat },
    /// About the older scripts' settings.
    Configs(ConfigsNews),
}

pub(in crate::engine) enum FoundWhat {
    People(PeopleRead, Vec<Known>),
    NotRead(Problem),
    /// By place in the table.
    Checked(Vec<(usize, Checked)>),
    AllChecked,
    NotChecked(Problem),
}

impl Station {
    pub(super) async fn read_people_file(&mut self, path: PathBuf) {
        self.bulk.prepared.stop();
        let edition = self.bulk.prepared.edition;
        self.tell_bulk(BulkEvent::Reading { done: 0, of: None }).await;
        let (found, logins) = (self.found.clone(), self.people_have_logins());
        self.bulk.prepared.works_on(tokio::spawn(async move {
            let what = off_the_network(move || read_file(&path, logins)).await;
            send(&found, edition, what).await;
        }));
    }

    /// A directory without domains names its people by login.
    pub(in crate::engine) fn people_have_logins(&self) -> bool {
        self.ports.as_ref().is_some_and(|ports| ports.tenant.directory.everybody().is_some())
    }

    pub(super) async fn find_roster_groups(&mut self, query: String) {
        let Some(ports) = self.ports.clone() else {
            let groups = Err(not_connected());
            return self.tell(Event::Bulk(BulkEvent::Groups { query, groups })).await;
        };
        tokio::spawn(async move {
            let directory = &ports.tenant.directory;
            let found = directory.groups(&query, MOST_GROUPS).await;
            let groups = found.map(|mut groups| {
                groups.extend(directory.everybody());
                groups
            });
            let groups = groups.map_err(|error| error.problem());
            ports.teller.tell(Event::Bulk(BulkEvent::Groups { query, groups })).await;
        });
    }

    pub(super) async fn read_group(&mut self, group: Group, nested: bool) {
        let Some(ports) = self.connected().await else { return };
        self.bulk.prepared.stop();
        let edition = self.bulk.prepared.edition;
        let (found, teller) = (self.found.clone(), ports.teller.clone());
        self.tell_bulk(BulkEvent::Reading { done: 0, of: None }).await;
        self.bulk.prepared.works_on(tokio::spawn(async move {
            let reach = if nested { Reach::Nested } else { Reach::Direct };
            let what = members_shown(&*ports.tenant.directory, &group, reach, |done, of| {
                let teller = teller.clone();
                async move {
                    teller.tell(Event::Bulk(BulkEvent::Reading { done, of })).await;
                }
            })
            .await;
            send(&found, edition, what).await;
        }));
    }

    pub(super) async fn drop_people(&mut self) {
        self.bulk.prepared.clear();
        self.tell_bulk(BulkEvent::People(None)).await;
    }

    pub(in crate::engine) async fn bulk_found(&mut self, found: Found) {
        match found {
            Found::People { edition, what } => self.people_found(edition, what).await,
            Found::Configs(news) => self.configs_told(news).await,
        }
    }

    async fn people_found(&mut self, edition: u64, what: FoundWhat) {
        if edition != self.bulk.prepared.edition {
            return;
        }
        self.bulk.prepared.is_untold |= self.ports.is_none();
        if !matches!(what, FoundWhat::Checked(_)) {
            self.bulk.prepared.has_ended();
        }
        match what {
            FoundWhat::People(shown, rows) => {
                self.leave_act_about_rows().await;
                let shown = self.bulk.prepared.replace(shown, rows);
                self.tell_bulk(BulkEvent::People(Some(shown))).await;
                if self.ports.is_some() {
                    self.check_people().await;
                }
            }
            FoundWhat::NotRead(problem) if self.ports.is_none() => {
                self.bulk.prepared.not_read = Some(problem);
            }
            FoundWhat::NotRead(problem) => self.tell_bulk(BulkEvent::NotRead(problem)).await,
            FoundWhat::Checked(verdicts) => self.checked(verdicts).await,
            FoundWhat::AllChecked => {}
            FoundWhat::NotChecked(problem) => {
                self.rest_not_checked(&problem).await;
                self.tell(Event::Problem(problem)).await;
            }
        }
    }

    /// The tenant is back: what was found meanwhile is told, and whoever nobody asks about is asked
    /// about.
    pub(super) async fn tell_people_again(&mut self) {
        let prepared = &mut self.bulk.prepared;
        if std::mem::take(&mut prepared.is_untold) {
            let (shown, verdicts) = (prepared.shown.clone(), prepared.verdicts());
            let is_read = shown.is_some();
            self.tell_bulk(BulkEvent::People(shown)).await;
            if is_read {
                self.tell_checked(verdicts).await;
            }
            if let Some(problem) = self.bulk.prepared.not_read.take() {
                self.tell_bulk(BulkEvent::NotRead(problem)).await;
            }
        }
        let prepared = &self.bulk.prepared;
        if prepared.being_checked() > 0 && !prepared.is_at_work() {
            self.check_people().await;
        }
    }

    async fn checked(&mut self, verdicts: Vec<(usize, Checked)>) {
        let mut told = Vec::with_capacity(verdicts.len());
        for (place, Checked { card, readiness }) in verdicts {
            match card {
                Some(card) => {
                    told.extend(self.bulk.prepared.take_card(place, &card, readiness));
                }
                None => {
                    self.bulk.prepared.take_verdict(place, readiness.clone());
                    told.push((place, readiness));
                }
            }
        }
        self.tell_checked(told).await;
    }

    pub(super) async fn tell_checked(&self, verdicts: Vec<(usize, Readiness)>) {
        let rows = &self.bulk.prepared.rows;
        let of = rows.iter().filter(|row| row.sought.is_some()).count();
        let open = rows.iter().filter(|row| row.readiness == Readiness::Unchecked).count();
        let done = of.saturating_sub(open);
        self.tell_bulk(BulkEvent::Checked { verdicts, done, of }).await;
    }

    /// What concerns everybody ended the look-up: those who are left say so.
    async fn rest_not_checked(&mut self, problem: &Problem) {
        let mut told = Vec::new();
        for (place, row) in self.bulk.prepared.rows.iter_mut().enumerate() {
            if row.readiness == Readiness::Unchecked {
                row.readiness = Readiness::NotChecked(problem.clone());
                told.push((place, row.readiness.clone()));
            }
        }
        self.tell_checked(told).await;
    }
}

pub(super) async fn send(found: &mpsc::Sender<Found>, edition: u64, what: FoundWhat) {
    if found.send(Found::People { edition, what }).await.is_err() {
        tracing::debug!("the station ended before people were read");
    }
}

fn read_file(path: &Path, logins: bool) -> FoundWhat {
    let bytes = match files::read_at_most(path, roster::MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return FoundWhat::NotRead(unreadable(path, &error)),
    };
    let now = Timestamp::now();
    let roster = if logins { roster::read_logins(&bytes, now) } else { roster::read(&bytes, now) };
    if let Some(fault) = &roster.fault {
        return FoundWhat::NotRead(fault.problem());
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (rows, known) = roster.rows.iter().map(of_row).unzip();
    let shown = PeopleRead {
        source: name.unwrap_or_default(),
        facts: facts_in_words(&roster),
        remarks: remarks(&roster),
        rows,
    };
    FoundWhat::People(shown, known)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem {
        what: format!("{} can't be read", path.display()),
        next: "Check that the file is there and that you may read it".into(),
        details: vec![Detail::new("file", error.to_string())],
    }
}

/// Such as `UTF-8, commas, columns read: userPrincipalName, serial`.
fn facts_in_words(roster: &Roster) -> String {
    let facts = &roster.facts;
    let columns: Vec<&str> = facts
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    let mut text = format!("{}, {}", facts.encoding.name(), facts.delimiter.name());
    if !columns.is_empty() {
        text += &format!(", columns read: {}", columns.join(", "));
    }
    text
}

fn remarks(roster: &Roster) -> Vec<Problem> {
    let facts = &roster.facts;
    let mut remarks: Vec<Problem> = about_challenges(&roster.rows).into_iter().collect();
    if facts.replaced {
        remarks.push(problem(
            "Some characters of this file can't be read",
            "Look for \u{fffd} in the names, or save the file as UTF-8",
        ));
    }
    if let Header::Guessed { line } = facts.header {
        remarks.push(problem(
            &format!("What the columns are was guessed from what is below line {line}"),
            "Look whether names and user names are where they belong",
        ));
    }
    if facts.kind == roster::FileKind::RegisteredKeys {
        remarks.push(problem(
            "This is a list of keys that were made; its people may have their keys already",
            "Look at the column with the verdict before you begin",
        ));
    }
    remarks
}

fn problem(what: &str, next: &str) -> Problem {
    Problem { what: what.to_owned(), next: next.to_owned(), details: Vec::new() }
}

async fn members_shown<F: Future<Output = ()>>(
    directory: &dyn Directory,
    group: &Group,
    reach: Reach,
    told: impl Fn(usize, Option<usize>) -> F,
) -> FoundWhat {
    let read = match read_members(directory, group, reach, told).await {
        Ok(read) => read,
        Err(error) => return FoundWhat::NotRead(error.problem()),
    };
    let (rows, known) = read.people.into_iter().map(of_person).unzip();
    let shown = PeopleRead {
        source: group.name.clone(),
        facts: if reach == Reach::Nested { "With nested groups" } else { "Direct members" }.into(),
        remarks: unreadable_members(read.unreadable).into_iter().collect(),
        rows,
    };
    FoundWhat::People(shown, known)
}

async fn read_members<F: Future<Output = ()>>(
    directory: &dyn Directory,
    group: &Group,
    reach: Reach,
    told: impl Fn(usize, Option<usize>) -> F,
) -> Result<Members, DirectoryError> {
    let mut all = Gathered::default();
    let (mut next, mut total) = (None, None);
    loop {
        let page = directory.members_page(&group.id, reach, next.as_ref()).await?;
        // Counted once for the whole group; who joins it meanwhile is read all the same.
        total = page.total.or(total);
        next = all.add(page)?;
        let read = all.members.people.len();
        told(read, total.map(|total| total.max(read))).await;
        if next.is_none() {
            return Ok(all.members);
        }
    }
}

fn unreadable_members(count: usize) -> Option<Problem> {
    (count > 0).then(|| {
        problem(
            &format!("The properties of {count} members can't be read"),
            "Give the application User.Read.All (or a directory role that reads them), then read \
             the group again",
        )
    })
}

fn of_person(person: Person) -> (PersonRow, Known) {
    let shown = PersonRow {
        line: None,
        name: person.display_name.as_str().into(),
        upn: person.upn.as_str().into(),
        serial: None,
        badge: None,
        readiness: Readiness::Unchecked,
    };
    let known = Known {
        sought: Some(SoughtBy::Id(person.id.clone())),
        employee_id: person.employee_id,
        ..Known::default()
    };
    (shown, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_who_cannot_be_read_are_counted_and_the_permission_is_named() {
        assert!(unreadable_members(0).is_none());
        let told = unreadable_members(2).unwrap();
        assert!(told.what.contains("2 members") && told.next.contains("User.Read.All"), "{told}");
    }
}
