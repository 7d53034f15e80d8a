//! A running session that is checked at its window, against the directory and the keys that are in.

use super::Hub;
use crate::clerk::Station;
use hid::virtual_keys::{Model, Spec};
use keydesk::bulk::{SessionId, SessionOptions};
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{Directory, PersonId};
use keydesk::engine::{AuditReport, BulkCommand, BulkEvent, Event, FindingKind};
use keydesk::practice::cloud::{Cloud, Effect, Fault, Order};
use keydesk::practice::company;
use keydesk::secrets::SecretText;

/// More than are asked about at the same time.
const PEOPLE: usize = 16;
/// Before it goes away.
const COMPARED: usize = 4;

impl Station<Hub> {
    fn audit(&mut self, session: SessionId) -> AuditReport {
        self.wish(BulkCommand::Audit(session));
        self.audited()
    }

    fn audited(&mut self) -> AuditReport {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Audited(report)) => Some(report.expect("it was compared")),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        })
    }
}

/// Rows of people who are ready, in the order in which the directory is asked about them.
fn in_order_of_asking(mut rows: Vec<usize>) -> Vec<usize> {
    let people = company::people();
    rows.sort_by_key(|row| people[*row].id.to_string());
    rows.truncate(PEOPLE);
    rows
}

/// As of this person it is in maintenance.
fn goes_away_for(cloud: &Cloud, id: &str) {
    let effect = Effect::Status { status: 503, retry_after_s: Some(3600) };
    let fault = Fault { method: Some("GET".into()), path: id.into(), times: u32::MAX, effect };
    cloud.control().order(Order::FailNext(fault));
}

/// Somebody else removes all keys of a person.
fn remove_keys_of(cloud: &Cloud, person: &PersonId) {
    let there = cloud.connection();
    let credential = Credential::Secret(SecretText::new(there.secret.expose()));
    let (base, client) = (there.base_url.as_str(), there.client_id);
    let config = EntraConfig::new(base, base, there.domain, client, credential);
    let directory = Entra::new(config).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for key in directory.passkeys(person).await.unwrap() {
            directory.delete(person, &key.method_id).await.map(drop).unwrap();
        }
    });
}

/// Of one serial.
fn out_of_the_box() -> Spec {
    Spec { serial: Some(31_900_001), ..Model::Yubikey5Nfc.spec() }
}

#[test]
fn a_key_that_was_reset_elsewhere_is_found_at_the_window() {
    let mut station = Station::with_hub();
    let session = station.begin(2, SessionOptions { labels: false, ..SessionOptions::default() });
    let key = station.key.insert_as(out_of_the_box(), 1);
    let person = station.done(1).person.unwrap();
    let report = station.audit(session);
    assert_eq!((report.findings, report.session), (Vec::new(), session));
    assert_eq!((report.people, report.keys, report.keys_in), (2, 1, 0), "it is in work");
    station.take_out(&key);

    // The same serial, as new.
    let reset = station.key.insert_as(out_of_the_box(), 2);
    station.refused_in(2);
    let report = station.audit(session);
    let found: Vec<_> = report.findings.iter().map(|of| (of.kind, of.who.as_str())).collect();
    assert_eq!(found, [(FindingKind::Key, person.upn.as_str())]);
    assert_eq!(report.keys_in, 1);
    reset.pull_out();
}

#[test]
fn a_directory_that_goes_away_in_the_middle_leaves_told_who_was_not_compared() {
    let mut station = Station::with_hub();
    let rows = in_order_of_asking(station.read_people());
    assert_eq!(rows.len(), PEOPLE);
    let people = company::people();
    let ids: Vec<String> = rows.iter().map(|row| people[*row].id.to_string()).collect();
    let (first, people_after) = (&ids[0], &ids[COMPARED..]);
    let options = SessionOptions { labels: false, ..SessionOptions::default() };
    let session = station.begin_with(rows, options);
    let key = station.key.insert_as(out_of_the_box(), 1);
    let person = station.done(1).person.unwrap();
    station.take_out(&key);
    remove_keys_of(&station.cloud, &PersonId(first.clone()));

    // Whoever is asked about first is compared before it goes.
    people_after.iter().for_each(|id| goes_away_for(&station.cloud, id));
    station.wish(BulkCommand::Audit(session));
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Auditing)).then_some(()));
    let report = station.audited();
    let found: Vec<_> = report.findings.iter().map(|of| (of.kind, of.who.as_str())).collect();
    assert_eq!(found, [(FindingKind::NotInDirectory, person.upn.as_str())], "what was compared");
    assert_eq!((report.people, report.keys), (PEOPLE, 1));
    let unchecked: Vec<&str> = report.unchecked.iter().map(|of| of.what.as_str()).collect();
    let named = |upn: &str| unchecked.iter().filter(|what| what.starts_with(upn)).count();
    assert_eq!(named(&person.upn), 0, "{unchecked:?}");
    let not_compared: usize = people.iter().map(|one| named(&one.upn)).sum();
    assert!(not_compared >= 3, "{unchecked:?}");
    let others = unchecked.last().unwrap().strip_suffix(" more people were not asked about");
    let others: usize = others.expect("nobody is left").parse().unwrap();
    assert_eq!(not_compared + others, PEOPLE - COMPARED, "{unchecked:?}");
    assert_eq!(unchecked.len(), not_compared + 1, "{unchecked:?}");

    // Once it is there again nothing of that is left.
    station.cloud.control().order(Order::EndFaults);
    let report = station.audit(session);
    assert_eq!((report.findings.len(), report.unchecked), (1, Vec::new()));
}
