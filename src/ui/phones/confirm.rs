//! What a sensitive button asks for before it does anything.

use crate::access::Act;
use crate::app::State;
use crate::app::state::local_time;
use crate::engine::OperatorShown;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Tone};

/// Whether the operator is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    NotAsked,
    /// A confirmation counts for so many minutes.
    AsksFirst {
        minutes: u16,
    },
    AsksSecondPerson,
    /// Until then, as a time of day.
    Given(String),
}

pub fn of(state: &State, act: Act) -> Confirm {
    let security = &state.settings.security;
    if security.two_person.contains(&act) {
        return Confirm::AsksSecondPerson;
    }
    if !security.sensitive.contains(&act) {
        return Confirm::NotAsked;
    }
    match given(state, act) {
        Some(until) => Confirm::Given(local_time(until)),
        None => Confirm::AsksFirst { minutes: security.proof_minutes },
    }
}

fn given(state: &State, act: Act) -> Option<jiff::Timestamp> {
    let OperatorShown::Person(person) = &state.who.operator else { return None };
    let (proved, until) = person.stepped_up?;
    (proved == act && until > jiff::Timestamp::now()).then_some(until)
}

impl Confirm {
    pub fn words(&self) -> Option<(Tone, Icon, String)> {
        match self {
            Self::NotAsked => None,
            Self::AsksFirst { .. } => {
                Some((Tone::Warn, Icon::Lock, "Asks you to confirm first".to_owned()))
            }
            Self::AsksSecondPerson => {
                Some((Tone::Warn, Icon::People, "Asks for a second operator".to_owned()))
            }
            Self::Given(until) => Some((Tone::Ok, Icon::Done, format!("Confirmed until {until}"))),
        }
    }

    pub fn more(&self) -> Option<String> {
        match self {
            Self::AsksFirst { minutes } => Some(format!("A confirmation counts for {minutes} min")),
            Self::NotAsked | Self::AsksSecondPerson | Self::Given(_) => None,
        }
    }
}

/// The line beside a sensitive button.
pub fn line(ui: &mut egui::Ui, pass: &Pass<'_>, act: Act) {
    let Some((tone, icon, words)) = of(pass.state, act).words() else { return };
    super::line_icon(ui, pass, (icon, tone));
    let ink = pass.look.tone(tone).ink;
    ui.label(pass.look.rich(
        words,
        crate::ui::theme::Size::Hint,
        crate::ui::theme::Face::SemiBold,
        ink,
    ));
}
