//! What a roster of 100,000 people costs the machine: `cargo bench --bench roster`.
//!
//! All figures are of one run on one machine; compare them with each other, not with another
//! machine's.

#![allow(clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use keydesk::roster::{Roster, read};
use std::fmt::Write;
use std::time::Instant;

const ROWS: usize = 100_000;
const RUNS: usize = 5;
const QUERIES: [&str; 6] = ["a", "@", "person.99", "ström 4711", "zzz", ""];

fn main() {
    // `cargo test --all-targets` runs benches too: then a few rows prove that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rows = if is_bench { ROWS } else { 1000 };
    let text = people(rows);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&text);

    println!("{rows} rows; medians of {RUNS}, milliseconds");
    let before = resident_kib();
    let roster = import(text.as_bytes());
    let after = resident_kib();
    assert_eq!(roster.counts().usable, rows);
    row("import, UTF-8", times(|| drop(import(text.as_bytes()))));
    row("import, UTF-16 without mark", times(|| drop(import(&utf16))));
    row("import, cp1252", times(|| drop(import(&western))));
    let challenges = challenges(rows / 10);
    row(
        &format!("import, {} rows with challenges", rows / 10),
        times(|| drop(import(challenges.as_bytes()))),
    );
    let quotes = "a\",\"\n".repeat(rows);
    row("import, an open quote in each row", times(|| drop(import(quotes.as_bytes()))));
    for query in QUERIES {
        let found = roster.filter(query).len();
        row(
            &format!("keystroke \"{query}\" ({found} found)"),
            times(|| drop(roster.filter(query))),
        );
    }
    println!("memory of the roster: {} KiB (file: {} KiB)", after - before, text.len() / 1024);
}

fn import(bytes: &[u8]) -> Roster {
    read(bytes, jiff::Timestamp::UNIX_EPOCH)
}

fn people(rows: usize) -> String {
    let mut text =
        String::from("User principal name;Display name;Department;Employee no.;Badge\r\n");
    for n in 0..rows {
        let name = ["Elin Bergström", "Åsa Ek", "Larsson; Bo", "Omar Haddad"][n % 4];
        writeln!(text, "person.{n}@larkfield.example;\"{name} {n}\";Sales;{n};B{n:08}\r")
            .expect("text");
    }
    text
}

/// As long as real ones.
fn challenges(rows: usize) -> String {
    let challenge = "aBcD".repeat(1733);
    let mut text =
        String::from("#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime,RP.ID\r\n");
    for n in 0..rows {
        writeln!(
            text,
            "person.{n}@larkfield.example,Person {n},T0ZA,{challenge},2026-11-22T11:26:35Z,\
             login.microsoft.com\r"
        )
        .expect("text");
    }
    text
}

fn times(work: impl Fn()) -> Vec<f64> {
    let mut all: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

fn row(what: &str, times: Vec<f64>) {
    let slowest = times.last().copied().unwrap_or_default();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("  {what:44} {median:9.2}   (slowest {slowest:.2})");
}

/// Of this process; 0 where the system does not say so.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
