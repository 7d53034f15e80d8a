//! The whole engine with this directory: one person, one key, from the search to the hand-over.

use crate::cutter::{Cut, Cutter};
use crate::server::{Administrator, REALM, confess, directory, password, url};
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::bulk::{Activation, Challenges, Readiness, SessionOptions};
use keydesk::directory::{Directory, Person, PersonId};
use keydesk::engine::{
    BulkCommand, BulkEvent, Command, Event, Handle, NewPin, Pages, Patience, PinChoice,
    RegisterRequest, StartOptions, StoredSecret, start,
};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse, Reset, Step, Stopped};
use keydesk::key::{KeyEvent, KeyFacts, KeyId};
use keydesk::pin::Pin;
use keydesk::settings::Paths;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A bound on waiting, never a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clerk at the engine, with one key.
struct Desk {
    key: VirtualKey,
    handle: Handle,
    tenant: String,
}

impl Desk {
    /// A new station, connected to the server at that address, with a new key.
    fn open(folder: &Path, server_url: &str) -> Self {
        let key = VirtualKey::new(Model::Yubikey5Nfc).unwrap();
        key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        Self::started(folder, server_url, format!("Test {}", uuid::Uuid::new_v4()), key)
    }

    /// The program again, as after a kill: the same folder and key, nothing remembered.
    fn restarted(self, folder: &Path) -> Self {
        let Self { key, handle, tenant } = self;
        drop(handle);
        key.pull_out();
        key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        Self::started(folder, &url(), tenant, key)
    }

    fn started(folder: &Path, server_url: &str, tenant: String, key: VirtualKey) -> Self {
        let (config, data) = (folder.join("config"), folder.join("data"));
        std::fs::create_dir_all(&config).unwrap();
        let text = format!(
            "[tenant]\nname = \"{tenant}\"\ndirectory = \"privacyidea\"\n\
             server_url = \"{server_url}\"\nrealm = \"{REALM}\"\nadministrator = \"op\"\n\
             [security]\nsensitive = []\npins_without_keyring = true\n"
        );
        std::fs::write(config.join("config.toml"), text).unwrap();
        let options = StartOptions {
            paths: Paths { config, data },
            practice: false,
            virtual_keys: true,
            patience: Patience {
                lost_answer: Duration::from_millis(300),
                confirm: Duration::from_secs(5),
                ..Patience::default()
            },
            pages: Pages::OnlyTold,
        };
        let handle = start(options.clone(), Arc::new(|| {}));
        let mut desk = Self { key, handle, tenant };
        // A program that was ended just now lets go of the journal in its own time.
        while desk.finds_its_folder_in_use() {
            std::thread::sleep(Duration::from_millis(200));
            desk.handle = start(options.clone(), Arc::new(|| {}));
        }
        assert!(desk.connects(), "not connected");
        desk
    }

    fn finds_its_folder_in_use(&mut self) -> bool {
        self.wait(|event| match event {
            Event::Connected(_) => Some(false),
            Event::NotConnected(problem) => Some(problem.what.starts_with("Another Keydesk")),
            _ => None,
        })
    }

    /// Storing the password connects.
    fn connects(&mut self) -> bool {
        self.say(Command::StoreSecret {
            tenant: self.tenant.clone(),
            secret: StoredSecret::AdministratorPassword(password()),
        });
        self.wait(|event| matches!(event, Event::SecretStored).then_some(()));
        self.wait(|event| match event {
            Event::Connected(_) => Some(true),
            Event::NotConnected(_) => Some(false),
            _ => None,
        })
    }

    fn insert(&mut self) -> KeyFacts {
        let id = KeyId(self.key.insert().to_string());
        self.wait(|event| match event {
            Event::Key(KeyEvent::Identified(facts)) if facts.id == id => Some(facts),
            _ => None,
        })
    }

    fn choose(&mut self, query: &str) -> Person {
        self.say(Command::Search { query: query.into() });
        let people = self.wait(|event| match event {
            Event::Found { people, .. } => Some(people.unwrap()),
            _ => None,
        });
        let person = people[0].clone();
        self.say(Command::ChoosePerson(Box::new(person.clone())));
        self.wait(|event| match event {
            Event::PersonRead(read) if read.person == person.id => Some(read.card.unwrap()),
            _ => None,
        });
        person
    }

