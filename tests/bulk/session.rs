//! A session of many keys at the real engine: several virtual keys at once, kills of the engine,
//! faults of the cloud, keys that vanish.

mod asked;
mod audited;
mod brought;
mod elsewhere;
mod labels;
mod pins;
mod promised;
mod random;
mod read_late;
mod recognised;
mod tenants;
mod touches;
mod turns;
mod two_keys;
mod unattended;
mod undone;
mod unplugs;
mod whose;

use crate::clerk::{Station, credentials_on};
use crate::steps::slot_of;
use hid::virtual_keys::{At, Fault as KeyFault, Model, TouchPolicy, VirtualKey};
use keydesk::bulk::{
    Activation, Challenges, EntryNo, EntryState, SessionOptions, SessionPin, UsedKeys,
};
use keydesk::engine::{BulkCommand, BulkEvent, Command, Event, ResultKind, SlotPhase, SlotShown};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Effect, Order, Share};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const MAKE_CREDENTIAL: u8 = 0x01;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A hub with keys in it; all are pulled out when it is dropped.
pub struct Hub {
    keys: Vec<VirtualKey>,
    serials: u32,
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.keys.iter().for_each(VirtualKey::pull_out);
    }
}

impl Hub {
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        Self { keys: Vec::new(), serials: 31_000_000, _turn: turn }
    }

    /// A key out of the box, in the port; touched by itself.
    pub fn insert(&mut self, port: u8) -> VirtualKey {
        self.serials += 1;
        let mut spec = Model::Yubikey5Nfc.spec();
        spec.serial = Some(self.serials);
        self.insert_as(spec, port)
    }

    /// The same, and nobody touches it yet.
    fn insert_untouched(&mut self, port: u8) -> VirtualKey {
        self.serials += 1;
        let mut spec = Model::Yubikey5Nfc.spec();
        spec.serial = Some(self.serials);
        let key = VirtualKey::new(spec).unwrap();
        key.insert_into(&format!("hub-{port}"));
        self.keys.push(key.clone());
        key
    }

    fn insert_as(&mut self, spec: impl Into<hid::virtual_keys::Spec>, port: u8) -> VirtualKey {
        let key = VirtualKey::new(spec).unwrap();
        key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        key.insert_into(&format!("hub-{port}"));
        self.keys.push(key.clone());
        key
    }
}

impl Station<Hub> {
    /// Connected to a cloud of its own, with nothing plugged in.
    pub fn with_hub() -> Self {
        let mut station = Self::with(Hub::new(), None, |_| {});
        station.connect();
        station
    }

    /// A key that is pulled out while its credential is made, and will be again.
    fn pulled_out_while_made(&mut self, port: u8) -> (VirtualKey, EnrolmentId) {
        let mut spec = Model::Yubikey5Nfc.spec();
        spec.serial = Some(5);
        spec.fault = Some(KeyFault::PullOutAt(At::first(MAKE_CREDENTIAL)));
        let key = self.key.insert_as(spec, port);
        let slot = self.slot(port, |slot| slot.phase == SlotPhase::PulledOut);
        (key, slot.enrolment.unwrap())
    }

    /// Pulls the key out and waits until its result is listed.
    fn take_out(&mut self, key: &VirtualKey) {
        key.pull_out();
        assert_eq!(self.result(), ResultKind::Done);
    }
}

#[test]
fn eight_keys_at_once_are_made_one_touch_after_the_other() {
    let mut station = Station::with_hub();
    station.begin(8, SessionOptions::default());
    let keys: Vec<VirtualKey> = (1..=8).map(|port| station.key.insert(port)).collect();
    let mut touching_at_once = 0;
    station.board(|board| {
        let touching = |slot: &&SlotShown| matches!(slot.phase, SlotPhase::TouchNow { .. });
        touching_at_once = touching_at_once.max(board.slots.iter().filter(touching).count());
        let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
        board.slots.len() == 8 && board.slots.iter().all(is_done)
    });
    assert!(touching_at_once <= 1, "{touching_at_once} keys asked at once");
    for key in &keys {
        station.take_out(key);
    }
    let board = station.board(|board| board.figures.left == 0);
    assert_eq!((board.figures.done, board.figures.failed), (8, 0));
    assert_eq!((station.registered(), station.posts()), (8, 8));
    let rows = std::fs::read_to_string(station.csv()).unwrap();
    assert_eq!(rows.lines().count(), 9, "a header and a row for each key");
}

