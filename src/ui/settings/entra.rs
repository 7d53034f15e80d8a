//! Microsoft Entra ID: domain and application, and signing in by secret or certificate.

use super::SettingsView;
use super::tenant::{caption, named_field, path_row, secret_row, store};
use crate::engine::{Command, Pick, StoredSecret};
use crate::secrets::SecretText;
use crate::settings::SignIn;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Tone, size, space};
use crate::ui::widgets::{Button, choice_row, field, problem_box, tone_chip};
use egui::{Ui, vec2};

pub fn place(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    domain(ui, pass, view);
    match &pass.state.setup.discovered {
        Some(Ok(found)) => {
            let text = format!("Found: {}", found.tenant_id);
            tone_chip(ui, look, Tone::Ok, Icon::Done, &text);
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None => {}
    }
    let hint = "00000000-0000-0000-0000-000000000000";
    let client_id = &mut view.tenant_mut().entra.client_id;
    named_field(ui, look, "Application (client) id", client_id, hint);
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
            field(ui, look, name, &mut entra.tenant, "larkfield.example");
        });
        let ready = !entra.tenant.trim().is_empty() && !discovering;
        if discover.enabled(ready).show(ui, look).clicked() {
            let (login_url, domain) = (entra.login_url.clone(), entra.tenant.clone());
            pass.send(Command::Discover { login_url, domain });
        }
    });
}

pub fn sign_in(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal(|ui| {
        let ways = [(SignIn::Secret, "Client secret"), (SignIn::Certificate, "Certificate")];
        for (way, word) in ways {
            let entra = &mut view.tenant_mut().entra;
            if choice_row(ui, look, entra.sign_in == way, word).clicked() {
                entra.sign_in = way;
            }
        }
    });
    match view.tenant_mut().entra.sign_in {
        SignIn::Secret => secret(ui, pass, view),
        SignIn::Certificate => certificate(ui, pass, view),
    }
}

fn secret(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    caption(ui, look, "Client secret, kept in the system's keyring");
    let names = ("Client secret value", "Store secret");
    let has_name = view.tenant_mut().is_begun();
    if let Some(typed) = secret_row(ui, look, names, &mut view.client_secret, has_name) {
        // It is pasted from a web page, often with a space or a line end.
        let secret = SecretText::new(typed.expose().trim());
        store(pass, view, StoredSecret::ClientSecret(secret));
    }
}

fn certificate(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let chosen = view.tenant_mut().entra.certificate.clone();
    caption(ui, look, "Certificate (PEM file)");
    path_row(ui, look, chosen.as_deref(), "Choose certificate…", || {
        pass.wishes.push(Command::Pick(Pick::Certificate).into());
    });
    caption(ui, look, "Private key (PEM file), read once into the keyring");
    let key_file = view.key_file.clone();
    path_row(ui, look, key_file.as_deref(), "Choose private key…", || {
        pass.wishes.push(Command::Pick(Pick::CertificateKey).into());
    });
    let ready = key_file.is_some() && view.tenant_mut().is_begun();
    let pressed = Button::secondary("Store private key").enabled(ready).show(ui, look).clicked();
    if let Some(path) = key_file.filter(|_| pressed) {
        store(pass, view, StoredSecret::CertificateKeyFile(path));
    }
}
