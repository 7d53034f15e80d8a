//! What one key costs the machine: `cargo bench`.
//!
//! The real engine, journal and CTAP client on a virtual key and the loopback cloud. All figures
//! are of one run on one machine; compare them with each other, not with another machine's.
//! The window's figures are taken by `packaging/measure-window`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::directory::{AccountState, Person, PersonKind};
use keydesk::engine::{
    Command, Event, Handle, NewPin, Pages, Patience, PinChoice, RegisterRequest, StartOptions,
    StepChange, StoredSecret, start,
};
use keydesk::enrolment::{EnrolmentId, FirstUse, Reset, Step};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::practice::cloud::{Cloud, CloudOptions, Order};
use keydesk::secrets::SecretText;
use keydesk::settings::Paths;
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
         graph_url = \"{}\"\n\n[security]\nsensitive = []\n",
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

/// One frame of the window with 100,000 rows in the history; drawing by the graphics not included.
fn frames() {
    use eframe::egui::{Key, Modifiers, Vec2};
    use egui_kittest::Harness;
    use keydesk::engine::{Connected, HistoryRow};
    use keydesk::settings::Accent;
    let (commands, _sink) = tokio::sync::mpsc::channel(64);
    let (say, events) = std::sync::mpsc::sync_channel(64);
    let mut window = Harness::builder()
        .with_size(Vec2::new(1280.0, 800.0))
        .build_eframe(|cc| keydesk::app::App::new(cc, Handle { commands, events }));
    let connected = Connected {
        name: TENANT.into(),
        detail: "bench.example".into(),
        directory: "Entra ID",
        accent: Accent::Blue,
        practice: false,
        operator: "bench".into(),
        keys_today: 0,
    };
    say.send(Event::Connected(connected)).expect("no window");
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    window.run_steps(2);
    let rows = (0..100_000).map(|n| HistoryRow {
        at: jiff::Timestamp::UNIX_EPOCH,
        operator: "bench".into(),
        action: "Registered".into(),
        subject: format!("person.{n}@bench.example"),
        serial: Some(n.to_string()),
        detail: String::new(),
    });
    let rows = Ok(rows.collect());
    say.send(Event::History { filter: String::new(), rows }).expect("no window");
    window.run_steps(5);
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            window.step();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("one frame with 100,000 rows in the list");
    println!("  median {:.2}   slowest of 200: {:.2}", times[100], times[199]);
}
