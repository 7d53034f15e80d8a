//! What comes next, and what the driver brings.

use crate::enrolment::record::{Answer, Outcome, Step, UndoStep};
use crate::problem::Problem;
use jiff::Timestamp;

/// What the driver has at this moment: the ceremony itself has neither clock nor secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtHand {
    pub now: Timestamp,
    /// The PIN the key has or gets: in memory, or sealed in a vault that can be opened.
    pub pin: Held,
    /// The PIN the key has before a change.
    pub old_pin: Held,
    /// The creation options of the last `Done { CreationOptions }`, with their challenge.
    pub options: Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    No,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Do(Step),
    Resolve(Step),
    Undo(UndoStep),
    Ask(Stopped),
    AskPin(PinNeeded),
    Finished(Outcome),
}

/// How a failure is shown and what may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub step: Step,
    pub problem: Problem,
    pub answers: Vec<Answer>,
}

/// A PIN must be typed before the enrolment can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinNeeded {
    pub which: WhichPin,
    /// Why, and what may be answered instead.
    pub stopped: Stopped,
    /// The one that was typed is not taken; `stopped` says why.
    pub refused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichPin {
    /// The key has none yet: the person chooses it (again).
    ChooseNew,
    /// The PIN that is, or may be, on the key.
    OnKey,
    /// The PIN the key has before it is changed.
    BeforeChange,
}

/// Whether a PIN may be tried on the key now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinTry {
    Go,
    /// Fail the step with [`crate::enrolment::StepError::FewTries`] (or find [`crate::enrolment::Finding::FewTries`]).
    AskFirst {
        retries_left: u8,
    },
}
