//! The frame around every screen: tenant band, practice band, rail, key strip. None of it moves.

use super::keyboard::pressed_with;
use super::theme::{Face, Icon, Look, STACK_BELOW, Size, radius, size, space};
use super::widgets::{Button, card_frame, key_cap, key_cap_width, key_state_chip, paint_text};
use super::{Pass, Place, View, Wish, bulk, operator, switcher};
use crate::app::State;
use crate::app::state::{KeySeen, KeyState, clean, thousands};
use crate::engine::OperatorShown;
use egui::{
    Align, Align2, CornerRadius, Key, Layout, Modifiers, Rect, Role, ScrollArea, Sense, Shape,
    Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

/// Where everything is.
pub struct Areas {
    pub tenant: Rect,
    pub practice: Option<Rect>,
    pub rail: Rect,
    pub content: Rect,
    pub strip: Rect,
}

pub fn areas(window: Rect, state: &State) -> Areas {
    let y = window.min.y;
    let tenant = window.with_max_y(y + size::TENANT_BAND);
    let in_practice = match &state.connected {
        Some(connected) => connected.practice,
        None => state.settings.practice && state.who.must_sign_in(),
    };
    let practice = in_practice.then(|| {
        Rect::from_min_size(
            pos2(window.min.x, tenant.max.y),
            vec2(window.width(), size::PRACTICE_BAND),
        )
    });
    let top = practice.map_or(tenant.max.y, |band| band.max.y);
    let strip = window.with_min_y(window.max.y - size::KEY_STRIP);
    let rail_width = if is_narrow(window) { size::RAIL_NARROW } else { size::RAIL };
    let middle = Rect::from_min_max(pos2(window.min.x, top), pos2(window.max.x, strip.min.y));
    let rail = middle.with_max_x(window.min.x + rail_width);
    let margin = if is_narrow(window) { space::M } else { space::XL };
    let content = Rect::from_min_max(
        pos2(rail.max.x + margin, top + space::L),
        pos2(window.max.x - margin, strip.min.y - margin),
    );
    Areas { tenant, practice, rail, content, strip }
}

fn is_narrow(window: Rect) -> bool {
    window.width() < STACK_BELOW + size::RAIL
}

impl Areas {
    pub fn below_bands(&self) -> Rect {
        Rect::from_min_max(pos2(self.tenant.min.x, self.rail.min.y), self.strip.max)
    }

    /// Between the bands, the rail and the key strip.
    pub fn beside_rail(&self) -> Rect {
        Rect::from_min_max(self.rail.right_top(), self.strip.right_top())
    }

    /// The room of a screen; the board has narrower margins.
    pub fn content_of(&self, board: bool) -> Rect {
        if !board {
            return self.content;
        }
        let margin = space::L.min(self.content.min.x - self.rail.max.x);
        Rect::from_min_max(
            pos2(self.rail.max.x + margin, self.content.min.y),
            pos2(self.strip.max.x - margin, self.strip.min.y - margin),
        )
    }

    /// A table goes further down: its foot is as far from the strip as a card from a card.
    pub fn with_table(mut self) -> Self {
        self.content.max.y = self.strip.min.y - space::L;
        self
    }

    /// The bench takes the right side; in a narrow window it takes it all.
    pub fn split_for_bench(&self, content: Rect, open: bool) -> (Rect, Option<Rect>) {
        if !open {
            return (content, None);
        }
        let right = self.strip.max.x;
        let width = size::BENCH.min(right - self.rail.max.x);
        let bench =
            Rect::from_min_max(pos2(right - width, self.rail.min.y), pos2(right, self.strip.min.y));
        (content.with_max_x((bench.min.x - space::L).max(content.min.x)), Some(bench))
    }
}

pub fn bands(ui: &mut Ui, areas: &Areas, pass: &mut Pass<'_>, view: &mut View) {
    tenant_band(ui, areas.tenant, pass, view);
    if let Some(band) = areas.practice {
        practice_band(ui, band, pass.look);
    }
}

fn tenant_band(ui: &mut Ui, band: Rect, pass: &mut Pass<'_>, view: &mut View) {
    let (state, look) = (pass.state, pass.look);
    ui.painter().rect_filled(band, 0.0, look.accent);
    let ink = look.on_accent;
    let square =
        Rect::from_center_size(pos2(band.min.x + 28.0, band.center().y), Vec2::splat(16.0));
    ui.painter().rect_filled(square, CornerRadius::same(radius::CHIP), ink);
    let right = if state.who.operator == OperatorShown::Nobody { space::XL } else { space::M };
    let inner =
        Rect::from_min_max(pos2(band.min.x + 52.0, band.min.y), band.max - vec2(right, 0.0));
    let (name, detail) = tenant_words(state);
    let detail = if state.who.locked.is_none() { detail.as_str() } else { "" };
    // The operator never takes more than the rest.
    let left = inner.with_max_x(inner.min.x + inner.width() * 0.42);
    switcher::draw(ui, pass, &mut view.switcher, left, (&name, detail));
    operator::band(ui, pass, &mut view.operator, inner);
}

/// The tenant's name, and what it is.
fn tenant_words(state: &State) -> (String, String) {
    match (&state.connected, state.tenant_name()) {
        (Some(connected), _) => (clean(&connected.name), clean(&connected.detail)),
        (None, Some(name)) if state.who.must_sign_in() => (clean(name), String::new()),
        (None, _) if state.connection_problem.is_some() => {
            ("Keydesk".into(), "Not connected".into())
        }
        (None, _) => ("Keydesk".to_owned(), String::new()),
    }
}

fn practice_band(ui: &mut Ui, band: Rect, look: &Look) {
    let pair = look.practice;
    let painter = ui.painter().with_clip_rect(band);
    painter.rect_filled(band, 0.0, pair.fill);
    let quarter = band.width() / 4.0;
    let hatch = [(band.min.x, band.min.x + quarter), (band.max.x - quarter, band.max.x)];
    for (from, to) in hatch {
        let clip = Rect::from_min_max(pos2(from, band.min.y), pos2(to, band.max.y));
        let painter = painter.with_clip_rect(clip);
        let mut x = from - band.height();
        while x < to {
            let line = [pos2(x, band.max.y), pos2(x + band.height(), band.min.y)];
            painter.line_segment(line, Stroke::new(3.0, pair.ink.gamma_multiply(0.55)));
            x += 16.0;
        }
    }
    if look.needs_edges() {
        painter.hline(band.x_range(), band.max.y - 0.5, Stroke::new(1.0, pair.ink));
    }
    let text = "PRACTICE: nothing leaves this computer";
    row(ui, band, Layout::centered_and_justified(egui::Direction::LeftToRight), |ui| {
        ui.label(look.rich(text, Size::Hint, Face::SemiBold, pair.ink));
    });
}

/// A screen of the rail.
struct Screen {
    place: Place,
    name: &'static str,
    keys: &'static str,
    icon: Icon,
    key: Key,
}

const SCREENS: [Screen; 6] = [
    Screen { place: Place::Desk, name: "Desk", keys: "Ctrl+1", icon: Icon::Person, key: Key::Num1 },
    Screen { place: Place::Bulk, name: "Bulk", keys: "Ctrl+2", icon: Icon::Board, key: Key::Num2 },
    Screen {
        place: Place::Phones,
        name: "Phones",
        keys: "Ctrl+3",
        icon: Icon::Phone,
        key: Key::Num3,
    },
    Screen {
        place: Place::Verify,
        name: "Verify",
        keys: "Ctrl+4",
        icon: Icon::Shield,
        key: Key::Num4,
    },
    Screen {
        place: Place::History,
        name: "History",
        keys: "Ctrl+6",
        icon: Icon::Clock,
        key: Key::Num6,
    },
    Screen {
        place: Place::Settings,
        name: "Settings",
        keys: "Ctrl+7",
        icon: Icon::Sliders,
        key: Key::Num7,
    },
];

/// Keys that work on every screen.
pub fn shortcuts(ui: &Ui, view: &mut View) {
    for screen in &SCREENS {
        if pressed_with(ui.ctx(), Modifiers::COMMAND, screen.key) {
            view.place = screen.place;
        }
    }
}

/// F8, which works beside a dialog too.
pub fn bench_key(ui: &Ui, pass: &Pass<'_>, view: &mut View) {
    let there = !pass.state.bench.is_empty() || pass.state.who.practice_page.is_some();
    if there && pressed_with(ui.ctx(), Modifiers::NONE, Key::F8) {
        view.bench_open = !view.bench_open;
    }
}

pub fn rail(ui: &mut Ui, areas: &Areas, pass: &Pass<'_>, view: &mut View) {
    let look = pass.look;
    ui.painter().rect_filled(areas.rail, 0.0, look.surface);
    let edge = areas.rail.max.x - 0.5;
    ui.painter().vline(edge, areas.rail.y_range(), Stroke::new(1.0, look.stroke));
    let with_words = areas.rail.width() >= size::RAIL;
    let height = if with_words { 72.0 } else { 44.0 };
    for (n, screen) in SCREENS.iter().enumerate() {
        let rect = Rect::from_min_size(
            areas.rail.min + vec2(space::S, space::S + n as f32 * (height + space::S)),
            vec2(areas.rail.width() - 17.0, height),
        );
        let refusal = screen.place.refusal(pass.state);
        rail_button(ui, look, (screen, rect, with_words), refusal.as_deref(), view);
    }
}

fn rail_button(
    ui: &mut Ui,
    look: &Look,
    (screen, rect, with_words): (&Screen, Rect, bool),
    refusal: Option<&str>,
    view: &mut View,
) {
    let chosen = view.place == screen.place;
    let enabled = refusal.is_none();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let response = ui.allocate_rect(rect, sense);
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, chosen, screen.name));
    let state = if !enabled {
        RailState::Closed
    } else if chosen {
        RailState::Chosen
    } else if response.hovered() {
        RailState::Hovered
    } else {
        RailState::Resting
    };
    paint_rail_button(ui, look, rect, state, screen, with_words);
    if response.has_focus() {
        let corner = CornerRadius::same(radius::CONTROL);
        let stroke = Stroke::new(2.0, look.text);
        ui.painter().rect_stroke(rect, corner, stroke, egui::StrokeKind::Inside);
    }
    if let Some(refusal) = refusal {
        response.ctx.accesskit_node_builder(response.id, |node| node.set_description(refusal));
    }
    let hint = refusal.map_or_else(
        || format!("{} ({})", screen.name, screen.keys),
        |refusal| format!("{}: {refusal}", screen.name),
    );
    let response = response.on_hover_text(hint);
    if response.clicked() {
        view.place = screen.place;
        response.surrender_focus();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RailState {
    Resting,
    Hovered,
    Chosen,
    /// The operator's roles don't open it.
    Closed,
}

fn paint_rail_button(
    ui: &Ui,
    look: &Look,
    rect: Rect,
    state: RailState,
    screen: &Screen,
    with_words: bool,
) {
    let painter = ui.painter();
    let chosen = state == RailState::Chosen;
    let (ink, fill) = match state {
        RailState::Chosen => (look.accent_text, look.accent_bg),
        RailState::Hovered => (look.text_2, look.sunken),
        RailState::Resting => (look.text_2, look.surface),
        RailState::Closed => (look.text_3, look.surface),
    };
    if fill != look.surface {
        painter.rect_filled(rect, CornerRadius::same(radius::CONTROL), fill);
    }
    if chosen {
        let bar = Rect::from_min_size(
            pos2(rect.min.x - space::S, rect.min.y),
            vec2(4.0, rect.height() - space::S),
        );
        let corner = CornerRadius { nw: 0, sw: 0, ne: 2, se: 2 };
        painter.rect_filled(bar, corner, look.accent);
    }
    let middle = if with_words { rect.min.y + 19.0 } else { rect.center().y };
    let square = Rect::from_center_size(pos2(rect.center().x, middle), Vec2::splat(20.0));
    screen.icon.paint(painter, square, ink, fill);
    if state == RailState::Closed {
        // Not by colour alone: a small lock at the icon's corner.
        let mark = Rect::from_center_size(square.right_top() + vec2(3.0, 3.0), Vec2::splat(12.0));
        painter.circle_filled(mark.center(), 8.0, fill);
        Icon::Lock.paint(painter, mark, ink, fill);
    }
    if !with_words {
        return;
    }
    let face = if chosen { Face::SemiBold } else { Face::Regular };
    let at = |y: f32| pos2(rect.center().x, rect.min.y + y);
    paint_text(painter, at(39.0), Align2::CENTER_CENTER, screen.name, (Size::Hint, face, ink));
    let ink = if chosen { ink } else { look.text_3 };
    paint_text(painter, at(56.0), Align2::CENTER_CENTER, screen.keys, (Size::Rail, face, ink));
}

pub fn key_strip(ui: &mut Ui, areas: &Areas, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    ui.painter().rect_filled(areas.strip, 0.0, look.surface);
    let line = Stroke::new(1.0, look.stroke);
    ui.painter().hline(areas.strip.x_range(), areas.strip.min.y + 0.5, line);
    let inner = areas.strip.shrink2(vec2(space::L, space::S));
    let taken = strip_right(ui, inner.with_max_x(inner.max.x - space::S), pass, view);
    let gap = if taken > 0.0 { taken + space::L } else { 0.0 };
    let cards = inner.with_max_x(inner.max.x - gap);
    if pass.state.bulk.session.is_some() && !pass.state.bulk.board.slots.is_empty() {
        if bulk::strip(ui, pass, cards) {
            view.place = Place::Bulk;
        }
        return;
    }
    if pass.state.keys.seen.is_empty() {
        no_key(ui, cards, look);
        return;
    }
    row(ui, cards, Layout::left_to_right(Align::Center), |ui| {
        ScrollArea::horizontal().show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let state = pass.state;
            let mut keys: Vec<&KeySeen> = state.keys.seen.iter().collect();
            keys.sort_by_key(|key| state.slot(key));
            for key in keys {
                if key_card(ui, state, look, key) {
                    pass.wishes.push(Wish::UseKey(key.id.clone()));
                }
            }
        });
    });
}

