//! Finding one person: a search box and the people it found, in whatever screen needs somebody.

use super::theme::{Face, Icon, Look, Size, Tone, radius, space};
use super::widgets::{
    Button, Shown, avatar, field, hinted, paint_cut, paint_text, pause_in_words, problem_box,
};
use super::{Pass, keyboard};
use crate::app::state::{Search, clean, thousands};
use crate::directory::{AccountState, Person, PersonKind};
use egui::{
    Align2, CornerRadius, Key, Rect, Response, Role, ScrollArea, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

const ROW: f32 = 56.0;
/// A badge reader's payload or a name; longer texts are not searched for.
const LONGEST_QUERY: usize = 120;

/// What was typed, and which of the people found is marked.
pub struct FindPerson {
    query: String,
    marked: usize,
    /// Enter came before the answer: a scanned badge.
    choose_when_found: bool,
    /// This user name is meant, and nobody else's.
    exact: Option<String>,
    focus: bool,
}

impl Default for FindPerson {
    fn default() -> Self {
        Self { query: String::new(), marked: 0, choose_when_found: false, exact: None, focus: true }
    }
}

impl FindPerson {
    /// The person of this user name is chosen as soon as they are found.
    pub fn looking_for(upn: &str) -> Self {
        Self { query: upn.to_owned(), exact: Some(upn.to_owned()), focus: false, ..Self::default() }
    }

    /// One person is meant, who was not found yet.
    pub fn is_looking(&self) -> bool {
        self.exact.is_some()
    }

    /// The next frame gives the box the focus.
    pub fn take_focus(&mut self) {
        self.focus = true;
    }
}

/// What the operator wishes of it.
pub enum Sought {
    /// Look for this; nothing where it is empty.
    Query(String),
    /// This one.
    Person(Box<Person>),
}

/// `next` is said while nothing is typed.
pub fn draw(
    ui: &mut Ui,
    pass: &Pass<'_>,
    view: &mut FindPerson,
    (search, next): (&Search, &str),
) -> Option<Sought> {
    let typed = search_box(ui, pass.look, view, search);
    ui.add_space(space::L);
    let found = results(ui, pass, view, (search, next));
    typed.or(found)
}

fn search_box(ui: &mut Ui, look: &Look, view: &mut FindPerson, search: &Search) -> Option<Sought> {
    let found = search.people.len();
    let mut sought = None;
    let typing = ui.memory(|memory| memory.focused()) == Some(search_id(ui));
    if typing || ui.memory(|memory| memory.focused().is_none()) {
        if keyboard::pressed(ui, Key::ArrowDown) {
            view.marked = (view.marked + 1).min(found.saturating_sub(1));
        }
        if keyboard::pressed(ui, Key::ArrowUp) {
            view.marked = view.marked.saturating_sub(1);
        }
        if keyboard::pressed(ui, Key::Enter) && !view.query.trim().is_empty() {
            view.choose_when_found = true;
        }
        if keyboard::escape(ui) {
            view.query.clear();
            view.focus = true;
            sought = Some(Sought::Query(String::new()));
        }
    }
    let hint = "Name, user name, employee id, or scan a badge";
    let response =
        ui.push_id("search", |ui| field(ui, look, "Find a person", &mut view.query, hint)).inner;
    ui.data_mut(|data| data.insert_temp(search_key(), response.id));
    if std::mem::take(&mut view.focus) {
        response.request_focus();
    }
    if response.changed() {
        view.marked = 0;
        view.choose_when_found = false;
        view.exact = None;
        let query: String = view.query.trim().chars().take(LONGEST_QUERY).collect();
        sought = Some(Sought::Query(query));
    }
    sought
}

fn search_key() -> egui::Id {
    egui::Id::unique("search field")
}

fn search_id(ui: &Ui) -> egui::Id {
    ui.data(|data| data.get_temp(search_key())).unwrap_or_else(search_key)
}

fn results(
    ui: &mut Ui,
    pass: &Pass<'_>,
    view: &mut FindPerson,
    (search, next): (&Search, &str),
) -> Option<Sought> {
    let (state, look) = (pass.state, pass.look);
    if let Some(problem) = &search.problem {
        view.choose_when_found = false;
        let mut again = false;
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |ui| {
            again = Button::quiet("Search again").show(ui, look).clicked();
        });
        return again.then(|| Sought::Query(view.query.trim().to_owned()));
    }
    if view.query.trim().is_empty() {
        empty(ui, look, next);
        return None;
    }
    if search.people.is_empty() {
        let answered = search.awaited.is_none();
        if answered {
            view.choose_when_found = false;
        }
        match pause_in_words(ui, state) {
            Some(words) if !answered => empty(ui, look, &words),
            _ => empty(ui, look, if answered { "Nobody found" } else { "Searching" }),
        }
        return None;
    }
    view.marked = view.marked.min(search.people.len() - 1);
    if let Some(chosen) = chosen_by_enter(search.awaited.is_some(), &search.people, view) {
        leave_search(ui);
        return Some(Sought::Person(Box::new(chosen.clone())));
    }
    let person = list(ui, look, &search.people, view.marked)?;
    leave_search(ui);
    Some(Sought::Person(Box::new(person.clone())))
}

/// The next Enter is for the next step, not for the search box.
fn leave_search(ui: &Ui) {
    let search = search_id(ui);
    ui.memory_mut(|memory| memory.surrender_focus(search));
}

