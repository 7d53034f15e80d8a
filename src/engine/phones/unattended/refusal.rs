//! Why nothing was done, for a script that has to tell one cause from another.

use crate::directory::DirectoryError;
use crate::journal::JournalError;
use crate::phones::RequestFault;
use crate::problem::{Explain, Problem};

/// Nothing was written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhonesRefusal {
    pub kind: RefusalKind,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was asked for, the settings, or this computer.
    Settings,
    /// The sign-in, a permission, the request's signature or age.
    Refused,
    /// Another station has the journal, or another job has not ended.
    InTheWay,
    /// The directory could not be asked now; later it may work.
    NotNow,
}

impl PhonesRefusal {
    pub(super) fn settings(problem: Problem) -> Self {
        Self { kind: RefusalKind::Settings, problem }
    }

    pub(super) fn refused(problem: Problem) -> Self {
        Self { kind: RefusalKind::Refused, problem }
    }

    pub(super) fn in_the_way(problem: Problem) -> Self {
        Self { kind: RefusalKind::InTheWay, problem }
    }
}

impl From<DirectoryError> for PhonesRefusal {
    fn from(error: DirectoryError) -> Self {
        let kind = match &error {
            DirectoryError::SignIn { .. }
            | DirectoryError::Operator(_)
            | DirectoryError::Unauthorized(_)
            | DirectoryError::Forbidden(_)
            | DirectoryError::Refused(_) => RefusalKind::Refused,
            DirectoryError::NoSecret
            | DirectoryError::NotFound(_)
            | DirectoryError::Ambiguous { .. }
            | DirectoryError::NotOffered { .. }
            | DirectoryError::Options(_)
            | DirectoryError::Settings(_) => RefusalKind::Settings,
            DirectoryError::Throttled { .. }
            | DirectoryError::Unavailable(_)
            | DirectoryError::Unreachable { .. }
            | DirectoryError::AnswerLost(_)
            | DirectoryError::Garbled { .. } => RefusalKind::NotNow,
        };
        Self { kind, problem: error.problem() }
    }
}

impl From<JournalError> for PhonesRefusal {
    fn from(error: JournalError) -> Self {
        let kind = match &error {
            JournalError::InUse { .. } | JournalError::Locked => RefusalKind::InTheWay,
            JournalError::NoSuchPhoneJob => RefusalKind::Refused,
            _ => RefusalKind::Settings,
        };
        Self { kind, problem: error.problem() }
    }
}

impl From<RequestFault> for PhonesRefusal {
    fn from(fault: RequestFault) -> Self {
        Self::refused(fault.problem())
    }
}
