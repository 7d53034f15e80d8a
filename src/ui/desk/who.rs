//! Who: the search box and what it found.

use super::{DeskView, unfinished};
use crate::engine::Command;
use crate::ui::Pass;
use crate::ui::find_person::{self, Sought};
use crate::ui::theme::space;
use crate::ui::widgets::card_frame;
use egui::{Margin, Ui, vec2};

const NEXT: &str = "Type a name, or scan a badge. The person's card comes next.";

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    unfinished::draw(ui, pass, view);
    let look = pass.look;
    card_frame(look).inner_margin(Margin::same(space::XL as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height().max(240.0));
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        ui.label(look.title("Who gets a key?"));
        ui.add_space(space::M);
        let search = &pass.state.search;
        match find_person::draw(ui, pass, &mut view.find, (search, NEXT)) {
            Some(Sought::Query(query)) => pass.send(Command::Search { query }),
            Some(Sought::Person(person)) => pass.send(Command::ChoosePerson(person)),
            None => {}
        }
    });
}
