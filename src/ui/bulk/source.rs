//! Where the people come from: a file, a group, or the settings of an older script.

use super::past;
use super::prepare::{not_read, reading};
use crate::app::State;
use crate::app::state::clean;
use crate::bulk::ScriptOptions;
use crate::engine::{BulkCommand, Command, ConfigsRead, Pick, StoredSecret};
use crate::settings::TenantSettings;
use crate::ui::find_group::{self, FindGroup, Sought};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, card, heading, label, paint_text, problem_box, tone_chip, truncated,
};
use crate::ui::{Pass, dropped_file, keyboard};
use egui::{Align2, ScrollArea, Sense, Ui, vec2};
use std::path::Path;

/// What was typed and pressed where people come from.
#[derive(Default)]
pub struct SourceView {
    find: FindGroup,
    /// "Make a tenant of it" was pressed.
    wants_tenant: bool,
    /// Of the scripts' settings, what the next session takes over.
    used: Option<ScriptOptions>,
    /// What those of the tenant that was made of them take over, by its application.
    made: Option<(String, ScriptOptions)>,
}

impl SourceView {
    /// Whether a tenant is to be made of the older scripts' settings, once.
    pub fn take_wish(&mut self) -> bool {
        std::mem::take(&mut self.wants_tenant)
    }

    /// What the next session takes over from a script.
    pub fn used(&self, state: &State) -> Option<&ScriptOptions> {
        let tenant = state.settings.tenant_in_use();
        let application = tenant.and_then(TenantSettings::entra).map(|entra| &entra.client_id);
        let made = self.made.as_ref().filter(|(of, _)| Some(of) == application);
        self.used.as_ref().or(made.map(|(_, options)| options))
    }

    /// What is not of the tenant that is left.
    pub fn of_next_tenant(self) -> Self {
        Self { made: self.made, ..Self::default() }
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView) {
    dropped(ui, pass);
    not_read(ui, pass);
    if let Some(running) = pass.state.bulk.progress {
        card(ui, pass.look, |ui| reading(ui, pass, &running));
        return;
    }
    let two = ui.available_width() >= 740.0 && ui.ctx().zoom_factor() < 1.25;
    let room = ui.available_rect_before_wrap();
    if !two {
        ScrollArea::vertical().id_salt("sources").auto_shrink([false, false]).show(ui, |ui| {
            past::draw(ui, pass);
            from_files(ui, pass, view);
            ui.add_space(space::L);
            from_group(ui, pass, &mut view.find, 320.0);
        });
        return;
    }
    let left = room.with_max_x(room.min.x + size::LEFT_COLUMN);
    let right = room.with_min_x(left.max.x + space::L);
    crate::ui::within(ui, left, |ui| {
        ScrollArea::vertical().id_salt("files").show(ui, |ui| {
            past::draw(ui, pass);
            from_files(ui, pass, view);
        });
    });
    crate::ui::within(ui, right, |ui| from_group(ui, pass, &mut view.find, right.height()));
}

/// A file let go over the window.
fn dropped(ui: &Ui, pass: &mut Pass<'_>) {
    if let Some(path) = dropped_file(ui) {
        let is_configs = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("json"));
        let command = match is_configs {
            true => BulkCommand::ImportConfigs(path),
            false => BulkCommand::ReadFile(path),
        };
        pass.send(Command::Bulk(command));
    }
}

fn from_files(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView) {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        let below = "Any CSV with a column of user names: any order, comma, semicolon or tab. \
                     The Yubico scripts' lists are known, with their challenges.";
        heading(ui, look, "From a file", below);
        let button = Button::primary("Choose file…").icon(Icon::Document).cap("Enter");
        if button.show(ui, look).clicked() || keyboard::enter(ui) {
            pass.send(Command::Pick(Pick::Roster));
        }
        label(ui, look.hint("Or drop it onto this window."));
    });
    ui.add_space(space::L);
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        from_script(ui, pass, view);
    });
}

