//! One key at a time asks for its touch.

use crate::enrolment::EnrolmentId;
use jiff::{SignedDuration, Timestamp};

/// A challenge with less than this left goes before its turn.
const HURRY: SignedDuration = SignedDuration::from_secs(90);

/// Enrolments whose key wants a touch, in the order they came; at most one has it. A key that moves to
/// another slot keeps its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchQueue {
    has: Option<EnrolmentId>,
    waiting: Vec<Waiting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    enrolment: EnrolmentId,
    /// When what the touch is for can't be used any more.
    until: Option<Timestamp>,
}

impl TouchQueue {
    /// Its key wants a touch; asking again only moves its deadline.
    pub fn ask(&mut self, enrolment: EnrolmentId, until: Option<Timestamp>) {
        if self.has == Some(enrolment) {
            return;
        }
        match self.waiting.iter_mut().find(|waiting| waiting.enrolment == enrolment) {
            Some(waiting) => waiting.until = until,
            None => self.waiting.push(Waiting { enrolment, until }),
        }
    }

    /// Whose key may ask now, once; nothing while another one has its turn.
    pub fn grant(&mut self, now: Timestamp) -> Option<EnrolmentId> {
        if self.has.is_some() {
            return None;
        }
        let next = self.next(now)?;
        self.has = Some(self.waiting.remove(next).enrolment);
        self.has
    }

    /// It is through, or gives up.
    pub fn release(&mut self, enrolment: EnrolmentId) {
        if self.has == Some(enrolment) {
            self.has = None;
        }
        self.waiting.retain(|waiting| waiting.enrolment != enrolment);
    }

    /// How many have their turn before this one, the one that has it now included.
    pub fn before(&self, enrolment: EnrolmentId, now: Timestamp) -> Option<usize> {
        let mut left = self.clone();
        let mut before = usize::from(left.has.take().is_some());
        while let Some(next) = left.next(now) {
            if left.waiting.remove(next).enrolment == enrolment {
                return Some(before);
            }
            before += 1;
        }
        None
    }

    /// Of those in a hurry the one with the least time; else the first that came.
    fn next(&self, now: Timestamp) -> Option<usize> {
        let hurries = |until: Timestamp| until.duration_since(now) < HURRY;
        let in_hurry = self.waiting.iter().enumerate().filter_map(|(place, waiting)| {
            waiting.until.filter(|until| hurries(*until)).map(|until| (until, place))
        });
        let first = (!self.waiting.is_empty()).then_some(0);
        in_hurry.min().map(|(_, place)| place).or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> EnrolmentId {
        EnrolmentId(uuid::Uuid::from_u128(n))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn one_at_a_time_in_the_order_they_came() {
        let mut queue = TouchQueue::default();
        for n in [3, 1, 2] {
            queue.ask(id(n), Some(at(600)));
        }
        assert_eq!(queue.grant(at(0)), Some(id(3)));
        assert_eq!(queue.grant(at(0)), None);
        assert_eq!(queue.before(id(2), at(0)), Some(2));
        queue.release(id(3));
        assert_eq!(queue.grant(at(1)), Some(id(1)));
        queue.release(id(1));
        assert_eq!(queue.grant(at(2)), Some(id(2)));
        queue.release(id(2));
        assert_eq!(queue.grant(at(3)), None);
    }

    #[test]
    fn whose_challenge_is_about_to_lapse_goes_first() {
        let mut queue = TouchQueue::default();
        queue.ask(id(1), Some(at(600)));
        queue.ask(id(2), Some(at(80)));
        queue.ask(id(3), Some(at(70)));
        queue.ask(id(4), None);
        let mut order = Vec::new();
        while let Some(enrolment) = queue.grant(at(0)) {
            order.push(enrolment);
            queue.release(enrolment);
        }
        assert_eq!(order, [3, 2, 1, 4].map(id));
    }

    #[test]
    fn who_gives_up_leaves_the_queue_and_its_turn() {
        let mut queue = TouchQueue::default();
        queue.ask(id(1), None);
        queue.ask(id(2), None);
        queue.ask(id(3), None);
        assert_eq!(queue.grant(at(0)), Some(id(1)));
        queue.release(id(2));
        queue.ask(id(1), None);
        queue.release(id(1));
        assert_eq!(queue.grant(at(0)), Some(id(3)));
        assert_eq!(queue.before(id(1), at(0)), None);
    }
}
