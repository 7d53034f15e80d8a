//! Microsoft Entra ID: domain, cloud, and the application.

use super::SettingsView;
use super::consent;
use super::tenant::{caption, named_field};
use crate::app::state::clean;
use crate::engine::Command;
use crate::settings::{Cloud, DirectoryKind};
use crate::ui::Pass;
use crate::ui::theme::{size, space};
use crate::ui::widgets::{Button, choice_row, field};
use egui::{Ui, vec2};

pub fn place(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    domain(ui, pass, view);
    cloud(ui, pass, view);
}

/// The application: this tenant's own, or that of another one (an MSP's).
pub fn application(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let lenders = lenders(view);
    if !lenders.is_empty() {
        caption(ui, look, "Application");
        let chosen = view.tenant_mut().entra.application_of.clone();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            if choice_row(ui, look, chosen.is_none(), "Registered in this tenant").clicked() {
                view.tenant_mut().entra.application_of = None;
            }
            for lender in &lenders {
                let is_it = chosen.as_ref() == Some(lender);
                let text = format!("That of {}", clean(lender));
                if choice_row(ui, look, is_it, &text).clicked() {
                    view.tenant_mut().entra.application_of = Some(lender.clone());
                }
            }
        });
    }
    if view.tenant_mut().entra.application_of.is_none() {
        let hint = "00000000-0000-0000-0000-000000000000";
        let client_id = &mut view.tenant_mut().entra.client_id;
        named_field(ui, look, "Application (client) id", client_id, hint);
    }
    consent::draw(ui, pass, view);
}

/// Other tenants in Entra with an application of their own.
fn lenders(view: &SettingsView) -> Vec<String> {
    let shown = view.tenants.shown_place();
    let others = view.tenants.all().iter().enumerate().filter(|(place, _)| *place != shown);
    others
        .map(|(_, draft)| draft)
        .filter(|draft| draft.kind == DirectoryKind::Entra && draft.entra.application_of.is_none())
        .filter_map(|draft| draft.kept_name.clone())
        .collect()
}

fn domain(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (state, look) = (pass.state, pass.look);
    let name = "Domain or tenant id";
    caption(ui, look, name);
    ui.horizontal(|ui| {
        let discovering = state.setup.discovering;
        let discover = Button::secondary(if discovering { "Looking…" } else { "Discover" });
        let room = ui.available_width() - discover.width(ui) - space::S;
        let entra = &mut view.tenant_mut().entra;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            if field(ui, look, name, &mut entra.tenant, "larkfield.example").changed() {
                entra.domain = None;
            }
        });
        let ready = !entra.tenant.trim().is_empty() && !discovering;
        if discover.enabled(ready).show(ui, look).clicked() {
            let (login_url, domain) = (entra.login_url.clone(), entra.tenant.clone());
            let draft = view.tenant_mut().complete().map(Box::new);
            pass.send(Command::Discover { login_url, domain, draft });
        }
    });
}

/// Found with the tenant, and to be corrected here.
fn cloud(ui: &mut Ui, pass: &Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    caption(ui, look, "Cloud");
    let draft = view.tenant_mut();
    let entra = &mut draft.entra;
    let now = if draft.other_addresses { Cloud::Other } else { entra.cloud() };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for cloud in Cloud::ALL {
            if choice_row(ui, look, now == cloud, cloud.name()).clicked() && now != cloud {
                // Other addresses begin with what is there, to be changed.
                draft.other_addresses = cloud == Cloud::Other;
                entra.set_cloud(cloud);
            }
        }
    });
    if now == Cloud::Other {
        named_field(ui, look, "Sign-in address", &mut entra.login_url, "https://…");
        named_field(ui, look, "Graph address", &mut entra.graph_url, "https://…");
    }
}
