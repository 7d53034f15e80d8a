//! Random courses of the ceremony against a small model of what is really there.

use super::*;
use crate::key::KeyError;

/// Whatever order failures, findings, answers and kills come in: nothing panics, an enrolment
/// that ends accounts for what it made, and effects are never repeated while unresolved.
#[test]
fn random_courses_end_with_everything_accounted_for() {
    for seed in 1..=3_000_u64 {
        random_course(seed);
    }
}

/// What is really there, beside what the ceremony believes.
#[derive(Default)]
struct World {
    pin: bool,
    forced: bool,
    on_key: bool,
    in_directory: bool,
    /// The list doesn't have it yet, once.
    lags: bool,
}

fn random_course(seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut dice = move |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % sides
    };
    let plan = Plan { reset: [Reset::Keep, Reset::ResetFirst][dice(2) as usize], ..plan() };
    let mut world = World::default();
    let mut records = Vec::new();
    let mut ceremony = Ceremony::begin(intent(plan.clone()));
    for _ in 0..400 {
        if dice(6) == 0 {
            ceremony = killed(plan.clone(), &records);
        }
        let record = match ceremony.next(&all_at_hand()) {
            Action::Finished(outcome) => return accounted(seed, &world, &outcome),
            Action::Do(step) => {
                records.push(intend(step));
                ceremony.apply(&records[records.len() - 1]).unwrap();
                let refused = step == Step::Register && world.in_directory;
                let fate = if refused { 0 } else { dice(8) };
                if fate != 0 {
                    world.take_effect(step);
                    world.lags = step == Step::Register && dice(2) == 0;
                }
                match fate {
                    0 => fail(step, no_effect_class(step)),
                    1 => fail(step, unknown_class(step)),
                    2 => continue,
                    _ => Record::Done { step, fact: fact(step) },
                }
            }
            Action::Resolve(step) => Record::Resolved { step, finding: world.look(step) },
            Action::Undo(step) => match dice(5) {
                0 => Record::UndoFailed {
                    step,
                    class: FailureClass::Unreachable,
                    problem: problem(),
                },
                _ => {
                    world.remove(&step);
                    Record::Undone { step, result: UndoResult::Removed }
                }
            },
            Action::Ask(stopped) => {
                assert!(!stopped.answers.is_empty(), "seed {seed}: nothing to answer");
                answer(stopped.answers[dice(stopped.answers.len() as u64) as usize])
            }
            Action::AskPin(needed) => panic!("seed {seed}: {needed:?}"),
        };
        ceremony.apply(&record).unwrap_or_else(|e| panic!("seed {seed}: {record:?}: {e}"));
        records.push(record);
    }
    // Not ended by chance: the operator ends it.
    ceremony.apply(&Record::Abandoned { reason: "enough".into() }).unwrap();
    accounted(seed, &world, ceremony.outcome().unwrap());
}

impl World {
    fn take_effect(&mut self, step: Step) {
        match step {
            Step::Reset => {
                self.pin = false;
                self.forced = false;
                self.on_key = false;
            }
            Step::Pin => self.pin = true,
            Step::MakeCredential => self.on_key = true,
            Step::Register => {
                assert!(!self.in_directory, "registered twice");
                self.in_directory = true;
            }
            Step::ForcePinChange => self.forced = true,
            _ => {}
        }
    }

    fn look(&mut self, step: Step) -> Finding {
        match step {
            Step::Reset if self.pin || self.on_key => Finding::NotReset,
            Step::Reset => Finding::Fresh,
            Step::Pin if self.pin => Finding::PinHolds,
            Step::Pin => Finding::PinNotSet,
            Step::MakeCredential if self.on_key => Finding::CredentialOnKey { id: ours() },
            Step::MakeCredential => Finding::NoCredential,
            Step::Register if self.in_directory && !std::mem::take(&mut self.lags) => {
                Finding::Registered { method_id: "new-method".into() }
            }
            Step::Register => Finding::NotRegistered,
            _ if self.forced => Finding::ChangeForced,
            _ => Finding::ChangeNotForced,
        }
    }

    fn remove(&mut self, step: &UndoStep) {
        match step {
            UndoStep::KeyCredential { .. } => self.on_key = false,
            UndoStep::DirectoryMethod { .. } => self.in_directory = false,
        }
    }
}

fn no_effect_class(step: Step) -> FailureClass {
    let error = match step {
        Step::Register | Step::RemoveOld | Step::CreationOptions | Step::Confirm => {
            StepError::Directory(DirectoryError::Unreachable { reason: "offline".into() })
        }
        Step::HandOver => StepError::Outputs,
        _ => StepError::Key(KeyError::Full),
    };
    classify(step, &error)
}

fn unknown_class(step: Step) -> FailureClass {
    match step {
        Step::Register => FailureClass::AnswerLost,
        Step::RemoveOld | Step::CreationOptions | Step::Confirm => FailureClass::Unavailable,
        Step::HandOver => FailureClass::Outputs,
        _ => FailureClass::KeyRemoved,
    }
}

fn accounted(seed: u64, world: &World, outcome: &Outcome) {
    let (left, handed_over) = match outcome {
        Outcome::HandedOver { left, .. } => (left, true),
        Outcome::RolledBack { left, .. } | Outcome::Abandoned { left, .. } => (left, false),
    };
    let has = |wanted: fn(&Left) -> bool| left.iter().any(wanted);
    if handed_over {
        assert!(world.on_key && world.in_directory && world.pin, "seed {seed}: {outcome:?}");
        return;
    }
    let on_key = has(|l| matches!(l, Left::CredentialOnKey { .. }));
    assert!(!world.on_key || on_key, "seed {seed}: credential unaccounted for: {outcome:?}");
    let listed = has(|l| matches!(l, Left::DirectoryMethod { .. }));
    assert!(!world.in_directory || listed, "seed {seed}: method unaccounted for: {outcome:?}");
    assert!(!world.pin || has(|l| *l == Left::PinOnKey), "seed {seed}: PIN unaccounted for");
}
