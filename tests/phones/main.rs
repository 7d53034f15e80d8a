//! Phones at the real engine: one person and plans for many, over real HTTP, with a real journal.
//! A failed test must not print a number: numbers are compared by the cloud or as a yes or no.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[path = "../engine/clerk.rs"]
#[allow(dead_code)] // the keys' helpers
mod clerk;
mod files;
mod job;
mod mends;
mod person;
mod steps;
