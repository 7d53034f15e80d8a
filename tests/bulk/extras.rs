//! What a session takes over from the older scripts, and writes for them.

use crate::clerk::Station;
use crate::session::Hub;
use keydesk::bulk::{Challenges, Readiness, SessionOptions};
use keydesk::engine::{
    BulkCommand, BulkEvent, Command, ConfigsRead, Event, Output, PathRefused, Pick, ResultKind,
    StoredSecret,
};
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::practice::company;
use keydesk::problem::{Explain, Problem};
use keydesk::roster::FileFault;
use keydesk::secrets::{Mode, Secrets};
use keydesk::settings::{DirectorySettings, Settings, TenantSettings};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SECRET: &str = "paper~Clip.9";

impl Station<Hub> {
    fn import(&mut self, client_id: &str) -> (PathBuf, Result<Box<ConfigsRead>, Problem>) {
        let text = format!(
            r#"{{"tenantName":"contoso","client_id":"{client_id}","client_secret":"{SECRET}",
               "useRandomPIN":true}}"#
        );
        self.import_text(&text)
    }

    fn import_text(&mut self, text: &str) -> (PathBuf, Result<Box<ConfigsRead>, Problem>) {
        let path = self.data().join("configs.json");
        std::fs::write(&path, text).unwrap();
        self.wish(BulkCommand::ImportConfigs(path.clone()));
        let read = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Configs(read)) => Some(read),
            _ => None,
        });
        (path, read)
    }
}

impl Station<Hub> {
    /// The file's secret is in use. Without a keyring nothing else has it when the program ends.
    fn shred_used(&mut self, file: &Path) {
        self.wish(BulkCommand::ShredConfigs);
        let refused = self.wait(|event| match event {
            Event::Bulk(BulkEvent::ConfigsShredded) => Some(None),
            Event::Problem(problem) => Some(Some(problem.what)),
            _ => None,
        });
        let in_keyring = Secrets::probe().mode() == Mode::Keyring;
        assert_eq!((refused.is_none(), file.exists()), (in_keyring, !in_keyring), "{refused:?}");
        assert!(refused.is_none_or(|what| what.contains("in memory only")));
    }
}

/// The path that is asked for in place of a dialog, and why the last one was not taken.
fn wanted(event: Event) -> Option<(Pick, Option<PathRefused>)> {
    match event {
        Event::PathWanted { pick, refused } => Some((pick, refused)),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    }
}

#[test]
fn where_no_dialog_opens_the_path_is_asked_for_until_a_file_is_there() {
    let mut station = Station::with_hub();
    let file = station.data().join("people of may.csv");
    std::fs::write(&file, "upn\n").unwrap();
    let pick = Pick::Roster;
    station.say(Command::Pick(pick));
    assert_eq!(station.wait(wanted), (pick, None));
    let path = format!("{}.old", file.display());
    station.say(Command::PickTyped { pick, path });
    assert_eq!(station.wait(wanted), (pick, Some(PathRefused::NotThere)));
    let path = format!("\"{}\"", file.display());
    station.say(Command::PickTyped { pick, path });
    let picked = station.wait(|event| match event {
        Event::PathFound { pick, path } => Some((pick, path)),
        Event::PathWanted { refused, .. } => panic!("{refused:?}"),
        _ => None,
    });
    assert_eq!(picked, (pick, file));
}

#[test]
fn people_without_a_challenge_are_told_not_left_out_in_silence() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    station.cloud.control().order(Order::FailNext(Fault {
        method: Some("GET".into()),
        path: "creationOptions".into(),
        times: 2,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    station.wish(BulkCommand::WriteChallenges { minutes: 60, rows });
    let told = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem.to_string()),
        _ => None,
    });
    let (path, count) = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Written { what: Output::Challenges, path, count, .. }) => {
            Some((path, count))
        }
        _ => None,
    });
    assert!(told.contains(&format!("2 of {} people", count + 2)), "{told}");
    let rows = std::fs::read_to_string(path).unwrap().lines().count();
    assert_eq!(rows, count + 1, "a header and a row for each");
}

