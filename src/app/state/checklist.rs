//! The list on the Desk that ticks by itself, from the steps of the enrolment.

use super::State;
use super::desk::{Challenge, Run, StepState};
use crate::enrolment::Step;
use std::time::Duration;

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckLine {
    pub stage: Stage,
    pub title: String,
    pub mark: Mark,
    pub note: String,
    pub took: Option<Duration>,
}

/// What a line is about; several steps may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Reset,
    Challenge,
    Pin,
    Touch,
    Registered,
    Confirmed,
    PinChange,
    OldKeys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Ahead,
    Running,
    Done,
    Failed,
}

impl Stage {
    fn title(self, directory: &str) -> String {
        let title = match self {
            Self::Reset => "Reset",
            Self::Challenge => "Challenge",
            Self::Pin => "PIN",
            Self::Touch => "Touch",
            Self::Registered => "Registered",
            Self::Confirmed => return format!("Confirmed in {directory}"),
            Self::PinChange => "PIN change at first use",
            Self::OldKeys => "Old keys removed",
        };
        title.to_owned()
    }

    /// Whether it waits for the directory.
    pub fn asks_directory(self) -> bool {
        match self {
            Self::Challenge | Self::Registered | Self::Confirmed | Self::OldKeys => true,
            Self::Reset | Self::Pin | Self::Touch | Self::PinChange => false,
        }
    }

    fn steps(self) -> &'static [Step] {
        match self {
            Self::Reset => &[Step::Reset],
            Self::Challenge => &[Step::CreationOptions],
            Self::Pin => &[Step::Pin, Step::ConfigureKey],
            Self::Touch => &[Step::MakeCredential, Step::Verify],
            Self::Registered => &[Step::Register],
            Self::Confirmed => &[Step::Confirm],
            Self::PinChange => &[Step::ForcePinChange],
            Self::OldKeys => &[Step::RemoveOld],
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Reset => "everything on the key is erased",
            Self::Challenge => "fetched from the directory",
            Self::Pin => "set on the key",
            Self::Touch => "when the key blinks",
            Self::Registered => "waits for the touch",
            Self::Confirmed => "read back after registering",
            Self::PinChange => "the last thing written to the key",
            Self::OldKeys => "only after the new key is confirmed",
        }
    }
}

const STAGES: [Stage; 8] = [
    Stage::Challenge,
    Stage::Reset,
    Stage::Pin,
    Stage::Touch,
    Stage::Registered,
    Stage::Confirmed,
    Stage::PinChange,
    Stage::OldKeys,
];

impl State {
    /// The lines of an enrolment; a challenge fetched ahead counts as done.
    pub fn checklist(&self, run: &Run) -> Vec<CheckLine> {
        let directory = self.connected.as_ref().map_or("the directory", |there| there.directory);
        STAGES
            .into_iter()
            .filter(|stage| stage.steps().iter().any(|step| run.state_of(*step).is_some()))
            .map(|stage| {
                let title = stage.title(directory);
                line(stage, title, run, self.desk.challenge.as_ref())
            })
            .collect()
    }
}

fn line(stage: Stage, title: String, run: &Run, challenge: Option<&Challenge>) -> CheckLine {
    let states: Vec<&StepState> =
        stage.steps().iter().filter_map(|step| run.state_of(*step)).collect();
    let mark = mark_of(&states);
    if let (Stage::Challenge, Mark::Ahead, Some(ready)) = (stage, mark, challenge) {
        let note = "fetched ahead".to_owned();
        return CheckLine { stage, title, mark: Mark::Done, note, took: Some(ready.took) };
    }
    let took = states.iter().filter_map(|state| match state {
        StepState::Done { took, .. } => Some(*took),
        _ => None,
    });
    // How long it took in an earlier run is not known.
    let took = Some(took.sum()).filter(|took: &Duration| mark == Mark::Done && !took.is_zero());
    CheckLine { stage, title, mark, note: note_of(stage, mark, &states), took }
}

fn mark_of(states: &[&StepState]) -> Mark {
    let any = |wanted: fn(&StepState) -> bool| states.iter().any(|state| wanted(state));
    if any(|state| matches!(state, StepState::Failed)) {
        Mark::Failed
    } else if any(|state| matches!(state, StepState::Running | StepState::Waiting { .. })) {
        Mark::Running
    } else if states.iter().all(|state| matches!(state, StepState::Done { .. })) {
        Mark::Done
    } else if any(|state| matches!(state, StepState::Done { .. })) {
        Mark::Running
    } else {
        Mark::Ahead
    }
}

fn note_of(stage: Stage, mark: Mark, states: &[&StepState]) -> String {
    let told = states.iter().rev().find_map(|state| match state {
        StepState::Waiting { note } => Some(note),
        StepState::Done { note, .. } if mark == Mark::Done && !note.is_empty() => Some(note),
        _ => None,
    });
    match (told, mark) {
        (Some(note), _) => note.clone(),
        (None, Mark::Failed) => "failed".to_owned(),
        (None, Mark::Running) => "under way".to_owned(),
        (None, _) => stage.hint().to_owned(),
    }
}
