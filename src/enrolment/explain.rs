//! What the operator is told when a step fails.

use super::failure::StepError;
use super::preflight::{Remark, Severity, Subject};
use crate::problem::{Detail, Explain};

impl Explain for StepError {
    fn what(&self) -> String {
        match self {
            Self::Key(error) => error.what(),
            Self::Directory(error) => error.what(),
            Self::Verify(error) => error.what(),
            Self::Preflight(remarks) => stop(remarks).map_or_else(
                || "The check before the first write did not pass".into(),
                |r| r.text.clone(),
            ),
            Self::OtherKey => "The inserted key is not the one this enrolment began with".into(),
            Self::Unchecked => "Whose key this is can't be checked".into(),
            Self::OfAnother { holder } => format!("This key was made for {holder}"),
            Self::FewTries { retries_left } => {
                format!("The key takes only {retries_left} more wrong PINs before it blocks")
            }
            Self::NotListed => "The directory does not list the new passkey yet".into(),
            Self::VaultClosed => "The PIN of this enrolment is not at hand".into(),
            Self::Journal => "The journal could not be written, so nothing was begun".into(),
            Self::Outputs => "The row in registeredKeys.csv could not be written".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Key(error) => error.next(),
            Self::Directory(error) => error.next(),
            Self::Verify(error) => error.next(),
            Self::Preflight(remarks) => {
                stop(remarks).map_or_else(|| "Choose another person or key".into(), begun)
            }
            Self::OtherKey => "Insert the key this enrolment began with, then retry".into(),
            Self::Unchecked => "If it is nobody's, reset and replug it".into(),
            Self::OfAnother { .. } => {
                "Insert the right key and retry, or take a new one: a reset ends the passkey on it"
                    .into()
            }
            Self::FewTries { .. } => {
                "Retry uses one of them; make sure that the PIN is right, or reset the key".into()
            }
            Self::NotListed => "Retry looks again; it can take a minute".into(),
            Self::VaultClosed => "Type the PIN, or reset the key".into(),
            Self::Journal => "Free some disk space, then retry".into(),
            Self::Outputs => {
                "Close the file in other programs or free some disk space, then retry".into()
            }
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Key(error) => error.details(),
            Self::Directory(error) => error.details(),
            Self::Verify(error) => error.details(),
            Self::Unchecked => vec![Detail::new(
                "cause",
                "it does not tell what is on it, or too many like it were made here",
            )],
            _ => Vec::new(),
        }
    }
}

/// What to do once the enrolment has begun: the plan for the key's PIN can't be changed then.
fn begun(stop: &Remark) -> String {
    match stop.subject {
        Subject::KeyState => "Reset the key, or take another one".into(),
        _ => stop.next.clone(),
    }
}

/// The remark that stops.
fn stop(remarks: &[Remark]) -> Option<&Remark> {
    remarks.iter().find(|remark| remark.severity == Severity::Stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_check_says_what_stopped_and_what_to_do() {
        let error = StepError::Preflight(vec![
            Remark::ok(Subject::Account, "Enabled"),
            Remark::stop(Subject::Model, "This model is not allowed", "Take another key"),
        ]);
        assert_eq!(error.what(), "This model is not allowed");
        assert_eq!(error.next(), "Take another key");
    }

    #[test]
    fn no_answer_is_named_that_a_begun_enrolment_does_not_offer() {
        let has_pin = Remark::stop(
            Subject::KeyState,
            "The key has a PIN already",
            "Type its PIN, or reset the key",
        );
        let error = StepError::Preflight(vec![has_pin]);
        assert_eq!(error.next(), "Reset the key, or take another one");
    }
}