fn no_key(ui: &mut Ui, rect: Rect, look: &Look) {
    row(ui, rect, Layout::left_to_right(Align::Center), |ui| {
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        Icon::Waiting.paint(ui.painter(), icon, look.text_3, look.surface);
        ui.label(look.quiet("No key inserted"));
    });
}

/// What stands at the right end; returns the width it takes.
fn strip_right(ui: &mut Ui, rect: Rect, pass: &Pass<'_>, view: &mut View) -> f32 {
    let (state, look) = (pass.state, pass.look);
    let narrow = rect.width() < STACK_BELOW;
    row(ui, rect, Layout::right_to_left(Align::Center), |ui| {
        let keys = if narrow { &[] } else { super::phones::strip_keys(state, view) };
        for (cap, words) in keys.iter().rev() {
            strip_key(ui, look, cap, words);
        }
        if state.bench.is_empty() {
            if !narrow && keys.is_empty() && state.bulk.session.is_none() {
                ui.label(look.hint("Insert a key at any time, it shows here on every screen"));
            }
        } else {
            let word = if view.bench_open { "Close bench" } else { "Open bench" };
            if Button::secondary(word).cap("F8").small().show(ui, look).clicked() {
                view.bench_open = !view.bench_open;
            }
            if !narrow {
                let count = state.bench.iter().filter(|key| key.inserted.is_some()).count();
                let keys = if count == 1 { "key" } else { "keys" };
                ui.label(look.hint(format!("{count} virtual {keys} inserted")));
            }
        }
        if ui.min_rect().is_positive() { ui.min_rect().width() } else { 0.0 }
    })
}

