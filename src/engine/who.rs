//! Who is at the station: the operator's wishes and what the window is told, as plain data.

use crate::access::{Act, LockCause, Role};
use crate::problem::Problem;
use crate::secrets::SecretText;
use std::time::Instant;

/// What the operator wants of sign-in, proofs and the lock.
pub enum WhoCommand {
    /// Signs in as the tenant's settings say. A click on "Sign in".
    SignIn,
    /// Signs in on another device, with a code to type there.
    SignInByCode,
    /// Gives the sign-in or proof up that is being waited for.
    CancelSignIn,
    /// Opens the waiting sign-in's page again.
    OpenPage,
    /// The operator leaves; the refresh token goes from the keyring.
    SignOut,
    /// Answers [`Asked`]: the operator proves that it is them.
    Prove(Way),
    /// Answers [`Asked`]: a second operator approves.
    Approve(Way),
    /// Answers [`Asked`] with no: the act is not done.
    LeaveAct,
    Lock,
    Unlock(Way),
    /// `old` is needed where there is one; no `new` takes it away.
    SetPassphrase {
        old: Option<SecretText>,
        new: Option<SecretText>,
    },
    /// The operator moved the mouse or pressed a key; sent every few seconds at most.
    Activity,
}

/// How somebody proves who they are.
pub enum Way {
    /// On the sign-in service's page.
    Browser,
    /// The station's passphrase, where it signs in as an application.
    Passphrase(SecretText),
}

/// What the window is told.
pub enum WhoEvent {
    Operator(OperatorShown),
    SignIn(SignInShown),
    /// An act waits for a proof or an approval; `None` once it is settled.
    Asked(Option<Asked>),
    /// Locked and why, or open.
    Lock(Option<LockCause>),
    /// Whether this station has a passphrase.
    Passphrase {
        is_set: bool,
    },
    PassphraseRefused(Problem),
    /// What the practice company's browser shows; `None` when it is closed.
    PracticePage(Option<PracticePage>),
}

/// Who is at the station.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OperatorShown {
    #[default]
    Nobody,
    /// The station itself, as an application.
    Station {
        name: String,
        roles: Vec<Role>,
    },
    Person(PersonShown),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonShown {
    pub name: String,
    pub upn: String,
    pub roles: Vec<Role>,
    pub signed_in_at: jiff::Timestamp,
    /// The act that was proved last and until when it counts.
    pub stepped_up: Option<(Act, jiff::Timestamp)>,
}

/// How far a sign-in has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignInShown {
    #[default]
    NotNeeded,
    /// Nobody is signed in.
    Needed,
    /// The browser shows the page; `url` is for a browser that did not open.
    InBrowser {
        url: String,
        until: Instant,
    },
    /// The code is typed at the address on another device.
    ByCode {
        code: String,
        address: String,
        until: Instant,
    },
    /// The answer is being checked.
    Checking,
    Failed(Problem),
}

/// An act that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub act: Act,
    pub of: AskedOf,
    pub ways: AskedWays,
    /// Why the last answer did not count.
    pub refused: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedOf {
    /// The operator proves that it is them.
    Operator,
    /// A second, different person approves.
    SecondPerson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedWays {
    Browser,
    Passphrase,
}

/// The practice company's sign-in page, in place of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticePage {
    /// What the page asks, such as `Sign in to Larkfield Ltd`.
    pub title: String,
    /// What else it says, such as why somebody was refused.
    pub text: Option<String>,
    pub accounts: Vec<PracticeAccount>,
    /// There is something to say no to.
    pub can_deny: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeAccount {
    /// Named in [`super::BenchCommand::ChooseAccount`].
    pub id: String,
    pub name: String,
    /// What they may do, in a few words.
    pub note: String,
}
