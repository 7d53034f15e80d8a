//! Keys of this session that are in no slot: to be put in, or to be activated.

use super::panel::{Act, Asking, PanelView};
use super::results::row_button;
use crate::app::state::{Offer, clean, short_minute, thousands};
use crate::engine::{AwayKey, BulkCommand, Command};
use crate::enrolment::{Answer, Step};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, size};
use crate::ui::widgets::{paint_cut, paint_text};
use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use jiff::Timestamp;

/// Room of one answer.
const BUTTON: f32 = 92.0;
/// Less room for a sentence, and a word stands in its place.
const SENTENCE: f32 = 220.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PanelView) {
    let (state, look) = (pass.state, pass.look);
    let away = &state.bulk.board.away;
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("away").auto_shrink([false, false]);
    area.show_rows(ui, size::RESULT_ROW, away.len(), |ui, range| {
        for key in range.filter_map(|n| away.get(n)) {
            match ui.push_id(key.enrolment.0, |ui| row(ui, look, key)).inner {
                Some(Command::Answer { enrolment, answer: Answer::Skip, .. }) => {
                    let skip = Act::SkipKey(enrolment);
                    view.asking = Some(Asking::new(skip, &key.person.name));
                }
                wish => pass.wishes.extend(wish.map(Into::into)),
            }
        }
    });
}

/// Draws one; what was pressed in it.
fn row(ui: &mut Ui, look: &Look, key: &AwayKey) -> Option<Command> {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::RESULT_ROW), Sense::hover());
    let name = clean(&key.person.name);
    let serial = key.serial.as_deref().map_or_else(|| "no serial".to_owned(), thousands);
    let lapsed = key.lapses_at.is_some_and(|at| at <= Timestamp::now());
    let wish = wish(key, lapsed);
    let last = clean(&key.last_sure);
    let spoken = format!("{name}, {serial}, {wish}, {last}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    response.on_hover_text(&spoken);
    super::panel::paint_row(ui, look, rect, false, ui.rect_contains_pointer(rect));
    let painter = ui.painter();
    let at = |x: f32| super::panel::cell(rect, x);
    let (icon, ink) = match key.to_activate && !lapsed && key.failed.is_none() {
        true => (Icon::Hourglass, look.text_2),
        false => (Icon::Warning, look.warn.ink),
    };
    icon.paint(painter, Rect::from_center_size(at(24.0), Vec2::splat(16.0)), ink, look.surface);
    let strong = (Size::Body, Face::SemiBold, look.text);
    let body = (Size::Body, Face::Regular, look.text_2);
    let answers = buttons(key);
    let left = rect.max.x - 4.0 - BUTTON * answers.len() as f32;
    if left - at(368.0).x < SENTENCE {
        paint_cut(painter, at(44.0), rect.min.x + 200.0, &name, strong);
        paint_cut(painter, at(208.0), left - 8.0, &in_short(key, lapsed), body);
    } else {
        paint_cut(painter, at(44.0), rect.min.x + 236.0, &name, strong);
        let mono = (Size::Hint, Face::Mono, look.text_2);
        paint_text(painter, at(248.0), Align2::LEFT_CENTER, &serial, mono);
        paint_cut(painter, at(368.0), left - 8.0, &format!("{wish}. {last}"), body);
    }
    let mut pressed = None;
    for (n, (word, command)) in answers.into_iter().enumerate() {
        let at = pos2(left + n as f32 * BUTTON, rect.min.y);
        let place = Rect::from_min_size(at, vec2(BUTTON - 2.0, rect.height()));
        let spoken = format!("{} {name}", word.trim_end_matches('…'));
        if row_button(ui, look, place, (word, &spoken), true) {
            pressed = Some(command);
        }
    }
    pressed
}

/// What matters most of it.
fn in_short(key: &AwayKey, lapsed: bool) -> String {
    match (key.to_activate, &key.failed, key.lapses_at, key.slot) {
        (true, ..) if lapsed => "Lapsed".to_owned(),
        (true, Some(problem), ..) => clean(&problem.what),
        (false, Some(problem), ..) if !wants_key(key) => clean(&problem.what),
        (false, Some(problem), ..) => format!("Put it in: {}", clean(&problem.what)),
        (true, None, Some(at), _) => format!("Until {}", short_minute(at, Timestamp::now())),
        (true, None, None, _) => "Registered".to_owned(),
        (false, None, _, Some(slot)) => format!("Was in slot {}", slot.0),
        (false, None, _, None) => "Put it in".to_owned(),
    }
}

/// What is to be done with it, or waited for.
fn wish(key: &AwayKey, lapsed: bool) -> String {
    let next = match (key.to_activate, key.lapses_at, key.slot) {
        (true, ..) if lapsed => {
            return "Its challenge has lapsed: put it in, to be made anew".to_owned();
        }
        (true, Some(at), _) => {
            format!("Waits for receipt, until {}", short_minute(at, Timestamp::now()))
        }
        (true, None, _) => "Registered; Activate finishes it".to_owned(),
        (false, _, Some(slot)) => format!("Put it in again; it was in slot {}", slot.0),
        (false, _, None) => "Put it into any slot".to_owned(),
    };
    // What is to be done with the key comes first, and what went wrong where nothing is to be done.
    let failed = key.failed.as_ref().map(|failed| (clean(&failed.what), clean(&failed.next)));
    match failed {
        Some((what, try_next)) if key.to_activate => format!("{what}. {try_next}. {next}"),
        Some((what, try_next)) if !wants_key(key) => format!("{what}. {try_next}"),
        Some((what, _)) => format!("{next}. {what}"),
        None => next,
    }
}

/// Whether it goes on only with its key.
fn wants_key(key: &AwayKey) -> bool {
    !matches!(key.stopped.step, Step::RemoveOld | Step::HandOver)
}

/// What can be done while the key is away.
fn buttons(key: &AwayKey) -> Vec<(&'static str, Command)> {
    let enrolment = key.enrolment;
    let activate = || ("Activate", Command::Bulk(BulkCommand::Activate(enrolment)));
    let answer = |answer: Answer| {
        let (_, word) = Offer::Answer(answer).names();
        (word, Command::Answer { enrolment, answer, pin: None, reason: String::new() })
    };
    // Where "Retry" wants the key, putting it in is that; "Activate" is the same answer.
    let has_retry = !wants_key(key) && !key.to_activate;
    let answers = key.stopped.answers.iter().copied();
    let others = answers.filter(|answer| *answer != Answer::Retry || has_retry);
    let first = key.to_activate.then(activate);
    first.into_iter().chain(others.map(answer)).collect()
}
