//! Settings: tenant and sign-in, PIN policy, enrolment, outputs, appearance.

mod parts;
mod tenant;
mod vault;

use super::secret_text::SecretBuffer;
use super::theme::{Look, space};
use super::widgets::{Button, card};
use super::{Pass, View, keyboard};
use crate::app::State;
use crate::engine::{Command, DiscoveredTenant, Pick};
use crate::settings::{Settings, TenantSettings};
use egui::{Align, Layout, ScrollArea, Ui, vec2};
use std::path::PathBuf;

/// A draft of the settings; nothing is kept before "Save".
#[derive(Default)]
pub struct SettingsView {
    draft: Option<Settings>,
    /// What the draft began as.
    kept: Settings,
    tenant: TenantDraft,
    secret: SecretBuffer,
    key_file: Option<PathBuf>,
    /// The question whether to give sealed PINs up is open.
    giving_up: bool,
}

/// The tenant's part, kept even while it is not complete.
#[derive(Clone, Default, PartialEq, Eq)]
struct TenantDraft {
    settings: Option<TenantSettings>,
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
            Pick::Certificate => self.tenant_mut().certificate = Some(path),
            Pick::CertificateKey => self.key_file = Some(path),
        }
    }

    pub fn secret_stored(&mut self) {
        self.secret.wipe();
        self.key_file = None;
    }

    pub fn discovered(&mut self, found: &DiscoveredTenant) {
        let tenant = self.tenant_mut();
        tenant.tenant = found.tenant_id.clone();
        tenant.graph_url = found.graph_url.clone();
    }

    fn edit(&mut self) -> &mut Settings {
        if self.draft.is_none() {
            self.tenant.settings = self.kept.tenant.clone();
        }
        self.draft.get_or_insert_with(|| self.kept.clone())
    }

    fn tenant_mut(&mut self) -> &mut TenantSettings {
        self.edit();
        self.tenant.settings.get_or_insert_with(TenantSettings::empty)
    }

    /// The draft with the tenant in it once that one is complete.
    fn whole(&self) -> Option<Settings> {
        let mut settings = self.draft.clone()?;
        settings.tenant = self.tenant.settings.clone().filter(TenantSettings::is_complete);
        settings.practice = settings.practice && settings.tenant.is_none();
        Some(settings)
    }

    fn is_changed(&self) -> bool {
        self.whole().is_some_and(|whole| whole != self.kept)
    }

    fn discard(&mut self) {
        self.draft = None;
        self.tenant = TenantDraft::default();
        self.secret.wipe();
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
    ui.horizontal(|ui| {
        ui.label(look.title("Settings"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = Button::primary("Save").cap("Ctrl+S").enabled(changed).show(ui, look);
            let key = keyboard::pressed_with(ui.ctx(), egui::Modifiers::COMMAND, egui::Key::S);
            if changed
                && (save.clicked() || key)
                && let Some(whole) = view.whole()
            {
                pass.send(Command::SaveSettings(Box::new(whole)));
            }
            if changed && Button::secondary("Discard changes").show(ui, look).clicked() {
                view.discard();
            }
            if changed {
                ui.label(look.hint("Not saved yet"));
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
