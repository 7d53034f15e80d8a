//! What may be answered in the present state, what would be left, and the last sure state.

use super::{Ceremony, Course, KeyCredential, Progress, Trace};
use crate::enrolment::failure::answers;
use crate::enrolment::record::{Answer, Left, Step};

impl Ceremony {
    /// What may be answered now: to a failure, or about an unfinished enrolment.
    pub fn answers(&self) -> Vec<Answer> {
        let offered = match (&self.course, &self.stop) {
            (Course::Ended(_), _) => Vec::new(),
            (Course::TakingBack(_), _) => vec![Answer::Retry, Answer::LeaveIt],
            (Course::Forward, Some(stop)) if stop.undo.is_some() => {
                vec![Answer::Retry, Answer::ResetKey, Answer::NewKey, Answer::Skip]
            }
            (Course::Forward, Some(stop)) => answers(stop.step, stop.class),
            (Course::Forward, None) => vec![
                Answer::Retry,
                Answer::ResetKey,
                Answer::NewKey,
                Answer::Skip,
                Answer::RollBack,
            ],
        };
        offered.into_iter().filter(|answer| self.fits(*answer)).collect()
    }

    /// What this run made that is still there, should it end now without a hand-over.
    pub(super) fn whatever_is_left(&self) -> Vec<Left> {
        let mut left = self.left.clone();
        if self.in_directory != Trace::None {
            left.push(Left::DirectoryMethod { method_id: self.method_id.clone() });
        }
        match &self.on_key {
            KeyCredential::None => {}
            KeyCredential::There(id) => left.push(Left::CredentialOnKey { id: id.clone() }),
            KeyCredential::Maybe | KeyCredential::Overwritten => {
                left.push(Left::CredentialOnKey { id: None });
            }
        }
        if self.pin_on_key != Trace::None {
            left.push(Left::PinOnKey);
        }
        if self.settings_on_key != Trace::None {
            left.push(Left::KeySettings);
        }
        left
    }

    /// The last sure state in words, such as `PIN set, no credential yet`.
    pub fn last_sure(&self) -> String {
        if let Some(step) = self.steps().into_iter().find(|step| self.is_unresolved(*step)) {
            return format!("{}, {}", self.last_done(), unsure(step));
        }
        match self.course {
            Course::TakingBack(_) => format!("{}, being taken back", self.last_done()),
            _ => self.last_done().to_owned(),
        }
    }

    fn last_done(&self) -> &'static str {
        let done = self.steps().into_iter().rev().find(|step| self.is_done(*step));
        match done {
            None => "Nothing written yet",
            Some(Step::Preflight) => "Checked, nothing written yet",
            Some(Step::Reset) => "Key reset, no PIN yet",
            Some(Step::Pin | Step::ConfigureKey | Step::CreationOptions) => {
                "PIN set, no credential yet"
            }
            Some(Step::MakeCredential | Step::Verify) => "Credential made, not registered yet",
            Some(Step::Register) => "Registered, not confirmed yet",
            Some(Step::Confirm) => "Registered and confirmed",
            // A key that is activated later is written to for the last time before.
            Some(Step::ForcePinChange) if !self.is_done(Step::Register) => {
                "Credential made, PIN change forced, not registered yet"
            }
            Some(Step::ForcePinChange) => "Confirmed, PIN change forced",
            Some(Step::RemoveOld) => "Confirmed, old keys removed",
            Some(Step::HandOver) => "Handed over",
        }
    }

    fn fits(&self, answer: Answer) -> bool {
        match answer {
            Answer::Retry | Answer::LeaveIt => true,
            Answer::NewKey | Answer::Skip | Answer::ResetKey => !self.past_return(),
            Answer::RollBack => !self.past_return() && self.has_made_something(),
        }
    }

    /// Old passkeys may be gone, or the hand-over begun: taking the new one back would leave the
    /// person with nothing.
    fn past_return(&self) -> bool {
        let is_begun = |step: &Step| {
            matches!(self.progress.get(step), Some(Progress::Unresolved | Progress::Done))
        };
        !self.old_removed.is_empty() || [Step::RemoveOld, Step::HandOver].iter().any(is_begun)
    }

    fn has_made_something(&self) -> bool {
        self.on_key != KeyCredential::None || self.in_directory != Trace::None
    }
}

fn unsure(step: Step) -> &'static str {
    match step {
        Step::Preflight => "check not finished",
        Step::Reset => "reset begun",
        Step::Pin => "PIN being set",
        Step::ConfigureKey => "key settings being written",
        Step::CreationOptions => "challenge being fetched",
        Step::MakeCredential => "credential perhaps made",
        Step::Verify => "verification not finished",
        Step::Register => "perhaps registered",
        Step::Confirm => "confirmation not finished",
        Step::ForcePinChange => "PIN change perhaps forced",
        Step::RemoveOld => "old keys perhaps removed",
        Step::HandOver => "outputs perhaps written",
    }
}
