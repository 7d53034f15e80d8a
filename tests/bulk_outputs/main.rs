//! What leaves the station of a session: letters, labels, the report, encrypted PINs.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[path = "../engine/clerk.rs"]
#[allow(dead_code, reason = "shared with the tests of the Desk")]
mod clerk;

use clerk::Station;
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::bulk::{EntryState, SessionId, SessionOptions, SessionPin};
use keydesk::engine::{
    AuditPlace, BulkCommand, BulkEvent, Command, Event, Output, SlotPhase, audit,
};
use keydesk::enrolment::EnrolmentId;
use keydesk::settings::Settings;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const PEOPLE: [&str; 2] = ["elin.bergstrom@larkfield.example", "omar.haddad@larkfield.example"];

/// A session takes every key that is plugged in, and those of a process are plugged in for all of
/// it.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A station in whose session two people have got their keys.
fn station() -> (Station, SessionId) {
    let (station, session, _) = station_and_keys();
    (station, session)
}

fn station_and_keys() -> (Station, SessionId, Vec<EnrolmentId>) {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let session = begin(&mut station);
    let mut finished = Vec::new();
    for place in 0..PEOPLE.len() {
        if place > 0 {
            station.key = VirtualKey::new(Model::Yubikey5Nfc).unwrap();
            station.key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        }
        station.key.insert();
        key_is_done(&mut station);
        station.key.pull_out();
        station.wait(|event| match event {
            Event::Bulk(BulkEvent::Finished(keys)) => {
                finished.extend(keys.iter().map(|key| key.enrolment));
                Some(())
            }
            _ => None,
        });
        station.wait(|event| match event {
            Event::Bulk(BulkEvent::Entry { state: EntryState::Done, .. }) => Some(()),
            _ => None,
        });
    }
    (station, session, finished)
}

fn begin(station: &mut Station) -> SessionId {
    let file = station.data().join("people.csv");
    std::fs::write(&file, format!("upn\n{}\n", PEOPLE.join("\n"))).unwrap();
    wish(station, BulkCommand::ReadFile(file));
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Checked { done, of, .. }) => (done == of).then_some(()),
        Event::Bulk(BulkEvent::NotRead(problem)) => panic!("{problem}"),
        _ => None,
    });
    let pin = SessionPin::Random { length: 8 };
    let options = Box::new(SessionOptions { pin, ..SessionOptions::default() });
    wish(station, BulkCommand::Begin { options, rows: (0..PEOPLE.len()).collect() });
    let session = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Session(Some(session))) => Some(session.id),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    // What is told first is what was finished before.
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Finished(_))).then_some(()));
    session
}

fn key_is_done(station: &mut Station) {
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Board(board)) => {
            board.slots.iter().find_map(|slot| match &slot.phase {
                SlotPhase::Done { .. } => Some(()),
                SlotPhase::Stopped(stopped) => panic!("{}", stopped.problem),
                SlotPhase::Refused(problem) | SlotPhase::Barred(problem) => panic!("{problem}"),
                _ => None,
            })
        }
        _ => None,
    });
}

fn wish(station: &Station, wish: BulkCommand) {
    station.say(Command::Bulk(wish));
}

/// What was written, of which sort and how much; or the words in its place.
fn written(
    station: &mut Station,
    command: BulkCommand,
) -> Result<(Output, PathBuf, usize), String> {
    wish(station, command);
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Written { what, path, count, .. }) => Some(Ok((what, path, count))),
        Event::Problem(problem) => Some(Err(problem.to_string())),
        _ => None,
    })
}

fn history(station: &mut Station, filter: &str) -> usize {
    station.say(Command::LoadHistory { filter: filter.into() });
    station.wait(|event| match event {
        Event::History { rows, .. } => {
            Some(rows.unwrap().iter().filter(|row| row.action == filter).count())
        }
        _ => None,
    })
}

/// Sessions that have ended, as they are told next: which, and how many PINs wait.
fn past(station: &mut Station) -> Vec<(SessionId, usize)> {
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Past(past)) => {
            Some(past.iter().map(|one| (one.id, one.sealed)).collect())
        }
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    })
}

/// As after a change of the settings: everything is rebuilt from the journal.
fn connect_anew(station: &mut Station) {
    let path = station.data().join("config/config.toml");
    let mut settings = Settings::load(&path).unwrap().unwrap();
    settings.outputs.organisation.push('x');
    station.say(Command::SaveSettings(Box::new(settings)));
    station.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
}

#[test]
fn the_papers_of_a_session_are_there_after_its_end_a_restart_and_the_beginning_of_another() {
    let _alone = alone();
    let (mut station, session) = station();
    wish(&station, BulkCommand::End);
    let ended = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Ended(summary)) => Some(summary),
        _ => None,
    });
    assert_eq!((ended.done, ended.sealed), (2, 2));
    assert_eq!(past(&mut station), [(session, 2)]);
    connect_anew(&mut station);
    assert_eq!(past(&mut station), [(session, 2)]);
    wish(&station, BulkCommand::ShowEnded(session));
    let people = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Entries(entries)) => Some(entries),
        _ => None,
    });
    assert!(people.len() == 2 && people.iter().all(|one| one.state == EntryState::Done));
    let shown = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Ended(summary)) => Some(summary),
        _ => None,
    });
    assert_eq!(shown, ended);

    let newer = begin(&mut station);
    let none = written(&mut station, BulkCommand::PrintLetters(newer)).unwrap_err();
    assert!(none.contains("No PIN"), "{none}");
    let (_, _, count) = written(&mut station, BulkCommand::PrintLetters(session)).unwrap();
    assert_eq!(count, 2);
    assert_eq!(past(&mut station), [(session, 0)]);
}

