//! The lock: by idle time, with the screen, by the operator; and what opens it. Running work goes on.

use super::duty::BULK;
use super::passphrase;
use super::presence::{PassphraseFor, Purpose, Ticket, idle_limit};
use super::session::Session;
use super::{Heard, Permits};
use crate::access::{Act, LockCause};
use crate::engine::ports::off_the_network;
use crate::engine::station::Station;
use crate::engine::{Event, Way, WhoEvent};
use crate::journal::Action;
use crate::problem::{Explain, Problem};
use crate::secrets::SecretText;
use jiff::Timestamp;

impl Station {
    /// Looks at the clock now and then.
    pub(in crate::engine) async fn look_at_lock(&mut self, now: Timestamp) {
        let minute = self.options.patience.idle_minute;
        let limit = idle_limit(&self.settings.security, minute).filter(|_| self.can_be_locked());
        if self.presence.lock.look(now, limit) {
            self.locked(LockCause::Idle).await;
        }
    }

    pub(super) async fn screen_locked(&mut self) {
        if self.settings.security.lock_with_screen && self.can_be_locked() {
            self.lock(LockCause::Screen).await;
        }
    }

    pub(super) async fn lock_by_wish(&mut self) {
        match (self.can_be_locked(), self.ports.is_some()) {
            (true, _) => self.lock(LockCause::Operator).await,
            (false, true) => self.tell(Event::Problem(passphrase::not_set())).await,
            (false, false) => {}
        }
    }

    /// A station that signs in as an application is open only to who knows its passphrase, also
    /// after a restart.
    pub(in crate::engine) async fn lock_until_passphrase(&mut self) {
        if self.presence.passphrase_is_set && !self.presence.passphrase_was_given {
            self.lock(LockCause::Restart).await;
        }
    }

    /// A lock that nothing opens would lose the station.
    fn can_be_locked(&self) -> bool {
        let by_name = self.presence.place.is_some();
        self.ports.is_some() && (by_name || self.presence.passphrase_is_set)
    }

    pub(super) async fn lock(&mut self, cause: LockCause) {
        if !self.presence.lock.is_locked() {
            self.presence.lock.lock(cause);
            self.locked(cause).await;
        }
    }

    /// What was proved counts no more, and what waited for a proof is not done. Work that waits for
    /// its operator waits on.
    async fn locked(&mut self, cause: LockCause) {
        self.presence.grants.end();
        self.presence.passphrase_was_given = false;
        self.presence.asked = None;
        self.nobody_is_there().await;
        self.hide_pass().await;
        self.put_again_aside().await;
        self.give_up_sign_in().await;
        self.note_who(Action::Locked, "station", cause_word(cause).into()).await;
        self.tell_who(WhoEvent::Lock(Some(cause))).await;
        self.show_asked().await;
        self.show_operator().await;
    }

    pub(super) async fn unlock(&mut self, way: Way) {
        if !self.presence.lock.is_locked() {
            return;
        }
        match (way, self.presence.place.is_some()) {
            (Way::Browser, true) => {
                // A browser at which the operator is still signed in would open it to anybody.
                let wish = self.fresh().typed_again().hint(self.user_name());
                self.begin_here(Purpose::Unlock, wish).await;
            }
            (Way::Passphrase(typed), false) => self.compare(typed, PassphraseFor::Unlock).await,
            // Whoever knows the passphrase would act under the operator's name.
            (Way::Passphrase(_), true) => {
                self.tell_who(WhoEvent::PassphraseRefused(by_name_only())).await;
            }
            (Way::Browser, false) => {
                self.tell_who(WhoEvent::PassphraseRefused(passphrase_only())).await;
            }
        }
    }

    pub(super) async fn unlocked_in_browser(&mut self, outcome: Result<Box<Session>, Problem>) {
        let works = self.may_see(BULK);
        let checked = outcome.and_then(|session| self.is_still_operator(&session.operator));
        self.unlock_settled(checked).await;
        self.session_heeds_roles(works).await;
    }

    async fn unlock_settled(&mut self, checked: Result<(), Problem>) {
        match checked {
            Ok(()) => {
                self.presence.lock.unlock(Timestamp::now());
                self.note_who(Action::Unlocked, "station", String::new()).await;
                self.tell_who(WhoEvent::Lock(None)).await;
                self.show_operator().await;
                self.show_unfinished().await;
                self.somebody_is_there().await;
                self.next_in_line().await;
            }
            Err(problem) => {
                self.note_who(Action::UnlockRefused, "station", problem.what.clone()).await;
                self.tell_who(WhoEvent::PassphraseRefused(problem)).await;
            }
        }
    }

