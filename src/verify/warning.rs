//! What an agent should know before a check.

use jiff::Timestamp;

/// Something about the person or the ticket that makes a check worth less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The mobile was registered or changed lately. `by` where this station's history knows.
    MobileChanged {
        at: Timestamp,
        by: Option<String>,
    },
    /// Another sign-in method is new. `what` such as `Authenticator app`.
    MethodAdded {
        at: Timestamp,
        what: String,
    },
    Guest,
    Disabled,
    /// The ticket belongs to another company than the person's tenant.
    OtherCompany {
        ticket: String,
        tenant: String,
    },
    /// The ticket's requester has another mail address than the person.
    OtherMail {
        ticket: String,
        person: String,
    },
    /// No mobile is registered that texts can be sent to.
    NoMobile,
    /// The registered number hides digits, or is no number.
    UnusableNumber,
    /// This caller is locked after wrong codes.
    Locked {
        until: Timestamp,
    },
}
