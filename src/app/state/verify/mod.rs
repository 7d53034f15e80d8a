//! Callers and their checks, as the screen shows them.

use crate::engine::{VerifyCommand, VerifyEvent};
use std::time::Instant;

/// The Verify screen's part of the state.
#[derive(Default)]
pub struct Verify {}

impl Verify {
    pub fn apply(&mut self, _event: VerifyEvent, _now: Instant) {}

    pub fn sent(&mut self, _command: &VerifyCommand) {}
}
