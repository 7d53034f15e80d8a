//! Why a service could not be used.

use super::stations::FolderFault;
use crate::enrolment::text::sentence_case;
use crate::problem::{Detail, Explain};
use crate::verify::NotDelivered;
use std::time::Duration;

/// A failed call, by what can be done about it. It never holds a code, a number or a secret.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ServiceError {
    /// An address, an id or a name in the settings can't be right.
    #[error("{service}: settings: {reason}")]
    Settings { service: &'static str, reason: String },
    #[error("{service}: no secret is stored")]
    NoSecret { service: &'static str },
    /// The account, its key or its password is wrong.
    #[error("{service}: sign-in refused")]
    SignIn { service: &'static str, facts: ServiceFacts },
    /// The account may not do this.
    #[error("{service}: permission missing")]
    Forbidden { service: &'static str, facts: ServiceFacts },
    /// The service goes by the time of requests, and this computer's is wrong.
    #[error("{service}: wrong clock")]
    Clock { service: &'static str, facts: ServiceFacts },
    /// No connection: nothing was sent.
    #[error("{service}: no connection")]
    Unreachable { service: &'static str, reason: String },
    /// It was sent, and no answer came: it may have taken effect.
    #[error("{service}: answer lost")]
    AnswerLost { service: &'static str, facts: ServiceFacts },
    #[error("{service}: throttled")]
    Throttled { service: &'static str, resume_in: Duration, facts: ServiceFacts },
    #[error("{service}: not found")]
    NotFound { service: &'static str, facts: ServiceFacts },
    /// Texts to this number, or from this sender, are refused: nothing was sent.
    #[error("{service}: text refused")]
    NotText { service: &'static str, why: NotDelivered, facts: ServiceFacts },
    /// Refused for another reason: nothing was done.
    #[error("{service}: refused")]
    Refused { service: &'static str, facts: ServiceFacts },
    #[error("{service}: unavailable")]
    Unavailable { service: &'static str, facts: ServiceFacts },
    #[error("{service}: unreadable answer: {reason}")]
    Garbled { service: &'static str, reason: String, facts: ServiceFacts },
    /// The folder that stations share.
    #[error("the shared folder {}", .0.what())]
    Folder(FolderFault),
}

/// Facts of one call for a support case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    pub status: Option<u16>,
    pub code: Option<Box<str>>,
    /// The service's own words, without what looks like a number, a code or a token.
    pub message: Option<Box<str>>,
    pub request_id: Option<Box<str>>,
}

impl ServiceError {
    pub fn service(&self) -> &'static str {
        match self {
            Self::Settings { service, .. }
            | Self::NoSecret { service }
            | Self::SignIn { service, .. }
            | Self::Forbidden { service, .. }
            | Self::Clock { service, .. }
            | Self::Unreachable { service, .. }
            | Self::AnswerLost { service, .. }
            | Self::Throttled { service, .. }
            | Self::NotFound { service, .. }
            | Self::NotText { service, .. }
            | Self::Refused { service, .. }
            | Self::Unavailable { service, .. }
            | Self::Garbled { service, .. } => service,
            Self::Folder(_) => "The shared folder",
        }
    }

    pub fn facts(&self) -> Option<&ServiceFacts> {
        match self {
            Self::Settings { .. }
            | Self::NoSecret { .. }
            | Self::Unreachable { .. }
            | Self::Folder(_) => None,
            Self::SignIn { facts, .. }
            | Self::Forbidden { facts, .. }
            | Self::Clock { facts, .. }
            | Self::AnswerLost { facts, .. }
            | Self::Throttled { facts, .. }
            | Self::NotFound { facts, .. }
            | Self::NotText { facts, .. }
            | Self::Refused { facts, .. }
            | Self::Unavailable { facts, .. }
            | Self::Garbled { facts, .. } => Some(facts),
        }
    }

    /// Whether the same call may work later, by itself.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::AnswerLost { .. }
                | Self::Throttled { .. }
                | Self::Unavailable { .. }
                | Self::Garbled { .. }
                | Self::Folder(_)
        )
    }

    /// Cause and cure for the middle of another sentence, where they are known and short.
    pub fn in_few_words(&self) -> Option<(String, &'static str)> {
        match self {
            Self::Folder(fault) => {
                Some((format!("the shared folder {}", fault.what()), fault.next()))
            }
            _ => None,
        }
    }
}

impl Explain for ServiceError {
    fn what(&self) -> String {
        let service = self.service();
        match self {
            Self::Settings { reason, .. } => {
                format!("The settings of {service} are wrong: {reason}")
            }
            Self::NoSecret { .. } => format!("No secret is stored for {service}"),
            Self::SignIn { .. } => format!("{service} does not accept this account or its secret"),
            Self::Forbidden { .. } => format!("{service} does not let this account do that"),
            Self::Clock { .. } => {
                format!("This computer's clock is too far from the one of {service}")
            }
            Self::Unreachable { reason, .. } => format!("{service} can't be reached: {reason}"),
            Self::AnswerLost { .. } => {
                format!("No answer came from {service}; it may have been done")
            }
            Self::Throttled { resume_in, .. } => {
                format!("{service} takes no more for {} s", resume_in.as_secs().max(1))
            }
            Self::NotFound { .. } => format!("{service} has no such thing"),
            Self::NotText { why, .. } => why.what().to_owned(),
            Self::Refused { .. } => format!("{service} refused it"),
            Self::Unavailable { .. } => format!("{service} does not work at the moment"),
            Self::Garbled { .. } => format!("{service} gave an answer that can't be read"),
            Self::Folder(fault) => format!("{service} {}", fault.what()),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Settings { .. } => "Correct them under Settings, Verify".into(),
            Self::NoSecret { .. } | Self::SignIn { .. } => {
                "Store the right secret under Settings, Verify, then press Test".into()
            }
            Self::Forbidden { .. } => "Give the account the permission, then press Test".into(),
            Self::Clock { .. } => "Set it right, by the network's time, then try again".into(),
            Self::Unreachable { .. } => "Check the network, then try again".into(),
            Self::AnswerLost { .. } => "Look whether it was done before trying again".into(),
            Self::Throttled { .. } => "Wait, then try again".into(),
            Self::NotFound { .. } => "Check the number or id, then try again".into(),
            Self::NotText { why, .. } => why.next().to_owned(),
            Self::Refused { .. } => "See the details, then try again".into(),
            Self::Unavailable { .. } | Self::Garbled { .. } => "Try again in a moment".into(),
            Self::Folder(fault) => sentence_case(fault.next()),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let Some(facts) = self.facts() else { return Vec::new() };
        let text = |value: &Option<Box<str>>| value.as_ref().map(|value| value.to_string());
        [
            ("status", facts.status.map(|status| status.to_string())),
            ("code", text(&facts.code)),
            ("message", text(&facts.message)),
            ("request-id", text(&facts.request_id)),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| Detail::new(name, value)))
        .collect()
    }
}
