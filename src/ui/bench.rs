//! The practice bench: virtual keys to insert, touch and pull out; faults of the simulated cloud.

use super::theme::{Face, Icon, Look, Size, Tone, space};
use super::widgets::{Button, card, check_box, label, separator, tone_chip, truncated};
use super::{Pass, View};
use crate::app::state::{KeyState, clean, sentence_case, thousands};
use crate::engine::{BenchCommand, BenchKey, CloudFault, Command};
use egui::{Margin, ScrollArea, Stroke, Ui, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    let area = ui.max_rect();
    ui.painter().rect_filled(area, 0.0, look.surface);
    ui.painter().vline(area.min.x + 0.5, area.y_range(), Stroke::new(1.0, look.stroke));
    egui::Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
        ScrollArea::vertical().id_salt("bench").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            ui.label(look.title("Practice bench"));
            label(ui, look.hint("Virtual keys: insert one, touch it when it blinks, pull it out."));
            let fast = "Operator is fast: touches by itself";
            if check_box(ui, look, &mut view.operator_is_fast, fast).changed() {
                pass.send(Command::Bench(BenchCommand::OperatorIsFast(view.operator_is_fast)));
            }
            let state = pass.state;
            for key in &state.bench {
                ui.push_id(key.slot, |ui| bench_key(ui, pass, key));
            }
            ui.add_space(space::S);
            separator(ui, look, space::L);
            faults(ui, pass);
        });
    });
}

fn bench_key(ui: &mut Ui, pass: &mut Pass<'_>, key: &BenchKey) {
    let look = pass.look;
    let slot = key.slot;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        ui.horizontal(|ui| {
            ui.label(look.rich(slot.to_string(), Size::Lead, Face::SemiBold, look.text));
            truncated(ui, look.strong(sentence_case(&clean(&key.model))));
        });
        let serial = key.serial.as_deref().map_or("no serial".to_owned(), thousands);
        ui.horizontal(|ui| {
            ui.label(look.rich(serial, Size::Hint, Face::Mono, look.text_2));
            truncated(ui, look.hint(clean(&key.remark)));
        });
        ui.add_space(space::XS);
        match &key.inserted {
            None => insert(ui, pass, key),
            Some(id) => {
                let state = pass.state;
                let seen = state.keys.get(id);
                let blinks = seen.is_some_and(|seen| state.key_state(seen) == KeyState::Touch);
                inserted(ui, pass, slot, blinks);
            }
        }
    });
}

fn insert(ui: &mut Ui, pass: &mut Pass<'_>, key: &BenchKey) {
    let name = format!("Insert {}", key.model);
    if Button::secondary(&name).icon(Icon::Plus).small().show(ui, pass.look).clicked() {
        pass.send(Command::Bench(BenchCommand::Insert { slot: key.slot }));
    }
}

fn inserted(ui: &mut Ui, pass: &mut Pass<'_>, slot: u8, blinks: bool) {
    let look = pass.look;
    ui.horizontal(|ui| {
        let touch = if blinks { Button::primary("Touch") } else { Button::secondary("Touch") };
        if touch.small().show(ui, look).clicked() {
            pass.send(Command::Bench(BenchCommand::Touch { slot }));
        }
        if Button::secondary("Pull out").small().show(ui, look).clicked() {
            pass.send(Command::Bench(BenchCommand::PullOut { slot }));
        }
        if blinks {
            tone_chip(ui, look, Tone::Idle, Icon::Touch, "Blinks");
        }
    });
}

const FAULTS: [(CloudFault, &str); 9] = [
    (CloudFault::Throttle, "Throttle the next calls"),
    (CloudFault::ServerError, "Server error"),
    (CloudFault::LoseAnswer, "Lose the next answer"),
    (CloudFault::Garbage, "Answer garbage"),
    (CloudFault::ExpireTokens, "End all tokens"),
    (CloudFault::ExpireChallenges, "End all challenges"),
    (CloudFault::SlowListing, "Show new keys late"),
    (CloudFault::SlowCalls, "Slow calls"),
    (CloudFault::None, "Back to normal"),
];

fn faults(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look: &Look = pass.look;
    ui.label(look.rich("Faults of the simulated cloud", Size::Body, Face::SemiBold, look.text));
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    ui.horizontal_wrapped(|ui| {
        for (fault, word) in FAULTS {
            if Button::secondary(word).small().show(ui, look).clicked() {
                pass.send(Command::Bench(BenchCommand::Fault(fault)));
            }
        }
    });
}
