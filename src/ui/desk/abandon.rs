//! Giving an enrolment up as it stands; the history keeps the reason and what is left.

use crate::engine::Command;
use crate::enrolment::EnrolmentId;
use crate::ui::theme::space;
use crate::ui::widgets::{Button, field};
use crate::ui::{Pass, keyboard};
use egui::{Key, Ui, vec2};

/// The history shows a reason in one line.
const LONGEST_REASON: usize = 200;

/// The reason, and the button beside it.
pub fn row(ui: &mut Ui, pass: &mut Pass<'_>, id: EnrolmentId, reason: &mut String) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let room = ui.available_width() - Button::secondary("Abandon…").width(ui) - space::S;
        let typed = ui.allocate_ui(vec2(room.clamp(120.0, 360.0), 40.0), |ui| {
            field(ui, pass.look, "Reason", reason, "Reason, to give it up as it is")
        });
        // This Enter ends the typing; it answers nothing.
        if typed.inner.lost_focus() {
            keyboard::pressed(ui, Key::Enter);
        }
        button(ui, pass, id, reason);
    });
}

/// Works once a reason is typed.
pub fn button(ui: &mut Ui, pass: &mut Pass<'_>, id: EnrolmentId, reason: &mut String) {
    let given: String = reason.trim().chars().take(LONGEST_REASON).collect();
    let button = Button::secondary("Abandon…").named("Abandon").small();
    if button.enabled(!given.is_empty()).show(ui, pass.look).clicked() {
        pass.send(Command::Abandon { enrolment: id, reason: given });
        reason.clear();
    }
}