/// Enter takes the marked person, but never one of an older search.
fn chosen_by_enter<'p>(
    late: bool,
    people: &'p [Person],
    view: &mut FindPerson,
) -> Option<&'p Person> {
    if late {
        return None;
    }
    if let Some(upn) = view.exact.take() {
        return people.iter().find(|person| person.upn.eq_ignore_ascii_case(&upn));
    }
    if !view.choose_when_found {
        return None;
    }
    view.choose_when_found = false;
    people.get(view.marked)
}

fn empty(ui: &mut Ui, look: &Look, text: &str) {
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| ui.label(look.quiet(text)));
}

/// Only the rows in sight are laid out.
pub fn list<'p>(
    ui: &mut Ui,
    look: &Look,
    people: &'p [Person],
    marked: impl Into<Option<usize>>,
) -> Option<&'p Person> {
    let (mut chosen, marked) = (None, marked.into());
    let key = egui::Id::unique("marked row");
    let moved = ui.data(|data| data.get_temp::<Option<usize>>(key)) != Some(marked);
    ui.data_mut(|data| data.insert_temp(key, marked));
    let area = ScrollArea::vertical().id_salt("results").auto_shrink([false, false]);
    let area = match marked.filter(|_| moved) {
        Some(marked) => keep_in_sight(ui, area, marked),
        None => area,
    };
    area.show_rows(ui, ROW, people.len(), |ui, range| {
        for n in range {
            let Some(person) = people.get(n) else { continue };
            if person_row(ui, look, person, Some(n) == marked).clicked() {
                chosen = Some(person);
            }
        }
    });
    chosen
}

/// Scrolls only when the marked row is outside of what is shown.
fn keep_in_sight(ui: &Ui, area: ScrollArea, marked: usize) -> ScrollArea {
    let height = ui.available_height();
    let bottom = (marked + 1) as f32 * ROW;
    if marked == 0 || bottom > height {
        area.vertical_scroll_offset((bottom - height).max(0.0))
    } else {
        area
    }
}

fn person_row(ui: &mut Ui, look: &Look, person: &Person, marked: bool) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width() - space::S, ROW), Sense::click());
    let name = clean(&person.display_name);
    let upn = clean(&person.upn);
    let spoken = format!("{name}, {upn}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, marked, &spoken));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let corner = CornerRadius::same(radius::CONTROL);
    if marked || response.hovered() {
        let fill = if marked { look.accent_bg } else { look.sunken };
        ui.painter().rect_filled(rect, corner, fill);
    }
    if marked || response.has_focus() {
        let stroke = Stroke::new(2.0, look.accent_text);
        ui.painter().rect_stroke(rect, corner, stroke, egui::StrokeKind::Inside);
    }
    let tile = Rect::from_center_size(pos2(rect.min.x + 32.0, rect.center().y), Vec2::splat(40.0));
    avatar(ui, look, tile, &person.display_name, Size::Body);
    let wide = rect.width() > 640.0;
    let x = rect.min.x + 68.0;
    let right = rect.max.x - 132.0;
    let middle = if wide { x + (right - x) * 0.52 } else { right };
    let ink = if marked { look.accent_text } else { look.text };
    let style = (Size::Body, Face::SemiBold, ink);
    let end = middle - space::M;
    let name_shown = paint_cut(ui.painter(), pos2(x, rect.center().y - 10.0), end, &name, style);
    let style = (Size::Hint, Face::Regular, look.text_2);
    let upn_shown = paint_cut(ui.painter(), pos2(x, rect.center().y + 10.0), end, &upn, style);
    if wide {
        let department = clean(person.department.as_deref().unwrap_or_default());
        let style = (Size::Body, Face::Regular, look.text);
        paint_cut(ui.painter(), pos2(middle, rect.center().y - 10.0), right, &department, style);
        let id = person.employee_id.as_deref().map(thousands).unwrap_or_default();
        let style = (Size::Hint, Face::Mono, look.text_2);
        paint_cut(ui.painter(), pos2(middle, rect.center().y + 10.0), right, &id, style);
    }
    state_mark(ui, look, rect, person);
    match [name_shown, upn_shown].contains(&Shown::Cut) {
        true => hinted(ui, response, &spoken),
        false => response,
    }
}

fn state_mark(ui: &Ui, look: &Look, rect: Rect, person: &Person) {
    let (tone, icon, word) = match (person.account, person.kind) {
        (AccountState::Disabled, _) => (Tone::Bad, Icon::Failed, "Disabled"),
        (_, PersonKind::Guest) => (Tone::Warn, Icon::Warning, "Guest"),
        (AccountState::Enabled, _) => (Tone::Ok, Icon::Done, "Enabled"),
        (AccountState::Unknown, _) => (Tone::Idle, Icon::Pending, "Unknown"),
        (AccountState::NotKept, _) => return,
    };
    let ink = look.tone(tone).ink;
    let square =
        Rect::from_center_size(pos2(rect.max.x - 108.0, rect.center().y), Vec2::splat(14.0));
    icon.paint(ui.painter(), square, ink, look.surface);
    let at = pos2(rect.max.x - 94.0, rect.center().y);
    paint_text(ui.painter(), at, Align2::LEFT_CENTER, word, (Size::Hint, Face::SemiBold, ink));
}
