//! libFuzzer over one target, which KEYDESK_FUZZ_TARGET names.

#![no_main]

mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use targets::{TARGETS, Target};

static CHOSEN: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("KEYDESK_FUZZ_TARGET").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("KEYDESK_FUZZ_TARGET must be one of: {}", names.join(", "));
        std::process::exit(2)
    })
});

fuzz_target!(|data: &[u8]| CHOSEN.run(data));
