//! The Desk's own jobs: searching, reading a person, fetching ahead what the ceremony needs.

use super::ports::Ports;
use super::station::Station;
use super::{Event, PersonRead};
use crate::directory::{BeginLeaves, PasskeyPolicy, Person, PersonCard, PersonId};
use crate::problem::Explain;
use crate::webauthn::CreationOptions;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// A pause in typing after which the search is sent.
const TYPING: Duration = Duration::from_millis(150);
/// Most people shown for one search.
const MOST_FOUND: usize = 25;

/// What the desk is busy with.
#[derive(Default)]
pub(super) struct Desk {
    search: Option<JoinHandle<()>>,
    reading: Vec<JoinHandle<()>>,
    /// As long as the tenant is in use.
    standing: Vec<JoinHandle<()>>,
    ahead: Arc<Mutex<Ahead>>,
}

/// What was fetched ahead for the chosen person.
#[derive(Default)]
pub(super) struct Ahead {
    pub person: Option<PersonId>,
    pub card: Option<PersonCard>,
    pub policy: Option<PasskeyPolicy>,
    pub options: Option<CreationOptions>,
}

impl Desk {
    /// Forgets the chosen person and ends what was being read.
    pub(super) fn clear(&mut self) {
        self.reading.drain(..).for_each(|job| job.abort());
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let policy = ahead.policy.take();
        *ahead = Ahead { policy, ..Ahead::default() };
    }

    /// Something else that ends when the tenant in use does, or when its connection is made anew.
    pub(super) fn also(&mut self, job: JoinHandle<()>) {
        self.standing.push(job);
    }

    /// Forgets everything that was asked of the tenant in use.
    pub(super) fn forget(&mut self) {
        if let Some(search) = self.search.take() {
            search.abort();
        }
        self.reading.drain(..).chain(self.standing.drain(..)).for_each(|job| job.abort());
        // A job that can't be stopped any more puts its answer where nobody looks.
        self.ahead = Arc::default();
    }

    /// What is there for this person; it is used once.
    pub(super) fn take_ahead(&self, person: &PersonId) -> Ahead {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if ahead.person.as_ref() != Some(person) {
            return Ahead::default();
        }
        Ahead {
            person: ahead.person.clone(),
            card: ahead.card.clone(),
            policy: ahead.policy.clone(),
            options: ahead.options.take(),
        }
    }
}

impl Station {
    /// The newest search wins; a pause in typing sends it.
    pub(super) fn search(&mut self, query: String) {
        if let Some(earlier) = self.desk.search.take() {
            earlier.abort();
        }
        let Some(ports) = self.ports.clone() else { return };
        self.desk.search = Some(tokio::spawn(async move {
            tokio::time::sleep(TYPING).await;
            let found = ports.tenant.directory.find(&query, MOST_FOUND).await;
            let people = found.map_err(|error| error.problem());
            ports.teller.tell(Event::Found { query, people }).await;
        }));
    }

    /// Reads the person's card and fetches a challenge, side by side.
    pub(super) fn choose_person(&mut self, person: Person) {
        self.desk.clear();
        let Some(ports) = self.ports.clone() else { return };
        let ahead = Arc::clone(&self.desk.ahead);
        lock(&ahead).person = Some(person.id.clone());
        let card = read_card(Arc::clone(&ports), Arc::clone(&ahead), person.id.clone());
        self.desk.reading.push(tokio::spawn(card));
        if ports.tenant.directory.begin_leaves() == BeginLeaves::Nothing {
            let options = fetch_options(Arc::clone(&ports), ahead, person.id);
            self.desk.reading.push(tokio::spawn(options));
        }
        self.read_policy(&ports);
    }

    pub(super) fn read_policy(&mut self, ports: &Arc<Ports>) {
        let (ports, ahead) = (Arc::clone(ports), Arc::clone(&self.desk.ahead));
        self.desk.reading.push(tokio::spawn(async move {
            let policy = ports.tenant.directory.policy().await;
            if let Ok(policy) = &policy {
                lock(&ahead).policy = Some(policy.clone());
            }
            ports.teller.tell(Event::Policy(policy.map_err(|error| error.problem()))).await;
        }));
    }
}

async fn read_card(ports: Arc<Ports>, ahead: Arc<Mutex<Ahead>>, person: PersonId) {
    let card = ports.tenant.directory.person(&person).await;
    if let Ok(card) = &card {
        lock(&ahead).card = Some(card.clone());
    }
    let card = card.map_err(|error| error.problem());
    ports.teller.tell(Event::PersonRead(Box::new(PersonRead { person, card }))).await;
}

/// A failure is not told here: the ceremony asks again and tells it then.
async fn fetch_options(ports: Arc<Ports>, ahead: Arc<Mutex<Ahead>>, person: PersonId) {
    let begun = Instant::now();
    match ports.tenant.directory.begin(&person).await {
        Ok(options) => {
            let expires_at = options.expires_at;
            lock(&ahead).options = Some(options);
            let took = begun.elapsed();
            ports.teller.tell(Event::ChallengeReady { person, expires_at, took }).await;
        }
        Err(error) => tracing::info!(%error, "no challenge fetched ahead"),
    }
}

fn lock(ahead: &Mutex<Ahead>) -> std::sync::MutexGuard<'_, Ahead> {
    ahead.lock().unwrap_or_else(PoisonError::into_inner)
}
