//! The tenant: where it is, how the program signs in, and whether that works.

use super::{SettingsView, section};
use crate::app::state::clean;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::engine::{Command, Pick, StoredSecret};
use crate::secrets::SecretText;
use crate::settings::{Accent, SignIn};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, choice_row, field, label, paint_text, password_field, problem_box, tone_chip,
};
use egui::{Align2, Sense, Ui, vec2};

/// Entra's client secrets have about 40 characters.
const LONGEST_SECRET: usize = 200;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Tenant", |ui| {
        where_it_is(ui, pass, view);
        ui.add_space(space::S);
        sign_in(ui, pass, view);
        ui.add_space(space::S);
        test(ui, pass, view);
    });
}

/// A field with its name above it.
pub fn named_field(ui: &mut Ui, look: &Look, name: &str, text: &mut String, hint: &str) -> bool {
    caption(ui, look, name);
    field(ui, look, name, text, hint).changed()
}

pub fn caption(ui: &mut Ui, look: &Look, name: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name, style);
}

fn where_it_is(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (state, look) = (pass.state, pass.look);
    named_field(ui, look, "Name of the tenant", &mut view.tenant_mut().name, "Larkfield Ltd");
    caption(ui, look, "Domain or tenant id");
    ui.horizontal(|ui| {
        let discover =
            Button::secondary(if state.setup.discovering { "Looking…" } else { "Discover" });
        let room = ui.available_width() - discover.width(ui) - space::S;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            field(
                ui,
                look,
                "Domain or tenant id",
                &mut view.tenant_mut().tenant,
                "larkfield.example",
            );
        });
        let ready = !view.tenant_mut().tenant.trim().is_empty() && !state.setup.discovering;
        if discover.enabled(ready).show(ui, look).clicked() {
            pass.send(Command::Discover { tenant: view.tenant_mut().clone() });
        }
    });
    match &state.setup.discovered {
        Some(Ok(found)) => {
            let text = format!("Found: {}", found.tenant_id);
            tone_chip(ui, look, Tone::Ok, Icon::Done, &text);
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None => {}
    }
    let hint = "00000000-0000-0000-0000-000000000000";
    named_field(ui, look, "Application (client) id", &mut view.tenant_mut().client_id, hint);
    caption(ui, look, "Colour of the band");
    ui.horizontal(|ui| {
        let accents = [(Accent::Blue, "Blue"), (Accent::Teal, "Teal"), (Accent::Violet, "Violet")];
        for (accent, word) in accents {
            let tenant = view.tenant_mut();
            if choice_row(ui, look, tenant.accent == accent, word).clicked() {
                tenant.accent = accent;
            }
        }
    });
}

fn sign_in(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.label(look.strong("Sign-in"));
    ui.horizontal(|ui| {
        let ways = [(SignIn::Secret, "Client secret"), (SignIn::Certificate, "Certificate")];
        for (way, word) in ways {
            let tenant = view.tenant_mut();
            if choice_row(ui, look, tenant.sign_in == way, word).clicked() {
                tenant.sign_in = way;
            }
        }
    });
    match view.tenant_mut().sign_in {
        SignIn::Secret => secret(ui, pass, view),
        SignIn::Certificate => certificate(ui, pass, view),
    }
    match &pass.state.setup.secret {
        Some(Ok(())) => {
            tone_chip(ui, look, Tone::Ok, Icon::Done, "Stored in the keyring");
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None => {}
    }
}

fn secret(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    caption(ui, look, "Client secret, kept in the system's keyring");
    ui.horizontal(|ui| {
        let store = Button::secondary("Store secret");
        let room = ui.available_width() - store.width(ui) - space::S;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            password_field(ui, look, "Client secret value", &mut view.secret, LONGEST_SECRET);
        });
        let ready = !view.secret.is_empty() && has_name(view);
        if store.enabled(ready).show(ui, look).clicked() {
            let secret = SecretText::new(view.secret.expose().trim().to_owned());
            let secret = StoredSecret::ClientSecret(secret);
            pass.send(Command::StoreSecret { tenant: view.tenant_mut().name.clone(), secret });
        }
    });
}

fn certificate(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let chosen = view.tenant_mut().certificate.clone();
    caption(ui, look, "Certificate (PEM file)");
    path_row(ui, look, chosen.as_deref(), "Choose certificate…", || {
        pass.wishes.push(Command::Pick(Pick::Certificate).into());
    });
    caption(ui, look, "Private key (PEM file), read once into the keyring");
    let key_file = view.key_file.clone();
    path_row(ui, look, key_file.as_deref(), "Choose private key…", || {
        pass.wishes.push(Command::Pick(Pick::CertificateKey).into());
    });
    let ready = key_file.is_some() && has_name(view);
    let store = Button::secondary("Store private key").enabled(ready).show(ui, look).clicked();
    if let Some(path) = key_file.filter(|_| store) {
        let secret = StoredSecret::CertificateKeyFile(path);
        pass.send(Command::StoreSecret { tenant: view.tenant_mut().name.clone(), secret });
    }
}

/// A secret is filed under the tenant's name.
fn has_name(view: &mut SettingsView) -> bool {
    !view.tenant_mut().name.trim().is_empty()
}

/// A chosen path and the button that opens the system's dialog.
pub fn path_row(
    ui: &mut Ui,
    look: &Look,
    path: Option<&std::path::Path>,
    button: &str,
    pick: impl FnOnce(),
) {
    ui.horizontal(|ui| {
        if Button::secondary(button).icon(Icon::Folder).small().show(ui, look).clicked() {
            pick();
        }
        let text =
            path.map_or_else(|| "None chosen".to_owned(), |p| p.to_string_lossy().into_owned());
        crate::ui::widgets::truncated(ui, look.quiet(clean(&text)));
    });
}

fn test(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (state, look) = (pass.state, pass.look);
    let ready = view.tenant_mut().is_complete() && !state.setup.testing;
    let word = if state.setup.testing { "Testing…" } else { "Test connection" };
    if Button::secondary(word).enabled(ready).show(ui, look).clicked() {
        pass.send(Command::TestConnection { tenant: view.tenant_mut().clone() });
    }
    if !view.tenant_mut().is_complete() {
        label(ui, look.hint("Name, domain and client id are needed first."));
    }
    for (n, check) in state.setup.checks.iter().enumerate() {
        ui.push_id(n, |ui| check_row(ui, look, check));
    }
}

fn check_row(ui: &mut Ui, look: &Look, check: &ConnectionCheck) {
    match &check.outcome {
        CheckOutcome::Works(note) => {
            ui.horizontal(|ui| {
                tone_chip(ui, look, Tone::Ok, Icon::Done, &check.name);
                crate::ui::widgets::truncated(ui, look.quiet(clean(note)));
            });
        }
        CheckOutcome::MissingPermission { permission, problem } => {
            let text = format!("{}: {permission} is missing", check.name);
            tone_chip(ui, look, Tone::Bad, Icon::Failed, &text);
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
        CheckOutcome::Failed(problem) => {
            tone_chip(ui, look, Tone::Bad, Icon::Failed, &check.name);
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
    }
}
