//! The Desk: one person, one key.

mod abandon;
mod cards;
mod form;
mod hand_over;
mod photo;
mod prepare;
mod running;
mod serial;
mod unfinished;
mod who;

use super::find_person::FindPerson;
use super::theme::{Look, size, space};
use super::widgets::{self, Steps, step_header, touch_card};
use super::{Pass, View, frame};
use crate::app::State;
use crate::app::state::Phase;
use crate::enrolment::EnrolmentId;
use crate::pin::Pin;
use egui::{Align, Layout, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};
use form::PinForm;

/// What was typed and opened on the Desk.
#[derive(Default)]
pub struct DeskView {
    find: FindPerson,
    form: PinForm,
    revealed: Option<(EnrolmentId, Pin)>,
    /// Its PIN was shown already.
    shown_once: Option<EnrolmentId>,
    photo: photo::Photo,
    busy: bool,
    /// One column; the call to touch stands above it.
    stacked: bool,
    /// Why the stopped enrolment is given up.
    reason: String,
    answers: unfinished::Answers,
}

impl DeskView {
    pub fn reveal(&mut self, id: EnrolmentId, pin: Pin) {
        self.revealed = Some((id, pin));
        self.shown_once = Some(id);
    }

    /// The station is locked, or another operator comes: nothing secret stays.
    pub fn drop_secrets(&mut self) {
        self.revealed = None;
        self.form.wipe();
        self.answers.wipe();
    }

    /// After the last person everything typed is gone and the search box has the focus.
    pub fn follow(&mut self, state: &State) {
        let busy = state.desk.person.is_some() || state.desk.run.is_some();
        if self.busy && !busy {
            *self = Self { shown_once: self.shown_once.take(), ..Self::default() };
        }
        self.busy = busy;
        let shown = state.desk.run.as_ref().map(|run| run.id);
        if self.revealed.as_ref().is_some_and(|(id, _)| Some(*id) != shown) {
            self.revealed = None;
        }
        self.form.follow(state);
    }
}

const STEPS: [&str; 5] = ["Who", "Key", "PIN", "Register key", "Hand over"];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let (state, look) = (pass.state, pass.look);
    head(ui, state, look);
    ui.add_space(space::S);
    let area = ui.available_rect_before_wrap();
    if state.desk.person.is_none() && state.desk.run.is_none() {
        who::draw(ui, pass, &mut view.desk);
        return;
    }
    view.desk.stacked = stacks(ui);
    if view.desk.stacked {
        stacked(ui, pass, &mut view.desk, area);
    } else {
        let left = area.with_max_x(area.min.x + size::LEFT_COLUMN);
        let right = area.with_min_x(left.max.x + space::L);
        super::within(ui, left, |ui| {
            ScrollArea::vertical().id_salt("cards").show(ui, |ui| {
                cards::person(ui, pass, &mut view.desk);
                ui.add_space(space::S);
                cards::key(ui, pass, &view.desk);
            });
        });
        super::within(ui, right, |ui| main_panel(ui, pass, &mut view.desk, right));
    }
}

/// Large text or a narrow window: one column. The call to touch must never be below the edge.
fn stacked(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, area: Rect) {
    let running = pass.state.desk.run.is_some();
    ScrollArea::vertical().id_salt("column").auto_shrink([false, false]).show(ui, |ui| {
        if let Some(touch) = pass.state.desk.run.as_ref().and_then(|run| run.touch) {
            let slot = pass.state.desk_key().map_or(0, |key| pass.state.slot(key));
            let now = std::time::Instant::now();
            touch_card(ui, pass.look, touch, slot, now, area.height() - space::XS);
            ui.add_space(space::L);
        }
        if running {
            main_in_column(ui, pass, view, area);
            ui.add_space(space::L);
        }
        cards::person(ui, pass, view);
        ui.add_space(space::L);
        cards::key(ui, pass, view);
        if !running {
            ui.add_space(space::L);
            main_in_column(ui, pass, view, area);
        }
    });
}

