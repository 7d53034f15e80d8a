//! Before the first write: the verdict, the PIN, the options, and "Register key".

use super::form::{old_key_names, policy_for};
use super::{DeskView, FOOT, panel, serial};
use crate::app::state::{Obstacle, PinMode, local_time};
use crate::engine::{Command, VaultMode};
use crate::enrolment::preflight::{Remark, Severity};
use crate::enrolment::{FirstUse, Reset};
use crate::key::{KeyFacts, PinState};
use crate::problem::Problem;
use crate::settings::Alphabet;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{
    Button, check_box, choice_row, label, password_field, problem_box, truncated,
};
use crate::ui::{Pass, keyboard};
use egui::{Align, Layout, Rect, Sense, Ui, Vec2, vec2};

/// CTAP takes PINs of at most 63 bytes (CTAP 2.1, 6.5.1).
pub const LONGEST_PIN: usize = 63;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, rect: Rect) {
    let (state, look) = (pass.state, pass.look);
    let Some(chosen) = &state.desk.person else { return };
    let remarks = state.remarks(&view.form.choices);
    let obstacle = view.form.choices.obstacle(state, &remarks);
    let name = crate::app::state::clean(&chosen.person.display_name);
    let mut shared = (pass, view);
    panel(
        ui,
        look,
        (rect, FOOT),
        &mut shared,
        |ui, (pass, _)| {
            challenge_until(ui, pass, |ui| {
                truncated(ui, look.title(format!("Register key for {name}")));
            });
        },
        |ui, (pass, view)| body(ui, pass, view, &remarks, obstacle.as_ref()),
        |ui, (pass, view)| foot(ui, pass, view, obstacle.as_ref()),
    );
}

/// A head with the challenge's end at its right.
pub fn challenge_until(ui: &mut Ui, pass: &Pass<'_>, title: impl FnOnce(&mut Ui)) {
    let look = pass.look;
    let until = pass.state.desk.challenge.as_ref().and_then(|ready| ready.expires_at);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if let Some(at) = until.filter(|_| ui.available_width() > 560.0) {
            ui.label(look.rich(local_time(at), Size::Hint, Face::SemiBold, look.text));
            ui.label(look.rich("Challenge valid until", Size::Hint, Face::Regular, look.text_2));
            let (icon, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
            Icon::Clock.paint(ui.painter(), icon, look.text_2, look.surface);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), title);
    });
}

fn body(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut DeskView,
    remarks: &[Remark],
    obstacle: Option<&Obstacle>,
) {
    let (state, look) = (pass.state, pass.look);
    ui.add_space(space::L);
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 0)).show(ui, |ui| {
        for remark in remarks.iter().filter(|remark| remark.severity != Severity::Ok) {
            remark_box(ui, look, remark);
        }
        if let Some(Err(problem)) = &state.policy {
            problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {});
        }
        if let Some(complaint) = &view.form.complaint {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), complaint, |_| {});
        }
        match state.desk_key().and_then(|key| key.facts.as_ref()) {
            Some(facts) => choices(ui, pass, view, facts),
            None => waiting_for_key(ui, look, obstacle),
        }
    });
}

fn remark_box(ui: &mut Ui, look: &Look, remark: &Remark) {
    let marks = match remark.severity {
        Severity::Stop => (Tone::Bad, Icon::Failed),
        Severity::Look | Severity::Ok => (Tone::Warn, Icon::Warning),
    };
    let problem =
        Problem { what: remark.text.clone(), next: remark.next.clone(), details: Vec::new() };
    problem_box(ui, look, marks, &problem, |_| {});
}

fn waiting_for_key(ui: &mut Ui, look: &Look, obstacle: Option<&Obstacle>) {
    ui.add_space(space::XXL);
    ui.vertical_centered(|ui| {
        let (square, _) = ui.allocate_exact_size(Vec2::splat(48.0), Sense::hover());
        Icon::Device.paint(ui.painter(), square, look.text_3, look.surface);
        ui.add_space(space::S);
        ui.label(look.title("Insert the key"));
        if let Some(Obstacle::Wait(what)) = obstacle {
            ui.label(look.quiet(*what));
        } else {
            ui.label(look.quiet("It is checked before anything is written to it"));
        }
    });
}

fn choices(ui: &mut Ui, pass: &Pass<'_>, view: &mut DeskView, facts: &KeyFacts) {
    let (state, look) = (pass.state, pass.look);
    let holds_something = facts.pin != PinState::NotSet || facts.credentials.unwrap_or(0) > 0;
    if holds_something {
        present_pin(ui, look, view, facts);
    }
    if view.form.choices.sets_pin(facts) {
        new_pin(ui, pass, view, facts);
    }
    ui.add_space(space::S);
    heading(ui, look, "Options");
    let mut must_change = view.form.choices.first_use == FirstUse::MustChangePin;
    if check_box(ui, look, &mut must_change, "PIN must be changed at first use").changed() {
        view.form.choices.first_use =
            if must_change { FirstUse::MustChangePin } else { FirstUse::KeepPin };
    }
    let old = state.desk.person.as_ref().map(old_key_names).unwrap_or_default();
    if !old.is_empty() {
        let text = match old.len() {
            1 => "Remove the person's old key after the new one works".to_owned(),
            n => format!("Remove the person's {n} old keys after the new one works"),
        };
        check_box(ui, look, &mut view.form.choices.remove_old, &text);
        if view.form.choices.remove_old {
            label(ui, look.hint(format!("Will be removed: {}", old.join(", "))));
        }
    }
    if facts.serial.is_none() {
        serial::to_type(ui, look, facts, &mut view.form);
    }
}

