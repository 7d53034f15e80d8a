//! One operator at a board of eight slots: `cargo bench --bench operator`.
//!
//! The real engine with virtual keys and a cloud at 120 ms a call. The operator's own time passes
//! in real time, one act after the other with one pair of hands: a key is put in (2 s), touched
//! (1 s), pulled out (2 s) and labelled (4 s), 9 s for each key and 400 keys an hour if the program
//! took none. What the operator sees is the board. Whenever no hand can do anything although keys
//! are in, the program is waited for: that is what it costs.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use hid::virtual_keys::{Model, VirtualKey};
use keydesk::bulk::{Challenges, Readiness, SessionOptions};
use keydesk::engine::{
    Board, BulkCommand, BulkEvent, Command, Event, Handle, Pages, Patience, SlotPhase,
    StartOptions, StoredSecret, start,
};
use keydesk::key::KeyId;
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::practice::company::CROWD;
use keydesk::secrets::SecretText;
use keydesk::settings::Paths;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

const TENANT: &str = "Bench";
const LATENCY: Duration = Duration::from_millis(120);
const SLOTS: usize = 8;
const KEYS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the operator's eyes go over the board.
const GLANCE: Duration = Duration::from_millis(5);

const INSERT: Duration = Duration::from_secs(2);
const TOUCH: Duration = Duration::from_secs(1);
const PULL: Duration = Duration::from_secs(2);
const LABEL: Duration = Duration::from_secs(4);

fn main() {
    // `cargo test --all-targets` runs benches too: then a few keys of hasty hands prove that it
    // works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (keys, haste) = if is_bench { (KEYS, 1) } else { (3, 50) };
    println!(
        "{keys} keys, {SLOTS} slots, one operator, cloud at {} ms a call",
        LATENCY.as_millis()
    );
    run("challenge fetched when the key is in", Challenges::JustInTime, keys, haste);
    run("challenges fetched before", Challenges::Prefetched { minutes: 60 }, keys, haste);
}

fn run(what: &str, challenges: Challenges, keys: usize, haste: u32) {
    let folder = tempfile::tempdir().expect("no folder");
    let runtime = tokio::runtime::Runtime::new().expect("no runtime");
    let options = CloudOptions { latency: LATENCY, crowd: keys, ..CloudOptions::default() };
    let cloud = runtime.block_on(Cloud::start(options)).expect("no cloud");
    configure(folder.path(), &cloud);
    let mut desk = Desk::new(folder.path(), &cloud);
    desk.begin(keys, SessionOptions { challenges, ..SessionOptions::default() });
    let figures = Operator::new(desk, keys, haste).work();
    figures.print(what, keys);
}

fn configure(folder: &Path, cloud: &Cloud) {
    let there = cloud.connection();
    std::fs::create_dir_all(folder.join("config")).expect("no folder");
    let text = format!(
        "[tenant]\nname = \"{TENANT}\"\ntenant = \"{}\"\nclient_id = \"{}\"\nsign_in = \"secret\"\nlogin_url = \"{}\"\n\
         graph_url = \"{}\"\n\n[security]\nsensitive = []\npins_without_keyring = true\n",
        there.domain, there.client_id, there.base_url, there.base_url
    );
    std::fs::write(folder.join("config/config.toml"), text).expect("no settings");
}

/// The station, and the board as it was told last.
struct Desk {
    handle: Handle,
    board: Board,
}

impl Desk {
    fn new(folder: &Path, cloud: &Cloud) -> Self {
        let paths = Paths { config: folder.join("config"), data: folder.join("data") };
        let options = StartOptions {
            paths,
            practice: false,
            virtual_keys: true,
            patience: Patience::default(),
            pages: Pages::OnlyTold,
        };
        let handle = start(options, Arc::new(|| {}));
        let mut desk = Self { handle, board: Board::default() };
        desk.wait(|event| matches!(event, Event::Settings(_)).then_some(()));
        let secret = SecretText::new(cloud.connection().secret.expose());
        let secret = StoredSecret::ClientSecret(secret);
        desk.say(Command::StoreSecret { tenant: TENANT.into(), secret });
        desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
        desk
    }

