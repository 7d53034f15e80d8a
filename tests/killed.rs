//! `kill -9` at random moments: no PIN, credential or registration is lost or unaccounted for.
//!
//! The process that is killed is the real engine on a real journal, a real Secret Service, a
//! virtual key whose memory is a file, and the practice cloud in this (the surviving) process.
//! `KILLS` sets the rounds (200); `KILL_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout, clippy::print_stderr)] // it reports its rounds

use hid::virtual_keys::{Model, VirtualKey};
use keydesk::directory::{AccountState, Person, PersonKind};
use keydesk::engine::{
    BenchCommand, Command, Connected, Event, Handle, NewPin, Pages, Patience, PinChoice,
    RegisterRequest, StartOptions, Unfinished, start,
};
use keydesk::enrolment::{Answer, Ceremony, EnrolmentId, FirstUse, Left, Outcome, Reset};
use keydesk::journal::{Journal, SealedPin, StoredEnrolment};
use keydesk::key::{Configure, Key, KeyError, KeyEvent, KeyId, Keys, PinState, StoredCredential};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::secrets::{Mode, SecretName, SecretText, Secrets};
use keydesk::settings::Paths;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TENANT: &str = "Kill test";
/// The bench's first key: a new one with a serial.
const SLOT: u8 = 1;
/// Where the clerk writes PINs down that were shown.
const PAPER: &str = "paper";
const PATIENCE: Duration = Duration::from_secs(90);
/// Kills fall within this time after the start; a whole enrolment takes less.
const LATEST_KILL_MS: u64 = 900;

fn main() {
    match std::env::var("KEYDESK_KILL_ROLE").as_deref() {
        Ok("work") => work(&folder_of_child(), Until::Killed),
        Ok("settle") => work(&folder_of_child(), Until::Settled),
        _ if std::env::var("KEYDESK_REAL_KEYRING").as_deref() == Ok("1") => survive(),
        _ => {
            println!("the kill test needs a real Secret Service: packaging/test runs it in one");
            println!("0 passed, 0 failed, 1 skipped");
        }
    }
}

// ---- the process that survives and checks ----------------------------------------------------

