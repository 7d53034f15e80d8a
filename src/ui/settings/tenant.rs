//! The tenant that is shown: what it is called, which directory it has, how it is signed in to.

use super::{SettingsView, entra, found, privacy_idea, section, sign_in, test};
use crate::app::state::{SecretAt, clean};
use crate::engine::{Command, SecretFor, StoredSecret};
use crate::secrets::SecretText;
use crate::settings::{Accent, DirectoryKind};
use crate::ui::Pass;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, choice_row, field, label, paint_text, password_field, problem_box, tone_chip,
};
use egui::{Align2, Sense, Ui, vec2};

/// Entra's client secrets have about 40 characters, privacyIDEA's passwords any number.
const LONGEST_SECRET: usize = 200;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    section(ui, look, "Directory", |ui| {
        which(ui, look, view);
        name(ui, look, view);
        match view.tenant_mut().kind {
            DirectoryKind::Entra => {
                entra::place(ui, pass, view);
                found::draw(ui, pass, view);
                entra::application(ui, pass, view);
            }
            DirectoryKind::PrivacyIdea => privacy_idea::place(ui, look, view),
        }
        band(ui, look, view);
        ui.add_space(space::S);
        ui.label(look.strong("Sign-in"));
        match view.tenant_mut().kind {
            DirectoryKind::Entra => sign_in::draw(ui, pass, view),
            DirectoryKind::PrivacyIdea => privacy_idea::sign_in(ui, pass, view),
        }
        stored(ui, pass, view);
        ui.add_space(space::S);
        test::draw(ui, pass, view);
    });
    ui.add_space(space::L);
}

/// Secrets, sealed PINs and history are filed under it, so that it stays once it is kept.
fn name(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    let tenant = view.tenant_mut();
    if tenant.kept_name.is_none() {
        named_field(ui, look, "Name of the tenant", &mut tenant.name, "Larkfield Ltd");
        if let Some(refusal) = view.tenants.name_refusal() {
            label(ui, look.rich(refusal, Size::Hint, Face::Regular, look.warn.ink));
        }
        return;
    }
    caption(ui, look, "Name of the tenant");
    label(ui, look.strong(clean(&tenant.name)));
    label(ui, look.hint("Secrets, sealed PINs and history are filed under it."));
}

fn which(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for kind in DirectoryKind::ALL {
            let tenant = view.tenant_mut();
            if choice_row(ui, look, tenant.kind == kind, kind.name()).clicked() {
                tenant.kind = kind;
            }
        }
    });
}

fn band(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
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

/// A secret's field and the button that stores it; what is to be stored once that is pressed.
pub fn secret_row(
    ui: &mut Ui,
    look: &Look,
    (name, button): (&str, &str),
    typed: &mut SecretBuffer,
    has_name: bool,
) -> Option<SecretText> {
    ui.horizontal(|ui| {
        let store = Button::secondary(button);
        let room = ui.available_width() - store.width(ui) - space::S;
        ui.allocate_ui(vec2(room, size::BUTTON), |ui| {
            password_field(ui, look, name, typed, LONGEST_SECRET);
        });
        let ready = has_name && !typed.is_empty();
        let pressed = store.enabled(ready).show(ui, look).clicked();
        pressed.then(|| SecretText::new(typed.expose()))
    })
    .inner
}

/// A secret is filed under the tenant's name, once that is no other's.
pub fn store(pass: &mut Pass<'_>, view: &mut SettingsView, secret: StoredSecret) {
    if let Some(tenant) = view.secret_comes() {
        pass.send(Command::StoreSecret { tenant, secret });
    }
}

/// What became of the secret that was stored last.
pub fn stored_last(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    match &pass.state.setup.secret {
        Some(Ok(SecretAt::Keyring)) if pass.state.lacks_keyring() => {
            tone_chip(ui, look, Tone::Warn, Icon::Clock, "Kept until Keydesk ends");
        }
        Some(Ok(SecretAt::Keyring)) => {
            tone_chip(ui, look, Tone::Ok, Icon::Done, "Stored in the keyring");
        }
        Some(Ok(SecretAt::Waiting)) => {
            let text = "Goes to the keyring when this tenant is saved";
            tone_chip(ui, look, Tone::Ok, Icon::Lock, text);
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None => {}
    }
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

/// While its directory is the one shown.
fn stored(ui: &mut Ui, pass: &Pass<'_>, view: &mut SettingsView) {
    let shown = view.tenant_mut();
    let is_shown = Some((shown.tenant().name, SecretFor::SignIn(shown.kind)));
    if pass.state.setup.secret_of == is_shown {
        stored_last(ui, pass);
    }
}