    /// Everybody of the crowd is looked up and in the session.
    fn begin(&mut self, keys: usize, options: SessionOptions) {
        self.wish(BulkCommand::FindGroups { query: CROWD.into() });
        let group = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Groups { groups, .. }) => {
                groups.ok()?.into_iter().find(|group| group.name == CROWD)
            }
            _ => None,
        });
        self.wish(BulkCommand::ReadGroup { group: Box::new(group), nested: false });
        let mut ready = 0;
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Checked { verdicts, done, of }) => {
                ready += verdicts.iter().filter(|(_, is)| *is == Readiness::Ready).count();
                (done == of).then_some(())
            }
            _ => None,
        });
        assert_eq!(ready, keys, "not everybody is ready");
        let rows = (0..keys).collect();
        self.wish(BulkCommand::Begin { options: Box::new(options), rows });
        self.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(Some(_)))).then_some(()));
    }

    fn wish(&self, wish: BulkCommand) {
        self.say(Command::Bulk(wish));
    }

    fn say(&self, command: Command) {
        assert!(self.handle.commands.blocking_send(command).is_ok(), "the engine has ended");
    }

    fn wait<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.handle.events.recv_timeout(left).expect("waited in vain") {
                Event::Problem(problem) => panic!("{problem}"),
                Event::Bulk(BulkEvent::NotRead(problem)) => panic!("{problem}"),
                event => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
            }
        }
    }

    /// Takes in what is told for so long; `seen` is asked after each new board.
    fn watch(&mut self, time: Duration, mut seen: impl FnMut(&Board)) {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.handle.events.recv_timeout(left) {
                Ok(Event::Bulk(BulkEvent::Board(board))) => {
                    self.board = *board;
                    seen(&self.board);
                }
                Ok(Event::Problem(problem)) => panic!("{problem}"),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("the engine has ended"),
            }
        }
    }
}

/// A key that is in.
struct InSlot {
    key: VirtualKey,
    id: KeyId,
    inserted: Instant,
    /// When the board said that it wants its touch.
    wants_touch: Option<Instant>,
    touched: Option<Instant>,
    done: Option<Instant>,
}

struct Operator {
    desk: Desk,
    /// What is in each port.
    ports: Vec<Option<InSlot>>,
    stack: usize,
    haste: u32,
    /// Keys that are labelled.
    labelled: usize,
    figures: Figures,
}

#[derive(Default)]
struct Figures {
    whole: Duration,
    /// Nothing to do for any hand, and keys are in.
    waited: Duration,
    to_touch: Vec<f64>,
    after_touch: Vec<f64>,
}

enum Act {
    Touch(usize),
    Insert(usize),
    PullAndLabel(usize),
}

impl Operator {
    fn new(desk: Desk, keys: usize, haste: u32) -> Self {
        let ports = (0..SLOTS).map(|_| None).collect();
        Self { desk, ports, stack: keys, haste, labelled: 0, figures: Figures::default() }
    }

    fn work(mut self) -> Figures {
        let keys = self.stack;
        let begun = Instant::now();
        let mut idle_since: Option<Instant> = None;
        while self.labelled < keys {
            let Some(act) = self.next_act() else {
                let since = *idle_since.get_or_insert_with(Instant::now);
                assert!(
                    since.elapsed() < PATIENCE,
                    "nothing to do for long: {:?}",
                    self.desk.board
                );
                self.pass(GLANCE);
                continue;
            };
            if let Some(since) = idle_since.take() {
                self.figures.waited += since.elapsed();
            }
            self.carry_out(act);
        }
        self.figures.whole = begun.elapsed();
        self.figures
    }

