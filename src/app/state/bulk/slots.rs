//! What a slot's card says: one word with its shape, and the answers it takes.

use super::super::KeyState;
use crate::engine::{SlotPhase, SlotShown};
use crate::enrolment::{Answer, Step};

/// Colour, shape and word of a slot, the same on its card and in the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotMark {
    Waiting,
    Identifying,
    Checking,
    SettingPin,
    TouchNext,
    Touch,
    Registering,
    Replug,
    Done,
    Failed,
    PinNeeded,
    NotUsed,
    PulledOut,
    Paused,
}

impl SlotMark {
    pub fn of(phase: &SlotPhase) -> Self {
        match phase {
            SlotPhase::Free => Self::Waiting,
            SlotPhase::Identifying => Self::Identifying,
            SlotPhase::Working(step) => Self::of_step(*step),
            SlotPhase::TouchQueued { .. } => Self::TouchNext,
            SlotPhase::TouchNow { .. } => Self::Touch,
            SlotPhase::Replug => Self::Replug,
            SlotPhase::Done { .. } => Self::Done,
            SlotPhase::Stopped(_) => Self::Failed,
            SlotPhase::PinNeeded(_) => Self::PinNeeded,
            SlotPhase::Refused(_) | SlotPhase::Barred(_) => Self::NotUsed,
            SlotPhase::PulledOut => Self::PulledOut,
            SlotPhase::Paused => Self::Paused,
        }
    }

    fn of_step(step: Step) -> Self {
        match step {
            Step::Preflight | Step::CreationOptions => Self::Checking,
            Step::Reset | Step::Pin | Step::ConfigureKey | Step::ForcePinChange => Self::SettingPin,
            _ => Self::Registering,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Identifying => "Identifying",
            Self::Checking => "Checking",
            Self::SettingPin => "Setting PIN",
            Self::TouchNext => "Touch next",
            Self::Touch => "Touch now",
            Self::Registering => "Registering",
            Self::Replug => "Plug in again",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::PinNeeded => "PIN needed",
            Self::NotUsed => "Not used",
            Self::PulledOut => "Pulled out",
            Self::Paused => "Paused",
        }
    }
}

impl From<SlotMark> for KeyState {
    fn from(mark: SlotMark) -> Self {
        match mark {
            SlotMark::Waiting | SlotMark::Paused => Self::Ready,
            SlotMark::Identifying | SlotMark::Checking => Self::Identifying,
            SlotMark::SettingPin | SlotMark::PinNeeded | SlotMark::Replug => Self::SettingPin,
            SlotMark::TouchNext => Self::Ready,
            SlotMark::Touch => Self::Touch,
            SlotMark::Registering => Self::Registering,
            SlotMark::Done => Self::ToRemove,
            SlotMark::Failed | SlotMark::PulledOut => Self::Failed,
            SlotMark::NotUsed => Self::NotAllowed,
        }
    }
}

/// The phase in a word.
pub fn phase_word(slot: &SlotShown) -> &'static str {
    SlotMark::of(&slot.phase).word()
}

/// An answer that a slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Answer(Answer),
    /// A key that was refused is used all the same, after a reset where it is a used one.
    UseAnyway {
        reset: bool,
    },
}

impl Offer {
    /// Key and words, as on the Desk.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            // It asks for the reason.
            Self::Answer(Answer::Skip) => ("S", "Skip…"),
            Self::Answer(answer) => super::super::failure_names(answer),
            Self::UseAnyway { reset: false } => ("U", "Use it anyway"),
            Self::UseAnyway { reset: true } => ("U", "Reset and use it"),
        }
    }

    /// The words where there is room for them.
    pub fn words(self) -> &'static str {
        match self {
            Self::Answer(Answer::Skip) => "Skip person…",
            other => other.names().1,
        }
    }

    /// Those of a slot, in the order they are shown.
    pub fn of(slot: &SlotShown) -> Vec<Self> {
        match &slot.phase {
            SlotPhase::Stopped(stopped) => {
                stopped.answers.iter().copied().map(Self::Answer).collect()
            }
            // "Retry" goes with the PIN that is typed.
            SlotPhase::PinNeeded(needed) => {
                let others = needed.stopped.answers.iter().copied();
                others.filter(|answer| *answer != Answer::Retry).map(Self::Answer).collect()
            }
            SlotPhase::Refused(_) => {
                vec![Self::UseAnyway { reset: slot.key.as_ref().is_some_and(|key| key.used) }]
            }
            _ => Vec::new(),
        }
    }
}

pub(super) fn waits_for_answer(slot: &SlotShown) -> bool {
    matches!(slot.phase, SlotPhase::Stopped(_) | SlotPhase::PinNeeded(_) | SlotPhase::Refused(_))
}

pub(super) fn works(slot: &SlotShown) -> bool {
    matches!(
        slot.phase,
        SlotPhase::Working(_) | SlotPhase::TouchQueued { .. } | SlotPhase::TouchNow { .. }
    )
}

/// `Second`, `Third`, `10th`: the place of someone with so many before.
pub fn ordinal(before: usize) -> String {
    const WORDS: [&str; 8] =
        ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth"];
    WORDS.get(before).map_or_else(|| format!("{}th", before + 1), |word| (*word).to_owned())
}
