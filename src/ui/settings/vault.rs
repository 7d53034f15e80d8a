//! Giving sealed PINs up, where the key that opens them is gone. Trying the keyring again stands in the message
//! that says the vault is closed.

use super::{SettingsView, section};
use crate::engine::{Command, VaultMode};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Tone, space};
use crate::ui::widgets::{Button, problem_box};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let state = pass.state;
    let Some(VaultMode::Closed { problem, given_up: Some(sealed) }) = &state.vault else {
        view.giving_up = false;
        return;
    };
    let look = pass.look;
    section(ui, look, "Sealed PINs", |ui| {
        problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {});
        give_up(ui, pass, view, *sealed);
    });
    ui.add_space(space::L);
}

/// Asks first: what is given up never comes back.
fn give_up(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView, sealed: u64) {
    let look = pass.look;
    let words = match sealed {
        0 => "Give up the change of phones".to_owned(),
        1 => "Give up 1 sealed PIN".to_owned(),
        n => format!("Give up {n} sealed PINs"),
    };
    if !view.giving_up {
        view.giving_up = Button::secondary(&format!("{words}…")).show(ui, look).clicked();
        return;
    }
    problem_box(ui, look, (Tone::Bad, Icon::Warning), &question(sealed), |_| {});
    ui.horizontal_wrapped(|ui| {
        if Button::secondary(&words).show(ui, look).clicked() {
            view.giving_up = false;
            pass.send(Command::GiveUpSealedPins);
        }
        if Button::secondary("Keep them").show(ui, look).clicked() {
            view.giving_up = false;
        }
    });
}

fn question(sealed: u64) -> Problem {
    let what = match sealed {
        0 => "The change of phones ends, and its numbers can never be read again".to_owned(),
        1 => "1 sealed PIN can never be opened again, and its key must be reset".to_owned(),
        n => format!("{n} sealed PINs can never be opened again, and their keys must be reset"),
    };
    let comes_back = "If the keyring may come back, unlock it and try it again first";
    let next = match sealed {
        0 => comes_back.to_owned(),
        _ => format!("{comes_back}. A change of phones that has not ended ends, too"),
    };
    Problem { what, next, details: Vec::new() }
}
