//! How a tenant of Entra is signed in to: by the operator, by the application, or as it was done
//! before.

use super::SettingsView;
use super::tenant::{caption, named_field, path_row, secret_row, store};
use crate::app::state::clean;
use crate::engine::{Command, Pick, StoredSecret};
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::settings::SignIn;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{Button, choice_row, label, problem_box};
use egui::Ui;

const BY_PERSON: [(SignIn, &str); 2] =
    [(SignIn::Operator, "In the browser"), (SignIn::DeviceCode, "On another device, by a code")];
const BY_STATION: [(SignIn, &str); 2] =
    [(SignIn::Secret, "Client secret"), (SignIn::Certificate, "Certificate")];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    if let Some(lender) = view.tenant_mut().entra.application_of.clone() {
        label(ui, look.quiet(format!("As set for {}, whose application it is", clean(&lender))));
        context(ui, look, view);
        return;
    }
    caption(ui, look, "The operator signs in");
    choices(ui, look, view, &BY_PERSON);
    caption(
        ui,
        look,
        "The station signs in by itself, as the application: whoever sits here can do all it can",
    );
    choices(ui, look, view, &BY_STATION);
    legacy(ui, look, view);
    match view.tenant_mut().entra.sign_in {
        SignIn::Operator | SignIn::DeviceCode => context(ui, look, view),
        SignIn::Secret => secret(ui, pass, view),
        SignIn::Certificate => certificate(ui, pass, view),
        SignIn::LegacyPassword => service_account(ui, pass, view),
    }
}

fn choices(ui: &mut Ui, look: &Look, view: &mut SettingsView, ways: &[(SignIn, &str)]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (way, word) in ways {
            let entra = &mut view.tenant_mut().entra;
            if choice_row(ui, look, entra.sign_in == *way, word).clicked() {
                entra.sign_in = *way;
            }
        }
    });
}

/// What a fresh proof must satisfy.
fn context(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    caption(ui, look, "A fresh proof for sensitive acts");
    let context = &mut view.tenant_mut().entra.authentication_context;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        if choice_row(ui, look, context.is_none(), "A new sign-in").clicked() {
            *context = None;
        }
        let word = "An authentication context of the tenant";
        if choice_row(ui, look, context.is_some(), word).clicked() && context.is_none() {
            *context = Some(String::new());
        }
    });
    if let Some(id) = context {
        named_field(ui, look, "Authentication context", id, "c1");
    }
}

fn secret(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    caption(ui, look, "Client secret, kept in the system's keyring");
    let names = ("Client secret value", "Store secret");
    let has_name = view.has_own_name();
    if let Some(typed) = secret_row(ui, look, names, &mut view.client_secret, has_name) {
        // It is pasted from a web page, often with a space or a line end.
        let secret = SecretText::new(typed.expose().trim());
        store(pass, view, StoredSecret::ClientSecret(secret));
    }
    last_day(ui, look, view);
}

/// Keydesk reminds from 30 days before.
fn last_day(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let draft = view.tenant_mut();
    let name = "Last day of the secret";
    if named_field(ui, look, name, &mut draft.secret_expires, "2027-05-31") {
        draft.entra.secret_expires = draft.secret_expires.trim().parse().ok();
    }
    let typed = !draft.secret_expires.trim().is_empty();
    if typed && draft.entra.secret_expires.is_none() {
        let text = "Write it as year-month-day, such as 2027-05-31.";
        label(ui, look.rich(text, Size::Hint, Face::Regular, look.warn.ink));
    }
}

fn certificate(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let chosen = view.tenant_mut().entra.certificate.clone();
    pfx(ui, pass, view);
    caption(ui, look, "Or: certificate (PEM file)");
    path_row(ui, look, chosen.as_deref(), "Choose certificate…", || {
        pass.wishes.push(Command::Pick(Pick::Certificate).into());
    });
    caption(ui, look, "Private key (PEM file), read once into the keyring");
    let key_file = view.key_file.clone();
    path_row(ui, look, key_file.as_deref(), "Choose private key…", || {
        pass.wishes.push(Command::Pick(Pick::CertificateKey).into());
    });
    let ready = key_file.is_some() && view.has_own_name();
    let pressed = Button::secondary("Store private key").enabled(ready).show(ui, look).clicked();
    if let Some(path) = key_file.filter(|_| pressed) {
        store(pass, view, StoredSecret::CertificateKeyFile(path));
    }
}

/// Certificate and key in one, as Windows exports them.
fn pfx(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    caption(ui, look, "Certificate with its private key (PFX file), read once");
    let file = view.pfx_file.clone();
    path_row(ui, look, file.as_deref(), "Choose PFX file…", || {
        pass.wishes.push(Command::Pick(Pick::CertificatePfx).into());
    });
    let Some(path) = file else { return };
    caption(ui, look, "Password of the PFX file");
    let names = ("PFX password", "Read PFX file");
    let has_name = view.has_own_name();
    if let Some(password) = secret_row(ui, look, names, &mut view.password, has_name) {
        store(pass, view, StoredSecret::CertificatePfx { path, password });
    }
}

/// What older scripts did is there for who comes from them, and not in the way of anybody else.
fn legacy(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let in_use = view.tenant_mut().entra.sign_in == SignIn::LegacyPassword;
    let open = view.legacy_is_open || in_use;
    let word = if open { "Hide the legacy sign-in" } else { "Legacy sign-in…" };
    if !in_use && Button::quiet(word).show(ui, look).clicked() {
        view.legacy_is_open = !view.legacy_is_open;
    }
    if !open {
        return;
    }
    let warning = Problem {
        what: "A service account's password is the weakest way to sign in".into(),
        next: "Most tenants refuse it: it works without multi-factor authentication only, the \
               history names no person, and whoever has the password has all the account may do. \
               Let operators sign in instead"
            .into(),
        details: Vec::new(),
    };
    problem_box(ui, look, (Tone::Warn, Icon::Warning), &warning, |_| {});
    choices(ui, look, view, &[(SignIn::LegacyPassword, "Password of a service account")]);
}

fn service_account(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let user = view.tenant_mut().entra.legacy_user.get_or_insert_default();
    named_field(ui, look, "Service account", user, "svc-keydesk@larkfield.example");
    caption(ui, look, "Password, kept in the system's keyring");
    let names = ("Service account's password", "Store password");
    let has_name = view.has_own_name();
    if let Some(password) = secret_row(ui, look, names, &mut view.password, has_name) {
        store(pass, view, StoredSecret::LegacyPassword(password));
    }
}
