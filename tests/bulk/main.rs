//! Sessions of many keys at the real engine: real journal, real client, virtual keys, real HTTP.
//! One at a time: a session takes every key that is put into this process.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[path = "../engine/clerk.rs"]
#[allow(dead_code)] // the single key's helpers
mod clerk;
mod extras;
mod session;
mod steps;
