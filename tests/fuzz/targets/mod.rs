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
mod text;

/// One of the program's ways to read foreign bytes.
pub struct Target {
    /// Also the folder of its corpus and regressions.
    pub name: &'static str,
    pub run: fn(&[u8]),
}

pub const TARGETS: [Target; 8] = [
    Target { name: "reports", run: reports::target },
    Target { name: "ctap", run: ctap::target },
    Target { name: "client", run: client::target },
    Target { name: "attestation", run: attestation::target },
    Target { name: "options", run: options::target },
    Target { name: "graph", run: graph::target },
    Target { name: "csv", run: csv::target },
    Target { name: "text", run: text::target },
];
