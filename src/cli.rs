//! Subcommands that need no window.
