//! Callers at the real engine, over real HTTP, with a real journal. A failed test must not print a
//! code or a number.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[path = "../engine/clerk.rs"]
#[allow(dead_code)] // the keys' helpers
mod clerk;
mod codes;
mod faults;
mod honoured;
mod links;
#[cfg(unix)]
mod log;
mod notes;
mod places;
#[cfg(unix)]
#[path = "../services/postgres/server.rs"]
#[allow(dead_code)] // its encryption
mod postgres;
mod practice;
mod pushes;
mod stations;
mod stations_folder;
#[cfg(unix)]
mod stations_log;
mod steps;
mod tickets;