#[test]
fn a_slot_keeps_its_number_and_gives_the_next_person_a_key() {
    let mut station = Station::with_hub();
    station.begin(3, SessionOptions::default());
    let first = station.key.insert(7);
    let one = station.done(1);
    station.take_out(&first);
    let second = station.key.insert(7);
    let two = station
        .slot(1, |slot| matches!(slot.phase, SlotPhase::Done { .. }) && slot.person != one.person);
    assert_ne!(two.person, one.person);
    station.take_out(&second);
}

#[test]
fn a_key_that_was_still_telling_who_it_is_as_the_session_began_takes_its_person() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    let mut spec = Model::Slow.spec();
    spec.serial = Some(6);
    let slow = station.key.insert_as(spec, 1);
    station.wait(|event| match event {
        Event::Key(KeyEvent::Inserted { .. }) => Some(()),
        Event::Key(KeyEvent::Identified(_)) => panic!("it told too soon"),
        _ => None,
    });
    let options = Box::new(SessionOptions::default());
    station.wish(BulkCommand::Begin { options, rows: vec![rows[0]] });
    station.slot(1, |slot| slot.person.is_some());
    slow.clear_fault();
    station.done(1);
    station.take_out(&slow);
}

#[test]
fn a_key_pulled_out_goes_on_in_any_slot_without_an_answer() {
    for at in [At::first(MAKE_CREDENTIAL), At::first(MAKE_CREDENTIAL).done()] {
        let mut station = Station::with_hub();
        station.begin(1, SessionOptions::default());
        let mut spec = Model::Yubikey5Nfc.spec();
        spec.serial = Some(5);
        spec.fault = Some(KeyFault::PullOutAt(at));
        let key = station.key.insert_as(spec, 1);
        station.slot(1, |slot| slot.phase == SlotPhase::PulledOut);
        key.clear_fault();
        key.insert_into("hub-2");
        let done = station.done(2);
        station.take_out(&key);
        station.board(|board| board.figures.left == 0);
        assert_eq!((station.registered(), station.posts()), (1, 1));
        assert!(done.person.is_some());
    }
}

#[test]
fn the_same_key_for_a_second_person_is_refused() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let key = station.key.insert(1);
    station.done(1);
    station.take_out(&key);
    key.insert_into("hub-2");
    let refused = station.slot(2, |slot| matches!(slot.phase, SlotPhase::Barred(_)));
    let SlotPhase::Barred(problem) = refused.phase else { unreachable!() };
    assert!(problem.what.contains("in this session"), "{problem}");
    assert_eq!(station.registered(), 1);
}

#[test]
fn a_used_key_stops_and_another_key_takes_its_person() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let used = station.key.insert_as(Model::WithPin, 1);
    let (slot, stopped) = station.stopped_slot(1);
    assert!(stopped.answers.contains(&Answer::NewKey), "{:?}", stopped.answers);
    station.answer(slot.enrolment.unwrap(), Answer::NewKey, None);
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::Barred(_)));
    used.pull_out();
    let fresh = station.key.insert(2);
    let done = station.done(2);
    assert_eq!(done.person, slot.person);
    station.take_out(&fresh);
}

#[test]
fn used_keys_are_reset_where_the_session_says_so() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() });
    let key = station.key.insert_as(Model::WithPin, 1);
    station.done(1);
    station.take_out(&key);
    assert_eq!(station.registered(), 1);
}

#[test]
fn a_hub_that_vanishes_with_its_keys_loses_none_of_them() {
    let mut station = Station::with_hub();
    station.begin(8, SessionOptions::default());
    let keys: Vec<VirtualKey> = (1..=8).map(|port| station.key.insert_untouched(port)).collect();
    station.board(|board| {
        let queued = |slot: &&SlotShown| {
            matches!(slot.phase, SlotPhase::TouchQueued { .. } | SlotPhase::TouchNow { .. })
        };
        board.slots.iter().filter(queued).count() == 8
    });
    keys.iter().for_each(VirtualKey::pull_out);
    station.board(|board| board.slots.iter().all(|slot| slot.phase == SlotPhase::PulledOut));
    for (port, key) in (1..).zip(&keys) {
        key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        key.insert_into(&format!("hub-{port}"));
    }
    let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
    station.board(|board| board.slots.iter().all(is_done));
    keys.iter().for_each(|key| station.take_out(key));
    assert_eq!((station.registered(), station.posts()), (8, 8));
}

