//! An operator comes, comes back after a restart, or leaves.

use super::Heard;
use super::presence::{Purpose, Ticket};
use super::session::{LoginPlace, Session};
use super::sign_in::{By, refuse};
use crate::access::{LockCause, Operator};
use crate::directory::openid::{Proof, RefreshToken, Wish};
use crate::engine::ports::{JournalPort, off_the_network};
use crate::engine::station::Station;
use crate::engine::tell::Teller;
use crate::engine::{Event, SignInShown, WhoEvent};
use crate::journal::Action;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, Secrets, SecretsError};
use jiff::Timestamp;
use std::sync::Arc;

impl Station {
    /// In the way that is wished for, or as the tenant's settings say.
    pub(super) async fn sign_in(&mut self, by: Option<By>) {
        let Some(place) = self.presence.place.as_deref() else { return };
        if self.ports.is_some() {
            return;
        }
        let by = by.unwrap_or_else(|| By::of(place));
        self.begin_sign_in(Purpose::SignIn, Wish::new(Proof::AnyAccount), by).await;
    }

    /// The practice company's browser answers by itself the first time.
    pub(in crate::engine) async fn sign_in_quietly(&mut self) {
        self.begin_sign_in(Purpose::SignIn, Wish::new(Proof::Session), By::Browser).await;
    }

    /// Somebody signed in, or not.
    pub(super) async fn arrived(&mut self, outcome: Result<Box<Session>, Problem>) {
        match outcome {
            Ok(session) => {
                self.make_way_for_person(&session);
                self.presence.lock.unlock(Timestamp::now());
                self.take_session(*session).await;
                self.note_who(Action::SignedIn, "station", String::new()).await;
            }
            Err(problem) => {
                self.note_who(Action::SignInRefused, "station", problem.what.clone()).await;
                self.tell_who(WhoEvent::SignIn(SignInShown::Failed(problem))).await;
            }
        }
    }

    /// Whoever signed in to other tenants may have left: they show themselves again before anybody
    /// works there under their name.
    fn make_way_for_person(&mut self, came: &Session) {
        self.presence.sessions.retain(|_, there| is_same_person(&there.operator, &came.operator));
    }

    /// Takes up the operator who was signed in when the program ended, if there was one.
    pub(in crate::engine) async fn restore_operator(&mut self) {
        let Some(place) = self.presence.place.clone() else { return };
        let kept = match place.keeps_sign_in {
            true => match kept_token(&self.secrets, &place.tenant).await {
                Ok(kept) => kept,
                Err(error) => {
                    self.tell(Event::Problem(not_read(&error))).await;
                    None
                }
            },
            false => None,
        };
        let Some(token) = kept else { return self.show_sign_in().await };
        self.tell_who(WhoEvent::SignIn(SignInShown::Checking)).await;
        let (heard, again) = (self.heard.clone(), self.again.clone());
        let ticket = self.presence.restores();
        tokio::spawn(async move {
            let outcome = match place.openid.refresh(&token).await {
                Ok(signed) => place.identify(signed, again).await.map(Box::new),
                Err(error) => Err(error.problem()),
            };
            if heard.send(Heard::Restored { ticket, outcome }).await.is_err() {
                tracing::debug!("the station ended before its operator was back");
            }
        });
    }

    /// The station stays locked until the same person has shown that they are there; they have,
    /// where they signed in to this tenant since the program was started.
    pub(super) async fn restored(
        &mut self,
        ticket: Ticket,
        outcome: Result<Box<Session>, Problem>,
    ) {
        let awaited = self.presence.take_restored(ticket);
        if !awaited || self.ports.is_some() || self.presence.open.is_some() {
            return;
        }
        match outcome {
            Ok(session) => {
                let before = self.presence.sessions.get(&session.place.tenant);
                let was_here = before.is_some_and(|it| it.operator.id == session.operator.id);
                if !was_here {
                    self.lock(LockCause::Restart).await;
                }
                self.take_session(*session).await;
                self.next_in_line().await;
            }
            Err(problem) => self.tell_who(WhoEvent::SignIn(SignInShown::Failed(problem))).await,
        }
    }

