//! eframe glue and the state on the screen.

pub mod state;

pub use state::State;