#[test]
fn a_session_stands_as_it_was_when_the_tenant_is_connected_anew() {
    let mut station = Station::with_hub();
    station.begin(3, SessionOptions::default());
    let first = station.key.insert(1);
    station.done(1);
    station.take_out(&first);
    let second = station.key.insert_untouched(2);
    let waits = station.slot(2, |slot| matches!(slot.phase, SlotPhase::TouchNow { .. }));
    second.pull_out();
    station.slot(2, |slot| slot.phase == SlotPhase::PulledOut);

    station.connect_anew();
    let board = station
        .board(|board| slot_of(board, 2).is_some_and(|slot| slot.phase == SlotPhase::PulledOut));
    assert_eq!(board.figures.done, 1);
    assert_eq!(slot_of(&board, 2).unwrap().person, waits.person);
    second.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    second.insert_into("hub-2");
    let done = station.done(2);
    assert_eq!(done.person, waits.person);
    station.take_out(&second);
    let third = station.key.insert(1);
    station.done(1);
    station.take_out(&third);
    let board = station.board(|board| board.figures.left == 0);
    assert_eq!(board.figures.done, 3);
    assert_eq!((station.registered(), station.posts()), (3, 3));
}

#[test]
fn skipping_putting_back_and_undoing_are_in_the_journal() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let skip = BulkCommand::Skip { entry: EntryNo(1), reason: "on leave".into() };
    station.wish(skip);
    let key = station.key.insert(1);
    let done = station.done(1);
    assert_eq!(done.person.unwrap().entry, EntryNo(2));
    station.take_out(&key);
    let enrolment = done.enrolment.unwrap();
    station.wish(BulkCommand::Undo { enrolment, reason: "wrong key".into() });
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Result(result)) => (result.kind == ResultKind::Undone).then_some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    station.connect_anew();
    let entries = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Entries(entries)) => Some(entries),
        _ => None,
    });
    let board = station.board(|_| true);
    assert_eq!((board.figures.done, board.figures.left, board.figures.skipped), (0, 1, 1));
    assert_eq!(entries[0].state, EntryState::Skipped { reason: "on leave".into() });
    assert_eq!(entries[1].state, EntryState::Waiting);
    assert_eq!(station.registered(), 0, "it is out of the directory");

    // Once more would count another key of theirs.
    station.wish(BulkCommand::Undo { enrolment, reason: "pressed twice".into() });
    let problem = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::Bulk(BulkEvent::Result(result)) => panic!("undone again: {}", result.name),
        _ => None,
    });
    assert!(problem.what.contains("not finished"), "{problem}");
}

#[test]
fn sixteen_keys_within_a_moment_fill_sixteen_slots_and_the_next_has_none() {
    let mut station = Station::with_hub();
    station.begin(16, SessionOptions::default());
    for port in 1..=16 {
        station.key.insert(port);
    }
    let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
    station.board(|board| board.slots.len() == 16 && board.slots.iter().all(is_done));
    station.key.insert(17);
    let problem = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        _ => None,
    });
    assert!(problem.what.contains("sixteen"), "{problem}");
    assert_eq!(station.registered(), 16);
}

#[test]
fn one_call_in_twenty_fails_and_every_key_is_made_once() {
    let mut station = Station::with_hub();
    station.begin(12, SessionOptions::default());
    station.cloud.control().order(Order::FailShare(Share {
        path: "fido2Methods".into(),
        throttled_percent: 5,
        failed_percent: 5,
        retry_after_s: Some(1),
        seed: 7,
    }));
    station.fail_next("POST", 2, Effect::CutAfter);
    for round in 0..3 {
        let keys: Vec<VirtualKey> = (1..=4).map(|port| station.key.insert(port)).collect();
        for (no, key) in (1..).zip(&keys) {
            station.see_through(no, key);
        }
        assert_eq!(station.registered(), 4 * (round + 1));
    }
    assert_eq!(station.registered(), 12);
}

impl Station<Hub> {
    /// Retries whatever the cloud's faults stop, until the key is out.
    fn see_through(&mut self, no: u8, key: &VirtualKey) {
        loop {
            let slot = self.slot(no, |slot| {
                matches!(slot.phase, SlotPhase::Done { .. } | SlotPhase::Stopped(_))
            });
            if let SlotPhase::Stopped(stopped) = &slot.phase {
                assert!(stopped.answers.contains(&Answer::Retry), "{:?}", stopped);
                self.answer(slot.enrolment.unwrap(), Answer::Retry, None);
                self.slot(no, |slot| !matches!(slot.phase, SlotPhase::Stopped(_)));
                continue;
            }
            return self.take_out(key);
        }
    }
}

