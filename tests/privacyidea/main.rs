//! Against a running privacyIDEA: enrolled with our client and a virtual key, then signed in.
//!
//! `tests/privacyidea/with-server` starts the server; without one these tests are not run, and
//! say so. Asked for without one, they fail.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

mod cutter;
mod desk;
mod people;
mod person_key;
mod registering;
mod server;
mod sign_in;
mod trouble;
