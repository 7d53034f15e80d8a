//! The simulated company: an HTTP cloud with real checks, a browser for its pages, and the bench of
//! virtual keys.

pub mod bench;
pub mod browser;
pub mod cloud;
pub mod company;
