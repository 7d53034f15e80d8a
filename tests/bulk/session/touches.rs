//! Touches at random moments: too early, too late, of another key, or none at all.

use super::random::Random;
use crate::clerk::Station;
use hid::virtual_keys::VirtualKey;
use keydesk::bulk::SessionOptions;
use keydesk::engine::{Board, SlotPhase, SlotShown};
use keydesk::enrolment::Answer;
use std::collections::BTreeMap;
use std::time::Duration;

const KEYS: u8 = 8;
/// So many touches are missed, then everybody who is asked touches.
const MISSED: usize = 12;
/// The first ones are missed whatever chance says.
const LEAST: usize = 4;
/// Longer than a key waits for its touch.
const TOO_LATE: Duration = Duration::from_secs(31);

/// Eight keys that are touched by hand, mostly the wrong one.
struct Hands {
    random: Random,
    keys: BTreeMap<String, VirtualKey>,
    missed: usize,
    /// Touches that no key asked for.
    idle: usize,
}

impl Hands {
    /// One look at the board, and what the hands do then; whose touch nobody will give.
    fn touch(&mut self, board: &Board) -> Option<SlotShown> {
        let asking = board.slots.iter().find(|slot| is_asking(slot));
        for _ in 0..=self.random.below(3) {
            let place = self.random.below(self.keys.len());
            let wrong = self.keys.values().nth(place).unwrap();
            if asking.and_then(|slot| self.key_of(slot)).is_none_or(|key| key.id() != wrong.id()) {
                self.idle += usize::from(!wrong.touch());
            }
        }
        let slot = asking?;
        if !self.key_of(slot)?.wants_touch() {
            return None;
        }
        let is_missed = self.missed < LEAST || self.random.below(2) == 0;
        if self.missed < MISSED && is_missed {
            self.missed += 1;
            return Some(slot.clone());
        }
        self.key_of(slot)?.touch();
        None
    }

    fn key_of(&self, slot: &SlotShown) -> Option<&VirtualKey> {
        self.keys.get(&slot.key.as_ref()?.id.0)
    }
}

fn is_asking(slot: &SlotShown) -> bool {
    matches!(slot.phase, SlotPhase::TouchNow { .. })
}

fn is_done(slot: &SlotShown) -> bool {
    matches!(slot.phase, SlotPhase::Done { .. })
}

#[test]
fn eight_keys_touched_at_random_are_all_made_once() {
    for seed in [1, 2, 3] {
        let mut station = Station::with_hub();
        station.begin(
            usize::from(KEYS),
            SessionOptions { labels: false, ..SessionOptions::default() },
        );
        let keys: Vec<VirtualKey> =
            (1..=KEYS).map(|port| station.key.insert_untouched(port)).collect();
        let by_id = keys.iter().map(|key| (key.id().unwrap().to_string(), key.clone())).collect();
        let mut hands = Hands { random: Random(seed), keys: by_id, missed: 0, idle: 0 };
        loop {
            let board = station.board(|board| {
                assert!(board.slots.iter().filter(|slot| is_asking(slot)).count() <= 1);
                true
            });
            for slot in &board.slots {
                if let SlotPhase::Stopped(stopped) = &slot.phase {
                    assert!(stopped.answers.contains(&Answer::Retry), "seed {seed}: {stopped:?}");
                    station.answer(slot.enrolment.unwrap(), Answer::Retry, None);
                }
            }
            if board.slots.len() == keys.len() && board.slots.iter().all(is_done) {
                break;
            }
            if let Some(missed) = hands.touch(&board) {
                // Nobody comes, and it gives up.
                hands.keys[&missed.key.unwrap().id.0].advance_clock(TOO_LATE);
            }
        }
        assert!(
            hands.missed >= LEAST,
            "seed {seed}: {} missed touches prove nothing",
            hands.missed
        );
        assert!(hands.idle > 10, "seed {seed}: {} wrong touches prove nothing", hands.idle);
        keys.iter().for_each(|key| station.take_out(key));
        let board = station.board(|board| board.figures.left == 0);
        assert_eq!((board.figures.done, board.figures.failed), (8, 0), "seed {seed}");
        assert_eq!((station.registered(), station.posts()), (8, 8), "seed {seed}");
        let rows = std::fs::read_to_string(station.csv()).unwrap();
        assert_eq!(rows.lines().count(), 9, "seed {seed}: a header and a row for each key");
    }
}