    fn register(&mut self, person: &Person, key: &KeyFacts, pin: PinChoice) -> EnrolmentId {
        self.say(Command::Register(Box::new(RegisterRequest {
            person: person.id.clone(),
            key: key.id.clone(),
            serial: None,
            reset: Reset::Keep,
            pin,
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        })));
        self.wait(|event| match event {
            Event::EnrolmentBegun { id, .. } => Some(id),
            Event::Problem(problem) => panic!("not begun: {problem}"),
            _ => None,
        })
    }

    /// The method's id in the directory.
    fn finished(&mut self, id: EnrolmentId) -> String {
        self.wait(|event| match event {
            Event::Finished(done) if done.id == id => Some(done.method_id),
            Event::Stopped { stopped, .. } => panic!("stopped: {}", stopped.problem),
            _ => None,
        })
    }

    fn stopped(&mut self, id: EnrolmentId) -> Stopped {
        self.wait(|event| match event {
            Event::Stopped { id: of, stopped } if of == id => Some(stopped),
            Event::Finished(_) => panic!("finished, though it should have stopped"),
            _ => None,
        })
    }

    /// Up to the wait for a touch that does not come; a half token is on the server.
    fn held_at_the_touch(&mut self, name: &str) -> EnrolmentId {
        self.key.set_touch(TouchPolicy::Hold);
        let key = self.insert();
        let person = self.choose(name);
        let id = self.register(&person, &key, PinChoice::New(NewPin::Typed(typed())));
        self.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
        id
    }

    fn unfinished(&mut self, id: EnrolmentId) {
        self.wait(|event| match event {
            Event::Unfinished(list) => list.iter().any(|one| one.id == id).then_some(()),
            _ => None,
        });
    }

    fn answer(&self, enrolment: EnrolmentId, answer: Answer, pin: Option<Pin>) {
        self.say(Command::Answer { enrolment, answer, pin, reason: String::new() });
    }

    fn ended(&mut self, id: EnrolmentId) {
        self.wait(|event| matches!(event, Event::Ended { id: of, .. } if of == id).then_some(()));
    }

    fn hand_over(&mut self, id: EnrolmentId) {
        self.say(Command::RevealPin(id));
        let pin = self.wait(|event| match event {
            Event::PinRevealed { id: of, pin } if of == id => Some(pin),
            _ => None,
        });
        confess(pin.expose());
        self.say(Command::HandedOver(id));
        self.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
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

/// A PIN the person chose: kept nowhere, so it must be typed again after a kill.
fn typed() -> Pin {
    const TYPED: &str = "50391746";
    confess(TYPED);
    Pin::new(TYPED).map_err(|_| "no PIN").unwrap()
}

/// What the server has of the person: serial and state of each token.
fn tokens(runtime: &tokio::runtime::Runtime, user: &str) -> Vec<(String, String)> {
    let tokens = runtime.block_on(async { Administrator::sign_in().await.tokens(user).await });
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    tokens.iter().map(|one| (text(&one["serial"]), text(&one["rollout_state"]))).collect()
}

#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn one_person_is_enrolled_from_the_search_to_the_hand_over() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path(), &url());
    let key = desk.insert();
    let person = desk.choose("Kaya");
    assert!(tokens(&runtime, "yusuf").is_empty(), "choosing a person leaves nothing");
    let id = desk.register(&person, &key, PinChoice::New(NewPin::Random));
    let method_id = desk.finished(id);
    desk.hand_over(id);
    assert_eq!(tokens(&runtime, "yusuf"), [(method_id.clone(), "enrolled".to_owned())]);
    let listed =
        runtime.block_on(directory().passkeys(&PersonId("yusuf".into()))).unwrap().remove(0);
    assert_eq!(listed.method_id, method_id);
    assert!(listed.display_name.starts_with("Key "), "{}", listed.display_name);
    let csv = std::fs::read_to_string(
        folder.path().join("data").join(&desk.tenant).join("registeredKeys.csv"),
    )
    .unwrap();
    assert!(csv.contains("yusuf@employees") && csv.contains(&method_id), "{csv}");
}

#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn a_lost_answer_is_looked_up_and_never_sent_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cutter = runtime.block_on(Cutter::start());
    let mut desk = Desk::open(folder.path(), &cutter.url());
    let key = desk.insert();
    let person = desk.choose("Vance");
    cutter.cut_next(Cut::AnswerTo("attestationObject"));
    let id = desk.register(&person, &key, PinChoice::New(NewPin::Random));
    let method_id = desk.finished(id);
    assert_eq!(cutter.cuts(), 1);
    assert_eq!(tokens(&runtime, "zoë"), [(method_id, "enrolled".to_owned())]);
}

