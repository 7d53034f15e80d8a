//! What the station knows of who is there.

use super::passphrase::Tries;
use super::session::{LoginPlace, Session};
use crate::access::{Act, Demands, Grants, Lock};
use crate::directory::openid::SignInAgain;
use crate::engine::{AskedOf, Command};
use crate::problem::Problem;
use crate::settings::SecuritySettings;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Who is at the station, what they proved, and what waits for them.
pub(in crate::engine) struct Presence {
    /// Where operators of the tenant in use sign in; nothing where the station signs in itself.
    pub place: Option<Arc<LoginPlace>>,
    /// Who is signed in, by the tenant's name in the settings.
    pub sessions: HashMap<String, Arc<Session>>,
    pub grants: Grants,
    pub lock: Lock,
    pub(super) tries: Tries,
    /// The command that waits for a proof.
    pub(super) asked: Option<Waits>,
    /// The sign-in that is being waited for; there is one at a time.
    pub(super) open: Option<OpenSignIn>,
    /// Calls of the directory that wait for their operator, oldest first.
    pub(super) waiting: VecDeque<SignInAgain>,
    comparing: Option<(Ticket, PassphraseFor)>,
    /// Whether the station has a passphrase; read when its journal is opened.
    pub(super) passphrase_is_set: bool,
    /// No operator has ever signed in here, so far as the journal tells.
    pub(super) is_unused: bool,
    /// Whoever is here has typed it: nobody has come by name since, and the station was not locked.
    pub(super) passphrase_was_given: bool,
    /// The operator of before the start is being asked for.
    restoring: Option<Ticket>,
    tickets: u64,
}

/// Names one attempt, so that a late answer to an older one is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Ticket(u64);

/// A command that waits for somebody.
pub(super) struct Waits {
    pub command: Command,
    pub act: Act,
    pub of: AskedOf,
    pub refused: Option<Problem>,
}

/// A sign-in under way.
pub(super) struct OpenSignIn {
    pub ticket: Ticket,
    pub purpose: Purpose,
    /// The page that waits in the browser.
    pub page: Option<String>,
    job: JoinHandle<()>,
}

/// What a sign-in is for.
pub(super) enum Purpose {
    SignIn,
    Prove,
    Approve,
    Unlock,
    /// The directory asked for it in the middle of a call.
    Again(Box<SignInAgain>),
}

/// What a passphrase was typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PassphraseFor {
    Prove,
    Unlock,
}

impl OpenSignIn {
    /// The job ends with it.
    pub(super) fn into_purpose(mut self) -> Purpose {
        std::mem::replace(&mut self.purpose, Purpose::SignIn)
    }
}

impl Drop for OpenSignIn {
    fn drop(&mut self) {
        self.job.abort();
    }
}

impl Presence {
    /// An act waits for a proof.
    pub fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    pub(in crate::engine) fn new(now: Timestamp) -> Self {
        Self {
            place: None,
            sessions: HashMap::new(),
            grants: Grants::default(),
            lock: Lock::new(now),
            tries: Tries::default(),
            asked: None,
            open: None,
            waiting: VecDeque::new(),
            comparing: None,
            passphrase_is_set: false,
            is_unused: false,
            passphrase_was_given: false,
            restoring: None,
            tickets: 0,
        }
    }

    /// Operators sign in here from now on; whoever does need not know the station's passphrase.
    pub(in crate::engine) fn people_sign_in_at(&mut self, place: LoginPlace) {
        self.place = Some(Arc::new(place));
        self.passphrase_was_given = false;
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    pub(super) fn begin(&mut self, ticket: Ticket, purpose: Purpose, job: JoinHandle<()>) {
        self.open = Some(OpenSignIn { ticket, purpose, page: None, job });
    }

    /// Takes the call of the directory out of the sign-in that is under way for it; that sign-in
    /// has lost its purpose then.
    pub(super) fn take_again(&mut self) -> Option<SignInAgain> {
        let open = self.open.take_if(|open| matches!(open.purpose, Purpose::Again(_)))?;
        match open.into_purpose() {
            Purpose::Again(request) => Some(*request),
            _ => None,
        }
    }

    /// The operator of before the start is being asked for; an older question counts no more.
    pub(super) fn restores(&mut self) -> Ticket {
        let ticket = self.ticket();
        self.restoring = Some(ticket);
        ticket
    }

    /// Whether this is the answer that is waited for.
    pub(super) fn take_restored(&mut self, ticket: Ticket) -> bool {
        self.restoring.take_if(|waits| *waits == ticket).is_some()
    }

    /// Nobody is to come back any more.
    pub(in crate::engine) fn forget_restored(&mut self) {
        self.restoring = None;
    }

    /// A passphrase is being compared; an older comparison counts no more.
    pub(super) fn compare(&mut self, wanted: PassphraseFor) -> Ticket {
        let ticket = self.ticket();
        self.comparing = Some((ticket, wanted));
        ticket
    }

    /// Somebody proves or approves the act that waits.
    pub(super) fn confirmation_is_under_way(&self) -> bool {
        let confirms =
            |open: &OpenSignIn| matches!(open.purpose, Purpose::Prove | Purpose::Approve);
        self.open.as_ref().is_some_and(confirms)
    }

    /// Nobody waits for what is being compared any more.
    pub(super) fn forget_comparison(&mut self) {
        self.comparing = None;
    }

    pub(super) fn take_compared(&mut self, ticket: Ticket) -> Option<PassphraseFor> {
        self.comparing.take_if(|(waits, _)| *waits == ticket).map(|(_, wanted)| wanted)
    }

    /// The sign-in this is an answer to, if it is still waited for.
    pub(super) fn take_open(&mut self, ticket: Ticket) -> Option<OpenSignIn> {
        self.open.take_if(|open| open.ticket == ticket)
    }
}

/// What the settings demand before an act.
pub(super) fn demands(settings: &SecuritySettings) -> Demands {
    Demands {
        sensitive: settings.sensitive.clone(),
        two_person: settings.two_person.clone(),
        valid: SignedDuration::from_mins(i64::from(settings.proof_minutes)),
    }
}

/// After how long without anybody the station locks.
pub(super) fn idle_limit(settings: &SecuritySettings, minute: Duration) -> Option<SignedDuration> {
    match settings.lock_after_minutes {
        0 => None,
        minutes => SignedDuration::try_from(minute * u32::from(minutes)).ok(),
    }
}
