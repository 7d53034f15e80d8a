//! What the station has of callers: who is open, the check that runs, who counts as verified.

use super::elsewhere::Elsewhere;
use super::event::{CallerShown, PracticeDesk, VerifyOffer};
use super::life::Life;
use super::trouble::Trouble;
use crate::directory::{Person, PersonId};
use crate::phones::PhoneNumber;
use crate::problem::Problem;
use crate::services::check_log::CheckLog;
use crate::services::messaging::{CodeService, PushService, PushTarget};
use crate::services::stations::Shared;
use crate::services::tickets::{Ticket, TicketSystem};
use crate::verify::{Digits, VerifiedPeople, VerifiedPerson, Warning};
use std::collections::HashMap;
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
    /// Reads of callers so far.
    pub reads: u64,
    /// What begins when the open check is over: to whom, and whether by push.
    pub then: Option<(PersonId, bool)>,
    /// A kept link fills the form, whoever is there now.
    pub fills_only: bool,
    /// Whose link is being opened.
    pub link_by: LinkBy,
    /// What waits is being sent.
    pub sends: Running,
    /// The same in tenants that are not in use.
    pub sends_elsewhere: Running,
    /// What kept the journal from being read as it was looked at last.
    pub trouble: Trouble,
    /// The keyring is being asked once more.
    pub looks: Running,
    /// A link that came before anybody could act on it.
    pub link: Option<WaitingLink>,
    /// Callers whose domain is another tenant's.
    pub elsewhere: Elsewhere,
    /// How much the practice phones showed last: texts, questions.
    pub phones_shown: (usize, usize),
    /// What the practice company's helpdesk showed last.
    pub desk_shown: Option<PracticeDesk>,
}

/// What a tenant's callers are checked with.
#[derive(Default)]
pub(in crate::engine) struct Services {
    pub codes: Option<Box<dyn CodeService>>,
    pub push: Option<Box<dyn PushService>>,
    pub tickets: Option<Box<dyn TicketSystem>>,
    pub log: Option<Arc<dyn CheckLog>>,
    /// What all stations have of callers.
    pub shared: Option<Arc<dyn Shared>>,
    pub offer: VerifyOffer,
    /// The keyring did not tell the secrets: what is missing may well be set up.
    pub locked: Option<Problem>,
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
    /// How long it counts that the service knew of no other station's code.
    pub alone: Option<Life>,
    pub target: Option<PushTarget>,
    pub language: String,
    pub warnings: Vec<Warning>,
    /// Methods and ticket could be read: what is no warning is none.
    pub is_whole: bool,
    /// The ticket that the warnings are of.
    pub ticket: Option<u64>,
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
        /// Tells the newest read from those before.
        no: u64,
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
    /// Whom a ticket or a link means, or why nobody is; `at_once` where a believed link is behind it.
    Meant { visit: u64, person: Result<Box<Person>, Problem>, at_once: bool },
    /// Nothing more was typed for a moment: this user is another tenant's.
    Elsewhere { user: String },
    /// A check came to its end; whom it proved, if anybody.
    Over {
        verified: Option<Box<VerifiedPerson>>,
        /// Nobody of this name counts as verified any more: tenant and person.
        drop: Option<(String, String)>,
    },
    /// A try to send what waits is through.
    Sent,
    /// The keyring told what it did not tell at `before`.
    Unlocked { before: Arc<Services>, services: Arc<Services> },
}

/// A link that waits.
pub(in crate::engine) struct WaitingLink {
    pub text: String,
    /// For this tenant to be taken into use; absent where it waits for somebody to sign in.
    pub tenant: Option<String>,
    pub by: LinkBy,
}

/// Who made a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) enum LinkBy {
    /// Pressed or pasted by the agent: they are told why it sends nothing.
    #[default]
    Agent,
    /// Made here, to find a caller again in another tenant; nobody expects it to send.
    Keydesk,
}

/// Ids of jobs that run beside the loop; clones share them.
#[derive(Clone, Default)]
pub(in crate::engine) struct Running(Arc<Mutex<HashMap<Uuid, Whose>>>);

/// Tenant and person of a check.
pub(in crate::engine) type Whose = (String, String);

/// The end of a job, however it ends.
pub(in crate::engine) struct Ends {
    running: Running,
    id: Uuid,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.running.end(self.id);
    }
}

impl Running {
    pub fn begin(&self, id: Uuid, whose: Whose) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, whose);
    }

    /// Takes the only place; it is free again when what comes is dropped.
    pub fn take(&self) -> Option<Ends> {
        let id = Uuid::nil();
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = !running.contains_key(&id);
        running.entry(id).or_default();
        drop(running);
        is_free.then(|| Ends { running: self.clone(), id })
    }

    /// Whether a check of this person has not ended.
    pub fn is_about(&self, tenant: &str, person: &str) -> bool {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().any(|(of, whom)| of == tenant && whom == person)
    }

    pub fn end(&self, id: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub fn has(&self, id: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
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
    /// Nobody waits any more for another tenant to be taken into use.
    pub fn forget_elsewhere(&mut self) {
        self.link.take_if(|link| link.tenant.is_some());
        self.elsewhere.forget();
    }

    /// Nothing of the tenant or the agent that was there is left on the screen; an open check is
    /// cancelled and ends by itself. Who is verified stays so: it is bound to tenant and agent.
    pub fn leave(&mut self) {
        if let Some(find) = self.find.take() {
            find.abort();
        }
        self.open = None;
        self.ticket = None;
        self.check = None;
        self.then = None;
        self.services = Arc::default();
        self.visit += 1;
    }
}
