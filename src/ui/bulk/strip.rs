//! The key strip while a session runs: one small card for each slot, on every screen.

use super::card::mark;
use crate::app::state::{SlotMark, clean, thousands};
use crate::engine::SlotShown;
use crate::ui::Pass;
use crate::ui::theme::{Face, Look, Size, radius, space};
use crate::ui::widgets::{card_frame, paint_cut, paint_text};
use egui::{
    Align, Align2, CornerRadius, Layout, Rect, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

const CARD: Vec2 = vec2(148.0, 56.0);

/// Draws the slots; a click wants to see the board.
pub fn draw(ui: &mut Ui, pass: &Pass<'_>, rect: Rect) -> bool {
    let mut clicked = false;
    crate::ui::frame::row(ui, rect, Layout::left_to_right(Align::Center), |ui| {
        ScrollArea::horizontal().id_salt("slots").show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            for slot in &pass.state.bulk.board.slots {
                let response = card(ui, pass.look, slot);
                clicked |= response.clicked();
                if SlotMark::of(&slot.phase) == SlotMark::Touch {
                    keep_in_sight(ui, slot, &response);
                }
            }
        });
    });
    clicked
}

/// Scrolls to the slot that asks for its touch, once; afterwards the operator may scroll.
fn keep_in_sight(ui: &Ui, slot: &SlotShown, response: &Response) {
    let memory = egui::Id::unique("slot in the strip");
    let now = (slot.no.0, slot.enrolment.map(|id| id.0));
    if ui.data(|data| data.get_temp(memory)) != Some(now) {
        ui.data_mut(|data| data.insert_temp(memory, now));
        response.scroll_to_me(None);
    }
}

fn card(ui: &mut Ui, look: &Look, slot: &SlotShown) -> Response {
    let (_, rect) = ui.allocate_space(CARD);
    let id = ui.make_persistent_id(("strip", slot.no.0));
    let response = ui.interact(rect, id, Sense::click());
    let state = SlotMark::of(&slot.phase);
    let serial = slot.key.as_ref().map(|key| match &key.serial {
        // The last digits tell keys of one batch apart.
        Some(serial) => short(serial),
        None => "no serial".to_owned(),
    });
    let serial = serial.unwrap_or_else(|| "no key".to_owned());
    let name = format!("Slot {}, {serial}, {}", slot.no.0, state.word());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let (tone, icon) = mark(state);
    // Yellow lines can be read on the dark surface only; on the light one the card is yellow.
    let filled = state == SlotMark::Touch && !look.dark;
    let (fill, plain, quiet) = match filled {
        true => (look.touch.fill, look.touch.ink, look.touch.ink),
        false => (look.surface, look.text, look.text_3),
    };
    let edge = match state {
        SlotMark::Touch if look.dark => Stroke::new(2.0, look.touch.fill),
        SlotMark::Touch => Stroke::new(2.0, look.touch.ink),
        SlotMark::Failed => Stroke::new(2.0, look.bad.ink),
        _ => Stroke::new(1.0, look.stroke),
    };
    ui.painter().add(card_frame(look).fill(fill).stroke(edge).paint(rect.shrink(edge.width)));
    if response.has_focus() {
        let corner = CornerRadius::same(radius::CARD);
        ui.painter().rect_stroke(rect, corner, Stroke::new(3.0, look.text), StrokeKind::Inside);
    }
    let painter = ui.painter();
    let style = (Size::Body, Face::SemiBold, plain);
    let at = pos2(rect.min.x + 9.0, rect.min.y + 19.0);
    paint_text(painter, at, Align2::LEFT_CENTER, &slot.no.0.to_string(), style);
    let style = (Size::Hint, Face::Mono, quiet);
    let at = pos2(rect.max.x - 9.0, rect.min.y + 19.0);
    paint_text(painter, at, Align2::RIGHT_CENTER, &serial, style);
    let ink = match state {
        SlotMark::Touch if look.dark => look.touch.fill,
        _ => look.tone(tone).ink,
    };
    let square =
        Rect::from_center_size(pos2(rect.min.x + 16.0, rect.min.y + 39.0), Vec2::splat(14.0));
    icon.paint(painter, square, ink, fill);
    let at = pos2(rect.min.x + 29.0, rect.min.y + 39.0);
    paint_cut(painter, at, rect.max.x - 6.0, state.word(), (Size::Hint, Face::SemiBold, ink));
    response
}

/// The last six characters, as people read them out.
fn short(serial: &str) -> String {
    let serial = clean(serial);
    let from = serial.char_indices().rev().nth(5).map_or(0, |(at, _)| at);
    thousands(&serial[from..])
}
