//! How each record changes what is known.

use super::{
    AUTOMATIC, Ceremony, ChallengeState, Course, Goal, KeyCredential, LAST_TRIES, LastTries,
    Progress, ResetCheck, ResetState, Stop, Trace,
};
use crate::enrolment::failure::{Effect, FailureClass, effect};
use crate::enrolment::intent::PinPlan;
use crate::enrolment::record::{
    Answer, Fact, Finding, Left, Outcome, Record, Step, Then, UndoResult, UndoStep,
};
use crate::problem::Problem;

/// A record that does not fit the state it meets: a bug, or a journal that was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfOrder {
    #[error("the enrolment has ended")]
    Ended,
    #[error("step {0:?} was not begun")]
    NotBegun(Step),
    #[error("step {0:?} can't begin now")]
    CannotBegin(Step),
    #[error("step {0:?} is not resolved by such a finding")]
    WrongFinding(Step),
    #[error("step {0:?} does not leave such a fact")]
    WrongFact(Step),
    #[error("{0:?} is not offered now")]
    NotOffered(Answer),
    #[error("nothing is being taken back")]
    NothingToUndo,
}

impl Ceremony {
    /// Takes a record that is durably in the journal into account.
    ///
    /// # Errors
    /// When it does not fit; then nothing is changed.
    pub fn apply(&mut self, record: &Record) -> Result<(), OutOfOrder> {
        if self.outcome().is_some() {
            return Err(OutOfOrder::Ended);
        }
        match record {
            Record::Intended { step } => self.intended(*step),
            Record::Done { step, fact } => self.done(*step, fact),
            Record::Failed { step, class, problem } => self.failed(*step, *class, problem),
            Record::Resolved { step, finding } => self.resolved(*step, finding),
            Record::ResolveFailed { step, class, problem } => {
                self.begun(*step)?;
                self.stop_at(*step, None, *class, problem.clone());
                Ok(())
            }
            Record::Answered { answer, reason } => self.answered(*answer, reason.as_ref()),
            Record::Undone { step, result } => self.undone(step, result),
            Record::UndoFailed { step, class, problem } => {
                self.undo_failed(step, *class, problem);
                Ok(())
            }
            Record::OldRemoved { method_id } => {
                self.begun(Step::RemoveOld)?;
                self.old_removed.push(method_id.clone());
                Ok(())
            }
            Record::Abandoned { reason } => {
                let left = self.whatever_is_left();
                self.course = Course::Ended(Outcome::Abandoned { reason: reason.clone(), left });
                Ok(())
            }
        }
    }

    fn intended(&mut self, step: Step) -> Result<(), OutOfOrder> {
        if !self.may_begin(step) {
            return Err(OutOfOrder::CannotBegin(step));
        }
        self.progress.insert(step, Progress::Unresolved);
        match step {
            Step::Pin if self.pin_plan() != PinPlan::KeepExisting => maybe(&mut self.pin_on_key),
            Step::ConfigureKey => maybe(&mut self.settings_on_key),
            Step::MakeCredential => {
                self.fetches = 0;
                if self.on_key == KeyCredential::None {
                    self.on_key = KeyCredential::Maybe;
                }
            }
            Step::Register => {
                self.in_directory_before = self.in_directory;
                maybe(&mut self.in_directory);
            }
            _ => {}
        }
        Ok(())
    }

    fn may_begin(&self, step: Step) -> bool {
        let forward = matches!(self.course, Course::Forward) && self.stop.is_none();
        let current = self.current_step();
        let in_turn = step == current
            // A challenge may be fetched again as long as no credential is made with it.
            || (step == Step::CreationOptions && current == Step::MakeCredential);
        forward && in_turn && (!self.is_unresolved(step) || self.may_repeat(step))
    }

    /// Whether doing the step again is harmless when its result is unknown.
    pub(super) fn may_repeat(&self, step: Step) -> bool {
        match step {
            Step::Reset | Step::MakeCredential | Step::Register | Step::ForcePinChange => false,
            Step::Pin => self.pin_plan() == PinPlan::KeepExisting,
            _ => true,
        }
    }

    fn begun(&self, step: Step) -> Result<(), OutOfOrder> {
        if self.is_unresolved(step) { Ok(()) } else { Err(OutOfOrder::NotBegun(step)) }
    }

