//! What the window is told of callers and their checks.

use super::command::ServiceKind;
use crate::access::Act;
use crate::directory::{ConnectionCheck, Person, PersonId};
use crate::engine::PracticeWays;
use crate::phones::PhoneKind;
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::services::tickets::{NoteOutcome, Ticket};
use crate::verify::{Channel, Delivery, Outcome, PushKind, Warning};
use jiff::Timestamp;
use uuid::Uuid;

/// One thing that happened about callers.
pub enum VerifyEvent {
    /// What the tenant in use has. Told at each connection.
    Offered(VerifyOffer),
    Found {
        query: String,
        people: Result<Vec<Person>, Problem>,
        /// The ticket, where the query is a number of one.
        ticket: Option<Box<Result<Ticket, Problem>>>,
    },
    /// The chosen person; replaces what was shown. `None` when closed.
    Caller(Option<Box<CallerShown>>),
    /// The ticket it is about.
    Ticket(Option<Box<TicketShown>>),
    /// The check; told anew when anything of it changes. `None` when the next caller is on.
    Check(Option<Box<CheckShown>>),
    /// What became of the note of a check, whichever is on the screen.
    Note {
        check: Uuid,
        state: NoteState,
    },
    /// Nothing was sent, and why.
    Refused(Problem),
    /// Everybody who counts as verified now, of this agent.
    Verified(Vec<VerifiedShown>),
    /// Notes and rows that wait.
    Pending(PendingShown),
    /// A link came; what of it can't be used, if anything.
    Link(Result<(), Problem>),
    /// The caller's domain belongs to another tenant of this station. `chosen` where nothing here
    /// would be lost, as far as the engine knows: the window goes there by itself, unless something
    /// typed would be.
    OtherTenant {
        domain: String,
        tenant: String,
        chosen: bool,
    },
    /// The tenant in use was gone to for a caller's domain; or is no more the one that was.
    ChosenTenant(Option<ChosenTenant>),
    /// The person's id at the push service, to be written into the directory's attribute.
    PushRegistered {
        person: PersonId,
        id: Result<String, Problem>,
    },
    Tested(ServiceTest),
    Outcomes(Result<Vec<NoteOutcome>, Problem>),
    /// A new key for links, shown once.
    LinkKey(SecretText),
    /// What the practice company's phones show; newest first.
    PracticePhones(Vec<PracticePhone>),
    /// What the practice company's helpdesk has.
    PracticeDesk(Box<PracticeDesk>),
}

/// A tenant that was gone to for a caller's domain, and the one that was in use before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenTenant {
    pub tenant: String,
    pub domain: String,
    pub from: String,
}

/// What callers of a tenant can be checked with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyOffer {
    /// How codes are sent.
    pub sms: Option<Channel>,
    pub push: Option<PushKind>,
    /// The push service can make a phone known from here.
    pub can_register_push: bool,
    /// The ticket system's name.
    pub tickets: Option<&'static str>,
    /// The log's name.
    pub log: Option<&'static str>,
    /// The name of what stations share.
    pub shared: Option<&'static str>,
    /// Acts that ask for a verified person.
    pub required_for: Vec<Act>,
    /// How long somebody counts as verified, in minutes.
    pub minutes: u16,
    /// What is configured and can't be used, such as a missing secret.
    pub problems: Vec<Problem>,
}

/// The person who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerShown {
    pub person: Person,
    /// Registered phones, the mobile first.
    pub phones: Vec<PhoneShown>,
    /// Registered security keys; nothing where they can't be read.
    pub keys: Option<usize>,
    /// The most serious first.
    pub warnings: Vec<Warning>,
    /// Why no code can be sent to them.
    pub no_sms: Option<Problem>,
    /// Why they can't be asked by push.
    pub no_push: Option<Problem>,
    /// Why other stations can't be seen, where that is warned of.
    pub unseen: Option<Problem>,
    pub read_at: Timestamp,
    /// The text they would get; nothing where none can be sent.
    pub text: Option<TextShown>,
}

