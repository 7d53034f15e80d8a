//! One person: all methods, a phone changed, a pass, sessions ended.

use super::command::Identified;
use super::event::{MethodsShown, OneDeed, PassShown, PhonesEvent};
use super::facts::problem_of;
use super::jobs::{notices, runner};
use super::lists::send;
use super::live::{Pass, PhonesNews};
use super::notices::About;
use super::runner::{JobNews, Over, Wanted};
use crate::access::Act;
use crate::directory::{DirectoryError, PassWish, Person, PersonId, PhoneDirectory};
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::enrolment::Subject;
use crate::journal::{Action, Entry, NewPhoneRow, PhoneJobFacts, PhoneRowState};
use crate::phones::{Change, Country, NumberText, PhoneKind, PhoneMethod, PhoneNumber, check};
use crate::problem::{Explain, Problem};
use jiff::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// A pause in typing after which the search is sent.
const TYPING: Duration = Duration::from_millis(150);
/// Most people shown for one search.
const MOST_FOUND: usize = 25;

impl Station {
    pub(super) fn find_for_phones(&mut self, query: String) {
        if let Some(earlier) = self.phones.find.take() {
            earlier.abort();
        }
        let Some(ports) = self.ports.clone() else { return };
        self.phones.find = Some(tokio::spawn(async move {
            tokio::time::sleep(TYPING).await;
            let found = ports.tenant.directory.find(&query, MOST_FOUND).await;
            let people = found.map_err(|error| error.problem());
            tell(&ports, PhonesEvent::Found { query, people }).await;
        }));
    }

    pub(super) async fn open_for_phones(&mut self, person: Person) {
        self.phones.open = Some(person);
        self.phones.pass = None;
        self.tell_phones(PhonesEvent::Pass(None)).await;
        self.refresh_phones().await;
    }

    pub(super) async fn refresh_phones(&mut self) {
        let Some(ports) = self.connected().await else { return };
        let Some(person) = self.phones.open.clone() else { return };
        let page = self.page(person);
        tokio::spawn(async move { page.read(&ports).await });
    }

    pub(super) async fn close_for_phones(&mut self) {
        self.phones.open = None;
        self.phones.pass = None;
        self.tell_phones(PhonesEvent::Pass(None)).await;
        self.tell_phones(PhonesEvent::Person(None)).await;
    }

    fn page(&self, person: Person) -> Page {
        Page { news: self.phones_news.clone(), visit: self.phones.visit, person }
    }

    /// The open person, if it is this one, and the permit is there.
    async fn to_change(
        &self,
        id: &PersonId,
        act: Act,
        permits: &Permits,
    ) -> Option<(Arc<Ports>, Page)> {
        let ports = self.connected().await?;
        let person = self.phones.open.clone().filter(|person| person.id == *id)?;
        match permits.demand(act) {
            Ok(()) => Some((ports, self.page(person))),
            Err(problem) => {
                self.tell(Event::Problem(problem)).await;
                None
            }
        }
    }

    /// What was told of a person: on their page, or, if it went wrong behind it, to whoever is
    /// there.
    pub(super) async fn told_of_one(&mut self, person: Person, event: PhonesEvent) {
        if self.phones.open.as_ref().is_some_and(|open| open.id == person.id) {
            return self.tell_phones(event).await;
        }
        if let PhonesEvent::Refused { deed, problem } = event
            && deed != OneDeed::Read
        {
            let what = format!("{}: {}", person.display_name, problem.what);
            self.tell(Event::Problem(Problem { what, ..problem })).await;
        }
    }

    pub(super) async fn change_one_phone(
        &mut self,
        id: &PersonId,
        kind: PhoneKind,
        number: Option<NumberText>,
        permits: &Permits,
    ) {
        let Some((ports, page)) = self.to_change(id, Act::ChangePhone, permits).await else {
            return;
        };
        let deed = match number {
            Some(_) => OneDeed::SetNumber(kind),
            None => OneDeed::RemoveNumber(kind),
        };
        do_deed(ports, page, deed, move |ports, person| async move {
            change_phone(&ports, &person, kind, number).await
        });
    }

    pub(super) async fn set_sms_sign_in(&mut self, id: &PersonId, on: bool, permits: &Permits) {
        let Some((ports, page)) = self.to_change(id, Act::ChangePhone, permits).await else {
            return;
        };
        do_deed(ports, page, OneDeed::SmsSignIn { on }, move |ports, person| async move {
            let phones = phones_of(&ports)?;
            phones.set_sms_sign_in(&person.id, on).await.map_err(|error| problem_of(&error))?;
            let detail = if on { "on" } else { "off" };
            note(&ports, Action::SmsSignInChanged, &person, detail.into()).await?;
            tell_person(&ports, &person, About::SmsSignIn { on }).await
        });
    }

