//! The list of tenants: which one is shown below, which one is in use; adding and removing.

use super::draft::TenantDraft;
use super::{SettingsView, section};
use crate::app::State;
use crate::app::state::clean;
use crate::engine::Command;
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Look, Tone, space};
use crate::ui::widgets::{Button, problem_box, tenant_row};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let only_a_new_one = match view.tenants.all() {
        [only] => only.kept_name.is_none(),
        _ => false,
    };
    if only_a_new_one {
        return;
    }
    let look = pass.look;
    section(ui, look, "Tenants", |ui| {
        list(ui, pass.state, look, view);
        buttons(ui, pass, view);
        if view.removing {
            remove(ui, pass, view);
        }
    });
    ui.add_space(space::L);
}

fn list(ui: &mut Ui, state: &State, look: &Look, view: &mut SettingsView) {
    let mut chosen = None;
    for (place, draft) in view.tenants.all().iter().enumerate() {
        let shown = place == view.tenants.shown_place();
        let name = clean(&draft.shown_name());
        let chip = is_in_use(state, draft).then_some("In use");
        let texts = (name.as_str(), draft.detail(), chip);
        let response = ui.push_id(place, |ui| tenant_row(ui, look, draft.accent, shown, texts));
        if response.inner.clicked() {
            chosen = Some(place);
        }
    }
    if let Some(place) = chosen {
        view.show_tenant(place);
    }
}

fn is_in_use(state: &State, draft: &TenantDraft) -> bool {
    let connected = state.connected.as_ref().filter(|connected| !connected.practice);
    connected.is_some_and(|connected| draft.kept_name.as_ref() == Some(&connected.name))
}

fn buttons(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        if Button::secondary("Add tenant").small().show(ui, look).clicked() {
            view.tenants.add();
            view.of_another_tenant();
        }
        if Button::secondary("Remove tenant…").small().show(ui, look).clicked() {
            view.removing = true;
        }
        let shown = view.tenants.shown();
        let idle = shown.kept_name.clone().filter(|_| !is_in_use(pass.state, shown));
        if let Some(name) = idle
            && Button::secondary("Take into use").small().show(ui, look).clicked()
        {
            pass.send(Command::SwitchTenant(name));
        }
    });
}

/// Asks first; nothing is removed before the settings are saved.
fn remove(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let name = clean(&view.tenants.shown().shown_name());
    let question = Problem {
        what: format!("Remove {name} from this station?"),
        next: "Its secrets leave the keyring. Its history, its sealed PINs and what is unfinished \
               stay, and are there again when a tenant of this name is added"
            .into(),
        details: Vec::new(),
    };
    problem_box(ui, look, (Tone::Warn, Icon::Warning), &question, |_| {});
    ui.horizontal_wrapped(|ui| {
        if Button::secondary("Remove tenant").small().show(ui, look).clicked() {
            view.tenants.remove_shown();
            view.of_another_tenant();
            view.send_what_stays(pass);
        }
        if Button::secondary("Keep it").small().show(ui, look).clicked() {
            view.removing = false;
        }
    });
}
