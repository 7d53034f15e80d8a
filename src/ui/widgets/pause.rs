//! Waiting: how far work is, and how long the directory still asks to wait.

use super::touch::wake_at_next_second;
use crate::app::State;
use crate::app::state::asks_to_wait;
use crate::ui::theme::Look;
use egui::{CornerRadius, Role, Sense, Ui, WidgetInfo, vec2};
use std::time::Instant;

/// How much of some work is done; a share that is not known is a resting bar.
pub fn progress_bar(ui: &mut Ui, look: &Look, width: f32, share: Option<f32>, name: &str) {
    bar(ui, look, (width, look.accent_text), share, name);
}

/// The same in another colour.
pub fn bar(
    ui: &mut Ui,
    look: &Look,
    (width, ink): (f32, egui::Color32),
    share: Option<f32>,
    name: &str,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    let percent = share.map(|share| f64::from(share.clamp(0.0, 1.0)) * 100.0);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    response.ctx.accesskit_node_builder(response.id, |node| {
        if let Some(percent) = percent {
            node.set_numeric_value(percent);
        }
    });
    let corner = CornerRadius::same(4);
    ui.painter().rect_filled(rect, corner, look.stroke);
    let share = share.unwrap_or(0.0).clamp(0.0, 1.0);
    let done = rect.with_max_x(rect.min.x + rect.width() * share);
    ui.painter().rect_filled(done, corner, ink);
}

/// What to say beside something that waits for the directory; `None` while no pause is on.
pub fn pause_in_words(ui: &Ui, state: &State) -> Option<String> {
    let left = state.pause_left(Instant::now())?;
    wake_at_next_second(ui, left);
    Some(asks_to_wait(left))
}
