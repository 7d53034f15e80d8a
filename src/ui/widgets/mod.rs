//! Small parts that the screens share.

mod avatar;
mod button;
mod centred;
mod chip;
mod direction;
mod drop_down;
mod field;
mod lines;
mod pause;
mod problem;
mod tenant;
mod text;
mod touch;

pub use avatar::avatar;
pub use button::{Button, focus_ring, key_cap, key_cap_width};
pub use centred::centred;
pub use chip::{CountChip, chip, filter_chip, key_state_chip, paint_chip, tab_button, tone_chip};
pub use drop_down::DropDown;
pub use field::{
    check_box, choice_row, field, hinted_password_field, low_field, named_check_box,
    password_field, search_field, small_field, switch, text_area,
};
pub use lines::{Steps, check_line, fact_row, heading, step_header};
pub use pause::{bar, pause_in_words, progress_bar};
pub use problem::problem_box;
pub use tenant::tenant_row;
pub use text::{
    Shown, address_lines, hinted, label, paint_cut, paint_text, paint_wrapped, text_width,
    truncated, two_lines,
};
pub use touch::{countdown_ring, tight, touch_card, wake_at_next_second, whole_seconds};

use super::theme::{Look, radius, space};
use egui::{CornerRadius, Frame, Margin, Rect, Stroke, StrokeKind, Ui};

/// A card: surface, edge, padding.
pub fn card<R>(ui: &mut Ui, look: &Look, add: impl FnOnce(&mut Ui) -> R) -> R {
    card_frame(look).inner_margin(Margin::same(space::L as i8)).show(ui, add).inner
}

pub fn card_frame(look: &Look) -> Frame {
    Frame::new()
        .fill(look.surface)
        .stroke(Stroke::new(1.0, look.stroke))
        .corner_radius(CornerRadius::same(radius::CARD))
}

/// Paints a card's surface and edge, for cards whose place is known.
pub fn paint_card(ui: &Ui, look: &Look, rect: Rect, stroke: Stroke) {
    let corner = CornerRadius::same(radius::CARD);
    ui.painter().rect(rect, corner, look.surface, stroke, StrokeKind::Inside);
}

/// A hair line over the whole width of a card, across its padding.
pub fn separator(ui: &mut Ui, look: &Look, padding: f32) {
    let (rect, _) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), 1.0), egui::Sense::hover());
    let range = rect.min.x - padding..=rect.max.x + padding;
    ui.painter().hline(range, rect.center().y, Stroke::new(1.0, look.stroke));
}
