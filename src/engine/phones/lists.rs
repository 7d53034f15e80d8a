//! People for a plan: from a file, a pasted text, a group.

use super::event::{ListShown, PhonesEvent};
use super::live::{Listed, PhonesNews};
use crate::directory::{Directory, DirectoryError, Group, Reach};
use crate::engine::ports::off_the_network;
use crate::engine::station::Station;
use crate::phones::PhoneList;
use crate::problem::{Detail, Explain, Problem};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Groups shown for one search.
const MOST_GROUPS: usize = 50;

impl Station {
    pub(super) async fn read_phone_file(&mut self, path: PathBuf) {
        let logins = self.people_have_logins();
        self.read_phones(move || read_file(&path, logins)).await;
    }

    pub(super) async fn read_phone_text(&mut self, text: String) {
        let logins = self.people_have_logins();
        self.read_phones(move || read_bytes("Pasted list".into(), text.as_bytes(), logins)).await;
    }

    async fn read_phones(
        &mut self,
        read: impl FnOnce() -> Result<Listed, Problem> + Send + 'static,
    ) {
        self.phones.stop_reading();
        let (edition, news) = (self.phones.edition, self.phones_news.clone());
        self.tell_phones(PhonesEvent::Reading { done: 0 }).await;
        self.phones.works_on(tokio::spawn(async move {
            let what = off_the_network(read).await;
            send(&news, PhonesNews::Read { edition, what }).await;
        }));
    }

    pub(super) async fn find_phone_groups(&mut self, query: String) {
        let Some(ports) = self.connected().await else { return };
        tokio::spawn(async move {
            let found = ports.tenant.directory.groups(&query, MOST_GROUPS).await;
            let groups = found.map_err(|error| error.problem());
            let event = PhonesEvent::Groups { query, groups };
            ports.teller.tell(crate::engine::Event::Phones(event)).await;
        });
    }

    pub(super) async fn read_phone_group(&mut self, group: Group, nested: bool) {
        let Some(ports) = self.connected().await else { return };
        self.phones.stop_reading();
        let (edition, news) = (self.phones.edition, self.phones_news.clone());
        self.tell_phones(PhonesEvent::Reading { done: 0 }).await;
        self.phones.works_on(tokio::spawn(async move {
            let what = read_group(&*ports.tenant.directory, &group, nested).await;
            let what = what.map_err(|error| error.problem());
            send(&news, PhonesNews::Read { edition, what }).await;
        }));
    }

    pub(super) async fn phones_read(&mut self, what: Result<Listed, Problem>) {
        match what {
            Ok(listed) => {
                let shown = Arc::clone(&listed.shown);
                self.phones.listed = Some(Arc::new(listed));
                self.tell_phones(PhonesEvent::People(Some(shown))).await;
            }
            Err(problem) => self.tell_phones(PhonesEvent::NotRead(problem)).await,
        }
    }
}

pub(super) async fn send(news: &mpsc::Sender<PhonesNews>, what: PhonesNews) {
    if news.send(what).await.is_err() {
        tracing::debug!("the station ended before a phone job did");
    }
}

/// Reads a file of any shape, or a JSON list.
pub(in crate::engine) fn read_file(path: &Path, logins: bool) -> Result<Listed, Problem> {
    let bytes = std::fs::read(path).map_err(|error| Problem {
        what: format!("{} can't be read", path.display()),
        next: "Check that the file is there and that you may read it".into(),
        details: vec![Detail::new("file", error.to_string())],
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    read_bytes(name.unwrap_or_default(), &bytes, logins)
}

fn read_bytes(source: String, bytes: &[u8], logins: bool) -> Result<Listed, Problem> {
    let list = PhoneList::read(bytes, logins, Timestamp::now()).map_err(|fault| fault.problem())?;
    let facts = format!("{}, {}", list.facts.encoding.name(), list.facts.delimiter.name());
    let remarks = if list.facts.replaced { vec![replaced()] } else { Vec::new() };
    Ok(listed(source, facts, remarks, list))
}

/// The people of a group.
pub(in crate::engine) async fn read_group(
    directory: &dyn Directory,
    group: &Group,
    nested: bool,
) -> Result<Listed, DirectoryError> {
    let reach = if nested { Reach::Nested } else { Reach::Direct };
    let members = directory.members(&group.id, reach).await?;
    let remarks = unreadable(members.unreadable).into_iter().collect();
    let facts = if nested { "With nested groups" } else { "Direct members" };
    let list = PhoneList::of_people(members.people);
    Ok(listed(group.name.clone(), facts.into(), remarks, list))
}

fn listed(source: String, facts: String, remarks: Vec<Problem>, list: PhoneList) -> Listed {
    let shown = ListShown {
        source,
        facts,
        remarks,
        people: list.rows.len(),
        wrong: list.wrong_rows(),
        columns: list.columns.clone(),
    };
    Listed { shown: Arc::new(shown), list }
}

fn replaced() -> Problem {
    Problem {
        what: "Some characters of this file can't be read".into(),
        next: "Look for \u{fffd} in the names, or save the file as UTF-8".into(),
        details: Vec::new(),
    }
}

fn unreadable(count: usize) -> Option<Problem> {
    (count > 0).then(|| Problem {
        what: format!("The properties of {count} members can't be read"),
        next:
            "Give the application User.Read.All (or a directory role that reads them), then read \
               the group again"
                .into(),
        details: Vec::new(),
    })
}
