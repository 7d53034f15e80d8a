//! Push approval: whose app asks, and how a person is known there.

use super::{secret, test};
use crate::engine::ServiceKind;
use crate::secrets::ServiceSecret;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::parts::stepper;
use crate::ui::settings::tenant::named_field;
use crate::ui::theme::{Look, space};
use crate::ui::widgets::{check_box, choice_row, label};
use crate::verify::PushKind;
use egui::Ui;

const KINDS: [(Option<PushKind>, &str); 4] = [
    (None, "No push approval"),
    (Some(PushKind::Duo), "Duo"),
    (Some(PushKind::Verify), "Twilio Verify Push"),
    (Some(PushKind::Authy), "Authy OneTouch"),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (kind, word) in KINDS {
            let verify = &mut view.tenant_mut().verify;
            if choice_row(ui, look, verify.push == kind, word).clicked() {
                verify.push = kind;
            }
        }
    });
    let verify = &mut view.tenant_mut().verify;
    match verify.push {
        None => return,
        Some(PushKind::Duo) => {
            let hint = "https://api-xxxxxxxx.duosecurity.com";
            named_field(ui, look, "Duo API address", &mut verify.duo.url, hint);
            named_field(ui, look, "Integration key", &mut verify.duo.integration_key, "DI…");
            attribute(ui, look, view, "Duo user name");
            secret(ui, pass, view, (ServiceSecret::Duo, "Secret key of Duo"));
        }
        Some(PushKind::Authy) => {
            let hint = "https://api.authy.com";
            named_field(ui, look, "Authy API address", &mut verify.authy_url, hint);
            attribute(ui, look, view, "Authy id");
            secret(ui, pass, view, (ServiceSecret::Authy, "Key of the Authy application"));
        }
        Some(PushKind::Verify) => {
            let text = "People are known by their object id. Account and service are those of \
                        Twilio above.";
            label(ui, look.hint(text));
        }
    }
    ui.add_space(space::XS);
    test(ui, pass, view, (ServiceKind::Push, "Test push approval"));
}

/// Where the person's name at the service stands.
fn attribute(ui: &mut Ui, look: &Look, view: &mut SettingsView, what: &str) {
    let verify = &mut view.tenant_mut().verify;
    let is_duo = verify.push == Some(PushKind::Duo);
    let mut on = verify.push_attribute > 0;
    let word = format!("{what} stands in an extension attribute");
    if check_box(ui, look, &mut on, &word).changed() {
        verify.push_attribute = u16::from(on);
    }
    if on {
        let attribute = &mut verify.push_attribute;
        stepper(ui, look, "extensionAttribute", "", attribute, (1..=15, 1));
    } else if is_duo {
        label(ui, look.hint("Without one it is the user principal name."));
    } else {
        let text = "Without one nobody can be asked.";
        label(ui, look.hint(text).color(look.warn.ink));
    }
}
