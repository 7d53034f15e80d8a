//! A session of eight keys on a real disk that becomes full: the operator is told, nothing is
//! lost, and with some room it goes on to its end. So does what stations share in a folder.
//!
//! The test starts itself again (`with-small-disk`) where the folder for temporary files is a disk
//! of some megabytes. Where that is not possible it fails, unless `KEYDESK_WITHOUT_SMALL_DISK=1`
//! says that this is known; then it says so in a line that begins with `NOT RUN:`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it is its own test runner

#[path = "../engine/clerk.rs"]
#[allow(dead_code)] // the single key's helpers
mod clerk;
mod disk;
mod session;
mod share;
#[path = "../bulk/steps.rs"]
#[allow(dead_code)] // the other sessions' helpers
mod steps;

use std::panic::catch_unwind;
use std::process::{Command, ExitCode};

/// What `with-small-disk` ends with where it is not allowed.
const LACKING: i32 = 77;

fn main() -> ExitCode {
    match std::env::var("KEYDESK_SMALL_DISK").as_deref() {
        Ok("1") => run(),
        _ => run_apart(),
    }
}

/// The cases whose name holds what stands on the command line; all without that.
fn run() -> ExitCode {
    // A station that has ended tidies up in its own time, which makes room: it comes last.
    let mut cases = [share::CASES, session::CASES].concat();
    for part in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        cases.retain(|(name, _)| name.contains(&part));
    }
    let mut failed = 0;
    for (name, case) in &cases {
        let passed = catch_unwind(case).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed += usize::from(!passed);
    }
    println!("\nfull disk: {} passed; {failed} failed", cases.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_apart() -> ExitCode {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/full_disk/with-small-disk");
    let own = std::env::current_exe().unwrap();
    let ended = Command::new(script)
        .arg(own)
        .args(std::env::args().skip(1))
        .status()
        .expect("with-small-disk can be started");
    if ended.code() != Some(LACKING) {
        return if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("NOT RUN: a disk that becomes full: see above for what is missing");
    match std::env::var("KEYDESK_WITHOUT_SMALL_DISK").as_deref() {
        Ok("1") => ExitCode::SUCCESS,
        _ => {
            println!("Set KEYDESK_WITHOUT_SMALL_DISK=1 to go on without it");
            ExitCode::FAILURE
        }
    }
}
