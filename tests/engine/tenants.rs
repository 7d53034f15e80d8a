//! Several tenants at one station: nothing of one is told, or done, under another.

use crate::clerk::{Station, random};
use hid::virtual_keys::{Model, TouchPolicy};
use keydesk::directory::CheckOutcome;
use keydesk::engine::{BulkCommand, Command, Event, StoredSecret};
use keydesk::enrolment::EnrolmentId;
use keydesk::problem::Problem;
use keydesk::secrets::SecretText;
use keydesk::settings::{
    Accent, DirectorySettings, EntraSettings, Settings, SignIn, TenantSettings,
};
use std::time::Duration;

const HARBOUR: &str = "harbourfoods.example";
const PINEWOOD: &str = "pinewood.example";

fn settings(station: &Station) -> Settings {
    let path = station.data().join("config/config.toml");
    Settings::load(&path).unwrap().unwrap()
}

/// A second tenant of the same cloud, with its own name and the first one's application.
fn second(station: &Station, domain: &str) -> TenantSettings {
    let there = station.cloud.connection();
    let entra = EntraSettings {
        tenant: domain.to_owned(),
        application_of: Some(station.tenant().to_owned()),
        login_url: there.base_url.clone(),
        graph_url: there.base_url,
        ..EntraSettings::default()
    };
    let name = format!("{} 2", station.tenant());
    TenantSettings::new(name, Accent::Teal, DirectorySettings::Entra(entra))
}

/// Adds the tenant and comes back when it is kept.
fn add(station: &mut Station, tenant: TenantSettings) {
    let mut settings = settings(station);
    settings.tenants.push(tenant);
    station.say(Command::SaveSettings(Box::new(settings)));
    station.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
}

fn switch(station: &mut Station, name: &str) {
    let station_tenant = station.tenant().to_owned();
    station.say(Command::SwitchTenant(name.to_owned()));
    station.wait(|event| matches!(event, Event::TenantLeft).then_some(()));
    station.wait(|event| match event {
        Event::Connected(shown) => {
            assert_eq!(shown.name, name);
            Some(())
        }
        Event::NotConnected(problem) => panic!("{problem}"),
        // Back with its own tenant an enrolment may be told of at once.
        _ if name == station_tenant => None,
        event => refuse_runs(&event),
    });
}

/// Nothing of an enrolment may be told under the other tenant.
fn refuse_runs(event: &Event) -> Option<()> {
    let told = matches!(
        event,
        Event::EnrolmentBegun { .. }
            | Event::Step { .. }
            | Event::TouchNeeded { .. }
            | Event::TouchDone { .. }
            | Event::Stopped { .. }
            | Event::Finished(_)
            | Event::HandedOver { .. }
    );
    assert!(!told, "another tenant's enrolment is told of");
    None
}

fn refused(station: &mut Station, command: Command) -> Problem {
    station.say(command);
    station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::PinRevealed { .. } => panic!("another tenant's PIN was revealed"),
        event => refuse_runs(&event).map(|()| unreachable!()),
    })
}

fn history(station: &mut Station) -> Vec<String> {
    station.say(Command::LoadHistory { filter: String::new() });
    station.wait(|event| match event {
        Event::History { rows, .. } => {
            Some(rows.unwrap().into_iter().map(|row| row.action).collect())
        }
        event => refuse_runs(&event).map(|()| unreachable!()),
    })
}

fn until_registered(station: &Station) {
    for _ in 0..400 {
        if station.registered() == 1 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the enrolment did not go on");
}

fn waiting_elsewhere(station: &mut Station) -> Vec<(String, u64)> {
    station.wait(|event| match event {
        Event::UnfinishedElsewhere(list) => {
            Some(list.into_iter().map(|waiting| (waiting.tenant, waiting.count)).collect())
        }
        _ => None,
    })
}

#[test]
fn an_enrolment_goes_on_unseen_under_another_tenant_and_is_back_with_its_own() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let first = station.tenant().to_owned();
    let other = second(&station, HARBOUR);
    add(&mut station, other.clone());
    station.key.set_touch(TouchPolicy::Hold);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.touch_is_needed(id);

    switch(&mut station, &other.name);
    assert_eq!(waiting_elsewhere(&mut station), [(first.clone(), 1)]);
    station.key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    until_registered(&station);
    for command in commands(id) {
        let problem = refused(&mut station, command);
        assert_eq!(problem.what, format!("This enrolment belongs to the tenant {first}"));
    }
    let rows = history(&mut station);
    assert!(!rows.iter().any(|row| row == "Enrolment begun" || row == "Registered"), "{rows:?}");

    switch(&mut station, &first);
    station.finished(id);
    station.reveal(id);
    station.say(Command::HandedOver(id));
    station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
    assert!(history(&mut station).iter().any(|row| row == "Registered"));
    assert!(station.csv().is_file());
    let folders = std::fs::read_dir(station.data().join("data")).unwrap();
    let csvs =
        folders.filter(|entry| entry.as_ref().unwrap().path().join("registeredKeys.csv").is_file());
    assert_eq!(csvs.count(), 1, "a row under the wrong tenant");
}

