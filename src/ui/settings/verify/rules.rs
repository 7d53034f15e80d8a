//! What a verified caller is needed for, limits, and whose callers are this tenant's.

use crate::access::Act;
use crate::app::state::act_name;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::tenant::named_field;
use crate::ui::settings::{parts, tenant};
use crate::ui::theme::{Look, space};
use crate::ui::widgets::{label, named_check_box};
use egui::Ui;

/// Acts for a person who may call; the others are for files and settings.
const ACTS: [Act; 5] =
    [Act::IssuePass, Act::ChangePhone, Act::ResetUsedKey, Act::RemoveKeys, Act::RevealPin];

pub fn draw(ui: &mut Ui, pass: &Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.label(look.strong("These acts ask for a verified caller"));
    acts(ui, look, &mut view.tenant_mut().verify.required_for);
    ui.add_space(space::S);
    ui.label(look.strong("Limits"));
    limits(ui, look, view);
    ui.add_space(space::S);
    let name = "Domains of this tenant's callers";
    let domains = &mut view.tenant_mut().verify.domains;
    named_field(ui, look, name, domains, "nordvik.example, nv.example");
    label(ui, look.hint("A caller of another tenant's domain is shown with the way there."));
}

fn acts(ui: &mut Ui, look: &Look, required: &mut Vec<Act>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for act in ACTS {
            let mut on = required.contains(&act);
            let name = format!("Verified caller: {}", act_name(act));
            if named_check_box(ui, look, &mut on, act_name(act), &name).changed() {
                required.retain(|known| *known != act);
                if on {
                    required.push(act);
                    required.sort_unstable();
                }
            }
        }
    });
}

fn limits(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let limits = &mut view.tenant_mut().verify.limits;
    let mut line = |name: &str, unit: &str, value: &mut u16, range, step| {
        tenant::caption(ui, look, name);
        ui.push_id(name, |ui| parts::stepper_of(ui, look, (name, ""), unit, value, (range, step)));
    };
    line("Verified for", "min", &mut limits.verified_minutes, 1..=60, 1);
    line("Locked after three wrong codes for", "min", &mut limits.lock_minutes, 1..=1440, 5);
    line("A number is new for", "days", &mut limits.lately_days, 0..=365, 1);
    line("To one person in an hour", "times", &mut limits.per_person, 1..=100, 1);
    line("By one agent in an hour", "times", &mut limits.per_agent, 1..=1000, 5);
    line("By this station in an hour", "times", &mut limits.per_station, 1..=10_000, 10);
}