    pub(super) async fn revoke_sessions(&mut self, id: &PersonId, permits: &Permits) {
        let Some((ports, page)) = self.to_change(id, Act::IssuePass, permits).await else {
            return;
        };
        do_deed(ports, page, OneDeed::RevokeSessions, |ports, person| async move {
            let phones = phones_of(&ports)?;
            phones.revoke_sessions(&person.id).await.map_err(|error| problem_of(&error))?;
            note(&ports, Action::SessionsRevoked, &person, String::new()).await?;
            tell_person(&ports, &person, About::Sessions).await
        });
    }

    pub(super) async fn issue_pass(
        &mut self,
        id: &PersonId,
        wish: PassWish,
        because: Identified,
        permits: &Permits,
    ) {
        let Some((ports, page)) = self.to_change(id, Act::IssuePass, permits).await else {
            return;
        };
        let news = self.phones_news.clone();
        do_deed(ports, page, OneDeed::IssuePass, move |ports, person| async move {
            let pass = issue(&ports, &person, wish, &because).await?;
            send(&news, PhonesNews::Pass(pass)).await;
            tell_person(&ports, &person, About::Pass).await
        });
    }

    pub(super) async fn pass_issued(&mut self, pass: Pass) {
        // Whoever was opened meanwhile must not be shown another one's pass.
        if self.phones.open.as_ref().map(|person| &person.id) != Some(&pass.person) {
            return;
        }
        let shown = PassShown {
            name: pass.name.clone(),
            upn: pass.upn.clone(),
            pass: pass.pass.duplicate(),
            starts: pass.starts,
            ends: pass.ends,
            once: pass.once,
        };
        self.phones.pass = Some(pass);
        self.tell_phones(PhonesEvent::Pass(Some(Box::new(shown)))).await;
    }

    pub(in crate::engine) async fn hide_pass(&mut self) {
        if self.phones.pass.take().is_some() {
            self.tell_phones(PhonesEvent::Pass(None)).await;
        }
    }
}

/// The page of one person, which may be another one's by the time something is told.
struct Page {
    news: mpsc::Sender<PhonesNews>,
    visit: u64,
    person: Person,
}

impl Page {
    async fn tell(&self, event: PhonesEvent) {
        let person = Box::new(self.person.clone());
        send(&self.news, PhonesNews::One { visit: self.visit, person, event }).await;
    }

    async fn read(&self, ports: &Ports) {
        match read(ports, self.person.clone()).await {
            Ok(shown) => self.tell(PhonesEvent::Person(Some(Box::new(shown)))).await,
            Err(problem) => {
                self.tell(PhonesEvent::Refused { deed: OneDeed::Read, problem }).await;
            }
        }
    }
}

/// Does one thing to one person, tells how it came out, and reads the person again.
fn do_deed<F>(
    ports: Arc<Ports>,
    page: Page,
    deed: OneDeed,
    work: impl FnOnce(Arc<Ports>, Person) -> F + Send + 'static,
) where
    F: Future<Output = Result<(), Problem>> + Send + 'static,
{
    tokio::spawn(async move {
        page.tell(PhonesEvent::Working(Some(deed))).await;
        let done = work(Arc::clone(&ports), page.person.clone()).await;
        page.tell(match done {
            Ok(()) => PhonesEvent::Done(deed),
            Err(problem) => PhonesEvent::Refused { deed, problem },
        })
        .await;
        page.read(&ports).await;
        page.tell(PhonesEvent::Working(None)).await;
    });
}

async fn tell(ports: &Ports, event: PhonesEvent) {
    ports.teller.tell(Event::Phones(event)).await;
}

