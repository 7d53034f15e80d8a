//! Who is at the station, as far as the engine has told. The engine decides what an operator may
//! do; the window only shows it beforehand.

use crate::access::{Act, LockCause, Role};
use crate::engine::{Asked, OperatorShown, PracticePage, SignInShown, WhoCommand, WhoEvent};
use crate::problem::Problem;

/// Operator, sign-in, proofs and the lock.
#[derive(Default)]
pub struct Who {
    pub operator: OperatorShown,
    pub sign_in: SignInShown,
    /// An act waits for a proof or an approval.
    pub asked: Option<Asked>,
    pub locked: Option<LockCause>,
    /// The station has a passphrase.
    pub has_passphrase: bool,
    pub passphrase_change: PassphraseChange,
    /// Why the last answer, to unlock or with a passphrase, did not count.
    pub refused: Option<Problem>,
    /// What the practice company's browser shows.
    pub practice_page: Option<PracticePage>,
    /// A sign-in, proof or passphrase was sent, and nothing came back yet.
    pub answering: bool,
}

/// What became of the wish to set, change or remove the station's passphrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PassphraseChange {
    #[default]
    None,
    Sent,
    Done,
    Refused(Problem),
}

impl Who {
    pub(super) fn apply(&mut self, event: WhoEvent) {
        match event {
            WhoEvent::Operator(operator) => self.operator = operator,
            WhoEvent::SignIn(sign_in) => {
                self.answering = false;
                self.sign_in = sign_in;
            }
            WhoEvent::Asked(asked) => {
                self.answering = false;
                self.refused = None;
                self.asked = asked;
            }
            WhoEvent::Lock(cause) => {
                self.answering = false;
                self.refused = None;
                self.locked = cause;
            }
            WhoEvent::Passphrase { is_set } => {
                self.has_passphrase = is_set;
                if self.passphrase_change == PassphraseChange::Sent {
                    self.passphrase_change = PassphraseChange::Done;
                }
            }
            WhoEvent::PassphraseRefused(problem) => {
                self.answering = false;
                if self.passphrase_change == PassphraseChange::Sent {
                    self.passphrase_change = PassphraseChange::Refused(problem);
                } else {
                    self.refused = Some(problem);
                }
            }
            WhoEvent::PracticePage(page) => self.practice_page = page,
        }
    }

    pub(super) fn sent(&mut self, command: &WhoCommand) {
        match command {
            WhoCommand::SignIn | WhoCommand::SignInByCode => self.answering = true,
            WhoCommand::Prove(_) | WhoCommand::Approve(_) => {
                self.answering = true;
                self.refused = None;
                if let Some(asked) = &mut self.asked {
                    asked.refused = None;
                }
            }
            WhoCommand::Unlock(_) => {
                self.answering = true;
                self.refused = None;
            }
            WhoCommand::CancelSignIn => self.cancelled(),
            WhoCommand::LeaveAct => {
                self.answering = false;
                self.asked = None;
            }
            WhoCommand::SetPassphrase { .. } => self.passphrase_change = PassphraseChange::Sent,
            WhoCommand::OpenPage
            | WhoCommand::SignOut
            | WhoCommand::Lock
            | WhoCommand::Activity => {}
        }
    }

    fn cancelled(&mut self) {
        self.answering = false;
        self.sign_in = match self.operator {
            OperatorShown::Nobody => SignInShown::Needed,
            OperatorShown::Station { .. } | OperatorShown::Person(_) => SignInShown::NotNeeded,
        };
    }

    /// Nobody is signed in, and nothing is done before somebody is.
    pub fn must_sign_in(&self) -> bool {
        self.operator == OperatorShown::Nobody && self.sign_in != SignInShown::NotNeeded
    }

    /// The tenant wants the operator again, and the work waits for that.
    pub fn must_sign_in_again(&self) -> bool {
        let is_there = self.operator != OperatorShown::Nobody;
        is_there && self.asked.is_none() && self.sign_in != SignInShown::NotNeeded
    }

