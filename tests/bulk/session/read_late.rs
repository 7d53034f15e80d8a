//! Keys that are in before the session is, and are still being read.

use super::Hub;
use crate::clerk::Station;
use hid::virtual_keys::{Fault as KeyFault, Model, Spec, VirtualKey};
use keydesk::bulk::SessionOptions;
use keydesk::engine::{Event, SlotPhase};
use keydesk::key::KeyEvent;
use std::time::Duration;

/// So long for each question, which it is asked several of.
const SLOW: Duration = Duration::from_millis(700);

impl Station<Hub> {
    /// A key that tells who it is only after the session has begun.
    fn insert_before_session(&mut self, fault: KeyFault) -> VirtualKey {
        let spec = Spec { fault: Some(fault), ..Model::Yubikey5Nfc.spec() };
        let key = self.key.insert_as(spec, 1);
        self.wait(|event| matches!(event, Event::Key(KeyEvent::Inserted { .. })).then_some(()));
        key
    }
}

#[test]
fn a_key_that_is_still_being_read_as_the_session_begins_is_taken_in() {
    let mut station = Station::with_hub();
    let ready = station.read_people();
    let key = station.insert_before_session(KeyFault::Slow(SLOW));
    station.begin_with(
        ready[..1].to_vec(),
        SessionOptions { labels: false, ..SessionOptions::default() },
    );
    station.slot(1, |slot| slot.phase == SlotPhase::Identifying);
    key.clear_fault();
    station.done(1);
    station.take_out(&key);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

#[test]
fn a_key_that_could_not_be_read_before_the_session_is_shown_in_its_slot() {
    let mut station = Station::with_hub();
    let ready = station.read_people();
    let key = station.insert_before_session(KeyFault::Silent);
    station.wait(|event| matches!(event, Event::Key(KeyEvent::Unreadable { .. })).then_some(()));
    station.begin_with(
        ready[..1].to_vec(),
        SessionOptions { labels: false, ..SessionOptions::default() },
    );
    station.refused_in(1);
    key.pull_out();
    key.clear_fault();
    key.insert_into("hub-1");
    station.done(1);
    station.take_out(&key);
    assert_eq!(station.registered(), 1);
}
