//! Settings: tenants and their sign-in, roles, security, PIN policy, enrolment, outputs, appearance.

mod administrator;
mod consent;
mod draft;
mod entra;
mod found;
mod from_scripts;
mod pages;
mod parts;
mod passphrase;
mod phones;
mod privacy_idea;
mod recipients;
mod roles;
mod security;
mod sign_in;
mod tenant;
mod tenants;
mod test;
mod vault;
mod verify;

pub use pages::Page;
pub use parts::stepper;

use super::secret_text::SecretBuffer;
use super::theme::{Look, space};
use super::widgets::{Button, card};
use super::{Pass, View, keyboard};
use crate::app::State;
use crate::engine::{Command, Pick};
use crate::settings::Settings;
use draft::{TenantDraft, TenantDrafts};
use egui::{Align, Layout, ScrollArea, Ui, vec2};
use std::path::PathBuf;

/// A draft of the settings; nothing is kept before "Save".
#[derive(Default)]
pub struct SettingsView {
    page: Page,
    draft: Option<Settings>,
    /// What the draft began as.
    kept: Settings,
    tenants: TenantDrafts,
    client_secret: SecretBuffer,
    password: SecretBuffer,
    service_secrets: verify::ServiceSecretForms,
    key_file: Option<PathBuf>,
    pfx_file: Option<PathBuf>,
    passphrase: passphrase::PassphraseForm,
    new_role: roles::NewRole,
    new_recipient: recipients::NewRecipient,
    legacy_is_open: bool,
    /// The question whether to remove the tenant that is shown is open.
    removing: bool,
    /// The question whether to give sealed PINs up is open.
    giving_up: bool,
}

impl SettingsView {
    /// The page that is seen next.
    pub fn open(&mut self, page: Page) {
        self.page = page;
    }

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
            Pick::CertificatePfx => self.pfx_file = Some(path),
            Pick::StationsFolder => {
                let typed = path.to_string_lossy().into_owned();
                self.tenant_mut().verify.stations_folder = typed;
            }
            Pick::Roster | Pick::Stock | Pick::Configs | Pick::PhoneList => {}
        }
    }

    pub fn secret_stored(&mut self) {
        self.wipe_secrets();
        self.key_file = None;
        self.pfx_file = None;
    }

    fn edit(&mut self) -> &mut Settings {
        if self.draft.is_none() {
            self.tenants.follow(&self.kept);
        }
        self.draft.get_or_insert_with(|| self.kept.clone())
    }

    fn tenant_mut(&mut self) -> &mut TenantDraft {
        self.edit();
        self.tenants.shown_mut()
    }

    /// Another tenant is shown: nothing typed for one is stored for another.
    fn show_tenant(&mut self, place: usize) {
        self.tenants.show(place);
        self.of_another_tenant();
    }

    fn of_another_tenant(&mut self) {
        self.secret_stored();
        self.removing = false;
        self.new_role = roles::NewRole::default();
    }

    /// A secret comes for the tenant that is shown; the name it is filed under, if that is its own.
    pub fn secret_comes(&mut self) -> Option<String> {
        self.edit();
        self.tenants.secret_comes()
    }

    /// A secret can be filed under the name of the tenant that is shown.
    fn has_own_name(&mut self) -> bool {
        self.edit();
        self.tenants.has_own_name()
    }

    /// Secrets go with the names of new tenants, before anything is saved under these.
    fn send_moves(&mut self, pass: &mut Pass<'_>) {
        for (from, to) in self.tenants.secret_moves() {
            pass.send(Command::RenameWaitingSecrets { from, to });
        }
    }

    /// Secrets of new tenants that are gone are forgotten.
    fn send_what_stays(&self, pass: &mut Pass<'_>) {
        let but_of = self.tenants.with_waiting_secret();
        pass.send(Command::DropWaitingSecrets { but_of });
    }

    /// The draft with those tenants in it that are complete.
    fn whole(&self) -> Option<Settings> {
        let mut settings = self.draft.clone()?;
        settings.tenants = self.tenants.complete();
        let is_there = |name: &String| settings.tenants.iter().any(|tenant| &tenant.name == name);
        let fresh = settings.tenants.iter().find(|one| self.kept.tenant_named(&one.name).is_none());
        // Whoever practises and connects a tenant wants to use it.
        let leaves_practice = settings.practice && fresh.is_some();
        let in_use = match fresh {
            Some(fresh) if leaves_practice => Some(fresh.name.clone()),
            _ => settings.current.clone().filter(is_there),
        };
        settings.current =
            in_use.or_else(|| settings.tenants.first().map(|tenant| tenant.name.clone()));
        settings.practice = settings.practice && !leaves_practice;
        Some(settings)
    }

    /// What was typed and not saved.
    pub fn is_changed(&self) -> bool {
        self.whole().is_some_and(|mut whole| {
            // A file that names no tenant in use means the first.
            let named = |settings: &Settings| settings.tenant().map(|tenant| tenant.name.clone());
            if named(&whole) == named(&self.kept) {
                whole.current.clone_from(&self.kept.current);
            }
            whole != self.kept
        })
    }

    /// Saving now would lose a tenant that is only half filled in.
    fn is_half_way(&self) -> bool {
        self.tenants.is_half_way()
    }

    fn discard(&mut self) {
        self.draft = None;
        self.new_recipient = recipients::NewRecipient::default();
        self.tenants = TenantDrafts::default();
        self.of_another_tenant();
    }

    /// The station is locked, or another operator comes.
    pub fn drop_secrets(&mut self) {
        self.wipe_secrets();
        self.passphrase.wipe();
    }

    fn wipe_secrets(&mut self) {
        self.client_secret.wipe();
        self.password.wipe();
        self.service_secrets.wipe();
    }
}

