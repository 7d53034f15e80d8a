//! What the Phones page shows.

use crate::engine::{PhonesCommand, PhonesEvent};
use std::time::Instant;

/// The page's state.
#[derive(Default)]
pub struct Phones {}

impl Phones {
    /// Takes what the engine tells.
    pub(super) fn apply(&mut self, _event: PhonesEvent, _now: Instant) {}

    /// Notes what was handed to the engine.
    pub(super) fn sent(&mut self, _command: &PhonesCommand) {}
}
