//! One thing done to one person: asked for in the history, done, told on their page, read again.

use super::event::{MethodsShown, OneDeed, PhonesEvent};
use super::facts::{not_offered, problem_of};
use super::jobs::notices;
use super::lists::send;
use super::live::PhonesNews;
use super::notices::About;
use crate::directory::{DirectoryError, Person, PhoneDirectory};
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::journal::{Action, Entry};
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How a deed came out; a refusal is an error.
pub(super) enum Came {
    Done,
    /// Nothing was sent.
    AlreadySo,
    /// It may have been done.
    Unsure(Problem),
}

/// The page of one person, which may be another one's by the time something is told.
pub(super) struct Page {
    pub news: mpsc::Sender<PhonesNews>,
    pub visit: u64,
    pub person: Person,
}

impl Page {
    async fn tell(&self, event: PhonesEvent) {
        let person = Box::new(self.person.clone());
        send(&self.news, PhonesNews::One { visit: self.visit, person, event }).await;
    }

    pub async fn read(&self, ports: &Ports) {
        match read(ports, self.person.clone()).await {
            Ok(shown) => self.tell(PhonesEvent::Person(Some(Box::new(shown)))).await,
            Err(problem) => {
                self.tell(PhonesEvent::Refused { deed: OneDeed::Read, problem }).await;
            }
        }
    }
}

/// Does one thing to one person, tells how it came out, and reads the person again.
pub(super) fn do_deed<F>(
    ports: Arc<Ports>,
    page: Page,
    deed: OneDeed,
    work: impl FnOnce(Arc<Ports>, Person) -> F + Send + 'static,
) where
    F: Future<Output = Result<Came, Problem>> + Send + 'static,
{
    tokio::spawn(async move {
        page.tell(PhonesEvent::Working(Some(deed))).await;
        let came = work(Arc::clone(&ports), page.person.clone()).await;
        page.tell(match came {
            Ok(Came::Done) => PhonesEvent::Done(deed),
            Ok(Came::AlreadySo) => PhonesEvent::AlreadySo(deed),
            Ok(Came::Unsure(problem)) => PhonesEvent::Unsure { deed, problem },
            Err(problem) => PhonesEvent::Refused { deed, problem },
        })
        .await;
        page.read(&ports).await;
        page.tell(PhonesEvent::Working(None)).await;
    });
}

/// Nothing is sent before it stands in the history.
pub(super) async fn asked(ports: &Ports, person: &Person, what: String) -> Result<(), Problem> {
    note(ports, Action::ChangeAsked, person, what).await
}

/// What became of a call, with its row and the mail about it.
pub(super) async fn came(
    ports: &Ports,
    person: &Person,
    done: Result<(), DirectoryError>,
    ((action, detail), about): ((Action, String), About),
) -> Result<Came, Problem> {
    match done {
        Ok(()) => {
            noted(ports, action, person, detail).await;
            tell_person(ports, person, about).await;
            Ok(Came::Done)
        }
        Err(error @ DirectoryError::AnswerLost(_)) => {
            noted(ports, action, person, format!("{detail} (perhaps: no answer came)")).await;
            Ok(Came::Unsure(problem_of(&error)))
        }
        Err(error) => Err(error.problem()),
    }
}

/// The row of what was done: that it can't be written undoes nothing, and is told by itself.
pub(super) async fn noted(ports: &Ports, action: Action, person: &Person, detail: String) {
    if let Err(problem) = note(ports, action, person, detail).await {
        ports.teller.tell(Event::Problem(problem)).await;
    }
}

/// By mail, where that is configured and the person has an address.
pub(super) async fn tell_person(ports: &Ports, person: &Person, about: About) {
    let notices = notices(ports);
    let Some(mail) = person.mail.as_deref().filter(|_| notices.are_on()) else { return };
    let told = notices.send_about(&*ports.tenant.directory, mail, about).await;
    let action = if told { Action::PersonTold } else { Action::PersonNotTold };
    noted(ports, action, person, "by mail".into()).await;
}

pub(super) async fn tell(ports: &Ports, event: PhonesEvent) {
    ports.teller.tell(Event::Phones(event)).await;
}

pub(super) fn phones_of(ports: &Ports) -> Result<&dyn PhoneDirectory, Problem> {
    ports.tenant.directory.phones().ok_or_else(|| not_offered().problem())
}

async fn read(ports: &Ports, person: Person) -> Result<MethodsShown, Problem> {
    let directory = phones_of(ports)?;
    let (phones, methods, pass) = tokio::join!(
        directory.phones(&person.id),
        directory.methods(&person.id),
        directory.pass_policy()
    );
    Ok(MethodsShown {
        phones: phones.map_err(|error| error.problem())?,
        methods: methods.map_err(|error| error.problem())?,
        pass: pass.map_err(|error| error.problem()),
        read_at: Timestamp::now(),
        person,
    })
}

pub(super) async fn note(
    ports: &Ports,
    action: Action,
    person: &Person,
    detail: String,
) -> Result<(), Problem> {
    let entry = Entry {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        action,
        subject: person.upn.clone(),
        serial: None,
        detail,
    };
    let now = Timestamp::now();
    let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
    noted.map_err(|error| error.problem())
}