fn phones_of(ports: &Ports) -> Result<&dyn PhoneDirectory, Problem> {
    ports.tenant.directory.phones().ok_or_else(|| super::facts::not_offered().problem())
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

/// One row of a job of its own: the old value is kept sealed, and it can be undone like any other.
async fn change_phone(
    ports: &Ports,
    person: &Person,
    kind: PhoneKind,
    number: Option<NumberText>,
) -> Result<(), Problem> {
    let directory = phones_of(ports)?;
    let now = directory.phones(&person.id).await.map_err(|error| error.problem())?;
    let Some(change) = change(ports, &now, kind, number)? else { return Ok(()) };
    let facts = PhoneJobFacts {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        source: person.display_name.clone(),
        kind,
        undo_of: None,
    };
    let row = NewPhoneRow { person: subject(person), mail: person.mail.clone(), change };
    let job = ports
        .journal
        .call(move |journal| {
            let id = journal.begin_phone_job(&facts, &[row], Timestamp::now())?;
            journal.phone_job(id)
        })
        .await
        .map_err(|error| error.problem())?;
    let (_wanted, wanted) = watch::channel(Wanted::Go);
    let (told, heard) = mpsc::channel(8);
    let ((), outcome) = tokio::join!(runner(ports, job, wanted, told).run(), outcome(heard));
    outcome
}

/// What became of the only row.
async fn outcome(mut heard: mpsc::Receiver<JobNews>) -> Result<(), Problem> {
    let mut row = None;
    while let Some(news) = heard.recv().await {
        match news {
            JobNews::Rows(rows) => row = rows.into_iter().next().map(|(_, state)| state),
            JobNews::Over(Over::Stopped(problem)) => return Err(problem),
            JobNews::Over(_) | JobNews::Waiting { .. } | JobNews::Going => {}
        }
    }
    match row {
        Some(PhoneRowState::Failed(reason)) => {
            let (what, next) = reason.split_once(". ").unwrap_or((&reason, "Try again"));
            Err(Problem { what: what.into(), next: next.into(), details: Vec::new() })
        }
        Some(PhoneRowState::ChangedMeanwhile) => Err(Problem {
            what: "Somebody else changed this phone meanwhile; it was left as it is".into(),
            next: "Look at the number, then change it again".into(),
            details: Vec::new(),
        }),
        _ => Ok(()),
    }
}

/// The change, where there is one, or the rule that is in its way.
fn change(
    ports: &Ports,
    now: &[PhoneMethod],
    kind: PhoneKind,
    number: Option<NumberText>,
) -> Result<Option<Change>, Problem> {
    let new = number.map(|text| read_number(ports, &text)).transpose()?;
    check(now, kind, new.as_ref()).map_err(|rule| refused(&rule.to_string()))?;
    let registered = now.iter().find(|phone| phone.kind == kind);
    let old = registered.map(|phone| PhoneNumber::from_international(&phone.number)).transpose();
    let old = old.map_err(|_| refused("the registered number can't be read"))?;
    Ok(Change::between(old, new))
}

fn read_number(ports: &Ports, text: &NumberText) -> Result<PhoneNumber, Problem> {
    let country = ports.rules.phones.default_country.as_deref().and_then(Country::from_code);
    let read = match country {
        Some(country) => PhoneNumber::read(text, country),
        None => PhoneNumber::read_international(text),
    };
    read.map_err(|fault| refused(&fault.to_string()))
}

fn refused(why: &str) -> Problem {
    Problem {
        what: format!("This number can't be registered: {why}"),
        next: "Correct it, then try again".into(),
        details: Vec::new(),
    }
}

async fn issue(
    ports: &Ports,
    person: &Person,
    wish: PassWish,
    because: &Identified,
) -> Result<Pass, Problem> {
    let Identified::InPerson { reason } = because;
    if reason.trim().is_empty() {
        return Err(Problem {
            what: "A pass needs the reason why you are sure that it is this person".into(),
            next: "Write how you made sure, then issue it".into(),
            details: Vec::new(),
        });
    }
    let how = if wish.once { "once" } else { "several times" };
    let detail = format!("{} minutes, {how}; in person: {}", wish.minutes, reason.trim());
    let issued = phones_of(ports)?.issue_pass(&person.id, wish).await;
    match issued {
        Ok(issued) => {
            note(ports, Action::PassIssued, person, detail).await?;
            let ends = issued.starts.checked_add(Span::new().minutes(i64::from(issued.minutes)));
            Ok(Pass {
                person: person.id.clone(),
                name: person.display_name.clone(),
                upn: person.upn.clone(),
                pass: issued.pass,
                starts: issued.starts,
                ends: ends.unwrap_or(Timestamp::MAX),
                once: issued.once,
            })
        }
        Err(error @ DirectoryError::AnswerLost(_)) => {
            note(ports, Action::PassIssued, person, format!("perhaps, no answer; {detail}"))
                .await?;
            let problem = error.problem();
            Err(Problem {
                what: "No answer came: a pass may exist that nobody has seen".into(),
                next: "Issue another one, which replaces it".into(),
                ..problem
            })
        }
        Err(error) => Err(error.problem()),
    }
}

async fn note(
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

/// By mail, where that is configured and the person has an address.
async fn tell_person(ports: &Ports, person: &Person, about: About) -> Result<(), Problem> {
    let notices = notices(ports);
    let Some(mail) = person.mail.as_deref().filter(|_| notices.are_on()) else { return Ok(()) };
    let told = notices.send_about(&*ports.tenant.directory, mail, about).await;
    let action = if told { Action::PersonTold } else { Action::PersonNotTold };
    note(ports, action, person, "by mail".into()).await
}

fn subject(person: &Person) -> Subject {
    Subject {
        id: person.id.0.clone(),
        display_name: person.display_name.clone(),
        upn: person.upn.clone(),
    }
}
