//! Draws the state and returns commands.
