//! What the window shows: plain data, changed only by [`State::apply`].

/// Everything on the screen.
#[derive(Default)]
pub struct State {}