    /// Compares a typed passphrase off the loop: it takes its time on purpose.
    pub(super) async fn compare(&mut self, typed: SecretText, wanted: PassphraseFor) {
        let may_try = self.presence.tries.may_try(Timestamp::now());
        let journal = self.journal_id().await;
        let journal = match may_try.and(journal) {
            Ok(journal) => journal,
            Err(problem) => return self.tell_who(WhoEvent::PassphraseRefused(problem)).await,
        };
        let (secrets, heard) = (self.secrets.clone(), self.heard.clone());
        let ticket = self.presence.compare(wanted);
        tokio::spawn(async move {
            let right =
                off_the_network(move || passphrase::is_right(&secrets, journal, &typed)).await;
            if heard.send(Heard::Passphrase { ticket, right }).await.is_err() {
                tracing::debug!("the station ended before a passphrase was compared");
            }
        });
    }

    pub(super) async fn compared(&mut self, ticket: Ticket, right: Result<bool, Problem>) {
        let Some(wanted) = self.presence.take_compared(ticket) else { return };
        let checked = match right {
            Ok(true) => {
                self.presence.tries.right();
                self.presence.passphrase_was_given = true;
                Ok(())
            }
            Ok(false) => {
                self.presence.tries.wrong(Timestamp::now());
                Err(passphrase::wrong())
            }
            Err(problem) => Err(problem),
        };
        match wanted {
            PassphraseFor::Prove => self.proof_settled(checked).await,
            PassphraseFor::Unlock => {
                if checked.is_ok() {
                    // It does not say who came: nobody's sign-in to another tenant is theirs.
                    self.presence.sessions.clear();
                }
                self.unlock_settled(checked).await;
            }
        }
    }

    /// Sets, changes or removes the passphrase; the old one is asked for where there is one.
    pub(super) async fn set_passphrase(
        &mut self,
        old: Option<SecretText>,
        new: Option<SecretText>,
        permits: &Permits,
    ) {
        if !self.has_no_proof()
            && let Err(problem) = permits.demand(Act::ChangeSecrets)
        {
            return self.tell_who(WhoEvent::PassphraseRefused(problem)).await;
        }
        match self.passphrase_set(old, new).await {
            Ok(is_set) => {
                self.presence.passphrase_is_set = is_set;
                // An operator's own sign-in guards their tenants, not the station's.
                self.presence.passphrase_was_given |= self.presence.place.is_none();
                let what = if is_set { "set" } else { "removed" };
                self.note_who(Action::SecretStored, "station passphrase", what.into()).await;
                self.tell_who(WhoEvent::Passphrase { is_set }).await;
            }
            Err(problem) => self.tell_who(WhoEvent::PassphraseRefused(problem)).await,
        }
    }

    async fn passphrase_set(
        &mut self,
        old: Option<SecretText>,
        new: Option<SecretText>,
    ) -> Result<bool, Problem> {
        let now = Timestamp::now();
        self.presence.tries.may_try(now)?;
        let (secrets, journal) = (self.secrets.clone(), self.journal_id().await?);
        let right = off_the_network(move || {
            let right = match old {
                None => !passphrase::is_set(&secrets, journal)?,
                Some(old) => passphrase::is_right(&secrets, journal, &old)?,
            };
            if right {
                passphrase::keep(&secrets, journal, new.as_ref())?;
            }
            Ok(right.then_some(new.is_some()))
        });
        match right.await? {
            Some(is_set) => {
                self.presence.tries.right();
                Ok(is_set)
            }
            None => {
                self.presence.tries.wrong(now);
                Err(passphrase::wrong())
            }
        }
    }

    /// Reads whether there is a passphrase, once the journal that names it is open.
    pub(in crate::engine) async fn look_for_passphrase(&mut self) {
        let Ok(journal) = self.journal_id().await else { return };
        let secrets = self.secrets.clone();
        match off_the_network(move || passphrase::is_set(&secrets, journal)).await {
            Ok(is_set) => {
                self.presence.passphrase_is_set = is_set;
                self.tell_who(WhoEvent::Passphrase { is_set }).await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn journal_id(&self) -> Result<uuid::Uuid, Problem> {
        let journal = self.journal.as_ref().ok_or_else(no_journal)?;
        journal.call(|journal| journal.id()).await.map_err(|error| error.problem())
    }
}

fn cause_word(cause: LockCause) -> &'static str {
    match cause {
        LockCause::Idle => "nobody was there",
        LockCause::Screen => "with the computer's screen",
        LockCause::Operator => "by the operator",
        LockCause::Restart => "after a restart",
    }
}

fn no_journal() -> Problem {
    Problem {
        what: "The station's journal is not open yet".into(),
        next: "Connect a tenant under Settings, then set the passphrase".into(),
        details: Vec::new(),
    }
}

pub(super) fn by_name_only() -> Problem {
    Problem {
        what: "Operators of this tenant sign in by name".into(),
        next: "Confirm or unlock with your own sign-in".into(),
        details: Vec::new(),
    }
}

fn passphrase_only() -> Problem {
    Problem {
        what: "This station signs in as an application".into(),
        next: "Unlock with the station's passphrase".into(),
        details: Vec::new(),
    }
}
