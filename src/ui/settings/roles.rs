//! Roles: which groups and app roles of the tenant make an operator what.

use super::tenant::{caption, named_field};
use super::{SettingsView, section};
use crate::access::Role;
use crate::app::state::clean;
use crate::engine::Command;
use crate::settings::{DirectoryKind, RoleRule, RoleSource};
use crate::ui::Pass;
use crate::ui::theme::{Icon, Look, Tone, size, space};
use crate::ui::widgets::{Button, choice_row, field, label, problem_box, truncated};
use egui::{Align, Layout, Ui, vec2};

/// A rule that is being made.
pub struct NewRole {
    role: Role,
    by_app_role: bool,
    text: String,
}

impl Default for NewRole {
    fn default() -> Self {
        Self { role: Role::Clerk, by_app_role: false, text: String::new() }
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    // Only where operators sign in with their own account there is somebody to give roles to.
    if view.tenant_mut().kind != DirectoryKind::Entra {
        return;
    }
    let look = pass.look;
    section(ui, look, "Roles of operators", |ui| {
        rules(ui, look, view);
        ui.add_space(space::S);
        ui.label(look.strong("Give a role"));
        new_rule(ui, pass, view);
    });
}

fn rules(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let roles = &mut view.tenant_mut().roles;
    if roles.is_empty() {
        label(ui, look.quiet("Without a rule everybody who signs in has all roles."));
        let limit = "They administer the station only while no other tenant has rules.";
        label(ui, look.quiet(limit));
        return;
    }
    let mut removed = None;
    for (place, rule) in roles.iter().enumerate() {
        ui.push_id(place, |ui| {
            ui.horizontal(|ui| {
                ui.set_height(size::BUTTON_SMALL);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let name = format!("Remove {}: {}", rule.role.name(), source(rule));
                    let button = Button::quiet("Remove").named(&name);
                    if button.show(ui, look).clicked() {
                        removed = Some(place);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.allocate_ui(vec2(112.0, size::ROW), |ui| {
                            ui.set_width(112.0);
                            ui.label(look.strong(rule.role.name()));
                        });
                        truncated(ui, look.quiet(source(rule)));
                    });
                });
            });
        });
    }
    if let Some(place) = removed {
        roles.remove(place);
    }
}

fn source(rule: &RoleRule) -> String {
    match (&rule.from, &rule.name) {
        (RoleSource::Group(_), Some(name)) => format!("Group {}", clean(name)),
        (RoleSource::Group(id), None) => format!("Group {}", clean(id)),
        (RoleSource::AppRole(value), _) => format!("App role {}", clean(value)),
    }
}

fn new_rule(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for role in Role::ALL {
            if choice_row(ui, look, view.new_role.role == role, role.name()).clicked() {
                view.new_role.role = role;
            }
        }
    });
    caption(ui, look, "To the members of");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (by_app_role, word) in [(false, "A group"), (true, "An app role of the application")] {
            if choice_row(ui, look, view.new_role.by_app_role == by_app_role, word).clicked() {
                view.new_role =
                    NewRole { by_app_role, role: view.new_role.role, ..NewRole::default() };
            }
        }
    });
    match view.new_role.by_app_role {
        true => app_role(ui, look, view),
        false => group(ui, pass, view),
    }
}

fn app_role(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    named_field(ui, look, "Value of the app role", &mut view.new_role.text, "Keydesk.Clerk");
    let value = view.new_role.text.trim().to_owned();
    if Button::secondary("Add role").small().enabled(!value.is_empty()).show(ui, look).clicked() {
        let rule = RoleRule::new(view.new_role.role, RoleSource::AppRole(value));
        add(view, rule);
    }
}

fn group(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (setup, look) = (&pass.state.setup, pass.look);
    let name = "Name of the group";
    caption(ui, look, name);
    let whole = view.tenant_mut().complete();
    let mut asked = false;
    ui.horizontal(|ui| {
        let find =
            Button::secondary(if setup.finding_groups { "Looking…" } else { "Find groups" });
        let room = ui.available_width() - find.width(ui) - space::S;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            field(ui, look, name, &mut view.new_role.text, "Keydesk clerks");
        });
        let ready =
            whole.is_some() && !view.new_role.text.trim().is_empty() && !setup.finding_groups;
        asked = find.enabled(ready).show(ui, look).clicked();
    });
    let query = view.new_role.text.trim().to_owned();
    if let Some(tenant) = whole.filter(|_| asked) {
        pass.send(Command::FindGroups { tenant: Box::new(tenant), query });
        return;
    }
    match &setup.groups {
        Some((of, Ok(groups))) if *of == query => {
            if groups.is_empty() {
                label(ui, look.quiet("No group has this in its name."));
            }
            for group in groups {
                let word = format!("{}: {}", view.new_role.role.name(), clean(&group.name));
                let button = Button::secondary(&word).small().icon(Icon::Plus);
                if ui.push_id(&group.id, |ui| button.show(ui, look).clicked()).inner {
                    let rule = RoleRule {
                        name: Some(group.name.clone()),
                        ..RoleRule::new(view.new_role.role, RoleSource::Group(group.id.clone()))
                    };
                    add(view, rule);
                }
            }
        }
        Some((of, Err(problem))) if *of == query => {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
        _ => {}
    }
}

fn add(view: &mut SettingsView, rule: RoleRule) {
    let roles = &mut view.tenant_mut().roles;
    let is_there = |known: &RoleRule| known.role == rule.role && known.from == rule.from;
    if !roles.iter().any(is_there) {
        roles.push(rule);
    }
    view.new_role.text.clear();
}
