//! Where the people come from: a file, a group, or the settings of an older script.

use super::prepare::{heading, not_read, reading};
use crate::app::state::clean;
use crate::directory::{Group, GroupKind};
use crate::engine::{BulkCommand, Command, ConfigsRead, Pick};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use crate::ui::widgets::{
    Button, card, check_box, field, focus_ring, label, paint_cut, paint_text, pause_in_words,
    problem_box, tone_chip, truncated,
};
use crate::ui::{Pass, keyboard};
use egui::{
    Align2, CornerRadius, Key, Rect, Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};
use std::path::PathBuf;

/// What was typed about groups.
pub struct SourceView {
    query: String,
    /// People of groups in the group, too.
    nested: bool,
}

impl Default for SourceView {
    fn default() -> Self {
        Self { query: String::new(), nested: true }
    }
}

const LONGEST_QUERY: usize = 120;
const ROW: f32 = 56.0;

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
            from_files(ui, pass);
            ui.add_space(space::L);
            from_group(ui, pass, view, 320.0);
        });
        return;
    }
    let left = room.with_max_x(room.min.x + size::LEFT_COLUMN);
    let right = room.with_min_x(left.max.x + space::L);
    crate::ui::within(ui, left, |ui| {
        ScrollArea::vertical().id_salt("files").show(ui, |ui| from_files(ui, pass));
    });
    crate::ui::within(ui, right, |ui| from_group(ui, pass, view, right.height()));
}

/// A file let go over the window.
fn dropped(ui: &Ui, pass: &mut Pass<'_>) {
    let path: Option<PathBuf> = ui.input(|input| {
        input.raw.dropped_files.first().and_then(|file| {
            let path = file.path();
            (!path.as_os_str().is_empty()).then(|| path.to_owned())
        })
    });
    if let Some(path) = path {
        let is_configs = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("json"));
        let command = match is_configs {
            true => BulkCommand::ImportConfigs(path),
            false => BulkCommand::ReadFile(path),
        };
        pass.send(Command::Bulk(command));
    }
}

fn from_files(ui: &mut Ui, pass: &mut Pass<'_>) {
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
        let below = "Tenant, application and options of the Yubico scripts; the secret goes to \
                     the keyring.";
        heading(ui, look, "Coming from a script?", below);
        if Button::secondary("Import configs.json…").show(ui, look).clicked() {
            pass.send(Command::Pick(Pick::Configs));
        }
        match &pass.state.bulk.configs {
            None => {}
            Some(Err(problem)) => {
                problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
            }
            Some(Ok(read)) => configs(ui, pass, read),
        }
    });
}

/// What the script's settings said, and the offer to shred them.
fn configs(ui: &mut Ui, pass: &mut Pass<'_>, read: &ConfigsRead) {
    let look = pass.look;
    ui.add_space(space::S);
    fact(ui, look, "Tenant", &read.tenant);
    fact(ui, look, "Client id", &read.client_id);
    for option in &read.options {
        label(ui, look.body(clean(option)));
    }
    if !read.unknown.is_empty() {
        let unknown: Vec<String> = read.unknown.iter().map(|name| clean(name)).collect();
        label(ui, look.hint(format!("Not used: {}", unknown.join(", "))));
    }
    if pass.state.bulk.shredded {
        tone_chip(ui, look, Tone::Ok, Icon::Done, "The file is shredded");
        return;
    }
    if read.secret_stored {
        tone_chip(ui, look, Tone::Ok, Icon::Lock, "Secret is in the keyring");
        let text = "The file still holds it in clear text.";
        label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
        if Button::secondary("Shred the file").small().show(ui, look).clicked() {
            pass.send(Command::Bulk(BulkCommand::ShredConfigs));
        }
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

fn from_group(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SourceView, height: f32) {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height((height - space::XXL - 2.0).max(200.0));
        heading(ui, look, "From a group", "");
        let response = field(ui, look, "Find a group", &mut view.query, "Part of the group's name");
        if response.changed() {
            let query: String = view.query.trim().chars().take(LONGEST_QUERY).collect();
            pass.send(Command::Bulk(BulkCommand::FindGroups { query }));
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        check_box(ui, look, &mut view.nested, "With the people of groups in it");
        ui.add_space(space::XS);
        let chosen = found(ui, pass, view, entered);
        if let Some(group) = chosen {
            let group = Box::new(group.clone());
            pass.send(Command::Bulk(BulkCommand::ReadGroup { group, nested: view.nested }));
        }
    });
}

fn found<'s>(ui: &mut Ui, pass: &Pass<'s>, view: &SourceView, entered: bool) -> Option<&'s Group> {
    let (state, look) = (pass.state, pass.look);
    let groups = &state.bulk.groups;
    if let Some(problem) = &groups.problem {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        return None;
    }
    if view.query.trim().is_empty() {
        empty(ui, look, "Type a part of its name");
        return None;
    }
    if groups.found.is_empty() {
        match (&groups.awaited, pause_in_words(ui, state)) {
            (Some(_), Some(words)) => empty(ui, look, &words),
            (Some(_), None) => empty(ui, look, "Searching"),
            (None, _) => empty(ui, look, "No group found"),
        }
        return None;
    }
    let mut chosen = groups.found.first().filter(|_| entered && groups.found.len() == 1);
    let area = ScrollArea::vertical().id_salt("groups").auto_shrink([false, false]);
    area.show_rows(ui, ROW, groups.found.len(), |ui, range| {
        for group in range.filter_map(|n| groups.found.get(n)) {
            let repeats = groups.repeats(&group.name);
            if row(ui, look, group, repeats).clicked() {
                chosen = Some(group);
            }
        }
    });
    chosen
}

fn empty(ui: &mut Ui, look: &Look, text: &str) {
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| ui.label(look.quiet(text)));
}

/// A group with what tells it from its namesakes.
fn row(ui: &mut Ui, look: &Look, group: &Group, repeats: bool) -> Response {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width() - space::S, ROW - space::S));
    let response = ui.interact(rect, ui.make_persistent_id(("group", &group.id)), Sense::click());
    let name = clean(&group.name);
    let more = details(group, repeats);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}, {more}")));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(radius::CONTROL), look.sunken);
    }
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    let square =
        Rect::from_center_size(pos2(rect.min.x + 20.0, rect.center().y), Vec2::splat(24.0));
    Icon::People.paint(painter, square, look.text_2, look.surface);
    let (x, right) = (rect.min.x + 44.0, rect.max.x - space::M);
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, pos2(x, rect.min.y + 14.0), right, &name, style);
    let ink = if repeats { look.text } else { look.text_2 };
    let style = (Size::Hint, Face::Regular, ink);
    paint_cut(painter, pos2(x, rect.min.y + 34.0), right, &more, style);
    response
}

/// Kind, description, mail; a namesake's id too.
fn details(group: &Group, repeats: bool) -> String {
    let kind = match group.kind {
        GroupKind::Security => "Security group",
        GroupKind::MailEnabledSecurity => "Mail-enabled security group",
        GroupKind::Microsoft365 => "Microsoft 365 group",
        GroupKind::Distribution => "Distribution list",
        GroupKind::Realm => "Everybody in the realm",
    };
    let mut parts = vec![kind.to_owned()];
    parts.extend(group.description.iter().chain(&group.mail).map(|text| clean(text)));
    if group.synced {
        parts.push("synced".to_owned());
    }
    if repeats {
        parts.push(clean(&group.id));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}
