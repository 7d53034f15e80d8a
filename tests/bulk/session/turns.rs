//! Whose turn it is to be touched, across a stop of the program.

use super::{Hub, slot_of};
use crate::clerk::Station;
use hid::virtual_keys::VirtualKey;
use keydesk::bulk::SessionOptions;
use keydesk::engine::{Board, SlotPhase, SlotShown};
use keydesk::enrolment::{Answer, EnrolmentId};
use keydesk::pin::Pin;
use std::collections::BTreeMap;
use std::time::Duration;

/// Longer than a key waits for its touch.
const TOO_LATE: Duration = Duration::from_secs(31);

/// How many have their turn before this slot's key.
fn before(slot: &SlotShown) -> Option<usize> {
    match slot.phase {
        SlotPhase::TouchNow { .. } => Some(0),
        SlotPhase::TouchQueued { before } => Some(before),
        _ => None,
    }
}

/// The slot that is asked now: never two of them.
fn asked(board: &Board) -> Option<u8> {
    let asking: Vec<u8> = board
        .slots
        .iter()
        .filter(|slot| matches!(slot.phase, SlotPhase::TouchNow { .. }))
        .map(|slot| slot.no.0)
        .collect();
    assert!(asking.len() <= 1, "{asking:?} are asked at once");
    asking.first().copied()
}

/// The slots in the order of their turns, once so many have their place.
fn line(board: &Board, so_many: usize) -> Option<Vec<u8>> {
    let first = asked(board);
    let places: BTreeMap<usize, u8> =
        board.slots.iter().filter_map(|slot| Some((before(slot)?, slot.no.0))).collect();
    let is_whole = first.is_some() && places.keys().copied().eq(0..so_many);
    is_whole.then(|| places.into_values().collect())
}

fn people(board: &Board) -> BTreeMap<u8, String> {
    let named = board.slots.iter().filter_map(|slot| {
        before(slot)?;
        Some((slot.no.0, slot.person.as_ref()?.upn.clone()))
    });
    named.collect()
}

/// Keys that nobody touches, each in the slot of its number.
struct Waiting {
    keys: Vec<VirtualKey>,
    whose: BTreeMap<u8, String>,
    /// The slot whose key asks.
    first: u8,
    pins: Pins,
}

impl Station<Hub> {
    fn waits_for_touches(&mut self, so_many: u8) -> Waiting {
        let options = SessionOptions { labels: false, ..SessionOptions::default() };
        self.begin(usize::from(so_many), options);
        let keys: Vec<_> = (1..=so_many).map(|port| self.key.insert_untouched(port)).collect();
        let board = self.board(|board| line(board, keys.len()).is_some());
        let first = asked(&board).unwrap();
        let asks = &keys[usize::from(first) - 1];
        while !asks.wants_touch() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let pins = self.pins(&board);
        Waiting { keys, whose: people(&board), first, pins }
    }

    /// Touches the key that is first, after the others were touched in vain; who is asked then.
    fn touch_first_of(&mut self, line_now: &[u8], keys: &[VirtualKey]) -> Vec<u8> {
        let first = line_now[0];
        for no in &line_now[1..] {
            assert!(!keys[usize::from(*no) - 1].touch(), "slot {no} asked beside slot {first}");
        }
        // It is told a moment before the key asks.
        while !keys[usize::from(first) - 1].touch() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let left = line_now.len() - 1;
        let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
        let board = self.board(|board| {
            let is_over = left == 0 || line(board, left).is_some();
            asked(board) != Some(first) && slot_of(board, first).is_some_and(is_done) && is_over
        });
        line(&board, left).unwrap_or_default()
    }

    /// Touches all of them, each as it is asked.
    fn touch_in_turn(&mut self, mut line_now: Vec<u8>, keys: &[VirtualKey]) {
        while !line_now.is_empty() {
            let told = line_now[1..].to_vec();
            line_now = self.touch_first_of(&line_now, keys);
            assert_eq!(line_now, told, "nobody is passed over");
        }
        keys.iter().for_each(|key| self.take_out(key));
        assert_eq!((self.registered(), self.posts()), (keys.len(), keys.len()));
    }
}

