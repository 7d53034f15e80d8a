//! PIN policy, enrolment, outputs, appearance, practice.

use super::draft::TenantDraft;
use super::tenant::{caption, named_field, path_row};
use super::{SettingsView, recipients, section};
use crate::app::state::clean;
use crate::engine::{Command, Pick};
use crate::settings::{Alphabet, ThemeChoice};
use crate::ui::Pass;
use crate::ui::theme::{Face, Look, Size, space};
use crate::ui::widgets::{Button, check_box, choice_row, label};
use egui::{Ui, vec2};
use std::ops::RangeInclusive;

pub fn keys(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    pin(ui, look, view);
    ui.add_space(space::L);
    enrolment(ui, look, view);
}

fn pin(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    section(ui, look, "PIN", |ui| {
        let station = view.edit().pin.clone();
        own(ui, look, view, "PIN policy", |tenant| &mut tenant.pin, station);
        let pin = match view.tenants.shown().pin {
            Some(_) => view.tenants.shown_mut().pin.get_or_insert_default(),
            None => &mut view.edit().pin,
        };
        let mut length = u16::from(pin.length);
        stepper(ui, look, "Length", "characters", &mut length, (4..=63, 1));
        pin.length = u8::try_from(length).unwrap_or(u8::MAX);
        for (alphabet, word) in
            [(Alphabet::Digits, "Digits"), (Alphabet::Letters, "Letters and digits")]
        {
            if choice_row(ui, look, pin.alphabet == alphabet, word).clicked() {
                pin.alphabet = alphabet;
            }
        }
    });
}

fn enrolment(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    section(ui, look, "Enrolment", |ui| {
        let station = view.edit().enrolment.clone();
        own(ui, look, view, "enrolment options", |tenant| &mut tenant.enrolment, station);
        let enrolment = match view.tenants.shown().enrolment {
            Some(_) => view.tenants.shown_mut().enrolment.get_or_insert_default(),
            None => &mut view.edit().enrolment,
        };
        let word = "PIN must be changed at first use";
        check_box(ui, look, &mut enrolment.must_change_pin, word);
        let word = "Remove the person's old keys afterwards";
        check_box(ui, look, &mut enrolment.remove_old_keys, word);
        check_box(ui, look, &mut enrolment.always_uv, "Key always asks for its PIN");
        let mut on = enrolment.min_pin_length.is_some();
        if check_box(ui, look, &mut on, "Key keeps a minimum PIN length").changed() {
            enrolment.min_pin_length = on.then_some(6);
        }
        if let Some(least) = &mut enrolment.min_pin_length {
            let mut length = u16::from(*least);
            stepper(ui, look, "Minimum", "characters", &mut length, (4..=63, 1));
            *least = u8::try_from(length).unwrap_or(u8::MAX);
        }
    });
}

/// Whether the tenant that is shown has rules of its own; offered once there are several.
fn own<T>(
    ui: &mut Ui,
    look: &Look,
    view: &mut SettingsView,
    what: &str,
    of: impl Fn(&mut TenantDraft) -> &mut Option<T>,
    station: T,
) {
    let several = view.tenants.all().len() > 1;
    let tenant = view.tenants.shown_mut();
    let name = clean(&tenant.shown_name());
    let rules = of(tenant);
    if !several && rules.is_none() {
        return;
    }
    let mut on = rules.is_some();
    if check_box(ui, look, &mut on, &format!("{name} has its own {what}")).changed() {
        *rules = on.then_some(station);
    }
    let text = match on {
        true => format!("What follows holds for {name} only."),
        false => "What follows holds for every tenant without its own.".to_owned(),
    };
    label(ui, look.hint(text));
}

pub fn outputs(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Outputs", |ui| {
        let outputs = &mut view.edit().outputs;
        let name = "Organisation on letters and labels";
        named_field(ui, look, name, &mut outputs.organisation, "Larkfield Ltd");
        caption(
            ui,
            look,
            "Folder: in it each tenant has its registeredKeys.csv, letters and labels",
        );
        path_row(ui, look, outputs.folder.as_deref(), "Choose folder…", || {
            pass.wishes.push(Command::Pick(Pick::OutputFolder).into());
        });
        let word = "Write PINs into registeredKeys.csv in clear text";
        check_box(ui, look, &mut outputs.pin_in_csv, word);
        if outputs.pin_in_csv {
            let text = "Whoever reads that file can use the keys.";
            label(ui, look.rich(text, Size::Hint, Face::Regular, look.warn.ink));
        }
        recipients::draw(ui, look, view);
    });
}

pub fn appearance(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Appearance", |ui| {
        let appearance = &mut view.edit().appearance;
        let themes = [
            (ThemeChoice::System, "As the system"),
            (ThemeChoice::Light, "Light"),
            (ThemeChoice::Dark, "Dark"),
            (ThemeChoice::HighContrast, "High contrast"),
        ];
        ui.horizontal_wrapped(|ui| {
            for (theme, word) in themes {
                if choice_row(ui, look, appearance.theme == theme, word).clicked() {
                    appearance.theme = theme;
                }
            }
        });
        stepper(ui, look, "Text size", "%", &mut appearance.text_percent, (80..=200, 10));
        check_box(
            ui,
            look,
            &mut appearance.sounds,
            "A short sound when a key is done or its slot asks",
        );
    });
    ui.add_space(space::L);
    practice(ui, pass);
}

fn practice(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    if pass.state.connected.as_ref().is_some_and(|connected| connected.practice) {
        return;
    }
    section(ui, look, "Practice", |ui| {
        label(ui, look.quiet("A simulated company inside this computer, with virtual keys."));
        if Button::secondary("Practise").show(ui, look).clicked() {
            pass.send(Command::Practise);
        }
    });
}

/// A number with a button at either side.
pub fn stepper(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    unit: &str,
    value: &mut u16,
    range: (RangeInclusive<u16>, u16),
) {
    stepper_of(ui, look, (name, name), unit, value, range);
}

/// The same with another word before it than its name, or none.
pub fn stepper_of(
    ui: &mut Ui,
    look: &Look,
    (name, word): (&str, &str),
    unit: &str,
    value: &mut u16,
    (range, step): (RangeInclusive<u16>, u16),
) {
    ui.horizontal(|ui| {
        let (least, most) = (*range.start(), *range.end());
        if !word.is_empty() {
            ui.allocate_ui(vec2(88.0, 32.0), |ui| ui.label(look.body(word)));
        }
        let less = format!("{name}: less");
        if small(ui, look, "−", &less, *value > least) {
            *value = value.saturating_sub(step).max(least);
        }
        ui.label(look.mono(format!("{value} {unit}")));
        let more = format!("{name}: more");
        if small(ui, look, "+", &more, *value < most) {
            *value = value.saturating_add(step).min(most);
        }
    });
}

fn small(ui: &mut Ui, look: &Look, sign: &str, name: &str, enabled: bool) -> bool {
    Button::secondary(sign).named(name).small().enabled(enabled).show(ui, look).clicked()
}
