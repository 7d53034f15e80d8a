//! Nobody is signed in: whose station it is, and one big button.

use super::waiting::{self, Code};
use super::{CARD, OperatorView, dialog_heading, foot};
use crate::app::state::clean;
use crate::engine::{Command, SignInShown, WhoCommand};
use crate::ui::theme::{Icon, Tone, space};
use crate::ui::widgets::{Button, centred, label, problem_box};
use crate::ui::{Pass, keyboard};
use egui::{Rect, Ui};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, room: Rect) {
    let (state, look) = (pass.state, pass.look);
    let title = match state.tenant_name() {
        Some(name) => format!("Sign in to {}", clean(name)),
        None => "Sign in".to_owned(),
    };
    let detail = state.connected.as_ref().map(|connected| clean(&connected.detail));
    centred(ui, look, (room, CARD), "sign in", |ui| {
        dialog_heading(ui, look, (Tone::Accent, Icon::Person), &title, &detail.unwrap_or_default());
        ui.add_space(space::L);
        if state.verify.chosen_tenant.is_some() {
            crate::ui::verify::chosen_tenant(ui, pass);
            ui.add_space(space::S);
        }
        if state.who.waits_for_somebody() {
            waiting::draw(ui, pass, view, Code::Offered);
            cancel(ui, pass);
            return;
        }
        if let SignInShown::Failed(problem) = &state.who.sign_in {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
            ui.add_space(space::S);
            begin(ui, pass, view, "Sign in again");
        } else {
            label(ui, look.quiet("Keys are registered in your name, and the history says so."));
            ui.add_space(space::S);
            begin(ui, pass, view, "Sign in");
        }
    });
}

/// The one big button, and the way without a browser.
pub(super) fn begin(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, word: &str) {
    let look = pass.look;
    let width = ui.available_width();
    let button = Button::primary(word).cap("Enter").at_least(width).big().show(ui, look);
    view.focus_first(&button);
    if button.clicked() || keyboard::enter(ui) {
        pass.send(Command::Who(WhoCommand::SignIn));
    }
    ui.add_space(space::XS);
    let code = Button::quiet("Use a code on another device").at_least(width).show(ui, look);
    if code.clicked() {
        pass.send(Command::Who(WhoCommand::SignInByCode));
    }
}

pub(super) fn cancel(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    let mut pressed = keyboard::escape(ui);
    foot(ui, |ui| pressed |= Button::secondary("Cancel").cap("Esc").show(ui, look).clicked());
    if pressed {
        pass.send(Command::Who(WhoCommand::CancelSignIn));
    }
}
