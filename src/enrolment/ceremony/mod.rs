//! The state machine: what is known of one enrolment, and what comes next.

mod action;
mod apply;
mod offered;

use super::failure::{FailureClass, StepError, classify};
use super::intent::{Custody, FirstUse, Intent, PinPlan, Plan, Reset};
use super::record::{Left, MadeFact, OptionsFact, Outcome, Record, Step, Then, UndoStep};
use crate::directory::{DirectoryError, Lifetime};
use crate::key::StoredCredential;
use crate::problem::Problem;
use crate::webauthn::{CredentialId, NewCredential, VerifyError, attestation};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub use action::{Action, AtHand, Held, PinNeeded, PinTry, Stopped, WhichPin};
pub use apply::OutOfOrder;

/// A challenge with less than this left is fetched anew before the key is asked.
const FRESH_FOR_TOUCH: SignedDuration = SignedDuration::from_secs(60);
/// What is made with a challenge that has less than this left is not sent any more.
const FRESH_FOR_SENDING: SignedDuration = SignedDuration::from_secs(5);
/// From this many tries down, a PIN is only tried when the operator has said so.
const LAST_TRIES: u8 = 3;
/// How often a thing is done again without asking, until the operator answers.
const AUTOMATIC: u8 = 2;
/// What is left at least of the time that a key's person was promised to confirm receipt, in
/// tenths.
const KEPT_TENTHS: i32 = 9;

/// One key for one person: everything known so far.
#[derive(Clone, Debug)]
pub struct Ceremony {
    intent: Intent,
    progress: BTreeMap<Step, Progress>,
    course: Course,
    stop: Option<Stop>,
    options: Option<OptionsFact>,
    made: Option<MadeFact>,
    method_id: Option<String>,
    challenge: ChallengeState,
    on_key: KeyCredential,
    in_directory: Trace,
    /// What tries before the present one may have left there: a refusal of this one says nothing of
    /// them.
    in_directory_before: Trace,
    pin_on_key: Trace,
    settings_on_key: Trace,
    reset: ResetState,
    reset_check: ResetCheck,
    /// The directory refused a registration as one that it has.
    said_registered: bool,
    last_tries: LastTries,
    left: Vec<Left>,
    old_removed: Vec<String>,
    /// Why the operator answered as they did, as they said last.
    reason: Option<String>,
    /// Repetitions without asking since the operator last answered.
    automatic: u8,
    /// Creation options fetched since a credential was last asked for.
    fetches: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Begun, and its result not known.
    Unresolved,
    Done,
    LeftOut,
}

#[derive(Clone, Debug)]
enum Course {
    Forward,
    TakingBack(Goal),
    Ended(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    End(Then),
    /// Then the key is reset and the ceremony goes on with it.
    Reset,
}

#[derive(Clone, Debug)]
struct Stop {
    step: Step,
    /// The undo step that failed, when it was one.
    undo: Option<UndoStep>,
    class: FailureClass,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChallengeState {
    Live,
    /// The directory refused it, or the operator wants a new one.
    Lapsed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum KeyCredential {
    None,
    Maybe,
    There(Option<CredentialId>),
    /// May be there, can't be removed, and the next one overwrites it.
    Overwritten,
}

/// What this run may have left in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trace {
    None,
    Maybe,
    There,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResetState {
    AsPlanned,
    /// The operator answered so.
    Wanted,
}

/// Whether a key that is put in to be reset must be known to be nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResetCheck {
    Needed,
    /// It can't be checked, and the operator has said to reset it: once.
    Waived,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastTries {
    Guarded,
    Confirmed,
}

impl Ceremony {
    pub fn begin(intent: Intent) -> Self {
        Self {
            intent,
            progress: BTreeMap::new(),
            course: Course::Forward,
            stop: None,
            options: None,
            made: None,
            method_id: None,
            challenge: ChallengeState::Live,
            on_key: KeyCredential::None,
            in_directory: Trace::None,
            in_directory_before: Trace::None,
            pin_on_key: Trace::None,
            settings_on_key: Trace::None,
            reset: ResetState::AsPlanned,
            reset_check: ResetCheck::Needed,
            said_registered: false,
            last_tries: LastTries::Guarded,
            left: Vec::new(),
            old_removed: Vec::new(),
            reason: None,
            automatic: 0,
            fetches: 0,
        }
    }