fn heading(ui: &mut Ui, look: &Look, text: &str) {
    ui.label(look.rich(text, Size::Body, Face::SemiBold, look.text));
}

/// The key is not new: its PIN is typed, or it is reset.
fn present_pin(ui: &mut Ui, look: &Look, view: &mut DeskView, facts: &KeyFacts) {
    heading(ui, look, "This key was used before");
    let choices = &mut view.form.choices;
    let keep = choices.reset == Reset::Keep;
    let has_pin = facts.pin != PinState::NotSet;
    let words = if has_pin { "Use it as it is, with its PIN" } else { "Use it as it is" };
    if choice_row(ui, look, keep, words).clicked() {
        choices.reset = Reset::Keep;
    }
    if choice_row(ui, look, !keep, "Reset the key first: everything on it is lost").clicked() {
        choices.reset = Reset::ResetFirst;
        view.form.current.wipe();
    }
    if choices.reset == Reset::ResetFirst {
        label(ui, look.hint("A key takes a reset only just after it was plugged in: you will be asked to pull it out and put it back, then to touch it."));
    } else if has_pin {
        two_columns(ui, |ui, second| {
            if !second {
                named(ui, look, "Current PIN");
                let buffer = &mut view.form.current;
                if password_field(ui, look, "Current PIN", buffer, LONGEST_PIN).changed() {
                    view.form.complaint = None;
                }
            }
        });
        if facts.pin != PinState::MustChange {
            check_box(ui, look, &mut view.form.choices.keep_pin, "Keep this PIN");
        }
    }
    ui.add_space(space::S);
}

fn new_pin(ui: &mut Ui, pass: &Pass<'_>, view: &mut DeskView, facts: &KeyFacts) {
    let (look, settings) = (pass.look, &pass.state.settings);
    let policy = policy_for(facts, settings);
    heading(ui, look, "New PIN");
    let random = view.form.choices.pin == PinMode::Random;
    let of = match settings.pin_in(settings.tenant_in_use()).alphabet {
        Alphabet::Digits => "digits",
        Alphabet::Letters => "letters and digits",
    };
    let text = format!("Random, {} {of}, {} bits", policy.length(), policy.drawn_bits());
    if choice_row(ui, look, random, &text).clicked() {
        view.form.choices.pin = PinMode::Random;
        view.form.wipe();
    }
    if choice_row(ui, look, !random, "Typed by the person, twice").clicked() {
        view.form.choices.pin = PinMode::Typed;
    }
    if view.form.choices.pin == PinMode::Random {
        let (text, ink) = match &pass.state.vault {
            Some(VaultMode::Closed { .. }) => {
                ("Refused while the vault is closed: let the person type one.", look.warn.ink)
            }
            _ => ("Kept sealed until it is handed over.", look.text_2),
        };
        label(ui, look.rich(text, Size::Hint, Face::Regular, ink));
        return;
    }
    let mut changed = false;
    two_columns(ui, |ui, second| {
        let (name, buffer) = if second {
            ("Repeat PIN", &mut view.form.repeat)
        } else {
            ("New PIN", &mut view.form.new)
        };
        named(ui, look, name);
        changed |= password_field(ui, look, name, buffer, LONGEST_PIN).changed();
    });
    if changed {
        view.form.complaint = None;
    }
    label(ui, look.hint(format!("At least {} characters. Kept nowhere.", policy.length())));
}

/// Two fields side by side, or one below the other where there is no room.
pub fn two_columns(ui: &mut Ui, mut add: impl FnMut(&mut Ui, bool)) {
    let width = ui.available_width();
    if width < 420.0 {
        add(ui, false);
        add(ui, true);
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for second in [false, true] {
            ui.vertical(|ui| {
                ui.set_width(((width - space::L) / 2.0).min(280.0));
                ui.spacing_mut().item_spacing.y = space::XS;
                add(ui, second);
            });
        }
    });
}

/// A field's name above it, for the eye; the field itself carries it for other senses.
fn named(ui: &mut Ui, look: &Look, name: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let style = (Size::Hint, Face::Regular, look.text_2);
    let at = rect.left_center();
    crate::ui::widgets::paint_text(ui.painter(), at, egui::Align2::LEFT_CENTER, name, style);
}

fn foot(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, obstacle: Option<&Obstacle>) {
    let look = pass.look;
    let back = Button::secondary("Back").cap("Esc").show(ui, look).clicked();
    let narrow = ui.available_width() < 380.0;
    let text = match obstacle {
        Some(Obstacle::Wait(what)) => *what,
        Some(Obstacle::InsertKey) => "Insert the key to go on",
        Some(Obstacle::Stop(_)) => "Stopped by the check",
        Some(Obstacle::Role(needed)) => needed,
        None => "",
    };
    let mut register = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = Button::primary("Register key").cap("Enter").enabled(obstacle.is_none());
        register = button.show(ui, look).clicked();
        if !narrow {
            truncated(ui, look.hint(text));
        }
    });
    if back || keyboard::escape(ui) {
        pass.send(Command::ClearPerson);
        return;
    }
    register |= obstacle.is_none() && enter(ui);
    if register
        && obstacle.is_none()
        && let Some(request) = view.form.request(pass.state)
    {
        pass.send(Command::Register(Box::new(request)));
    }
}

/// Enter registers from the PIN fields too; a button with the focus keeps its Enter.
pub fn enter(ui: &Ui) -> bool {
    keyboard::enter(ui) || (ui.ctx().text_edit_focused() && keyboard::pressed(ui, egui::Key::Enter))
}
