//! The key room over the real CTAP2 client, with virtual keys at the other end.
//!
//! Virtual keys are one bench for the whole process, so all tests share one watcher, and each
//! looks only at the events of its own key.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

mod bench;
mod credentials;
mod faults;
mod holding;
mod making;
mod pins;
mod settings;
mod station;
mod watching;