fn survive() {
    let rounds: u32 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("KILL_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()));
    println!("{rounds} kills, KILL_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let secrets = Secrets::probe();
    assert_eq!(secrets.mode(), Mode::Keyring, "no Secret Service");
    let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
    configure(folder.path(), &cloud, &secrets);
    let (keys, events) = Keys::start().unwrap();
    let witness = Witness { folder: folder.path().to_owned(), cloud, secrets, keys };
    let mut events = Events { events, runtime };

    let mut random = SplitMix(seed);
    let mut seen = BTreeMap::<String, u32>::new();
    for round in 1..=rounds {
        let delay = Duration::from_millis(random.next() % LATEST_KILL_MS);
        kill_after(folder.path(), delay, round);
        for state in witness.look(&mut events, round) {
            *seen.entry(state).or_default() += 1;
        }
    }
    settle(folder.path());
    let handed_over = witness.audit(&mut events);
    println!("states met after a kill:");
    seen.iter().for_each(|(state, count)| println!("  {count:4}  {state}"));
    println!("{handed_over} keys handed over in all");
    let met: u32 = seen.values().sum();
    println!("{met} of {rounds} kills met an enrolment in the middle");
    assert!(
        rounds < 50 || (seen.len() >= 4 && met >= rounds / 10),
        "the kills met too few states to prove anything"
    );
    println!("1 passed, 0 failed");
}

fn configure(folder: &Path, cloud: &Cloud, secrets: &Secrets) {
    let there = cloud.connection();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let text = format!(
        "[tenant]\nname = \"{TENANT}\"\ntenant = \"{}\"\nclient_id = \"{}\"\nsign_in = \"secret\"\nlogin_url = \"{}\"\n\
         graph_url = \"{}\"\n\n[security]\nsensitive = []\n",
        there.domain, there.client_id, there.base_url, there.base_url
    );
    std::fs::write(folder.join("config/config.toml"), text).unwrap();
    let name = SecretName::ClientSecret { tenant: TENANT.into() };
    secrets.set(&name, &SecretText::new(there.secret.expose())).unwrap();
}

fn kill_after(folder: &Path, delay: Duration, round: u32) {
    let mut child = child(folder, "work", round);
    std::thread::sleep(delay);
    // `Child::kill` is SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
}

fn settle(folder: &Path) {
    let status = child(folder, "settle", 0).wait().unwrap();
    assert!(status.success(), "what the kills left could not be settled: {status}");
}

fn child(folder: &Path, role: &str, round: u32) -> std::process::Child {
    Process::new(std::env::current_exe().unwrap())
        .env("KEYDESK_KILL_ROLE", role)
        .env("KEYDESK_KILL_FOLDER", folder)
        .env("KEYDESK_KILL_TURN", round.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

struct Witness {
    folder: PathBuf,
    cloud: Cloud,
    secrets: Secrets,
    keys: Keys,
}

struct Events {
    events: tokio::sync::mpsc::Receiver<KeyEvent>,
    runtime: tokio::runtime::Runtime,
}

impl Witness {
    /// After each kill: a PIN that is on the key opens from the vault, every registration and
    /// every credential belongs to an enrolment. Answers the states that were met.
    fn look(&self, events: &mut Events, round: u32) -> Vec<String> {
        let journal = self.journal();
        let all = self.enrolments(&journal);
        self.check_registrations(&all, round);
        let states = all.iter().filter(|one| one.finished_at.is_none()).map(last_sure).collect();
        if all.is_empty() {
            return states;
        }
        let key = VirtualKey::new(self.spec()).unwrap();
        let id = KeyId(key.insert().to_string());
        events.wait_for(|event| matches!(event, KeyEvent::Identified(f) if f.id == id));
        let handle = self.keys.get(&id).unwrap();
        self.check_key(events, &handle, &journal, &all, round);
        key.pull_out();
        events.wait_for(|event| matches!(event, KeyEvent::Removed { id: gone } if *gone == id));
        states
    }

    /// At the end nothing is unfinished, and every hand-over is whole.
    fn audit(&self, events: &mut Events) -> usize {
        self.look(events, u32::MAX);
        let journal = self.journal();
        assert_eq!(journal.unfinished().unwrap(), [], "still unfinished after settling");
        journal.verify_chain().expect("the history's chain is broken");
        let rows = csv_methods(&self.folder.join("data"));
        let handed_over: Vec<String> = self
            .enrolments(&journal)
            .iter()
            .filter_map(|one| match outcome(one) {
                Some(Outcome::HandedOver { method_id, .. }) => Some(method_id),
                _ => None,
            })
            .collect();
        for method_id in &handed_over {
            let count = rows.iter().filter(|row| *row == method_id).count();
            assert_eq!(count, 1, "rows in registeredKeys.csv of one hand-over");
        }
        assert!(!handed_over.is_empty(), "no key was ever handed over: nothing was tested");
        handed_over.len()
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.join("data"), &self.secrets).unwrap()
    }

    fn spec(&self) -> hid::virtual_keys::Spec {
        let mut spec = Model::Yubikey5Nfc.spec();
        spec.store = Some(self.folder.join(format!("data/virtual-keys/key-{SLOT}.bin")));
        spec
    }

    fn enrolments(&self, journal: &Journal) -> Vec<StoredEnrolment> {
        journal.all().unwrap()
    }

    /// Sealed in the vault, or on the paper the person has.
    fn pin_of(&self, journal: &Journal, one: &StoredEnrolment) -> Option<Pin> {
        if one.pin == SealedPin::Sealed {
            return Some(journal.pin_for_key(one.id).unwrap());
        }
        let paper = std::fs::read_to_string(self.folder.join(PAPER)).unwrap_or_default();
        let id = one.id.0.to_string();
        let line = paper.lines().rev().find_map(|line| line.strip_prefix(&id))?;
        Some(Pin::new(line.trim()).unwrap())
    }

    /// Everything the cloud has is known to an enrolment: named by it, or still to be resolved.
    fn check_registrations(&self, all: &[StoredEnrolment], round: u32) {
        for passkey in self.cloud.control().observed().registered {
            let known = all.iter().any(|one| {
                let ceremony = ceremony(one);
                ceremony.method_id() == Some(&passkey.method_id)
                    || ceremony
                        .made()
                        .and_then(|made| made.credential_id.as_ref())
                        .is_some_and(|id| id.to_base64url() == passkey.credential_id)
            });
            assert!(known, "round {round}: a registration that no enrolment knows of");
        }
    }

    fn check_key(
        &self,
        events: &Events,
        key: &Key,
        journal: &Journal,
        all: &[StoredEnrolment],
        round: u32,
    ) {
        let facts = events.runtime.block_on(key.facts()).unwrap();
        if facts.pin == PinState::NotSet {
            return;
        }
        let mut known: Vec<&StoredEnrolment> =
            all.iter().filter(|one| self.pin_of(journal, one).is_some()).collect();
        known.sort_by_key(|one| std::cmp::Reverse(one.begun_at));
        // The newest two: the one being made, and the one whose reset had not come yet.
        let holder = known.iter().take(2).find(|one| {
            let pin = self.pin_of(journal, one).unwrap();
            match events.runtime.block_on(opens(key, &pin, facts.pin)) {
                Ok(()) => true,
                Err(KeyError::PinInvalid { .. }) => false,
                Err(error) => panic!("round {round}: {error}"),
            }
        });
        let holder = holder.unwrap_or_else(|| panic!("round {round}: the key's PIN is lost"));
        let pin = self.pin_of(journal, holder).unwrap();
        let stored = events.runtime.block_on(credentials(key, &pin, facts.pin)).unwrap();
        assert!(stored.len() <= 1, "round {round}: {} credentials on the key", stored.len());
        for credential in stored {
            let made = ceremony(holder).made().and_then(|made| made.credential_id.clone());
            let unsure = holder.finished_at.is_none() && made.is_none();
            assert!(
                unsure || made.as_ref() == Some(&credential.id) || left_on_key(holder),
                "round {round}: a credential on the key that no enrolment accounts for"
            );
        }
    }
}

impl Events {
    fn wait_for(&mut self, mut wanted: impl FnMut(&KeyEvent) -> bool) {
        let events = &mut self.events;
        self.runtime
            .block_on(async {
                tokio::time::timeout(PATIENCE, async {
                    while let Some(event) = events.recv().await {
                        if wanted(&event) {
                            return;
                        }
                    }
                })
                .await
            })
            .expect("the virtual key was not seen");
    }
}

/// Whether the PIN is the key's. One that must be changed is tried by changing it away and back.
async fn opens(key: &Key, pin: &Pin, state: PinState) -> Result<(), KeyError> {
    match state {
        PinState::MustChange => credentials(key, pin, state).await.map(drop),
        _ => key.check_pin(pin).await,
    }
}

/// The key's credentials; the key is left as it was found.
async fn credentials(
    key: &Key,
    pin: &Pin,
    state: PinState,
) -> Result<Vec<StoredCredential>, KeyError> {
    if state != PinState::MustChange {
        return key.credentials(pin).await;
    }
    let other = Pin::new("83726150").unwrap();
    key.change_pin(pin, &other).await?;
    let found = key.credentials(&other).await;
    key.change_pin(&other, pin).await?;
    key.configure(pin, Configure::ForcePinChange).await?;
    found
}

fn ceremony(stored: &StoredEnrolment) -> Ceremony {
    Ceremony::replay(stored.intent.clone(), &stored.records).expect("records out of order")
}

fn outcome(stored: &StoredEnrolment) -> Option<Outcome> {
    ceremony(stored).outcome().cloned()
}

fn last_sure(stored: &StoredEnrolment) -> String {
    ceremony(stored).last_sure()
}

fn left_on_key(stored: &StoredEnrolment) -> bool {
    let left = match outcome(stored) {
        Some(
            Outcome::HandedOver { left, .. }
            | Outcome::RolledBack { left, .. }
            | Outcome::Abandoned { left, .. },
        ) => left,
        None => return false,
    };
    left.iter().any(|left| matches!(left, Left::CredentialOnKey { .. }))
}

fn csv_methods(data: &Path) -> Vec<String> {
    let mut rows = csv::Reader::from_path(data.join(TENANT).join("registeredKeys.csv")).unwrap();
    // An id that begins like a formula has a quote before it.
    let id = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    rows.records().map(|row| id(&row.unwrap()[1])).collect()
}

/// A small generator (SplitMix64), so that a failure can be repeated.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

// ---- the process that is killed --------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Killed,
    Settled,
}

fn folder_of_child() -> PathBuf {
    PathBuf::from(std::env::var_os("KEYDESK_KILL_FOLDER").expect("no folder"))
}

/// A clerk without rest: takes up what is unfinished, then gives key after key.
fn work(folder: &Path, until: Until) {
    let paths = Paths { config: folder.join("config"), data: folder.join("data") };
    // The practice cloud's lists never lag: a short look is enough, and more states are met.
    let patience = Patience { lost_answer: Duration::from_millis(200), ..Patience::default() };
    let options = StartOptions {
        paths,
        practice: false,
        virtual_keys: true,
        patience,
        pages: Pages::OnlyTold,
    };
    let mut clerk = Clerk {
        folder: folder.to_owned(),
        people: Vec::new(),
        handle: start(options, Arc::new(|| {})),
        key: None,
        until,
    };
    clerk.open_up();
    clerk.take_up_unfinished();
    if until == Until::Settled {
        clerk.give_a_key(0);
        return;
    }
    // Another person each round.
    let first = std::env::var("KEYDESK_KILL_TURN").unwrap().parse().unwrap();
    for turn in first.. {
        clerk.give_a_key(turn);
    }
}

struct Clerk {
    folder: PathBuf,
    people: Vec<Person>,
    handle: Handle,
    key: Option<KeyId>,
    until: Until,
}

impl Clerk {
    fn open_up(&mut self) {
        self.wait(|event| matches!(event, Event::Connected(Connected { .. })).then_some(()));
    }

    fn take_up_unfinished(&mut self) {
        let list: Vec<Unfinished> = self.wait(|event| match event {
            Event::Unfinished(list) => Some(list),
            _ => None,
        });
        self.insert();
        for one in list {
            self.answer(one.id, Answer::Retry);
            self.see_through(one.id);
        }
    }

    /// Other people each round: nobody can have more than ten passkeys.
    fn find_people(&mut self, turn: u32) {
        let letters = ["a", "e", "l", "m", "s"];
        let letter = letters[turn as usize % letters.len()];
        self.say(Command::Search { query: letter.into() });
        self.people = self.wait(|event| match event {
            Event::Found { people, .. } => Some(people.expect("search failed")),
            _ => None,
        });
        self.people.retain(may_be_enrolled);
    }

    fn give_a_key(&mut self, turn: u32) {
        if self.people.is_empty() {
            self.find_people(turn);
        }
        let person = self.people[turn as usize % self.people.len()].clone();
        let id = person.id.clone();
        self.say(Command::ChoosePerson(Box::new(person)));
        let card = self.wait(|event| match event {
            Event::PersonRead(read) if read.person == id => Some(read.card.expect("no card")),
            _ => None,
        });
        let mut old: Vec<String> =
            card.passkeys.into_iter().map(|passkey| passkey.method_id).collect();
        // Nobody can have more than ten: the old ones go when there are some.
        if old.len() < 3 {
            old.clear();
        }
        self.replug();
        let request = RegisterRequest {
            person: id,
            key: self.key.clone().unwrap(),
            serial: None,
            reset: Reset::ResetFirst,
            pin: PinChoice::New(NewPin::Random),
            first_use: match turn % 2 {
                0 => FirstUse::MustChangePin,
                _ => FirstUse::KeepPin,
            },
            remove_old: old,
        };
        self.say(Command::Register(Box::new(request)));
        let begun = self.wait(|event| match event {
            Event::EnrolmentBegun { id, .. } => Some(id),
            Event::Problem(problem) => panic!("not begun: {problem}"),
            _ => None,
        });
        self.see_through(begun);
    }

    /// Until the enrolment has ended; failures are answered as an operator in a hurry does.
    fn see_through(&mut self, id: EnrolmentId) {
        let mut retries = 0;
        loop {
            let next = self.wait(|event| match trace(event) {
                Event::Finished(done) if done.id == id => Some(Next::HandOver),
                Event::Stopped { id: of, stopped } if of == id => {
                    Some(Next::Asked(stopped.answers))
                }
                Event::HandedOver { id: of, .. } if of == id => Some(Next::Over),
                Event::Ended { id: of, .. } if of == id => Some(Next::Over),
                Event::Step { id: of, change, .. } if of == id => match change {
                    keydesk::engine::StepChange::Waiting { note }
                        if note.contains("put it back") =>
                    {
                        Some(Next::Replug)
                    }
                    _ => None,
                },
                Event::PinNeeded { id: of, needed } if of == id => {
                    Some(Next::Asked(needed.stopped.answers))
                }
                Event::PinRevealed { id: of, pin } if of == id => Some(Next::WriteDown(pin)),
                _ => None,
            });
            match next {
                Next::HandOver => self.say(Command::RevealPin(id)),
                Next::WriteDown(pin) => {
                    write_down(&self.folder, id, &pin);
                    self.say(Command::HandedOver(id));
                }
                Next::Replug => self.replug(),
                Next::Over => return,
                Next::Asked(answers) => {
                    retries += 1;
                    assert!(retries < 10, "asked again and again");
                    let answer = match retries {
                        1..=3 if answers.contains(&Answer::Retry) => Answer::Retry,
                        _ if answers.contains(&Answer::ResetKey) => Answer::ResetKey,
                        _ => answers[0],
                    };
                    self.answer(id, answer);
                }
            }
        }
    }

    fn answer(&self, enrolment: EnrolmentId, answer: Answer) {
        self.say(Command::Answer { enrolment, answer, pin: None, reason: String::new() });
    }

    fn insert(&mut self) {
        self.say(Command::Bench(BenchCommand::Insert { slot: SLOT }));
        let id = self.wait(|event| match event {
            Event::Key(KeyEvent::Identified(facts)) => Some(facts.id),
            _ => None,
        });
        self.key = Some(id);
    }

    fn replug(&mut self) {
        self.say(Command::Bench(BenchCommand::PullOut { slot: SLOT }));
        let old = self.key.take();
        self.wait(|event| {
            matches!(event, Event::Key(KeyEvent::Removed { id }) if Some(&id) == old.as_ref())
                .then_some(())
        });
        self.insert();
    }

    fn say(&self, command: Command) {
        assert!(self.handle.commands.blocking_send(command).is_ok(), "the engine has ended");
    }

    fn wait<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.handle.events.recv_timeout(left) {
                Ok(Event::NotConnected(problem)) => panic!("not connected: {problem}"),
                Ok(Event::TouchNeeded { .. }) => {
                    self.say(Command::Bench(BenchCommand::Touch { slot: SLOT }));
                }
                Ok(event) => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
                Err(error) => panic!("waited in vain ({:?}): {error}", self.until_word()),
            }
        }
    }

    fn until_word(&self) -> &'static str {
        match self.until {
            Until::Killed => "working",
            Until::Settled => "settling",
        }
    }
}

/// `KILL_TRACE=1` shows what the clerk sees, to find out where a round hangs.
fn trace(event: Event) -> Event {
    if std::env::var_os("KILL_TRACE").is_some() {
        match &event {
            Event::Step { step, change, .. } => eprintln!("{step:?} {change:?}"),
            Event::Stopped { stopped, .. } => eprintln!("{stopped:?}"),
            Event::PinNeeded { needed, .. } => eprintln!("{needed:?}"),
            Event::Problem(problem) => eprintln!("{problem}"),
            Event::Ended { summary, .. } => eprintln!("ended: {summary}"),
            _ => {}
        }
    }
    event
}

fn may_be_enrolled(person: &Person) -> bool {
    person.account == AccountState::Enabled && person.kind == PersonKind::Member
}

/// What the clerk tells the person, as paper would keep it: durable before the hand-over.
fn write_down(folder: &Path, id: EnrolmentId, pin: &Pin) {
    use std::io::Write;
    let path = folder.join(PAPER);
    let mut paper = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(paper, "{} {}", id.0, pin.expose()).unwrap();
    paper.sync_all().unwrap();
}

enum Next {
    WriteDown(Pin),
    HandOver,
    Replug,
    Asked(Vec<Answer>),
    Over,
}
