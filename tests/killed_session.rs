//! `kill -9` at random moments of a session of many keys: every person has exactly what the
//! session says.
//!
//! The process that is killed is the real engine on a real journal and a real Secret Service, with
//! up to eight virtual keys whose memories are files, at the hands of an operator who pulls keys
//! out at random. The practice cloud, in this (the surviving) process, lets one call about passkeys in ten fail.
//! `KILLS` sets the rounds (50); `KILL_SEED` repeats a run as far as threads allow; `KILL_TRACE=1`
//! shows what the operator does.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout, clippy::print_stderr)] // it reports its rounds

#[path = "killed/common.rs"]
mod common;
#[path = "killed/old_passkeys.rs"]
mod old_passkeys;
#[path = "killed/operator.rs"]
mod operator;

use common::{
    Reader, Role, SplitMix, Turn, check_registrations, folder_of_child, kill_after, last_sure,
    outcome, settle, turn_of_child,
};
use hid::virtual_keys::VirtualKey;
use keydesk::bulk::{SessionId, SessionNote};
use keydesk::engine::{AuditRequest, run_audit};
use keydesk::enrolment::{EnrolmentId, Outcome};
use keydesk::journal::{Journal, SealedPin, StoredEnrolment, StoredSession};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Cloud, CloudOptions, Effect, Fault, Order, Share};
use keydesk::secrets::Secrets;
use keydesk::settings::Paths;
use operator::{Mood, PEOPLE, PORTS, spec, work};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

const TENANT: &str = "Kill session";
/// Kills fall within this time after the start.
const LATEST_KILL_MS: u64 = 2500;
/// So much later where people have to be read first.
const READING_MS: u64 = 5000;
/// A call of the directory takes so long, so that kills fall into it.
const LATENCY: Duration = Duration::from_millis(15);
/// No operator gets through a session in fewer.
const ROUNDS_A_SESSION: usize = 2;

fn main() {
    match common::role() {
        Role::Work => work(&folder_of_child(), Mood::Restless, turn_of_child()),
        Role::Settle => work(&folder_of_child(), Mood::Calm, turn_of_child()),
        Role::Survive => survive(),
        Role::Skip => common::say_skipped(),
    }
}

fn survive() {
    let (rounds, seed) = common::rounds_and_seed(50);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let secrets = common::real_keyring();
    let crowd = PEOPLE * (rounds as usize / ROUNDS_A_SESSION + 2);
    let options = CloudOptions { crowd, latency: LATENCY, ..CloudOptions::default() };
    let cloud = runtime.block_on(Cloud::start(options)).unwrap();
    common::configure(folder.path(), &cloud, &secrets, TENANT);
    disturb(&cloud, seed);
    old_passkeys::give(&cloud, crowd);
    let mut reader = Reader::new(runtime);
    let mut witness = Witness::new(folder.path(), cloud, secrets);
    let mut random = SplitMix(seed);
    for round in 1..=rounds {
        let latest = LATEST_KILL_MS + if witness.has_session() { 0 } else { READING_MS };
        let delay = Duration::from_millis(random.next() % latest);
        if random.often(150) {
            witness.lose_an_answer();
        }
        kill_after(folder.path(), delay, round, witness.turn(random.next()));
        witness.look(&mut reader, round);
        if round % 100 == 0 {
            println!("{round} kills, no finding");
        }
    }
    settle(folder.path(), witness.turn(random.next()));
    witness.audit(&mut reader);
    witness.report(rounds);
    println!("1 passed, 0 failed");
}

/// Of the calls about passkeys one in twenty is put off, and one in twenty fails.
fn disturb(cloud: &Cloud, seed: u64) {
    cloud.control().order(Order::FailShare(Share {
        path: "fido2Methods".into(),
        throttled_percent: 5,
        failed_percent: 5,
        retry_after_s: Some(1),
        seed,
    }));
}

struct Witness {
    folder: PathBuf,
    cloud: Cloud,
    secrets: Secrets,
    /// How far each enrolment was at the last look.
    known: BTreeMap<EnrolmentId, (usize, bool)>,
    /// States that were met, and how often.
    seen: BTreeMap<String, u32>,
    /// Kills that met an enrolment in the middle.
    met: u32,
    handed_over: usize,
    old_ones_gone: usize,
    sessions: usize,
}

