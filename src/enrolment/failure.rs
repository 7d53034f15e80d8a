//! Failures of steps: what class each cause belongs to, whether the step may have had an effect,
//! and what the operator may answer.

use super::preflight::{Remark, Severity};
use super::record::{Answer, Step};
use crate::directory::{CallFacts, DirectoryError};
use crate::key::KeyError;
use crate::webauthn::VerifyError;
use serde::{Deserialize, Serialize};

/// Why a step did not succeed, as whoever ran it knows it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum StepError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// What the key made does not pass the local verification.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The preflight found something that stops.
    #[error("preflight stopped")]
    Preflight(Vec<Remark>),
    /// The inserted key is not the one this enrolment began with.
    #[error("another key")]
    OtherKey,
    /// A key that may be anybody's was put in to be reset.
    #[error("whose key it is can't be checked")]
    Unchecked,
    /// The key that is to be reset is somebody else's, or a working one.
    #[error("another's key")]
    OfAnother { holder: String },
    /// Checking a PIN could use one of the last tries ([`super::Ceremony::pin_try`]).
    #[error("few PIN tries left")]
    FewTries { retries_left: u8 },
    /// The directory does not list the new passkey in patient time.
    #[error("not listed yet")]
    NotListed,
    /// The sealed PIN can't be opened any more (keyring gone or another one).
    #[error("sealed PIN can't be opened")]
    VaultClosed,
    /// The journal could not be written, so nothing was begun.
    #[error("journal not written")]
    Journal,
    /// CSV row, letter or label could not be written.
    #[error("outputs not written")]
    Outputs,
}

/// What kind of failure it is: decides what is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClass {
    KeyRemoved,
    KeySilent,
    /// Busy with another program, access denied, or a transport fault.
    KeyUnreachable,
    /// Answers that can't be read, or a status without a meaning here.
    KeyUnreadable,
    KeyUnsupported,
    OtherKey,
    NoTouch,
    Cancelled,
    WrongPin {
        retries_left: Option<u8>,
    },
    /// Going on may use one of the last three tries: only when the operator says so.
    FewTries {
        retries_left: u8,
    },
    ReplugForPin,
    PinBlocked,
    /// The key has no PIN, or wants one.
    PinMissing,
    PinPolicy,
    PinMustChange,
    PinLost,
    Excluded,
    KeyFull,
    /// The key accepts a reset only shortly after it was plugged in.
    ResetTooLate,
    /// Only the operator can tell whose key it is that is to be reset.
    ResetUnchecked,
    /// The operator has to say that a key is reset which somebody has.
    ResetOfAnothers,
    /// After a kill: the reset did not happen, or can't be told.
    ResetUnfinished,
    ModelForbidden,
    KeyInUse,
    PersonNotReady,
    Attestation,
    ChallengeExpired,
    SignIn,
    Forbidden,
    NotFound,
    Refused,
    AlreadyRegistered,
    Throttled,
    Unavailable,
    Unreachable,
    AnswerLost,
    Garbled,
    NotListed,
    Settings,
    Journal,
    Outputs,
}

impl FailureClass {
    /// Whether what the key made is to be made anew, on the key: the same bytes would be refused again.
    pub fn makes_anew(self, step: Step) -> bool {
        step == Step::Register && self == Self::Refused
    }
}

/// Whether a failed step may have changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Unknown,
}

/// The class of a failure, by its cause and never by a service's text.
///
/// An expired challenge is told apart by [`super::Ceremony::classify`], which knows the expiry.
pub fn classify(step: Step, error: &StepError) -> FailureClass {
    match error {
        StepError::Key(error) => classify_key(step, error),
        StepError::Directory(error) => classify_directory(step, error),
        StepError::Verify(_) => FailureClass::Attestation,
        StepError::Preflight(remarks) => classify_preflight(remarks),
        StepError::OtherKey => FailureClass::OtherKey,
        StepError::Unchecked => FailureClass::ResetUnchecked,
        StepError::OfAnother { .. } => FailureClass::ResetOfAnothers,
        StepError::FewTries { retries_left } => {
            FailureClass::FewTries { retries_left: *retries_left }
        }
        StepError::NotListed => FailureClass::NotListed,
        StepError::VaultClosed => FailureClass::PinLost,
        StepError::Journal => FailureClass::Journal,
        StepError::Outputs => FailureClass::Outputs,
    }
}