#[test]
fn a_letter_for_one_key_is_not_in_the_print_run() {
    let _alone = alone();
    let (mut station, session, keys) = station_and_keys();
    station.say(Command::WriteLetter(keys[0]));
    let path = station.wait(|event| match event {
        Event::FileWritten { id, path } if id == keys[0] => Some(path),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert!(std::fs::read(path).unwrap().starts_with(b"%PDF-"));
    let (_, _, count) = written(&mut station, BulkCommand::PrintLetters(session)).unwrap();
    assert_eq!(count, 1);
    assert_eq!(history(&mut station, "PIN purged"), 2);
}

#[test]
fn letters_of_a_session_are_in_one_file_and_its_pins_are_gone_from_the_vault() {
    let _alone = alone();
    let (mut station, session) = station();
    let (what, path, count) = written(&mut station, BulkCommand::PrintLetters(session)).unwrap();
    assert_eq!((what, count), (Output::Letters, 2));
    assert!(std::fs::read(&path).unwrap().starts_with(b"%PDF-"));
    let again = written(&mut station, BulkCommand::PrintLetters(session)).unwrap_err();
    assert!(again.contains("No PIN"), "{again}");
    assert_eq!(history(&mut station, "PIN purged"), 2);
    assert_eq!(history(&mut station, "PIN letters written"), 1);

    let (what, _, count) = written(&mut station, BulkCommand::PrintLabels(session)).unwrap();
    assert_eq!((what, count), (Output::Labels, 2));
    let (what, path, count) = written(&mut station, BulkCommand::WriteReport(session)).unwrap();
    assert_eq!((what, count), (Output::Report, 2));
    let text = std::fs::read_to_string(path).unwrap();
    for upn in PEOPLE {
        let row = text.lines().find(|line| line.contains(upn)).unwrap();
        assert!(row.contains(",Registered,"), "{row}");
    }
    agrees(&station);
}

/// Two wishes at once are one file: the second finds what the first one purged.
#[test]
fn pins_are_exported_once_to_the_recipients_of_the_settings() {
    let _alone = alone();
    let (mut station, session) = station();
    let refused = written(&mut station, BulkCommand::ExportPins(session)).unwrap_err();
    assert!(refused.contains("Add a recipient"), "{refused}");
    let identity = age::x25519::Identity::generate();
    let path = station.data().join("config/config.toml");
    let mut settings = Settings::load(&path).unwrap().unwrap();
    settings.outputs.age_recipients = vec![identity.to_public().to_string()];
    station.say(Command::SaveSettings(Box::new(settings)));
    station.wait(|event| matches!(event, Event::Connected(_)).then_some(()));

    wish(&station, BulkCommand::ExportPins(session));
    let second = written(&mut station, BulkCommand::ExportPinsInClear(session));
    let (what, path, count) = second.unwrap();
    assert_eq!((what, count), (Output::Pins, 2));
    let refused = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem.what),
        Event::Bulk(BulkEvent::Written { .. }) => panic!("the PINs were written twice"),
        _ => None,
    });
    assert!(refused.contains("No PIN"), "{refused}");
    let rows = opened(&path, &identity);
    for upn in PEOPLE {
        let row = rows.lines().find(|line| line.starts_with(upn)).expect("a row");
        let pin = row.rsplit(',').next().unwrap();
        assert!(pin.len() == 8 && pin.bytes().all(|byte| byte.is_ascii_digit()));
        keep(pin);
        stands_in_no_file(station.data(), pin);
    }
    assert!(!path.with_file_name("pins.csv").exists());
    agrees(&station);
}

/// The auditor beside the station that is open.
fn agrees(station: &Station) {
    let there = station.cloud.connection();
    let (base, client) = (there.base_url.as_str(), there.client_id.as_str());
    let secret = keydesk::secrets::SecretText::new(there.secret.expose());
    let credential = keydesk::directory::entra::Credential::Secret(secret);
    let config =
        keydesk::directory::entra::EntraConfig::new(base, base, there.domain, client, credential);
    let directory = keydesk::directory::entra::Entra::new(config).unwrap();
    let place = AuditPlace {
        folder: station.data().join("data"),
        secrets: keydesk::secrets::Secrets::session_only("another process"),
        tenant: station.tenant().to_owned(),
        session: None,
        keys: Vec::new(),
        mute_keys: 0,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(audit(place, Some(Arc::new(directory)))).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.people, report.keys), (2, 2));
}

fn opened(path: &Path, identity: &age::x25519::Identity) -> String {
    let file = std::fs::File::open(path).unwrap();
    let identities = std::iter::once(identity as &dyn age::Identity);
    let mut text = String::new();
    let mut reader = age::Decryptor::new(file).unwrap().decrypt(identities).unwrap();
    reader.read_to_string(&mut text).unwrap();
    text
}

fn stands_in_no_file(folder: &Path, pin: &str) {
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The socket that links come by holds nothing.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(pin.len()).any(|part| part == pin.as_bytes());
            assert!(!found, "a PIN stands in {}", path.display());
            files += 1;
        }
    }
    assert!(files >= 4, "only {files} files looked at");
}

/// For `tests/no-secrets`, which looks for it everywhere.
fn keep(pin: &str) {
    use std::io::Write;
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    file.write_all(format!("{pin}\n").as_bytes()).unwrap();
}
