//! One tenant in a list: its colour, its name, its domain.

use super::button::focus_ring;
use super::text::{paint_cut, paint_text, text_width};
use crate::settings::Accent;
use crate::ui::theme::{Face, Look, Size, radius, size, space};
use egui::{
    Align2, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

/// A row to click: name, detail, and a word at its end.
pub fn tenant_row(
    ui: &mut Ui,
    look: &Look,
    accent: Accent,
    chosen: bool,
    (name, detail, word): (&str, &str, Option<&str>),
) -> Response {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), size::BUTTON));
    let response = ui.interact(rect, ui.make_persistent_id(("tenant", name)), Sense::click());
    let spoken = match word {
        Some(word) => format!("{name}, {detail}, {word}"),
        None => format!("{name}, {detail}"),
    };
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &spoken));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter();
    let corner = CornerRadius::same(radius::CONTROL);
    let fill = match (chosen, response.hovered()) {
        (true, _) => look.accent_bg,
        (false, true) => look.sunken,
        (false, false) => look.surface,
    };
    let edge = if chosen { look.accent_text } else { look.stroke };
    let width = if chosen { 2.0 } else { 1.0 };
    painter.rect(rect, corner, fill, Stroke::new(width, edge), StrokeKind::Inside);
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    let middle = rect.center().y;
    let square =
        Rect::from_center_size(pos2(rect.min.x + space::L + 8.0, middle), Vec2::splat(16.0));
    painter.rect_filled(square, CornerRadius::same(radius::CHIP), look.of_accent(accent));
    let mut end = rect.max.x - space::M;
    if let Some(word) = word {
        let style = (Size::Hint, Face::SemiBold, look.accent_text);
        end = paint_text(painter, pos2(end, middle), Align2::RIGHT_CENTER, word, style).min.x;
        end -= space::M;
    }
    let from = square.max.x + space::M;
    let style = (Size::Body, Face::SemiBold, look.text);
    let room = (end - from).max(0.0);
    let wide = (text_width(ui, name, style.0, style.1) + 1.0).min(room * 0.6);
    paint_cut(painter, pos2(from, middle), from + wide, name, style);
    let from = from + wide + space::M;
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_cut(painter, pos2(from, middle), end, detail, style);
    response
}
