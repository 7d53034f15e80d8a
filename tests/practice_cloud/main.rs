//! The practice cloud over real HTTP: it accepts what is right and refuses what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod authenticator;
mod client;
mod directory;
mod faults;
mod foreign;
mod passkeys;
mod product;
mod registration;
mod sign_in;
