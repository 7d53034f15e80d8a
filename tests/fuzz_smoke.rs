//! The fuzz targets, every day: each entry of the corpora and each earlier finding once, then ten
//! seconds of mutations of them. `packaging/fuzz` runs the same targets for longer and with
//! coverage.
//!
//! The mutations are the same on every day; `packaging/fuzz` explores. KEYDESK_FUZZ_SECONDS sets
//! another time, KEYDESK_FUZZ_SEED other mutations.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[path = "fuzz/mutations.rs"]
mod mutations;
#[path = "fuzz/targets/mod.rs"]
mod targets;

use mutations::Mutations;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use targets::{TARGETS, Target};

#[test]
fn every_entry_of_a_corpus_and_every_finding_keeps_the_promises() {
    for target in &TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() >= 5, "{}: only {} entries", target.name, seeds.len());
        for (path, data) in seeds {
            run(target, &data, &format!("{}", path.display()));
        }
    }
}

#[test]
fn ten_seconds_of_mutations_keep_the_promises() {
    let seconds = number("KEYDESK_FUZZ_SECONDS").unwrap_or(10);
    let seed = number("KEYDESK_FUZZ_SEED").unwrap_or(1);
    println!("KEYDESK_FUZZ_SEED={seed}");
    thread::scope(|scope| {
        let running = TARGETS.each_ref().map(|target| {
            let name = target.name.to_owned();
            let work = move || mutate(target, seed, Duration::from_secs(seconds));
            thread::Builder::new().name(name).spawn_scoped(scope, work).unwrap()
        });
        for (target, running) in TARGETS.iter().zip(running) {
            let runs = running.join().unwrap_or_else(|_| panic!("{}: see above", target.name));
            println!("{:>12}: {runs} runs", target.name);
            assert!(runs > 0, "{} did not run", target.name);
        }
    });
}

fn mutate(target: &Target, seed: u64, time: Duration) -> u64 {
    let seeds: Vec<Vec<u8>> = seeds(target).into_iter().map(|(_, data)| data).collect();
    let mut mutations = Mutations::new(seed, seeds);
    let until = Instant::now() + time;
    let mut runs = 0;
    while Instant::now() < until || runs == 0 {
        let data = mutations.next();
        run(target, &data, &format!("seed {seed}, run {runs}"));
        runs += 1;
    }
    runs
}

/// Keeps what broke a promise where it can be looked at, and fails.
fn run(target: &Target, data: &[u8], origin: &str) {
    if catch_unwind(AssertUnwindSafe(|| target.run(data))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.finding", target.name));
        fs::write(&kept, data).unwrap();
        panic!(
            "{} ({origin}): the input is in {}; mend it and keep the input in {}",
            target.name,
            kept.display(),
            folder("regressions", target).display()
        );
    }
}

fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let mut seeds = Vec::new();
    for kind in ["corpus", "regressions"] {
        let Ok(entries) = fs::read_dir(folder(kind, target)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let data = fs::read(&path).unwrap();
            seeds.push((path, data));
        }
    }
    // The same order everywhere, so that a seed repeats a run.
    seeds.sort();
    seeds
}

fn folder(kind: &str, target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(kind).join(target.name)
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}
