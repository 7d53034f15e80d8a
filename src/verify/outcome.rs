//! How a check comes out, and how far a text is.

use serde::{Deserialize, Serialize};

/// The end of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The right code, or approved on the phone.
    Verified,
    /// Three wrong codes, those of checks before among them.
    WrongCode,
    /// No right code in time, or nobody answered on the phone.
    Expired,
    /// The text did not reach the phone.
    NotDelivered,
    /// Denied on the phone.
    Denied,
    /// Denied on the phone, and the person says that it was not them who called.
    NotMe,
    /// By the agent.
    Cancelled,
    /// The program ended while the check was open.
    Interrupted,
    /// The service could not be used; nobody was checked.
    Failed,
}

impl Outcome {
    /// As the history, the ticket and the screen say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Verified => "Verified",
            Self::WrongCode => "Not verified: three wrong codes",
            Self::Expired => "Not verified: no answer in time",
            Self::NotDelivered => "Not verified: the text was not delivered",
            Self::Denied => "Not verified: denied on the phone",
            Self::NotMe => "ALARM: the person says it was not them",
            Self::Cancelled => "Cancelled by the agent",
            Self::Interrupted => "Interrupted: the program ended",
            Self::Failed => "Not verified: the service could not be used",
        }
    }

    /// The word in the log's column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::WrongCode => "wrong-code",
            Self::Expired => "expired",
            Self::NotDelivered => "not-delivered",
            Self::Denied => "denied",
            Self::NotMe => "not-me",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The service has it.
    Queued,
    /// Handed to the carrier; some carriers never tell more.
    Sent,
    /// On the phone.
    Delivered,
    Failed(NotDelivered),
    /// This service does not tell.
    Untold,
}

/// Why a text does not arrive, by group: single codes of services change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotDelivered {
    /// Switched off or out of reach.
    Unreachable,
    /// No such number any more, or a landline.
    NoSuchNumber,
    /// The person answered STOP to an earlier text.
    OptedOut,
    /// The carrier or the service filters it.
    Blocked,
    /// This country is not switched on for the account.
    Country,
    /// The sender's number or registration can't be used.
    Sender,
    /// The account is suspended, unpaid or a trial.
    Account,
    Other,
}

impl NotDelivered {
    /// What went wrong, as a sentence without a full stop.
    pub fn what(self) -> &'static str {
        match self {
            Self::Unreachable => "The phone is switched off or out of reach",
            Self::NoSuchNumber => "The number is not in use, or can't get texts",
            Self::OptedOut => "The person has stopped texts from this sender (STOP)",
            Self::Blocked => "The carrier blocked the text",
            Self::Country => "Texts to this country are switched off",
            Self::Sender => "The sender can't be used for this number",
            Self::Account => "The texting account is suspended or limited",
            Self::Other => "The text was not delivered",
        }
    }

    /// What to do now, as a sentence without a full stop.
    pub fn next(self) -> &'static str {
        match self {
            Self::Unreachable => "Ask the caller to switch the phone on, then send again",
            Self::NoSuchNumber => "Check the person in another way, then correct their number",
            Self::OptedOut => "Ask the caller to text START to the sender, or use push approval",
            Self::Blocked | Self::Other => "Send again, or use push approval",
            Self::Country => "Switch the country on in the service's settings",
            Self::Sender => "Choose another sender in the settings",
            Self::Account => "Have the account put right with the service",
        }
    }
}
