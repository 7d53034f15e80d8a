//! The station as a whole over the simulated company, without a window and without a keyring.

use super::start::open;
use super::tell::Teller;
use super::{BenchCommand, BulkCommand, BulkEvent, Patience, StartOptions, VaultMode};
use super::{Command, Event, Handle, HistoryRow, NewPin, PinChoice, RegisterRequest, Unfinished};
use crate::enrolment::{
    AlwaysUv, Custody, FirstUse, Intent, KeyIdentity, PinPlan, Plan, Reset, SerialFrom, Subject,
};
use crate::journal::Journal;
use crate::key::{KeyEvent, KeyId};
use crate::pin::Pin;
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::secrets::{SecretName, SecretText, Secrets, lockable};
use crate::settings::{
    Accent, DirectorySettings, EntraSettings, Paths, PrivacyIdeaSettings, SecuritySettings,
    Settings, SignIn, TenantSettings,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// A station and what a window would do with it.
pub(super) struct Desk {
    handle: Handle,
}

impl Desk {
    fn practising(folder: &Path, secrets: Secrets) -> Self {
        let settings = without_asking(Settings { practice: true, ..Settings::default() });
        let desk = Self::open(folder, secrets, settings);
        desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
        desk
    }

    /// With virtual keys, as far as they are allowed.
    pub(super) fn open(folder: &Path, secrets: Secrets, settings: Settings) -> Self {
        Self::open_waiting(folder, secrets, settings, Patience::default())
    }

    pub(super) fn open_waiting(
        folder: &Path,
        secrets: Secrets,
        settings: Settings,
        patience: Patience,
    ) -> Self {
        let paths = Paths { config: folder.join("config"), data: folder.to_owned() };
        let options = StartOptions {
            paths,
            practice: settings.practice,
            virtual_keys: true,
            patience,
            pages: super::Pages::OnlyTold,
        };
        let settings = Settings { practice: false, ..settings };
        let (commands, inbox) = tokio::sync::mpsc::channel(64);
        let (outbox, events) = std::sync::mpsc::sync_channel(4096);
        let teller = Teller::new(outbox, Arc::new(|| {}));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(open(options, settings, secrets, teller, inbox));
        });
        Self { handle: Handle { commands, events } }
    }

    pub(super) fn say(&self, command: Command) {
        self.handle.commands.blocking_send(command).unwrap();
    }

    pub(super) fn wait<T>(&self, wanted: impl Fn(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.handle.events.recv_timeout(left).expect("the station said nothing");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// What is told next, if anything is in time.
    pub(super) fn next(&self, until: Instant) -> Option<Event> {
        let left = until.saturating_duration_since(Instant::now());
        self.handle.events.recv_timeout(left).ok()
    }

    fn problem(&self) -> crate::problem::Problem {
        self.wait(|event| match event {
            Event::Problem(problem) => Some(problem),
            _ => None,
        })
    }

    /// The tenant that the secret in the scripts' file is told to wait for.
    fn configs_wait(&self) -> Option<String> {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::ConfigsSecretWaits { tenant }) => Some(tenant),
            Event::Problem(problem) => panic!("{problem}"),
            Event::SecretNotStored(problem) => panic!("{problem}"),
            _ => None,
        })
    }

    fn vault(&self) -> VaultMode {
        self.wait(|event| match event {
            Event::Vault(mode) => Some(mode),
            _ => None,
        })
    }

    fn unfinished(&self) -> Vec<Unfinished> {
        self.wait(|event| match event {
            Event::Unfinished(list) => Some(list),
            _ => None,
        })
    }

    pub(super) fn history(&self) -> Vec<HistoryRow> {
        self.say(Command::LoadHistory { filter: String::new() });
        self.wait(|event| match event {
            Event::History { rows, .. } => Some(rows.unwrap()),
            _ => None,
        })
    }

    /// The keys of the other tests' benches are seen here too, so it goes by the id.
    pub(super) fn insert(&self, slot: u8) -> KeyId {
        self.say(Command::Bench(BenchCommand::Insert { slot }));
        let id = self.wait(|event| match event {
            Event::Bench(keys) => keys.into_iter().find(|key| key.slot == slot)?.inserted,
            _ => None,
        });
        self.wait(|event| match event {
            Event::Key(KeyEvent::Identified(facts)) => (facts.id == id).then_some(()),
            _ => None,
        });
        id
    }

    /// Somebody of the company who may register, with the card read.
    pub(super) fn choose(&self) -> crate::directory::PersonId {
        self.say(Command::Search { query: "a".into() });
        let people = self.wait(|event| match event {
            Event::Found { people, .. } => Some(people.unwrap()),
            _ => None,
        });
        let able = |person: &&crate::directory::Person| {
            person.account == crate::directory::AccountState::Enabled
                && person.kind == crate::directory::PersonKind::Member
        };
        let person = people.iter().find(able).unwrap().clone();
        let id = person.id.clone();
        self.say(Command::ChoosePerson(Box::new(person)));
        self.wait(|event| matches!(event, Event::PersonRead(_)).then_some(()));
        id
    }

    pub(super) fn register(&self, key: KeyId, pin: NewPin) {
        let person = self.choose();
        self.say(Command::Register(Box::new(RegisterRequest {
            person,
            key,
            serial: None,
            reset: Reset::Keep,
            pin: PinChoice::New(pin),
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        })));
    }
}

