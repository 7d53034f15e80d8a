//! The recent results, newest first.

use super::panel::{Act, Asking, Marked, PanelView, cell, keep_in_sight, paint_row};
use crate::access;
use crate::app::State;
use crate::app::state::{clean, clock_time, thousands};
use crate::bulk::SessionPin;
use crate::engine::{Command, ResultKind, ResultShown, SessionShown};
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
    view.keep_mark(results.iter().map(|result| Marked::Result(result.entry, result.at)));
    let marked = view.marked;
    let area = ScrollArea::vertical().id_salt("results").auto_shrink([false, false]);
    let area = keep_in_sight(ui, area, "results", marked);
    let mut wanted = None;
    area.show_rows(ui, size::RESULT_ROW, results.len(), |ui, range| {
        for n in range {
            let Some(result) = results.get(n) else { continue };
            let which = (result.entry.0, result.at.as_nanosecond());
            let deeds = deeds(state, result);
            let marked = marked == Some(n);
            let deed = ui.push_id(which, |ui| row(ui, look, result, (marked, &deeds))).inner;
            wanted = deed.map(|deed| (n, deed)).or(wanted);
        }
    });
    if let Some(n) = marked
        && keyboard::enter_alone(ui)
    {
        wanted = Some((n, Deed::Undo));
    }
    let chosen = wanted.and_then(|(n, deed)| Some((results.get(n)?, deed)));
    if let Some((result, deed)) = chosen
        && deeds(state, result).contains(&deed)
        && let Some(enrolment) = result.enrolment
    {
        match deed {
            Deed::Undo => view.asking = Some(Asking::new(Act::Undo(enrolment), &result.name)),
            Deed::Letter => pass.send(Command::WriteLetter(enrolment)),
            Deed::Open => {
                let letter = state.bulk.letter_of(enrolment).cloned();
                pass.wishes.extend(letter.map(|path| Command::Open(path).into()));
            }
        }
    }
}

/// What can be done about a key that was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Letter,
    /// The letter that was written.
    Open,
    Undo,
}

impl Deed {
    /// The word on its button, and the one that is spoken.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Letter => ("Letter", "Letter for"),
            Self::Open => ("Open letter", "Open the letter for"),
            Self::Undo => ("Undo…", "Undo"),
        }
    }

    fn width(self) -> f32 {
        match self {
            Self::Open => 104.0,
            Self::Letter | Self::Undo => 72.0,
        }
    }
}

fn deeds(state: &State, result: &ResultShown) -> Vec<Deed> {
    let Some(enrolment) = result.enrolment.filter(|_| state.bulk.is_finished(result)) else {
        return Vec::new();
    };
    let is_sealed = |session: &SessionShown| session.options.pin != SessionPin::Typed;
    let may = state.who.refusal_of(access::Act::RevealPin).is_none();
    let letter = match state.bulk.letter_of(enrolment) {
        Some(_) => Some(Deed::Open),
        None if may && state.bulk.session.as_ref().is_some_and(is_sealed) => Some(Deed::Letter),
        None => None,
    };
    letter.into_iter().chain([Deed::Undo]).collect()
}

pub fn result_mark(kind: ResultKind) -> (Tone, Icon, &'static str) {
    match kind {
        ResultKind::Done => (Tone::Ok, Icon::Done, "Done"),
        ResultKind::Failed => (Tone::Bad, Icon::Failed, "Failed"),
        ResultKind::Skipped => (Tone::Warn, Icon::Warning, "Skipped"),
        ResultKind::Undone => (Tone::Warn, Icon::Eject, "Undone"),
    }
}

/// Draws one; what was pressed in it.
fn row(
    ui: &mut Ui,
    look: &Look,
    result: &ResultShown,
    (marked, deeds): (bool, &[Deed]),
) -> Option<Deed> {
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
    let shown = marked || hovered;
    let room: f32 = deeds.iter().map(|deed| deed.width()).sum();
    if let Some(x) = columns.detail {
        let end = rect.max.x - if shown { space::L.max(room + space::M) } else { space::L };
        paint_cut(painter, at(x), end, &clean(&result.detail), body);
    }
    let mut pressed = None;
    let mut left = rect.max.x - space::XS - room;
    for deed in deeds {
        let (word, spoken) = deed.words();
        let place = Rect::from_min_size(pos2(left, rect.min.y), vec2(deed.width(), rect.height()));
        if row_button(ui, look, place, (word, &format!("{spoken} {name}")), shown) {
            pressed = Some(*deed);
        }
        left += deed.width();
    }
    pressed
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
