//! A key's serial: as the key tells it, or as the operator reads it from the print.

use super::form::PinForm;
use crate::app::state::{Desk, KeySeen, thousands};
use crate::enrolment::{KeyIdentity, SerialFrom};
use crate::key::KeyFacts;
use crate::problem::Explain;
use crate::ui::theme::{Face, Look, Size, size, space};
use crate::ui::widgets::{field, label};
use egui::{Ui, vec2};

/// The name by which the field is found.
const NAME: &str = "Serial number (printed on the key)";

/// A serial and who told it.
pub type Shown<'a> = Option<(&'a str, SerialFrom)>;

/// What the key tells, else what was typed for the running enrolment.
pub fn shown<'a>(desk: &'a Desk, seen: &'a KeySeen) -> Shown<'a> {
    let told = seen.serial().map(|serial| (serial, SerialFrom::Key));
    told.or_else(|| {
        let run = desk.run.as_ref().filter(|run| run.key.as_ref() == Some(&seen.id))?;
        let key = &run.intent.key;
        key.serial.as_deref().map(|serial| (serial, key.serial_from))
    })
}

/// `31 884 207`, with a word about a typed one.
pub fn in_words(key: &KeyIdentity) -> String {
    match (&key.serial, key.serial_from) {
        (None, _) => "no serial".to_owned(),
        (Some(serial), SerialFrom::Key) => thousands(serial),
        (Some(serial), SerialFrom::Operator) => format!("{}, typed", thousands(serial)),
    }
}

/// Slot and serial, below the model's name.
pub fn line(ui: &mut Ui, look: &Look, slot: u8, shown: Shown<'_>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let Some((serial, from)) = shown else {
            ui.label(look.quiet(format!("Slot {slot}, no serial")));
            return;
        };
        let words = match from {
            SerialFrom::Key => "serial",
            SerialFrom::Operator => "typed serial",
        };
        ui.label(look.quiet(format!("Slot {slot}, {words}")));
        ui.label(look.rich(thousands(serial), Size::Body, Face::Mono, look.text_2));
    });
}

/// The field for the printed serial, and why the key did not tell it.
pub fn to_type(ui: &mut Ui, look: &Look, facts: &KeyFacts, form: &mut PinForm) {
    ui.add_space(space::S);
    ui.label(look.rich("Serial number", Size::Body, Face::SemiBold, look.text));
    let why = match facts.no_serial {
        Some(why) => format!("{}. {}.", why.what(), why.next()),
        None => "This key tells none. Where one is printed on it, type it here.".to_owned(),
    };
    label(ui, look.rich(why, Size::Hint, Face::Regular, look.text_2));
    ui.allocate_ui(vec2(ui.available_width().min(280.0), size::BUTTON), |ui| {
        if field(ui, look, NAME, &mut form.serial, "Printed on the key").changed() {
            form.complaint = None;
        }
    });
}