    async fn take_session(&mut self, session: Session) {
        let now = self.presence.place.clone();
        // Of a tenant, or of settings, that are not in use any more: it is as if it had not been.
        let Some(place) = now.filter(|place| session.place.is_as(place)) else { return };
        let session = Arc::new(session);
        self.presence.sessions.insert(place.tenant.clone(), Arc::clone(&session));
        if place.keeps_sign_in {
            self.presence.is_unused = false;
            keep_tokens(&self.secrets, &place.tenant, &session, self.teller.clone());
        }
        self.connect_as_operator(&place, &session).await;
        self.show_sign_in().await;
    }

    /// An operator whose tenant is on the screen again; work of theirs may wait for them.
    pub(in crate::engine) async fn come_back(
        &mut self,
        place: &Arc<LoginPlace>,
        session: &Arc<Session>,
    ) {
        self.connect_as_operator(place, session).await;
        self.next_in_line().await;
    }

    /// Connects with what the operator may do.
    pub(in crate::engine) async fn connect_as_operator(
        &mut self,
        place: &Arc<LoginPlace>,
        session: &Arc<Session>,
    ) {
        match self.operator_connection(place, session).await {
            Ok(connection) => {
                self.adopt(connection).await;
                self.watch_own_tenant();
            }
            Err(problem) => self.tell(Event::NotConnected(problem)).await,
        }
    }

    /// The operator leaves: of every tenant, and with all they proved. Keys that are being
    /// registered are finished in their name.
    pub(super) async fn sign_out(&mut self) {
        if self.presence.place.is_none() {
            return;
        }
        self.leave_asked().await;
        if self.ports.is_some() {
            self.note_who(Action::SignedOut, "station", String::new()).await;
        }
        self.presence.sessions.clear();
        self.presence.forget_restored();
        self.presence.grants.end();
        self.presence.waiting.drain(..).for_each(refuse);
        self.presence.lock.unlock(Timestamp::now());
        self.nobody_is_there().await;
        self.ports = None;
        self.callers.leave();
        self.callers.forget_elsewhere();
        self.callers.elsewhere.operator_is_gone();
        self.desk.clear();
        // Of those too that were signed in to before the program was started.
        let tenants = self.settings.tenants.iter().map(|tenant| tenant.name.clone()).collect();
        self.forget_sign_ins(tenants).await;
        self.show_operator().await;
        self.show_sign_in().await;
        self.tell_who(WhoEvent::Lock(None)).await;
    }

    /// Nobody is signed in to these tenants any more, and nothing of them stays in the keyring.
    pub(in crate::engine) async fn forget_sign_ins(&mut self, tenants: Vec<String>) {
        for tenant in &tenants {
            self.presence.sessions.remove(tenant);
        }
        if let Err(error) = forget_tokens(&self.secrets, tenants).await {
            self.tell(Event::Problem(error.problem())).await;
        }
    }

    /// Whether an operator has ever signed in here: from then on nobody sets the station up.
    pub(in crate::engine) async fn look_for_operators(&mut self, journal: &JournalPort) {
        match journal.call(|journal| journal.has_ever(Action::SignedIn)).await {
            Ok(somebody) => self.presence.is_unused = !somebody,
            Err(error) => self.tell(Event::Problem(error.problem())).await,
        }
    }

    /// What waits for a proof, or for a page, was of the tenant or the person that leaves.
    pub(in crate::engine) async fn leave_asked(&mut self) {
        self.presence.forget_comparison();
        self.give_up_sign_in().await;
        if self.presence.asked.take().is_some() {
            self.presence.grants.end_approvals();
            self.show_asked().await;
        }
    }
}

async fn kept_token(secrets: &Secrets, tenant: &str) -> Result<Option<RefreshToken>, SecretsError> {
    let (secrets, name) = (secrets.clone(), SecretName::RefreshToken { tenant: tenant.to_owned() });
    let kept = off_the_network(move || secrets.get(&name)).await?;
    Ok(kept.map(RefreshToken::new))
}