fn main_in_column(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, area: Rect) {
    let height = area.height().max(400.0);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    ui.allocate_rect(rect, egui::Sense::hover());
    super::within(ui, rect, |ui| main_panel(ui, pass, view, rect));
}

fn main_panel(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, rect: Rect) {
    match pass.state.desk.run.as_ref().map(|run| &run.phase) {
        None => prepare::draw(ui, pass, view, rect),
        Some(Phase::HandOver(_)) => hand_over::draw(ui, pass, view, rect),
        Some(_) => running::draw(ui, pass, view, rect),
    }
}

fn stacks(ui: &Ui) -> bool {
    ui.ctx().zoom_factor() >= 1.25 || ui.available_width() < 740.0
}

fn head(ui: &mut Ui, state: &State, look: &Look) {
    let line = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), size::BUTTON_SMALL));
    let steps_fit = line.width() >= 720.0;
    let current = current_step(state);
    let builder = UiBuilder::new().max_rect(line);
    ui.scope_builder(builder, |ui| {
        let shown = if steps_fit { Steps::All } else { Steps::CurrentOnly };
        step_header(ui, look, &STEPS, current, shown);
    });
    let Some(connected) = &state.connected else { return };
    frame::row(ui, line, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let count = connected.keys_today.to_string();
        ui.label(look.rich(
            count,
            super::theme::Size::Hint,
            super::theme::Face::SemiBold,
            look.text,
        ));
        ui.label(look.rich(
            "Keys today",
            super::theme::Size::Hint,
            super::theme::Face::Regular,
            look.text_2,
        ));
    });
}

fn current_step(state: &State) -> usize {
    match (&state.desk.run, &state.desk.person) {
        (Some(run), _) if matches!(run.phase, Phase::HandOver(_)) => 4,
        (Some(_), _) => 3,
        (None, None) => 0,
        (None, Some(_)) => match state.desk_key() {
            Some(key) if key.facts.is_some() => 2,
            _ => 1,
        },
    }
}

const HEAD: f32 = 65.0;
const FOOT: f32 = 64.0;

/// A card with a head, a body that scrolls, and a foot of some height with the next step at its right end.
fn panel<S>(
    ui: &mut Ui,
    look: &Look,
    (rect, foot_height): (Rect, f32),
    shared: &mut S,
    head: impl FnOnce(&mut Ui, &mut S),
    body: impl FnOnce(&mut Ui, &mut S),
    foot: impl FnOnce(&mut Ui, &mut S),
) {
    widgets::paint_card(ui, look, rect, Stroke::new(1.0, look.stroke));
    let line = Stroke::new(1.0, look.stroke);
    ui.painter().hline(rect.x_range(), rect.min.y + HEAD, line);
    ui.painter().hline(rect.x_range(), rect.max.y - foot_height - 0.5, line);
    let top = Rect::from_min_max(
        rect.min + vec2(space::XL, space::S),
        pos2(rect.max.x - space::XL, rect.min.y + HEAD),
    );
    frame::row(ui, top, Layout::left_to_right(Align::Center), |ui| head(ui, shared));
    let middle = Rect::from_min_max(
        pos2(rect.min.x + space::L, rect.min.y + HEAD + 1.0),
        pos2(rect.max.x - space::L, rect.max.y - foot_height - 1.0),
    );
    super::within(ui, middle, |ui| {
        ScrollArea::vertical().id_salt("panel").auto_shrink([false, false]).show(ui, |ui| {
            body(ui, shared);
        });
    });
    let bottom = Rect::from_min_max(
        pos2(rect.min.x + space::L, rect.max.y - foot_height),
        rect.max - vec2(space::L, 0.0),
    );
    frame::row(ui, bottom, Layout::left_to_right(Align::Center), |ui| foot(ui, shared));
}
