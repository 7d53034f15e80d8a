//! Security: the lock, fresh proofs, two persons, and what the station may do by itself.

use super::parts::stepper;
use super::tenant::caption;
use super::{SettingsView, section};
use crate::access::{Act, Role};
use crate::app::state::sentence_case;
use crate::settings::SecuritySettings;
use crate::ui::theme::{Look, size, space};
use crate::ui::widgets::{check_box, label, named_check_box};
use egui::{Ui, vec2};
use std::collections::BTreeSet;

pub fn draw(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    section(ui, look, "Security", |ui| {
        let security = &mut view.edit().security;
        lock(ui, look, security);
        ui.add_space(space::S);
        acts(ui, look, security);
        ui.add_space(space::S);
        station_roles(ui, look, security);
    });
}

fn lock(ui: &mut Ui, look: &Look, security: &mut SecuritySettings) {
    let mut locks = security.lock_after_minutes > 0;
    if check_box(ui, look, &mut locks, "Lock after idle time").changed() {
        security.lock_after_minutes = if locks { 10 } else { 0 };
    }
    if locks {
        let minutes = &mut security.lock_after_minutes;
        stepper(ui, look, "Lock after", "min", minutes, (1..=240, 1));
    }
    check_box(ui, look, &mut security.lock_with_screen, "Lock with the computer's screen");
    stepper(ui, look, "Proof counts", "min", &mut security.proof_minutes, (1..=60, 1));
}

const FIRST: f32 = 208.0;
const SECOND: f32 = 136.0;

fn acts(ui: &mut Ui, look: &Look, security: &mut SecuritySettings) {
    ui.horizontal(|ui| {
        for (width, text) in [(FIRST, "Act"), (SECOND, "Asks for")] {
            ui.allocate_ui(vec2(width, size::CHIP), |ui| {
                ui.set_width(width);
                ui.label(look.hint(text));
            });
        }
    });
    for act in Act::ALL {
        ui.push_id(act.word(), |ui| {
            ui.horizontal_wrapped(|ui| {
                let name = sentence_case(act.purpose());
                ui.allocate_ui(vec2(FIRST, size::CHIP), |ui| {
                    ui.set_width(FIRST);
                    ui.label(look.body(&name));
                });
                let text = "fresh proof";
                in_set(ui, look, &mut security.sensitive, act, (text, &format!("{name}: {text}")));
                let text = "second person";
                in_set(ui, look, &mut security.two_person, act, (text, &format!("{name}: {text}")));
            });
        });
    }
}

fn in_set(ui: &mut Ui, look: &Look, set: &mut BTreeSet<Act>, act: Act, (text, name): (&str, &str)) {
    let mut on = set.contains(&act);
    if named_check_box(ui, look, &mut on, text, name).changed() {
        match on {
            true => set.insert(act),
            false => set.remove(&act),
        };
    }
}

fn station_roles(ui: &mut Ui, look: &Look, security: &mut SecuritySettings) {
    caption(ui, look, "Roles of a station that signs in by itself");
    let roles = &mut security.station_roles;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for role in Role::ALL {
            let mut on = roles.contains(&role);
            let name = format!("Station: {}", role.name());
            if named_check_box(ui, look, &mut on, role.name(), &name).changed() {
                roles.retain(|known| *known != role);
                if on {
                    roles.push(role);
                    roles.sort_unstable();
                }
            }
        }
    });
    if !roles.contains(&Role::Administrator) {
        let text = "Without the administrator's role nobody changes settings at such a station; \
                    then they are changed in config.toml.";
        label(ui, look.hint(text));
    }
}
