//! "Touch the key now": the only yellow on the screen.

use super::text::{paint_cut, paint_text};
use crate::app::state::Touch;
use crate::ui::theme::{Face, Icon, Look, Size, radius, size, space};
use egui::{
    Align2, CornerRadius, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use std::f32::consts::{PI, TAU};
use std::time::{Duration, Instant};

const RING: f32 = 56.5;

/// The call to touch, as wide as there is room, with the seconds that are left.
///
/// `height` is what is there at most; the card never needs scrolling.
pub fn touch_card(ui: &mut Ui, look: &Look, touch: Touch, slot: u8, now: Instant, height: f32) {
    let height = height.min(size::TOUCH_CARD);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, "Touch the key now"));
    let left = touch.until.saturating_duration_since(now);
    wake_at_next_second(ui, left);
    let pair = look.touch;
    let painter = ui.painter();
    let corner = CornerRadius::same(radius::CARD);
    let edge = if look.dark { look.text } else { pair.ink };
    painter.rect(rect, corner, pair.fill, Stroke::new(2.0, edge), StrokeKind::Inside);
    let wide = rect.width() > 420.0;
    let middle = rect.center().y;
    let spread = height / size::TOUCH_CARD;
    let x = rect.min.x + 34.0;
    let ring_x = rect.max.x - 98.0;
    let square = Rect::from_center_size(pos2(x + 12.0, middle - 62.0 * spread), Vec2::splat(24.0));
    Icon::Touch.paint(painter, square, pair.ink, pair.fill);
    let at = pos2(x + 32.0, middle - 62.0 * spread);
    let which = format!("Slot {slot}, the key that blinks");
    paint_text(painter, at, Align2::LEFT_CENTER, &which, (Size::Lead, Face::SemiBold, pair.ink));
    call(
        painter,
        rect,
        x,
        if wide { ring_x - RING - space::L } else { rect.max.x - space::L },
        pair.ink,
    );
    let hint = "Rest a finger on the gold disc until it stops blinking.";
    if wide {
        let at = pos2(x, middle + 50.0 * spread);
        let style = (Size::Lead, Face::Regular, pair.ink);
        paint_cut(painter, at, ring_x - RING - space::L, hint, style);
        countdown(painter, pos2(ring_x, middle), left, touch.within, pair.ink);
    } else {
        let text = format!("{} seconds left", whole_seconds(left));
        let at = pos2(x, middle + 50.0 * spread);
        paint_text(painter, at, Align2::LEFT_CENTER, &text, (Size::Lead, Face::SemiBold, pair.ink));
    }
}

/// The words in the largest size that fits.
fn call(painter: &Painter, rect: Rect, x: f32, right: f32, ink: egui::Color32) {
    let font = Face::SemiBold.font(Size::Touch);
    let natural = tight(painter, font.clone(), ink);
    let (width, room) = (natural.size().x, right - x);
    let galley = if width > room {
        let size = font.size * (room / width).max(0.2);
        tight(painter, egui::FontId { size, ..font }, ink)
    } else {
        natural
    };
    let top = rect.center().y - 4.0 - galley.size().y / 2.0;
    painter.galley(pos2(x, top), galley, ink);
}

/// Large type is set closer than text.
fn tight(
    painter: &Painter,
    font: egui::FontId,
    ink: egui::Color32,
) -> std::sync::Arc<egui::Galley> {
    let extra_letter_spacing = font.size * -0.015;
    let format =
        egui::TextFormat { font_id: font, color: ink, extra_letter_spacing, ..Default::default() };
    painter.layout_job(egui::text::LayoutJob::single_section("Touch the key now".into(), format))
}

fn countdown(
    painter: &Painter,
    middle: Pos2,
    left: Duration,
    within: Duration,
    ink: egui::Color32,
) {
    let share = left.as_secs_f32() / within.as_secs_f32().max(0.001);
    let stroke = |ink| Stroke::new(9.0, ink);
    let steps = 96;
    let arc = |count: usize| -> Vec<Pos2> {
        (0..=count)
            .map(|n| -PI / 2.0 + TAU * n as f32 / steps as f32)
            .map(|angle| middle + RING * Vec2::angled(angle))
            .collect()
    };
    painter.add(Shape::line(arc(steps), stroke(ink.gamma_multiply(0.2))));
    let shown = (share.clamp(0.0, 1.0) * steps as f32).round() as usize;
    if shown > 0 {
        painter.add(Shape::line(arc(shown), stroke(ink)));
    }
    let digits = whole_seconds(left).to_string();
    let at = middle - vec2(0.0, 12.0);
    paint_text(painter, at, Align2::CENTER_CENTER, &digits, (Size::Digit, Face::SemiBold, ink));
    let at = middle + vec2(0.0, 24.0);
    paint_text(painter, at, Align2::CENTER_CENTER, "seconds", (Size::Hint, Face::SemiBold, ink));
}

fn whole_seconds(left: Duration) -> u64 {
    left.as_millis().div_ceil(1000) as u64
}

/// One frame per second is enough for a countdown.
pub fn wake_at_next_second(ui: &Ui, left: Duration) {
    if left > Duration::ZERO {
        let part = left.subsec_millis().max(10);
        ui.ctx().request_repaint_after(Duration::from_millis(u64::from(part)));
    }
}
