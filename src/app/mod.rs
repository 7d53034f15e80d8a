//! eframe glue and the state on the screen.
