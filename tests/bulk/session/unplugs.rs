//! Keys that are pulled out and put back in at random, among others that stay in.

use super::random::Random;
use super::{Hub, slot_of};
use crate::clerk::Station;
use hid::virtual_keys::{At, Fault as KeyFault, Model, TouchPolicy, VirtualKey};
use keydesk::bulk::SessionOptions;
use keydesk::engine::{Board, BulkCommand, PersonOnBoard, SlotPhase, SlotShown};
use keydesk::enrolment::Answer;
use std::time::Duration;

const PORTS: usize = 8;
/// So many pulls, then everybody is let finish.
const PULLS: usize = 40;

/// Eight keys and the hands that move them.
struct Hands {
    random: Random,
    keys: Vec<VirtualKey>,
    /// The port of each key that is in.
    ports: Vec<Option<usize>>,
    pulls: usize,
}

impl Hands {
    fn is_out(&self) -> bool {
        self.ports.iter().any(Option::is_none)
    }

    /// Into some free port.
    fn put_in(&mut self) {
        let out: Vec<usize> =
            (0..self.keys.len()).filter(|key| self.ports[*key].is_none()).collect();
        let free: Vec<usize> =
            (0..PORTS).filter(|port| !self.ports.contains(&Some(*port))).collect();
        let key = out[self.random.below(out.len())];
        let port = free[self.random.below(free.len())];
        self.ports[key] = Some(port);
        self.keys[key].insert_into(&format!("hub-{port}"));
    }

    fn pull_out(&mut self, done: &[bool]) {
        let candidates: Vec<usize> =
            (0..self.keys.len()).filter(|key| self.ports[*key].is_some() && !done[*key]).collect();
        if candidates.is_empty() {
            return;
        }
        let key = candidates[self.random.below(candidates.len())];
        self.ports[key] = None;
        self.pulls += 1;
        self.keys[key].pull_out();
    }

    /// One look at the board, and what the hands do then.
    fn move_keys(&mut self, board: &Board) {
        let done: Vec<bool> = self.keys.iter().map(|key| is_done(board, key)).collect();
        let at_work = board.slots.iter().any(|slot| {
            matches!(
                slot.phase,
                SlotPhase::Identifying
                    | SlotPhase::Working(_)
                    | SlotPhase::TouchQueued { .. }
                    | SlotPhase::TouchNow { .. }
            )
        });
        // While nothing is at work nothing would wake the hands again.
        if self.is_out() && (!at_work || self.random.below(3) == 0) {
            return self.put_in();
        }
        if self.pulls < PULLS && self.random.below(4) == 0 {
            self.pull_out(&done);
        }
    }
}

/// Made and still in; or made, pulled out as it was finished, and put in once more.
fn is_done(board: &Board, key: &VirtualKey) -> bool {
    let phase = phase_of(board, key);
    matches!(phase, Some(SlotPhase::Done { .. } | SlotPhase::Refused(_) | SlotPhase::Barred(_)))
}

fn phase_of<'a>(board: &'a Board, key: &VirtualKey) -> Option<&'a SlotPhase> {
    let id = key.id().map(|id| id.to_string());
    let is_this =
        |slot: &&SlotShown| slot.key.as_ref().is_some_and(|of| Some(&of.id.0) == id.as_ref());
    board.slots.iter().find(is_this).map(|slot| &slot.phase)
}

