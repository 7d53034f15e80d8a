//! Sign-ins under way: begun for a purpose, one at a time, in the browser or by a code.

use super::Heard;
use super::presence::{Purpose, Ticket};
use super::session::{LoginPlace, Session};
use crate::directory::openid::{SignInAgain, SignInError, SignedIn, Wish};
use crate::engine::station::Station;
use crate::engine::{Event, SignInShown, WhoEvent};
use crate::problem::{Explain, Problem};
use crate::settings::SignIn;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Where a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Browser,
    Code,
}

impl By {
    /// As the tenant's settings say: a station without a browser has none for proofs either.
    pub(super) fn of(place: &LoginPlace) -> Self {
        match place.entra.sign_in {
            SignIn::DeviceCode => Self::Code,
            _ => Self::Browser,
        }
    }
}

/// What a job needs to tell the station.
#[derive(Clone)]
struct Line {
    ticket: Ticket,
    heard: mpsc::Sender<Heard>,
}

impl Station {
    /// Begins a sign-in; one that was under way for something else is given up, and a call of the
    /// directory that waited for its operator waits again.
    pub(super) async fn begin_sign_in(&mut self, purpose: Purpose, wish: Wish, by: By) {
        let Some(place) = self.presence.place.clone() else { return };
        self.put_again_aside().await;
        self.give_up_sign_in().await;
        let ticket = self.presence.ticket();
        let line = Line { ticket, heard: self.heard.clone() };
        let again = self.again.clone();
        let job = tokio::spawn(async move {
            let outcome = attempt(&place, &wish, by, &line, again).await.map(Box::new);
            line.tell(Heard::SignedIn { ticket, outcome }).await;
        });
        self.presence.begin(ticket, purpose, job);
        self.tell_who(WhoEvent::SignIn(SignInShown::Checking)).await;
    }

    /// As [`Self::begin_sign_in`], where people of this tenant sign in.
    pub(super) async fn begin_here(&mut self, purpose: Purpose, wish: Wish) {
        let Some(by) = self.presence.place.as_deref().map(By::of) else { return };
        self.begin_sign_in(purpose, wish, by).await;
    }

    /// The directory wants the operator again before it answers a call that is under way.
    pub(in crate::engine) async fn sign_in_again(&mut self, request: SignInAgain) {
        let Some(place) = self.place_of(&request) else { return refuse(request) };
        let is_busy = self.presence.open.is_some() || self.presence.lock.is_locked();
        if is_busy || !self.is_here(&place) {
            self.presence.waiting.push_back(request);
            return;
        }
        let ticket = self.presence.ticket();
        let line = Line { ticket, heard: self.heard.clone() };
        let wish = request.wish();
        let job = tokio::spawn(async move {
            let answer = sign_in(&place, &wish, By::of(&place), |shown| line.waiting(shown)).await;
            line.tell(Heard::SignedInAgain { ticket, answer: Box::new(answer) }).await;
        });
        self.presence.begin(ticket, Purpose::Again(Box::new(request)), job);
        self.tell_who(WhoEvent::SignIn(SignInShown::Checking)).await;
    }

    /// Where the operator of a call signed in: in the tenant on the screen before any other.
    fn place_of(&self, request: &SignInAgain) -> Option<Arc<LoginPlace>> {
        let sessions = &self.presence.sessions;
        let here = self.presence.place.as_ref().and_then(|place| sessions.get(&place.tenant));
        let is_theirs =
            |session: &&Arc<Session>| session.tokens.operator().is_same_person(&request.operator);
        let session = here.into_iter().chain(sessions.values()).find(is_theirs)?;
        Some(Arc::clone(&session.place))
    }

    /// No page of one tenant comes up under another.
    fn is_here(&self, place: &LoginPlace) -> bool {
        self.presence.place.as_deref().is_some_and(|here| here.is_as(place))
    }

    /// The page, or the code, is ready for somebody.
    pub(super) async fn sign_in_waits(&mut self, ticket: Ticket, shown: SignInShown) {
        let Some(open) = self.presence.open.as_mut().filter(|open| open.ticket == ticket) else {
            return;
        };
        let page = match &shown {
            SignInShown::InBrowser { url, .. } => Some(url.clone()),
            _ => None,
        };
        open.page.clone_from(&page);
        self.tell_who(WhoEvent::SignIn(shown)).await;
        if let Some(url) = page {
            self.show_page(url);
        }
    }

    pub(super) fn open_page_again(&self) {
        let page = self.presence.open.as_ref().and_then(|open| open.page.clone());
        if let Some(url) = page {
            self.show_page(url);
        }
    }

    /// The system's launcher can take its time.
    fn show_page(&self, url: String) {
        let (pages, teller) = (self.pages.clone(), self.teller.clone());
        tokio::spawn(async move {
            if let Err(problem) = pages.open(url).await {
                teller.tell(Event::Problem(problem)).await;
            }
        });
    }

    /// A call of the directory that waits for its operator waits again, without a page.
    pub(in crate::engine) async fn put_again_aside(&mut self) {
        let Some(request) = self.presence.take_again() else { return };
        self.presence.waiting.push_front(request);
        self.pages.close().await;
        self.show_sign_in().await;
    }

