//! Callers of a tenant's people: what they are checked with, where it is written, what it is for.

mod draft;
mod log;
mod push;
mod rules;
mod sms;
mod stations;
mod tickets;

pub(super) use draft::VerifyDraft;

use super::tenant::{caption, secret_row};
use super::test::row;
use super::{SettingsView, section};
use crate::app::state::{Services, clean};
use crate::engine::{Command, SecretFor, ServiceKind, StoredSecret, VerifyCommand};
use crate::secrets::{SecretText, ServiceSecret};
use crate::ui::Pass;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Look, space};
use crate::ui::widgets::{Button, label};
use egui::Ui;
use std::collections::HashMap;

/// Secrets of services that are being typed, each in its own field.
#[derive(Default)]
pub struct ServiceSecretForms(HashMap<ServiceSecret, SecretBuffer>);

impl ServiceSecretForms {
    pub fn wipe(&mut self) {
        for typed in self.0.values_mut() {
            typed.wipe();
        }
    }
}

/// With less room the cards stand in one column.
const TWO_COLUMNS: f32 = 840.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    borrowed(ui, pass.look, view);
    if ui.available_width() < TWO_COLUMNS {
        services(ui, pass, view);
        ui.add_space(space::L);
        return records(ui, pass, view);
    }
    let width = (ui.available_width() - space::L - space::S) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.vertical(|ui| {
            ui.set_width(width);
            services(ui, pass, view);
        });
        ui.vertical(|ui| {
            ui.set_width(width);
            records(ui, pass, view);
        });
    });
}

/// What callers are checked with, and what for.
fn services(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Codes by text message", |ui| sms::draw(ui, pass, view));
    ui.add_space(space::L);
    section(ui, look, "Push approval", |ui| push::draw(ui, pass, view));
    ui.add_space(space::L);
    section(ui, look, "Rules", |ui| rules::draw(ui, pass, view));
}

/// Where checks are written.
fn records(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Tickets", |ui| tickets::draw(ui, pass, view));
    ui.add_space(space::L);
    section(ui, look, "Log of checks", |ui| log::draw(ui, pass, view));
    ui.add_space(space::L);
    section(ui, look, "Stations share", |ui| stations::draw(ui, pass, view));
}

/// A customer's tenant without services of its own uses its provider's.
fn borrowed(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let tenant = view.tenant_mut().tenant();
    let lender = tenant.application_of().filter(|_| !tenant.verify.has_services());
    if let Some(lender) = lender {
        let text = format!(
            "Callers are checked with the services of {}, whose application this tenant uses, until \
             one is set here.",
            clean(lender)
        );
        label(ui, look.hint(text));
        ui.add_space(space::M);
    }
}

/// A service's secret, kept in the system's keyring.
fn secret(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut SettingsView,
    (service, name): (ServiceSecret, &str),
) {
    let look = pass.look;
    caption(ui, look, &format!("{name}, kept in the system's keyring"));
    let has_name = view.has_own_name();
    let button = format!("Store {}", short(service));
    let typed = view.service_secrets.0.entry(service).or_default();
    let secret = secret_row(ui, look, (name, &button), typed, has_name);
    if let Some(secret) = secret {
        // It is pasted from a web page, often with a space or a line end.
        let secret = SecretText::new(secret.expose().trim());
        super::tenant::store(pass, view, StoredSecret::Service(service, secret));
    }
    let is_shown = Some((view.tenant_mut().tenant().name, SecretFor::Service(service)));
    if pass.state.setup.secret_of == is_shown {
        super::tenant::stored_last(ui, pass);
    }
}

fn short(service: ServiceSecret) -> &'static str {
    match service {
        ServiceSecret::Twilio => "Twilio secret",
        ServiceSecret::Authy => "Authy key",
        ServiceSecret::Duo => "Duo secret",
        ServiceSecret::Halo => "Halo secret",
        ServiceSecret::Log => "log password",
        ServiceSecret::Link => "link key",
    }
}

/// The button that tries a service, and what it found.
fn test(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut SettingsView,
    (service, name): (ServiceKind, &str),
) {
    let (look, services) = (pass.look, &pass.state.verify.services);
    let Some(tenant) = view.tenant_mut().complete() else {
        label(ui, look.hint("The directory must be complete before a service is tried."));
        return;
    };
    let testing = services.is_testing(&tenant.name, service);
    let word = if testing { "Testing…" } else { "Test" };
    let button = Button::secondary(word).named(name).small().enabled(!testing);
    let pressed = button.show(ui, look).clicked();
    found(ui, pass, services, (&tenant.name, service));
    if pressed {
        let wish = VerifyCommand::Test { tenant: Box::new(tenant), service };
        pass.send(Command::Verify(wish));
    }
}

fn found(
    ui: &mut Ui,
    pass: &Pass<'_>,
    services: &Services,
    (tenant, service): (&str, ServiceKind),
) {
    let Some(test) = services.test_of(tenant, service) else { return };
    for (n, check) in test.checks.iter().enumerate() {
        ui.push_id((service, n), |ui| row(ui, pass.look, check));
    }
}
