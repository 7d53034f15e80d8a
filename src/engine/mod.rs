//! The tokio side: one job per command; owns every port.
