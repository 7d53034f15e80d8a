//! Finding a group of the directory: a card with a search box and the groups it found.

use super::Pass;
use super::theme::{Face, Icon, Look, Size, Tone, radius, space};
use super::widgets::{
    card, check_box, field, focus_ring, heading, paint_cut, pause_in_words, problem_box,
};
use crate::app::state::{Groups, clean};
use crate::directory::{Group, GroupKind};
use egui::{
    CornerRadius, Key, Rect, Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

const LONGEST_QUERY: usize = 120;
const ROW: f32 = 56.0;

/// What was typed about groups.
pub struct FindGroup {
    query: String,
    /// People of groups in the group, too.
    nested: bool,
}

impl Default for FindGroup {
    fn default() -> Self {
        Self { query: String::new(), nested: true }
    }
}

impl FindGroup {
    /// Looks for this name, as if it had been typed; the query to send.
    pub fn seek(&mut self, name: &str) -> String {
        self.query = clean(name);
        self.cut_query()
    }

    fn cut_query(&self) -> String {
        self.query.trim().chars().take(LONGEST_QUERY).collect()
    }
}

/// What the operator wishes of it.
pub enum Sought {
    Query(String),
    Group { group: Box<Group>, nested: bool },
}

pub fn draw(
    ui: &mut Ui,
    pass: &Pass<'_>,
    view: &mut FindGroup,
    (groups, height): (&Groups, f32),
) -> Option<Sought> {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height((height - space::XXL - 2.0).max(200.0));
        heading(ui, look, "From a group", "");
        let response = field(ui, look, "Find a group", &mut view.query, "Part of the group's name");
        let typed = response.changed().then(|| Sought::Query(view.cut_query()));
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        check_box(ui, look, &mut view.nested, "With the people of groups in it");
        ui.add_space(space::XS);
        let chosen = found(ui, pass, (view, groups), entered)
            .map(|group| Sought::Group { group: Box::new(group.clone()), nested: view.nested });
        typed.or(chosen)
    })
}

fn found<'g>(
    ui: &mut Ui,
    pass: &Pass<'_>,
    (view, groups): (&FindGroup, &'g Groups),
    entered: bool,
) -> Option<&'g Group> {
    let (state, look) = (pass.state, pass.look);
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
    // While the answer is awaited, what is found is that of the words before.
    let is_only = groups.found.len() == 1 && groups.awaited.is_none();
    let mut chosen = groups.found.first().filter(|_| entered && is_only);
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
