//! Letting the application into a tenant: the link for its administrator, and whether it worked.

use super::SettingsView;
use super::tenant::caption;
use crate::app::state::clean;
use crate::engine::Command;
use crate::settings::{DirectorySettings, TenantSettings};
use crate::ui::Pass;
use crate::ui::theme::{Icon, Tone, space};
use crate::ui::widgets::{Button, label, problem_box, tone_chip};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let Some(tenant) = view.tenant_mut().complete() else { return };
    let Some(link) = link(view, &tenant) else { return };
    ui.add_space(space::XS);
    caption(ui, look, "Consent of the tenant's administrator to the application");
    ui.horizontal_wrapped(|ui| {
        if Button::secondary("Copy consent link").small().show(ui, look).clicked() {
            ui.ctx().copy_text(link.clone());
        }
        if Button::secondary("Open in the browser").small().show(ui, look).clicked() {
            pass.send(Command::OpenPage(link.clone()));
        }
        let checking = pass.state.setup.checking_consent;
        let word = if checking { "Checking…" } else { "Check consent" };
        if Button::secondary(word).small().enabled(!checking).show(ui, look).clicked() {
            pass.send(Command::CheckConsent(Box::new(tenant.clone())));
        }
    });
    match pass.state.setup.consent_of(&tenant) {
        Some(Ok(name)) => {
            let text = match name.as_str() {
                "" => "The application may sign in".to_owned(),
                name => format!("{} has let the application in", clean(name)),
            };
            tone_chip(ui, look, Tone::Ok, Icon::Done, &text);
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None if tenant.application_of().is_some() => {
            label(ui, look.hint("An administrator of the customer opens the link once."));
        }
        None => {}
    }
}

/// With the other tenant's client id, where the application is that one's.
pub fn link(view: &SettingsView, tenant: &TenantSettings) -> Option<String> {
    let DirectorySettings::Entra(entra) = &tenant.directory else { return None };
    let Some(lender) = &entra.application_of else { return entra.consent_link() };
    let drafts = view.tenants.all().iter();
    let lender = drafts.filter_map(|draft| draft.complete()).find(|one| &one.name == lender)?;
    let mut whole = entra.clone();
    whole.client_id = lender.entra()?.client_id.clone();
    whole.consent_link()
}
