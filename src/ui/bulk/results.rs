//! The recent results, newest first.

use super::panel::{Act, Asking, PanelView, cell, keep_in_sight, paint_row};
use crate::app::state::{clean, clock_time, thousands};
use crate::engine::{ResultKind, ResultShown};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, paint_cut, paint_text};
use crate::ui::{Pass, frame, keyboard};
use egui::{
    Align, Align2, Layout, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
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
    let columns = Columns::of(rect.width());
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, at(NAME), rect.min.x + columns.name_end, &name, style);
    let body = (Size::Body, Face::Regular, look.text_2);
    if let Some(x) = columns.slot {
        let slot = result.slot.map(|slot| format!("Slot {}", slot.0)).unwrap_or_default();
        paint_text(painter, at(x), Align2::LEFT_CENTER, &slot, body);
    }
    if let Some(x) = columns.serial {
        let serial = serial.unwrap_or_else(|| "none".to_owned());
        let mono = (Size::Hint, Face::Mono, look.text_2);
        paint_text(painter, at(x), Align2::LEFT_CENTER, &serial, mono);
    }
    if let Some(x) = columns.took {
        let took = result.took.map(|took| format!("{took} s")).unwrap_or_default();
        paint_text(painter, at(x), Align2::LEFT_CENTER, &took, body);
    }
    if let Some(x) = columns.detail {
        let shown = can_be_undone(result) && (marked || hovered);
        let end = rect.max.x - if shown { 96.0 } else { space::L };
        paint_cut(painter, at(x), end, &clean(&result.detail), body);
    }
    can_be_undone(result) && {
        let place = Rect::from_min_max(pos2(rect.max.x - 88.0, rect.min.y), rect.max);
        row_button(ui, look, place, ("Undo…", &format!("Undo {name}")), marked || hovered)
    }
}

const NAME: f32 = 216.0;

/// Where the cells of a row begin, by the room there is.
struct Columns {
    name_end: f32,
    slot: Option<f32>,
    serial: Option<f32>,
    took: Option<f32>,
    detail: Option<f32>,
}

impl Columns {
    fn of(width: f32) -> Self {
        let cells = |name_end, slot, serial, took, detail| Self {
            name_end,
            slot: Some(slot),
            serial: Some(serial),
            took,
            detail: Some(detail),
        };
        if width >= 900.0 {
            cells(372.0, 384.0, 456.0, Some(584.0), 656.0)
        } else if width >= 700.0 {
            cells(348.0, 356.0, 420.0, None, 520.0)
        } else {
            let name_end = width - 96.0;
            Self { name_end, slot: None, serial: None, took: None, detail: None }
        }
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
    frame::row(ui, place, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        Button::quiet(word).named(name).in_row(shown).show(ui, look).clicked()
    })
}
