//! Draws the state and returns what the operator wishes.
//!
//! Nothing here waits, reads files or talks to anyone. What the operator types lives in [`View`];
//! PINs only in buffers that are wiped.

mod bench;
mod desk;
mod first_start;
mod frame;
mod history;
mod keyboard;
mod notices;
mod secret_text;
mod settings;
mod switcher;
pub mod theme;
mod view;
mod widgets;

pub use view::{Place, View};

use crate::app::State;
use crate::app::state::Start;
use crate::engine::Command;
use crate::key::KeyId;
use egui::{Rect, Ui, UiBuilder};
use theme::Look;

/// What the operator wants: of the engine, or of the window itself.
pub enum Wish {
    Send(Box<Command>),
    /// A notice was read.
    Dismiss(u64),
    /// The desk works with this key.
    UseKey(KeyId),
    /// What was found for a domain is another company's tenant.
    ForgetDiscovered,
    /// The stopped enrolment waits among the unfinished ones.
    PutAside,
}

impl From<Command> for Wish {
    fn from(command: Command) -> Self {
        Self::Send(Box::new(command))
    }
}

/// What every screen needs while it draws.
struct Pass<'a> {
    state: &'a State,
    look: &'a Look,
    wishes: Vec<Wish>,
}

impl Pass<'_> {
    fn send(&mut self, command: Command) {
        self.wishes.push(command.into());
    }
}

/// Draws one frame. The order is the reading order, which is the order of the Tab key.
pub fn draw(ui: &mut Ui, state: &State, view: &mut View, look: &Look) -> Vec<Wish> {
    let mut pass = Pass { state, look, wishes: Vec::new() };
    view.follow(state);
    let areas = frame::areas(ui.max_rect(), state);
    ui.painter().rect_filled(ui.max_rect(), 0.0, look.bg);
    frame::bands(ui, &areas, &mut pass, view);
    match state.start {
        Start::Loading => {}
        Start::FirstStart if view.place == Place::Desk => {
            within(ui, areas.below_bands(), |ui| first_start::draw(ui, &mut pass, view));
        }
        Start::FirstStart | Start::Ready => screens(ui, &areas, &mut pass, view),
    }
    pass.wishes
}

fn screens(ui: &mut Ui, areas: &frame::Areas, pass: &mut Pass<'_>, view: &mut View) {
    frame::shortcuts(ui, pass, view);
    if view.place != Place::Desk && keyboard::back(ui) {
        view.place = Place::Desk;
    }
    frame::rail(ui, areas, pass, view);
    let (content, bench) = areas.split_for_bench(view.bench_open);
    within(ui, content, |ui| {
        let notices = notices::draw(ui, pass);
        let rest = ui.available_rect_before_wrap().with_min_y(content.min.y + notices);
        within(ui, rest, |ui| match view.place {
            Place::Desk => desk::draw(ui, pass, view),
            Place::History => history::draw(ui, pass, view),
            Place::Settings => settings::draw(ui, pass, view),
        });
    });
    if let Some(bench) = bench {
        within(ui, bench, |ui| bench::draw(ui, pass, view));
    }
    frame::key_strip(ui, areas, pass, view);
}

/// Draws into a part of the window, and nowhere else.
fn within<R>(ui: &mut Ui, rect: Rect, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().max_rect(rect).layout(egui::Layout::top_down(egui::Align::Min));
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(rect);
        add(ui)
    })
    .inner
}
