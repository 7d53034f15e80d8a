//! The whole engine over the Linux HID stack: journal, vault, client, an authenticator that others
//! wrote, and the practice cloud on this machine's loopback. Runs in the guest.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[allow(dead_code)] // the engine's own tests use the rest
#[path = "../../../engine/clerk.rs"]
mod clerk;

use std::sync::Arc;

use clerk::{Halt, Station, random};
use keydesk::engine::Event;
use keydesk::enrolment::Answer;
use keydesk::key::{KeyEvent, KeyFacts};
use keydesk::practice::cloud::{Order, PolicyChange, Restriction};
use keydesk_rig::liar::command;
use keydesk_rig::{Identity, Kind, Liar, Lies, TouchPolicy, Touched, UhidKey, Unplugged};

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
    what_a_hostile_key_made_is_never_sent,
);

struct RigKey {
    uhid: Option<UhidKey>,
    in_hand: Option<Unplugged>,
    finger: Box<dyn Touched>,
    /// What the key lies about; it is honest without any.
    lies: Lies,
}

impl RigKey {
    fn new(kind: Kind) -> Self {
        let (engine, finger) = kind.factory_new().unwrap();
        let lies = Lies::default();
        let engine = Liar::new(engine, lies.clone());
        let in_hand = Unplugged::new(engine, Identity::new("Ceremony key", "ceremony"));
        Self { uhid: None, in_hand: Some(in_hand), finger, lies }
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

fn what_a_hostile_key_made_is_never_sent(kind: Kind) {
    const MAKE_CREDENTIAL: u8 = 0x01;
    let mut station = station(kind);
    station.key.finger.set_touch(TouchPolicy::Automatic);
    // Its signature's last byte is another: the answer ends with the attestation statement, which is
    // well-formed still.
    station.key.lies.tell(Arc::new(|said| {
        let about_it = said.command == command::CBOR && said.asked == MAKE_CREDENTIAL;
        let mut payload = said.payload.clone();
        let at = signature_end(&payload)?;
        payload[at] ^= 1;
        about_it.then(|| said.with(payload))
    }));
    let key = insert(&mut station);
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    let stopped = station.stopped(id);
    assert!(stopped.problem.what.contains("can't be proved genuine"), "{}", stopped.problem);
    assert_eq!((station.posts(), station.registered()), (0, 0));
    station.key.lies.stop();
    assert!(stopped.answers.contains(&Answer::Retry), "{:?}", stopped.answers);
    station.answer(id, Answer::Retry, None);
    station.finished(id);
    assert_eq!((station.posts(), station.registered()), (1, 1));
    let pin = station.reveal(id);
    assert_eq!(credentials(&mut station, &pin), 1);
}

/// The last byte of the signature in an answer to makeCredential: of a byte string whose DER has as
/// many bytes as it says.
fn signature_end(payload: &[u8]) -> Option<usize> {
    const LABEL: &[u8] = b"\x63sig\x58";
    let at = payload.windows(LABEL.len()).position(|part| part == LABEL)? + LABEL.len();
    Some(at + usize::from(*payload.get(at)?))
}

/// The credentials on the key, after it was put in anew: asked with a client of the test's own.
fn credentials(station: &mut Station<RigKey>, pin: &keydesk::pin::Pin) -> usize {
    station.key.pull_out();
    station.wait(|event| matches!(event, Event::Key(KeyEvent::Removed { .. })).then_some(()));
    let id = insert(station).id;
    clerk::credentials_on(&id, pin)
}