/// What these tests do is done without confirming; `access::tests` are about that.
fn without_asking(settings: Settings) -> Settings {
    let security = SecuritySettings { sensitive: BTreeSet::new(), ..settings.security };
    Settings { security, ..settings }
}

fn intent() -> Intent {
    Intent {
        tenant: crate::practice::company::NAME.into(),
        person: Subject { id: "p".into(), display_name: "Elin".into(), upn: "e@x.example".into() },
        key: KeyIdentity {
            aaguid: String::new(),
            model: "m".into(),
            serial: None,
            serial_from: SerialFrom::Key,
            port: None,
        },
        plan: Plan {
            reset: Reset::Keep,
            pin: PinPlan::SetNew,
            custody: Custody::Sealed,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        },
        passkey_name: "Key".into(),
        operator: "o".into(),
        seat: None,
    }
}

/// A PIN sealed by a session whose key is gone.
fn leave_a_sealed_pin(folder: &Path) {
    let journal =
        Journal::open(&folder.join("practice"), &Secrets::session_only("earlier")).unwrap();
    let pin = Pin::new("739152").unwrap();
    journal.begin(&intent(), Some(&pin), jiff::Timestamp::now()).unwrap();
}

fn settings_changed(rows: &[HistoryRow]) -> Vec<&str> {
    let rows = rows.iter().filter(|row| row.action == "Settings changed");
    rows.map(|row| row.detail.as_str()).collect()
}

#[test]
fn a_closed_vault_is_said_refuses_random_pins_takes_typed_ones_and_can_be_given_up() {
    let folder = tempfile::tempdir().unwrap();
    leave_a_sealed_pin(folder.path());
    let desk = Desk::practising(folder.path(), Secrets::session_only("test"));
    let VaultMode::Closed { given_up, .. } = desk.vault() else { panic!("the vault is open") };
    assert_eq!(given_up, Some(1));
    desk.say(Command::ReopenVault);
    assert!(matches!(desk.vault(), VaultMode::Closed { .. }));

    let key = desk.insert(1);
    desk.register(key.clone(), NewPin::Random);
    let refused = desk.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::EnrolmentBegun { .. } => panic!("a random PIN was taken"),
        _ => None,
    });
    assert!(refused.what.starts_with("A random PIN can't be sealed"), "{refused}");
    desk.register(key, NewPin::Typed(Pin::new("739152").unwrap()));
    desk.wait(|event| match event {
        Event::TouchNeeded { .. } => Some(()),
        Event::Problem(problem) => panic!("a typed PIN was refused: {problem}"),
        Event::Stopped { stopped, .. } => panic!("stopped: {}", stopped.problem),
        Event::PinNeeded { needed, .. } => panic!("needs a PIN: {}", needed.stopped.problem),
        _ => None,
    });

    desk.say(Command::GiveUpSealedPins);
    let lost = desk.wait(|event| match event {
        Event::SealedPinsGivenUp { lost } => Some(lost),
        _ => None,
    });
    assert_eq!(lost, 1);
    assert_eq!(desk.vault(), VaultMode::Open);
    assert!(desk.history().iter().any(|row| row.action == "Sealed PINs given up"));
}

