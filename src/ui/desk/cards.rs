//! The person's card and the key's card.

use super::{DeskView, serial};
use crate::app::state::{
    Chip, Chosen, KeySeen, Mark, Phase, Stage, clean, key_chips, methods_hidden, methods_in_words,
    person_chips, pin_in_words, thousands,
};
use crate::directory::Person;
use crate::enrolment::FirstUse;
use crate::enrolment::preflight::{Remark, policy_verdict};
use crate::key::KeyFacts;
use crate::problem::Explain;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    address_lines, avatar, card_frame, chip, fact_row, label, pause_in_words, problem_box,
    separator, two_lines,
};
use egui::{Color32, CornerRadius, Margin, Rect, Sense, Ui, Vec2, vec2};

const PERSON_HEIGHT: f32 = 272.0;
const KEY_HEIGHT: f32 = 288.0;
/// Both with their gap: as high as the main panel in a window of the usual size.
const COLUMN_HEIGHT: f32 = 576.0;
const TILE: f32 = 64.0;

fn framed(ui: &mut Ui, look: &Look, height: f32, add: impl FnOnce(&mut Ui)) {
    card_frame(look).inner_margin(Margin::same(15)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(height - 32.0);
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        add(ui);
    });
}

pub fn person(ui: &mut Ui, pass: &Pass<'_>, view: &mut DeskView) {
    let (state, look) = (pass.state, pass.look);
    let Some(chosen) = &state.desk.person else {
        return of_run(ui, pass);
    };
    framed(ui, look, PERSON_HEIGHT, |ui| {
        let photo = chosen.read().and_then(|card| view.photo.texture(ui.ctx(), card));
        person_head(
            ui,
            look,
            &chosen.person.display_name,
            &chosen.person.upn,
            photo.map(|t| t.id()),
        );
        ui.add_space(14.0);
        person_facts(ui, look, &chosen.person, chosen);
        ui.add_space(14.0);
        separator(ui, look, 15.0);
        ui.add_space(space::M);
        if let Some(problem) = chosen.problem() {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
            return;
        }
        ui.label(look.rich("State", Size::Hint, Face::SemiBold, look.text_2));
        ui.add_space(space::S);
        match (chosen.read(), &state.policy) {
            (Some(card), Some(Ok(policy))) => {
                chips(ui, look, person_chips(card, &policy_verdict(card, policy)));
            }
            (Some(_), Some(Err(problem))) => {
                label(ui, look.rich(&problem.what, Size::Hint, Face::Regular, look.bad.ink));
            }
            _ => {
                let words = pause_in_words(ui, state).unwrap_or_else(|| "Being read".to_owned());
                label(ui, look.hint(words));
            }
        }
        if let Some(hidden) = chosen.read().and_then(methods_hidden) {
            ui.add_space(space::S);
            label(ui, look.hint(hidden));
        }
    });
}

/// An enrolment of an earlier run knows its person by name only.
fn of_run(ui: &mut Ui, pass: &Pass<'_>) {
    let Some(run) = &pass.state.desk.run else { return };
    framed(ui, pass.look, 96.0, |ui| {
        let person = &run.intent.person;
        person_head(ui, pass.look, &person.display_name, &person.upn, None);
    });
}

fn person_head(ui: &mut Ui, look: &Look, name: &str, upn: &str, photo: Option<egui::TextureId>) {
    head(
        ui,
        |ui, tile| {
            let corner = CornerRadius::same(radius::CONTROL);
            match photo {
                Some(texture) => {
                    let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
                    let mut mesh = egui::epaint::RectShape::filled(tile, corner, Color32::WHITE);
                    mesh = mesh.with_texture(texture, uv);
                    ui.painter().add(mesh);
                }
                None => avatar(ui, look, tile, name, Size::Title),
            }
        },
        |ui| {
            two_lines(ui, look, &clean(name));
            address_lines(ui, look.quiet(clean(upn)));
        },
    );
}

fn head(ui: &mut Ui, tile: impl FnOnce(&mut Ui, Rect), words: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, 4.0);
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(TILE), Sense::hover());
        tile(ui, rect);
        ui.vertical(|ui| {
            ui.add_space(8.0);
            words(ui);
        });
    });
}

fn person_facts(ui: &mut Ui, look: &Look, person: &Person, chosen: &Chosen) {
    let employee = person.employee_id.as_deref().map_or_else(|| "none".to_owned(), thousands);
    fact_row(ui, look, "Employee id", look.mono(employee));
    let department = person.department.as_deref().or(person.job_title.as_deref());
    fact_row(ui, look, "Department", look.body(clean(department.unwrap_or("none"))));
    let has_now = match chosen.read() {
        Some(card) => methods_in_words(card),
        None if chosen.problem().is_some() => "unknown".to_owned(),
        None => "Being read".to_owned(),
    };
    fact_row(ui, look, "Has now", look.body(has_now));
}

