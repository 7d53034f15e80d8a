//! What a session takes over from the older scripts, and writes for them.

use crate::clerk::Station;
use crate::session::Hub;
use keydesk::engine::{BulkCommand, BulkEvent, ConfigsRead, Event, Output};
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::problem::Problem;
use std::path::PathBuf;

const SECRET: &str = "paper~Clip.9";

impl Station<Hub> {
    fn import(&mut self, client_id: &str) -> (PathBuf, Result<Box<ConfigsRead>, Problem>) {
        let path = self.data().join("configs.json");
        let text = format!(
            r#"{{"tenantName":"contoso","client_id":"{client_id}","client_secret":"{SECRET}",
               "useRandomPIN":true}}"#
        );
        std::fs::write(&path, text).unwrap();
        self.wish(BulkCommand::ImportConfigs(path.clone()));
        let read = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Configs(read)) => Some(read),
            _ => None,
        });
        (path, read)
    }
}

#[test]
fn people_without_a_challenge_are_told_not_left_out_in_silence() {
    let mut station = Station::with_hub();
    station.read_people();
    station.cloud.control().order(Order::FailNext(Fault {
        method: Some("GET".into()),
        path: "creationOptions".into(),
        times: 2,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    station.wish(BulkCommand::WriteChallenges { minutes: 60 });
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
fn how_far_the_challenges_are_is_told_until_their_file_is_there() {
    let mut station = Station::with_hub();
    let of = station.read_people().len();
    station.wish(BulkCommand::WriteChallenges { minutes: 60 });
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
    assert!(told.is_sorted() && told.iter().all(|(_, all)| *all >= of), "{told:?}");
    assert!(told.last().is_some_and(|(done, all)| done == all), "{told:?}");
}

#[test]
fn a_scripts_secret_goes_to_the_keyring_and_its_file_is_shredded() {
    let mut station = Station::with_hub();
    let client_id = station.cloud.connection().client_id;
    let (path, read) = station.import(&client_id);
    let read = read.unwrap();
    assert!(read.secret_stored);
    assert!(!format!("{read:?}").contains(SECRET));
    station.wish(BulkCommand::ShredConfigs);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::ConfigsShredded)).then_some(()));
    assert!(!path.exists());
}

#[test]
fn the_secret_of_another_application_does_not_replace_this_tenants() {
    let mut station = Station::with_hub();
    let (path, read) = station.import("6a0b0000-1111-4222-8333-444455556666");
    let read = read.unwrap();
    assert!(!read.secret_stored);
    assert!(read.options[0].contains("another application"), "{:?}", read.options);
    assert!(path.exists());
    // The tenant still signs in with its own.
    station.connect_anew();
    assert!(!station.read_people().is_empty());
}