/// Lines of text and fields are not read well when they are wider.
const WIDEST: f32 = 720.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    view.settings.edit();
    view.settings.send_moves(pass);
    head(ui, pass, &mut view.settings);
    ui.add_space(space::L);
    pages::draw(ui, pass.look, &mut view.settings, |ui, view| {
        let id = ("settings", view.page());
        ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).show(ui, |ui| {
            vault::draw(ui, pass, view);
            page(ui, pass, view);
        });
    });
}

fn page(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let page = view.page();
    // The services of Verify stand in two columns where there is room.
    if page != Page::Verify {
        ui.set_max_width(ui.available_width().min(WIDEST));
    }
    match page {
        Page::Directory => {
            tenants::draw(ui, pass, view);
            tenant::draw(ui, pass, view);
        }
        Page::Roles => roles::draw(ui, pass, view),
        Page::Phones => phones::draw(ui, pass.look, view),
        Page::Verify => verify::draw(ui, pass, view),
        Page::Keys => parts::keys(ui, pass.look, view),
        Page::Outputs => parts::outputs(ui, pass, view),
        Page::Security => {
            security::draw(ui, pass.look, view);
            passphrase::draw(ui, pass, &mut view.passphrase);
        }
        Page::Appearance => parts::appearance(ui, pass, view),
    }
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let changed = view.is_changed();
    let (half_way, name) = (view.is_half_way(), view.tenants.any_name_refusal());
    let refusal = view.whole().and_then(|whole| pass.state.save_refusal(&whole));
    let ready = changed && !half_way && name.is_none() && refusal.is_none();
    ui.horizontal(|ui| {
        ui.label(look.title("Settings"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = Button::primary("Save").cap("Ctrl+S").enabled(ready).show(ui, look);
            let key = keyboard::pressed_with(ui.ctx(), egui::Modifiers::COMMAND, egui::Key::S);
            if ready
                && (save.clicked() || key)
                && let Some(whole) = view.whole()
            {
                pass.send(Command::SaveSettings(Box::new(whole)));
            }
            if changed && Button::secondary("Discard changes").show(ui, look).clicked() {
                view.discard();
                view.send_what_stays(pass);
            }
            if changed {
                let word = match (&refusal, half_way, name) {
                    (Some(refusal), _, _) => refusal,
                    (None, true, _) => "The directory is not complete",
                    (None, false, Some(refusal)) => refusal,
                    (None, false, None) => "Not saved yet",
                };
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
