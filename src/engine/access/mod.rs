//! Who is at the station, and whether a command may be carried out.
//!
//! ```text
//! Station::take ── pass ── duty      what the command needs
//!                   │  └── Grants    role, fresh proof, second person → Permits
//!                   └── asked        the command waits until the proof is there
//! sign_in ── session                  browser or code → operator with roles
//! arrive · asked · locking            what a sign-in or a passphrase is good for
//! terminal                            an operator of a subcommand, without a window
//! ```
//! The window never decides: it shows what this room tells.

mod arrive;
mod asked;
mod dispatch;
mod duty;
mod locking;
mod notes;
mod pages;
mod pass;
mod passphrase;
mod presence;
mod roles;
mod screen;
mod session;
mod sign_in;
mod terminal;
#[cfg(test)]
mod tests;

pub(super) use duty::{BULK, DESK, HELPDESK, SESSIONS, exports_pins, guards};
pub use pages::Pages;
pub(super) use pages::{PageOpener, PracticeBrowser};
pub(super) use pass::Permits;
pub(super) use presence::Presence;
pub(super) use screen::listen;
pub(super) use session::{LoginPlace, Session};
pub use terminal::TellSignIn;
pub(super) use terminal::directory_as_operator;

use crate::directory::openid::{SignInError, SignedIn};
use crate::problem::Problem;
use presence::Ticket;

/// What jobs of this room tell the station's loop.
pub(super) enum Heard {
    /// A page, or a code, waits for somebody.
    Waiting { ticket: Ticket, shown: super::SignInShown },
    /// Somebody has signed in, or not. Of an older ticket: nobody waits for it any more.
    SignedIn { ticket: Ticket, outcome: Result<Box<Session>, Problem> },
    /// The same for a call of the directory that waits for it.
    SignedInAgain { ticket: Ticket, answer: Box<Result<SignedIn, SignInError>> },
    /// A passphrase was compared.
    Passphrase { ticket: Ticket, right: Result<bool, Problem> },
    /// The operator who was signed in when the program ended, or why not.
    Restored { ticket: Ticket, outcome: Result<Box<Session>, Problem> },
    /// The computer's own screen was locked.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // only Linux tells
    ScreenLocked,
    /// The practice company's browser shows another page.
    PracticePage(Option<super::PracticePage>),
}