/// A key of the page and what it does.
fn strip_key(ui: &mut Ui, look: &Look, cap: &str, words: &str) {
    ui.spacing_mut().item_spacing.x = space::S;
    ui.label(look.rich(words, Size::Hint, Face::Regular, look.text_2));
    let width = key_cap_width(ui.painter(), cap);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
    key_cap(ui.painter(), rect.left_center(), cap, look.text, look.stroke_strong);
    ui.add_space(space::S);
}

/// One inserted key; a click makes it the one the desk works with.
fn key_card(ui: &mut Ui, state: &State, look: &Look, key: &KeySeen) -> bool {
    let key_state = state.key_state(key);
    let in_use = state.desk_key().is_some_and(|used| used.id == key.id);
    let slot = state.slot(key);
    let serial = key.serial().map_or("no serial".to_owned(), thousands);
    let name = format!("Slot {slot}: {}, {serial}, {}", clean(key.model()), key_state.word());
    let place = ui.available_rect_before_wrap().min;
    let builder = UiBuilder::new()
        .max_rect(Rect::from_min_size(place, vec2(460.0, 56.0)))
        .layout(Layout::left_to_right(Align::Center));
    let background = ui.painter().add(Shape::Noop);
    let drawn = ui.scope_builder(builder, |ui| {
        ui.set_height(56.0);
        ui.spacing_mut().item_spacing.x = space::M;
        ui.add_space(space::M);
        ui.allocate_ui_with_layout(vec2(24.0, 44.0), Layout::top_down(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(2.0);
            ui.label(look.rich("Slot", Size::Hint, Face::Regular, look.text_2));
            ui.label(look.rich(slot.to_string(), Size::Lead, Face::SemiBold, look.text));
        });
        ui.allocate_ui_with_layout(vec2(136.0, 40.0), Layout::top_down(Align::Min), |ui| {
            ui.set_max_width(176.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(3.0);
            let model = clean(key.model());
            super::widgets::truncated(ui, look.rich(model, Size::Hint, Face::SemiBold, look.text));
            ui.label(look.rich(serial.clone(), Size::Hint, Face::Mono, look.text_2));
        });
        key_state_chip(ui, look, key_state);
        ui.add_space(0.0);
    });
    let rect = drawn.response.rect;
    let edge = strip_edge(look, key_state, in_use);
    let card = card_frame(look).stroke(edge);
    ui.painter().set(background, card.paint(rect.shrink(edge.width)));
    let response = ui.interact(rect, ui.make_persistent_id(&key.id), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, in_use, &name));
    if response.has_focus() {
        paint_focus(ui, look, rect);
    }
    if in_use {
        keep_in_sight(ui, key, &response);
    }
    response.clicked()
}

