//! Who is signed in, at the right end of the tenant's band, and the menu below it.

use super::OperatorView;
use crate::access::Role;
use crate::app::State;
use crate::app::state::{clean, local_time};
use crate::engine::{Command, OperatorShown, PersonShown, WhoCommand};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    Button, card_frame, label, paint_cut, separator, text_width, tone_chip, truncated,
};
use crate::ui::{Pass, keyboard};
use egui::{
    Area, CornerRadius, Margin, Order, Rect, Response, Role as WidgetRole, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

const MENU: f32 = 320.0;
const ICON: f32 = 16.0;

/// Draws the operator into the right end of the band, and the menu where it is open. The width
/// that is taken.
pub fn band(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, band: Rect) -> f32 {
    let state = pass.state;
    if state.who.locked.is_some() {
        return 0.0;
    }
    if state.who.operator == OperatorShown::Nobody {
        return nobody(ui, pass, band);
    }
    let parts = parts(state);
    let shown = fitting(ui, &parts, band.width() * 0.55);
    let width = shown.width + space::M * 2.0 + ICON;
    let rect = Rect::from_min_max(
        pos2(band.max.x - width, band.min.y + space::XS),
        pos2(band.max.x, band.max.y - space::XS),
    );
    let response = ui.interact(rect, ui.make_persistent_id("operator"), Sense::click());
    let name = spoken(state);
    response.widget_info(|| WidgetInfo::selected(WidgetRole::Button, true, view.menu_open, &name));
    paint(ui, pass.look, rect, &response, &parts[..shown.count]);
    if response.clicked() {
        view.menu_open = !view.menu_open;
        view.menu_is_new = view.menu_open;
    }
    if view.menu_open {
        menu(ui, pass, view, &response);
    }
    width
}

/// Before an operator is known: the application that is connected.
fn nobody(ui: &mut Ui, pass: &Pass<'_>, band: Rect) -> f32 {
    let look = pass.look;
    let Some(connected) = &pass.state.connected else { return 0.0 };
    if pass.state.who.must_sign_in() || connected.operator.is_empty() {
        return 0.0;
    }
    let name = clean(&connected.operator);
    let most = band.width() * 0.4;
    let width = (text_width(ui, &name, Size::Hint, Face::SemiBold) + 1.0).min(most);
    let total = ICON + space::M + width;
    let x = band.max.x - total;
    let square = Rect::from_center_size(pos2(x + ICON / 2.0, band.center().y), Vec2::splat(ICON));
    Icon::Person.paint(ui.painter(), square, look.on_accent, look.accent);
    let place = Rect::from_min_max(pos2(x + ICON + space::M, band.min.y), band.max);
    crate::ui::frame::row(ui, place, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        truncated(ui, look.rich(name, Size::Hint, Face::SemiBold, look.on_accent));
    });
    total
}

/// A stretch of the band's right end.
struct Part {
    icon: Option<Icon>,
    text: String,
    face: Face,
}

fn parts(state: &State) -> Vec<Part> {
    let name = clean(state.who.name().unwrap_or_default());
    let mut parts = vec![Part { icon: Some(Icon::Person), text: name, face: Face::SemiBold }];
    if let OperatorShown::Person(person) = &state.who.operator {
        let since = format!("since {}", local_time(person.signed_in_at));
        parts.push(Part { icon: None, text: since, face: Face::Regular });
        if let Some((_, until)) = person.stepped_up {
            let text = format!("Confirmed until {}", local_time(until));
            parts.push(Part { icon: Some(Icon::Lock), text, face: Face::Regular });
        }
    }
    parts
}

struct Fitting {
    count: usize,
    width: f32,
}

/// As many parts as there is room for; the name always, cut where it must be.
fn fitting(ui: &Ui, parts: &[Part], room: f32) -> Fitting {
    let mut fitting = Fitting { count: 0, width: 0.0 };
    for part in parts {
        let width = fitting.width + gap(fitting.count, part) + part_width(ui, part);
        if fitting.count > 0 && width > room {
            break;
        }
        fitting = Fitting { count: fitting.count + 1, width: width.min(room) };
    }
    fitting
}

/// Before a part with an icon there is room for a line.
fn gap(before: usize, part: &Part) -> f32 {
    match (before, part.icon) {
        (0, _) => 0.0,
        (_, Some(_)) => space::XL,
        (_, None) => space::S,
    }
}

fn part_width(ui: &Ui, part: &Part) -> f32 {
    let icon = part.icon.map_or(0.0, |_| ICON + space::S);
    (icon + text_width(ui, &part.text, Size::Hint, part.face)).ceil() + 1.0
}

fn paint(ui: &Ui, look: &Look, rect: Rect, response: &Response, parts: &[Part]) {
    let (painter, ink) = (ui.painter(), look.on_accent);
    let corner = CornerRadius::same(radius::CONTROL);
    if response.hovered() || response.has_focus() {
        let width = if response.has_focus() { 2.0 } else { 1.0 };
        let stroke = Stroke::new(width, ink);
        painter.rect_stroke(rect, corner, stroke, StrokeKind::Inside);
    }
    let (mut x, y) = (rect.min.x + space::S, rect.center().y);
    let end = rect.max.x - space::S - ICON;
    for (n, part) in parts.iter().enumerate() {
        x += gap(n, part);
        if let Some(icon) = part.icon {
            if n > 0 {
                let range = y - space::S..=y + space::S;
                let line = Stroke::new(1.0, ink.gamma_multiply(0.6));
                painter.vline(x - space::M, range, line);
            }
            let square = Rect::from_center_size(pos2(x + ICON / 2.0, y), Vec2::splat(ICON));
            icon.paint(painter, square, ink, look.accent);
            x += ICON + space::S;
        }
        let width = text_width(ui, &part.text, Size::Hint, part.face) + 1.0;
        let right = (x + width).min(end - space::XS);
        paint_cut(painter, pos2(x, y), right, &part.text, (Size::Hint, part.face, ink));
        x += width.ceil();
    }
    let square = Rect::from_center_size(pos2(end + ICON / 2.0, y), Vec2::splat(12.0));
    Icon::Chevron.paint(painter, square, ink, look.accent);
}