#[test]
fn eight_keys_pulled_out_at_random_are_all_made_once() {
    for seed in [1, 2, 3] {
        let mut station = Station::with_hub();
        station.begin(PORTS, SessionOptions { labels: false, ..SessionOptions::default() });
        let keys: Vec<VirtualKey> = (1..=8).map(|port| station.key.insert(port)).collect();
        let ports = (1..=8).map(|port| Some(port % PORTS)).collect();
        let mut hands = Hands { random: Random(seed), keys, ports, pulls: 0 };
        let board = loop {
            let board = station.board(|_| true);
            let stops = board.slots.iter().filter_map(|slot| match &slot.phase {
                SlotPhase::Stopped(stopped) => Some((slot.enrolment?, stopped)),
                _ => None,
            });
            for (enrolment, stopped) in stops {
                assert!(stopped.answers.contains(&Answer::Retry), "seed {seed}: {stopped:?}");
                station.answer(enrolment, Answer::Retry, None);
            }
            if hands.keys.iter().all(|key| is_done(&board, key)) {
                break board;
            }
            hands.move_keys(&board);
        };
        assert!(hands.pulls > 10, "seed {seed}: {} pulls prove nothing", hands.pulls);
        for key in hands.keys {
            match phase_of(&board, &key) {
                Some(SlotPhase::Done { .. }) => station.take_out(&key),
                // It was handed over when it was pulled out.
                _ => key.pull_out(),
            }
        }
        let board = station.board(|board| board.figures.left == 0);
        assert_eq!((board.figures.done, board.figures.failed), (8, 0), "seed {seed}");
        assert_eq!((station.registered(), station.posts()), (8, 8), "seed {seed}");
        let rows = std::fs::read_to_string(station.csv()).unwrap();
        assert_eq!(rows.lines().count(), 9, "seed {seed}: a header and a row for each key");
    }
}

/// A key that falls out at its touch, beside one that stays in; whose it was to be.
fn falls_out_beside_another(model: Model) -> (Station<Hub>, VirtualKey, PersonOnBoard) {
    let mut station = Station::with_hub();
    station.begin(3, SessionOptions { labels: false, ..SessionOptions::default() });
    let stays = station.key.insert_as(model, 1);
    station.done(1);
    let mut spec = model.spec();
    spec.serial = spec.serial.map(|serial| serial + 1);
    spec.fault = Some(KeyFault::PullOutAt(At::first(super::MAKE_CREDENTIAL)));
    let key = station.key.insert_as(spec, 2);
    let slot = station.slot(2, |slot| slot.phase == SlotPhase::PulledOut);
    key.clear_fault();
    assert!(stays.id().is_some());
    (station, key, slot.person.unwrap())
}

#[test]
fn a_key_among_others_goes_on_without_an_answer() {
    for model in [Model::Yubikey5Nfc, Model::SecurityKeyNfc] {
        let (mut station, key, _) = falls_out_beside_another(model);
        key.insert_into("hub-2");
        station.done(2);
        station.take_out(&key);
        assert_eq!(station.registered(), 2);
    }
}

#[test]
fn another_key_in_its_slot_goes_to_the_next_person_and_it_comes_back_elsewhere() {
    let (mut station, key, first) = falls_out_beside_another(Model::Yubikey5Nfc);
    let other = station.key.insert(2);
    other.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let board = station.board(|board| {
        slot_of(board, 2).is_some_and(|slot| matches!(slot.phase, SlotPhase::Done { .. }))
            && board.away.len() == 1
    });
    assert_ne!(slot_of(&board, 2).unwrap().person.as_ref(), Some(&first));
    assert_eq!(board.away[0].person, first);
    key.insert_into("hub-3");
    let done = station.done(3);
    assert_eq!(done.person, Some(first));
    station.take_out(&key);
    station.take_out(&other);
    assert_eq!((station.registered(), station.posts()), (3, 3));
}

/// Two runs of one enrolment would write into its journal at the same time.
#[test]
fn a_session_is_not_ended_while_a_key_that_came_back_is_looked_at() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let (key, _) = station.pulled_out_while_made(1);
    key.set_fault(KeyFault::Slow(Duration::from_millis(300)));
    key.insert_into("hub-1");
    station.slot(1, |slot| slot.note.contains("looking for the credential"));
    station.wish(BulkCommand::End);
    assert!(station.problem().what.contains("in work"));
    key.clear_fault();
    station.done(1);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}