#[test]
fn nobody_is_left_out_who_is_being_checked_as_the_session_begins() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    station.wish(BulkCommand::CheckAgain);
    let options = Box::new(SessionOptions::default());
    station.wish(BulkCommand::Begin { options, rows: rows.clone() });
    let problem = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::Bulk(BulkEvent::Session(Some(_))) => panic!("begun with those who were checked"),
        _ => None,
    });
    assert!(problem.what.contains("are being checked"), "{problem}");
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Checked { done, of, .. }) => (done == of).then_some(()),
        _ => None,
    });
    station.begin_with(rows, SessionOptions::default());
}

/// Those who are told to be ready are not all.
#[test]
fn who_is_not_checked_yet_is_waited_for_although_nobody_chose_them() {
    let mut station = Station::with_hub();
    let upns: Vec<_> = company::people().iter().take(2).map(|one| one.upn.clone()).collect();
    let list = format!("userPrincipalName\nno address\n{}\n{}\n", upns[0], upns[1]);
    station.read_list(&list);
    station.wish(BulkCommand::CheckAgain);
    let options = Box::new(SessionOptions::default());
    station.wish(BulkCommand::Begin { options, rows: vec![0] });
    let problem = station.problem();
    assert!(problem.what.starts_with("2 of the people are being checked"), "{problem}");
}

#[test]
fn a_list_that_is_being_written_is_waited_for() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    station.wish(BulkCommand::WriteChallenges { minutes: 60, rows: rows.clone() });
    let options = Box::new(SessionOptions::default());
    station.wish(BulkCommand::Begin { options, rows });
    let problem = station.problem();
    assert!(problem.what.contains("is being written"), "{problem}");
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Written { what: Output::Challenges, .. }) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
}

/// Whoever prepares a session looks at the settings in between.
#[test]
fn a_list_outlives_a_change_of_the_settings_but_not_one_of_the_directory() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    station.connect_anew();
    station.begin_with(rows, SessionOptions::default());
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Ended(_))).then_some(()));

    let rows = station.read_people();
    let mut settings = Settings::load(&station.data().join("config/config.toml")).unwrap().unwrap();
    if let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory {
        entra.client_id = entra.client_id.to_uppercase();
    }
    station.say(Command::SaveSettings(Box::new(settings)));
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::People(None))).then_some(()));
    station.wish(BulkCommand::Begin { options: Box::default(), rows });
    let problem = station.problem();
    assert!(problem.what.contains("None of the people"), "{problem}");
}

impl Station<Hub> {
    /// To a directory with which no virtual key is used: nothing is connected then.
    fn connect_elsewhere(&mut self, settings: &Settings) {
        let mut elsewhere = settings.clone();
        if let DirectorySettings::Entra(entra) = &mut elsewhere.tenants[0].directory {
            entra.graph_url = "https://graph.microsoft.com".into();
        }
        self.say(Command::SaveSettings(Box::new(elsewhere)));
        self.wait(|event| matches!(event, Event::NotConnected(_)).then_some(()));
    }
}

#[test]
fn why_a_list_was_not_read_while_nobody_was_connected_is_told() {
    let mut station = Station::with_hub();
    let config = station.data().join("config/config.toml");
    let settings = Settings::load(&config).unwrap().unwrap();
    // So long that the connection is gone before it is read.
    let path = station.data().join("colours.csv");
    std::fs::write(&path, format!("colour,size\n{}", "red,3\n".repeat(500_000))).unwrap();
    station.wish(BulkCommand::ReadFile(path));
    station.connect_elsewhere(&settings);
    std::thread::sleep(Duration::from_secs(6));
    station.say(Command::SaveSettings(Box::new(settings)));
    let problem = station.wait(|event| match event {
        Event::Bulk(BulkEvent::NotRead(problem)) => Some(problem),
        _ => None,
    });
    assert_eq!(problem.what, FileFault::NoPersonColumn.problem().what);
}

