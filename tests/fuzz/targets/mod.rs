//! The fuzz targets: what reads bytes that others made. A target panics when a promise is broken,
//! and returns on any input. libFuzzer (`driver.rs`) and the everyday tests (`tests/fuzz_smoke.rs`)
//! run the same ones.

// A broken promise is told by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attestation;
mod client;
mod csv;
mod ctap;
mod graph;
mod options;
mod panics;
mod pieces;
mod reports;
mod roster;
mod text;

use std::fs;
use std::io::Write;
use std::sync::Once;

/// One of the program's ways to read foreign bytes.
pub struct Target {
    /// Also the folder of its corpus and regressions.
    pub name: &'static str,
    read: fn(&[u8]),
}

impl Target {
    /// Runs it once.
    ///
    /// # Panics
    /// When a promise is broken.
    pub fn run(&self, data: &[u8]) {
        note_secrets();
        panics::watched(|| (self.read)(data));
    }
}

pub const TARGETS: [Target; 9] = [
    Target { name: "reports", read: reports::target },
    Target { name: "ctap", read: ctap::target },
    Target { name: "client", read: client::target },
    Target { name: "attestation", read: attestation::target },
    Target { name: "options", read: options::target },
    Target { name: "graph", read: graph::target },
    Target { name: "csv", read: csv::target },
    Target { name: "roster", read: roster::target },
    Target { name: "text", read: text::target },
];

/// Names what stands for a PIN, a token or a client secret here to the search through everything
/// that tests print.
fn note_secrets() {
    static NOTED: Once = Once::new();
    NOTED.call_once(|| {
        let Ok(list) = std::env::var("KEYDESK_TEST_SECRETS") else { return };
        let mut list = fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        for secret in [client::PIN, graph::TOKEN, graph::SECRET] {
            writeln!(list, "{secret}").unwrap();
        }
    });
}
