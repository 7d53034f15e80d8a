//! How long the directory still asks to wait.

use super::touch::wake_at_next_second;
use crate::app::State;
use crate::app::state::asks_to_wait;
use egui::Ui;
use std::time::Instant;

/// What to say beside something that waits for the directory; `None` while no pause is on.
pub fn pause_in_words(ui: &Ui, state: &State) -> Option<String> {
    let left = state.pause_left(Instant::now())?;
    wake_at_next_second(ui, left);
    Some(asks_to_wait(left))
}
