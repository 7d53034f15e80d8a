//! A sensitive act waits here until its operator, and where needed a second one, has confirmed.

use super::duty::BULK;
use super::locking::by_name_only;
use super::pass::nobody;
use super::presence::{PassphraseFor, Purpose, Waits, demands};
use super::session::Session;
use super::{passphrase, session};
use crate::access::{Act, ApprovalRefused, Operator};
use crate::directory::openid::{Proof, Wish};
use crate::engine::station::Station;
use crate::engine::{Asked, AskedOf, AskedWays, BulkCommand, Command, Event, Way, WhoEvent};
use crate::journal::Action;
use crate::problem::Problem;
use jiff::Timestamp;
use std::sync::Arc;

impl Station {
    /// Keeps the command and asks for what is missing. A newer wish replaces one that waits, and a
    /// confirmation that was under way for that one is not one for this.
    pub(super) async fn ask(&mut self, command: Command, act: Act, of: AskedOf) {
        if let Some(problem) = self.cannot_be_asked(of) {
            return self.tell(Event::Problem(problem)).await;
        }
        if self.presence.asked.is_some() {
            self.presence.grants.end_approvals();
        }
        if self.presence.confirmation_is_under_way() {
            self.give_up_sign_in().await;
        }
        self.presence.forget_comparison();
        self.presence.asked = Some(Waits { command, act, of, refused: None });
        self.show_asked().await;
    }

    /// Without a way to confirm, the act is refused with the reason.
    fn cannot_be_asked(&self, of: AskedOf) -> Option<Problem> {
        match (self.presence.place.is_some(), of) {
            (true, _) => None,
            (false, AskedOf::SecondPerson) => Some(no_second_person()),
            (false, AskedOf::Operator) if self.presence.passphrase_is_set => None,
            (false, AskedOf::Operator) => Some(passphrase::not_set()),
        }
    }

    pub(super) async fn show_asked(&self) {
        let asked = self.presence.asked.as_ref().map(|waits| Asked {
            act: waits.act,
            of: waits.of,
            ways: match self.presence.place {
                Some(_) => AskedWays::Browser,
                None => AskedWays::Passphrase,
            },
            refused: waits.refused.clone(),
        });
        self.tell_who(WhoEvent::Asked(asked)).await;
    }

    /// The operator says no: the act is not done.
    pub(super) async fn leave_act(&mut self) {
        if self.presence.asked.take().is_some() {
            self.presence.grants.end_approvals();
            self.give_up_sign_in().await;
            self.show_asked().await;
        }
    }

    /// What waits is about rows of a table that another one has taken the place of.
    pub(in crate::engine) async fn leave_act_about_rows(&mut self) {
        let is_about_rows = |waits: &Waits| {
            let Command::Bulk(wish) = &waits.command else { return false };
            matches!(wish, BulkCommand::Begin { .. } | BulkCommand::WriteChallenges { .. })
        };
        if self.presence.asked.as_ref().is_some_and(is_about_rows) {
            self.leave_act().await;
            self.tell(Event::Problem(another_table())).await;
        }
    }

    pub(super) async fn prove(&mut self, way: Way) {
        let Some(AskedOf::Operator) = self.presence.asked.as_ref().map(|waits| waits.of) else {
            return;
        };
        match (way, self.presence.place.is_some()) {
            (Way::Browser, _) => {
                // The context may be satisfied already at a browser that nobody sits at.
                let wish = self.fresh().typed_again().hint(self.user_name());
                self.begin_here(Purpose::Prove, wish).await;
            }
            (Way::Passphrase(typed), false) => self.compare(typed, PassphraseFor::Prove).await,
            // Whoever knows the passphrase would prove that they are the operator.
            (Way::Passphrase(_), true) => self.refuse_asked(by_name_only()).await,
        }
    }

    /// A second operator approves, on the same page and with their own account.
    pub(super) async fn approve(&mut self, way: Way) {
        let Some(AskedOf::SecondPerson) = self.presence.asked.as_ref().map(|waits| waits.of) else {
            return;
        };
        match way {
            // The second person may be signed in at this browser without being there.
            Way::Browser => {
                let wish = self.fresh().typed_again();
                self.begin_here(Purpose::Approve, wish).await;
            }
            Way::Passphrase(_) => self.refuse_asked(no_second_person()).await,
        }
    }

    /// What a fresh proof is in this tenant.
    pub(super) fn fresh(&self) -> Wish {
        let context = self.presence.place.as_ref().and_then(|place| place.context());
        Wish::new(context.map_or(Proof::Fresh, |context| Proof::Context(context.to_owned())))
    }

    pub(super) async fn proved_in_browser(&mut self, outcome: Result<Box<Session>, Problem>) {
        let works = self.may_see(BULK);
        let checked = outcome.and_then(|session| self.is_still_operator(&session.operator));
        self.proof_settled(checked).await;
        self.session_heeds_roles(works).await;
    }

