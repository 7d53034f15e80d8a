//! What one key costs the machine: `cargo bench`.
//!
//! The real engine, journal and CTAP client on a virtual key and the loopback cloud. All figures
//! are of one run on one machine; compare them with each other, not with another machine's.
//! The window's figures are taken by `packaging/measure-window`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use eframe::egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::access::Role;
use keydesk::bulk::Readiness;
use keydesk::directory::{AccountState, Person, PersonKind};
use keydesk::engine::{
    BulkEvent, Command, Connected, Event, Handle, HistoryRow, NewPin, OperatorShown, Pages,
    Patience, PeopleRead, PersonRow, PinChoice, RegisterRequest, StartOptions, StepChange,
    StoredSecret, WhoEvent, start,
};
use keydesk::enrolment::{EnrolmentId, FirstUse, Reset, Step};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::practice::cloud::{Cloud, CloudOptions, Order};
use keydesk::secrets::SecretText;
use keydesk::settings::{Accent, Paths};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TENANT: &str = "Bench";
const KEYS: usize = 25;
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    // `cargo test --all-targets` runs benches too: then a few keys prove that it works.
    let keys = if std::env::args().any(|argument| argument == "--bench") { KEYS } else { 2 };
    let folder = tempfile::tempdir().expect("no folder");
    let runtime = tokio::runtime::Runtime::new().expect("no runtime");
    let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).expect("no cloud");
    configure(folder.path(), &cloud);
    let mut clerk = Clerk::new(folder.path(), &cloud);

    println!("{keys} keys each; medians, milliseconds\n");
    let near = clerk.give(keys);
    println!("cloud at 0 ms a call");
    row("CTAP part: PIN and credential", &near, |key| key.ctap);
    row("whole: Register key -> confirmed", &near, |key| key.whole);

    cloud.control().order(Order::Latency { ms: 120 });
    let far = clerk.give(keys.min(10));
    println!("cloud at 120 ms a call");
    row("key inserted -> touch now", &far, |key| key.to_touch);
    row("touch -> confirmed", &far, |key| key.after_touch);
    println!("  (two calls of the cloud alone are 240 ms)");

    journal(folder.path(), keys);
    frames();
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

/// Durations of one key.
struct Timing {
    ctap: Duration,
    whole: Duration,
    to_touch: Duration,
    after_touch: Duration,
}

fn row(what: &str, timings: &[Timing], figure: impl Fn(&Timing) -> Duration) {
    let mut all: Vec<f64> = timings.iter().map(|key| figure(key).as_secs_f64() * 1e3).collect();
    all.sort_by(f64::total_cmp);
    let median = all[all.len() / 2];
    println!("  {what:36} {median:8.1}   ({:.1} to {:.1})", all[0], all[all.len() - 1]);
}

struct Clerk {
    handle: Handle,
    people: Vec<Person>,
    next: usize,
}

impl Clerk {
    fn new(folder: &Path, cloud: &Cloud) -> Self {
        let paths = Paths { config: folder.join("config"), data: folder.join("data") };
        let options = StartOptions {
            paths,
            practice: false,
            virtual_keys: true,
            patience: Patience::default(),
            pages: Pages::OnlyTold,
        };
        let mut clerk =
            Self { handle: start(options, Arc::new(|| {})), people: Vec::new(), next: 0 };
        let secret = SecretText::new(cloud.connection().secret.expose());
        let secret = StoredSecret::ClientSecret(secret);
        clerk.wait_settings();
        clerk.say(Command::StoreSecret { tenant: TENANT.into(), secret });
        clerk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
        for letter in ["a", "e", "l", "m", "s"] {
            clerk.say(Command::Search { query: letter.into() });
            let found = clerk.wait(|event| match event {
                Event::Found { query, people } if query == letter => people.ok(),
                _ => None,
            });
            clerk.people.extend(found);
        }
        clerk
            .people
            .retain(|one| one.account == AccountState::Enabled && one.kind == PersonKind::Member);
        clerk
    }

