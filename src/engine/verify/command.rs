//! What an agent wants of a caller check.

use crate::directory::{Person, PersonId};
use crate::settings::TenantSettings;
use crate::verify::Digits;
use uuid::Uuid;

/// One wish about callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyCommand {
    /// People whose name, user name, mail or employee id matches, or a ticket's number (`2818`,
    /// `#2818`, `INC0002818`); the newest query wins.
    Find { query: String },
    /// A `keydesk://verify?...` link, from the system or pasted. A signed and fresh one sends at
    /// once; any other one fills the form and waits for a click.
    OpenLink(String),
    /// This person calls.
    Choose(Box<Person>),
    /// The ticket it is about; `None` lets go of it.
    UseTicket(Option<u64>),
    /// Back to nobody. An open check is cancelled.
    Close,
    /// Reads the person and the ticket again.
    Refresh,
    /// A code by text message to the registered mobile.
    SendCode { person: PersonId },
    /// The text once more, from 30 s after the last one.
    SendAgain,
    /// A question on the person's phone.
    AskByPush { person: PersonId },
    /// What the caller reads out.
    Try(Digits),
    /// Ends the open check.
    Cancel,
    /// This person counts as verified no more ([`super::VerifiedShown::check`]).
    Revoke(Uuid),
    /// Makes the person's registered phone known to the push service; its id is written nowhere
    /// but shown once, for the directory's attribute.
    RegisterPush { person: PersonId },
    /// Sends now what waits for the ticket system and the log.
    SendPending,
    /// Notes and rows that could not be sent are seen to by hand.
    SettleAlarms,
    /// The caller stays in this tenant, whatever their domain says.
    Stay,
    /// Tries a service with the settings of this draft and the kept secret.
    Test { tenant: Box<TenantSettings>, service: ServiceKind },
    /// The outcomes that notes of the ticket system can have.
    FindOutcomes { tenant: Box<TenantSettings> },
    /// A new key for links of the tenant in use, shown once.
    MakeLinkKey,
}

/// What can be tested by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    Sms,
    Push,
    Tickets,
    Log,
    /// The folder that stations share.
    Stations,
}
