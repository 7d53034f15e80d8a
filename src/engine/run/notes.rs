//! Short texts beside the steps, and what is left at the end in words.

use super::Run;
use crate::directory::DirectoryError;
use crate::enrolment::text::sentence_case;
use crate::enrolment::{Custody, Left, OutOfOrder, Outcome, PinPlan, Step, Then};
use crate::problem::Problem;
use std::path::Path;

impl Run {
    /// What stands beside a step that is done.
    pub(super) fn note(&self, step: Step) -> String {
        let intent = self.ceremony.intent();
        match step {
            Step::Preflight => "person and key may be registered".into(),
            Step::Reset => "the key is as new".into(),
            Step::Pin => match (self.ceremony.pin_plan(), intent.plan.custody) {
                (PinPlan::KeepExisting, _) => "checked, stays as it is".into(),
                (_, Custody::Sealed) => format!("{}, set on the key", self.pin_kind()),
                (_, Custody::PersonsOwn) => "the person's own, set on the key".into(),
            },
            Step::ConfigureKey => "key settings written".into(),
            Step::CreationOptions => format!("fetched from {}", self.ports.tenant.name),
            Step::MakeCredential => "made by the key".into(),
            Step::Verify => "checked on this station".into(),
            Step::Register => "with the directory".into(),
            Step::Confirm => "read back after registering".into(),
            Step::ForcePinChange => "must be changed at first use".into(),
            Step::RemoveOld => "old keys removed".into(),
            Step::HandOver => String::new(),
        }
    }

    fn pin_kind(&self) -> String {
        let length = self.hands.pin.as_ref().map_or(0, |pin| pin.expose().chars().count());
        match self.ports.rules.pin.alphabet {
            crate::settings::Alphabet::Digits => format!("{length} digits"),
            crate::settings::Alphabet::Letters => format!("{length} characters"),
        }
    }
}

/// Whether the step waits for the directory alone.
pub(super) fn asks_directory(step: Step) -> bool {
    matches!(step, Step::CreationOptions | Step::Register | Step::Confirm | Step::RemoveOld)
}

/// What is looked at after a lost answer.
pub(super) fn looking(step: Step) -> &'static str {
    match step {
        Step::Reset | Step::Pin | Step::ForcePinChange => "looking at the key",
        Step::MakeCredential => "looking for the credential on the key",
        _ => "the answer was lost: reading the person's list",
    }
}

/// The directory gave less time than was asked for.
pub(super) fn short_lived() -> DirectoryError {
    DirectoryError::NotOffered {
        what: "The directory's challenge ends before this key's person can confirm receipt",
        instead: "Check this computer's clock, or begin a session that activates its keys at once",
    }
}

pub(super) fn pin_undelivered() -> Problem {
    Problem {
        what: "The PIN has not been shown or printed yet".into(),
        next: "Reveal the PIN or write the letter, then press Next person".into(),
        details: Vec::new(),
    }
}

/// A spreadsheet program changed the row, or it was cut short, or the settings of the list have
/// changed since.
pub(super) fn row_differs(path: &Path, upn: &str, serial: Option<&str>) -> Problem {
    let key = serial.map_or_else(|| "key".to_owned(), |serial| format!("key {serial}"));
    Problem {
        what: format!("{} has another row for the {key} of {upn} already", path.display()),
        next: "It was left as it is: look at its serial and PIN there, and correct them by hand"
            .into(),
        details: Vec::new(),
    }
}

pub(in crate::engine) fn out_of_order(error: &OutOfOrder) -> Problem {
    Problem {
        what: format!("This enrolment's journal can't be read: {error}"),
        next: "Keep the data folder as it is and ask for help; nothing is changed".into(),
        details: Vec::new(),
    }
}

/// How an enrolment without a hand-over ended, and what is still there.
pub(in crate::engine) fn summary(outcome: &Outcome) -> String {
    let (how, left) = match outcome {
        Outcome::HandedOver { left, .. } => ("Handed over".to_owned(), left),
        Outcome::RolledBack { then, left, reason } => (taken_back(*then, reason.as_deref()), left),
        Outcome::Abandoned { reason, left } => (format!("Given up: {reason}"), left),
    };
    let left: Vec<&str> = left.iter().map(what_is_left).collect();
    match left.is_empty() {
        true => how,
        false => format!("{how}. Still there: {}", left.join(", ")),
    }
}

fn taken_back(then: Then, reason: Option<&str>) -> String {
    match (then, reason) {
        (Then::SkipPerson, Some(reason)) => format!("Skipped this person: {reason}"),
        (Then::SkipPerson, None) => "Skipped this person".into(),
        (Then::NewKey, _) => "Taken back: insert another key".into(),
        (Then::Nothing, _) => "Taken back".into(),
    }
}

/// What is not as it was planned of a key that was handed over; empty where all is.
pub(in crate::engine) fn left_out(left: &[Left]) -> String {
    let words: Vec<&str> = left.iter().map(what_was_left_out).collect();
    sentence_case(&words.join(", "))
}

fn what_was_left_out(left: &Left) -> &'static str {
    match left {
        Left::OldPasskeys { .. } => "old passkeys were not removed",
        Left::Outputs => "not everything was written",
        left => what_is_left(left),
    }
}

fn what_is_left(left: &Left) -> &'static str {
    match left {
        Left::PinOnKey => "the PIN on the key (kept sealed)",
        Left::KeySettings => "the key's settings",
        Left::CredentialOnKey { .. } => "a credential on the key",
        Left::DirectoryMethod { .. } => "the passkey in the directory",
        Left::PinChangeNotForced => "the PIN need not be changed at first use",
        Left::OldPasskeys { .. } => "old passkeys",
        Left::Outputs => "outputs not written",
    }
}
