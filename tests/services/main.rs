//! The services that callers are checked with, against the practice cloud over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod company;
mod folder;
mod halo;
#[cfg(unix)]
mod postgres;
mod push;
mod sql_server;
mod twilio;