#[test]
fn a_key_made_to_be_activated_later_is_registered_when_its_person_has_it() {
    let mut station = Station::with_hub();
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        first_use: FirstUse::MustChangePin,
        ..SessionOptions::default()
    };
    station.begin(1, options);
    station.board(|board| board.fetched == Some((1, 1)));
    let key = station.key.insert(1);
    let made = station.done(1);
    assert_eq!(station.posts(), 0, "it works only when its person has it");
    key.pull_out();
    station.board(|board| board.away.iter().any(|away| away.to_activate));
    station.connect_anew();
    let board = station.board(|board| board.away.iter().any(|away| away.to_activate));
    assert_eq!(board.figures.done, 0);
    station.wish(BulkCommand::Activate(made.enrolment.unwrap()));
    assert_eq!(station.result(), ResultKind::Done);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

#[test]
fn where_each_person_types_their_pin_the_slot_asks_for_it_and_it_is_kept_nowhere() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { pin: SessionPin::Typed, ..SessionOptions::default() });
    let key = station.key.insert(1);
    let slot = station.slot(1, |slot| matches!(slot.phase, SlotPhase::PinNeeded(_)));
    for (easy, why) in [("2468", "fewer than 6"), ("777777", "are the same")] {
        let easy = Pin::new(easy).unwrap();
        station.answer(slot.enrolment.unwrap(), Answer::Retry, Some(easy));
        let is_told = |slot: &SlotShown| match &slot.phase {
            SlotPhase::PinNeeded(needed) => {
                needed.refused && needed.stopped.problem.what.contains(why)
            }
            _ => false,
        };
        station.slot(1, is_told);
    }
    let pin = Pin::new("491730").unwrap();
    station.answer(slot.enrolment.unwrap(), Answer::Retry, Some(pin.duplicate()));
    station.done(1);
    let id = KeyId(key.id().unwrap().to_string());
    assert_eq!(credentials_on(&id, &pin), 1, "the key has the PIN that was typed");
    station.take_out(&key);
    station.say(Command::RevealPin(slot.enrolment.unwrap()));
    let problem = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        _ => None,
    });
    assert!(problem.what.contains("No PIN was kept"), "{problem}");
}

#[test]
fn a_challenge_that_the_directory_ends_early_is_fetched_anew_on_retry() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let first = station.key.insert_untouched(1);
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::TouchNow { .. }));
    let second = station.key.insert(2);
    station.slot(2, |slot| matches!(slot.phase, SlotPhase::TouchQueued { before: 1 }));
    station.cloud.control().order(Order::ExpireChallenges);
    first.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    first.touch();
    for (no, key) in [(1, &first), (2, &second)] {
        station.see_through(no, key);
    }
    assert_eq!(station.registered(), 2);
    let board = station.board(|board| board.figures.left == 0);
    assert_eq!((board.figures.done, board.figures.failed), (2, 0));
}

/// Two keys, the second of which waits for its turn until its challenge is not used any more.
fn waits_too_long(options: SessionOptions, slow_by: i64) {
    let mut station = Station::with_hub();
    station.cloud.control().order(Order::ClockSkew { seconds: -slow_by });
    let is_prefetched = options.challenges != Challenges::JustInTime;
    station.begin(2, options);
    if is_prefetched {
        station.board(|board| board.fetched == Some((2, 2)));
    }
    let first = station.key.insert_untouched(1);
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::TouchNow { .. }));
    station.key.insert(2);
    station.slot(2, |slot| matches!(slot.phase, SlotPhase::TouchQueued { before: 1 }));
    station.cloud.control().order(Order::ClockSkew { seconds: 0 });
    let asked = station.asked();
    std::thread::sleep(Duration::from_secs(4));
    first.touch();
    for no in [1, 2] {
        let slot = station
            .slot(no, |slot| matches!(slot.phase, SlotPhase::Done { .. } | SlotPhase::Stopped(_)));
        assert!(matches!(slot.phase, SlotPhase::Done { .. }), "{:?}", slot.phase);
    }
    assert_eq!(station.asked(), asked + 1, "one more, without a question");
}

#[test]
fn a_challenge_that_lapses_while_its_key_waits_for_its_turn_is_fetched_anew_without_a_question() {
    // 63 of its 300 seconds are left when it is fetched; a key is not touched with less than 60.
    waits_too_long(SessionOptions::default(), 237);
}

#[test]
fn so_is_one_that_was_fetched_ahead_and_no_longer_lives_as_long_as_was_promised() {
    // 273 of 300 seconds; a key that travels gets nine tenths.
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 5 },
        ..SessionOptions::default()
    };
    waits_too_long(options, 27);
}
