//! The Entra client against a real HTTP service on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bulk;
mod lookup;
mod operator;
mod people;
mod phones;
mod practice;
mod registering;
mod service;
mod sign_in;
mod trouble;

use keydesk::directory::entra::{Credential, Entra, EntraConfig, Limits};
use keydesk::secrets::SecretText;
use service::{SECRET, TENANT};
use std::time::Duration;

/// As in life, but without its waits.
fn limits() -> Limits {
    Limits {
        answer: Duration::from_secs(5),
        backoff_base: Duration::from_millis(5),
        patience: Duration::from_secs(5),
        ..Limits::default()
    }
}

fn entra(base: &str) -> Entra {
    entra_with(base, secret(), limits())
}

fn entra_with(base: &str, credential: Credential, limits: Limits) -> Entra {
    let config = EntraConfig::new(base, base, TENANT, "client-1", credential);
    Entra::new(EntraConfig { limits, ..config }).unwrap()
}

fn secret() -> Credential {
    Credential::Secret(SecretText::new(SECRET))
}
