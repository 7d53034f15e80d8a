//! One person: all methods, a phone changed, a pass, sessions ended.

use super::command::Identified;
use super::deed::{Came, Page, asked, came, do_deed, phones_of, tell, tell_person};
use super::event::{OneDeed, PassShown, PhonesEvent};
use super::lists::send;
use super::live::{Pass, PhonesNews};
use super::notices::About;
use super::one_phone::change_phone;
use super::passes::{Issued, issue, take_back};
use crate::access::Act;
use crate::directory::{PassWish, Person, PersonId};
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::engine::verify::reference_of;
use crate::journal::Action;
use crate::phones::{NumberText, PhoneKind};
use crate::problem::{Explain, Problem};
use std::sync::Arc;
use std::time::Duration;

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
        if let PhonesEvent::Refused { deed, problem } | PhonesEvent::Unsure { deed, problem } =
            event
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
        let ones = self.phones.ones.clone();
        do_deed(ports, page, deed, move |ports, person| async move {
            change_phone(&ports, &person, (kind, number), &ones).await
        });
    }

    pub(super) async fn set_sms_sign_in(&mut self, id: &PersonId, on: bool, permits: &Permits) {
        let Some((ports, page)) = self.to_change(id, Act::ChangePhone, permits).await else {
            return;
        };
        do_deed(ports, page, OneDeed::SmsSignIn { on }, move |ports, person| async move {
            let word = if on { "on" } else { "off" };
            asked(&ports, &person, format!("Sign-in by text message {word}")).await?;
            let done = phones_of(&ports)?.set_sms_sign_in(&person.id, on).await;
            let row = (Action::SmsSignInChanged, word.to_owned());
            came(&ports, &person, done, (row, About::SmsSignIn { on })).await
        });
    }

    pub(super) async fn revoke_sessions(&mut self, id: &PersonId, permits: &Permits) {
        let Some((ports, page)) = self.to_change(id, Act::IssuePass, permits).await else {
            return;
        };
        do_deed(ports, page, OneDeed::RevokeSessions, |ports, person| async move {
            asked(&ports, &person, "End all sessions".to_owned()).await?;
            let done = phones_of(&ports)?.revoke_sessions(&person.id).await;
            let row = (Action::SessionsRevoked, String::new());
            came(&ports, &person, done, (row, About::Sessions)).await
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
        let known = match self.known(id, &because) {
            Ok(known) => known,
            Err(problem) => {
                let deed = OneDeed::IssuePass;
                return self.tell_phones(PhonesEvent::Refused { deed, problem }).await;
            }
        };
        let news = self.phones_news.clone();
        do_deed(ports, page, OneDeed::IssuePass, move |ports, person| async move {
            match issue(&ports, &person, wish, &known).await? {
                Issued::Pass(pass) => {
                    send(&news, PhonesNews::Pass(pass)).await;
                    tell_person(&ports, &person, About::Pass).await;
                    Ok(Came::Done)
                }
                Issued::Unsure(problem) => Ok(Came::Unsure(problem)),
            }
        });
    }

    /// How the operator knows that it is this person, for the history.
    ///
    /// # Errors
    /// Without a reason, or where the person counts as verified no more.
    fn known(&self, id: &PersonId, because: &Identified) -> Result<String, Problem> {
        match because {
            Identified::InPerson { reason } if reason.trim().is_empty() => Err(Problem {
                what: "A pass needs the reason why you are sure that it is this person".into(),
                next: "Write how you made sure, then issue it".into(),
                details: Vec::new(),
            }),
            Identified::InPerson { reason } => Ok(format!("in person: {}", reason.trim())),
            Identified::Verified => {
                let no_more = || Problem {
                    what: "This person does not count as verified any more".into(),
                    next: "Check the caller again under Verify (Ctrl+4)".into(),
                    details: Vec::new(),
                };
                let known = self.verified(id);
                let known =
                    known.ok_or_else(|| self.for_another_ticket(id).unwrap_or_else(no_more))?;
                Ok(format!("verified caller, {}", reference_of(known)))
            }
        }
    }

    pub(super) async fn pass_issued(&mut self, pass: Pass) {
        // Whoever was opened meanwhile must not be shown another one's pass, and what nobody sees
        // must not stay good.
        let open = self.phones.open.as_ref().map(|person| &person.id);
        if open != Some(&pass.person) || self.presence.lock.is_locked() {
            let Some(ports) = self.ports.clone() else { return };
            tokio::spawn(async move { take_back(&ports, &pass).await });
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