#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn an_enrolment_that_is_rolled_back_leaves_no_half_token() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path(), &url());
    let id = desk.held_at_the_touch("Costa");
    let half = tokens(&runtime, "ines");
    assert_eq!(half.len(), 1);
    assert_eq!(half[0].1, "clientwait");
    desk.say(Command::Cancel(id));
    let stopped = desk.stopped(id);
    assert_eq!(stopped.step, Step::MakeCredential);
    desk.answer(id, Answer::Skip, None);
    desk.ended(id);
    assert_eq!(tokens(&runtime, "ines"), []);
}

#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn an_enrolment_taken_up_after_a_kill_ends_with_one_token() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path(), &url());
    let id = desk.held_at_the_touch("Wikander");
    let before = tokens(&runtime, "bo");
    assert_eq!(before.len(), 1);
    let mut desk = desk.restarted(folder.path());
    desk.unfinished(id);
    desk.insert();
    desk.answer(id, Answer::Retry, Some(typed()));
    let method_id = desk.finished(id);
    assert_ne!(before[0].0, method_id, "the challenge of before is not used again");
    assert_eq!(tokens(&runtime, "bo"), [(method_id, "enrolled".to_owned())]);
}

#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn an_enrolment_given_up_after_a_kill_leaves_no_half_token() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path(), &url());
    let id = desk.held_at_the_touch("Pugh");
    let mut desk = desk.restarted(folder.path());
    desk.unfinished(id);
    assert_eq!(tokens(&runtime, "ceri").len(), 1);
    desk.say(Command::Abandon { enrolment: id, reason: "left".into() });
    desk.ended(id);
    assert_eq!(tokens(&runtime, "ceri"), []);
}

impl Desk {
    /// Reads a list of one person, who is ready.
    fn reads_a_list_of(&mut self, folder: &Path, upn: &str) {
        let list = folder.join("people.csv");
        std::fs::write(&list, format!("userPrincipalName\n{upn}\n")).unwrap();
        self.say(Command::Bulk(BulkCommand::ReadFile(list)));
        let verdicts = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Checked { verdicts, done, of }) if done == of => Some(verdicts),
            Event::Bulk(BulkEvent::NotRead(problem)) => panic!("not read: {problem}"),
            _ => None,
        });
        assert!(matches!(verdicts[..], [(0, Readiness::Ready)]), "{verdicts:?}");
    }

    /// Begins a session of that person; or why there is none.
    fn begins(&mut self, options: SessionOptions) -> Result<(), String> {
        self.say(Command::Bulk(BulkCommand::Begin { options: Box::new(options), rows: vec![0] }));
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Session(Some(_))) => Some(Ok(())),
            Event::Problem(problem) => Some(Err(problem.to_string())),
            _ => None,
        })
    }
}

/// A half token would wait on the server for each of them, and lapse within minutes.
#[test]
#[ignore = "needs tests/privacyidea/with-server"]
fn keys_that_are_activated_later_are_refused_before_a_session_begins() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path(), &url());
    desk.reads_a_list_of(folder.path(), "gus@employees");
    let later = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    let told = desk.begins(later).unwrap_err();
    assert!(told.contains("no key can be activated later"), "{told}");
    assert!(told.contains("Choose keys that work at once"), "{told}");
    // No session is begun here: it would take the keys of the tests beside it.
    assert_eq!(tokens(&runtime, "gus"), [], "nothing was begun for anybody");
}