/// Virtual keys are pulled out of a station that does not connect; one is put in all the same.
#[test]
fn no_key_is_begun_while_the_sessions_tenant_is_not_connected() {
    let mut station = Station::with_hub();
    let config = station.data().join("config/config.toml");
    let settings = Settings::load(&config).unwrap().unwrap();
    station.begin(1, SessionOptions::default());
    station.connect_elsewhere(&settings);
    let key = station.key.insert(1);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(station.posts(), 0, "begun for the one who was connected before");
    station.say(Command::SaveSettings(Box::new(settings)));
    station.done(1);
    key.pull_out();
    assert_eq!(station.result(), ResultKind::Done);
}

/// Somebody signs out, or a connection fails, while the directory is asked about everybody.
#[test]
fn what_is_found_while_nobody_is_connected_is_told_when_the_tenant_is_back() {
    let mut station = Station::with_hub();
    let config = station.data().join("config/config.toml");
    let settings = Settings::load(&config).unwrap().unwrap();
    let delay = Fault {
        method: Some("POST".into()),
        path: "$batch".into(),
        times: 1,
        effect: Effect::Delay { ms: 1_500 },
    };
    station.cloud.control().order(Order::FailNext(delay));
    let path = station.data().join("people.csv");
    let upns: String = company::people().iter().map(|one| format!("{}\n", one.upn)).collect();
    std::fs::write(&path, format!("userPrincipalName\n{upns}")).unwrap();
    station.wish(BulkCommand::ReadFile(path));
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::People(Some(_)))).then_some(()));
    station.connect_elsewhere(&settings);
    std::thread::sleep(Duration::from_secs(3));
    station.say(Command::SaveSettings(Box::new(settings)));
    let mut verdicts = Vec::new();
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Checked { verdicts: told, done, of }) => {
            verdicts.extend(told);
            (done == of).then_some(())
        }
        _ => None,
    });
    let ready = verdicts.into_iter().filter(|(_, readiness)| *readiness == Readiness::Ready);
    station.begin_with(ready.map(|(place, _)| place).collect(), SessionOptions::default());
}