fn classify_key(step: Step, error: &KeyError) -> FailureClass {
    match error {
        KeyError::Removed => FailureClass::KeyRemoved,
        KeyError::Silent => FailureClass::KeySilent,
        KeyError::NoTouch => FailureClass::NoTouch,
        KeyError::Cancelled => FailureClass::Cancelled,
        KeyError::Denied | KeyError::Busy | KeyError::Transport(_) => FailureClass::KeyUnreachable,
        KeyError::PinInvalid { retries_left: Some(0) } | KeyError::PinBlocked => {
            FailureClass::PinBlocked
        }
        KeyError::PinInvalid { retries_left } => {
            FailureClass::WrongPin { retries_left: *retries_left }
        }
        KeyError::PinAuthBlocked { .. } => FailureClass::ReplugForPin,
        KeyError::PinNotSet | KeyError::PinRequired => FailureClass::PinMissing,
        KeyError::PinPolicy { .. } => FailureClass::PinPolicy,
        KeyError::PinMustChange => FailureClass::PinMustChange,
        KeyError::Excluded => FailureClass::Excluded,
        KeyError::Full => FailureClass::KeyFull,
        KeyError::NotAllowed if step == Step::Reset => FailureClass::ResetTooLate,
        KeyError::ResetNotFirst => FailureClass::ResetUnchecked,
        KeyError::NotAllowed | KeyError::Status(_) => FailureClass::KeyUnreadable,
        KeyError::Unsupported(_) => FailureClass::KeyUnsupported,
        KeyError::Malformed(_) | KeyError::Panicked => FailureClass::KeyUnreadable,
    }
}

fn classify_directory(step: Step, error: &DirectoryError) -> FailureClass {
    match error {
        DirectoryError::SignIn { .. }
        | DirectoryError::Operator(_)
        | DirectoryError::NoSecret
        | DirectoryError::Unauthorized(_) => FailureClass::SignIn,
        DirectoryError::Forbidden(_) => FailureClass::Forbidden,
        DirectoryError::NotFound(_) | DirectoryError::Ambiguous { .. } => FailureClass::NotFound,
        DirectoryError::Refused(facts) if step == Step::Register && is_conflict(facts) => {
            FailureClass::AlreadyRegistered
        }
        DirectoryError::Refused(_) => FailureClass::Refused,
        DirectoryError::Throttled { .. } => FailureClass::Throttled,
        DirectoryError::Unavailable(_) => FailureClass::Unavailable,
        DirectoryError::Unreachable { .. } => FailureClass::Unreachable,
        DirectoryError::AnswerLost(_) => FailureClass::AnswerLost,
        DirectoryError::Garbled { .. } | DirectoryError::Options(_) => FailureClass::Garbled,
        DirectoryError::Settings(_) | DirectoryError::NotOffered { .. } => FailureClass::Settings,
    }
}

fn is_conflict(facts: &CallFacts) -> bool {
    facts.status == Some(409)
}

fn classify_preflight(remarks: &[Remark]) -> FailureClass {
    remarks
        .iter()
        .find(|remark| remark.severity == Severity::Stop)
        .map_or(FailureClass::PersonNotReady, |remark| remark.subject.class())
}

/// Whether the step may have taken effect though it failed so.
pub fn effect(step: Step, class: FailureClass) -> Effect {
    let unknown = match step {
        Step::Reset | Step::Pin | Step::ConfigureKey | Step::ForcePinChange => {
            key_answer_missing(class)
        }
        // A touch may have come in the very moment of the deadline or the cancel.
        Step::MakeCredential => {
            key_answer_missing(class)
                || matches!(class, FailureClass::NoTouch | FailureClass::Cancelled)
        }
        Step::Register => matches!(
            class,
            FailureClass::AnswerLost
                | FailureClass::Garbled
                | FailureClass::Unavailable
                | FailureClass::AlreadyRegistered
                | FailureClass::Journal
                | FailureClass::Cancelled
        ),
        // Several deletions, several files: some may be through.
        Step::RemoveOld | Step::HandOver => true,
        _ => false,
    };
    if unknown { Effect::Unknown } else { Effect::None }
}

fn key_answer_missing(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::KeyRemoved
            | FailureClass::KeySilent
            | FailureClass::KeyUnreachable
            | FailureClass::KeyUnreadable
            | FailureClass::Journal
    )
}