/// A text, as far as it is known before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextShown {
    /// Ours, with `{code}` where the code will stand, and how many messages it takes.
    Ours { text: String, messages: usize },
    /// The service's own words, in this name; in the service's own name where there is none.
    Service { service: &'static str, name: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneShown {
    pub kind: PhoneKind,
    /// `+46 ••• ••• 67`.
    pub masked: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketShown {
    Reading(u64),
    /// `same_company` where the ticket's company is the tenant's, or can't be told apart.
    Read {
        ticket: Ticket,
        same_company: Option<bool>,
    },
    NotRead {
        number: u64,
        problem: Problem,
    },
}

/// An open check, or the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckShown {
    pub id: Uuid,
    pub person: PersonId,
    pub name: String,
    pub channel: Channel,
    /// Where the text goes.
    pub masked: Option<String>,
    /// Two digits that agent and person compare aloud, in a push.
    pub word: Option<String>,
    pub begun_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    pub steps: Vec<DeliveryStep>,
    pub state: CheckState,
    /// Wrong codes so far.
    pub wrong: u32,
    /// Codes that may be tried in all: fewer where wrong ones of checks before count.
    pub tries: u32,
    /// From when the text can be sent again; nothing where it can't.
    pub again_from: Option<Timestamp>,
    /// Something that went wrong and does not end the check, such as a status that can't be read.
    pub remark: Option<Problem>,
    pub ticket: Option<u64>,
    /// The private note, as it stands or will stand in the ticket: names and values.
    pub note: Vec<(String, String)>,
    pub note_state: NoteState,
}

/// How far the text or the question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryStep {
    pub what: Sent,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Text(Delivery),
    /// The question is on the phone.
    Asked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    Sending,
    /// For the digits, or for the answer on the phone.
    Waiting,
    /// The service is asked about the digits.
    Checking,
    Over {
        outcome: Outcome,
        at: Timestamp,
        problem: Option<Problem>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteState {
    /// There is no ticket, or no ticket system.
    None,
    /// Written when the outcome is known.
    Later,
    /// Waits for the ticket system.
    Queued {
        problem: Option<Problem>,
    },
    Written {
        at: Timestamp,
    },
    /// It was not private: deleted again, or not, as `problem` says.
    NotPrivate {
        problem: Problem,
    },
}

/// Somebody who counts as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedShown {
    /// The check that proved it.
    pub check: Uuid,
    pub person: PersonId,
    pub name: String,
    pub upn: String,
    pub channel: Channel,
    pub ticket: Option<u64>,
    /// The ticket at hand that it does not count for, where there is one.
    pub not_for: Option<u64>,
    pub until: Timestamp,
}

/// What waits for services that are away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingShown {
    pub notes: usize,
    pub rows: usize,
    /// Locks of callers that other stations are not told of.
    pub locks: usize,
    /// Notes that turned out not to be private and could not be deleted.
    pub alarms: Vec<Problem>,
    /// Of the last try.
    pub problem: Option<Problem>,
    /// In tenants of this station that are not in use.
    pub elsewhere: Vec<WaitsElsewhere>,
}

/// What waits in a tenant that is not in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitsElsewhere {
    pub tenant: String,
    pub notes: usize,
    pub rows: usize,
    /// Notes and rows that somebody must see to there.
    pub alarms: usize,
}

/// What a test of one service found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTest {
    /// Of the draft.
    pub tenant: String,
    pub service: ServiceKind,
    pub checks: Vec<ConnectionCheck>,
}

/// The helpdesk of the practice company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeDesk {
    pub ways: PracticeWays,
    /// By their numbers.
    pub tickets: Vec<PracticeTicket>,
}

/// A ticket, as the ticket system's own page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeTicket {
    pub number: u64,
    pub summary: String,
    pub requester: String,
    /// The oldest first.
    pub notes: Vec<PracticeNote>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeNote {
    pub text: String,
    /// The person of the ticket can't read it.
    pub private: bool,
}

/// A phone of the practice company.
pub struct PracticePhone {
    pub person: PersonId,
    pub name: String,
    /// Newest first.
    pub texts: Vec<PracticeText>,
    /// Questions that wait, newest first.
    pub pushes: Vec<PracticePush>,
}

/// A text on a practice phone. It holds a code: it has no Debug.
pub struct PracticeText {
    pub at: Timestamp,
    pub text: SecretText,
}

pub struct PracticePush {
    /// Of the service; answers it.
    pub id: String,
    pub at: Timestamp,
    pub lines: Vec<String>,
}
