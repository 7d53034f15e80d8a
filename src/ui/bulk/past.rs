//! Before a session is prepared: the way back to the papers of those that have ended.

use crate::app::state::{count_in_words, day_time};
use crate::engine::{BulkCommand, Command, Summary};
use crate::ui::Pass;
use crate::ui::theme::{Icon, Tone, size, space};
use crate::ui::widgets::{Button, card, heading, tone_chip, truncated};
use egui::{Align, Layout, Ui};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    let state = pass.state;
    let past = &state.bulk.past;
    if past.is_empty() {
        return;
    }
    card(ui, pass.look, |ui| {
        ui.set_width(ui.available_width());
        let title = if past.len() == 1 { "The last session" } else { "Earlier sessions" };
        heading(ui, pass.look, title, "Letters, labels, report and sealed PINs");
        for one in past {
            ui.push_id(one.id.0, |ui| row(ui, pass, one));
        }
    });
    ui.add_space(space::L);
}

fn row(ui: &mut Ui, pass: &mut Pass<'_>, one: &Summary) {
    let look = pass.look;
    let began = day_time(one.began);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Papers of {began}");
            let button = Button::secondary("Papers").named(&name);
            if button.small().show(ui, look).clicked() {
                pass.send(Command::Bulk(BulkCommand::ShowEnded(one.id)));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let keys = count_in_words(one.done, "key", "keys");
                truncated(ui, look.body(format!("{began}, {keys}")));
            });
        });
    });
    if one.sealed > 0 {
        let words = match one.sealed {
            1 => "1 sealed PIN waits for its letter".to_owned(),
            n => format!("{n} sealed PINs wait for their letters"),
        };
        tone_chip(ui, look, Tone::Warn, Icon::Lock, &words);
    }
}
