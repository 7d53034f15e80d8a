//! Another number for one row of the plan, in place of its source's.

use super::numbers;
use super::plan::{PlanView, correctable};
use crate::app::state::{PlanTable, clean};
use crate::engine::{Command, PhonesCommand};
use crate::phones::NumberText;
use crate::ui::theme::{Face, Look, Size, size, space};
use crate::ui::widgets::{Button, field, paint_card, truncated};
use crate::ui::{Pass, keyboard};
use egui::{Align, Key, Layout, Rect, Stroke, Ui, vec2};

const FIELD: f32 = 220.0;

/// What is being typed.
pub struct Correcting {
    place: usize,
    text: String,
    focus: bool,
}

/// Begins with what the source holds.
pub fn begin(view: &mut PlanView, plan: &PlanTable) {
    let row = view.list.place().and_then(|place| Some((place, plan.row(place)?)));
    view.correcting = row.filter(|(_, row)| correctable(plan, row)).map(|(place, row)| {
        let text = row.given.expose().trim().to_owned();
        Correcting { place, text, focus: true }
    });
}

/// In place of the foot; true while it is open.
pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut PlanView,
    (plan, rect): (&PlanTable, Rect),
) -> bool {
    let look = pass.look;
    let Some(correcting) = &mut view.correcting else { return false };
    let Some(row) = plan.row(correcting.place) else {
        view.correcting = None;
        return false;
    };
    paint_card(ui, look, rect, Stroke::new(1.0, look.accent));
    let inner = rect.shrink2(vec2(space::L, 0.0));
    let options = &plan.shown().options;
    let text = NumberText::new(correcting.text.trim());
    let read = numbers::read_as(&text, &options.default_country, options.unassigned_too);
    let (mut done, mut leave) = (false, false);
    crate::ui::frame::row(ui, inner, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let ready = read.is_ok();
        let button = Button::primary("Use this number").cap("Enter").enabled(ready);
        done |= button.show(ui, look).clicked();
        leave |= Button::secondary("Leave it").cap("Esc").small().show(ui, look).clicked();
        ui.allocate_ui(vec2(FIELD, size::BUTTON), |ui| {
            let response = field(ui, look, "Corrected number", &mut correcting.text, "");
            if std::mem::take(&mut correcting.focus) {
                response.request_focus();
            }
            let entered = ui.input(|input| input.key_pressed(Key::Enter));
            let entered = response.lost_focus() && entered;
            done |= ready && entered;
            // What is no number yet is typed on.
            correcting.focus = entered && !ready;
        });
        leave |= keyboard::escape(ui);
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add_space((rect.height() - 40.0) / 2.0);
            let name = format!("Number for {}", clean(&row.name));
            truncated(ui, look.rich(name, Size::Lead, Face::SemiBold, look.text));
            said(ui, look, &read);
        });
    });
    if done && read.is_ok() {
        let (edition, row) = (plan.shown().edition, correcting.place);
        pass.send(Command::Phones(PhonesCommand::Correct { edition, row, number: text }));
    }
    if done || leave {
        view.correcting = None;
    }
    true
}

fn said(
    ui: &mut Ui,
    look: &Look,
    read: &Result<crate::phones::PhoneNumber, crate::phones::NumberFault>,
) {
    let (words, ink) = match read {
        Ok(number) => (format!("Read as {}", number.entra()), look.ok.ink),
        Err(fault) => (numbers::first_upper(&fault.to_string()), look.bad.ink),
    };
    truncated(ui, look.rich(words, Size::Hint, Face::Regular, ink));
}
