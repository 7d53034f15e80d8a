//! The serial over PC/SC: a real pcscd with virtual cards, and virtual keys over HID.
//!
//! The test starts itself again in namespaces of its own (`with-own-run`), where it may start,
//! stop and hang a pcscd without anybody noticing. Where that is not possible it fails, unless
//! `KEYDESK_WITHOUT_PCSC=1` says that this is known; then it says so in a line that begins with
//! `NOT RUN:`, which `packaging/test` repeats at its end.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it is its own test runner

mod card;
mod daemon;
mod keys;
mod lone;
mod troubled;

use std::panic::catch_unwind;
use std::process::{Command, ExitCode};

/// A behaviour and its name.
type Case = (&'static str, fn());

fn main() -> ExitCode {
    let wanted = wanted();
    if wanted.is_empty() {
        return ExitCode::SUCCESS;
    }
    match std::env::var("KEYDESK_PCSC_INSIDE").as_deref() {
        Ok("1") => run(&wanted),
        _ => run_apart(),
    }
}

/// The cases whose name holds what stands on the command line; all without that.
fn wanted() -> Vec<Case> {
    let mut cases = [lone::CASES, troubled::CASES].concat();
    for part in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        cases.retain(|(name, _)| name.contains(&part));
    }
    cases
}

fn run(cases: &[Case]) -> ExitCode {
    let mut failed = Vec::new();
    for (name, case) in cases {
        let passed = catch_unwind(case).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            failed.push(*name);
        }
    }
    println!("\npcsc: {} passed; {} failed", cases.len() - failed.len(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What `with-own-run` ends with when something is missing.
const LACKING: i32 = 77;

fn run_apart() -> ExitCode {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pcsc/with-own-run");
    let own = std::env::current_exe().unwrap();
    let ended = Command::new(script)
        .arg(own)
        .args(std::env::args().skip(1))
        .status()
        .expect("with-own-run can be started");
    if ended.code() != Some(LACKING) {
        return if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("NOT RUN: the serial over PC/SC: see above for what is missing");
    match std::env::var("KEYDESK_WITHOUT_PCSC").as_deref() {
        Ok("1") => ExitCode::SUCCESS,
        _ => {
            println!("Set KEYDESK_WITHOUT_PCSC=1 to go on without the PC/SC tests");
            ExitCode::FAILURE
        }
    }
}