fn chips(ui: &mut Ui, look: &Look, list: Vec<Chip>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for entry in &list {
            chip(ui, look, entry);
        }
    });
}

pub fn key(ui: &mut Ui, pass: &Pass<'_>, view: &DeskView) {
    let (state, look) = (pass.state, pass.look);
    let Some(seen) = state.desk_key() else {
        return insert_key(ui, pass);
    };
    // A person's card that needs more takes it from the empty part of this one.
    let left = COLUMN_HEIGHT - (ui.cursor().top() - ui.min_rect().top());
    framed(ui, look, left.clamp(32.0, KEY_HEIGHT), |ui| {
        key_head(ui, pass, seen);
        ui.add_space(14.0);
        match (&seen.facts, &seen.unreadable) {
            (_, Some(error)) => {
                problem_box(ui, look, (Tone::Bad, Icon::Failed), &error.problem(), |_| {});
            }
            (None, None) => {
                ui.label(look.quiet("Asking the key what it is"));
            }
            (Some(facts), None) => {
                let pin = pin_line(pass, facts);
                key_facts(ui, look, facts, pin);
                ui.add_space(14.0);
                separator(ui, look, 15.0);
                ui.add_space(space::M);
                ui.label(look.rich("Policy", Size::Hint, Face::SemiBold, look.text_2));
                ui.add_space(space::S);
                let remarks: Vec<Remark> = state.remarks(&view.form.choices);
                chips(ui, look, key_chips(facts, &remarks));
            }
        }
    });
}

fn insert_key(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    let (what, next) = match &pass.state.desk.run {
        Some(run) if matches!(run.phase, Phase::HandOver(_)) => ("Key removed", "It is registered"),
        Some(_) => ("Key removed", "Put it back into any free USB port"),
        None => ("Insert the key", "Into any free USB port"),
    };
    framed(ui, look, 160.0, |ui| {
        head(
            ui,
            |ui, tile| {
                let corner = CornerRadius::same(radius::CONTROL);
                ui.painter().rect_filled(tile, corner, look.idle.fill);
                Icon::Device.paint(ui.painter(), tile.shrink(10.0), look.text_3, look.idle.fill);
            },
            |ui| {
                ui.label(look.title(what));
                ui.label(look.quiet(next));
            },
        );
    });
}

fn key_head(ui: &mut Ui, pass: &Pass<'_>, seen: &KeySeen) {
    let look = pass.look;
    let slot = pass.state.slot(seen);
    head(
        ui,
        |ui, tile| {
            let corner = CornerRadius::same(radius::CONTROL);
            ui.painter().rect_filled(tile, corner, look.idle.fill);
            Icon::Device.paint(ui.painter(), tile.shrink(7.0), look.text_2, look.idle.fill);
        },
        |ui| {
            two_lines(ui, look, &clean(seen.model()));
            serial::line(ui, look, slot, serial::shown(&pass.state.desk, seen));
        },
    );
}

fn key_facts(ui: &mut Ui, look: &Look, facts: &KeyFacts, pin: String) {
    let firmware = facts.firmware.as_deref().map_or_else(|| "not told".to_owned(), clean);
    fact_row(ui, look, "Firmware", look.mono(firmware));
    fact_row(ui, look, "PIN", look.body(pin));
    let credentials = match (facts.credentials, facts.free_slots) {
        (Some(count), Some(free)) => format!("{count} of {}", count.saturating_add(free)),
        (Some(count), None) => count.to_string(),
        (None, Some(free)) => format!("room for {free}"),
        (None, None) => "told with the PIN only".to_owned(),
    };
    fact_row(ui, look, "Credentials", look.body(credentials));
}

/// After the PIN was set in this enrolment, the key's card says so.
fn pin_line(pass: &Pass<'_>, facts: &KeyFacts) -> String {
    let Some(run) = &pass.state.desk.run else { return pin_in_words(facts) };
    let lines = pass.state.checklist(run);
    let set = lines.iter().any(|line| line.stage == Stage::Pin && line.mark == Mark::Done);
    match (set, run.intent.plan.first_use) {
        (false, _) => pin_in_words(facts),
        (true, FirstUse::MustChangePin) => "Set now, change at first use".to_owned(),
        (true, FirstUse::KeepPin) => "Set now".to_owned(),
    }
}