/// The whole of it, for assistive technologies.
fn spoken(state: &State) -> String {
    let name = clean(state.who.name().unwrap_or_default());
    match &state.who.operator {
        OperatorShown::Person(person) => {
            let since = local_time(person.signed_in_at);
            let confirmed = confirmed(person).map_or(String::new(), |text| format!(". {text}"));
            format!("Operator: {name}, signed in since {since}{confirmed}")
        }
        OperatorShown::Station { .. } | OperatorShown::Nobody => format!("Operator: {name}"),
    }
}

fn confirmed(person: &PersonShown) -> Option<String> {
    let (act, until) = person.stepped_up?;
    Some(format!("Confirmed for: {} until {}", act.purpose(), local_time(until)))
}

/// Esc, a click elsewhere or a choice closes it.
fn menu(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, button: &Response) {
    let look = pass.look;
    let width = MENU.min(ui.max_rect().width() - space::L);
    let at = pos2(button.rect.max.x - width, button.rect.max.y + space::XS);
    let area = Area::new(egui::Id::unique("operator menu")).order(Order::Foreground).fixed_pos(at);
    let drawn = area.show(ui.ctx(), |ui| {
        card_frame(look)
            .stroke(Stroke::new(1.0, look.stroke_strong))
            .inner_margin(Margin::same(space::L as i8))
            .show(ui, |ui| {
                ui.set_width(width - space::L * 2.0 - 2.0);
                ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
                contents(ui, pass, view);
            });
    });
    let rect = drawn.response.rect;
    let elsewhere = ui.input(|input| {
        let at = input.pointer.interact_pos();
        let is_out = at.is_some_and(|at| !rect.contains(at) && !button.rect.contains(at));
        input.pointer.any_pressed() && is_out
    });
    if keyboard::escape(ui) {
        view.menu_open = false;
        button.request_focus();
    } else if elsewhere {
        view.menu_open = false;
    }
}

fn contents(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView) {
    let (state, look) = (pass.state, pass.look);
    label(
        ui,
        look.rich(
            clean(state.who.name().unwrap_or_default()),
            Size::Lead,
            Face::SemiBold,
            look.text,
        ),
    );
    if let OperatorShown::Person(person) = &state.who.operator {
        truncated(ui, look.quiet(clean(&person.upn)));
        ui.add_space(space::XS);
        roles(ui, look, &person.roles);
        ui.add_space(space::XS);
        let since = format!("Signed in since {}", local_time(person.signed_in_at));
        fact(ui, look, Icon::Clock, &since);
        let text = confirmed(person)
            .unwrap_or_else(|| "Nothing confirmed now: sensitive acts ask first".to_owned());
        fact(ui, look, Icon::Lock, &text);
    } else {
        label(ui, look.quiet("The station signs in as an application"));
        ui.add_space(space::XS);
        roles(ui, look, state.who.roles());
    }
    ui.add_space(space::S);
    separator(ui, look, space::L);
    ui.add_space(space::S);
    leave(ui, pass, view);
}

fn fact(ui: &mut Ui, look: &Look, icon: Icon, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        super::line_icon(ui, icon, look.text_2, look.surface);
        label(ui, look.body(text));
    });
}

fn roles(ui: &mut Ui, look: &Look, roles: &[Role]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::XS);
        if roles.len() == Role::ALL.len() {
            tone_chip(ui, look, Tone::Idle, Icon::Person, "All roles");
        } else if roles.is_empty() {
            tone_chip(ui, look, Tone::Warn, Icon::Warning, "No role at this station");
        } else {
            for role in roles {
                tone_chip(ui, look, Tone::Idle, Icon::Person, role.name());
            }
        }
    });
}

fn leave(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView) {
    let (state, look) = (pass.state, pass.look);
    let refusal = state.who.lock_refusal();
    let width = ui.available_width();
    let small = Button::secondary("Lock").cap("Ctrl+L").icon(Icon::Lock).at_least(width);
    let lock = small.enabled(refusal.is_none()).show(ui, look);
    if std::mem::take(&mut view.menu_is_new) && refusal.is_none() {
        lock.request_focus();
    }
    if let Some(refusal) = refusal {
        label(ui, look.hint(refusal));
    }
    if lock.clicked() {
        view.menu_open = false;
        pass.send(Command::Who(WhoCommand::Lock));
    }
    if !matches!(state.who.operator, OperatorShown::Person(_)) {
        return;
    }
    let button = Button::secondary("Sign out").at_least(width);
    if button.show(ui, look).clicked() {
        view.menu_open = false;
        pass.send(Command::Who(WhoCommand::SignOut));
    }
}

/// Ctrl+L, wherever the focus is.
pub fn lock_key(ui: &Ui, pass: &mut Pass<'_>) {
    let pressed = keyboard::pressed_with(ui.ctx(), egui::Modifiers::COMMAND, egui::Key::L);
    if pressed && pass.state.who.lock_refusal().is_none() && pass.state.who.locked.is_none() {
        pass.send(Command::Who(WhoCommand::Lock));
    }
}