#[test]
fn an_enrolment_given_up_for_a_reason_is_told_and_the_others_are_listed_again() {
    let folder = tempfile::tempdir().unwrap();
    leave_a_sealed_pin(folder.path());
    leave_a_sealed_pin_again(folder.path());
    let desk = Desk::practising(folder.path(), Secrets::session_only("test"));
    let list = desk.unfinished();
    assert_eq!(list.len(), 2);
    let reason = "the key is lost".to_owned();
    desk.say(Command::Abandon { enrolment: list[0].id, reason });
    let summary = desk.wait(|event| match event {
        Event::Ended { summary, .. } => Some(summary),
        _ => None,
    });
    assert!(summary.contains("the key is lost"), "{summary}");
    let left = desk.unfinished();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [list[1].id]);
}

/// Sealing needs the right key, which is gone; a typed PIN needs none.
fn leave_a_sealed_pin_again(folder: &Path) {
    let journal =
        Journal::open(&folder.join("practice"), &Secrets::session_only("earlier")).unwrap();
    journal.begin(&intent(), None, jiff::Timestamp::now()).unwrap();
}

#[test]
fn a_run_that_ends_brings_the_list_of_the_others_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    leave_a_sealed_pin_again(folder.path());
    let desk = Desk::practising(folder.path(), Secrets::session_only("test"));
    assert_eq!(desk.unfinished().len(), 1);
    let key = desk.insert(1);
    desk.register(key, NewPin::Random);
    let id = desk.wait(|event| match event {
        Event::TouchNeeded { id, .. } => Some(id),
        _ => None,
    });
    desk.say(Command::Cancel(id));
    desk.wait(|event| matches!(event, Event::Stopped { .. }).then_some(()));
    desk.say(Command::Abandon { enrolment: id, reason: "demonstration".into() });
    desk.wait(|event| matches!(event, Event::Ended { .. }).then_some(()));
    let list = desk.unfinished();
    assert!(list.len() == 1 && list[0].id != id);
}

#[test]
fn changed_settings_and_papers_are_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::practising(folder.path(), Secrets::session_only("test"));
    let mut settings = without_asking(Settings { practice: true, ..Settings::default() });
    settings.pin.length = 8;
    desk.say(Command::SaveSettings(Box::new(settings.clone())));
    desk.say(Command::SaveSettings(Box::new(settings)));
    assert_eq!(settings_changed(&desk.history()), ["practice, PIN"]);

    let key = desk.insert(1);
    desk.register(key, NewPin::Random);
    desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
    desk.say(Command::Bench(BenchCommand::Touch { slot: 1 }));
    let id = desk.wait(|event| match event {
        Event::Finished(finished) => Some(finished.id),
        _ => None,
    });
    desk.say(Command::WriteLetter(id));
    desk.say(Command::WriteLabel(id));
    for _ in 0..2 {
        desk.wait(|event| matches!(event, Event::FileWritten { .. }).then_some(()));
    }
    let rows = desk.history();
    for action in ["PIN letter written", "Label written"] {
        let row = rows.iter().find(|row| row.action == action).unwrap();
        assert!(row.detail.ends_with(".pdf") && row.subject.contains('@'), "{row:?}");
    }
}

