//! "Touch the key now": the only yellow on the screen.

use super::text::{paint_cut, paint_text};
use crate::app::state::Touch;
use crate::ui::theme::{Face, Icon, Look, Size, radius, size, space};
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::f32::consts::{PI, TAU};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WORDS: &str = "Touch the key now";
const HINT: &str = "Rest a finger on the gold disc until it stops blinking.";

/// How the card is laid out, by the room there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The words on one line, the countdown beside them.
    Wide,
    /// The words on two lines, a smaller countdown beside them.
    Close,
    /// No room for the ring: the seconds as text.
    Narrow,
}

impl Layout {
    fn of(width: f32) -> Self {
        if width > 640.0 {
            Self::Wide
        } else if width > 340.0 {
            Self::Close
        } else {
            Self::Narrow
        }
    }

    /// Left of the words.
    fn margin(self) -> f32 {
        match self {
            Self::Wide => 34.0,
            Self::Close | Self::Narrow => space::XL,
        }
    }

    /// Radius of the countdown.
    fn ring(self) -> f32 {
        match self {
            Self::Wide => 56.5,
            Self::Close => 45.0,
            Self::Narrow => 0.0,
        }
    }
}

/// The call to touch, as wide as there is room, with the seconds that are left.
///
/// `height` is what is there at most; the card never needs scrolling.
pub fn touch_card(ui: &mut Ui, look: &Look, touch: Touch, slot: u8, now: Instant, height: f32) {
    let height = height.min(size::TOUCH_CARD);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, WORDS));
    let left = touch.until.saturating_duration_since(now);
    wake_at_next_second(ui, left);
    let pair = look.touch;
    let painter = ui.painter();
    let corner = CornerRadius::same(radius::CARD);
    let edge = if look.dark { look.text } else { pair.ink };
    painter.rect(rect, corner, pair.fill, Stroke::new(2.0, edge), StrokeKind::Inside);
    let layout = Layout::of(rect.width());
    let rect = rect.with_min_x(rect.min.x + layout.margin());
    let spread = height / size::TOUCH_CARD;
    let ring = Ring { radius: layout.ring(), left, within: touch.within, ink: pair.ink };
    let which = format!("Slot {slot}, the key that blinks");
    match layout {
        Layout::Wide => {
            head(painter, look, rect, 62.0 * spread, &which);
            let middle = pos2(rect.max.x - 98.0, rect.center().y);
            let right = middle.x - ring.radius - space::L;
            call(painter, rect.with_max_x(right), &[WORDS], pair.ink);
            foot(painter, rect.with_max_x(right), 50.0 * spread, (HINT, Size::Lead), pair.ink);
            ring.paint(painter, middle);
        }
        Layout::Close => {
            head(painter, look, rect, 80.0 * spread, &which);
            let middle = pos2(rect.max.x - space::XL - ring.radius, rect.center().y);
            let right = middle.x - ring.radius - space::L;
            call(painter, rect.with_max_x(right), &["Touch the", "key now"], pair.ink);
            foot(painter, rect, 80.0 * spread, (HINT, Size::Body), pair.ink);
            ring.paint(painter, middle);
        }
        Layout::Narrow => {
            head(painter, look, rect, 62.0 * spread, &which);
            call(painter, rect.with_max_x(rect.max.x - space::L), &[WORDS], pair.ink);
            let text = format!("{} seconds left", whole_seconds(left));
            foot(painter, rect, 50.0 * spread, (&text, Size::Lead), pair.ink);
        }
    }
}

/// Which key it is, `above` the middle.
fn head(painter: &Painter, look: &Look, rect: Rect, above: f32, which: &str) {
    let pair = look.touch;
    let y = rect.center().y - above;
    let square = Rect::from_center_size(pos2(rect.min.x + 12.0, y), Vec2::splat(24.0));
    Icon::Touch.paint(painter, square, pair.ink, pair.fill);
    let style = (Size::Lead, Face::SemiBold, pair.ink);
    paint_text(painter, pos2(rect.min.x + 32.0, y), Align2::LEFT_CENTER, which, style);
}