fn from_script(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView) {
    let look = pass.look;
    let title = "Coming from a script?";
    let import = Button::secondary("Import configs.json…");
    let import = if let Some(Ok(read)) = &pass.state.bulk.configs {
        heading(ui, look, title, "");
        configs(ui, pass, view, read);
        ui.add_space(space::S);
        import.small()
    } else {
        let below = "Tenant, application and options of the Yubico scripts; the secret goes to \
                     the keyring.";
        heading(ui, look, title, below);
        import
    };
    if import.show(ui, look).clicked() {
        pass.send(Command::Pick(Pick::Configs));
    }
    if let Some(Err(problem)) = &pass.state.bulk.configs {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
}

/// What the script's settings said, a tenant that can be made of them, and the offer to shred them.
fn configs(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView, read: &ConfigsRead) {
    let look = pass.look;
    fact(ui, look, "Tenant", &read.tenant);
    fact(ui, look, "Client id", &read.client_id);
    let is_there = !pass.state.bulk.shredded;
    if read.is_new && is_there {
        ui.add_space(space::XS);
        if Button::secondary("Make a tenant of it").show(ui, look).clicked() {
            view.wants_tenant = true;
            view.made = Some((read.client_id.clone(), read.options.clone()));
        }
        let text = match read.holds_secret && read.secret_stored.is_none() {
            true => {
                "No tenant here uses this application: this fills in Settings, and its secret \
                     goes to the keyring when that is saved."
            }
            false => "No tenant here uses this application: this fills in Settings.",
        };
        label(ui, look.hint(text));
    }
    if let Some(tenant) = &read.secret_stored {
        match pass.state.lacks_keyring() {
            true => tone_chip(ui, look, Tone::Warn, Icon::Lock, "Secret is in memory only"),
            false => tone_chip(ui, look, Tone::Ok, Icon::Lock, "Secret is in the keyring"),
        };
        label(ui, look.hint(format!("Under {}", clean(tenant))));
    }
    if !is_there {
        tone_chip(ui, look, Tone::Ok, Icon::Done, "The file is shredded");
    } else if read.holds_secret {
        shredding(ui, pass, read);
    }
    options(ui, pass, view, &read.options);
    members(ui, look, "Not used", &read.unknown);
    members(ui, look, "Not taken, since their values are of a wrong kind", &read.wrong);
}

/// Takes the options over, and looks for the group.
fn options(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView, read: &ScriptOptions) {
    if read.is_empty() {
        return;
    }
    let look = pass.look;
    ui.add_space(space::S);
    for option in read.in_words() {
        label(ui, look.rich(clean(&option), Size::Hint, Face::Regular, look.text));
    }
    if view.used(pass.state) == Some(read) {
        ui.horizontal(|ui| {
            ui.set_min_height(size::BUTTON_SMALL);
            tone_chip(ui, look, Tone::Ok, Icon::Done, "Used for sessions");
            if Button::quiet("Don't use").small().show(ui, look).clicked() {
                (view.used, view.made) = (None, None);
            }
        });
    } else if Button::secondary("Use these options").small().show(ui, look).clicked() {
        view.used = Some(read.clone());
        if let Some(group) = &read.group {
            let query = view.find.seek(group);
            pass.send(Command::Bulk(BulkCommand::FindGroups { query }));
        }
    }
}

fn shredding(ui: &mut Ui, pass: &mut Pass<'_>, read: &ConfigsRead) {
    let look = pass.look;
    if let Some(tenant) = &read.secret_waits {
        let text = format!(
            "Its secret goes to the keyring when {} is saved under Settings. Then the file can be \
             shredded.",
            clean(tenant)
        );
        label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
        return;
    }
    if let Some(tenant) = read.other_kept.as_ref().filter(|_| read.secret_stored.is_none()) {
        another_kept(ui, pass, tenant, &read.path);
    }
    if read.secret_stored.is_some() && pass.state.lacks_keyring() {
        let text = "Without a keyring the secret is lost when Keydesk ends: the file is the only \
                    other place that has it.";
        label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
        return;
    }
    let text = match (&read.secret_stored, &read.other_kept) {
        (Some(_), _) => "The file still holds it in clear text.",
        (None, Some(_)) => "The file holds its own in clear text.",
        (None, None) => "The file holds a secret in clear text, and nothing else here has it.",
    };
    label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
    if Button::secondary("Shred the file").small().show(ui, look).clicked() {
        pass.send(Command::Bulk(BulkCommand::ShredConfigs));
    }
}

/// The newer one of two secrets is not known here.
fn another_kept(ui: &mut Ui, pass: &mut Pass<'_>, tenant: &str, path: &Path) {
    let look = pass.look;
    let text = format!("The keyring has another secret under {}, which stays.", clean(tenant));
    label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
    if Button::secondary("Use the file's instead").small().show(ui, look).clicked() {
        let secret = StoredSecret::ScriptConfigs(path.to_owned());
        pass.send(Command::StoreSecret { tenant: tenant.to_owned(), secret });
    }
}

fn members(ui: &mut Ui, look: &Look, what: &str, names: &[String]) {
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| clean(name)).collect();
        label(ui, look.hint(format!("{what}: {}", names.join(", "))));
    }
}

fn fact(ui: &mut Ui, look: &Look, name: &str, value: &str) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(72.0, 20.0), Sense::hover());
        let style = (Size::Hint, Face::Regular, look.text_3);
        paint_text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name, style);
        truncated(ui, look.rich(clean(value), Size::Hint, Face::Mono, look.text));
    });
}

fn from_group(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut FindGroup, height: f32) {
    let groups = &pass.state.bulk.groups;
    match find_group::draw(ui, pass, view, (groups, height)) {
        Some(Sought::Query(query)) => {
            pass.send(Command::Bulk(BulkCommand::FindGroups { query }));
        }
        Some(Sought::Group { group, nested }) => {
            pass.send(Command::Bulk(BulkCommand::ReadGroup { group, nested }));
        }
        None => {}
    }
}