    /// Rebuilds an enrolment from its journal.
    ///
    /// # Errors
    /// The first record that does not fit what came before.
    pub fn replay<'a>(
        intent: Intent,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Self, OutOfOrder> {
        let mut ceremony = Self::begin(intent);
        for record in records {
            ceremony.apply(record)?;
        }
        Ok(ceremony)
    }

    /// What comes next. Asking changes nothing.
    pub fn next(&self, at_hand: &AtHand) -> Action {
        if let Course::Ended(outcome) = &self.course {
            return Action::Finished(outcome.clone());
        }
        if let Some(stop) = &self.stop {
            return Action::Ask(Stopped {
                step: stop.step,
                problem: stop.problem.clone(),
                answers: self.answers(),
            });
        }
        match self.pending_undo() {
            Some(undo) => self.undo(undo, at_hand),
            None => self.forward(at_hand),
        }
    }

    /// What it stopped for, while an answer is awaited.
    pub fn stopped_for(&self) -> Option<FailureClass> {
        self.stop.as_ref().map(|stop| stop.class)
    }

    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The steps this enrolment has, in their order: the checklist.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> =
            Step::ALL.into_iter().filter(|step| self.planned(*step)).collect();
        if self.intent.is_activated_later() {
            // The last write to a key that is not here any more when it is registered.
            let place = |of: Step| steps.iter().position(|step| *step == of);
            if let (Some(force), Some(register)) =
                (place(Step::ForcePinChange), place(Step::Register))
            {
                steps[register..=force].rotate_right(1);
            }
        }
        steps
    }

    /// Made and verified, and waits until the person has confirmed receipt.
    pub fn waits_for_activation(&self) -> bool {
        self.intent.is_activated_later()
            && matches!(self.course, Course::Forward)
            && self.stop.is_none()
            && self.current_step() == Step::Register
            && !self.is_unresolved(Step::Register)
    }

    /// Activated later, and made: what is left to do is done without the key, also after it failed.
    pub fn is_for_activation(&self) -> bool {
        let wants_its_key = |stop: &Stop| stop.undo.is_some() || stop.class.makes_anew(stop.step);
        self.intent.is_activated_later()
            && matches!(self.course, Course::Forward)
            && self.challenge == ChallengeState::Live
            && !self.stop.as_ref().is_some_and(wants_its_key)
            && matches!(
                self.current_step(),
                Step::Register | Step::Confirm | Step::RemoveOld | Step::HandOver
            )
    }

    /// Whether it stopped only until its key is in: pulled out, or away as what it made was refused.
    pub fn waits_for_its_key(&self) -> bool {
        let is_away = self.intent.is_activated_later();
        self.stop.as_ref().is_some_and(|stop| {
            stop.class == FailureClass::KeyRemoved || (is_away && stop.class.makes_anew(stop.step))
        })
    }

    /// Why it stopped, unless its key was only pulled out.
    pub fn failure(&self) -> Option<&Problem> {
        let stop = self.stop.as_ref().filter(|stop| stop.class != FailureClass::KeyRemoved)?;
        Some(&stop.problem)
    }

    /// Until when what the key made can be registered, while it is not.
    pub fn made_until(&self) -> Option<Timestamp> {
        let made = self.made.as_ref().filter(|_| !self.is_done(Step::Register))?;
        made.expires_at
    }

    /// Whether the step is behind us.
    pub fn is_done(&self, step: Step) -> bool {
        self.progress.get(&step) == Some(&Progress::Done)
    }

    /// It was not given up, nor is it being taken back.
    pub fn is_forward(&self) -> bool {
        matches!(self.course, Course::Forward)
    }