/// Whatever ends the program in between: the keyring has nothing of a tenant that is not saved.
#[test]
fn a_secret_goes_to_the_keyring_with_its_tenant_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets::session_only("test");
    let desk = Desk::practising(folder.path(), secrets.clone());
    let name = |tenant: &str| SecretName::AdministratorPassword { tenant: tenant.into() };
    let in_memory = |tenant: &str| secrets.get(&name(tenant)).unwrap().is_some();
    let in_keyring = |tenant: &str| secrets.of_next_start().get(&name(tenant)).unwrap().is_some();
    let store = |tenant: &str| {
        let secret = super::StoredSecret::AdministratorPassword(SecretText::new("s3cret"));
        desk.say(Command::StoreSecret { tenant: tenant.into(), secret });
        desk.wait(|event| matches!(event, Event::SecretWaits).then_some(()));
    };
    let rows = || desk.history().into_iter().filter(|row| row.action == "Secret stored").count();

    store("Draft");
    assert!(in_memory("Draft") && !in_keyring("Draft"));
    desk.say(Command::DropWaitingSecrets { but_of: Vec::new() });
    assert_eq!(rows(), 0);
    assert!(!in_memory("Draft"), "the tenant was discarded");

    store("Discarded");
    store("Draft");
    let server = privacy_idea("http://127.0.0.1:1").0.tenants[0].clone();
    desk.say(Command::RenameWaitingSecrets { from: "Draft".into(), to: server.name.clone() });
    let saved = Settings { practice: true, tenants: vec![server.clone()], ..Settings::default() };
    desk.say(Command::SaveSettings(Box::new(without_asking(saved))));
    desk.wait(|event| match event {
        Event::WaitingSecretStored { tenant } => {
            assert_eq!(tenant, server.name);
            Some(())
        }
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    let stored = desk.history().into_iter().find(|row| row.action == "Secret stored").unwrap();
    assert_eq!(
        (stored.subject.as_str(), stored.detail.as_str()),
        (server.name.as_str(), "administrator's password")
    );
    assert!(in_keyring(&server.name) && !in_keyring("Draft") && !in_keyring("Discarded"));
}

/// Saved while the keyring is locked: only what is discarded by its owner is lost.
#[test]
fn what_waits_for_a_saved_tenant_survives_what_is_discarded_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, lock) = lockable();
    let desk = Desk::practising(folder.path(), secrets.clone());
    let server = privacy_idea("http://127.0.0.1:1").0.tenants[0].clone();
    let name = SecretName::AdministratorPassword { tenant: server.name.clone() };
    let secret = super::StoredSecret::AdministratorPassword(SecretText::new("s3cret"));
    desk.say(Command::StoreSecret { tenant: server.name.clone(), secret });
    desk.wait(|event| matches!(event, Event::SecretWaits).then_some(()));
    lock(&name);
    let saved = Settings { practice: true, tenants: vec![server.clone()], ..Settings::default() };
    desk.say(Command::SaveSettings(Box::new(without_asking(saved.clone()))));
    assert!(desk.problem().what.ends_with("is not in the keyring"));

    desk.say(Command::DropWaitingSecrets { but_of: Vec::new() });
    desk.say(Command::RenameWaitingSecrets { from: server.name.clone(), to: "Draft".into() });
    desk.history();
    assert_eq!(secrets.waiting(), std::slice::from_ref(&name));
    // The next save finds the keyring open.
    desk.say(Command::SaveSettings(Box::new(without_asking(saved))));
    desk.wait(|event| matches!(event, Event::WaitingSecretStored { .. }).then_some(()));
    assert!(secrets.of_next_start().get(&name).unwrap().is_some());
}

#[test]
fn a_scripts_file_is_shredded_once_its_tenants_secret_was_stored_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, lock) = lockable();
    let settings = without_asking(privacy_idea(CLOSED_PORT).0);
    let own = settings.tenants[0].secret_name().unwrap();
    secrets.set(&own, &SecretText::new("s3cret")).unwrap();
    let desk = Desk::open(folder.path(), secrets, settings.clone());
    desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let file = folder.path().join("configs.json");
    let text = r#"{"tenantName":"fjord","client_id":"c-1","client_secret":"s3cret"}"#;
    std::fs::write(&file, text).unwrap();
    desk.say(Command::Bulk(BulkCommand::ImportConfigs(file.clone())));
    desk.wait(|event| matches!(event, Event::Bulk(BulkEvent::Configs(Ok(_)))).then_some(()));
    let tenant = "Fjord".to_owned();
    let secret = super::StoredSecret::ScriptConfigs(file.clone());
    desk.say(Command::StoreSecret { tenant: tenant.clone(), secret });
    assert_eq!(desk.configs_wait().as_ref(), Some(&tenant));
    lock(&SecretName::ClientSecret { tenant: tenant.clone() });
    let entra = EntraSettings {
        tenant: "fjord.example".into(),
        client_id: "c-1".into(),
        ..EntraSettings::default()
    };
    let fjord = TenantSettings::new(&tenant, Accent::Teal, DirectorySettings::Entra(entra));
    let tenants = vec![settings.tenants[0].clone(), fjord];
    desk.say(Command::SaveSettings(Box::new(Settings { tenants, ..settings })));
    assert!(desk.problem().what.ends_with("is not in the keyring"));
    desk.say(Command::Bulk(BulkCommand::ShredConfigs));
    assert_eq!(desk.problem().what, "The secret of Fjord is not in the keyring");
    assert!(file.exists());

    let secret = super::StoredSecret::ClientSecret(SecretText::new("s3cret"));
    desk.say(Command::StoreSecret { tenant, secret });
    assert_eq!(desk.configs_wait(), None);
    desk.say(Command::Bulk(BulkCommand::ShredConfigs));
    desk.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsShredded) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert!(!file.exists());
}