    /// Roles came or went with what the operator just showed: a session stands otherwise now.
    pub(super) async fn session_heeds_roles(&mut self, worked: bool) {
        if self.may_see(BULK) != worked {
            self.take_up_session().await;
        }
    }

    /// A proof of the operator came out right, or not.
    pub(super) async fn proof_settled(&mut self, checked: Result<(), Problem>) {
        let Some(act) = self.presence.asked.as_ref().map(|waits| waits.act) else { return };
        let Some(operator) = self.at_desk() else { return };
        match checked {
            Ok(()) => {
                self.presence.grants.proved(act, &operator.id, Timestamp::now());
                self.note_who(Action::Confirmed, act.purpose(), String::new()).await;
                self.go_on().await;
            }
            Err(problem) => {
                let why = problem.what.clone();
                self.note_who(Action::ConfirmationRefused, act.purpose(), why).await;
                self.refuse_asked(problem).await;
            }
        }
    }

    pub(super) async fn approved_in_browser(&mut self, outcome: Result<Box<Session>, Problem>) {
        let Some(act) = self.presence.asked.as_ref().map(|waits| waits.act) else { return };
        match outcome.and_then(|session| self.approval(act, &session.operator)) {
            Ok(second) => {
                self.note_who(Action::Approved, act.purpose(), format!("by {second}")).await;
                self.go_on().await;
            }
            Err(problem) => {
                let why = problem.what.clone();
                self.note_who(Action::ConfirmationRefused, act.purpose(), why).await;
                self.refuse_asked(problem).await;
            }
        }
    }

    fn approval(&mut self, act: Act, second: &Operator) -> Result<String, Problem> {
        let first = self.ports.as_ref().map(|ports| ports.tenant.who.clone()).ok_or_else(nobody)?;
        if second.id.tenant != first.id.tenant {
            return Err(of_another_tenant(second));
        }
        let named = second.in_history();
        let by = (&second.id, &second.roles, named.clone());
        let approved = self.presence.grants.approved(act, &first.id, by, Timestamp::now());
        approved.map(|()| named).map_err(|refused| match refused {
            ApprovalRefused::SamePerson => same_person(&first),
            ApprovalRefused::Role => may_not_approve(second, act),
        })
    }

    /// Nobody else's proof passes; what the directory says now of the operator's roles counts.
    pub(super) fn is_still_operator(&mut self, came: &Operator) -> Result<(), Problem> {
        let Some(ports) = &mut self.ports else { return Err(nobody()) };
        let who = &ports.tenant.who;
        if came.id != who.id {
            return Err(session::another_person(who, came));
        }
        if came.roles != who.roles {
            Arc::make_mut(ports).tenant.who.roles.clone_from(&came.roles);
            if let Some(session) = self.presence.sessions.get_mut(&ports.tenant.name) {
                Arc::make_mut(session).operator.roles.clone_from(&came.roles);
            }
        }
        Ok(())
    }

    async fn refuse_asked(&mut self, problem: Problem) {
        if let Some(waits) = &mut self.presence.asked {
            waits.refused = Some(problem);
        }
        self.show_asked().await;
    }

    /// The waiting command is tried again: it may want the next proof.
    async fn go_on(&mut self) {
        let Some(waits) = self.presence.asked.take() else { return };
        self.show_operator().await;
        self.show_asked().await;
        Box::pin(self.take(waits.command)).await;
        if self.presence.asked.is_none() {
            self.presence.grants.end_approvals();
        }
    }

    /// The latest proof that still counts, for the window.
    pub(super) fn stepped_up(&self) -> Option<(Act, Timestamp)> {
        let ports = self.ports.as_ref()?;
        let demands = demands(&self.settings.security);
        self.presence.grants.latest(&ports.tenant.who.id, &demands, Timestamp::now())
    }
}

fn another_table() -> Problem {
    Problem {
        what: "Another list was read meanwhile: what you were to confirm was not done".into(),
        next: "Choose people of the list that is shown, and begin again".into(),
        details: Vec::new(),
    }
}

fn no_second_person() -> Problem {
    Problem {
        what: "This act needs two persons, and this station signs in as an application".into(),
        next: "Let operators sign in by name under Settings, Directory, or take the act off the \
               two-person list"
            .into(),
        details: Vec::new(),
    }
}

fn same_person(first: &Operator) -> Problem {
    Problem {
        what: format!("{} can't approve their own act", first.name),
        next: "Let another operator approve it".into(),
        details: Vec::new(),
    }
}

fn may_not_approve(second: &Operator, act: Act) -> Problem {
    Problem {
        what: format!(
            "{} may not approve this: they have no role to {}",
            second.name,
            act.purpose()
        ),
        next: "Let an operator approve it who may do it too".into(),
        details: Vec::new(),
    }
}

fn of_another_tenant(second: &Operator) -> Problem {
    Problem {
        what: format!("{} signed in to another tenant", second.name),
        next: "Let an operator of this tenant approve it".into(),
        details: Vec::new(),
    }
}
