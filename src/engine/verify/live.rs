//! What the station has of callers: who is open, the check that runs, who counts as verified.

use super::event::{CallerShown, VerifyOffer};
use crate::directory::Person;
use crate::phones::PhoneNumber;
use crate::problem::Problem;
use crate::services::check_log::CheckLog;
use crate::services::messaging::{CodeService, PushService, PushTarget};
use crate::services::tickets::{Ticket, TicketSystem};
use crate::verify::{Digits, VerifiedPeople, VerifiedPerson, Warning};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Everything about callers that the station's loop owns.
#[derive(Default)]
pub(in crate::engine) struct Callers {
    pub find: Option<JoinHandle<()>>,
    /// Of the tenant in use.
    pub services: Arc<Services>,
    pub open: Option<OpenCaller>,
    pub ticket: Option<u64>,
    pub check: Option<RunningCheck>,
    pub verified: VerifiedPeople,
    /// Checks whose tasks have not ended, in whichever tenant.
    pub running: Running,
    /// Tells what was read of one caller from what was read of the next.
    pub visit: u64,
    /// What waits is being sent.
    pub sends: Running,
    /// A link that came before anybody could act on it.
    pub link: Option<WaitingLink>,
    /// How much the practice phones showed last: texts, questions.
    pub phones_shown: (usize, usize),
}

/// What a tenant's callers are checked with.
#[derive(Default)]
pub(in crate::engine) struct Services {
    pub codes: Option<Box<dyn CodeService>>,
    pub push: Option<Box<dyn PushService>>,
    pub tickets: Option<Box<dyn TicketSystem>>,
    pub log: Option<Box<dyn CheckLog>>,
    pub offer: VerifyOffer,
    /// Names that the tenant is known by, its own first.
    pub names: Mutex<Vec<String>>,
}

/// The caller on the screen, as read.
pub(in crate::engine) struct OpenCaller {
    pub person: Person,
    pub read: Option<CallerRead>,
    /// A link that was believed sends as soon as the person is read.
    pub sends_at_once: bool,
}

/// What was read of a caller.
pub(in crate::engine) struct CallerRead {
    pub shown: CallerShown,
    /// Where a text goes.
    pub number: Option<PhoneNumber>,
    pub target: Option<PushTarget>,
    pub language: String,
    pub warnings: Vec<Warning>,
}

/// The check that runs.
pub(in crate::engine) struct RunningCheck {
    pub id: Uuid,
    pub wishes: mpsc::Sender<CheckWish>,
}

/// What an agent wants of the check that runs.
pub(in crate::engine) enum CheckWish {
    Try(Digits),
    Again,
    Cancel,
}

/// What jobs of this room tell the station's loop.
pub(in crate::engine) enum VerifyNews {
    Read {
        visit: u64,
        read: Result<Box<CallerRead>, Problem>,
    },
    Ticket {
        visit: u64,
        number: u64,
        read: Result<Ticket, Problem>,
        /// Whoever opened it is looked for; a believed link then sends at once. Absent where
        /// the person is read by itself.
        find: Option<bool>,
    },
    /// Whom a ticket or a link means; `at_once` where a believed link is behind it.
    Meant {
        visit: u64,
        person: Box<Person>,
        at_once: bool,
    },
    /// A check came to its end; whom it proved, if anybody.
    Over {
        verified: Option<Box<VerifiedPerson>>,
        /// Nobody of this name counts as verified any more: tenant and person.
        drop: Option<(String, String)>,
    },
    /// A try to send what waits is through.
    Sent,
}

/// A link that waits.
pub(in crate::engine) struct WaitingLink {
    pub text: String,
    /// For this tenant to be taken into use; absent where it waits for somebody to sign in.
    pub tenant: Option<String>,
}

/// Ids of jobs that run beside the loop; clones share them.
#[derive(Clone, Default)]
pub(in crate::engine) struct Running(Arc<Mutex<HashSet<Uuid>>>);

impl Running {
    pub fn begin(&self, id: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    pub fn end(&self, id: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub fn has(&self, id: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}

impl Services {
    pub fn learn(&self, name: String) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    }

    pub fn names(&self) -> Vec<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Callers {
    /// Nothing of the tenant or the agent that was there is left on the screen; an open check is
    /// cancelled and ends by itself. Who is verified stays so: it is bound to tenant and agent.
    pub fn leave(&mut self) {
        if let Some(find) = self.find.take() {
            find.abort();
        }
        self.open = None;
        self.ticket = None;
        self.check = None;
        self.services = Arc::default();
        self.visit += 1;
    }
}
