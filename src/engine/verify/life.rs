//! Until when a code or a question counts, by two clocks: one can be set, the other one sleeps with
//! the computer. It is over as soon as either says so.

use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Life {
    pub ends_at: Timestamp,
    ends: Instant,
}

/// A moment by both clocks.
pub(super) type Moment = (Timestamp, Instant);

pub(super) fn now() -> Moment {
    (Timestamp::now(), Instant::now())
}

impl Life {
    pub fn from((at, instant): Moment, lasts: Duration) -> Self {
        Self {
            ends_at: at.saturating_add(span(lasts)).unwrap_or(Timestamp::MAX),
            ends: instant + lasts,
        }
    }

    pub fn is_over(&self, moment: Moment) -> bool {
        self.left(moment).is_zero()
    }

    /// Never more than it was made for.
    pub fn left(&self, (at, instant): Moment) -> Duration {
        let by_day = self.ends_at.duration_since(at).max(SignedDuration::ZERO);
        let by_day = Duration::try_from(by_day).unwrap_or_default();
        by_day.min(self.ends.saturating_duration_since(instant))
    }
}

pub(super) fn span(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Duration = Duration::from_secs(600);
    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn later((at, instant): Moment, seconds: u64, set_by: SignedDuration) -> Moment {
        let passed = Duration::from_secs(seconds);
        (at + span(passed) + set_by, instant + passed)
    }

    #[test]
    fn a_code_counts_ten_minutes() {
        let begun = now();
        let life = Life::from(begun, CODE);
        assert_eq!(life.left(later(begun, 1, SignedDuration::ZERO)), Duration::from_secs(599));
        assert!(!life.is_over(later(begun, 599, SignedDuration::ZERO)));
        assert!(life.is_over(later(begun, 600, SignedDuration::ZERO)));
    }

    #[test]
    fn a_clock_that_is_set_back_by_an_hour_lengthens_nothing() {
        let begun = now();
        let life = Life::from(begun, CODE);
        assert_eq!(life.left(later(begun, 60, -HOUR)), Duration::from_secs(540));
        assert!(!life.is_over(later(begun, 599, -HOUR)));
        assert!(life.is_over(later(begun, 600, -HOUR)));
    }

    #[test]
    fn a_clock_that_is_set_forward_by_an_hour_ends_it_rather_than_trusting_either() {
        let begun = now();
        let life = Life::from(begun, CODE);
        assert!(life.is_over(later(begun, 1, HOUR)));
        // So does a computer that slept: the other clock slept, too.
        let (at, instant) = begun;
        assert!(life.is_over((at + span(CODE), instant)));
    }
}
