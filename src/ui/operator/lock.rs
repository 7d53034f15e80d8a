//! The locked station: covers everything but the bands. Nothing here may tell of persons, keys
//! or messages; the only name is that of the operator whose session it is.

use super::waiting::{self, Code};
use super::{CARD, OperatorView, dialog_heading, foot, line_icon, passphrase_row, sign_in};
use crate::access::LockCause;
use crate::app::State;
use crate::app::state::clean;
use crate::engine::{Command, OperatorShown, SignInShown, Way, WhoCommand};
use crate::ui::theme::{Icon, Tone, space};
use crate::ui::widgets::{Button, centred, label, problem_box};
use crate::ui::{Pass, bench, keyboard};
use egui::{Rect, Ui};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, room: Rect) {
    let (state, look) = (pass.state, pass.look);
    let Some(cause) = state.who.locked else { return };
    let room = bench::beside_page(ui, pass, room);
    let Some(room) = room else { return };
    centred(ui, look, (room, CARD), "lock", |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        dialog_heading(ui, look, (Tone::Idle, Icon::Lock), "Locked", &why(state, cause));
        ui.add_space(space::S);
        work(ui, pass);
        refused(ui, pass);
        if state.who.waits_for_somebody() {
            waiting::draw(ui, pass, view, Code::NotOffered);
            sign_in::cancel(ui, pass);
            return;
        }
        match &state.who.operator {
            OperatorShown::Station { .. } => {
                if let Some(typed) = passphrase_row(ui, pass, view, "Unlock") {
                    pass.send(Command::Who(WhoCommand::Unlock(Way::Passphrase(typed))));
                }
            }
            OperatorShown::Person(_) | OperatorShown::Nobody => in_browser(ui, pass, view),
        }
    });
}

fn why(state: &State, cause: LockCause) -> String {
    let name = match &state.who.operator {
        OperatorShown::Person(person) => clean(&person.name),
        OperatorShown::Station { .. } | OperatorShown::Nobody => return of_station(cause).into(),
    };
    match cause {
        LockCause::Idle => format!("Nobody used the station for a while. {name} is signed in."),
        LockCause::Screen => {
            format!("The computer's screen was locked. {name} is signed in.")
        }
        LockCause::Operator => format!("{name} locked the station."),
        LockCause::Restart => {
            format!("{name} is still signed in, and has yet to show who is here.")
        }
    }
}

fn of_station(cause: LockCause) -> &'static str {
    match cause {
        LockCause::Idle => "Nobody used the station for a while.",
        LockCause::Screen => "The computer's screen was locked.",
        LockCause::Operator => "Somebody locked the station.",
        LockCause::Restart => "Keydesk was started again.",
    }
}

/// How much goes on behind, without saying for whom.
fn work(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    let words = match pass.state.running() {
        0 => return,
        1 => "Work goes on: 1 key is being registered".to_owned(),
        n => format!("Work goes on: {n} keys are being registered"),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        line_icon(ui, Icon::Running, look.accent_text, look.surface);
        label(ui, look.body(words));
    });
    ui.add_space(space::XS);
}

fn refused(ui: &mut Ui, pass: &Pass<'_>) {
    let who = &pass.state.who;
    let failed = match &who.sign_in {
        SignInShown::Failed(problem) => Some(problem),
        _ => None,
    };
    if let Some(problem) = who.refused.as_ref().or(failed) {
        problem_box(ui, pass.look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::XS);
    }
}

fn in_browser(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView) {
    let look = pass.look;
    let width = ui.available_width();
    let button = Button::primary("Unlock").cap("Enter").icon(Icon::Browser).at_least(width).big();
    let button = button.show(ui, look);
    view.focus_first(&button);
    if button.clicked() || keyboard::enter(ui) {
        pass.send(Command::Who(WhoCommand::Unlock(Way::Browser)));
    }
    // Signing out ends what runs in the operator's name, so not while something does.
    if pass.state.running() > 0 {
        return;
    }
    let mut out = false;
    foot(ui, |ui| out = Button::quiet("Sign out").show(ui, look).clicked());
    if out {
        pass.send(Command::Who(WhoCommand::SignOut));
    }
}