    fn done(&mut self, step: Step, fact: &Fact) -> Result<(), OutOfOrder> {
        self.begun(step)?;
        match (step, fact) {
            (Step::CreationOptions, Fact::Options(options)) => {
                self.options = Some(options.clone());
                self.challenge = ChallengeState::Live;
                self.fetches = self.fetches.saturating_add(1);
            }
            (Step::MakeCredential, Fact::Made(made)) => {
                self.on_key = KeyCredential::There(made.credential_id.clone());
                self.made = Some((**made).clone());
            }
            (Step::Register, Fact::Registered { method_id }) => self.registered(method_id),
            (Step::CreationOptions | Step::MakeCredential | Step::Register, _)
            | (_, Fact::Options(_) | Fact::Made(_) | Fact::Registered { .. }) => {
                return Err(OutOfOrder::WrongFact(step));
            }
            (_, Fact::Nothing) => self.effect_is_there(step),
        }
        self.finish_step(step);
        Ok(())
    }

    fn effect_is_there(&mut self, step: Step) {
        match step {
            Step::Reset => self.key_is_fresh(),
            Step::Pin => there(&mut self.pin_on_key),
            Step::ConfigureKey => there(&mut self.settings_on_key),
            _ => {}
        }
    }

    fn registered(&mut self, method_id: &str) {
        self.in_directory = Trace::There;
        self.method_id = Some(method_id.to_owned());
    }