    /// Ends the sign-in that is being waited for.
    pub(super) async fn give_up_sign_in(&mut self) {
        let again = self.presence.take_again();
        if again.is_none() && self.presence.open.take().is_none() {
            return;
        }
        if let Some(request) = again {
            refuse(request);
        }
        self.pages.close().await;
        self.show_sign_in().await;
    }

    /// A job's answer, by what it was for.
    pub(super) async fn signed_in(
        &mut self,
        ticket: Ticket,
        outcome: Result<Box<Session>, Problem>,
    ) {
        let Some(open) = self.presence.take_open(ticket) else { return };
        let purpose = open.into_purpose();
        if !matches!(purpose, Purpose::SignIn) {
            self.show_sign_in().await;
        }
        match purpose {
            Purpose::SignIn => self.arrived(outcome).await,
            Purpose::Prove => self.proved_in_browser(outcome).await,
            Purpose::Approve => self.approved_in_browser(outcome).await,
            Purpose::Unlock => self.unlocked_in_browser(outcome).await,
            // Answered by `signed_in_again`.
            Purpose::Again(request) => refuse(*request),
        }
        self.next_in_line().await;
    }

    /// Hands the answer to the call that waits for it.
    pub(super) async fn signed_in_again(
        &mut self,
        ticket: Ticket,
        answer: Result<SignedIn, SignInError>,
    ) {
        let Some(open) = self.presence.take_open(ticket) else { return };
        if let Err(error) = &answer {
            self.tell(Event::Problem(error.problem())).await;
        }
        if let Purpose::Again(request) = open.into_purpose() {
            reply(*request, answer);
        }
        self.show_sign_in().await;
        self.next_in_line().await;
    }

    /// The call of this tenant that waits longest for its operator, once nothing else is in the
    /// way. Calls of somebody who has left are refused.
    pub(in crate::engine) async fn next_in_line(&mut self) {
        while self.presence.open.is_none() && !self.presence.lock.is_locked() {
            let is_due = |request: &SignInAgain| {
                self.place_of(request).is_none_or(|place| self.is_here(&place))
            };
            let due = self.presence.waiting.iter().position(is_due);
            let Some(request) = due.and_then(|at| self.presence.waiting.remove(at)) else { return };
            self.sign_in_again(request).await;
        }
    }

    /// Whether somebody must sign in, now that no sign-in is under way.
    pub(in crate::engine) async fn show_sign_in(&self) {
        let needed = self.presence.place.is_some() && self.ports.is_none();
        let shown = if needed { SignInShown::Needed } else { SignInShown::NotNeeded };
        self.tell_who(WhoEvent::SignIn(shown)).await;
    }

    /// The operator's user name, to begin a page with.
    pub(super) fn user_name(&self) -> String {
        self.ports.as_ref().map(|ports| ports.tenant.who.upn.clone()).unwrap_or_default()
    }

    pub(in crate::engine) async fn tell_who(&self, event: WhoEvent) {
        self.tell(Event::Who(event)).await;
    }
}

impl Line {
    /// Somebody is to sign in there.
    async fn waiting(&self, shown: SignInShown) {
        self.tell(Heard::Waiting { ticket: self.ticket, shown }).await;
    }

    async fn tell(&self, heard: Heard) {
        if self.heard.send(heard).await.is_err() {
            tracing::debug!("the station ended before a sign-in");
        }
    }
}

async fn attempt(
    place: &Arc<LoginPlace>,
    wish: &Wish,
    by: By,
    line: &Line,
    again: mpsc::Sender<SignInAgain>,
) -> Result<Session, Problem> {
    let signed = sign_in(place, wish, by, |shown| line.waiting(shown)).await;
    let signed = signed.map_err(|error| error.problem())?;
    place.identify(signed, again).await
}

/// Until somebody has signed in; where they do is told as soon as it is known.
pub(super) async fn sign_in<F: Future<Output = ()>>(
    place: &LoginPlace,
    wish: &Wish,
    by: By,
    waiting: impl Fn(SignInShown) -> F,
) -> Result<SignedIn, SignInError> {
    match by {
        By::Browser => {
            let page = place.openid.begin(wish).await?;
            let (url, until) = (page.url().to_string(), page.ends());
            waiting(SignInShown::InBrowser { url, until }).await;
            page.finish().await
        }
        By::Code => {
            let code = place.openid.begin_device(wish).await?;
            waiting(SignInShown::ByCode {
                code: code.user_code().to_owned(),
                address: code.verification_url().to_string(),
                until: code.ends(),
            })
            .await;
            code.finish().await
        }
    }
}

pub(super) fn refuse(request: SignInAgain) {
    reply(request, Err(SignInError::Cancelled));
}

pub(super) fn reply(request: SignInAgain, answer: Result<SignedIn, SignInError>) {
    if request.reply.send(answer).is_err() {
        tracing::debug!("the call that wanted its operator again was given up");
    }
}
