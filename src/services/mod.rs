//! Services that a caller is checked with: texts, push approval, the ticket system, the log,
//! and what stations share.
//!
//! Each kind is a trait; the services behind it keep their wire types to themselves. All HTTP goes
//! the directory's one way out, with its rules: rustls, no redirects, plain HTTP to this computer
//! only, nothing repeated that may have had its effect.

pub mod check_log;
mod error;
mod make;
pub mod messaging;
pub mod stations;
pub mod tickets;
mod wire;

pub use error::{ServiceError, ServiceFacts};
pub use make::{ServiceSecrets, check_log, codes, push, shared_folder, tickets};