    /// Whether something is still to be erased: what is on the key, or older passkeys.
    pub fn erases_ahead(&self) -> bool {
        let erases = |step: &Step| matches!(step, Step::Reset | Step::RemoveOld);
        let is_settled = |step: &Step| {
            matches!(self.progress.get(step), Some(Progress::Done | Progress::LeftOut))
        };
        self.steps().iter().any(|step| erases(step) && !is_settled(step))
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.course {
            Course::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// The plan as it stands: an answered reset is in it.
    pub fn plan(&self) -> Plan {
        let mut plan = self.intent.plan.clone();
        if self.resets() {
            plan.reset = Reset::ResetFirst;
            plan.pin = PinPlan::SetNew;
        }
        plan
    }

    /// The PIN step as it is now: after a reset it is always `SetNew`.
    pub fn pin_plan(&self) -> PinPlan {
        if self.resets() { PinPlan::SetNew } else { self.intent.plan.pin }
    }

    /// Whether the key is to be reset, and may have been unheard: it can be empty already.
    pub fn is_reset_ahead(&self) -> bool {
        self.resets() && !self.is_done(Step::Reset)
    }

    /// Whether a PIN may be tried, given what the key says of its retries.
    pub fn pin_try(&self, retries_left: Option<u8>) -> PinTry {
        match (retries_left, self.last_tries) {
            (Some(retries_left), LastTries::Guarded) if retries_left <= LAST_TRIES => {
                PinTry::AskFirst { retries_left }
            }
            _ => PinTry::Go,
        }
    }

    /// What the key made, from `Done { MakeCredential }` on.
    pub fn made(&self) -> Option<&MadeFact> {
        self.made.as_ref()
    }

    /// The creation options as they are kept, from `Done { CreationOptions }` on.
    pub fn options(&self) -> Option<&OptionsFact> {
        self.options.as_ref()
    }

    /// What the key asks its person for at first use: as planned, unless that was left out.
    pub fn first_use(&self) -> FirstUse {
        match self.progress.get(&Step::ForcePinChange) {
            Some(Progress::LeftOut) => FirstUse::KeepPin,
            _ => self.intent.plan.first_use,
        }
    }

    /// Whether the directory said that it has the new passkey, without telling its id.
    pub fn was_said_to_be_registered(&self) -> bool {
        self.said_registered
    }

    /// The directory's id of the new method, once it is known.
    pub fn method_id(&self) -> Option<&str> {
        self.method_id.as_deref()
    }

    /// The new credential, verified anew from what the journal holds: the work of the Verify
    /// step, and what the Register step sends.
    ///
    /// # Errors
    /// Why it must not be sent.
    pub fn verified(&self) -> Result<NewCredential, VerifyError> {
        let (Some(made), Some(options)) = (&self.made, &self.options) else {
            return Err(VerifyError::NothingMade);
        };
        let credential = attestation::parse(&made.attestation_object)?;
        crate::webauthn::verify(&options.expectation, &made.client_data, &credential)
    }

    /// Which of the key's credentials this run left, if any: the one it made, or, where the
    /// answer was lost, the one of the same relying party and user that the directory did not
    /// know when the options were made.
    pub fn leftover(&self, on_key: &[StoredCredential]) -> Option<CredentialId> {
        let known = self.made.as_ref().and_then(|made| made.credential_id.as_ref());
        if let Some(id) = known {
            return on_key.iter().find(|stored| stored.id == *id).map(|stored| stored.id.clone());
        }
        let options = self.options.as_ref()?;
        on_key
            .iter()
            .find(|stored| {
                stored.rp_id == options.expectation.rp_id
                    && stored.user_id == options.user_id
                    && !options.expectation.exclude.contains(&stored.id)
            })
            .map(|stored| stored.id.clone())
    }

    /// The person's old passkeys that are still to be removed; never the new one.
    pub fn old_to_remove(&self) -> Vec<String> {
        let is_new = |id: &String| Some(id) == self.method_id.as_ref();
        let old = self.intent.plan.remove_old.iter();
        old.filter(|id| !is_new(id) && !self.old_removed.contains(id)).cloned().collect()
    }

    /// The class of a failure. A refusal of something made with a challenge that has lapsed
    /// meanwhile is [`FailureClass::ChallengeExpired`].
    pub fn classify(&self, step: Step, error: &StepError, now: Timestamp) -> FailureClass {
        let refused = matches!(error, StepError::Directory(DirectoryError::Refused(_)));
        let class = classify(step, error);
        let lapsed = self.made.as_ref().is_some_and(|made| is_due(made.expires_at, now));
        if step == Step::Register && refused && class == FailureClass::Refused && lapsed {
            return FailureClass::ChallengeExpired;
        }
        class
    }

    /// Whether a credential may be made with a challenge that lapses then: the touch takes time,
    /// and a key that is activated later must reach its person while the challenge lives.
    pub fn lives_long_enough(&self, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        match (expires_at, self.intent.challenge_lifetime()) {
            (Some(at), lifetime) => left_until(at, now) >= least_left(lifetime),
            (None, lifetime) => lifetime.is_none(),
        }
    }

    /// Whether fresh creation options end long before the key's person was to have confirmed
    /// receipt. Clocks differ: half of the time is taken.
    pub fn ends_too_soon(&self, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(lifetime) = self.intent.challenge_lifetime() else { return false };
        let half = SignedDuration::from_mins(lifetime.minutes().into()) / 2;
        expires_at.is_some_and(|at| left_until(at, now) < half)
    }

    fn planned(&self, step: Step) -> bool {
        let plan = &self.intent.plan;
        match step {
            Step::Reset => self.resets(),
            Step::ConfigureKey => plan.configures_key(),
            Step::ForcePinChange => plan.first_use == FirstUse::MustChangePin,
            Step::RemoveOld => !plan.remove_old.is_empty(),
            _ => true,
        }
    }

    fn resets(&self) -> bool {
        self.reset == ResetState::Wanted || self.intent.plan.reset == Reset::ResetFirst
    }

    /// Whether the next key that is put in may be reset without being asked whose it is.
    pub fn resets_unchecked(&self) -> bool {
        self.resets() && self.reset_check == ResetCheck::Waived
    }

    fn is_unresolved(&self, step: Step) -> bool {
        self.progress.get(&step) == Some(&Progress::Unresolved)
    }

    fn current_step(&self) -> Step {
        let open = |step: &Step| {
            !matches!(self.progress.get(step), Some(Progress::Done | Progress::LeftOut))
        };
        self.steps().into_iter().find(open).unwrap_or(Step::HandOver)
    }

    fn forward(&self, at_hand: &AtHand) -> Action {
        let step = self.current_step();
        match step {
            Step::Pin => self.pin_step(at_hand),
            Step::ConfigureKey => self.with_pin(step, at_hand, Action::Do(step)),
            Step::CreationOptions | Step::MakeCredential => self.make_credential(at_hand),
            Step::Register => self.register(at_hand),
            _ if self.is_unresolved(step) && !self.may_repeat(step) => Action::Resolve(step),
            Step::ForcePinChange => self.with_pin(step, at_hand, Action::Do(step)),
            _ => Action::Do(step),
        }
    }

    fn pin_step(&self, at_hand: &AtHand) -> Action {
        let plan = self.pin_plan();
        if self.is_unresolved(Step::Pin) && !self.may_repeat(Step::Pin) {
            return self.with_pin(Step::Pin, at_hand, Action::Resolve(Step::Pin));
        }
        if plan == PinPlan::Change && at_hand.old_pin == Held::No {
            return self.ask_pin(Step::Pin, WhichPin::BeforeChange);
        }
        self.with_pin(Step::Pin, at_hand, Action::Do(Step::Pin))
    }

    fn make_credential(&self, at_hand: &AtHand) -> Action {
        if self.is_unresolved(Step::MakeCredential) {
            let look = Action::Resolve(Step::MakeCredential);
            return self.with_pin(Step::MakeCredential, at_hand, look);
        }
        if self.on_key != KeyCredential::None && self.on_key != KeyCredential::Overwritten {
            return self.undo(self.undo_on_key(), at_hand);
        }
        let expires_at = self.options.as_ref().and_then(|options| options.expires_at);
        let short = !self.lives_long_enough(expires_at, at_hand.now);
        let usable = self.is_done(Step::CreationOptions)
            && at_hand.options == Held::Yes
            && self.challenge == ChallengeState::Live
            // A directory whose challenges are always short is taken as it is.
            && (!short || self.fetches > AUTOMATIC);
        if !usable {
            return Action::Do(Step::CreationOptions);
        }
        self.with_pin(Step::MakeCredential, at_hand, Action::Do(Step::MakeCredential))
    }

    fn register(&self, at_hand: &AtHand) -> Action {
        if self.is_unresolved(Step::Register) {
            return Action::Resolve(Step::Register);
        }
        let expires_at = self.made.as_ref().and_then(|made| made.expires_at);
        let lapsed = self.challenge == ChallengeState::Lapsed || is_due(expires_at, at_hand.now);
        if !lapsed {
            return Action::Do(Step::Register);
        }
        // It must be made anew. An earlier try may yet show in the directory: look there first.
        match self.in_directory {
            Trace::None => self.undo(self.undo_on_key(), at_hand),
            _ => Action::Undo(UndoStep::DirectoryMethod { method_id: self.method_id.clone() }),
        }
    }

    fn pending_undo(&self) -> Option<UndoStep> {
        let Course::TakingBack(goal) = &self.course else {
            return None;
        };
        if self.in_directory != Trace::None {
            return Some(UndoStep::DirectoryMethod { method_id: self.method_id.clone() });
        }
        // A reset takes the credential with it.
        if *goal == Goal::Reset || self.on_key == KeyCredential::None {
            return None;
        }
        Some(self.undo_on_key())
    }

    fn undo_on_key(&self) -> UndoStep {
        let id = match &self.on_key {
            KeyCredential::There(id) => id.clone(),
            _ => None,
        };
        UndoStep::KeyCredential { id }
    }

    fn undo(&self, undo: UndoStep, at_hand: &AtHand) -> Action {
        match undo {
            UndoStep::DirectoryMethod { .. } => Action::Undo(undo),
            UndoStep::KeyCredential { .. } => {
                self.with_pin(Step::MakeCredential, at_hand, Action::Undo(undo))
            }
        }
    }

    fn with_pin(&self, step: Step, at_hand: &AtHand, action: Action) -> Action {
        if at_hand.pin == Held::Yes {
            return action;
        }
        let unset = step == Step::Pin
            && self.pin_plan() != PinPlan::KeepExisting
            && !self.is_unresolved(Step::Pin);
        self.ask_pin(step, if unset { WhichPin::ChooseNew } else { WhichPin::OnKey })
    }

    fn ask_pin(&self, step: Step, which: WhichPin) -> Action {
        let sealed = self.intent.plan.custody == Custody::Sealed && which != WhichPin::BeforeChange;
        let (what, next) = match which {
            WhichPin::ChooseNew if sealed => (
                "The PIN that was sealed for this key can't be opened",
                "Unlock the keyring and try it again, above; or choose a new PIN, which is sealed in \
                 its place",
            ),
            _ if sealed => (
                "The sealed PIN of this key can't be opened",
                "Unlock the keyring and try it again, above; or type the PIN if it is known, or reset \
                 the key",
            ),
            WhichPin::ChooseNew => (
                "The person chooses the PIN of this key, and it is kept nowhere",
                "Let the person type it, twice",
            ),
            WhichPin::OnKey => {
                ("The key's PIN is kept nowhere", "Let the person type the key's PIN")
            }
            WhichPin::BeforeChange => {
                ("The key's present PIN is needed to change it", "Type the key's present PIN")
            }
        };
        let problem = Problem { what: what.into(), next: next.into(), details: Vec::new() };
        Action::AskPin(PinNeeded {
            which,
            stopped: Stopped { step, problem, answers: self.answers() },
            refused: false,
        })
    }
}

fn least_left(lifetime: Option<Lifetime>) -> SignedDuration {
    let promised = lifetime.map_or(SignedDuration::ZERO, |lifetime| {
        SignedDuration::from_mins(lifetime.minutes().into()) * KEPT_TENTHS / 10
    });
    promised.max(FRESH_FOR_TOUCH)
}

fn left_until(at: Timestamp, now: Timestamp) -> SignedDuration {
    at.duration_since(now)
}

fn is_due(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|at| left_until(at, now) < FRESH_FOR_SENDING)
}
