//! The practice cloud over real HTTP: it accepts what is right and refuses what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod authenticator;
mod batch;
mod client;
mod code_flow;
mod directory;
mod faults;
mod foreign;
mod operator;
mod other_ways;
mod passkeys;
mod phones;
mod product;
mod registration;
mod sign_in;
mod sign_in_faults;
