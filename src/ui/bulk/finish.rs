//! The session has ended: its figures, its papers, and who has no key.

use super::outputs::{self, OutputsView};
use super::people_list::mark;
use super::prepare::STEPS;
use crate::app::state::{EntryKind, clean, count_in_words, day_time, span_in_words};
use crate::bulk::EntryState;
use crate::engine::{BulkCommand, Command, EntryShown, Summary};
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, Steps, card, heading, paint_cut, paint_text, step_header, text_width,
};
use crate::ui::{Pass, keyboard, within};
use egui::{
    Align, Align2, Layout, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::time::Duration;

const FOOT: f32 = 56.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView, summary: &Summary) {
    let look = pass.look;
    let fits = ui.available_width() >= 600.0;
    step_header(ui, look, &STEPS, 3, if fits { Steps::All } else { Steps::CurrentOnly });
    ui.add_space(space::S);
    let room = ui.available_rect_before_wrap();
    let body = room.with_max_y(room.max.y - FOOT);
    let two = body.width() >= 900.0 && ui.ctx().zoom_factor() < 1.25;
    if two {
        let left = body.with_max_x(body.min.x + (body.width() - space::L) * 0.6);
        let right = body.with_min_x(left.max.x + space::L);
        within(ui, left, |ui| {
            ScrollArea::vertical().id_salt("finish").auto_shrink([false, false]).show(ui, |ui| {
                figures(ui, look, summary);
                ui.add_space(space::L);
                papers(ui, pass, view, summary);
            });
        });
        within(ui, right, |ui| without_key(ui, pass, right.height()));
    } else {
        within(ui, body, |ui| {
            ScrollArea::vertical().id_salt("finish").auto_shrink([false, false]).show(ui, |ui| {
                figures(ui, look, summary);
                ui.add_space(space::L);
                papers(ui, pass, view, summary);
                ui.add_space(space::L);
                without_key(ui, pass, 320.0);
            });
        });
    }
    let foot = room.with_min_y(body.max.y + space::M);
    row(ui, foot, Layout::right_to_left(Align::Center), |ui| {
        let next = Button::primary("New session").cap("Enter").show(ui, look);
        if next.clicked() || keyboard::enter(ui) {
            pass.send(Command::Bulk(BulkCommand::DropPeople));
        }
    });
}

fn figures(ui: &mut Ui, look: &Look, summary: &Summary) {
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "Session ended", &when(summary));
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::XXL, space::S);
            for (number, word, tone, icon) in [
                (summary.done, "Done", Tone::Ok, Icon::Done),
                (summary.failed, "Failed", Tone::Bad, Icon::Failed),
                (summary.skipped, "Skipped", Tone::Warn, Icon::Warning),
                (summary.without_key, "Without a key", Tone::Idle, Icon::Pending),
            ] {
                let tone = if number == 0 { Tone::Idle } else { tone };
                figure(ui, look, number, word, (tone, icon));
            }
        });
    });
}

fn when(summary: &Summary) -> String {
    let took = summary.ended.duration_since(summary.began);
    let took = span_in_words(Duration::try_from(took).unwrap_or_default());
    format!("{} to {}, {took}", day_time(summary.began), day_time(summary.ended))
}

fn figure(ui: &mut Ui, look: &Look, number: usize, word: &str, (tone, icon): (Tone, Icon)) {
    let figure = number.to_string();
    let wide = text_width(ui, &figure, Size::HeadFigure, Face::SemiBold)
        .max(20.0 + text_width(ui, word, Size::Hint, Face::Regular));
    let (rect, response) = ui.allocate_exact_size(vec2(wide.max(72.0), 64.0), Sense::hover());
    let name = format!("{number} {word}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let painter = ui.painter();
    let ink = if tone == Tone::Idle { look.text } else { look.tone(tone).ink };
    let style = (Size::HeadFigure, Face::SemiBold, ink);
    let at = pos2(rect.min.x, rect.min.y + 20.0);
    paint_text(painter, at, Align2::LEFT_CENTER, &figure, style);
    let y = rect.min.y + 52.0;
    let square = Rect::from_center_size(pos2(rect.min.x + 7.0, y), Vec2::splat(14.0));
    icon.paint(painter, square, look.tone(tone).ink, look.surface);
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_text(painter, pos2(rect.min.x + 20.0, y), Align2::LEFT_CENTER, word, style);
}

fn papers(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView, summary: &Summary) {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "Papers and files", "");
        outputs::sealed(ui, look, summary.sealed);
        ui.add_space(space::XS);
        outputs::draw(ui, pass, view, (Some(summary.id), "This session"));
    });
}

/// Only the rows in sight are laid out.
fn without_key(ui: &mut Ui, pass: &Pass<'_>, height: f32) {
    let look = pass.look;
    let entries = &pass.state.bulk.entries;
    let key = ui.make_persistent_id("without key");
    let version = entries.version();
    let known = ui.data(|data| data.get_temp::<(u64, std::sync::Arc<Vec<usize>>)>(key));
    let lacking = match known {
        Some((of, lacking)) if of == version => lacking,
        _ => {
            let lacking = std::sync::Arc::new(entries.without_key());
            ui.data_mut(|data| data.insert_temp(key, (version, lacking.clone())));
            lacking
        }
    };
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height((height - space::XXL - 2.0).max(120.0));
        let title = match lacking.len() {
            0 => "Everybody has a key".to_owned(),
            n => format!("{} without a key", count_in_words(n, "person", "people")),
        };
        heading(ui, look, &title, "");
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("without").auto_shrink([false, false]);
        area.show_rows(ui, size::CHECK_ROW, lacking.len(), |ui, range| {
            for entry in range.filter_map(|n| entries.at(*lacking.get(n)?)) {
                person(ui, look, entry);
            }
        });
    });
}

fn person(ui: &mut Ui, look: &Look, entry: &EntryShown) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CHECK_ROW), Sense::hover());
    let kind = EntryKind::of(&entry.state);
    let (name, upn) = (clean(&entry.name), clean(&entry.upn));
    let why = match &entry.state {
        EntryState::Failed { summary } => clean(summary),
        EntryState::Skipped { reason } => clean(reason),
        _ => String::new(),
    };
    let spoken = format!("{name}, {}, {why}", kind.word());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let (tone, icon) = mark(kind);
    let painter = ui.painter();
    let ink = look.tone(tone).ink;
    let square =
        Rect::from_center_size(pos2(rect.min.x + 8.0, rect.min.y + 15.0), Vec2::splat(16.0));
    icon.paint(painter, square, ink, look.surface);
    let style = (Size::Hint, Face::SemiBold, ink);
    let at = pos2(rect.max.x - space::S, rect.min.y + 15.0);
    let word = paint_text(painter, at, Align2::RIGHT_CENTER, kind.word(), style);
    let x = rect.min.x + 24.0;
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, pos2(x, rect.min.y + 15.0), word.min.x - space::S, &name, style);
    let below = if why.is_empty() { upn } else { why };
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_cut(painter, pos2(x, rect.min.y + 34.0), rect.max.x - space::S, &below, style);
}