impl Witness {
    fn new(folder: &Path, cloud: Cloud, secrets: Secrets) -> Self {
        Self {
            folder: folder.to_owned(),
            cloud,
            secrets,
            known: BTreeMap::new(),
            seen: BTreeMap::new(),
            met: 0,
            handed_over: 0,
            old_ones_gone: 0,
            sessions: 0,
        }
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.data(), &self.secrets).unwrap()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn has_session(&self) -> bool {
        self.journal().open_session(TENANT).unwrap().is_some()
    }

    /// The next child begins the session of this number, unless one stands.
    fn turn(&self, seed: u64) -> Turn {
        let begun = self.journal().sessions(TENANT).unwrap().len();
        Turn { number: begun as u64, seed }
    }

    /// The next registration is done, and its answer lost.
    fn lose_an_answer(&self) {
        self.cloud.control().order(Order::FailNext(Fault {
            method: Some("POST".into()),
            path: "fido2Methods".into(),
            times: 1,
            effect: Effect::CutAfter,
        }));
    }

    /// After each kill: every registration and every credential belongs to an enrolment, the PIN
    /// that is on a key opens from the vault, nobody has more keys than the session gives.
    fn look(&mut self, reader: &mut Reader, round: u32) {
        let journal = self.journal();
        let all = journal.all().unwrap();
        check_registrations(&self.cloud, &all, round);
        self.check_people(&journal, round);
        old_passkeys::check(&self.cloud, &all, round);
        let changed: Vec<&StoredEnrolment> = all.iter().filter(|one| self.is_new(one)).collect();
        let unfinished = changed.iter().filter(|one| one.finished_at.is_none());
        let states: Vec<String> = unfinished.map(|one| last_sure(one)).collect();
        self.met += u32::from(!states.is_empty());
        for state in states {
            *self.seen.entry(state).or_default() += 1;
        }
        let serials: BTreeSet<u32> = changed.iter().map(|one| serial(one)).collect();
        for serial in serials {
            self.check_key(reader, &journal, &all, serial, round);
        }
        self.known = all.iter().map(|one| (one.id, progress(one))).collect();
    }

    fn is_new(&self, one: &StoredEnrolment) -> bool {
        self.known.get(&one.id) != Some(&progress(one))
    }

    /// Whose PIN the key has.
    fn check_key(
        &self,
        reader: &mut Reader,
        journal: &Journal,
        all: &[StoredEnrolment],
        key: u32,
        round: u32,
    ) -> Option<EnrolmentId> {
        let mut known: Vec<(&StoredEnrolment, Pin)> = all
            .iter()
            .filter(|one| serial(one) == key && one.pin == SealedPin::Sealed)
            .map(|one| (one, journal.pin_for_key(one.id).unwrap()))
            .collect();
        known.sort_by_key(|(one, _)| std::cmp::Reverse(one.begun_at));
        let holder = reader
            .with_key(spec(&self.folder, key), |reader, key| reader.check_key(key, &known, round));
        holder.map(|holder| holder.id)
    }

    /// Nobody has more registrations than the session gives keys.
    fn check_people(&self, journal: &Journal, round: u32) {
        let mut registered = BTreeMap::<String, usize>::new();
        for passkey in self.cloud.control().observed().registered {
            *registered.entry(passkey.person_id).or_default() += 1;
        }
        for (id, _) in journal.sessions(TENANT).unwrap().into_iter().take(2) {
            let session = journal.session(id).unwrap();
            let most = usize::from(session.options.keys_each);
            for entry in &session.entries {
                let has = registered.get(&entry.person.id).copied().unwrap_or_default();
                assert!(has <= most, "round {round}: {} has {has} keys", entry.person.upn);
            }
        }
    }

    /// At the end everybody has what the sessions say, and every hand-over is whole.
    fn audit(&mut self, reader: &mut Reader) {
        self.cloud.control().order(Order::EndFaults);
        self.look(reader, u32::MAX);
        let journal = self.journal();
        assert_eq!(journal.unfinished().unwrap(), [], "still unfinished after settling");
        journal.verify_chain().expect("the history's chain is broken");
        let sessions = journal.sessions(TENANT).unwrap();
        self.sessions = sessions.len();
        sessions.iter().for_each(|(id, _)| self.audit_session(&journal, *id));
        self.check_hand_overs(reader, &journal);
    }