    fn finish_step(&mut self, step: Step) {
        self.progress.insert(step, Progress::Done);
        self.guard();
        if step == Step::HandOver {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let left = std::mem::take(&mut self.left);
        let method_id = self.method_id.clone().unwrap_or_default();
        self.course = Course::Ended(Outcome::HandedOver { method_id, left });
    }

    fn failed(
        &mut self,
        step: Step,
        class: FailureClass,
        problem: &Problem,
    ) -> Result<(), OutOfOrder> {
        self.begun(step)?;
        self.guard();
        if effect(step, class) == Effect::None {
            self.had_no_effect(step);
        }
        if class == FailureClass::ChallengeExpired {
            self.challenge = ChallengeState::Lapsed;
        }
        self.said_registered |= class == FailureClass::AlreadyRegistered;
        if !self.goes_on_by_itself(step, class) {
            self.stop_at(step, None, class, problem.clone());
        }
        Ok(())
    }

    /// Looking up a lost answer and fetching a lapsed challenge anew need no question.
    fn goes_on_by_itself(&mut self, step: Step, class: FailureClass) -> bool {
        let looks_up = step == Step::Register
            && matches!(
                class,
                FailureClass::AnswerLost | FailureClass::AlreadyRegistered | FailureClass::Garbled
            );
        if !(looks_up || class == FailureClass::ChallengeExpired) || self.automatic >= AUTOMATIC {
            return false;
        }
        self.automatic = self.automatic.saturating_add(1);
        true
    }

    fn had_no_effect(&mut self, step: Step) {
        self.progress.remove(&step);
        match step {
            Step::Pin if self.pin_on_key == Trace::Maybe => self.pin_on_key = Trace::None,
            Step::MakeCredential if self.on_key == KeyCredential::Maybe => {
                self.on_key = KeyCredential::None;
            }
            Step::Register => self.in_directory = self.in_directory_before,
            _ => {}
        }
    }

    fn resolved(&mut self, step: Step, finding: &Finding) -> Result<(), OutOfOrder> {
        self.begun(step)?;
        match (step, finding) {
            (Step::Reset, Finding::Fresh) => {
                self.key_is_fresh();
                self.finish_step(step);
            }
            (Step::Reset, Finding::NotReset) => {
                self.progress.remove(&step);
                self.stop_found(step, FailureClass::ResetUnfinished);
            }
            (Step::Pin, found) => return self.pin_resolved(found),
            (Step::MakeCredential, found) => return self.make_resolved(found),
            (Step::Register, Finding::Registered { method_id }) => {
                self.registered(method_id);
                self.finish_step(step);
            }
            // The trace stays `Maybe`: a listing may still lag behind.
            (Step::Register, Finding::NotRegistered) => {
                self.progress.remove(&step);
            }
            (Step::ForcePinChange, Finding::ChangeForced) => self.finish_step(step),
            (Step::ForcePinChange, Finding::ChangeNotForced) => {
                self.progress.remove(&step);
            }
            _ => return Err(OutOfOrder::WrongFinding(step)),
        }
        Ok(())
    }

    fn pin_resolved(&mut self, finding: &Finding) -> Result<(), OutOfOrder> {
        let step = Step::Pin;
        match finding {
            Finding::PinNotSet => self.had_no_effect(step),
            Finding::PinHolds => {
                there(&mut self.pin_on_key);
                self.finish_step(step);
            }
            // The change did not happen: it is made again, with the present PIN.
            Finding::PinDiffers { .. } if self.pin_plan() == PinPlan::Change => {
                self.had_no_effect(step);
            }
            Finding::PinDiffers { retries_left } => {
                self.stop_found(step, FailureClass::WrongPin { retries_left: *retries_left });
            }
            Finding::PinBlocked => self.stop_found(step, FailureClass::PinBlocked),
            Finding::FewTries { retries_left } => {
                self.stop_found(step, FailureClass::FewTries { retries_left: *retries_left });
            }
            _ => return Err(OutOfOrder::WrongFinding(step)),
        }
        Ok(())
    }

    fn make_resolved(&mut self, finding: &Finding) -> Result<(), OutOfOrder> {
        self.on_key = match finding {
            Finding::CredentialOnKey { id } => KeyCredential::There(Some(id.clone())),
            Finding::NoCredential => KeyCredential::None,
            Finding::CannotTell => KeyCredential::Overwritten,
            _ => return Err(OutOfOrder::WrongFinding(Step::MakeCredential)),
        };
        self.progress.remove(&Step::MakeCredential);
        Ok(())
    }

    fn answered(&mut self, answer: Answer, reason: Option<&String>) -> Result<(), OutOfOrder> {
        if !self.answers().contains(&answer) {
            return Err(OutOfOrder::NotOffered(answer));
        }
        self.automatic = 0;
        self.reason = reason.or(self.reason.as_ref()).cloned();
        self.guard();
        let stop = self.stop.take();
        match answer {
            Answer::Retry => self.retry(stop),
            Answer::ResetKey
                if stop.as_ref().is_some_and(|of| of.class == FailureClass::ResetUnchecked) =>
            {
                self.reset_check = ResetCheck::Waived;
                self.course = Course::TakingBack(Goal::Reset);
            }
            Answer::ResetKey => self.course = Course::TakingBack(Goal::Reset),
            Answer::NewKey => self.course = Course::TakingBack(Goal::End(Then::NewKey)),
            Answer::Skip => self.course = Course::TakingBack(Goal::End(Then::SkipPerson)),
            Answer::RollBack => self.course = Course::TakingBack(Goal::End(Then::Nothing)),
            Answer::LeaveIt => self.leave_it(stop),
        }
        self.settle();
        Ok(())
    }

    fn retry(&mut self, stop: Option<Stop>) {
        let Some(stop) = stop else { return };
        match stop.class {
            FailureClass::FewTries { .. } => self.last_tries = LastTries::Confirmed,
            FailureClass::WrongPin { retries_left: Some(left) } if left <= LAST_TRIES => {
                self.last_tries = LastTries::Confirmed;
            }
            // Another try means another credential.
            class if class.makes_anew(stop.step) => self.challenge = ChallengeState::Lapsed,
            FailureClass::Attestation => {
                self.challenge = ChallengeState::Lapsed;
                self.forget_made();
            }
            _ => {}
        }
    }

    fn leave_it(&mut self, stop: Option<Stop>) {
        if let (Course::TakingBack(_), Some(undo)) = (&self.course, self.pending_undo()) {
            self.leave_undone(&undo);
            return;
        }
        let Some(step) = stop.map(|stop| stop.step) else { return };
        match step {
            Step::ForcePinChange => self.left.push(Left::PinChangeNotForced),
            Step::RemoveOld => {
                self.left.push(Left::OldPasskeys { method_ids: self.old_to_remove() });
            }
            Step::HandOver => self.left.push(Left::Outputs),
            _ => {}
        }
        self.progress.insert(step, Progress::LeftOut);
        if step == Step::HandOver {
            self.hand_over();
        }
    }

    fn undone(&mut self, step: &UndoStep, result: &UndoResult) -> Result<(), OutOfOrder> {
        let taking_back = matches!(self.course, Course::TakingBack(_));
        let stale = match step {
            UndoStep::KeyCredential { .. } => self.on_key != KeyCredential::None,
            UndoStep::DirectoryMethod { .. } => self.in_directory != Trace::None,
        };
        if !stale {
            return Err(OutOfOrder::NothingToUndo);
        }
        match (result, step) {
            (UndoResult::Left { .. }, _) if taking_back => self.leave_undone(step),
            // Forward: the next credential of the same user overwrites this one.
            (UndoResult::Left { .. }, UndoStep::KeyCredential { .. }) => {
                self.forget_made();
                self.on_key = KeyCredential::Overwritten;
            }
            (UndoResult::Left { .. }, UndoStep::DirectoryMethod { .. }) => self.leave_undone(step),
            (_, UndoStep::KeyCredential { .. }) => {
                self.forget_made();
                self.on_key = KeyCredential::None;
            }
            (_, UndoStep::DirectoryMethod { .. }) => self.method_is_gone(),
        }
        self.settle();
        Ok(())
    }

    fn undo_failed(&mut self, undo: &UndoStep, class: FailureClass, problem: &Problem) {
        let step = match undo {
            UndoStep::KeyCredential { .. } => Step::MakeCredential,
            UndoStep::DirectoryMethod { .. } => Step::Register,
        };
        self.stop_at(step, Some(undo.clone()), class, problem.clone());
    }

    fn leave_undone(&mut self, undo: &UndoStep) {
        match undo {
            UndoStep::KeyCredential { id } => {
                self.left.push(Left::CredentialOnKey { id: id.clone() });
                self.on_key = KeyCredential::None;
            }
            UndoStep::DirectoryMethod { method_id } => {
                self.left.push(Left::DirectoryMethod { method_id: method_id.clone() });
                self.method_is_gone();
            }
        }
    }

    fn method_is_gone(&mut self) {
        self.in_directory = Trace::None;
        self.said_registered = false;
        self.method_id = None;
        for step in [Step::Register, Step::Confirm] {
            self.progress.remove(&step);
        }
    }

    /// What was made can't be used: back to the challenge.
    fn forget_made(&mut self) {
        self.made = None;
        for step in [Step::CreationOptions, Step::MakeCredential, Step::Verify, Step::Register] {
            self.progress.remove(&step);
        }
    }

    fn key_is_fresh(&mut self) {
        self.forget_made();
        self.on_key = KeyCredential::None;
        self.pin_on_key = Trace::None;
        self.settings_on_key = Trace::None;
        self.left.retain(|left| !matches!(left, Left::CredentialOnKey { .. }));
        for step in [Step::Pin, Step::ConfigureKey, Step::Confirm, Step::ForcePinChange] {
            self.progress.remove(&step);
        }
    }

    /// When nothing is left to take back, what was wanted then comes.
    fn settle(&mut self) {
        let Course::TakingBack(goal) = self.course else { return };
        if self.pending_undo().is_some() {
            return;
        }
        match goal {
            Goal::Reset => {
                self.reset = ResetState::Wanted;
                self.progress.remove(&Step::Reset);
                self.course = Course::Forward;
            }
            Goal::End(then) => {
                let left = self.whatever_is_left();
                let reason = self.reason.take();
                self.course = Course::Ended(Outcome::RolledBack { then, left, reason });
            }
        }
    }

    fn stop_at(
        &mut self,
        step: Step,
        undo: Option<UndoStep>,
        class: FailureClass,
        problem: Problem,
    ) {
        self.stop = Some(Stop { step, undo, class, problem });
    }

    /// What the operator allowed counted for one step.
    fn guard(&mut self) {
        self.last_tries = LastTries::Guarded;
        self.reset_check = ResetCheck::Needed;
    }

    fn stop_found(&mut self, step: Step, class: FailureClass) {
        self.guard();
        self.stop_at(step, None, class, found_problem(class));
    }
}

fn maybe(trace: &mut Trace) {
    if *trace == Trace::None {
        *trace = Trace::Maybe;
    }
}

/// A PIN that was only checked leaves no trace.
fn there(trace: &mut Trace) {
    if *trace == Trace::Maybe {
        *trace = Trace::There;
    }
}

fn found_problem(class: FailureClass) -> Problem {
    let (what, next) = match class {
        FailureClass::ResetUnfinished => (
            "The reset of this key was begun, and the key is not empty".to_owned(),
            "Make sure that it is the right key, then reset it, or take a new key",
        ),
        FailureClass::WrongPin { retries_left: Some(left) } => (
            format!("The key has another PIN than the one set here ({})", tries(left)),
            "Make sure that it is the right key, reset it, or take a new key",
        ),
        FailureClass::FewTries { retries_left } => (
            format!("The key has only {} before its PIN is blocked", tries(retries_left)),
            "Retry uses one of them; or reset the key, or take a new key",
        ),
        FailureClass::PinBlocked => (
            "The key's PIN is blocked".to_owned(),
            "Reset the key, or take a new key for this person",
        ),
        _ => (
            "The key has another PIN than the one set here".to_owned(),
            "Make sure that it is the right key, reset it, or take a new key",
        ),
    };
    Problem { what, next: next.to_owned(), details: Vec::new() }
}

fn tries(left: u8) -> String {
    if left == 1 { "1 try left".to_owned() } else { format!("{left} tries left") }
}