    /// A page or a code waits for somebody, here or on another device.
    pub fn waits_for_somebody(&self) -> bool {
        self.answering
            || matches!(
                self.sign_in,
                SignInShown::InBrowser { .. } | SignInShown::ByCode { .. } | SignInShown::Checking
            )
    }

    /// The operator's name, for the band and for dialogs.
    pub fn name(&self) -> Option<&str> {
        match &self.operator {
            OperatorShown::Nobody => None,
            OperatorShown::Station { name, .. } => Some(name),
            OperatorShown::Person(person) => Some(&person.name),
        }
    }

    /// Tells one operator from another: people can share a name, but not a user name.
    pub fn identity(&self) -> Option<&str> {
        match &self.operator {
            OperatorShown::Person(person) => Some(&person.upn),
            OperatorShown::Nobody | OperatorShown::Station { .. } => self.name(),
        }
    }

    pub fn roles(&self) -> &[Role] {
        match &self.operator {
            OperatorShown::Nobody => &[],
            OperatorShown::Station { roles, .. } => roles,
            OperatorShown::Person(person) => &person.roles,
        }
    }

    /// Whether one of these roles is the operator's. Before the engine has told who it is,
    /// nothing is greyed out.
    pub fn may(&self, roles: &[Role]) -> bool {
        match self.operator {
            OperatorShown::Nobody => !self.must_sign_in(),
            _ => roles.iter().any(|role| self.roles().contains(role)),
        }
    }

    /// Why something that is for these roles is greyed out; `None` where it is not.
    pub fn refusal(&self, roles: &[Role]) -> Option<String> {
        if self.may(roles) {
            return None;
        }
        if self.must_sign_in() {
            return Some("Sign in first".to_owned());
        }
        Some(format!("Needs the role {}", one_of(roles)))
    }

    pub fn refusal_of(&self, act: Act) -> Option<String> {
        self.refusal(act.roles())
    }

    /// Why the station can't be locked; `None` where it can.
    pub fn lock_refusal(&self) -> Option<&'static str> {
        match self.operator {
            OperatorShown::Nobody => Some("Nobody is signed in"),
            OperatorShown::Station { .. } if !self.has_passphrase => {
                Some("Set a station passphrase in the settings first")
            }
            OperatorShown::Station { .. } | OperatorShown::Person(_) => None,
        }
    }
}

