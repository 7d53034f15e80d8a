//! The whole engine over the Linux HID stack: journal, vault, client, an authenticator that others
//! wrote, and the practice cloud on this machine's loopback. Runs in the guest.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[allow(dead_code)] // the engine's own tests use the rest
#[path = "../../../engine/clerk.rs"]
mod clerk;

use clerk::{Halt, Station, random};
use keydesk::engine::Event;
use keydesk::enrolment::Answer;
use keydesk::key::{KeyEvent, KeyFacts};
use keydesk::practice::cloud::{Order, PolicyChange, Restriction};
use keydesk_rig::{Identity, Kind, TouchPolicy, Touched, UhidKey, Unplugged};

macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod trussed {
            $(#[test] fn $name() { super::$name(keydesk_rig::Kind::Trussed); })+
        }
        mod opensk {
            $(#[test] fn $name() { super::$name(keydesk_rig::Kind::OpenSk); })+
        }
    };
}

on_both_engines!(
    a_person_gets_a_key_from_the_first_search_to_the_hand_over,
    pulled_out_at_the_touch_it_goes_on_with_the_same_key_and_one_credential,
);

struct RigKey {
    uhid: Option<UhidKey>,
    in_hand: Option<Unplugged>,
    finger: Box<dyn Touched>,
}

impl RigKey {
    fn new(kind: Kind) -> Self {
        let (engine, finger) = kind.factory_new().unwrap();
        let in_hand = Unplugged::new(engine, Identity::new("Ceremony key", "ceremony"));
        Self { uhid: None, in_hand: Some(in_hand), finger }
    }

    fn pull_out(&mut self) {
        self.in_hand = Some(self.uhid.take().unwrap().unplug());
    }
}

fn station(kind: Kind) -> Station<RigKey> {
    let mut station =
        Station::with(RigKey::new(kind), None, |options| options.virtual_keys = false);
    // The rig's AAGUIDs are of no model that a tenant would name.
    station.cloud.control().order(Order::Policy(PolicyChange {
        attestation_enforced: Some(false),
        restriction: Some(Restriction::None),
        ..PolicyChange::default()
    }));
    station.connect();
    station
}

/// Plugs the key in and waits until it told who it is.
fn insert(station: &mut Station<RigKey>) -> KeyFacts {
    let key = &mut station.key;
    key.uhid = Some(key.in_hand.take().unwrap().plug().unwrap());
    station.wait(|event| match event {
        Event::Key(KeyEvent::Identified(facts)) => Some(facts),
        _ => None,
    })
}

fn a_person_gets_a_key_from_the_first_search_to_the_hand_over(kind: Kind) {
    let mut station = station(kind);
    let key = insert(&mut station);
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    assert!(matches!(station.halt(id), Halt::Touch));
    assert!(station.key.finger.touch());
    station.finished(id);
    assert_eq!((station.posts(), station.registered()), (1, 1));
    let pin = station.reveal(id);
    let held = credentials(&mut station, &pin);
    assert_eq!(held, 1);
}

fn pulled_out_at_the_touch_it_goes_on_with_the_same_key_and_one_credential(kind: Kind) {
    let mut station = station(kind);
    let key = insert(&mut station);
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    assert!(matches!(station.halt(id), Halt::Touch));
    station.key.pull_out();
    let stopped = station.stopped(id);
    assert!(stopped.answers.contains(&Answer::Retry), "{:?}", stopped.answers);
    insert(&mut station);
    station.answer(id, Answer::Retry, None);
    station.key.finger.set_touch(TouchPolicy::Automatic);
    station.finished(id);
    assert_eq!((station.posts(), station.registered()), (1, 1));
    let pin = station.reveal(id);
    assert_eq!(credentials(&mut station, &pin), 1);
}

/// The credentials on the key, after it was put in anew: asked with a client of the test's own.
fn credentials(station: &mut Station<RigKey>, pin: &keydesk::pin::Pin) -> usize {
    station.key.pull_out();
    station.wait(|event| matches!(event, Event::Key(KeyEvent::Removed { .. })).then_some(()));
    let id = insert(station).id;
    clerk::credentials_on(&id, pin)
}
