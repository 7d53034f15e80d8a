//! Who can open the exported PINs of a session, and how long these stay sealed here.

use super::SettingsView;
use super::tenant::caption;
use crate::app::state::clean;
use crate::outputs::pins::Recipients;
use crate::problem::{Explain, Problem};
use crate::settings::PurgePins;
use crate::ui::theme::{Icon, Look, Tone, size, space};
use crate::ui::widgets::{Button, choice_row, field, label, problem_box, truncated};
use egui::{Align, Layout, Ui, vec2};

/// A recipient that is being typed.
#[derive(Default)]
pub struct NewRecipient {
    text: String,
    refused: Option<Problem>,
}

pub(super) fn draw(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    ui.add_space(space::S);
    ui.label(look.strong("PINs of a session"));
    caption(ui, look, "Who can open exported PINs (age)");
    list(ui, look, &mut view.edit().outputs.age_recipients);
    new(ui, look, view);
    caption(ui, look, "Sealed PINs, once they are on letters or exported");
    let outputs = &mut view.edit().outputs;
    for (purge, word) in
        [(PurgePins::WhenWritten, "Remove them here"), (PurgePins::Keep, "Keep them sealed here")]
    {
        if choice_row(ui, look, outputs.purge_pins == purge, word).clicked() {
            outputs.purge_pins = purge;
        }
    }
}

fn list(ui: &mut Ui, look: &Look, recipients: &mut Vec<String>) {
    if recipients.is_empty() {
        label(ui, look.quiet("Nobody yet: PINs can't be exported encrypted."));
        return;
    }
    let mut removed = None;
    for (place, recipient) in recipients.iter().enumerate() {
        ui.push_id(place, |ui| {
            ui.horizontal(|ui| {
                ui.set_height(size::BUTTON_SMALL);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let name = format!("Remove recipient {}", clean(recipient));
                    if Button::quiet("Remove").named(&name).show(ui, look).clicked() {
                        removed = Some(place);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        truncated(ui, look.mono(clean(recipient)));
                    });
                });
            });
        });
    }
    if let Some(place) = removed {
        recipients.remove(place);
    }
}

fn new(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let mut added = false;
    ui.horizontal(|ui| {
        let add = Button::secondary("Add recipient");
        let room = ui.available_width() - add.width(ui) - space::S;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            let text = &mut view.new_recipient.text;
            if field(ui, look, "Recipient to add", text, "age1…").changed() {
                view.new_recipient.refused = None;
            }
        });
        let ready = !view.new_recipient.text.trim().is_empty();
        added = add.enabled(ready).show(ui, look).clicked();
    });
    if added {
        take(view);
    }
    if let Some(problem) = &view.new_recipient.refused {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
}

/// What is no recipient never gets into the draft: it may be somebody's secret.
fn take(view: &mut SettingsView) {
    let text = view.new_recipient.text.trim().to_owned();
    match Recipients::parse(std::slice::from_ref(&text)) {
        Ok(_) => {
            let recipients = &mut view.edit().outputs.age_recipients;
            if !recipients.contains(&text) {
                recipients.push(text);
            }
            view.new_recipient = NewRecipient::default();
        }
        Err(error) => view.new_recipient.refused = Some(error.problem()),
    }
}
