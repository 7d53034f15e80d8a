//! Phones: one person's sign-in methods, and plans that change the phones of many.

mod confirm;
mod correct;
mod job;
mod jobs;
mod numbers;
mod one;
mod options;
mod pass_card;
mod phone_row;
mod plan;
mod source;
mod table;

use super::find_person::FindPerson;
use super::theme::{Icon, Size, Tone, space};
use super::widgets::{problem_box, tab_button};
use super::{Pass, Place, View, keyboard};
use crate::app::State;
use crate::app::state::{JobTable, PlanTable};
use crate::engine::{Command, PhonesCommand, Pick};
use crate::problem::Problem;
use egui::{Key, Modifiers, Ui, vec2};
use std::path::PathBuf;

/// What was typed, chosen and opened on the Phones page.
#[derive(Default)]
pub struct PhonesView {
    tab: Tab,
    find: FindPerson,
    one: one::OneView,
    source: source::SourceView,
    options: options::OptionsView,
    plan: plan::PlanView,
    job: job::JobView,
    /// The open person was come to from the plan.
    from_plan: bool,
    picked: Vec<PhonesCommand>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    One,
    Many,
}

impl PhonesView {
    pub fn picked(&mut self, pick: Pick, path: PathBuf) {
        if pick == Pick::PhoneList {
            self.picked.push(PhonesCommand::ReadFile(path));
        }
    }

    /// A form that is open, people or a plan that wait for a click, a pass that may be seen still.
    pub fn has_unsent(&self, state: &State) -> bool {
        let phones = &state.phones;
        let reads = phones.reading.is_some() || phones.planning.is_some() || phones.beginning;
        let prepared = phones.list.is_some() || phones.plan.is_some();
        reads || prepared || self.one.has_unsent() || phones.one.holds_pass()
    }

    pub fn follow(&mut self, state: &State) {
        self.one.follow(state);
        self.options.follow(state);
        self.plan.follow(state);
        self.job.follow(state);
        let closed = state.phones.one.person().is_none() && self.one.was_open();
        if closed && !self.find.is_looking() {
            self.find = FindPerson::default();
        }
    }

    pub fn drop_secrets(&mut self) {
        self.one.drop_secrets();
        self.source.drop_secrets();
    }

    /// Esc leads to somewhere else on this page, not away from it.
    pub fn holds_escape(&self, state: &State) -> bool {
        let phones = &state.phones;
        match self.tab {
            Tab::One => phones.one.person().is_some() || self.from_plan,
            Tab::Many => match &phones.job {
                Some(job) => self.job.asks() || job::is_over(&job.shown.state),
                None => phones.plan.is_some() || phones.list.is_some(),
            },
        }
    }

    /// The plan on the screen, where it is.
    fn plan_shown<'s>(&self, state: &'s State) -> Option<&'s PlanTable> {
        let free = state.phones.job.is_none() && !self.plan.is_left;
        state.phones.plan.as_ref().filter(|_| self.tab == Tab::Many && free)
    }

    fn job_shown<'s>(&self, state: &'s State) -> Option<&'s JobTable> {
        state.phones.job.as_ref().filter(|_| self.tab == Tab::Many)
    }
}

/// Before anything is drawn: answered dialogs; a pass is seen on this page only, and not for long.
pub fn hear(pass: &mut Pass<'_>, view: &mut View) {
    for command in view.phones.picked.drain(..) {
        pass.send(Command::Phones(command));
    }
    let one = &pass.state.phones.one;
    let now = std::time::Instant::now();
    let is_elsewhere = view.place != Place::Phones || view.phones.tab != Tab::One;
    if one.pass_is_over(now) || (is_elsewhere && one.pass(now).is_some()) {
        pass.send(Command::Phones(PhonesCommand::HidePass));
    }
}

/// A table takes all the room there is.
pub fn is_table(state: &State, view: &View) -> bool {
    let open = view.place == Place::Phones && view.place.refusal(state).is_none();
    let phones = &view.phones;
    open && (phones.plan_shown(state).is_some() || phones.job_shown(state).is_some())
}

