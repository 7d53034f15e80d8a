//! A keyring that is locked: it is told as that, and what it holds counts again once it is open.

use super::{VerifyCommand, VerifyEvent};
use crate::engine::tests::Desk;
use crate::engine::{Command, Event};
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::problem::Problem;
use crate::secrets::{SecretName, SecretText, Secrets, ServiceSecret, lockable};
use crate::services::ServiceSecrets;
use crate::settings::{
    Accent, DirectorySettings, EntraSettings, SecuritySettings, Settings, SignIn, TenantSettings,
};
use crate::verify::{LinkKey, VerifyLink, key_text};
use jiff::Timestamp;
use std::time::{Duration, Instant};

const TENANT: &str = "Larkfield";
const KEY: [u8; 32] = [7; 32];
/// What must come may take so long on a busy computer.
const LONG: Duration = Duration::from_secs(30);

/// A station of the practice company's own tenant, with every service and a key for links.
struct Place {
    desk: Desk,
    cloud: Cloud,
    lock: Box<dyn Fn(&SecretName)>,
    secrets: Secrets,
    settings: Settings,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

fn service(service: ServiceSecret) -> SecretName {
    SecretName::Service { tenant: TENANT.into(), service }
}

impl Place {
    /// `locked` can't be looked at the next time.
    fn with_locked(locked: &[ServiceSecret]) -> Self {
        Self::with(locked, |_| {})
    }

    /// Another tenant borrows the application of the one in use.
    fn beside(other: &str) -> Self {
        Self::with(&[], |settings| {
            let entra = EntraSettings {
                tenant: "harbourfoods.example".into(),
                application_of: Some(TENANT.into()),
                ..EntraSettings::default()
            };
            let directory = DirectorySettings::Entra(entra);
            settings.tenants.push(TenantSettings::new(other, Accent::Blue, directory));
        })
    }

