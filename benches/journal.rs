//! What a journal of 100,000 entries costs at a start: `cargo bench --bench journal`.
//!
//! Five entries of history and eight records for each of 20,000 keys; the last 500 people are a
//! session that was left in the middle, eight of its keys unfinished. All figures are of one run
//! on one machine; compare them with each other, not with another machine's.

#![allow(clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use jiff::Timestamp;
use keydesk::bulk::{Activation, Entry, EntryNo, SessionId, SessionOptions};
use keydesk::enrolment::{
    AlwaysUv, Custody, Fact, FirstUse, Intent, KeyIdentity, PinPlan, Plan, Record, Reset, Seat,
    SerialFrom, Step, Subject,
};
use keydesk::journal::{Action, Journal, Milestone, NewSession, PinAfter};
use keydesk::pin::Pin;
use keydesk::secrets::Secrets;
use std::path::Path;
use std::time::Instant;
use zeroize::Zeroizing;

const TENANT: &str = "Contoso";
const KEYS: usize = 20_000;
/// Begun, PIN set, registered, handed over, PIN purged.
const ENTRIES_OF_A_KEY: usize = 5;
const SESSION: usize = 500;
const UNFINISHED: usize = 8;
const RUNS: usize = 5;

fn main() {
    // `cargo test --all-targets` runs benches too: then a few keys prove that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (keys, session) = if is_bench { (KEYS, SESSION) } else { (30, 20) };
    let folder = tempfile::tempdir().expect("no folder");
    let secrets = Secrets::session_only("bench");
    let begun = Instant::now();
    write(folder.path(), &secrets, keys, session);
    let took = begun.elapsed();

    let entries = keys * ENTRIES_OF_A_KEY;
    println!("{entries} entries of {keys} keys; medians of {RUNS}, milliseconds");
    println!(
        "  {:44} {:9.2}",
        "written, one durable change each, per key",
        took.as_secs_f64() * 1e3 / keys as f64
    );
    let open = || Journal::open(folder.path(), &secrets).expect("no journal");
    let before = resident_kib();
    let journal = open();
    let unfinished = journal.unfinished_in(TENANT).expect("unfinished");
    let stored = journal.open_session(TENANT).expect("session").expect("no session");
    let after = resident_kib();
    assert_eq!((unfinished.len(), stored.entries.len()), (UNFINISHED, session));
    drop((stored, unfinished, journal));

    row("open", times(|| drop(open())));
    let journal = open();
    row("what is unfinished", times(|| drop(journal.unfinished_in(TENANT))));
    row(
        &format!("the session of {session} people, as it stood"),
        times(|| drop(journal.open_session(TENANT))),
    );
    row("whose key was this, by its serial", times(|| drop(journal.holder_of(TENANT, "10000007"))));
    row("first page of the history", times(|| drop(journal.history("", 200, 0))));
    row(
        "the same, two words searched",
        times(|| drop(journal.history("person.77 handed", 200, 0))),
    );
    row(
        "whole chain verified",
        times(|| {
            let verified = journal.verify_chain().expect("the chain is broken");
            assert!(verified.rows as usize > entries / 2, "rows are missing");
        }),
    );
    println!(
        "memory at a start: {} KiB; file: {} KiB",
        after.saturating_sub(before),
        size_kib(folder.path())
    );
}

fn write(folder: &Path, secrets: &Secrets, keys: usize, session: usize) {
    let journal = Journal::open(folder, secrets).expect("no journal");
    for n in 0..keys - session {
        key(&journal, n, None, End::HandedOver);
    }
    let entries: Vec<Entry> = (0..session).map(entry).collect();
    let options = SessionOptions::default();
    let new =
        NewSession { tenant: TENANT, operator: "clerk", options: &options, entries: &entries };
    let id = journal.begin_session(&new, at(keys - session)).expect("no session");
    for n in 0..session - UNFINISHED {
        key(&journal, keys - session + n, Some(seat(id, n)), End::HandedOver);
    }
    for n in session - UNFINISHED..session {
        key(&journal, keys - session + n, Some(seat(id, n)), End::InTheMiddle);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    HandedOver,
    /// The power went after the PIN was set.
    InTheMiddle,
}

/// One key as the engine journals it: eight records, of which three are milestones.
fn key(journal: &Journal, n: usize, seat: Option<Seat>, end: End) {
    let pin = Pin::restored(Zeroizing::new("482915".into()));
    let id = journal.begin(&intent(n, seat), Some(&pin), at(n)).expect("not begun");
    let append = |record: Record, milestone: Option<Milestone>| {
        journal.append(id, &record, milestone.as_ref(), at(n)).expect("not written");
    };
    append(Record::Intended { step: Step::Preflight }, None);
    append(Record::Intended { step: Step::Pin }, None);
    append(done(Step::Pin, Fact::Nothing), Some(Milestone::new(Action::PinSet, "")));
    append(Record::Intended { step: Step::MakeCredential }, None);
    if end == End::InTheMiddle {
        return;
    }
    append(Record::Intended { step: Step::Register }, None);
    let method_id = format!("method-{n}");
    let registered = Milestone::new(Action::Registered, method_id.clone());
    append(done(Step::Register, Fact::Registered { method_id }), Some(registered));
    append(Record::Intended { step: Step::HandOver }, None);
    let (last, handed_over) =
        (done(Step::HandOver, Fact::Nothing), Milestone::new(Action::HandedOver, ""));
    journal.finish(id, Some(&last), &handed_over, PinAfter::Purge, at(n)).expect("not finished");
}

fn done(step: Step, fact: Fact) -> Record {
    Record::Done { step, fact }
}

fn intent(n: usize, seat: Option<Seat>) -> Intent {
    Intent {
        tenant: TENANT.into(),
        person: person(n),
        key: KeyIdentity {
            aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a".into(),
            model: "YubiKey 5 NFC".into(),
            serial: Some(format!("{}", 10_000_000 + n)),
            serial_from: SerialFrom::Key,
            port: Some(format!("1-1.{}", n % 8 + 1)),
        },
        plan: Plan {
            reset: Reset::Keep,
            pin: PinPlan::SetNew,
            custody: Custody::Sealed,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::MustChangePin,
            remove_old: Vec::new(),
        },
        passkey_name: format!("Key {}", 10_000_000 + n),
        operator: "clerk".into(),
        seat,
    }
}

fn person(n: usize) -> Subject {
    let name = ["Elin Bergström", "Åsa Ek", "Bo Larsson", "Omar Haddad"][n % 4];
    Subject {
        id: format!("00000000-0000-4000-8000-{n:012}"),
        display_name: format!("{name} {n}"),
        upn: format!("person.{n}@contoso.example"),
    }
}

fn entry(n: usize) -> Entry {
    Entry {
        person: person(n),
        serial: None,
        badge: Some(format!("B{n:08}")),
        employee_id: Some(format!("{n}")),
        old_keys: Vec::new(),
        brought: None,
    }
}

fn seat(session: SessionId, n: usize) -> Seat {
    let no = u32::try_from(n + 1).expect("too many");
    let activation = Activation::Now;
    Seat { session, entry: EntryNo(no), activation, challenge_minutes: None, was_made_in: None }
}

/// One key a minute.
fn at(n: usize) -> Timestamp {
    let minutes = i64::try_from(n).expect("too many");
    Timestamp::from_second(1_763_800_000 + minutes * 60).expect("a time")
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

fn size_kib(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("no folder").filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum::<u64>() / 1024
}

/// Of this process; 0 where the system does not say so.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
