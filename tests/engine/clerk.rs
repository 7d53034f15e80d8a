//! A clerk at the real engine: practice cloud, virtual key, a data folder of its own.

use hid::virtual_keys::{Fault as KeyFault, Spec, TouchPolicy, VirtualKey};
use keydesk::directory::Person;
use keydesk::engine::{
    Command, Event, Handle, NewPin, Pages, Patience, PinChoice, RegisterRequest, StartOptions,
    StoredSecret, start,
};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse, Reset, Stopped};
use keydesk::key::{KeyEvent, KeyFacts, KeyId};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Cloud, CloudOptions, Effect, Fault, Order};
use keydesk::secrets::SecretText;
use keydesk::settings::Paths;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A bound on waiting, never a measurement.
const PATIENCE: Duration = Duration::from_secs(40);

/// A station with its cloud and one key; everything is gone when it is dropped.
pub struct Station<K = VirtualKey> {
    pub cloud: Arc<Cloud>,
    pub key: K,
    handle: Handle,
    tenant: String,
    folder: tempfile::TempDir,
    /// Of the cloud, where it is this station's own.
    _runtime: Option<tokio::runtime::Runtime>,
}

/// Where an enrolment has come to.
pub enum Halt {
    Finished,
    Stopped(Stopped),
    Touch,
    Ended(String),
}

