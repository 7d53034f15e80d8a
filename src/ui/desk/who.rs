//! Who: the search box and what it found.

use super::{DeskView, cards, unfinished};
use crate::app::state::{clean, thousands};
use crate::directory::{AccountState, Person, PersonKind};
use crate::engine::Command;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    Button, Shown, card_frame, field, hinted, paint_cut, paint_text, pause_in_words, problem_box,
};
use crate::ui::{Pass, keyboard};
use egui::{
    Align2, CornerRadius, Key, Margin, Rect, Response, Role, ScrollArea, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

const ROW: f32 = 56.0;
/// A badge reader's payload or a name; longer texts are not searched for.
const LONGEST_QUERY: usize = 120;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    unfinished::draw(ui, pass, view);
    let look = pass.look;
    card_frame(look).inner_margin(Margin::same(space::XL as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height().max(240.0));
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        ui.label(look.title("Who gets a key?"));
        ui.add_space(space::M);
        search(ui, pass, view);
        ui.add_space(space::L);
        results(ui, pass, view);
    });
}

fn search(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    let found = pass.state.search.people.len();
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
            view.focus_search = true;
            pass.send(Command::Search { query: String::new() });
        }
    }
    let hint = "Name, user name, employee id, or scan a badge";
    let response = ui
        .push_id("search", |ui| field(ui, pass.look, "Find a person", &mut view.query, hint))
        .inner;
    ui.data_mut(|data| data.insert_temp(search_key(), response.id));
    if view.focus_search {
        view.focus_search = false;
        response.request_focus();
    }
    if response.changed() {
        view.marked = 0;
        view.choose_when_found = false;
        let query: String = view.query.trim().chars().take(LONGEST_QUERY).collect();
        pass.send(Command::Search { query });
    }
}

fn search_key() -> egui::Id {
    egui::Id::unique("search field")
}

fn search_id(ui: &Ui) -> egui::Id {
    ui.data(|data| data.get_temp(search_key())).unwrap_or_else(search_key)
}

fn results(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView) {
    let (state, look) = (pass.state, pass.look);
    let search = &state.search;
    if let Some(problem) = &search.problem {
        view.choose_when_found = false;
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |ui| {
            if Button::quiet("Search again").show(ui, look).clicked() {
                pass.wishes.push(Command::Search { query: view.query.trim().to_owned() }.into());
            }
        });
        return;
    }
    if view.query.trim().is_empty() {
        empty(ui, look, "Type a name, or scan a badge. The person's card comes next.");
        return;
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
        return;
    }
    view.marked = view.marked.min(search.people.len() - 1);
    if let Some(chosen) = chosen_by_enter(search.awaited.is_some(), &search.people, view) {
        leave_search(ui);
        pass.send(Command::ChoosePerson(Box::new(chosen.clone())));
        return;
    }
    let answered = list(ui, look, &search.people, view.marked);
    if let Some(person) = answered {
        leave_search(ui);
        pass.send(Command::ChoosePerson(Box::new(person.clone())));
    }
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
    view: &mut DeskView,
) -> Option<&'p Person> {
    if !view.choose_when_found || late {
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
fn list<'p>(ui: &mut Ui, look: &Look, people: &'p [Person], marked: usize) -> Option<&'p Person> {
    let mut chosen = None;
    let key = egui::Id::unique("marked row");
    let moved = ui.data(|data| data.get_temp::<usize>(key)) != Some(marked);
    ui.data_mut(|data| data.insert_temp(key, marked));
    let area = ScrollArea::vertical().id_salt("results").auto_shrink([false, false]);
    let area = if moved { keep_in_sight(ui, area, marked) } else { area };
    area.show_rows(ui, ROW, people.len(), |ui, range| {
        for n in range {
            let Some(person) = people.get(n) else { continue };
            if person_row(ui, look, person, n == marked).clicked() {
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
    cards::avatar(ui, look, tile, &person.display_name, Size::Body);
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