/// What is sealed would be lost with the program, which does no harm in practice only.
#[test]
fn where_no_keyring_is_pins_are_sealed_in_practice_or_where_that_is_allowed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
    let there = cloud.connection();
    let entra = cloud.entra_settings(SignIn::Secret);
    let tenant = TenantSettings::new("Fjord", Accent::Teal, DirectorySettings::Entra(entra));
    for (is_locked, allowed) in [(false, false), (false, true), (true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::in_vain(is_locked);
        let name = SecretName::ClientSecret { tenant: "Fjord".into() };
        secrets.set(&name, &SecretText::new(there.secret.expose())).unwrap();
        let mut settings = without_asking(Settings::with_tenant(tenant.clone()));
        settings.practice = true;
        settings.security.pins_without_keyring = allowed;
        let desk = Desk::open(folder.path(), secrets, settings);
        assert_eq!(desk.vault(), VaultMode::InMemory, "practice");
        desk.say(Command::SwitchTenant("Fjord".into()));
        desk.wait(|event| match event {
            Event::Connected(shown) => (shown.name == "Fjord").then_some(()),
            Event::NotConnected(problem) => panic!("{problem}"),
            _ => None,
        });
        let is_closed = matches!(desk.vault(), VaultMode::Closed { .. });
        assert_eq!(is_closed, is_locked || !allowed, "a locked keyring has the right key");
    }
}

fn privacy_idea(server_url: &str) -> (Settings, Secrets) {
    let there = PrivacyIdeaSettings {
        server_url: server_url.into(),
        realm: "people".into(),
        administrator: "keydesk".into(),
    };
    let directory = DirectorySettings::PrivacyIdea(there);
    let tenant = TenantSettings::new("Own server", Accent::Teal, directory);
    let secrets = Secrets::session_only("test");
    secrets.set(&tenant.secret_name().unwrap(), &SecretText::new("s3cret")).unwrap();
    (Settings::with_tenant(tenant), secrets)
}

/// Nobody listens there.
const CLOSED_PORT: &str = "http://127.0.0.1:9";

#[test]
fn virtual_keys_stand_beside_a_privacyidea_server_on_this_computer_only() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, secrets) = privacy_idea("https://privacyidea.example");
    let desk = Desk::open(folder.path(), secrets, settings);
    let refused = desk.wait(|event| match event {
        Event::NotConnected(problem) => Some(problem),
        Event::Connected(_) => panic!("connected"),
        _ => None,
    });
    assert!(refused.what.contains("Virtual keys"), "{refused}");

    let folder = tempfile::tempdir().unwrap();
    let (settings, secrets) = privacy_idea(CLOSED_PORT);
    let desk = Desk::open(folder.path(), secrets, settings);
    let shown = desk.wait(|event| match event {
        Event::Connected(shown) => Some(shown),
        Event::NotConnected(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!((shown.directory, shown.detail.as_str()), ("privacyIDEA", "people"));
    assert_eq!(shown.operator, "Administrator keydesk");
    let keys = desk.wait(|event| match event {
        Event::Bench(keys) if !keys.is_empty() => Some(keys),
        _ => None,
    });
    assert!(keys.iter().all(|key| key.inserted.is_none()));
}

#[test]
fn a_server_that_is_off_is_told_by_the_test_of_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, secrets) = privacy_idea(CLOSED_PORT);
    let tenant = settings.tenant().unwrap().clone();
    let desk = Desk::open(folder.path(), secrets, settings);
    desk.say(Command::TestConnection { tenant: Box::new(tenant) });
    let checks = desk.wait(|event| match event {
        Event::ConnectionTested(checks) => Some(checks),
        _ => None,
    });
    let crate::directory::CheckOutcome::Failed(problem) = &checks[0].outcome else {
        panic!("{checks:?}");
    };
    assert_eq!(problem.what, "No connection to the directory");
}