    fn wait_settings(&mut self) {
        self.wait(|event| matches!(event, Event::Settings(_)).then_some(()));
    }

    fn give(&mut self, keys: usize) -> Vec<Timing> {
        (0..keys).map(|_| self.give_one()).collect()
    }

    fn give_one(&mut self) -> Timing {
        let person = self.people[self.next % self.people.len()].clone();
        self.next += 1;
        let id = person.id.clone();
        self.say(Command::ChoosePerson(Box::new(person)));
        let mut read = false;
        let mut ahead = false;
        self.wait(|event| {
            read |= matches!(&event, Event::PersonRead(read) if read.person == id);
            ahead |= matches!(&event, Event::ChallengeReady { person, .. } if *person == id);
            (read && ahead).then_some(())
        });
        let key = VirtualKey::new(Model::Yubikey5Nfc).expect("no key");
        key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        let plugged_in = Instant::now();
        let inserted = KeyId(key.insert().to_string());
        self.wait(|event| {
            matches!(event, Event::Key(KeyEvent::Identified(facts)) if facts.id == inserted)
                .then_some(())
        });
        let timing = self.register(id, inserted, plugged_in);
        key.pull_out();
        timing
    }

    fn register(
        &mut self,
        person: keydesk::directory::PersonId,
        key: KeyId,
        plugged_in: Instant,
    ) -> Timing {
        let begun = Instant::now();
        self.say(Command::Register(Box::new(RegisterRequest {
            person,
            key,
            serial: None,
            reset: Reset::Keep,
            pin: PinChoice::New(NewPin::Random),
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        })));
        let mut took: HashMap<Step, Duration> = HashMap::new();
        let mut touch = None;
        let id: EnrolmentId = self.wait(|event| match event {
            Event::Step { step, change: StepChange::Done { took: time, .. }, .. } => {
                took.insert(step, time);
                None
            }
            Event::TouchNeeded { .. } => {
                touch.get_or_insert_with(Instant::now);
                None
            }
            Event::Stopped { stopped, .. } => panic!("stopped: {}", stopped.problem),
            Event::Problem(problem) => panic!("{problem}"),
            Event::Finished(done) => Some(done.id),
            _ => None,
        });
        let done = Instant::now();
        let touch = touch.expect("no touch was asked for");
        self.say(Command::RevealPin(id));
        self.say(Command::HandedOver(id));
        self.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
        Timing {
            ctap: took[&Step::Pin] + took[&Step::MakeCredential],
            whole: done - begun,
            to_touch: touch - plugged_in,
            after_touch: done - touch,
        }
    }

    fn say(&self, command: Command) {
        assert!(self.handle.commands.blocking_send(command).is_ok(), "the engine has ended");
    }

    fn wait<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.handle.events.recv_timeout(left).expect("waited in vain");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }
}

