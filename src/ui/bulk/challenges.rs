//! The list of challenges for people who still use an older script, and how long challenges live.

use super::outputs::file;
use crate::app::state::{People, Selection};
use crate::directory::Lifetime;
use crate::engine::{BulkCommand, Command, Output};
use crate::ui::Pass;
use crate::ui::theme::{Look, size, space};
use crate::ui::widgets::{Button, DropDown, filter_chip, label, small_field};
use egui::{Ui, vec2};

/// The question for how long challenges should live.
pub struct Writing {
    open: bool,
    minutes: u32,
    /// As it is typed.
    text: String,
}

impl Default for Writing {
    fn default() -> Self {
        Self { open: false, minutes: 1440, text: String::new() }
    }
}

/// The button, its question, and the file that came of it.
pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    writing: &mut Writing,
    (people, selection): (&People, &Selection),
) {
    let look = pass.look;
    let button = Button::secondary("Write challenges…").named("Write challenges").small();
    let idle = pass.state.bulk.progress.is_none();
    let ready = idle && selection.count() > 0;
    let button = button.enabled(ready).show(ui, look);
    if button.clicked() {
        writing.open = !writing.open;
    }
    if writing.open {
        write_challenges(ui, pass, writing, (people, selection), &button);
    }
    let written = pass.state.bulk.file_of(None, Output::Challenges);
    if let Some(written) = written.filter(|_| idle) {
        file(ui, pass, written);
    }
}

const LIVES: [(u32, &str); 5] =
    [(60, "1 hour"), (480, "8 hours"), (1440, "1 day"), (10_080, "7 days"), (43_200, "30 days")];

fn write_challenges(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    writing: &mut Writing,
    (people, selection): (&People, &Selection),
    button: &egui::Response,
) {
    let look = pass.look;
    let mut write = false;
    let menu = DropDown {
        name: "write challenges",
        at: button.rect.left_top() - vec2(0.0, 248.0),
        width: 360.0,
        margin: space::L,
    };
    let close = menu.show(ui, look, button, |ui| {
        ui.label(look.strong("registrationUsers.csv for the older script"));
        label(ui, look.hint(whose(selection.count())));
        lives(ui, look, &mut writing.minutes, &mut writing.text);
        ui.add_space(space::S);
        let fits = Lifetime::from_minutes(writing.minutes).is_some();
        write = Button::primary("Write the list").enabled(fits).show(ui, look).clicked();
    });
    if write {
        let minutes = writing.minutes;
        let rows = selection.rows(people);
        pass.send(Command::Bulk(BulkCommand::WriteChallenges { minutes, rows }));
    }
    if close || write {
        writing.open = false;
    }
}

fn whose(chosen: usize) -> String {
    match chosen {
        1 => "A fresh challenge of the person who is chosen, good for:".into(),
        n => format!("Fresh challenges of the {n} people who are chosen, good for:"),
    }
}

/// How long a challenge lives that is fetched ahead; `text` is what is typed.
pub fn lives(ui: &mut Ui, look: &Look, minutes: &mut u32, text: &mut String) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for (life, word) in LIVES {
            if filter_chip(ui, look, *minutes == life, (None, word)).clicked() {
                *minutes = life;
                text.clear();
            }
        }
    });
    ui.horizontal(|ui| {
        ui.set_min_height(size::BUTTON_SMALL);
        ui.label(look.body("or"));
        ui.allocate_ui(vec2(88.0, size::BUTTON_SMALL), |ui| {
            let hint = (&*minutes.to_string(), look.text_2);
            if small_field(ui, look, "Minutes a challenge lives", text, hint).changed()
                && let Ok(typed) = text.trim().parse()
            {
                *minutes = typed;
            }
        });
        ui.label(look.body("minutes, 5 to 43 200"));
    });
}