/// A line `below` the middle.
fn foot(painter: &Painter, rect: Rect, below: f32, (text, size): (&str, Size), ink: Color32) {
    let at = pos2(rect.min.x, rect.center().y + below);
    paint_cut(painter, at, rect.max.x - 2.0, text, (size, Face::Regular, ink));
}

/// The words in the largest size at which every line fits.
fn call(painter: &Painter, rect: Rect, lines: &[&str], ink: Color32) {
    let font = Face::SemiBold.font(Size::Touch);
    let natural = lines
        .iter()
        .map(|line| tight(painter, font.clone(), line, ink).size().x)
        .fold(1.0, f32::max);
    let most = rect.height() / (1.2 * lines.len() as f32 + 1.4);
    let size = (font.size * (rect.width() / natural).clamp(0.2, 1.0)).min(most);
    let line_height = size * 1.1;
    let first = rect.center().y - 2.0 - line_height * (lines.len() as f32 - 1.0) / 2.0;
    for (n, line) in lines.iter().enumerate() {
        let galley = tight(painter, FontId { size, ..font.clone() }, line, ink);
        let middle = first + line_height * n as f32;
        painter.galley(pos2(rect.min.x, middle - galley.size().y / 2.0), galley, ink);
    }
}

/// Large type is set closer than text.
pub fn tight(painter: &Painter, font: FontId, text: &str, ink: Color32) -> Arc<Galley> {
    let extra_letter_spacing = font.size * -0.015;
    let format =
        TextFormat { font_id: font, color: ink, extra_letter_spacing, ..Default::default() };
    painter.layout_job(LayoutJob::single_section(text.into(), format))
}

/// The countdown as a ring that empties.
struct Ring {
    radius: f32,
    left: Duration,
    within: Duration,
    ink: Color32,
}

impl Ring {
    fn paint(&self, painter: &Painter, middle: Pos2) {
        let share = self.left.as_secs_f32() / self.within.as_secs_f32().max(0.001);
        countdown_ring(painter, middle, (self.radius, 9.0), share, self.ink);
        let digits = whole_seconds(self.left).to_string();
        let at = middle - vec2(0.0, 12.0);
        let style = (Size::Digit, Face::SemiBold, self.ink);
        paint_text(painter, at, Align2::CENTER_CENTER, &digits, style);
        let at = middle + vec2(0.0, 20.0);
        let style = (Size::Hint, Face::SemiBold, self.ink);
        paint_text(painter, at, Align2::CENTER_CENTER, "seconds", style);
    }
}

/// A ring of a radius and a width that empties as the share (1 to 0) does.
pub fn countdown_ring(
    painter: &Painter,
    middle: Pos2,
    (radius, width): (f32, f32),
    share: f32,
    ink: Color32,
) {
    let stroke = |ink| Stroke::new(width, ink);
    let steps = 96;
    let arc = |count: usize| -> Vec<Pos2> {
        (0..=count)
            .map(|n| -PI / 2.0 + TAU * n as f32 / steps as f32)
            .map(|angle| middle + radius * Vec2::angled(angle))
            .collect()
    };
    painter.add(Shape::line(arc(steps), stroke(ink.gamma_multiply(0.2))));
    let shown = (share.clamp(0.0, 1.0) * steps as f32).round() as usize;
    if shown > 0 {
        painter.add(Shape::line(arc(shown), stroke(ink)));
    }
}

/// Seconds that are left, counted down to 1.
pub fn whole_seconds(left: Duration) -> u64 {
    left.as_millis().div_ceil(1000) as u64
}

/// One frame per second is enough for a countdown.
pub fn wake_at_next_second(ui: &Ui, left: Duration) {
    if left > Duration::ZERO {
        let part = left.subsec_millis().max(10);
        ui.ctx().request_repaint_after(Duration::from_millis(u64::from(part)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seconds_have_their_ring_beside_the_open_bench_and_in_every_wider_place() {
        // 1280 points less rail, bench, left column and margins.
        assert!(Layout::of(416.0) == Layout::Close);
        assert!(Layout::of(760.0) == Layout::Wide);
        for width in 341..800 {
            let layout = Layout::of(width as f32);
            let beside =
                width as f32 - layout.margin() - 2.0 * layout.ring() - space::XL - space::L;
            assert!(layout.ring() > 40.0 && beside > 150.0, "{width}");
        }
    }
}
