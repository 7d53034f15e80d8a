//! Draws the state and returns what the operator wishes.
//!
//! Nothing here waits, reads files or talks to anyone. What the operator types lives in [`View`];
//! PINs only in buffers that are wiped.

mod bench;
mod bulk;
mod desk;
mod find_group;
mod find_person;
mod first_start;
mod frame;
mod history;
mod keyboard;
mod notices;
mod operator;
mod path_dialog;
mod phones;
mod secret_text;
mod settings;
mod switcher;
pub mod theme;
mod verify;
mod view;
mod widgets;

pub use view::{Place, View};

use crate::app::State;
use crate::app::state::Start;
use crate::engine::Command;
use crate::key::KeyId;
use egui::{Rect, Ui, UiBuilder};
use theme::{Look, size};

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
    /// No file after all.
    NoPath,
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
    keyboard::note_focus(ui.ctx());
    let mut areas = frame::areas(ui.max_rect(), state);
    if phones::is_table(state, view) {
        areas = areas.with_table();
    }
    ui.painter().rect_filled(ui.max_rect(), 0.0, look.bg);
    operator::lock_key(ui, &mut pass);
    let covered = operator::covers(state) || path_dialog::covers(state);
    bulk::hear(ui, &mut pass, view, covered);
    phones::hear(&mut pass, view);
    frame::bands(ui, &areas, &mut pass, view);
    if state.who.locked.is_some() {
        operator::lock(ui, &mut pass, &mut view.operator, areas.below_bands());
        return pass.wishes;
    }
    match state.start {
        Start::Loading if !state.who.must_sign_in() => {}
        Start::FirstStart if view.place == Place::Desk => {
            within(ui, areas.below_bands(), |ui| first_start::draw(ui, &mut pass, view));
        }
        Start::Loading | Start::FirstStart | Start::Ready => {
            screens(ui, &areas, &mut pass, view);
        }
    }
    pass.wishes
}

fn screens(ui: &mut Ui, areas: &frame::Areas, pass: &mut Pass<'_>, view: &mut View) {
    frame::bench_key(ui, pass, view);
    let asked = operator::covers(pass.state);
    let covered = asked || path_dialog::covers(pass.state);
    let content = areas.content_of(bulk::is_board(pass.state, view));
    let (content, bench) = areas.split_for_bench(content, view.bench_open);
    let is_close = operator::asks(pass.state) && content.width() < size::CARD_LEAST;
    let (content, bench) = match is_close {
        // No room for both: the page comes first, as a browser's window would.
        true if pass.state.who.practice_page.is_some() && view.bench_open => {
            return page_alone(ui, areas, pass, view);
        }
        true => (areas.content, None),
        false => (content, bench),
    };
    beneath(ui, covered, |ui| {
        frame::shortcuts(ui, view);
        let stays = match view.place {
            Place::Bulk => view.bulk.holds_escape(pass.state),
            Place::Phones => view.phones.holds_escape(pass.state),
            Place::Verify => view.verify.holds_escape(pass.state),
            Place::Desk | Place::History | Place::Settings => false,
        };
        if view.place != Place::Desk && !stays && keyboard::back(ui) {
            view.place = Place::Desk;
        }
        frame::rail(ui, areas, pass, view);
        within(ui, content, |ui| {
            let notices = notices::draw(ui, pass);
            let rest = ui.available_rect_before_wrap().with_min_y(content.min.y + notices);
            within(ui, rest, |ui| screen(ui, pass, view, rest));
        });
    });
    if asked {
        operator::dialog(ui, pass, &mut view.operator, content);
    } else if covered {
        path_dialog::draw(ui, pass, &mut view.path, content);
    }
    if let Some(bench) = bench {
        within(ui, bench, |ui| bench::draw(ui, pass, view));
    }
    beneath(ui, covered, |ui| frame::key_strip(ui, areas, pass, view));
}

/// The practice company's page in the place of everything that waits for it.
fn page_alone(ui: &mut Ui, areas: &frame::Areas, pass: &mut Pass<'_>, view: &mut View) {
    beneath(ui, true, |ui| frame::rail(ui, areas, pass, view));
    let room = areas.beside_rail();
    within(ui, room, |ui| bench::draw(ui, pass, view));
    beneath(ui, true, |ui| frame::key_strip(ui, areas, pass, view));
}

fn screen(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View, rest: egui::Rect) {
    if pass.state.who.must_sign_in() && view.place != Place::Settings {
        operator::sign_in(ui, pass, &mut view.operator, rest);
        return;
    }
    if let Some(refusal) = view.place.refusal(pass.state) {
        operator::closed(ui, pass, &refusal, rest);
        return;
    }
    match view.place {
        Place::Desk => desk::draw(ui, pass, view),
        Place::Bulk => bulk::draw(ui, pass, view),
        Place::Phones => phones::draw(ui, pass, view),
        Place::Verify => verify::draw(ui, pass, view),
        Place::History => history::draw(ui, pass, view),
        Place::Settings => settings::draw(ui, pass, view),
    }
}

/// A file that was let go over the window now.
fn dropped_file(ui: &Ui) -> Option<std::path::PathBuf> {
    ui.input(|input| {
        let file = input.raw.dropped_files.first()?;
        let path = file.path();
        (!path.as_os_str().is_empty()).then(|| path.to_owned())
    })
}

/// What a dialog lies over is seen, but hears neither keys nor pointer.
fn beneath(ui: &mut Ui, covered: bool, add: impl FnOnce(&mut Ui)) {
    let mut events = Vec::new();
    if covered {
        events = ui.input_mut(|input| std::mem::take(&mut input.events));
    }
    // A scope either way, so that nothing below loses its id when a dialog opens.
    ui.scope(|ui| {
        if covered {
            ui.disable();
        }
        add(ui);
    });
    if covered {
        ui.input_mut(|input| input.events = events);
    }
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
