//! A person's tile without a photo.

use super::text::paint_text;
use crate::app::state::initials;
use crate::ui::theme::{Face, Look, Size, radius};
use egui::{Align2, CornerRadius, Rect, Ui};

/// The initials on the tenant's light colour.
pub fn avatar(ui: &Ui, look: &Look, tile: Rect, name: &str, size: Size) {
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().rect_filled(tile, corner, look.accent_bg);
    let style = (size, Face::SemiBold, look.accent_text);
    paint_text(ui.painter(), tile.center(), Align2::CENTER_CENTER, &initials(name), style);
}