impl<K> Station<K> {
    /// Configured for its cloud, without the secret. The login service may have another address.
    pub fn with(key: K, login_url: Option<&str>, adjust: impl FnOnce(&mut StartOptions)) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
        Self::at((Arc::new(cloud), Some(runtime)), key, login_url, adjust)
    }

    /// Another station of the same company; it is dropped first.
    #[allow(dead_code)] // for checks of callers
    pub fn beside<Other>(
        other: &Station<Other>,
        key: K,
        adjust: impl FnOnce(&mut StartOptions),
    ) -> Self {
        Self::at((Arc::clone(&other.cloud), None), key, None, adjust)
    }

    /// A station on the files of this one as they are at this moment: what is found after the
    /// program was killed now. It has the same tenant and company.
    #[allow(dead_code)] // for checks of callers
    pub fn as_if_killed(&self, key: K, adjust: impl FnOnce(&mut StartOptions)) -> Self {
        self.on_files(self.files_now(), key, adjust)
    }

    /// Its files as they are at this moment.
    #[allow(dead_code)] // for checks of callers
    pub fn files_now(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        copy_files(self.folder.path(), folder.path());
        folder
    }

    /// A station on these files, of the same tenant and company.
    #[allow(dead_code)] // for checks of callers
    pub fn on_files(
        &self,
        files: tempfile::TempDir,
        key: K,
        adjust: impl FnOnce(&mut StartOptions),
    ) -> Self {
        let place = (Arc::clone(&self.cloud), None, self.tenant.clone());
        Self::open_on(place, files, key, adjust)
    }

    /// The same after a kill at this moment and a new start, with its key as it is.
    #[allow(dead_code)] // for sessions
    pub fn killed_and_started(self) -> Self {
        self.killed_and_started_after(|_| {})
    }

    /// The same where something is done to its key while no program runs.
    #[allow(dead_code)] // for sessions
    pub fn killed_and_started_after(self, meanwhile: impl FnOnce(&mut K)) -> Self {
        let Self { cloud, mut key, handle, tenant, folder, _runtime } = self;
        let left = tempfile::tempdir().unwrap();
        copy_files(folder.path(), left.path());
        drop(handle);
        meanwhile(&mut key);
        let mut station = Self::open_on((cloud, _runtime, tenant), left, key, |_| {});
        station.connect();
        station
    }

    fn at(
        (cloud, runtime): (Arc<Cloud>, Option<tokio::runtime::Runtime>),
        key: K,
        login_url: Option<&str>,
        adjust: impl FnOnce(&mut StartOptions),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A keyring is shared by all tests of this process: each has a tenant of its own.
        let tenant = format!("Test {}", uuid::Uuid::new_v4());
        let there = cloud.connection();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        let text = format!(
            "[tenant]\nname = \"{tenant}\"\ntenant = \"{}\"\nclient_id = \"{}\"\n\
             sign_in = \"secret\"\nlogin_url = \"{}\"\ngraph_url = \"{}\"\n\
             [security]\nsensitive = []\npins_without_keyring = true\n",
            there.domain,
            there.client_id,
            login_url.unwrap_or(&there.base_url),
            there.base_url
        );
        std::fs::write(folder.path().join("config/config.toml"), text).unwrap();
        Self::open_on((cloud, runtime, tenant), folder, key, adjust)
    }

    fn open_on(
        (cloud, runtime, tenant): (Arc<Cloud>, Option<tokio::runtime::Runtime>, String),
        folder: tempfile::TempDir,
        key: K,
        adjust: impl FnOnce(&mut StartOptions),
    ) -> Self {
        let mut options = StartOptions {
            paths: Paths { config: folder.path().join("config"), data: folder.path().join("data") },
            practice: false,
            virtual_keys: true,
            patience: Patience {
                lost_answer: Duration::from_millis(300),
                confirm: Duration::from_secs(5),
                ..Patience::default()
            },
            pages: Pages::OnlyTold,
        };
        adjust(&mut options);
        let handle = start(options, Arc::new(|| {}));
        Self { cloud, key, handle, tenant, folder, _runtime: runtime }
    }

    /// Gives it the secret and waits until it is connected.
    pub fn connect(&mut self) {
        self.store_secret();
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    pub fn store_secret(&mut self) {
        self.wait(|event| matches!(event, Event::Settings(_)).then_some(()));
        let secret = SecretText::new(self.cloud.connection().secret.expose());
        self.say(Command::StoreSecret {
            tenant: self.tenant.clone(),
            secret: StoredSecret::ClientSecret(secret),
        });
    }

    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Each tenant has a folder of its own.
    pub fn csv(&self) -> PathBuf {
        self.folder.path().join("data").join(&self.tenant).join("registeredKeys.csv")
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Finds the person and waits for their card and the challenge fetched ahead.
    pub fn choose(&mut self, query: &str) -> Person {
        self.say(Command::Search { query: query.into() });
        let people = self.wait(|event| match event {
            Event::Found { people, .. } => Some(people.unwrap()),
            _ => None,
        });
        let person = people[0].clone();
        self.say(Command::ChoosePerson(Box::new(person.clone())));
        let id = person.id.clone();
        self.wait(|event| match event {
            Event::PersonRead(read) if read.person == id => Some(read.card.unwrap()),
            _ => None,
        });
        person
    }

    pub fn register(&mut self, person: &Person, key: &KeyFacts, pin: PinChoice) -> EnrolmentId {
        self.register_as(RegisterRequest {
            person: person.id.clone(),
            key: key.id.clone(),
            serial: None,
            reset: Reset::Keep,
            pin,
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        })
    }

    pub fn register_as(&mut self, request: RegisterRequest) -> EnrolmentId {
        self.say(Command::Register(Box::new(request)));
        self.wait(|event| match event {
            Event::EnrolmentBegun { id, .. } => Some(id),
            Event::Problem(problem) => panic!("not begun: {problem}"),
            _ => None,
        })
    }

    pub fn halt(&mut self, id: EnrolmentId) -> Halt {
        self.wait(|event| match event {
            Event::Finished(done) if done.id == id => Some(Halt::Finished),
            Event::Stopped { id: of, stopped } if of == id => Some(Halt::Stopped(stopped)),
            Event::PinNeeded { id: of, needed } if of == id => Some(Halt::Stopped(needed.stopped)),
            Event::TouchNeeded { id: of, .. } if of == id => Some(Halt::Touch),
            Event::Ended { id: of, summary } if of == id => Some(Halt::Ended(summary)),
            _ => None,
        })
    }

    /// The next stop; touches on the way there are not counted.
    pub fn stopped(&mut self, id: EnrolmentId) -> Stopped {
        loop {
            match self.halt(id) {
                Halt::Stopped(stopped) => return stopped,
                Halt::Touch => {}
                Halt::Finished => panic!("finished, though it should have stopped"),
                Halt::Ended(summary) => panic!("ended: {summary}"),
            }
        }
    }

    pub fn finished(&mut self, id: EnrolmentId) {
        loop {
            match self.halt(id) {
                Halt::Finished => return,
                Halt::Touch => {}
                Halt::Stopped(stopped) => panic!("stopped: {}", stopped.problem),
                Halt::Ended(summary) => panic!("ended: {summary}"),
            }
        }
    }

    pub fn ended(&mut self, id: EnrolmentId) -> String {
        loop {
            match self.halt(id) {
                Halt::Ended(summary) => return summary,
                Halt::Touch => {}
                Halt::Finished => panic!("finished, though it should have ended"),
                Halt::Stopped(stopped) => panic!("stopped: {}", stopped.problem),
            }
        }
    }

    pub fn touch_is_needed(&mut self, id: EnrolmentId) {
        match self.halt(id) {
            Halt::Touch => {}
            Halt::Stopped(stopped) => panic!("stopped: {}", stopped.problem),
            _ => panic!("over before a touch"),
        }
    }

    pub fn answer(&self, enrolment: EnrolmentId, answer: Answer, pin: Option<Pin>) {
        self.say(Command::Answer { enrolment, answer, pin, reason: String::new() });
    }

    pub fn reveal(&mut self, id: EnrolmentId) -> Pin {
        self.say(Command::RevealPin(id));
        self.wait(|event| match event {
            Event::PinRevealed { id: of, pin } if of == id => Some(pin),
            Event::Problem(problem) => panic!("not revealed: {problem}"),
            _ => None,
        })
    }

    pub fn say(&self, command: Command) {
        assert!(self.handle.commands.blocking_send(command).is_ok(), "the engine has ended");
    }

    pub fn wait<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.handle.events.recv_timeout(left).expect("waited in vain");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// The next calls to passkeys with this method fail so.
    pub fn fail_next(&self, method: &str, times: u32, effect: Effect) {
        let fault =
            Fault { method: Some(method.into()), path: "fido2Methods".into(), times, effect };
        self.cloud.control().order(Order::FailNext(fault));
    }

    /// Registrations the cloud holds that were made through this station.
    /// Waits until the directory has answered such a call so.
    #[allow(dead_code)] // for passkeys that it does not show yet
    pub fn is_answered(&self, method: &str, status: u16) {
        let is = || {
            let received = self.cloud.control().observed().received;
            received.iter().any(|call| call.method == method && call.status == status)
        };
        for _ in 0..500 {
            if is() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no {method} was answered with {status}");
    }

    pub fn registered(&self) -> usize {
        self.cloud.control().observed().registered.len()
    }

    /// How many registrations were sent, whatever became of them.
    pub fn posts(&self) -> usize {
        let received = self.cloud.control().observed().received;
        let posts = received.iter().filter(|call| {
            call.method == "POST" && call.path.ends_with("/authentication/fido2Methods")
        });
        posts.count()
    }
}

impl Station {
    /// Connected, with the key not inserted yet.
    pub fn open(spec: impl Into<Spec>) -> Self {
        let mut station = Self::configured(spec, None);
        station.connect();
        station
    }

    /// With another address of the login service than the practice cloud's.
    pub fn configured(spec: impl Into<Spec>, login_url: Option<&str>) -> Self {
        Self::with(touched(spec), login_url, |_| {})
    }

    /// One that looks so long for what the directory may not show yet.
    #[allow(dead_code)] // for keys at the Desk
    pub fn patient(spec: impl Into<Spec>, lost_answer: Duration) -> Self {
        let patient = |options: &mut StartOptions| options.patience.lost_answer = lost_answer;
        let mut station = Self::with(touched(spec), None, patient);
        station.connect();
        station
    }

    pub fn insert(&mut self) -> KeyFacts {
        let id = KeyId(self.key.insert().to_string());
        self.wait(|event| match event {
            Event::Key(KeyEvent::Identified(facts)) if facts.id == id => Some(facts),
            _ => None,
        })
    }

    pub fn misbehave(&self, fault: KeyFault) {
        self.key.set_fault(fault);
    }

    /// The key's credentials, asked with a client of its own after the engine let go of it.
    pub fn credentials(&self, pin: &Pin) -> usize {
        credentials_on(&KeyId(self.key.id().expect("not inserted").to_string()), pin)
    }
}

/// A key that is touched by itself.
#[allow(dead_code)] // for keys at the Desk
pub fn touched(spec: impl Into<Spec>) -> VirtualKey {
    let key = VirtualKey::new(spec).unwrap();
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    key
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_files(&path, &there);
        } else if path.is_file() {
            std::fs::copy(&path, there).unwrap();
        }
    }
}

/// The credentials on the key of this insertion, asked with a client of its own.
pub fn credentials_on(id: &KeyId, pin: &Pin) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (keys, mut events) = keydesk::key::Keys::start().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, async {
            while let Some(event) = events.recv().await {
                if matches!(&event, KeyEvent::Identified(facts) if facts.id == *id) {
                    break;
                }
            }
            keys.get(id).expect("key gone").credentials(pin).await.unwrap().len()
        })
        .await
        .expect("the key was not seen")
    })
}

pub fn random() -> PinChoice {
    PinChoice::New(NewPin::Random)
}