fn commands(id: EnrolmentId) -> [Command; 7] {
    [
        Command::RevealPin(id),
        Command::WriteLetter(id),
        Command::HandedOver(id),
        Command::Cancel(id),
        Command::Abandon { enrolment: id, reason: "wrong tenant".into() },
        Command::Bulk(BulkCommand::Activate(id)),
        Command::Bulk(BulkCommand::Undo { enrolment: id, reason: "wrong tenant".into() }),
    ]
}

#[test]
fn a_customers_people_are_asked_for_with_a_token_of_the_customers_tenant() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let harbour = second(&station, HARBOUR);
    add(&mut station, harbour.clone());
    switch(&mut station, &harbour.name);
    station.say(Command::Search { query: "Jonas Rask".into() });
    let people = station.wait(|event| match event {
        Event::Found { people, .. } => Some(people.unwrap()),
        _ => None,
    });
    assert_eq!(people[0].upn, format!("jonas.rask@{HARBOUR}"));
    station.say(Command::TestConnection { tenant: Box::new(harbour) });
    let checks = station.wait(|event| match event {
        Event::ConnectionTested(checks) => Some(checks),
        _ => None,
    });
    let works = |name: &str, text: &str| {
        checks.iter().any(|check| {
            check.name == name
                && matches!(&check.outcome, CheckOutcome::Works(note) if note.contains(text))
        })
    };
    assert!(works("Organisation", "Harbour Foods"), "{checks:?}");
}

#[test]
fn a_customer_that_has_not_consented_is_explained() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let asked = |station: &mut Station, domain: &str| {
        let tenant = second(station, domain);
        station.say(Command::CheckConsent(Box::new(tenant)));
        station.wait(|event| match event {
            Event::ConsentChecked(answer) => Some(answer),
            _ => None,
        })
    };
    assert_eq!(asked(&mut station, HARBOUR).as_deref(), Ok("Harbour Foods"));
    let problem = asked(&mut station, PINEWOOD).unwrap_err();
    assert_eq!(problem.what, "This tenant has not let the application in yet");
    assert!(problem.next.contains("consent link"), "{problem}");
}

#[test]
fn the_tenant_found_for_a_domain_is_shown_with_whose_it_is() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let base = station.cloud.connection().base_url;
    let mut discover = |domain: &str, draft: Option<TenantSettings>| {
        station.say(Command::Discover {
            login_url: base.clone(),
            domain: domain.to_owned(),
            draft: draft.map(Box::new),
        });
        station.wait(|event| match event {
            Event::Discovered(found) => Some(found),
            _ => None,
        })
    };
    let found = discover(&format!("mara@{HARBOUR}"), None).unwrap();
    assert_eq!((found.asked.as_str(), found.organisation.as_ref()), (HARBOUR, None));
    assert!(found.region.is_some() && !found.is_foreign());
    let unknown = discover("nosuch.example", None).unwrap_err();
    assert_eq!(unknown.what, "The tenant was not found");
}

#[test]
fn a_tenant_that_is_removed_leaves_nothing_in_the_keyring() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let mut other = second(&station, HARBOUR);
    let DirectorySettings::Entra(entra) = &mut other.directory else { panic!("Entra") };
    entra.application_of = None;
    entra.client_id = station.cloud.connection().client_id;
    entra.sign_in = SignIn::Secret;
    add(&mut station, other.clone());
    let secret = SecretText::new(station.cloud.connection().secret.expose());
    let secret = StoredSecret::ClientSecret(secret);
    station.say(Command::StoreSecret { tenant: other.name.clone(), secret });
    station.wait(|event| matches!(event, Event::SecretStored).then_some(()));
    switch(&mut station, &other.name);

    let mut without = settings(&station);
    without.tenants.retain(|tenant| tenant.name != other.name);
    without.current = None;
    station.say(Command::SaveSettings(Box::new(without)));
    station.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    add(&mut station, other.clone());
    station.say(Command::TestConnection { tenant: Box::new(other) });
    let checks = station.wait(|event| match event {
        Event::ConnectionTested(checks) => Some(checks),
        _ => None,
    });
    let CheckOutcome::Failed(problem) = &checks[0].outcome else { panic!("{checks:?}") };
    assert!(problem.what.contains("not stored"), "{problem}");
}
