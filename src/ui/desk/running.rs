//! While the key is being made: the checklist, the call to touch, and what to do after a failure.

use super::prepare::{LONGEST_PIN, challenge_until, enter, two_columns};
use super::{DeskView, FOOT, abandon, panel};
use crate::app::state::{AskedPin, Mark, Phase, Run, Stage, clean, failure_names};
use crate::engine::Command;
use crate::enrolment::{Answer, EnrolmentId, Stopped};
use crate::pin::{Pin, PinPolicy};
use crate::problem::Explain;
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, check_line, key_cap, label, password_field, pause_in_words, problem_box, touch_card,
    truncated,
};
use crate::ui::{Pass, Wish, keyboard};
use egui::{Align, Layout, Margin, Rect, Ui, Vec2, vec2};
use std::time::Instant;

const ANSWERS: [Answer; 4] = [Answer::Retry, Answer::NewKey, Answer::ResetKey, Answer::Skip];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, rect: Rect) {
    let (state, look) = (pass.state, pass.look);
    let Some(run) = &state.desk.run else { return };
    let name = clean(&run.intent.person.display_name);
    let foot = match &run.phase {
        Phase::Stopped(stopped) => foot_of(ui, stopped, rect.width() - space::L * 2.0),
        _ => FOOT,
    };
    let mut shared = (pass, view);
    panel(
        ui,
        look,
        (rect, foot),
        &mut shared,
        |ui, (pass, _)| {
            challenge_until(ui, pass, |ui| {
                truncated(ui, look.title(format!("Register key for {name}")));
            });
        },
        |ui, (pass, view)| body(ui, pass, view, run),
        |ui, (pass, view)| match &run.phase {
            Phase::Stopped(stopped) => stopped_foot(ui, pass, view, run, stopped),
            _ => running_foot(ui, pass, run),
        },
    );
}

fn body(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, run: &Run) {
    let look = pass.look;
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(7.0);
    if let Phase::Stopped(stopped) = &run.phase {
        ui.add_space(space::S);
        problem_box(ui, look, (Tone::Bad, Icon::Failed), &stopped.problem, |_| {});
        if let Some(asked) = run.asked_pin() {
            ask_pin(ui, look, view, asked);
        }
        ui.add_space(space::S);
    }
    let lines = pass.state.checklist(run);
    let pause = pause_in_words(ui, pass.state);
    for (n, mut line) in lines.into_iter().enumerate() {
        let waits = line.mark == Mark::Running && line.stage.asks_directory();
        // The check before the first write has no line of its own.
        if let Some(words) = pause.as_ref().filter(|_| waits || (n == 0 && run.is_checking())) {
            line.note.clone_from(words);
        }
        match (line.stage, run.touch) {
            (Stage::Touch, Some(touch)) if !view.stacked => {
                let slot = pass.state.desk_key().map_or(0, |key| pass.state.slot(key));
                ui.add_space(space::S);
                touch_card(ui, look, touch, slot, Instant::now(), f32::INFINITY);
                ui.add_space(space::S);
            }
            _ => {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(space::S as i8, 0))
                    .show(ui, |ui| check_line(ui, look, &line));
            }
        }
    }
    if let Phase::Stopped(_) = &run.phase {
        ui.add_space(space::S);
        abandon::row(ui, pass, run.id, &mut view.reason);
    }
}

/// The PIN is kept nowhere, so it has to be typed again.
fn ask_pin(ui: &mut Ui, look: &Look, view: &mut DeskView, asked: AskedPin) {
    ui.add_space(space::M);
    let form = &mut view.form;
    match asked {
        AskedPin::Current => {
            ui.label(look.strong("The key's PIN"));
            ui.set_max_width(280.0);
            password_field(ui, look, "Current PIN", &mut form.current, LONGEST_PIN);
        }
        AskedPin::New => {
            ui.label(look.strong("New PIN, typed twice"));
            two_columns(ui, |ui, second| {
                let (name, buffer) = if second {
                    ("Repeat PIN", &mut form.repeat)
                } else {
                    ("New PIN", &mut form.new)
                };
                password_field(ui, look, name, buffer, LONGEST_PIN);
            });
        }
    }
    if let Some(complaint) = &view.form.complaint {
        label(ui, look.rich(complaint.to_string(), Size::Body, Face::Regular, look.bad.ink));
    }
}

fn running_foot(ui: &mut Ui, pass: &mut Pass<'_>, run: &Run) {
    let look = pass.look;
    if ui.available_width() > 640.0 {
        if_it_fails(ui, look);
    }
    let ending = matches!(run.phase, Phase::Ending);
    let mut cancel = keyboard::escape(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = Button::secondary("Cancel").cap("Esc").enabled(!ending);
        cancel |= button.show(ui, look).clicked();
        if ending {
            ui.label(look.hint("Ending the step"));
        }
    });
    if cancel && !ending {
        pass.send(Command::Cancel(run.id));
    }
}

