//! Keys of this session that are in no slot: to be put in, or to be activated.

use super::results::row_button;
use crate::app::state::{clean, thousands};
use crate::engine::{AwayKey, BulkCommand, Command};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, size};
use crate::ui::widgets::{paint_cut, paint_text};
use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    let (state, look) = (pass.state, pass.look);
    let away = &state.bulk.board.away;
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("away").auto_shrink([false, false]);
    area.show_rows(ui, size::RESULT_ROW, away.len(), |ui, range| {
        for key in range.filter_map(|n| away.get(n)) {
            if ui.push_id(key.enrolment.0, |ui| row(ui, look, key)).inner {
                pass.wishes.push(Command::Bulk(BulkCommand::Activate(key.enrolment)).into());
            }
        }
    });
}

/// Draws one; whether its "Activate" was pressed.
fn row(ui: &mut Ui, look: &Look, key: &AwayKey) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::RESULT_ROW), Sense::hover());
    let name = clean(&key.person.name);
    let serial = key.serial.as_deref().map_or_else(|| "no serial".to_owned(), thousands);
    let wish = match (key.to_activate, key.slot) {
        (true, _) => "Waits until the person confirms receipt".to_owned(),
        (false, Some(slot)) => format!("Put it in again; it was in slot {}", slot.0),
        (false, None) => "Put it into any slot".to_owned(),
    };
    let last = clean(&key.last_sure);
    let spoken = format!("{name}, {serial}, {wish}, {last}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    super::panel::paint_row(ui, look, rect, false, ui.rect_contains_pointer(rect));
    let painter = ui.painter();
    let at = |x: f32| super::panel::cell(rect, x);
    let (icon, ink) = match key.to_activate {
        true => (Icon::Hourglass, look.text_2),
        false => (Icon::Warning, look.warn.ink),
    };
    icon.paint(painter, Rect::from_center_size(at(24.0), Vec2::splat(16.0)), ink, look.surface);
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, at(44.0), rect.min.x + 236.0, &name, style);
    let mono = (Size::Hint, Face::Mono, look.text_2);
    paint_text(painter, at(248.0), Align2::LEFT_CENTER, &serial, mono);
    let body = (Size::Body, Face::Regular, look.text_2);
    paint_cut(painter, at(368.0), rect.max.x - 104.0, &format!("{last}. {wish}"), body);
    key.to_activate && {
        let place = Rect::from_min_max(pos2(rect.max.x - 100.0, rect.min.y), rect.max);
        row_button(ui, look, place, ("Activate", &format!("Activate {name}")), true)
    }
}
