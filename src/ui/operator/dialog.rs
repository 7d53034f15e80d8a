//! Over the content: an act wants a fresh proof or a second operator, or the tenant wants the
//! operator to sign in again.

use super::waiting::{self, Code};
use super::{CARD, OperatorView, banner, dialog_heading, foot, passphrase_row, sign_in};
use crate::app::state::clean;
use crate::engine::{
    Asked, AskedOf, AskedWays, Command, OperatorShown, SignInShown, Way, WhoCommand,
};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{Button, centred, label, problem_box, truncated};
use crate::ui::{Pass, keyboard};
use egui::{Rect, Sense, Ui, Vec2, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, room: Rect) {
    let (state, look) = (pass.state, pass.look);
    centred(ui, look, (room, CARD), "dialog", |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        match &state.who.asked {
            Some(asked) => {
                named(ui, title(asked));
                act(ui, pass, view, (asked, room));
            }
            None => {
                named(ui, "Sign in again");
                again(ui, pass, view);
            }
        }
    });
}

/// Assistive technologies hear that this is a dialog, and which.
pub(in crate::ui) fn named(ui: &Ui, name: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(egui::accesskit::Role::Dialog);
        node.set_label(name);
        node.set_modal();
    });
}

fn title(asked: &Asked) -> &'static str {
    match (asked.of, asked.ways) {
        (AskedOf::Operator, AskedWays::Browser) => "Confirm that it is you",
        (AskedOf::Operator, AskedWays::Passphrase) => "Confirm with the station's passphrase",
        (AskedOf::SecondPerson, _) => "A second operator must approve",
    }
}

fn act(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, (asked, room): (&Asked, Rect)) {
    let (state, look) = (pass.state, pass.look);
    let operator = clean(state.who.name().unwrap_or("the operator"));
    let purpose = asked.act.purpose();
    match asked.of {
        AskedOf::Operator => {
            // An application has no turn.
            if matches!(state.who.operator, OperatorShown::Person(_)) {
                let turn = format!("Your turn, {operator}");
                banner(ui, look, (Tone::Accent, Icon::Person), &turn);
                ui.add_space(space::XS);
            }
            let lasts = match state.settings.security.proof_minutes {
                1 => "1 minute".to_owned(),
                minutes => format!("{minutes} minutes"),
            };
            let below = format!("Needed to {purpose}. It counts for {lasts}, for this only.");
            dialog_heading(ui, look, (Tone::Accent, Icon::Lock), title(asked), &below);
        }
        AskedOf::SecondPerson => {
            banner(ui, look, (Tone::Warn, Icon::People), "The second operator's turn");
            ui.add_space(space::XS);
            let below = format!("{operator} wants to {purpose}.");
            dialog_heading(ui, look, (Tone::Warn, Icon::People), title(asked), &below);
            // Large text: the buttons must stay in sight.
            if room.height() > 400.0 {
                ui.add_space(space::XS);
                let asks = (Icon::Done, look.ok.ink);
                turn_row(ui, look, asks, &operator, "asks for it");
                let waits = (Icon::Running, look.warn.ink);
                turn_row(ui, look, waits, "Somebody else", "who may do it too, approves now");
            }
        }
    }
    ui.add_space(space::XS);
    if let Some(problem) = asked.refused.as_ref().or(state.who.refused.as_ref()) {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::XS);
    }
    answer(ui, pass, view, asked);
}

/// Who has done their part, and who is waited for.
fn turn_row(ui: &mut Ui, look: &Look, (icon, ink): (Icon, egui::Color32), who: &str, what: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        icon.paint(ui.painter(), square, ink, look.surface);
        ui.vertical(|ui| {
            truncated(ui, look.strong(who));
            label(ui, look.rich(what, Size::Hint, Face::Regular, look.text_2));
        });
    });
}

fn answer(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, asked: &Asked) {
    let who = &pass.state.who;
    if who.waits_for_somebody() {
        waiting::draw(ui, pass, view, Code::NotOffered);
        foot(ui, |ui| leave(ui, pass));
        return;
    }
    match asked.ways {
        AskedWays::Browser => in_browser(ui, pass, view, asked.of),
        AskedWays::Passphrase => by_passphrase(ui, pass, view, asked.of),
    }
}

fn in_browser(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, of: AskedOf) {
    let look = pass.look;
    let word = match of {
        AskedOf::Operator => "Confirm in the browser",
        AskedOf::SecondPerson => "Approve in the browser",
    };
    let button = Button::primary(word).cap("Enter");
    let both = button.width(ui) + Button::secondary("Cancel").cap("Esc").width(ui) + space::S;
    let mut pressed = false;
    if both > ui.available_width() {
        // Large text: one below the other.
        let button = button.fitting(ui).at_least(ui.available_width()).show(ui, look);
        view.focus_first(&button);
        pressed = button.clicked();
        foot(ui, |ui| leave(ui, pass));
    } else {
        foot(ui, |ui| {
            let button = button.show(ui, look);
            view.focus_first(&button);
            pressed = button.clicked();
            leave(ui, pass);
        });
    }
    if pressed || keyboard::enter(ui) {
        pass.send(Command::Who(answered(of, Way::Browser)));
    }
}

fn by_passphrase(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, of: AskedOf) {
    let look = pass.look;
    let word = match of {
        AskedOf::Operator => "Confirm",
        AskedOf::SecondPerson => "Approve",
    };
    if !pass.state.who.has_passphrase {
        let text = "This station has no passphrase yet: set one in the settings";
        label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
    }
    if let Some(typed) = passphrase_row(ui, pass, view, word) {
        pass.send(Command::Who(answered(of, Way::Passphrase(typed))));
    }
    foot(ui, |ui| leave(ui, pass));
}

fn answered(of: AskedOf, way: Way) -> WhoCommand {
    match of {
        AskedOf::Operator => WhoCommand::Prove(way),
        AskedOf::SecondPerson => WhoCommand::Approve(way),
    }
}

/// The act is left undone.
fn leave(ui: &mut Ui, pass: &mut Pass<'_>) {
    let pressed = Button::secondary("Cancel").cap("Esc").show(ui, pass.look).clicked();
    if pressed || keyboard::escape(ui) {
        pass.send(Command::Who(WhoCommand::LeaveAct));
    }
}

/// The tenant ended the session; what runs waits and goes on afterwards.
fn again(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView) {
    let (state, look) = (pass.state, pass.look);
    let name = clean(state.who.name().unwrap_or("the operator"));
    let below = format!("The tenant asks {name} to sign in. The work waits and then goes on.");
    dialog_heading(ui, look, (Tone::Accent, Icon::Person), "Sign in again", &below);
    ui.add_space(space::S);
    if state.who.waits_for_somebody() {
        waiting::draw(ui, pass, view, Code::Offered);
    } else {
        if let SignInShown::Failed(problem) = &state.who.sign_in {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
        sign_in::begin(ui, pass, view, "Sign in again");
    }
    sign_in::cancel(ui, pass);
}
