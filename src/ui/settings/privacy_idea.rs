//! privacyIDEA: the server, the people's realm, and the administrator who enrols.

use super::SettingsView;
use super::tenant::{caption, named_field, secret_row, store};
use crate::engine::StoredSecret;
use crate::ui::Pass;
use crate::ui::theme::Look;
use egui::Ui;

pub fn place(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let there = &mut view.tenant_mut().privacy_idea;
    let hint = "https://privacyidea.larkfield.example";
    named_field(ui, look, "Server address", &mut there.server_url, hint);
    named_field(ui, look, "Realm of the people", &mut there.realm, "larkfield");
}

pub fn sign_in(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let administrator = &mut view.tenant_mut().privacy_idea.administrator;
    named_field(ui, look, "Administrator", administrator, "keydesk");
    caption(ui, look, "Password, kept in the system's keyring");
    let names = ("Administrator's password", "Store password");
    let has_name = view.has_own_name();
    if let Some(password) = secret_row(ui, look, names, &mut view.password, has_name) {
        store(pass, view, StoredSecret::AdministratorPassword(password));
    }
}
