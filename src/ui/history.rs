//! Who did what to whom.

use super::Pass;
use super::theme::{Face, Icon, Look, Size, Tone, size, space};
use super::widgets::{Button, card_frame, field, problem_box, truncated};
use crate::app::state::{clean, day_time, thousands};
use crate::engine::{Command, HistoryRow};
use egui::{Align, Layout, Margin, Sense, Ui, vec2};
use egui_extras::{Column, TableBuilder, TableRow};

#[derive(Default)]
pub struct HistoryView {
    filter: String,
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut super::View) {
    let look = pass.look;
    if !pass.state.history.loaded {
        pass.send(Command::LoadHistory { filter: view.history.filter.clone() });
    }
    head(ui, pass, &mut view.history);
    ui.add_space(space::S);
    verdict(ui, pass);
    if let Some(problem) = &pass.state.history.problem {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
    table(ui, look, &pass.state.history.rows);
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut HistoryView) {
    let look = pass.look;
    ui.horizontal(|ui| {
        ui.label(look.title("History"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let verifying = pass.state.history.verifying;
            let word = if verifying { "Checking…" } else { "Check integrity" };
            if Button::secondary(word).enabled(!verifying).show(ui, look).clicked() {
                pass.send(Command::VerifyHistory);
            }
            ui.allocate_ui(vec2(ui.available_width().min(360.0), size::BUTTON), |ui| {
                let hint = "Person, serial or action";
                if field(ui, look, "Filter the history", &mut view.filter, hint).changed() {
                    pass.send(Command::LoadHistory { filter: view.filter.clone() });
                }
            });
        });
    });
}

fn verdict(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    match &pass.state.history.verified {
        None => return,
        Some(Ok(rows)) => {
            let text = format!("All {rows} rows are as they were written");
            super::widgets::tone_chip(ui, look, Tone::Ok, Icon::Done, &text);
        }
        Some(Err(problem)) => {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
    }
    ui.add_space(space::S);
}

/// Only the rows in sight are laid out: a year of history scrolls like a day of it.
fn table(ui: &mut Ui, look: &Look, rows: &[HistoryRow]) {
    card_frame(look).inner_margin(Margin::same(1)).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if rows.is_empty() {
            ui.add_space(space::XL);
            ui.vertical_centered(|ui| ui.label(look.quiet("Nothing here yet")));
            return;
        }
        ui.spacing_mut().item_spacing = vec2(space::M, 0.0);
        let band = vec2(ui.available_width(), size::ROW);
        let band = egui::Rect::from_min_size(ui.cursor().min, band);
        ui.painter().rect_filled(band, 0.0, look.sunken);
        let head = ["Time", "What", "Who or what", "Serial", "By", "Details"];
        TableBuilder::new(ui)
            .id_salt("history")
            .sense(Sense::hover())
            .auto_shrink([false, false])
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(168.0))
            .column(Column::exact(136.0))
            .column(Column::initial(220.0).clip(true))
            .column(Column::exact(104.0))
            .column(Column::initial(120.0).clip(true))
            .column(Column::remainder().clip(true))
            .header(size::ROW, |mut row| {
                for (n, title) in head.iter().enumerate() {
                    row.col(|ui| {
                        ui.add_space(if n == 0 { space::L } else { 0.0 });
                        ui.label(look.rich(*title, Size::Hint, Face::SemiBold, look.text_2));
                    });
                }
            })
            .body(|body| {
                body.rows(size::ROW, rows.len(), |mut row| {
                    if let Some(entry) = rows.get(row.index()) {
                        history_row(&mut row, look, entry);
                    }
                });
            });
    });
}

fn history_row(row: &mut TableRow<'_, '_>, look: &Look, entry: &HistoryRow) {
    row.col(|ui| {
        ui.add_space(space::L);
        ui.label(look.rich(day_time(entry.at), Size::Hint, Face::Mono, look.text_2));
    });
    row.col(|ui| {
        truncated(ui, look.strong(clean(&entry.action)));
    });
    row.col(|ui| {
        truncated(ui, look.body(clean(&entry.subject)));
    });
    row.col(|ui| {
        let serial = entry.serial.as_deref().map(thousands).unwrap_or_default();
        ui.label(look.rich(serial, Size::Hint, Face::Mono, look.text));
    });
    row.col(|ui| {
        truncated(ui, look.quiet(clean(&entry.operator)));
    });
    row.col(|ui| {
        truncated(ui, look.quiet(clean(&entry.detail)));
    });
}
