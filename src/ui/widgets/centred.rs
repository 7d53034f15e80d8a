//! One card in the middle of a room; it scrolls where the room is smaller.

use super::card_frame;
use crate::ui::theme::{Look, size, space};
use egui::{Align, Layout, Margin, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

/// A little above the middle looks like the middle.
const OPTICAL: f32 = 0.44;

/// Draws the card, at most `width` points wide, into `room`.
pub fn centred<R>(
    ui: &mut Ui,
    look: &Look,
    (room, width): (Rect, f32),
    name: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let builder = UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(room);
        let area = ScrollArea::vertical().id_salt(name).auto_shrink([false, false]);
        area.show(ui, |ui| placed(ui, look, (room, width), name, add)).inner
    })
    .inner
}

/// Where the card goes depends on its height, which is known once it was drawn.
fn placed<R>(
    ui: &mut Ui,
    look: &Look,
    (room, width): (Rect, f32),
    name: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let key = ui.scope_id().with((name, "height"));
    let known = ui.data(|data| data.get_temp::<f32>(key));
    let above = (room.height() - known.unwrap_or(320.0)) * OPTICAL;
    let width = width.min(ui.available_width() - space::S);
    let top = ui.cursor().min + vec2(0.0, above.max(space::XS));
    let left = top.x + (ui.available_width() - width) / 2.0;
    let place = Rect::from_min_size(pos2(left.round(), top.y.round()), vec2(width, 0.0));
    let builder = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Min));
    let drawn = ui.scope_builder(builder, |ui| {
        card_frame(look)
            .inner_margin(Margin::same(if width < size::CARD_LEAST { 12 } else { 24 }))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                add(ui)
            })
            .inner
    });
    let height = drawn.response.rect.height();
    if known.is_none_or(|known| (known - height).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(key, height));
        ui.ctx().request_discard("the card's height");
    }
    drawn.inner
}
