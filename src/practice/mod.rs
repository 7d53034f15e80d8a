//! The simulated company: an HTTP cloud with real checks, and the bench of virtual keys.

pub mod bench;
pub mod cloud;
pub mod company;