    fn with(locked: &[ServiceSecret], adjust: impl FnOnce(&mut Settings)) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
        let there = cloud.connection();
        let entra = cloud.entra_settings(SignIn::Secret);
        let mut tenant = TenantSettings::new(TENANT, Accent::Teal, DirectorySettings::Entra(entra));
        let (verify, kept) = cloud.verify_settings();
        tenant.verify = verify;
        let security = SecuritySettings { sensitive: [].into(), ..SecuritySettings::default() };
        let mut settings = Settings { security, ..Settings::with_tenant(tenant) };
        adjust(&mut settings);
        let (secrets, lock) = lockable();
        let secret = SecretName::ClientSecret { tenant: TENANT.into() };
        secrets.set(&secret, &SecretText::new(there.secret.expose())).unwrap();
        keep(&secrets, kept);
        locked.iter().for_each(|one| lock(&service(*one)));
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path(), secrets.clone(), settings.clone());
        Self { desk, cloud, lock: Box::new(lock), secrets, settings, folder, runtime }
    }

    /// The station on its files and its keyring, after the program was killed.
    fn killed(self, locked: &[ServiceSecret]) -> Self {
        let Self { desk, cloud, lock, secrets, settings, folder, runtime } = self;
        let files = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), files.path().join(file.file_name())).unwrap();
            }
        }
        drop(desk);
        locked.iter().for_each(|one| lock(&service(*one)));
        let desk = Desk::open(files.path(), secrets.clone(), settings.clone());
        Self { desk, cloud, lock, secrets, settings, folder: files, runtime }
    }

    /// Codes that were ended at their service.
    fn ended_codes(&self) -> u64 {
        let counts = self.cloud.control().observed().counts;
        let ended = counts
            .iter()
            .filter(|(call, _)| call.starts_with("POST") && call.contains("/Verifications/"));
        ended.map(|(_, count)| count).sum()
    }

    fn say(&self, wish: VerifyCommand) {
        self.desk.say(Command::Verify(wish));
    }

    fn hear<T>(&self, wanted: impl Fn(VerifyEvent) -> Option<T>) -> T {
        self.desk.wait(|event| match event {
            Event::Verify(event) => wanted(event),
            _ => None,
        })
    }

    fn offered(&self) -> Vec<Problem> {
        self.hear(|event| match event {
            VerifyEvent::Offered(offer) => Some(offer.problems),
            _ => None,
        })
    }

    fn refused(&self) -> Problem {
        self.hear(|event| match event {
            VerifyEvent::Refused(problem) => Some(problem),
            VerifyEvent::Check(Some(_)) => panic!("a check began"),
            _ => None,
        })
    }

    /// Chooses Oskar Lindqvist, and waits until everything is read.
    fn caller(&self) -> crate::directory::PersonId {
        self.say(VerifyCommand::Find { query: "Oskar Lindqvist".into() });
        let person = self.hear(|event| match event {
            VerifyEvent::Found { people, .. } => Some(people.unwrap().remove(0)),
            _ => None,
        });
        self.say(VerifyCommand::Choose(Box::new(person.clone())));
        self.hear(|event| matches!(event, VerifyEvent::Caller(Some(_))).then_some(()));
        person.id
    }

    fn texts(&self) -> u64 {
        let counts = self.cloud.control().observed().counts;
        let sent = counts
            .iter()
            .filter(|(call, _)| call.starts_with("POST") && call.ends_with("/Verifications"));
        sent.map(|(_, count)| count).sum()
    }

    fn open_link(&self, link: &str) -> Result<(), Problem> {
        self.say(VerifyCommand::OpenLink(link.to_owned()));
        self.hear(|event| match event {
            VerifyEvent::Link(told) => Some(told),
            _ => None,
        })
    }

    /// Writes into the journal behind the station's back.
    fn tamper(&self, sql: &str) {
        self.database().execute_batch(sql).unwrap();
    }

    /// Claims that are to be let go of.
    fn claims(&self) -> i64 {
        let count = "SELECT count(*) FROM caller_left";
        self.database().query_row(count, [], |row| row.get(0)).unwrap()
    }

    fn database(&self) -> rusqlite::Connection {
        let db = rusqlite::Connection::open(self.folder.path().join("keydesk.db")).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        db
    }

    /// What is told as a problem within so long.
    fn problems(&self, within: Duration) -> Vec<Problem> {
        let until = Instant::now() + within;
        let mut told = Vec::new();
        while let Some(event) = self.desk.next(until) {
            if let Event::Problem(problem) = event {
                told.push(problem);
            }
        }
        told
    }

    /// What is told as a problem, however long it takes, and whatever is told soon after it.
    fn problems_once_told(&self, soon: Duration) -> Vec<Problem> {
        let first = self.desk.wait(|event| match event {
            Event::Problem(problem) => Some(problem),
            _ => None,
        });
        let mut told = vec![first];
        told.extend(self.problems(soon));
        told
    }

    /// Waits until no claim is left; whether that came, and what was told meanwhile.
    fn lets_go(&self) -> (bool, Vec<Problem>) {
        let until = Instant::now() + LONG;
        let mut told = Vec::new();
        while self.claims() > 0 && Instant::now() < until {
            told.extend(self.problems(Duration::from_millis(100)));
        }
        (self.claims() == 0, told)
    }

    fn rows(&self, action: &str) -> usize {
        self.desk.history().into_iter().filter(|row| row.action.contains(action)).count()
    }
}

fn keep(secrets: &Secrets, kept: ServiceSecrets) {
    let ServiceSecrets { twilio, authy, duo, halo, log } = kept;
    for (name, secret) in [
        (ServiceSecret::Twilio, twilio),
        (ServiceSecret::Authy, authy),
        (ServiceSecret::Duo, duo),
        (ServiceSecret::Halo, halo),
        (ServiceSecret::Log, log),
        (ServiceSecret::Link, Some(SecretText::new(key_text(&KEY).as_str()))),
    ] {
        if let Some(secret) = secret {
            secrets.set(&service(name), &secret).unwrap();
        }
    }
}

fn is_locked(problem: &Problem) -> bool {
    problem.what.contains("keyring") && problem.what.contains("locked")
}