/// Keeps each new refresh token for as long as the session lives.
fn keep_tokens(secrets: &Secrets, tenant: &str, session: &Arc<Session>, teller: Teller) {
    let mut rotated = session.tokens.refresh_token();
    let (secrets, name) = (secrets.clone(), SecretName::RefreshToken { tenant: tenant.to_owned() });
    let here = Arc::downgrade(&session.here);
    tokio::spawn(async move {
        loop {
            let newest = rotated.borrow_and_update().clone();
            let Some(token) = newest.filter(|_| here.strong_count() > 0) else { return };
            let (place, entry, newest) = (secrets.clone(), name.clone(), Arc::clone(&token));
            let mut kept = off_the_network(move || place.set(&entry, newest.text())).await;
            // The operator left meanwhile: nothing of them stays.
            if here.strong_count() == 0 {
                let (place, entry) = (secrets.clone(), name.clone());
                kept = off_the_network(move || take_back(&place, &entry, &token)).await;
            }
            if let Err(error) = kept {
                tracing::warn!(%error, "the operator's sign-in can't be kept in the keyring");
                teller.tell(Event::Problem(not_kept(&error))).await;
            }
            if rotated.changed().await.is_err() {
                return;
            }
        }
    });
}

/// Deletes the entry, unless somebody who came meanwhile keeps their own there. Blocks.
fn take_back(
    secrets: &Secrets,
    entry: &SecretName,
    token: &RefreshToken,
) -> Result<(), SecretsError> {
    match secrets.get(entry)? {
        Some(kept) if kept.expose() == token.text().expose() => secrets.delete(entry),
        _ => Ok(()),
    }
}

/// By the directory's id, or in different tenants by a user name.
fn is_same_person(one: &Operator, other: &Operator) -> bool {
    let same_name = one.upn.to_lowercase() == other.upn.to_lowercase();
    one.id == other.id || (!one.upn.is_empty() && same_name)
}

fn not_read(error: &SecretsError) -> Problem {
    Problem {
        what: format!("Your sign-in can't be read from the keyring: {}", error.what()),
        next: "Unlock the keyring and start Keydesk again, or sign in anew".into(),
        details: error.details(),
    }
}

fn not_kept(error: &SecretsError) -> Problem {
    Problem {
        what: format!("Your sign-in can't be kept: {}", error.what()),
        next: "You stay signed in until Keydesk is closed; unlock the keyring, then sign out and \
               in again, to stay so after a restart"
            .into(),
        details: error.details(),
    }
}

/// Tries them all; of what fails the first is told.
async fn forget_tokens(secrets: &Secrets, tenants: Vec<String>) -> Result<(), SecretsError> {
    let secrets = secrets.clone();
    off_the_network(move || {
        let forget = |tenant| secrets.delete(&SecretName::RefreshToken { tenant });
        tenants.into_iter().map(forget).fold(Ok(()), Result::and)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{OperatorId, Roles};
    use crate::secrets::SecretText;

    fn operator(tenant: &str, subject: &str, upn: &str) -> Operator {
        let id = OperatorId { tenant: tenant.into(), subject: subject.into() };
        Operator { id, name: "Omar".into(), upn: upn.into(), roles: Roles::all() }
    }

    #[test]
    fn two_people_without_a_user_name_are_not_one_person() {
        let (one, other) = (operator("t", "1", ""), operator("u", "2", ""));
        assert!(!is_same_person(&one, &other) && is_same_person(&one, &one));
        let (here, there) =
            (operator("t", "1", "omar@x.example"), operator("u", "2", "Omar@x.EXAMPLE"));
        assert!(is_same_person(&here, &there));
    }

    #[test]
    fn who_left_takes_only_their_own_token_back() {
        let secrets = Secrets::session_only("test");
        let entry = SecretName::RefreshToken { tenant: "t".into() };
        let token = |text: &str| RefreshToken::new(SecretText::new(text));
        secrets.set(&entry, token("newer").text()).unwrap();
        take_back(&secrets, &entry, &token("older")).unwrap();
        assert!(secrets.get(&entry).unwrap().is_some(), "a newer sign-in's token is gone");
        take_back(&secrets, &entry, &token("newer")).unwrap();
        assert!(secrets.get(&entry).unwrap().is_none());
    }
}