#[test]
fn challenges_are_not_fetched_once_more_after_a_change_of_the_settings() {
    let mut station = Station::with_hub();
    let rows = station.read_people()[..3].to_vec();
    let options = SessionOptions {
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    station.begin_with(rows, options);
    station.board(|board| board.fetched == Some((3, 3)));
    let asked = |station: &Station<Hub>| {
        let counts = station.cloud.control().observed().counts;
        let of = counts.iter().filter(|(call, _)| call.contains("creationOptions"));
        of.map(|(_, count)| *count).sum::<u64>()
    };
    let before = asked(&station);
    assert!(before >= 3, "{before}");
    station.connect_anew();
    station.board(|board| board.fetched == Some((3, 3)));
    station.give_one();
    assert_eq!(asked(&station), before);
}

#[test]
fn challenges_that_the_directory_does_not_give_are_not_waited_for() {
    let mut station = Station::with_hub();
    let rows = station.read_people()[..2].to_vec();
    station.cloud.control().order(Order::FailNext(Fault {
        method: Some("GET".into()),
        path: "creationOptions".into(),
        times: 1,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    let options = SessionOptions {
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    station.begin_with(rows, options);
    let board = station.board(|board| board.fetched == Some((1, 1)));
    assert!(board.next_expiry.is_some());
}

#[test]
fn how_far_the_challenges_are_is_told_until_their_file_is_there() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    let of = rows.len();
    station.wish(BulkCommand::WriteChallenges { minutes: 60, rows });
    let mut told = Vec::new();
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Fetching { done, of }) => {
            told.push((done, of));
            None
        }
        Event::Bulk(BulkEvent::Written { what: Output::Challenges, session: None, .. }) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!(told.first().map(|(done, _)| *done), Some(0));
    assert!(told.is_sorted() && told.iter().all(|(_, all)| *all == of), "{told:?}");
    assert!(told.last().is_some_and(|(done, all)| done == all), "{told:?}");
}

#[test]
fn a_scripts_secret_goes_to_the_keyring_and_its_file_is_shredded() {
    let mut station = Station::with_hub();
    let there = station.cloud.connection();
    let (path, read) = station.import(&there.client_id);
    let read = read.unwrap();
    // The one that is kept may be newer: it signs in.
    assert_eq!(read.other_kept.as_deref(), Some(station.tenant()));
    assert_eq!(read.secret_stored, None);
    station.connect_anew();
    assert!(!station.read_people().is_empty());
    let tenant = station.tenant().to_owned();
    let secret = StoredSecret::ScriptConfigs(path.clone());
    station.say(Command::StoreSecret { tenant: tenant.clone(), secret });
    let stored = station.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsSecretStored { tenant }) => Some(tenant),
        Event::SecretNotStored(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!(stored, tenant, "the operator wants the file's");
    let (_, read) = station.import(&there.client_id);
    let read = read.unwrap();
    assert_eq!(read.secret_stored.as_deref(), Some(station.tenant()), "it is kept now");
    assert!(read.holds_secret && !read.is_new);
    assert_eq!(read.options.random_pin, Some(true));
    assert!(!format!("{read:?}").contains(SECRET));
    station.shred_used(&path);
}

#[test]
fn the_secret_of_another_application_does_not_replace_this_tenants() {
    let mut station = Station::with_hub();
    let (path, read) = station.import("6a0b0000-1111-4222-8333-444455556666");
    let read = read.unwrap();
    assert_eq!((read.secret_stored, read.is_new), (None, true));
    assert!(path.exists());
    // The tenant still signs in with its own.
    station.connect_anew();
    assert!(!station.read_people().is_empty());
    // What it holds in clear text can be shredded all the same, even after another tenant came.
    station.wish(BulkCommand::ShredConfigs);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::ConfigsShredded)).then_some(()));
    assert!(!path.exists());
}

