//! `kill -9` at random moments: no PIN, credential or registration is lost or unaccounted for.
//!
//! The process that is killed is the real engine on a real journal, a real Secret Service, a
//! virtual key whose memory is a file, and the practice cloud in this (the surviving) process.
//! `KILLS` sets the rounds (200); `KILL_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout, clippy::print_stderr)] // it reports its rounds

#[path = "killed/common.rs"]
mod common;

use common::{
    PATIENCE, Reader, Role, SplitMix, Turn, check_registrations, folder_of_child, kill_after,
    last_sure, outcome, settle,
};
use hid::virtual_keys::Model;
use keydesk::directory::{AccountState, Person, PersonKind};
use keydesk::engine::{
    BenchCommand, Command, Connected, Event, Handle, NewPin, Pages, Patience, PinChoice,
    RegisterRequest, StartOptions, Unfinished, start,
};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse, Outcome, Reset, Stopped};
use keydesk::journal::{Journal, SealedPin, StoredEnrolment};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::secrets::Secrets;
use keydesk::settings::Paths;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TENANT: &str = "Kill test";
/// The bench's first key: a new one with a serial.
const SLOT: u8 = 1;
/// Where the clerk writes PINs down that were shown.
const PAPER: &str = "paper";
/// Kills fall within this time after the start; a whole enrolment takes less.
const LATEST_KILL_MS: u64 = 900;

fn main() {
    match common::role() {
        Role::Work => work(&folder_of_child(), Until::Killed),
        Role::Settle => work(&folder_of_child(), Until::Settled),
        Role::Survive => survive(),
        Role::Skip => common::say_skipped(),
    }
}

// ---- the process that survives and checks ----------------------------------------------------

fn survive() {
    let (rounds, seed) = common::rounds_and_seed(200);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let secrets = common::real_keyring();
    let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
    common::configure(folder.path(), &cloud, &secrets, TENANT);
    let witness = Witness { folder: folder.path().to_owned(), cloud, secrets };
    let mut reader = Reader::new(runtime);

    let mut random = SplitMix(seed);
    let mut seen = BTreeMap::<String, u32>::new();
    for round in 1..=rounds {
        let delay = Duration::from_millis(random.next() % LATEST_KILL_MS);
        kill_after(folder.path(), delay, round, Turn { number: round.into(), seed });
        for state in witness.look(&mut reader, round) {
            *seen.entry(state).or_default() += 1;
        }
    }
    settle(folder.path(), Turn { number: 0, seed });
    let handed_over = witness.audit(&mut reader);
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

struct Witness {
    folder: PathBuf,
    cloud: Cloud,
    secrets: Secrets,
}

impl Witness {
    /// After each kill: a PIN that is on the key opens from the vault, every registration and
    /// every credential belongs to an enrolment. Answers the states that were met.
    fn look(&self, reader: &mut Reader, round: u32) -> Vec<String> {
        let journal = self.journal();
        let all = journal.all().unwrap();
        check_registrations(&self.cloud, &all, round);
        let states = all.iter().filter(|one| one.finished_at.is_none()).map(last_sure).collect();
        if all.is_empty() {
            return states;
        }
        let mut known: Vec<(&StoredEnrolment, Pin)> =
            all.iter().filter_map(|one| Some((one, self.pin_of(&journal, one)?))).collect();
        known.sort_by_key(|(one, _)| std::cmp::Reverse(one.begun_at));
        reader.with_key(self.spec(), |reader, key| {
            reader.check_key(key, &known, round);
        });
        states
    }

    /// At the end nothing is unfinished, and every hand-over is whole.
    fn audit(&self, reader: &mut Reader) -> usize {
        self.look(reader, u32::MAX);
        let journal = self.journal();
        assert_eq!(journal.unfinished().unwrap(), [], "still unfinished after settling");
        journal.verify_chain().expect("the history's chain is broken");
        let rows = common::csv_methods(&self.folder.join("data"), TENANT);
        let handed_over: Vec<String> = journal
            .all()
            .unwrap()
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
}

// ---- the process that is killed --------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Killed,
    Settled,
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
    let first = u32::try_from(common::turn_of_child().number).unwrap();
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
        let mut asked = Vec::new();
        loop {
            let next = self.wait(|event| match trace(event) {
                Event::Finished(done) if done.id == id => Some(Next::HandOver),
                Event::Stopped { id: of, stopped } if of == id => Some(Next::Asked(stopped)),
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
                    Some(Next::Asked(needed.stopped))
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
                Next::Asked(Stopped { step, problem, answers }) => {
                    asked.push(format!("{step:?}: {problem}"));
                    assert!(asked.len() < 10, "asked again and again: {asked:#?}");
                    let answer = match asked.len() {
                        1..=3 if answers.contains(&Answer::Retry) => Answer::Retry,
                        _ if answers.contains(&Answer::ResetKey) => Answer::ResetKey,
                        // What can't be removed now is left, and accounted for.
                        4.. if answers.contains(&Answer::LeaveIt) => Answer::LeaveIt,
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
    Asked(Stopped),
    Over,
}