/// `Clerk, Provisioner or Helpdesk`.
fn one_of(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    match names.as_slice() {
        [] => "of nobody".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{AskedOf, AskedWays, PersonShown, Way};
    use crate::secrets::SecretText;
    use std::time::Instant;

    fn problem(what: &str) -> Problem {
        Problem { what: what.into(), next: String::new(), details: Vec::new() }
    }

    fn person(roles: &[Role]) -> OperatorShown {
        OperatorShown::Person(PersonShown {
            name: "Omar Haddad".into(),
            upn: "omar.haddad@larkfield.example".into(),
            roles: roles.to_vec(),
            signed_in_at: jiff::Timestamp::UNIX_EPOCH,
            stepped_up: None,
        })
    }

    fn in_browser() -> SignInShown {
        SignInShown::InBrowser { url: "https://x".into(), until: Instant::now() }
    }

    fn asked() -> Asked {
        Asked {
            act: Act::RevealPin,
            of: AskedOf::Operator,
            ways: AskedWays::Browser,
            refused: Some(problem("another person")),
        }
    }

    #[test]
    fn nothing_is_greyed_out_before_the_engine_has_told() {
        let who = Who::default();
        assert!(who.may(&[Role::Clerk]) && !who.must_sign_in());
        assert_eq!(who.refusal(&[Role::Administrator]), None);
    }

    #[test]
    fn a_screen_says_which_role_it_needs() {
        let mut who = Who::default();
        who.apply(WhoEvent::Operator(person(&[Role::Helpdesk])));
        let refusal = who.refusal(&[Role::Clerk, Role::Provisioner]);
        assert_eq!(refusal.as_deref(), Some("Needs the role Clerk or Provisioner"));
        assert_eq!(who.refusal(&[Role::Helpdesk]), None);
        let refusal = who.refusal_of(Act::ExportPins);
        assert_eq!(refusal.as_deref(), Some("Needs the role PIN officer"));
    }

    #[test]
    fn while_nobody_is_signed_in_nothing_may_be_done() {
        let mut who = Who::default();
        who.apply(WhoEvent::SignIn(SignInShown::Needed));
        assert!(who.must_sign_in() && !who.must_sign_in_again());
        assert_eq!(who.refusal(&[Role::Clerk]).as_deref(), Some("Sign in first"));
    }

    #[test]
    fn a_sign_in_in_mid_session_is_no_missing_operator() {
        let mut who = Who::default();
        who.apply(WhoEvent::Operator(person(&Role::ALL)));
        who.apply(WhoEvent::SignIn(in_browser()));
        assert!(who.must_sign_in_again() && !who.must_sign_in());
        who.apply(WhoEvent::Asked(Some(asked())));
        assert!(!who.must_sign_in_again(), "the page is the proof's");
    }

    #[test]
    fn a_cancelled_sign_in_is_needed_again_or_not_at_all() {
        let mut who = Who::default();
        who.apply(WhoEvent::SignIn(in_browser()));
        who.sent(&WhoCommand::CancelSignIn);
        assert_eq!(who.sign_in, SignInShown::Needed);
        who.apply(WhoEvent::Operator(person(&[])));
        who.apply(WhoEvent::SignIn(SignInShown::Failed(problem("gone"))));
        who.sent(&WhoCommand::CancelSignIn);
        assert_eq!(who.sign_in, SignInShown::NotNeeded);
    }

    #[test]
    fn a_new_answer_takes_the_old_refusal_away() {
        let mut who = Who::default();
        who.apply(WhoEvent::Asked(Some(asked())));
        who.sent(&WhoCommand::Prove(Way::Browser));
        assert!(who.answering && who.asked.as_ref().is_some_and(|asked| asked.refused.is_none()));
        who.apply(WhoEvent::Asked(Some(asked())));
        assert!(!who.answering);
        who.sent(&WhoCommand::LeaveAct);
        assert_eq!(who.asked, None);
    }

    #[test]
    fn a_refused_passphrase_is_said_where_it_was_typed() {
        let secret = || SecretText::new("a passphrase");
        let mut who = Who { locked: Some(LockCause::Idle), ..Who::default() };
        who.sent(&WhoCommand::Unlock(Way::Passphrase(secret())));
        who.apply(WhoEvent::PassphraseRefused(problem("wrong")));
        assert_eq!(who.refused, Some(problem("wrong")));
        assert_eq!(who.passphrase_change, PassphraseChange::None);
        who.apply(WhoEvent::Lock(None));
        assert_eq!(who.refused, None);

        who.sent(&WhoCommand::SetPassphrase { old: None, new: Some(secret()) });
        who.apply(WhoEvent::PassphraseRefused(problem("too short")));
        assert_eq!(who.passphrase_change, PassphraseChange::Refused(problem("too short")));
        who.sent(&WhoCommand::SetPassphrase { old: None, new: Some(secret()) });
        who.apply(WhoEvent::Passphrase { is_set: true });
        assert!(who.has_passphrase && who.passphrase_change == PassphraseChange::Done);
    }

    #[test]
    fn a_station_without_a_passphrase_could_not_be_opened_again() {
        let mut who = Who::default();
        who.apply(WhoEvent::Operator(OperatorShown::Station {
            name: "Application c-1".into(),
            roles: Role::ALL.to_vec(),
        }));
        assert!(who.lock_refusal().is_some());
        who.apply(WhoEvent::Passphrase { is_set: true });
        assert_eq!(who.lock_refusal(), None);
    }
}
