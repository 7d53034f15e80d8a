//! Settings: tenant and sign-in, PIN policy, enrolment, outputs, appearance.

mod draft;
mod entra;
mod parts;
mod passphrase;
mod privacy_idea;
mod tenant;
mod vault;

use super::secret_text::SecretBuffer;
use super::theme::{Look, space};
use super::widgets::{Button, card};
use super::{Pass, View, keyboard};
use crate::app::State;
use crate::engine::{Command, DiscoveredTenant, Pick};
use crate::settings::Settings;
use draft::TenantDraft;
use egui::{Align, Layout, ScrollArea, Ui, vec2};
use std::path::PathBuf;

/// A draft of the settings; nothing is kept before "Save".
#[derive(Default)]
pub struct SettingsView {
    draft: Option<Settings>,
    /// What the draft began as.
    kept: Settings,
    tenant: TenantDraft,
    client_secret: SecretBuffer,
    password: SecretBuffer,
    key_file: Option<PathBuf>,
    passphrase: passphrase::PassphraseForm,
    /// The question whether to give sealed PINs up is open.
    giving_up: bool,
}

impl SettingsView {
    pub fn draft(&self) -> Option<&Settings> {
        self.draft.as_ref()
    }

    /// Settings kept elsewhere replace a draft that has no changes of its own.
    pub fn follow(&mut self, state: &State) {
        if self.kept != state.settings {
            self.kept = state.settings.clone();
            self.draft = None;
        }
    }

    pub fn picked(&mut self, pick: Pick, path: PathBuf) {
        match pick {
            Pick::OutputFolder => self.edit().outputs.folder = Some(path),
            Pick::Certificate => self.tenant_mut().entra.certificate = Some(path),
            Pick::CertificateKey => self.key_file = Some(path),
        }
    }

    pub fn secret_stored(&mut self) {
        self.wipe_secrets();
        self.key_file = None;
    }

    pub fn discovered(&mut self, found: &DiscoveredTenant) {
        let tenant = &mut self.tenant_mut().entra;
        tenant.tenant = found.tenant_id.clone();
        tenant.graph_url = found.graph_url.clone();
    }

    fn edit(&mut self) -> &mut Settings {
        if self.draft.is_none() {
            self.tenant.follow(self.kept.tenant.as_ref());
        }
        self.draft.get_or_insert_with(|| self.kept.clone())
    }

    fn tenant_mut(&mut self) -> &mut TenantDraft {
        self.edit();
        &mut self.tenant
    }

    /// The draft with the tenant in it once that one is complete.
    fn whole(&self) -> Option<Settings> {
        let mut settings = self.draft.clone()?;
        settings.tenant = self.tenant.complete();
        settings.practice = settings.practice && settings.tenant.is_none();
        Some(settings)
    }

    fn is_changed(&self) -> bool {
        self.whole().is_some_and(|whole| whole != self.kept)
    }

    /// Saving now would lose the tenant in use for one that is only half filled in.
    fn is_half_way(&self) -> bool {
        self.kept.tenant.is_some() && self.tenant.is_begun() && self.tenant.complete().is_none()
    }

    fn discard(&mut self) {
        self.draft = None;
        self.tenant = TenantDraft::default();
        self.wipe_secrets();
    }

    /// The station is locked, or another operator comes.
    pub fn drop_secrets(&mut self) {
        self.wipe_secrets();
        self.passphrase.wipe();
    }

    fn wipe_secrets(&mut self) {
        self.client_secret.wipe();
        self.password.wipe();
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    view.settings.edit();
    head(ui, pass, &mut view.settings);
    ui.add_space(space::L);
    let two = ui.available_width() >= 880.0 && ui.ctx().zoom_factor() < 1.25;
    ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
        let view = &mut view.settings;
        vault::draw(ui, pass, view);
        passphrase::draw(ui, pass, &mut view.passphrase);
        if !two {
            tenant::draw(ui, pass, view);
            ui.add_space(space::L);
            parts::draw(ui, pass, view);
            return;
        }
        let width = (ui.available_width() - space::L - space::S) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            ui.vertical(|ui| {
                ui.set_width(width);
                tenant::draw(ui, pass, view);
            });
            ui.vertical(|ui| {
                ui.set_width(width);
                parts::draw(ui, pass, view);
            });
        });
    });
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let changed = view.is_changed();
    let half_way = view.is_half_way();
    ui.horizontal(|ui| {
        ui.label(look.title("Settings"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save =
                Button::primary("Save").cap("Ctrl+S").enabled(changed && !half_way).show(ui, look);
            let key = keyboard::pressed_with(ui.ctx(), egui::Modifiers::COMMAND, egui::Key::S);
            if changed
                && !half_way
                && (save.clicked() || key)
                && let Some(whole) = view.whole()
            {
                pass.send(Command::SaveSettings(Box::new(whole)));
            }
            if changed && Button::secondary("Discard changes").show(ui, look).clicked() {
                view.discard();
            }
            if changed {
                let word = if half_way { "The directory is not complete" } else { "Not saved yet" };
                ui.label(look.hint(word));
            }
        });
    });
}

/// A card with a heading.
fn section(ui: &mut Ui, look: &Look, title: &str, add: impl FnOnce(&mut Ui)) {
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.label(look.title(title));
        add(ui);
    });
}