/// The answers there will be, so that nobody has to learn them in a hurry.
fn if_it_fails(ui: &mut Ui, look: &Look) {
    ui.spacing_mut().item_spacing.x = space::S;
    ui.label(look.rich("If it fails", Size::Hint, Face::Regular, look.text_2));
    for answer in ANSWERS {
        let (key, word) = failure_names(answer);
        ui.add_space(space::S);
        let at = ui.cursor().left_center();
        let cap = key_cap(ui.painter(), at, key, look.text_2, look.stroke_strong);
        ui.add_space(cap.width() + space::S);
        ui.label(look.rich(word, Size::Hint, Face::Regular, look.text_2));
    }
}

fn stopped_foot(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut DeskView,
    run: &Run,
    stopped: &Stopped,
) {
    let look = pass.look;
    let aside = if rows(ui, stopped, ui.available_width()) == 1 {
        let ends = Layout::right_to_left(Align::Center);
        let shown = ui.with_layout(ends, |ui| {
            let aside = put_aside().show(ui, look);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                answers(ui, pass, view, run, stopped);
            });
            aside
        });
        shown.inner
    } else {
        let from_top = Layout::left_to_right(Align::Min).with_main_wrap(true);
        let room = ui.max_rect().shrink2(vec2(0.0, (FOOT - size::BUTTON) / 2.0));
        row(ui, room, from_top, |ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(space::S);
            answers(ui, pass, view, run, stopped);
            put_aside().show(ui, look)
        })
    };
    if aside.clicked() || keyboard::escape(ui) {
        pass.wishes.push(Wish::PutAside);
    }
}

fn put_aside() -> Button<'static> {
    Button::secondary("Put aside").cap("Esc")
}

fn foot_of(ui: &Ui, stopped: &Stopped, room: f32) -> f32 {
    FOOT + (size::BUTTON + space::S) * (rows(ui, stopped, room) - 1) as f32
}

/// How many rows the answers take: each must be in sight, also beside an open practice bench.
fn rows(ui: &Ui, stopped: &Stopped, room: f32) -> usize {
    let answers = stopped.answers.iter().enumerate().map(|(n, answer)| button_of(*answer, n == 0));
    let mut rows = 1;
    let mut left = room;
    for button in answers.chain([put_aside()]) {
        let width = button.width(ui);
        if width > left && left < room {
            (rows, left) = (rows + 1, room);
        }
        left -= width + space::S;
    }
    rows
}

fn answers(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, run: &Run, stopped: &Stopped) {
    ui.spacing_mut().item_spacing.x = space::S;
    for (n, answer) in stopped.answers.iter().enumerate() {
        let typed = *answer == Answer::Retry && run.asked_pin().is_some() && enter(ui);
        if answer_button(ui, pass.look, *answer, n == 0) || typed {
            let pin = match (answer, run.asked_pin()) {
                (Answer::Retry, Some(asked)) => match typed_pin(view, pass, asked) {
                    Some(pin) => Some(pin),
                    None => continue,
                },
                _ => None,
            };
            view.form.wipe();
            pass.send(answer_command(run.id, *answer, pin, ""));
        }
    }
}

/// A button with its letter; the letter alone answers too.
pub fn answer_button(ui: &mut Ui, look: &Look, answer: Answer, first: bool) -> bool {
    let clicked = button_of(answer, first).show(ui, look).clicked();
    clicked || keyboard::answer(ui, failure_names(answer).0)
}

fn button_of(answer: Answer, first: bool) -> Button<'static> {
    let (key, word) = failure_names(answer);
    let button = if first { Button::primary(word) } else { Button::secondary(word) };
    button.cap(key)
}

pub fn answer_command(
    enrolment: EnrolmentId,
    answer: Answer,
    pin: Option<Pin>,
    reason: &str,
) -> Command {
    Command::Answer { enrolment, answer, pin, reason: reason.to_owned() }
}

/// The PIN asked for; an empty field is left to the engine, which asks again.
fn typed_pin(view: &mut DeskView, pass: &Pass<'_>, asked: AskedPin) -> Option<Pin> {
    let form = &mut view.form;
    let facts = pass.state.desk_key().and_then(|key| key.facts.as_ref());
    let outcome = match (asked, facts) {
        (AskedPin::Current, _) => {
            Pin::new(form.current.expose()).map_err(|refused| refused.problem())
        }
        (AskedPin::New, Some(facts)) => {
            form.typed(&super::form::policy_for(facts, &pass.state.settings))
        }
        (AskedPin::New, None) => form.typed(&PinPolicy::in_use(&pass.state.settings, 0)),
    };
    match outcome {
        Ok(pin) => Some(pin),
        Err(complaint) => {
            form.complaint = Some(complaint);
            None
        }
    }
}