/// What an enrolment's key has, for a station whose vault's key was in the killed program's memory
/// only.
type Pins = BTreeMap<EnrolmentId, Pin>;

fn wants_pin(board: &Board, pins: &Pins) -> Option<EnrolmentId> {
    let wanting = board.slots.iter().filter(|slot| matches!(slot.phase, SlotPhase::PinNeeded(_)));
    wanting.filter_map(|slot| slot.enrolment).find(|enrolment| pins.contains_key(enrolment))
}

impl Station<Hub> {
    /// Of all keys that are in.
    fn pins(&mut self, board: &Board) -> Pins {
        let enrolments = board.slots.iter().filter_map(|slot| slot.enrolment);
        enrolments.map(|enrolment| (enrolment, self.reveal(enrolment))).collect()
    }

    /// Who is asked and who after them, once so many wait, and whose keys they are. The operator types PINs that can't be opened any more.
    fn line_after_a_start(
        &mut self,
        so_many: usize,
        pins: &mut Pins,
    ) -> (Vec<u8>, BTreeMap<u8, String>) {
        loop {
            let is_told = |board: &Board| line(board, so_many).is_some();
            let board = self.board(|board| is_told(board) || wants_pin(board, pins).is_some());
            match wants_pin(&board, pins) {
                Some(enrolment) => {
                    let pin = pins.remove(&enrolment);
                    self.answer(enrolment, Answer::Retry, pin);
                }
                None => return (line(&board, so_many).unwrap(), people(&board)),
            }
        }
    }
}

/// A key goes on waiting for the touch that the killed program asked for, and is busy until then.
#[test]
fn keys_that_waited_as_the_program_was_killed_are_asked_again_one_after_the_other() {
    let mut station = Station::with_hub();
    let Waiting { keys, whose, first, mut pins } = station.waits_for_touches(4);
    let mut station = station.killed_and_started();
    let busy = |slot: &SlotShown| match &slot.phase {
        SlotPhase::Barred(problem) => problem.what.contains("busy"),
        _ => false,
    };
    station.slot(first, busy);
    keys[usize::from(first) - 1].advance_clock(TOO_LATE);
    let (line, again) = station.line_after_a_start(4, &mut pins);
    assert_eq!(again, whose, "each key is its person's still");
    station.touch_in_turn(line, &keys);
}

#[test]
fn the_turn_of_a_key_that_was_pulled_out_while_no_program_ran_goes_to_another_and_comes_back() {
    let mut station = Station::with_hub();
    let Waiting { keys, whose, first, mut pins } = station.waits_for_touches(3);
    let key = &keys[usize::from(first) - 1];
    let mut station = station.killed_and_started_after(|_| key.pull_out());
    let (mut line, _) = station.line_after_a_start(2, &mut pins);
    assert!(!line.contains(&first), "{line:?}");
    key.insert_into(&format!("hub-{first}"));
    line.push(first);
    let (now, again) = station.line_after_a_start(3, &mut pins);
    assert_eq!(now, line, "it takes nobody's turn");
    assert_eq!(again, whose);
    station.touch_in_turn(line, &keys);
}

#[test]
fn a_key_that_asks_for_its_touch_keeps_its_turn_as_the_settings_are_saved() {
    let mut station = Station::with_hub();
    let Waiting { keys, first, .. } = station.waits_for_touches(4);
    let mut turns = Vec::new();
    for _ in 0..3 {
        station.connect_anew();
        let board = station.board(|board| line(board, keys.len()).is_some());
        assert_eq!(asked(&board), Some(first), "another one is asked beside it");
        turns = line(&board, keys.len()).unwrap();
    }
    station.touch_in_turn(turns, &keys);
}