#[test]
fn a_secret_of_no_named_application_replaces_nobodys() {
    let mut station = Station::with_hub();
    let domain = station.cloud.connection().domain;
    let text = format!(r#"{{"tenantName":"{domain}","client_secret":"{SECRET}"}}"#);
    let (path, read) = station.import_text(&text);
    assert_eq!(read.unwrap().secret_stored, None);
    assert!(path.exists());
    station.connect_anew();
    assert!(!station.read_people().is_empty(), "it signs in with its own");
}

#[test]
fn what_stands_in_the_place_of_a_secret_is_told_and_may_be_one() {
    let mut station = Station::with_hub();
    let text = r#"{"tenantName":"contoso","client_secret":12345,"useRandomPIN":"perhaps"}"#;
    let (_, read) = station.import_text(text);
    let read = read.unwrap();
    assert_eq!(read.wrong, ["client_secret", "useRandomPIN"]);
    assert!(read.holds_secret);
    assert!(!format!("{read:?}").contains("12345"));
}

#[test]
fn a_tenant_made_of_the_settings_signs_in_with_their_secret() {
    let mut station = Station::with_hub();
    let there = station.cloud.connection();
    let text = format!(
        r#"{{"tenantName":"{}","client_id":"{}","client_secret":"{}"}}"#,
        there.domain,
        there.client_id,
        there.secret.expose()
    );
    let (path, _) = station.import_text(&text);
    let tenant = format!("{} 2", station.tenant());
    let file = path.clone();
    let secret = StoredSecret::ScriptConfigs(path);
    station.say(Command::StoreSecret { tenant: tenant.clone(), secret });
    let waits = station.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsSecretWaits { tenant }) => Some(tenant),
        Event::SecretNotStored(problem) => panic!("{problem}"),
        Event::Connected(_) => panic!("connected anew for a tenant that is not kept"),
        _ => None,
    });
    assert_eq!(waits.as_ref(), Some(&tenant));
    station.wish(BulkCommand::ShredConfigs);
    let refused = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::Bulk(BulkEvent::ConfigsShredded) => panic!("its secret is nowhere else"),
        _ => None,
    });
    assert!(refused.next.starts_with(&format!("Save {tenant}")) && file.exists(), "{refused}");
    let mut settings = Settings::load(&station.data().join("config/config.toml")).unwrap().unwrap();
    let fresh = TenantSettings { name: tenant.clone(), ..settings.tenants[0].clone() };
    settings.tenants.push(fresh);
    settings.current = Some(tenant.clone());
    station.say(Command::SaveSettings(Box::new(settings)));
    let stored = station.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsSecretStored { tenant }) => Some(tenant),
        _ => None,
    });
    assert_eq!(stored, tenant);
    let connected = station.wait(|event| match event {
        Event::Connected(connected) => Some(connected.name),
        Event::NotConnected(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!(connected, tenant);
    assert!(!station.read_people().is_empty(), "it can't sign in");
    station.shred_used(&file);
}

#[test]
fn a_discarded_tenant_leaves_its_secret_in_the_file_only() {
    let mut station = Station::with_hub();
    let (path, _) = station.import("6a0b0000-1111-4222-8333-444455556666");
    let (tenant, renamed) = ("Fjord".to_owned(), "Fjord Ferries".to_owned());
    let waits = |station: &mut Station<_>| {
        station.wait(|event| match event {
            Event::Bulk(BulkEvent::ConfigsSecretWaits { tenant }) => Some(tenant),
            Event::SecretNotStored(problem) => panic!("{problem}"),
            _ => None,
        })
    };
    let secret = StoredSecret::ScriptConfigs(path.clone());
    station.say(Command::StoreSecret { tenant: tenant.clone(), secret });
    assert_eq!(waits(&mut station).as_ref(), Some(&tenant));
    station.say(Command::RenameWaitingSecrets { from: tenant, to: renamed.clone() });
    assert_eq!(waits(&mut station), Some(renamed));
    station.say(Command::DropWaitingSecrets { but_of: Vec::new() });
    assert_eq!(waits(&mut station), None);
    station.wish(BulkCommand::ShredConfigs);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::ConfigsShredded)).then_some(()));
    assert!(!path.exists());
}

#[test]
fn the_file_of_a_tenant_that_was_removed_is_shredded() {
    let mut station = Station::with_hub();
    let there = station.cloud.connection();
    let (path, _) = station.import(&there.client_id);
    let secret = StoredSecret::ScriptConfigs(path.clone());
    station.say(Command::StoreSecret { tenant: station.tenant().to_owned(), secret });
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsSecretStored { .. }) => Some(()),
        Event::SecretNotStored(problem) => panic!("{problem}"),
        _ => None,
    });
    let kept = Settings::load(&station.data().join("config/config.toml")).unwrap().unwrap();
    let settings = Settings { tenants: Vec::new(), current: None, ..kept };
    station.say(Command::SaveSettings(Box::new(settings)));
    station.wait(|event| matches!(event, Event::FirstStart).then_some(()));
    station.wish(BulkCommand::ShredConfigs);
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::ConfigsShredded) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert!(!path.exists());
}

/// A pipe to which nobody writes yet is read as a file on a share that hangs.
#[cfg(unix)]
#[test]
fn files_on_a_share_that_does_not_answer_hold_nothing_else_up() {
    let mut station = Station::with_hub();
    let there = station.cloud.connection();
    let pipe = |name: &str| {
        let path = station.data().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    let (stock, configs) = (pipe("stock.csv"), pipe("configs.json"));
    station.wish(BulkCommand::ReadStock(stock.clone()));
    station.wish(BulkCommand::ImportConfigs(configs.clone()));
    assert!(!station.read_people().is_empty(), "it waits for a file");
    std::fs::write(stock, "31884198\n").unwrap();
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Stock(_))).then_some(()));
    std::fs::write(configs, format!(r#"{{"client_id":"{}"}}"#, there.client_id)).unwrap();
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Configs(Ok(_)))).then_some(()));
}
