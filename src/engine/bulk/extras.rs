//! What stands beside a session: the stock list, and challenges in a file.

use super::event::{BulkEvent, Output};
use crate::directory::{Begun as BegunFor, Lifetime, PersonId};
use crate::engine::Event;
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::station::Station;
use crate::enrolment::Subject;
use crate::files;
use crate::outputs::OutputError;
use crate::outputs::registration_users::{self, Generation, Registration};
use crate::problem::{Detail, Explain, Problem};
use crate::roster::{self, FileFault};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The directory is asked for so many challenges at once.
const TOLD_EVERY: usize = 20;

impl Station {
    /// One serial a line, or a column of them. A share that does not answer holds nothing else up.
    pub(super) async fn read_stock(&mut self, path: PathBuf) {
        let Some(ports) = self.connected().await else { return };
        tokio::spawn(async move {
            let event = match off_the_network(move || stock_in(&path)).await {
                Ok(serials) => Event::Bulk(BulkEvent::Stock(serials)),
                Err(problem) => Event::Problem(problem),
            };
            ports.teller.tell(event).await;
        });
    }

    /// `registrationUsers.csv` for those who work with the older scripts.
    pub(super) async fn write_challenges(&mut self, minutes: u32, rows: &[usize]) {
        let Some(ports) = self.connected().await else { return };
        let Some(lifetime) = Lifetime::from_minutes(minutes) else {
            return self.tell(Event::Problem(bad_lifetime())).await;
        };
        let people: Vec<_> =
            self.bulk.prepared.entries(rows).into_iter().map(|entry| entry.person).collect();
        if people.is_empty() {
            return self.tell(Event::Problem(nobody_ready())).await;
        }
        if self.bulk.prepared.is_writing() {
            return self.tell(Event::Problem(one_list_at_a_time())).await;
        }
        let job = tokio::spawn(async move {
            let asked = people.len();
            let event = match challenges_file(&ports, people, lifetime).await {
                Ok((path, count)) => {
                    if count < asked {
                        ports.teller.tell(Event::Problem(left_out(asked - count, asked))).await;
                    }
                    let what = Output::Challenges;
                    Event::Bulk(BulkEvent::Written { session: None, what, path, count })
                }
                Err(problem) => Event::Problem(problem),
            };
            fetching(&ports, asked, asked).await;
            ports.teller.tell(event).await;
        });
        self.bulk.prepared.writes_in(job);
    }
}

async fn fetching(ports: &Ports, done: usize, of: usize) {
    ports.teller.tell(Event::Bulk(BulkEvent::Fetching { done, of })).await;
}

async fn challenges_file(
    ports: &Arc<Ports>,
    people: Vec<Subject>,
    lifetime: Lifetime,
) -> Result<(PathBuf, usize), Problem> {
    let ids = people.iter().map(Subject::person_id).collect();
    let of = people.len();
    fetching(ports, 0, of).await;
    let (to, mut begun) = mpsc::channel::<BegunFor>(of.min(1000));
    let directory = Arc::clone(&ports.tenant.directory);
    let fetch = tokio::spawn(async move { directory.begin_many(ids, lifetime, to).await });
    let mut fetched = HashMap::new();
    let mut answers = 0;
    while let Some(one) = begun.recv().await {
        answers += 1;
        if answers % TOLD_EVERY == 0 && answers < of {
            fetching(ports, answers, of).await;
        }
        if let Ok(options) = one.options {
            fetched.insert(one.person, options);
        }
    }
    match fetch.await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(error.problem()),
        Err(_) => return Err(bad_lifetime()),
    }
    let folder = ports.rules.folder.clone();
    off_the_network(move || {
        let rows: Vec<_> = people
            .iter()
            .filter_map(|person| {
                let options = fetched.get(&PersonId(person.id.clone()))?;
                Some(Registration {
                    upn: &person.upn,
                    display_name: &person.display_name,
                    user_id: &options.user.id,
                    challenge: &options.challenge,
                    expires_at: options.expires_at?,
                    rp_id: &options.relying_party.id,
                })
            })
            .collect();
        let count = rows.len();
        let path = registration_users::write(&folder, generation_for(&rows), rows)?;
        Ok::<_, OutputError>((path, count))
    })
    .await
    .map_err(|error| error.problem())
}

/// The first scripts have one relying party built in: what another one wants is written for the
/// second.
fn generation_for(rows: &[Registration<'_>]) -> Generation {
    match rows.iter().all(|row| row.rp_id == roster::FIRST_RELYING_PARTY) {
        true => Generation::First,
        false => Generation::Second,
    }
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem {
        what: format!("{} can't be read", path.display()),
        next: "Check that the file is there and that you may read it".into(),
        details: vec![Detail::new("file", error.to_string())],
    }
}

fn stock_in(path: &Path) -> Result<Vec<String>, Problem> {
    let bytes = files::read_at_most(path, roster::MOST_BYTES);
    stock_of(path, &bytes.map_err(|error| unreadable(path, &error))?)
}

fn stock_of(path: &Path, bytes: &[u8]) -> Result<Vec<String>, Problem> {
    if let Some(fault) = FileFault::of(bytes) {
        return Err(fault.problem());
    }
    match roster::serials(bytes) {
        serials if serials.is_empty() => Err(no_serials(path)),
        serials => Ok(serials),
    }
}

fn no_serials(path: &Path) -> Problem {
    Problem {
        what: format!("{} holds no serials", path.display()),
        next: "Choose a file with one serial in each line, 1 to 10 digits".into(),
        details: Vec::new(),
    }
}

fn bad_lifetime() -> Problem {
    Problem {
        what: "Challenges can't live so long".into(),
        next: "Choose 5 to 43,200 minutes".into(),
        details: Vec::new(),
    }
}

pub(super) fn one_list_at_a_time() -> Problem {
    Problem {
        what: "A list of challenges is being written".into(),
        next: "Wait until it is there".into(),
        details: Vec::new(),
    }
}

fn left_out(missing: usize, of: usize) -> Problem {
    Problem {
        what: format!("The directory gave no challenge for {missing} of {of} people"),
        next: "They are not in the list: check them again, then write it once more".into(),
        details: Vec::new(),
    }
}

fn nobody_ready() -> Problem {
    Problem {
        what: "Nobody in the table can get a key".into(),
        next: "Read people first, and wait until they are checked".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stock_list_that_is_a_workbook_or_holds_no_serials_says_so() {
        let what = |bytes: &[u8]| stock_of(Path::new("stock.csv"), bytes).map_err(|no| no.what);
        assert_eq!(what(b"31884198\n"), Ok(vec!["31884198".to_owned()]));
        let workbook = "This is a spreadsheet program's workbook".to_owned();
        assert_eq!(what(b"PK\x03\x0431884198\n"), Err(workbook));
        assert_eq!(what(b"Serial\n"), Err("stock.csv holds no serials".to_owned()));
    }
}
