//! A running session that is checked at its window, against the directory and the keys that are in.

use super::Hub;
use crate::clerk::Station;
use hid::virtual_keys::{Model, Spec};
use keydesk::bulk::{SessionId, SessionOptions};
use keydesk::engine::{AuditReport, BulkCommand, BulkEvent, Event, FindingKind};

impl Station<Hub> {
    fn audit(&mut self, session: SessionId) -> AuditReport {
        self.wish(BulkCommand::Audit(session));
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Audited(report)) => Some(report.expect("it was compared")),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        })
    }
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
