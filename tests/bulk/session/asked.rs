//! What may come while a key is asked whose it is.

use super::Hub;
use super::recognised::{GET_ASSERTION, used_elsewhere};
use crate::clerk::Station;
use hid::virtual_keys::{At, Fault as KeyFault, VirtualKey};
use keydesk::bulk::SessionOptions;
use keydesk::engine::{SlotPhase, SlotShown};

/// Whether the slot's key has told its model and is asked on.
fn is_asked(slot: &SlotShown) -> bool {
    slot.phase == SlotPhase::Identifying && slot.key.is_some()
}

impl Station<Hub> {
    /// The key is asked and does not answer.
    fn ask_in_vain(&mut self, key: &VirtualKey, no: u8) {
        key.set_fault(KeyFault::SilentAt(At::first(GET_ASSERTION)));
        key.insert_into(&format!("hub-{no}"));
        self.slot(no, is_asked);
    }

    fn is_theirs(&mut self, no: u8, name: &str) {
        let problem = self.refused_in(no);
        assert!(problem.what.contains(name), "{problem}");
    }
}

#[test]
fn a_key_pulled_out_while_it_is_asked_is_asked_anew_when_it_is_back() {
    let at = At::first(GET_ASSERTION);
    for fault in [KeyFault::PullOutAt(at), KeyFault::PullOutAt(at.done())] {
        let mut station = Station::with_hub();
        station.begin(2, SessionOptions::default());
        let (key, person, _) = station.hand_one_over();
        key.set_fault(fault);
        key.insert_into("hub-2");
        station.slot(2, |slot| slot.phase == SlotPhase::Free);
        key.insert_into("hub-2");
        station.is_theirs(2, &person.name);
        assert_eq!(station.registered(), 1);
    }
}

/// The late answer of the one is not taken for the other's.
#[test]
fn a_key_that_follows_one_pulled_out_while_it_is_asked_is_asked_itself() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    station.ask_in_vain(&key, 2);
    key.pull_out();
    let other = station.key.insert_as(used_elsewhere(), 2);
    let (slot, _) = station.stopped_slot(2);
    assert_ne!(slot.person.unwrap(), person, "a used key like any other");
    key.clear_fault();
    key.insert_into("hub-3");
    station.is_theirs(3, &person.name);
    other.pull_out();
    assert_eq!(station.registered(), 1);
}

#[test]
fn a_program_killed_while_it_asks_a_key_asks_it_at_its_next_start() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    station.ask_in_vain(&key, 2);
    let mut station = station.killed_and_started();
    // It was left in; a key that has fallen silent must be put in anew. It may have been killed
    // before the question reached it.
    key.pull_out();
    key.clear_fault();
    key.insert_into("hub-2");
    station.is_theirs(2, &person.name);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

/// The other way round: it answers the second program at once.
#[test]
fn a_key_that_is_in_as_the_program_starts_again_is_asked_without_being_put_in() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    key.insert_into("hub-2");
    station.is_theirs(2, &person.name);
    let mut station = station.killed_and_started();
    station.is_theirs(2, &person.name);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}