/// One durable append (two rows, synced) after another.
fn journal(folder: &Path, keys: usize) {
    use keydesk::journal::{Action, Entry, Journal};
    use keydesk::secrets::Secrets;
    let journal =
        Journal::open(&folder.join("bench"), &Secrets::session_only("bench")).expect("no journal");
    let entry = Entry {
        tenant: TENANT.into(),
        operator: "bench".into(),
        action: Action::PinSet,
        subject: "nobody".into(),
        serial: None,
        detail: String::new(),
    };
    let mut times: Vec<f64> = (0..keys * 40)
        .map(|_| {
            let begun = Instant::now();
            journal.audit(&entry, jiff::Timestamp::now()).expect("not written");
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("journal, one durable append");
    println!("  p50 {:.2}   p99 {:.2}", at(0.5), at(0.99));
}

/// Rows of a list that no station has more of.
const ROWS: u32 = 100_000;

/// Frames of the window with many rows; drawing by the graphics not included.
fn frames() {
    let mut window = Window::open();
    window.go_to(Key::Num2);
    let begun = Instant::now();
    window.tell(Event::Bulk(BulkEvent::People(Some(Arc::new(people())))));
    println!("{ROWS} people in the preflight table");
    println!("  taken in by the window, with the first frame {:.2}", millis(begun));
    window.frames("All 100000");
    window.harness.get_by_label("Find in the table").focus();
    window.harness.run_steps(2);
    window.harness.event(eframe::egui::Event::Text("9".into()));
    let typed = Instant::now();
    window.harness.step();
    println!("  a keystroke in its filter, with its frame {:.2}", millis(typed));
    window.harness.step();
    window.is_shown("Person Number 9 gets a key");
    assert!(window.harness.query_by_label("Person Number 0 gets a key").is_none(), "not filtered");

    window.go_to(Key::Num6);
    let rows = (0..ROWS).map(|n| HistoryRow {
        at: jiff::Timestamp::UNIX_EPOCH,
        operator: "bench".into(),
        action: "Registered".into(),
        subject: format!("person.{n}@bench.example"),
        serial: Some(n.to_string()),
        detail: String::new(),
    });
    let rows = Ok(rows.collect());
    window.tell(Event::History { filter: String::new(), rows });
    println!("{ROWS} rows of the history");
    window.frames("person.3@bench.example");
}

fn people() -> PeopleRead {
    let row = |n: u32| PersonRow {
        line: usize::try_from(n).ok(),
        name: format!("Person Number {n}").into(),
        upn: format!("person.{n}@bench.example").into(),
        serial: Some((31_000_000 + n).to_string().into()),
        badge: None,
        readiness: Readiness::Ready,
    };
    PeopleRead {
        source: "people.csv".into(),
        facts: String::new(),
        remarks: Vec::new(),
        rows: (0..ROWS).map(row).collect(),
    }
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The window without a display, and a scripted engine.
struct Window {
    harness: Harness<'static, keydesk::app::App>,
    say: std::sync::mpsc::SyncSender<Event>,
    _commands: tokio::sync::mpsc::Receiver<Command>,
}

impl Window {
    fn open() -> Self {
        let (commands, sink) = tokio::sync::mpsc::channel(64);
        let (say, events) = std::sync::mpsc::sync_channel(64);
        let harness = Harness::builder()
            .with_size(Vec2::new(1280.0, 800.0))
            .build_eframe(|cc| keydesk::app::App::new(cc, Handle { commands, events }));
        let mut window = Self { harness, say, _commands: sink };
        window.tell(Event::Connected(Connected {
            name: TENANT.into(),
            detail: "bench.example".into(),
            directory: "Entra ID",
            accent: Accent::Blue,
            practice: false,
            operator: "bench".into(),
            keys_today: 0,
        }));
        let operator = OperatorShown::Station { name: "bench".into(), roles: Role::ALL.to_vec() };
        window.tell(Event::Who(WhoEvent::Operator(operator)));
        window
    }

    fn tell(&mut self, event: Event) {
        self.say.send(event).expect("no window");
        self.harness.step();
    }

    fn go_to(&mut self, page: Key) {
        self.harness.key_press_modifiers(Modifiers::COMMAND, page);
        self.harness.run_steps(2);
    }

    fn is_shown(&self, part: &str) {
        let mut found = self.harness.query_all_by_label_contains(part);
        assert!(found.next().is_some(), "{part} is not shown");
    }

    /// Prints what a frame takes that shows this.
    fn frames(&mut self, shown: &str) {
        self.harness.run_steps(3);
        self.is_shown(shown);
        let mut times: Vec<f64> = (0..200)
            .map(|_| {
                let begun = Instant::now();
                self.harness.step();
                millis(begun)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("  one frame: median {:.2}   slowest of 200: {:.2}", times[100], times[199]);
    }
}
