//! The tenant's name in the band; where there are several, the menu below it takes another one
//! into use.

use super::keyboard;
use super::theme::{Face, Look, Size, radius, space};
use super::widgets::{card_frame, paint_cut, tenant_row, text_width, truncated};
use super::{Pass, frame};
use crate::app::State;
use crate::app::state::clean;
use crate::engine::Command;
use crate::settings::TenantSettings;
use egui::{
    Align, Area, CornerRadius, Layout, Margin, Order, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

const MENU: f32 = 360.0;
const CHEVRON: f32 = 8.0;

/// Whether the menu is open.
#[derive(Default)]
pub struct SwitcherView {
    open: bool,
    /// The first row gets the focus when it is drawn.
    is_new: bool,
}

/// Draws name and detail into the band, within `room`.
pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut SwitcherView,
    room: Rect,
    (name, detail): (&str, &str),
) {
    let look = pass.look;
    let others = others(pass.state);
    if others.is_empty() {
        view.open = false;
        frame::row(ui, room, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            truncated(ui, look.rich(name, Size::Lead, Face::SemiBold, look.on_accent));
            truncated(ui, look.rich(detail, Size::Hint, Face::Regular, look.on_accent));
        });
        return;
    }
    let response = button(ui, look, view, room, name);
    let rest = room.with_min_x(response.rect.max.x + space::S);
    frame::row(ui, rest, Layout::left_to_right(Align::Center), |ui| {
        truncated(ui, look.rich(detail, Size::Hint, Face::Regular, look.on_accent));
    });
    if response.clicked() {
        view.open = !view.open;
        view.is_new = view.open;
    }
    if view.open {
        menu(ui, pass, view, &response, &others);
    }
}

/// Tenants that are configured and not in use.
fn others(state: &State) -> Vec<TenantSettings> {
    // Nobody switches who has not unlocked.
    let tenants = state.settings.tenants.iter().filter(|_| state.who.locked.is_none());
    tenants.filter(|tenant| !is_in_use(state, tenant)).cloned().collect()
}

fn is_in_use(state: &State, tenant: &TenantSettings) -> bool {
    match &state.connected {
        Some(connected) => !connected.practice && connected.name == tenant.name,
        None => state.settings.tenant_in_use() == Some(tenant),
    }
}

fn button(ui: &mut Ui, look: &Look, view: &SwitcherView, room: Rect, name: &str) -> Response {
    let (size, face, ink) = (Size::Lead, Face::SemiBold, look.on_accent);
    let extra = space::S * 3.0 + CHEVRON;
    let wide = (text_width(ui, name, size, face) + 1.0).min(room.width() * 0.7 - extra).max(40.0);
    let rect = Rect::from_min_max(
        pos2(room.min.x - space::S, room.min.y + space::XS),
        pos2(room.min.x - space::S + wide + extra, room.max.y - space::XS),
    );
    let response = ui.interact(rect, ui.make_persistent_id("tenant switcher"), Sense::click());
    let spoken = format!("Tenant: {name}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, view.open, &spoken));
    let painter = ui.painter();
    if response.hovered() || response.has_focus() {
        let width = if response.has_focus() { 2.0 } else { 1.0 };
        let corner = CornerRadius::same(radius::CONTROL);
        painter.rect_stroke(rect, corner, Stroke::new(width, ink), StrokeKind::Inside);
    }
    let middle = rect.center().y;
    paint_cut(painter, pos2(room.min.x, middle), room.min.x + wide, name, (size, face, ink));
    let left = room.min.x + wide + space::S;
    let (half, low) = (CHEVRON / 2.0, middle + CHEVRON / 4.0);
    let line = [pos2(left, low - half), pos2(left + half, low), pos2(left + CHEVRON, low - half)];
    painter.add(egui::Shape::line(line.to_vec(), Stroke::new(1.5, ink)));
    response.on_hover_text("Switch to another tenant")
}

/// Esc, a click elsewhere or a choice closes it.
fn menu(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut SwitcherView,
    button: &Response,
    others: &[TenantSettings],
) {
    let look = pass.look;
    let at = pos2(button.rect.min.x, button.rect.max.y + space::XS);
    let area = Area::new(egui::Id::unique("tenant menu")).order(Order::Foreground).fixed_pos(at);
    let drawn = area.show(ui.ctx(), |ui| {
        card_frame(look)
            .stroke(Stroke::new(1.0, look.stroke_strong))
            .inner_margin(Margin::same(space::M as i8))
            .show(ui, |ui| {
                ui.set_width(MENU);
                ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
                ui.label(look.hint("Switch to"));
                rows(ui, pass, view, others);
            });
    });
    let rect = drawn.response.rect;
    let elsewhere = ui.input(|input| {
        let at = input.pointer.interact_pos();
        let is_out = at.is_some_and(|at| !rect.contains(at) && !button.rect.contains(at));
        input.pointer.any_pressed() && is_out
    });
    if keyboard::escape(ui) {
        view.open = false;
        button.request_focus();
    } else if elsewhere {
        view.open = false;
    }
}

fn rows(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SwitcherView, others: &[TenantSettings]) {
    for (n, tenant) in others.iter().enumerate() {
        let name = clean(&tenant.name);
        let texts = (name.as_str(), tenant.detail(), None);
        let response = tenant_row(ui, pass.look, tenant.accent, false, texts);
        if n == 0 && std::mem::take(&mut view.is_new) {
            response.request_focus();
        }
        if response.clicked() {
            view.open = false;
            pass.send(Command::SwitchTenant(tenant.name.clone()));
        }
    }
}