    /// The auditor's own look, with some of the keys plugged in.
    fn audit_session(&self, journal: &Journal, id: SessionId) {
        let session = journal.session(id).unwrap();
        assert!(session.ended_at.is_some(), "a session that was not ended");
        let given = session.enrolments.iter().filter(|one| method(one).is_some());
        let serials: BTreeSet<u32> = given.map(serial).take(PORTS).collect();
        let keys: Vec<VirtualKey> = serials
            .iter()
            .map(|serial| VirtualKey::new(spec(&self.folder, *serial)).unwrap())
            .collect();
        keys.iter().for_each(|key| {
            key.insert();
        });
        let report = run_audit(AuditRequest {
            paths: Paths { config: self.folder.join("config"), data: self.data() },
            practice: false,
            tenant: Some(TENANT.into()),
            session: Some(id),
            secret: None,
            sign_in: None,
        })
        .unwrap();
        keys.iter().for_each(VirtualKey::pull_out);
        assert_eq!(report.findings, [], "findings of the audit");
        assert_eq!(report.unchecked, [], "not everything was compared");
        let theirs = living(&session);
        let theirs = serials.iter().filter(|serial| theirs.contains(serial)).count();
        assert_eq!(report.keys_in, theirs);
    }

    /// One row of registeredKeys.csv each, and a key that takes the PIN that is sealed for it.
    fn check_hand_overs(&mut self, reader: &mut Reader, journal: &Journal) {
        let rows = common::csv_methods(&self.data(), TENANT);
        let all = journal.all().unwrap();
        for one in &all {
            let Some(method_id) = method(one) else { continue };
            let count = rows.iter().filter(|row| **row == method_id).count();
            assert_eq!(count, 1, "rows in registeredKeys.csv of one hand-over");
            let holder = self.check_key(reader, journal, &all, serial(one), u32::MAX);
            assert!(holder.is_some(), "a key that was handed over has no PIN");
            self.handed_over += 1;
        }
        assert!(self.handed_over > 0, "no key was ever handed over: nothing was tested");
        self.old_ones_gone = old_passkeys::gone_at_the_end(&self.cloud, &all);
    }

    fn report(&self, rounds: u32) {
        println!("states met after a kill:");
        self.seen.iter().for_each(|(state, count)| println!("  {count:4}  {state}"));
        let keys: BTreeSet<u32> = self.journal().all().unwrap().iter().map(serial).collect();
        println!(
            "{} sessions; {} enrolments on {} keys, {} handed over in all",
            self.sessions,
            self.known.len(),
            keys.len(),
            self.handed_over
        );
        println!("{} of {rounds} kills met enrolments in the middle", self.met);
        println!("{} old passkeys were removed", self.old_ones_gone);
        assert!(rounds < 50 || self.old_ones_gone > 0, "no session came to remove old passkeys");
        assert!(
            rounds < 50 || (self.seen.len() >= 5 && self.met >= rounds / 3),
            "the kills met too few states to prove anything"
        );
    }
}

fn progress(one: &StoredEnrolment) -> (usize, bool) {
    (one.records.len(), one.finished_at.is_some())
}

/// Every key of this test has one.
fn serial(one: &StoredEnrolment) -> u32 {
    one.intent.key.serial.as_ref().unwrap().parse().unwrap()
}

/// Serials of the keys that people have: handed over, and not undone.
fn living(session: &StoredSession) -> BTreeSet<u32> {
    let undone: BTreeSet<EnrolmentId> = session
        .notes
        .iter()
        .filter_map(|(_, note)| match note {
            SessionNote::Undone { enrolment, .. } => Some(*enrolment),
            _ => None,
        })
        .collect();
    let given = session.enrolments.iter().filter(|one| method(one).is_some());
    given.filter(|one| !undone.contains(&one.id)).map(serial).collect()
}

/// The directory's id of a key that was handed over.
fn method(one: &StoredEnrolment) -> Option<String> {
    match outcome(one) {
        Some(Outcome::HandedOver { method_id, .. }) => Some(method_id),
        _ => None,
    }
}
