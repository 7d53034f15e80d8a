//! The recent results, newest first.

use super::panel::{Act, Asking, PanelView, cell, keep_in_sight, paint_row};
use crate::app::state::{clean, clock_time, thousands};
use crate::engine::{ResultKind, ResultShown};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, paint_cut, paint_text};
use crate::ui::{Pass, keyboard};
use egui::{
    Align, Align2, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
    vec2,
};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PanelView) {
    let (state, look) = (pass.state, pass.look);
    let results = &state.bulk.results;
    if results.is_empty() {
        ui.add_space(space::L);
        ui.vertical_centered(|ui| {
            ui.label(look.quiet("No results yet: insert a key, touch it when its card says so"));
        });
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let marked = view.marked;
    let area = ScrollArea::vertical().id_salt("results").auto_shrink([false, false]);
    let area = keep_in_sight(ui, area, "results", marked);
    let mut wanted = None;
    area.show_rows(ui, size::RESULT_ROW, results.len(), |ui, range| {
        for n in range {
            let Some(result) = results.get(n) else { continue };
            let which = (result.entry.0, result.at.as_nanosecond());
            if ui.push_id(which, |ui| row(ui, look, result, marked == Some(n))).inner {
                wanted = Some(n);
            }
        }
    });
    if marked.is_some() && keyboard::enter(ui) {
        wanted = marked;
    }
    let chosen = wanted.and_then(|n| results.get(n)).filter(|result| can_be_undone(result));
    if let Some((result, enrolment)) = chosen.and_then(|result| Some((result, result.enrolment?))) {
        view.asking = Some(Asking::new(Act::Undo(enrolment), &result.name));
    }
}

fn can_be_undone(result: &ResultShown) -> bool {
    result.kind == ResultKind::Done && result.enrolment.is_some()
}

pub fn result_mark(kind: ResultKind) -> (Tone, Icon, &'static str) {
    match kind {
        ResultKind::Done => (Tone::Ok, Icon::Done, "Done"),
        ResultKind::Failed => (Tone::Bad, Icon::Failed, "Failed"),
        ResultKind::Skipped => (Tone::Warn, Icon::Warning, "Skipped"),
        ResultKind::Undone => (Tone::Warn, Icon::Eject, "Undone"),
    }
}

/// Draws one; whether its "Undo" was pressed.
fn row(ui: &mut Ui, look: &Look, result: &ResultShown, marked: bool) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::RESULT_ROW), Sense::hover());
    let (tone, icon, word) = result_mark(result.kind);
    let name = clean(&result.name);
    let serial = result.serial.as_deref().map(thousands);
    let spoken = format!(
        "{}, {word}, {name}, {}, {}",
        clock_time(result.at),
        serial.as_deref().unwrap_or("no key"),
        clean(&result.detail)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let hovered = ui.rect_contains_pointer(rect);
    paint_row(ui, look, rect, marked, hovered);
    let painter = ui.painter();
    let quiet = (Size::Hint, Face::Mono, look.text_2);
    let at = |x: f32| cell(rect, x);
    paint_text(painter, at(16.0), Align2::LEFT_CENTER, &clock_time(result.at), quiet);
    let ink = look.tone(tone).ink;
    let square = Rect::from_center_size(at(112.0), Vec2::splat(16.0));
    icon.paint(painter, square, ink, look.surface);
    let style = (Size::Body, Face::SemiBold, ink);
    paint_text(painter, at(128.0), Align2::LEFT_CENTER, word, style);
    let wide = rect.width() >= 900.0;
    let columns = if wide { [216.0, 384.0, 456.0, 584.0, 656.0] } else { [216.0; 5] };
    let name_end = if wide { columns[1] - 12.0 } else { rect.width() - 96.0 };
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, at(columns[0]), rect.min.x + name_end, &name, style);
    if wide {
        let body = (Size::Body, Face::Regular, look.text_2);
        let slot = result.slot.map(|slot| format!("Slot {}", slot.0)).unwrap_or_default();
        paint_text(painter, at(columns[1]), Align2::LEFT_CENTER, &slot, body);
        let serial = serial.unwrap_or_else(|| "none".to_owned());
        let mono = (Size::Hint, Face::Mono, look.text_2);
        paint_text(painter, at(columns[2]), Align2::LEFT_CENTER, &serial, mono);
        let took = result.took.map(|took| format!("{took} s")).unwrap_or_default();
        paint_text(painter, at(columns[3]), Align2::LEFT_CENTER, &took, body);
        let end = rect.max.x - if marked || hovered { 96.0 } else { space::L };
        paint_cut(painter, at(columns[4]), end, &clean(&result.detail), body);
    }
    can_be_undone(result) && {
        let place = Rect::from_min_max(pos2(rect.max.x - 88.0, rect.min.y), rect.max);
        row_button(ui, look, place, ("Undo…", &format!("Undo {name}")), marked || hovered)
    }
}

/// A small button at the end of a row.
pub fn row_button(
    ui: &mut Ui,
    look: &Look,
    place: Rect,
    (word, name): (&str, &str),
    shown: bool,
) -> bool {
    let layout = Layout::right_to_left(Align::Center);
    let builder = UiBuilder::new().max_rect(place).layout(layout);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        Button::quiet(word).named(name).in_row(shown).show(ui, look).clicked()
    })
    .inner
}
