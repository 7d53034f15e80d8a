//! The key room over the Linux HID stack: `/dev/uhid` below, hidraw above, and authenticators that
//! others wrote. Every test meets each engine. Runs as root where `/dev/uhid` is: in the guest.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

mod bench;
mod coming;
mod making;
mod many;
mod pins;
mod settings;
#[path = "../../../keys/station.rs"]
mod station;
