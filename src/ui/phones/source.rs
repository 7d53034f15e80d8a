//! Where the people of a plan come from: a file, a pasted list, a group; and earlier jobs.

use super::{PhonesView, jobs};
use crate::app::state::Planning;
use crate::engine::{Command, PhonesCommand, Pick};
use crate::ui::find_group::{self, FindGroup, Sought};
use crate::ui::theme::{Icon, Tone, size, space};
use crate::ui::widgets::{
    Button, card, heading, label, pause_in_words, problem_box, progress_bar, text_area, truncated,
};
use crate::ui::{Pass, dropped_file, keyboard};
use egui::{Align, Layout, ScrollArea, Ui};

/// What was typed and pasted.
#[derive(Default)]
pub struct SourceView {
    group: FindGroup,
    pasted: String,
    asked_jobs: bool,
}

impl SourceView {
    pub fn drop_secrets(&mut self) {
        self.pasted.clear();
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    let phones = &pass.state.phones;
    if !std::mem::replace(&mut view.source.asked_jobs, true) {
        pass.send(Command::Phones(PhonesCommand::ListJobs));
    }
    if let Some(path) = dropped_file(ui) {
        pass.send(Command::Phones(PhonesCommand::ReadFile(path)));
    }
    if let Some(problem) = phones.not_read.as_ref().or(phones.not_planned.as_ref()) {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
    if let Some(running) = phones.planning {
        planning(ui, pass, running);
        return;
    }
    if let Some(done) = phones.reading {
        let words = match done {
            0 => "Reading people".to_owned(),
            done => format!("Reading people: {done} so far"),
        };
        waiting(ui, pass, (&words, None), PhonesCommand::DropPeople);
        return;
    }
    let two = ui.available_width() >= 740.0 && ui.ctx().zoom_factor() < 1.25;
    let room = ui.available_rect_before_wrap();
    if !two {
        ScrollArea::vertical().id_salt("sources").auto_shrink([false, false]).show(ui, |ui| {
            lists(ui, pass, view);
            ui.add_space(space::L);
            group(ui, pass, &mut view.source.group, 320.0);
            ui.add_space(space::L);
            jobs::draw(ui, pass, view);
        });
        return;
    }
    let left = room.with_max_x(room.min.x + size::LEFT_COLUMN);
    let right = room.with_min_x(left.max.x + space::L);
    crate::ui::within(ui, left, |ui| {
        ScrollArea::vertical().id_salt("lists").show(ui, |ui| lists(ui, pass, view));
    });
    let has_jobs = phones.jobs.as_ref().is_some_and(|jobs| !jobs.is_empty());
    let split = if has_jobs { right.min.y + right.height() * 0.56 } else { right.max.y };
    let upper = right.with_max_y(split);
    crate::ui::within(ui, upper, |ui| {
        group(ui, pass, &mut view.source.group, upper.height());
    });
    if has_jobs {
        let lower = right.with_min_y(split + space::L);
        crate::ui::within(ui, lower, |ui| {
            ScrollArea::vertical()
                .id_salt("jobs")
                .auto_shrink([false, false])
                .show(ui, |ui| jobs::draw(ui, pass, view));
        });
    }
}

/// How many people the directory was asked about, with a way out.
pub fn planning(ui: &mut Ui, pass: &mut Pass<'_>, running: Planning) {
    let Planning { done, of } = running;
    let words = match of {
        0 => "Asking the directory".to_owned(),
        of => format!("Asking the directory: {done} of {of}"),
    };
    let share = (of > 0).then(|| done as f32 / of as f32);
    waiting(ui, pass, (&words, share), PhonesCommand::StopPlanning);
}

/// Long work with a way out.
fn waiting(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    (words, share): (&str, Option<f32>),
    cancel: PhonesCommand,
) {
    let look = pass.look;
    let words = pause_in_words(ui, pass.state).unwrap_or_else(|| words.to_owned());
    card(ui, look, |ui| {
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON_SMALL);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Button::secondary("Cancel").small().show(ui, look).clicked() {
                    pass.send(Command::Phones(cancel));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::M;
                    let width = (ui.available_width() * 0.4).min(320.0);
                    progress_bar(ui, look, width, share, &words);
                    truncated(ui, look.body(&words));
                });
            });
        });
    });
}

fn lists(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    ui.spacing_mut().item_spacing.y = 0.0;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        let below = "Any CSV with a column of user names, and one of numbers if you like; or a \
                     JSON list of UserPrincipalName.";
        heading(ui, look, "From a file", below);
        let button = Button::primary("Choose file…").icon(Icon::Document).cap("Enter");
        if button.show(ui, look).clicked() || keyboard::enter(ui) {
            pass.send(Command::Pick(Pick::PhoneList));
        }
        label(ui, look.hint("Or drop it onto this window."));
    });
    ui.add_space(space::L);
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "From a pasted list", "One person a line; columns as in a file");
        let pasted = &mut view.source.pasted;
        text_area(ui, look, "Pasted list", pasted, ("anna.sjoberg@…", 6));
        ui.add_space(space::XS);
        let ready = !pasted.trim().is_empty();
        let button = Button::secondary("Use this list").enabled(ready);
        if button.show(ui, look).clicked() {
            pass.send(Command::Phones(PhonesCommand::ReadText(pasted.clone())));
        }
    });
}

fn group(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut FindGroup, height: f32) {
    let groups = &pass.state.phones.groups;
    let command = match find_group::draw(ui, pass, view, (groups, height)) {
        Some(Sought::Query(query)) => PhonesCommand::FindGroups { query },
        Some(Sought::Group { group, nested }) => PhonesCommand::ReadGroup { group, nested },
        None => return,
    };
    pass.send(Command::Phones(command));
}