/// Keys of the page and what they do, for the strip at the bottom.
pub fn strip_keys(state: &State, view: &View) -> &'static [(&'static str, &'static str)] {
    if !is_table(state, view) {
        return &[];
    }
    match view.phones.plan_shown(state) {
        Some(_) => &[
            ("Space", "leave a row out"),
            ("F2", "correct"),
            ("Alt+1…7", "filter"),
            ("Enter", "open person"),
        ],
        None => &[("Alt+1…8", "filter"), ("Enter", "open person")],
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let view = &mut view.phones;
    let state = pass.state;
    if state.phones.offered == Some(false) {
        not_offered(ui, pass);
        return;
    }
    tab_keys(ui, view);
    match view.tab {
        Tab::One => {
            head(ui, pass, view, "Phones");
            one::draw(ui, pass, view);
        }
        Tab::Many => many(ui, pass, view),
    }
}

fn many(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let state = pass.state;
    if let Some(job) = view.job_shown(state) {
        job::draw(ui, pass, view, job);
    } else if let Some(plan) = view.plan_shown(state) {
        plan::draw(ui, pass, view, plan);
    } else {
        head(ui, pass, view, "Phones");
        match &state.phones.list {
            Some(list) => options::draw(ui, pass, view, list),
            None => source::draw(ui, pass, view),
        }
    }
}

fn not_offered(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    ui.label(look.title("Phones"));
    ui.add_space(space::M);
    let directory = pass.state.connected.as_ref().map_or("This directory", |c| c.directory);
    let problem = Problem {
        what: format!("{directory} keeps no phone methods"),
        next: String::new(),
        details: Vec::new(),
    };
    problem_box(ui, look, (Tone::Idle, Icon::Phone), &problem, |_| {});
}

/// The page's title and the switch between its two parts.
fn head(ui: &mut Ui, pass: &Pass<'_>, view: &mut PhonesView, title: &str) {
    let look = pass.look;
    ui.horizontal(|ui| {
        ui.set_height(super::theme::size::BUTTON_SMALL);
        ui.spacing_mut().item_spacing.x = space::M;
        ui.label(look.title(title));
        tabs(ui, pass, view);
    });
    ui.add_space(space::S);
}

fn tabs(ui: &mut Ui, pass: &Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (tab, word, key) in [(Tab::One, "One person", "Alt+P"), (Tab::Many, "Many", "Alt+M")] {
            let response = tab_button(ui, look, view.tab == tab, word);
            if response.on_hover_text(format!("{word} ({key})")).clicked() {
                view.turn_to(tab);
            }
        }
    });
}

fn tab_keys(ui: &Ui, view: &mut PhonesView) {
    for (tab, key) in [(Tab::One, Key::P), (Tab::Many, Key::M)] {
        if keyboard::pressed_with(ui.ctx(), Modifiers::ALT, key) {
            view.turn_to(tab);
        }
    }
}

impl PhonesView {
    fn turn_to(&mut self, tab: Tab) {
        self.from_plan = false;
        if tab == Tab::One && self.tab != Tab::One {
            self.find.take_focus();
        }
        self.tab = tab;
    }

    /// Somebody of another screen is looked at.
    pub fn come_for(&mut self, pass: &mut Pass<'_>, upn: &str) {
        self.open_person(pass, upn);
        self.from_plan = false;
    }

    /// Somebody of a table is looked at more closely.
    fn open_person(&mut self, pass: &mut Pass<'_>, upn: &str) {
        self.tab = Tab::One;
        self.from_plan = true;
        self.find = FindPerson::looking_for(upn);
        pass.send(Command::Phones(PhonesCommand::Close));
        pass.send(Command::Phones(PhonesCommand::Find { query: upn.to_owned() }));
    }

    /// Back from the person, to the table they were come to from or to the search.
    fn leave_person(&mut self, pass: &mut Pass<'_>) {
        pass.send(Command::Phones(PhonesCommand::Close));
        self.find = FindPerson::default();
        if std::mem::take(&mut self.from_plan) {
            self.tab = Tab::Many;
        }
    }
}

/// A quiet line in the middle of an empty place.
fn empty(ui: &mut Ui, pass: &Pass<'_>, text: &str) {
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| ui.label(pass.look.quiet(text)));
}

/// An icon within a line of text.
fn line_icon(ui: &mut Ui, pass: &Pass<'_>, (icon, tone): (Icon, Tone)) {
    let (square, _) =
        ui.allocate_exact_size(vec2(Size::Lead.points(), Size::Hint.line()), egui::Sense::hover());
    let square = egui::Rect::from_center_size(square.center(), egui::Vec2::splat(14.0));
    icon.paint(ui.painter(), square, pass.look.tone(tone).ink, pass.look.surface);
}