    /// A key that asks goes first, for it does not ask for long; then no slot stays empty.
    fn next_act(&self) -> Option<Act> {
        let phase = |place: usize| {
            let id = &self.ports[place].as_ref()?.id;
            let slots = self.desk.board.slots.iter();
            slots
                .filter(|slot| slot.key.as_ref().is_some_and(|key| key.id == *id))
                .map(|slot| &slot.phase)
                .next()
        };
        let places = 0..SLOTS;
        for place in places.clone() {
            match phase(place) {
                Some(SlotPhase::Stopped(stopped)) => panic!("stopped: {}", stopped.problem),
                Some(SlotPhase::Refused(problem) | SlotPhase::Barred(problem)) => {
                    panic!("refused: {problem}")
                }
                _ => {}
            }
        }
        let asks = |place: &usize| {
            matches!(phase(*place), Some(SlotPhase::TouchNow { .. }))
                && self.ports[*place].as_ref().is_some_and(|one| one.touched.is_none())
        };
        let touch = places.clone().find(asks).map(Act::Touch);
        let is_free = |place: &usize| self.stack > 0 && self.ports[*place].is_none();
        let insert = places.clone().find(is_free).map(Act::Insert);
        let is_done = |place: &usize| matches!(phase(*place), Some(SlotPhase::Done { .. }));
        touch.or(insert).or_else(|| places.clone().find(is_done).map(Act::PullAndLabel))
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::Touch(place) => {
                self.pass(TOUCH / self.haste);
                if let Some(one) = &mut self.ports[place] {
                    assert!(one.key.touch(), "the board says touch, and the key does not ask");
                    one.touched = Some(Instant::now());
                }
            }
            Act::Insert(place) => {
                self.pass(INSERT / self.haste);
                self.stack -= 1;
                let key = VirtualKey::new(Model::Yubikey5Nfc).expect("no key");
                let id = KeyId(key.insert_into(&format!("port-{place}")).to_string());
                let inserted = Instant::now();
                self.ports[place] = Some(InSlot {
                    key,
                    id,
                    inserted,
                    wants_touch: None,
                    touched: None,
                    done: None,
                });
            }
            Act::PullAndLabel(place) => {
                self.pass(PULL / self.haste);
                let one = self.ports[place].take().expect("nothing is in");
                one.key.pull_out();
                self.figures.take(&one);
                self.pass(LABEL / self.haste);
                self.labelled += 1;
            }
        }
    }

    /// Time goes by; the board is read meanwhile.
    fn pass(&mut self, time: Duration) {
        let ports = &mut self.ports;
        self.desk.watch(time, |board| {
            let now = Instant::now();
            for slot in &board.slots {
                let Some(key) = &slot.key else { continue };
                let Some(one) = ports.iter_mut().flatten().find(|one| one.id == key.id) else {
                    continue;
                };
                match slot.phase {
                    SlotPhase::TouchQueued { .. } | SlotPhase::TouchNow { .. } => {
                        one.wants_touch.get_or_insert(now);
                    }
                    SlotPhase::Done { .. } => {
                        one.done.get_or_insert(now);
                    }
                    _ => {}
                }
            }
        });
    }
}

impl Figures {
    fn take(&mut self, one: &InSlot) {
        let ms =
            |from: Option<Instant>, to: Option<Instant>| Some((to? - from?).as_secs_f64() * 1e3);
        self.to_touch.extend(ms(Some(one.inserted), one.wants_touch));
        self.after_touch.extend(ms(one.touched, one.done));
    }

    fn print(mut self, what: &str, keys: usize) {
        let hour = keys as f64 / self.whole.as_secs_f64() * 3600.0;
        println!("{what}");
        println!("  {:52} {hour:8.0}", "keys an hour");
        let each = self.waited.as_secs_f64() * 1e3 / keys as f64;
        println!("  {:52} {each:8.0} ms", "program waited for by idle hands, per key");
        for (what, times) in [
            ("key in -> wants its touch, median", &mut self.to_touch),
            ("touched -> done, median", &mut self.after_touch),
        ] {
            times.sort_by(f64::total_cmp);
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let slowest = times.last().copied().unwrap_or_default();
            println!("  {what:52} {median:8.0} ms   (slowest {slowest:.0})");
        }
    }
}
