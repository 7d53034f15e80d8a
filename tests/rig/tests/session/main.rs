//! A session of many keys over the Linux HID stack: four keys that others wrote, two of each engine, on
//! /dev/uhid at once. Runs in the guest.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

#[allow(dead_code)] // the engine's own tests use the rest
#[path = "../../../engine/clerk.rs"]
mod clerk;
#[allow(dead_code)] // same
#[path = "../../../bulk/steps.rs"]
mod steps;

use clerk::Station;
use keydesk::bulk::SessionOptions;
use keydesk::engine::{ResultKind, SlotPhase, SlotShown};
use keydesk::practice::cloud::{Order, PolicyChange, Restriction};
use keydesk_rig::{Identity, Kind, TouchPolicy, UhidKey, Unplugged};

const KEYS: usize = 4;

fn station() -> Station<()> {
    let mut station = Station::with((), None, |options| options.virtual_keys = false);
    // The rig's AAGUIDs are of no model that a tenant would name.
    station.cloud.control().order(Order::Policy(PolicyChange {
        attestation_enforced: Some(false),
        restriction: Some(Restriction::None),
        ..PolicyChange::default()
    }));
    station.connect();
    station
}

fn plug(number: usize) -> UhidKey {
    let kind = if number.is_multiple_of(2) { Kind::Trussed } else { Kind::OpenSk };
    let (engine, finger) = kind.factory_new().unwrap();
    finger.set_touch(TouchPolicy::Automatic);
    let identity = Identity::new("Session key", &format!("session-{number}"));
    Unplugged::new(engine, identity).plug().unwrap()
}

#[test]
fn four_keys_at_once_are_made_for_four_people() {
    let mut station = station();
    station.begin(KEYS, SessionOptions::default());
    let keys: Vec<UhidKey> = (0..KEYS).map(plug).collect();
    let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
    let board = station.board(|board| board.slots.len() == KEYS && board.slots.iter().all(is_done));
    let mut people: Vec<_> = board.slots.iter().filter_map(|slot| slot.person.clone()).collect();
    people.dedup_by_key(|person| person.entry);
    assert_eq!(people.len(), KEYS, "{people:?}");
    assert_eq!((station.posts(), station.registered()), (KEYS, KEYS));
    for key in keys {
        drop(key.unplug());
        assert_eq!(station.result(), ResultKind::Done);
    }
    let board = station.board(|board| board.figures.left == 0);
    assert_eq!((board.figures.done, board.figures.failed), (KEYS, 0));
    let rows = std::fs::read_to_string(station.csv()).unwrap();
    assert_eq!(rows.lines().count(), KEYS + 1, "a header and a row for each key");
}
