//! Practice: a colleague at the bench puts new keys in and pulls finished ones out, so that a
//! session can be watched.

use crate::bulk::SlotState;
use crate::engine::BenchKey;
use crate::engine::bench::BenchPort;
use crate::engine::station::Station;
use std::time::{Duration, Instant};

/// Boxes of new keys that the colleague works with.
pub(in crate::engine) const COLLEAGUES_BOXES: usize = 4;
/// What a hand takes to pull a key out and label it, and to put the next one in.
const HAND: Duration = Duration::from_millis(900);
/// How often the colleague looks at the board.
pub(in crate::engine) const LOOKS: Duration = Duration::from_millis(150);

/// What the colleague's hands did last at each box.
#[derive(Default)]
pub(in crate::engine) struct Colleague {
    works: bool,
    seen: [Option<(Move, Instant)>; COLLEAGUES_BOXES],
}

/// What is to be done at a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    PutNewIn,
    /// The session waits for this very key.
    PutBackIn,
    PullOut,
    Leave,
}

impl Colleague {
    pub(in crate::engine) fn set(&mut self, works: bool) {
        *self = Self { works, ..Self::default() };
    }

    pub(in crate::engine) fn works(&self) -> bool {
        self.works
    }

    /// Whether the hand is through with the move; it begins when the move is first wanted.
    fn is_done(&mut self, at: usize, wanted: Move, now: Instant) -> bool {
        let Some(seen) = self.seen.get_mut(at) else { return false };
        match seen {
            Some((known, since)) if *known == wanted => now.duration_since(*since) >= HAND,
            _ => {
                *seen = Some((wanted, now));
                false
            }
        }
    }
}

impl Station {
    /// One look at the board.
    pub(in crate::engine) async fn colleague_looks(&mut self) {
        let boxes = self.bench.boxes();
        let now = Instant::now();
        let mut moved = false;
        for (at, key) in boxes.into_iter().take(COLLEAGUES_BOXES).enumerate() {
            let wanted = self.wanted_of(&key);
            if wanted != Move::Leave && self.colleague.is_done(at, wanted, now) {
                moved |= act(&mut self.bench, key.slot, wanted);
            }
        }
        if moved {
            self.show_bench().await;
        }
    }

    fn wanted_of(&self, at_hand: &BenchKey) -> Move {
        let Some(live) = &self.bulk.live else { return Move::Leave };
        let Some(key) = &at_hand.inserted else {
            if live.session.is_paused() {
                return Move::Leave;
            }
            let is_awaited = live.session.awaits_key(at_hand.serial.as_deref());
            return match live.session.next_waiting() {
                _ if is_awaited => Move::PutBackIn,
                Some(_) => Move::PutNewIn,
                None => Move::Leave,
            };
        };
        let state =
            live.session.slots().find(|(_, _, of)| *of == Some(key)).map(|(_, state, _)| state);
        match state {
            Some(SlotState::Done { .. } | SlotState::Spent { .. } | SlotState::Refused(_)) => {
                Move::PullOut
            }
            _ => Move::Leave,
        }
    }
}

fn act(bench: &mut BenchPort, slot: u8, wanted: Move) -> bool {
    match wanted {
        Move::PutNewIn => bench.put_new_in(slot),
        Move::PutBackIn => bench.put_in(slot),
        Move::PullOut => bench.pull_out(slot),
        Move::Leave => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_takes_its_time_and_begins_anew_with_another_move() {
        let mut colleague = Colleague::default();
        let begun = Instant::now();
        assert!(!colleague.is_done(0, Move::PutNewIn, begun));
        assert!(!colleague.is_done(0, Move::PutNewIn, begun + HAND / 2));
        assert!(colleague.is_done(0, Move::PutNewIn, begun + HAND));
        assert!(!colleague.is_done(0, Move::PullOut, begun + HAND));
        assert!(!colleague.is_done(7, Move::PutNewIn, begun), "no such box");
    }
}
