//! Prepare: the people and their verdicts, then the options, then "Begin".

use super::options::{self, OptionsView};
use super::{source, table};
use crate::app::State;
use crate::app::state::{Progress, Selection, Work, count_in_words, span_in_words};
use crate::engine::{BulkCommand, Command};
use crate::ui::theme::{Face, Icon, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, Steps, pause_in_words, problem_box, progress_bar, step_header, truncated,
};
use crate::ui::{Pass, keyboard};
use egui::{Align, Layout, Ui};
use std::time::Instant;

pub const STEPS: [&str; 4] = ["People", "Options", "Run", "Finish"];

/// What was typed and chosen while a session is prepared.
#[derive(Default)]
pub struct PrepareView {
    page: Page,
    pub source: source::SourceView,
    pub table: table::TableView,
    pub selection: Selection,
    options: OptionsView,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    People,
    Options,
}

impl PrepareView {
    pub fn follow(&mut self, state: &State) {
        self.options.follow(state, self.source.used(state));
        match &state.bulk.people {
            Some(people) => self.selection.follow(people),
            None => self.page = Page::People,
        }
    }

    /// What is not of the tenant that is left.
    pub fn of_next_tenant(self) -> Self {
        Self { source: self.source.of_next_tenant(), ..Self::default() }
    }

    pub fn is_past_people(&self) -> bool {
        self.page == Page::Options
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PrepareView) {
    let look = pass.look;
    let current = usize::from(view.page == Page::Options);
    let fits = ui.available_width() >= 600.0;
    step_header(ui, look, &STEPS, current, if fits { Steps::All } else { Steps::CurrentOnly });
    ui.add_space(space::S);
    match (&pass.state.bulk.people, view.page) {
        (None, _) => source::draw(ui, pass, &mut view.source),
        (Some(_), Page::People) => people(ui, pass, view),
        (Some(_), Page::Options) => options(ui, pass, view),
    }
}

fn people(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PrepareView) {
    let Some(people) = &pass.state.bulk.people else { return };
    let count = view.selection.count();
    table::draw(ui, pass, (&mut view.table, &mut view.selection), people, |ui, pass| {
        let word = format!("Options for {}", count_in_words(count, "person", "people"));
        let ready = count > 0;
        let next = Button::primary(&word).cap("Enter").enabled(ready).fitting(ui);
        if next.show(ui, pass.look).clicked() || (ready && keyboard::enter_alone(ui)) {
            view.page = Page::Options;
        }
    });
}

fn options(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PrepareView) {
    let Some(people) = &pass.state.bulk.people else { return };
    let count = view.selection.count();
    let mut back = keyboard::back(ui);
    let mut begin = false;
    view.options.of_people(count);
    options::draw(ui, pass, &mut view.options, |ui, pass, problem| {
        let beginning = pass.state.bulk.beginning;
        let word = match beginning {
            true => "Beginning…".to_owned(),
            false => format!("Begin with {}", count_in_words(count, "person", "people")),
        };
        // Whoever is still being checked is not among them yet.
        let running = pass.state.bulk.progress;
        let ready = count > 0 && problem.is_none() && !beginning && running.is_none();
        let button = Button::primary(&word).cap("Enter").enabled(ready).fitting(ui);
        begin = button.show(ui, pass.look).clicked() || (ready && keyboard::enter_alone(ui));
        back |= Button::secondary("Back").cap("Esc").show(ui, pass.look).clicked();
        if let Some(running) = running {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| progress(ui, pass, &running));
        }
    });
    if begin {
        let options = Box::new(view.options.chosen(pass.state));
        let rows = view.selection.rows(people);
        pass.send(Command::Bulk(BulkCommand::Begin { options, rows }));
    }
    if back {
        view.page = Page::People;
    }
}

/// How far reading or checking is.
pub fn progress(ui: &mut Ui, pass: &Pass<'_>, progress: &Progress) {
    let look = pass.look;
    let share = progress.of.map(|of| progress.done as f32 / of.max(1) as f32);
    let words = in_words(ui, pass, progress);
    ui.spacing_mut().item_spacing.x = space::M;
    progress_bar(ui, look, (ui.available_width() * 0.3).min(240.0), share, &words);
    truncated(ui, look.rich(words, Size::Hint, Face::Regular, look.text_2));
}

/// The same while nobody is there yet, with a way out.
pub fn reading(ui: &mut Ui, pass: &mut Pass<'_>, running: &Progress) {
    let look = pass.look;
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Button::secondary("Cancel").small().show(ui, look).clicked() {
                pass.wishes.push(Command::Bulk(BulkCommand::DropPeople).into());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                progress(ui, pass, running);
            });
        });
    });
}

fn in_words(ui: &Ui, pass: &Pass<'_>, progress: &Progress) -> String {
    if let Some(pause) = pause_in_words(ui, pass.state) {
        return pause;
    }
    let what = match progress.what {
        Work::Reading => "Reading people",
        Work::Checking => "Asking the directory",
        Work::Fetching => "Fetching challenges",
    };
    let far = match progress.of {
        Some(of) => format!("{what}: {} of {of}", progress.done),
        None if progress.done == 0 => what.to_owned(),
        None => format!("{what}: {} so far", progress.done),
    };
    match progress.pace(Instant::now()) {
        Some((rate, left)) => {
            format!("{far}, {rate:.0} a second, {} left", span_in_words(left))
        }
        None => far,
    }
}

/// Why nobody could be read.
pub fn not_read(ui: &mut Ui, pass: &Pass<'_>) {
    if let Some(problem) = &pass.state.bulk.not_read {
        problem_box(ui, pass.look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
}