/// What may be answered to such a failure, the most useful first. The ceremony leaves out what
/// the state of the enrolment forbids (roll-back with nothing to take back, reset after a
/// hand-over began).
pub fn answers(step: Step, class: FailureClass) -> Vec<Answer> {
    use Answer::{LeaveIt, NewKey, ResetKey, Retry, RollBack, Skip};
    let mut offered = match class {
        FailureClass::KeyRemoved
        | FailureClass::KeySilent
        | FailureClass::KeyUnreachable
        | FailureClass::NoTouch
        | FailureClass::Cancelled
        | FailureClass::ReplugForPin
        | FailureClass::OtherKey
        | FailureClass::PinPolicy => vec![Retry, NewKey, Skip],
        FailureClass::KeyUnreadable
        | FailureClass::WrongPin { .. }
        | FailureClass::FewTries { .. }
        | FailureClass::PinMissing
        | FailureClass::ResetTooLate
        | FailureClass::ResetOfAnothers
        | FailureClass::ResetUnfinished => vec![Retry, ResetKey, NewKey, Skip],
        FailureClass::PinBlocked
        | FailureClass::PinMustChange
        | FailureClass::PinLost
        | FailureClass::Excluded
        | FailureClass::KeyFull
        | FailureClass::ResetUnchecked => vec![ResetKey, NewKey, Skip],
        // The operator may free the key by hand, then go on.
        FailureClass::KeyInUse => vec![ResetKey, NewKey, Retry, Skip],
        FailureClass::KeyUnsupported | FailureClass::ModelForbidden | FailureClass::Attestation => {
            vec![NewKey, Retry, Skip]
        }
        FailureClass::PersonNotReady
        | FailureClass::ChallengeExpired
        | FailureClass::SignIn
        | FailureClass::Forbidden
        | FailureClass::NotFound
        | FailureClass::Throttled
        | FailureClass::Unavailable
        | FailureClass::Unreachable
        | FailureClass::AnswerLost
        | FailureClass::Garbled
        | FailureClass::AlreadyRegistered
        | FailureClass::NotListed
        | FailureClass::Settings
        | FailureClass::Journal => vec![Retry, Skip],
        FailureClass::Refused => vec![Retry, NewKey, Skip],
        FailureClass::Outputs => vec![Retry],
    };
    if matches!(step, Step::ForcePinChange | Step::RemoveOld | Step::HandOver) {
        offered.push(LeaveIt);
    }
    offered.push(RollBack);
    offered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::preflight::Subject;

    fn facts(status: u16) -> CallFacts {
        CallFacts { status: Some(status), ..CallFacts::default() }
    }

    #[test]
    fn a_conflict_on_registering_means_already_registered_and_is_looked_up() {
        let error = StepError::Directory(DirectoryError::Refused(facts(409)));
        let class = classify(Step::Register, &error);
        assert_eq!(class, FailureClass::AlreadyRegistered);
        assert_eq!(effect(Step::Register, class), Effect::Unknown);
        assert_eq!(classify(Step::RemoveOld, &error), FailureClass::Refused);
    }

    #[test]
    fn a_lost_answer_may_have_taken_effect_and_a_refusal_has_not() {
        for (error, expected) in [
            (DirectoryError::AnswerLost(facts(0)), Effect::Unknown),
            (DirectoryError::Unavailable(facts(500)), Effect::Unknown),
            (
                DirectoryError::Garbled { reason: "not JSON".into(), facts: facts(201) },
                Effect::Unknown,
            ),
            (DirectoryError::Refused(facts(400)), Effect::None),
            (DirectoryError::Unreachable { reason: "refused".into() }, Effect::None),
            (DirectoryError::Forbidden(facts(403)), Effect::None),
        ] {
            let class = classify(Step::Register, &StepError::Directory(error.clone()));
            assert_eq!(effect(Step::Register, class), expected, "{error:?}");
        }
    }

    #[test]
    fn a_key_pulled_out_leaves_every_key_write_unknown() {
        for step in [Step::Reset, Step::Pin, Step::MakeCredential, Step::ForcePinChange] {
            assert_eq!(effect(step, FailureClass::KeyRemoved), Effect::Unknown, "{step:?}");
        }
        assert_eq!(effect(Step::Preflight, FailureClass::KeyRemoved), Effect::None);
    }

    #[test]
    fn not_allowed_means_too_late_only_for_a_reset() {
        let error = StepError::Key(KeyError::NotAllowed);
        assert_eq!(classify(Step::Reset, &error), FailureClass::ResetTooLate);
        assert_eq!(classify(Step::MakeCredential, &error), FailureClass::KeyUnreadable);
    }

    #[test]
    fn the_last_wrong_pin_is_a_blocked_pin() {
        let wrong = |retries_left| StepError::Key(KeyError::PinInvalid { retries_left });
        assert_eq!(classify(Step::Pin, &wrong(Some(0))), FailureClass::PinBlocked);
        assert_eq!(
            classify(Step::Pin, &wrong(Some(5))),
            FailureClass::WrongPin { retries_left: Some(5) }
        );
    }

    #[test]
    fn a_blocked_pin_can_only_be_reset_or_replaced() {
        assert_eq!(
            answers(Step::Pin, FailureClass::PinBlocked),
            [Answer::ResetKey, Answer::NewKey, Answer::Skip, Answer::RollBack]
        );
    }

    #[test]
    fn a_full_key_and_an_excluded_one_are_never_just_tried_again() {
        for class in [FailureClass::KeyFull, FailureClass::Excluded] {
            assert!(!answers(Step::MakeCredential, class).contains(&Answer::Retry), "{class:?}");
        }
    }

    #[test]
    fn preflight_stops_are_classed_by_what_stands_in_the_way() {
        let stop = |subject| StepError::Preflight(vec![Remark::stop(subject, "text", "next")]);
        assert_eq!(classify(Step::Preflight, &stop(Subject::Model)), FailureClass::ModelForbidden);
        assert_eq!(
            classify(Step::Preflight, &stop(Subject::Account)),
            FailureClass::PersonNotReady
        );
        assert_eq!(classify(Step::Preflight, &stop(Subject::KeyState)), FailureClass::KeyInUse);
    }
}