/// Scrolls to the key in use when it becomes so; afterwards the operator may scroll.
fn keep_in_sight(ui: &Ui, key: &KeySeen, response: &egui::Response) {
    let memory = egui::Id::unique("key in use");
    if ui.data(|data| data.get_temp::<String>(memory)).as_ref() != Some(&key.id.0) {
        ui.data_mut(|data| data.insert_temp(memory, key.id.0.clone()));
        response.scroll_to_me(None);
    }
}

fn strip_edge(look: &Look, state: KeyState, in_use: bool) -> Stroke {
    match state {
        KeyState::Touch if look.dark => Stroke::new(2.0, look.touch.fill),
        KeyState::Failed => Stroke::new(2.0, look.bad.ink),
        _ if in_use => Stroke::new(2.0, look.accent_text),
        _ => Stroke::new(1.0, look.stroke),
    }
}

fn paint_focus(ui: &Ui, look: &Look, rect: Rect) {
    let corner = CornerRadius::same(radius::CARD);
    ui.painter().rect_stroke(rect, corner, Stroke::new(3.0, look.text), egui::StrokeKind::Inside);
}

/// A line of things inside a known rectangle, which it never outgrows.
pub fn row<R>(ui: &mut Ui, rect: Rect, layout: Layout, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().max_rect(rect).layout(layout);
    let mut child = ui.new_child(builder);
    child.shrink_clip_rect(rect.expand(4.0));
    add(&mut child)
}
