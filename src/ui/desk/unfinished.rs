//! What an earlier run left unfinished: its last sure state, and the answers there are.

use super::prepare::LONGEST_PIN;
use super::running::answer_command;
use super::{DeskView, abandon, serial};
use crate::app::State;
use crate::app::state::{clean, day_time, failure_names};
use crate::engine::{Command, Unfinished};
use crate::enrolment::{Answer, EnrolmentId};
use crate::pin::Pin;
use crate::problem::{Explain, Problem};
use crate::ui::Pass;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, card, field, label, password_field, tone_chip, truncated};
use egui::{ScrollArea, Ui, vec2};
use std::collections::HashMap;

/// The search box must stay on the screen however many there are.
const TALLEST: f32 = 232.0;

/// What was typed, for each of them apart: a PIN or a reason must not go with another one.
#[derive(Default)]
pub struct Answers(HashMap<EnrolmentId, Typed>);

#[derive(Default)]
struct Typed {
    pin: SecretBuffer,
    reason: String,
    complaint: Option<Problem>,
}

impl Answers {
    /// Typed PINs go; the reasons stay.
    pub fn wipe(&mut self) {
        for typed in self.0.values_mut() {
            typed.pin.wipe();
        }
    }

    /// What was typed for one that is not there any more is wiped.
    pub fn follow(&mut self, state: &State) {
        self.0.retain(|id, _| state.unfinished.iter().any(|unfinished| unfinished.id == *id));
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    view.answers.follow(pass.state);
    here(ui, pass, view);
    elsewhere(ui, pass);
}

/// Of other tenants only the number is told.
fn elsewhere(ui: &mut Ui, pass: &mut Pass<'_>) {
    let (state, look) = (pass.state, pass.look);
    for waiting in &state.waiting_elsewhere {
        let tenant = clean(&waiting.tenant);
        let text = match waiting.count {
            1 => format!("1 unfinished enrolment waits under {tenant}"),
            n => format!("{n} unfinished enrolments wait under {tenant}"),
        };
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON_SMALL);
            tone_chip(ui, look, Tone::Warn, Icon::Hourglass, &text);
            let switch = format!("Switch to {tenant}");
            let is_there = state.settings.tenant_named(&waiting.tenant).is_some();
            if is_there && Button::quiet(&switch).show(ui, look).clicked() {
                pass.send(Command::SwitchTenant(waiting.tenant.clone()));
            }
        });
    }
    if !state.waiting_elsewhere.is_empty() {
        ui.add_space(space::L);
    }
}

fn here(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    let (state, look) = (pass.state, pass.look);
    if state.unfinished.is_empty() {
        return;
    }
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.horizontal(|ui| {
            let text = match state.unfinished.len() {
                1 => "1 unfinished enrolment".to_owned(),
                n => format!("{n} unfinished enrolments"),
            };
            ui.label(look.title(text));
            tone_chip(ui, look, Tone::Warn, Icon::Warning, "Answer first");
        });
        let area = ScrollArea::vertical().id_salt("unfinished").auto_shrink([false, true]);
        area.max_height(TALLEST).show(ui, |ui| {
            for unfinished in &state.unfinished {
                let typed = view.answers.0.entry(unfinished.id).or_default();
                ui.push_id(unfinished.id.0, |ui| one(ui, pass, typed, unfinished));
            }
        });
    });
    ui.add_space(space::L);
}

fn one(ui: &mut Ui, pass: &mut Pass<'_>, typed: &mut Typed, unfinished: &Unfinished) {
    let look = pass.look;
    let intent = &unfinished.intent;
    ui.spacing_mut().item_spacing.y = space::XS;
    let serial = serial::in_words(&intent.key);
    truncated(
        ui,
        look.strong(format!(
            "{}, {} {serial}",
            clean(&intent.person.display_name),
            clean(&intent.key.model)
        )),
    );
    let begun = day_time(unfinished.begun_at);
    label(ui, look.quiet(format!("{}. Begun {begun}", unfinished.last_sure)));
    label(ui, look.hint(unfinished.stopped.problem.to_string()));
    fields(ui, look, typed, unfinished);
    if let Some(complaint) = &typed.complaint {
        let text = complaint.to_string();
        label(ui, look.rich(text, Size::Body, Face::Regular, look.bad.ink));
    }
    ui.horizontal_wrapped(|ui| {
        for answer in &unfinished.stopped.answers {
            let word = match answer {
                Answer::Retry if unfinished.to_activate => "Activate",
                answer => failure_names(*answer).1,
            };
            // The first letter would be ambiguous with several of them on the screen.
            if Button::secondary(word).small().show(ui, look).clicked() {
                reply(pass, typed, unfinished, *answer);
            }
        }
        abandon::button(ui, pass, unfinished.id, &mut typed.reason);
    });
    ui.add_space(space::S);
}

fn fields(ui: &mut Ui, look: &Look, typed: &mut Typed, unfinished: &Unfinished) {
    ui.horizontal(|ui| {
        if unfinished.needs_pin {
            ui.allocate_ui(vec2(200.0, 40.0), |ui| {
                password_field(ui, look, "Current PIN", &mut typed.pin, LONGEST_PIN);
            });
            ui.label(look.rich("The key's PIN", Size::Hint, Face::Regular, look.text_2));
        }
        ui.allocate_ui(vec2(ui.available_width().min(360.0), 40.0), |ui| {
            let hint = "Reason, if it is not finished";
            field(ui, look, "Reason", &mut typed.reason, hint);
        });
    });
}

fn reply(pass: &mut Pass<'_>, typed: &mut Typed, unfinished: &Unfinished, answer: Answer) {
    let pin = match typed_pin(typed) {
        Ok(pin) => pin,
        Err(complaint) => {
            typed.complaint = Some(complaint);
            return;
        }
    };
    pass.send(answer_command(unfinished.id, answer, pin, typed.reason.trim()));
    *typed = Typed::default();
}

/// An empty field is no PIN: then the enrolment asks for it itself, if it needs it.
fn typed_pin(typed: &Typed) -> Result<Option<Pin>, Problem> {
    if typed.pin.is_empty() {
        return Ok(None);
    }
    Pin::new(typed.pin.expose()).map(Some).map_err(|refused| refused.problem())
}