#[test]
fn a_check_with_a_locked_keyring_says_locked_and_works_once_it_is_open() {
    let place = Place::with_locked(&[ServiceSecret::Twilio]);
    let told = place.offered();
    assert!(told.len() == 1 && is_locked(&told[0]), "{told:?}");
    let person = place.caller();
    (place.lock)(&service(ServiceSecret::Twilio));
    place.say(VerifyCommand::SendCode { person: person.clone() });
    let refused = place.refused();
    assert!(is_locked(&refused), "{refused}");
    (place.lock)(&service(ServiceSecret::Twilio));
    place.say(VerifyCommand::AskByPush { person: person.clone() });
    let refused = place.refused();
    assert!(is_locked(&refused), "{refused}");
    assert_eq!(place.texts(), 0);
    // The next look finds it open.
    place.say(VerifyCommand::SendCode { person });
    assert_eq!(place.offered(), []);
    place.hear(|event| match event {
        VerifyEvent::Check(Some(check)) => {
            (check.state == crate::engine::CheckState::Waiting).then_some(())
        }
        VerifyEvent::Refused(problem) => panic!("refused: {problem}"),
        _ => None,
    });
    assert_eq!(place.texts(), 1);
}

#[test]
fn a_signed_link_with_a_locked_keyring_is_no_forgery_and_counts_later() {
    let place = Place::with_locked(&[]);
    assert_eq!(place.offered(), []);
    let key = LinkKey::read(&key_text(&KEY)).unwrap();
    let nonce = "a1b2c3d4e5f6a7b8";
    let link = VerifyLink::sign((Some(2819), None, None), &key, nonce, Timestamp::now());
    (place.lock)(&service(ServiceSecret::Link));
    let told = place.open_link(&link).unwrap_err();
    assert!(is_locked(&told), "{told}");
    // The form is filled all the same, and nothing is sent.
    place.hear(|event| matches!(event, VerifyEvent::Caller(Some(_))).then_some(()));
    assert_eq!((place.texts(), place.rows("Link"), place.rows("link")), (0, 0, 0));
    assert_eq!(place.open_link(&link), Ok(()), "it was used up");
    place.hear(|event| match event {
        VerifyEvent::Check(Some(check)) => {
            (check.state == crate::engine::CheckState::Waiting).then_some(())
        }
        _ => None,
    });
    assert_eq!(place.texts(), 1);
}

#[test]
fn a_check_that_was_interrupted_is_ended_at_its_service_once_the_keyring_is_open() {
    let place = Place::with_locked(&[]);
    let person = place.caller();
    place.say(VerifyCommand::SendCode { person });
    place.hear(|event| match event {
        VerifyEvent::Check(Some(check)) => {
            (check.state == crate::engine::CheckState::Waiting).then_some(())
        }
        _ => None,
    });
    let place = place.killed(&[ServiceSecret::Twilio]);
    assert!(is_locked(&place.offered()[0]));
    assert_eq!(place.rows("Caller check ended"), 1);
    // It may be looked at again by now. Locked at one more look; open at a later one.
    (place.lock)(&service(ServiceSecret::Twilio));
    let ends = (0..500).any(|_| {
        place.say(VerifyCommand::SendPending);
        std::thread::sleep(std::time::Duration::from_millis(20));
        place.ended_codes() == 1
    });
    assert!(ends, "the code counts at its service still");
}

/// A claim of a caller, to be let go of; how often that was tried can't be read.
const UNREADABLE: &str = "INSERT INTO caller_left
    (check_id, kind, tenant, person, until_us, due_at_us, tries)
    VALUES ('11111111-2222-4333-8444-555555555555', 'claim', 'Harbour', 'p-1', 1, 0, 'many')";

#[test]
fn what_waits_in_another_tenant_and_cannot_be_read_is_told_once() {
    let place = Place::beside("Harbour");
    assert_eq!(place.offered(), []);
    let several_looks = Duration::from_millis(3500);
    assert_eq!(place.problems(several_looks), []);
    for _ in 0..2 {
        place.tamper(UNREADABLE);
        let told = place.problems_once_told(several_looks);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].what, "The journal failed");
        // Once it can be read it is seen to, and the next trouble is told again.
        place.tamper("UPDATE caller_left SET tries = 0");
        assert_eq!(place.lets_go(), (true, Vec::new()));
        assert_eq!(place.problems(several_looks), []);
    }
}

#[test]
fn what_waits_here_and_cannot_be_read_is_told_once() {
    let place = Place::with_locked(&[]);
    assert_eq!(place.offered(), []);
    place.tamper(&UNREADABLE.replace("Harbour", TENANT));
    let told = place.problems_once_told(Duration::from_millis(3500));
    assert_eq!(told.len(), 1, "{told:?}");
}
