//! Whether something may be sent now.

use jiff::{SignedDuration, Timestamp};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Wrong codes that lock a person, in however many checks they were typed.
pub const TRIES: u32 = 3;

/// How much may be sent in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub per_person: usize,
    pub per_agent: usize,
    pub per_station: usize,
}

/// What was sent, in no order. A moment that lies ahead counts too: the clock was set back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sends {
    pub to_person: Vec<Timestamp>,
    pub by_agent: Vec<Timestamp>,
    pub by_station: Vec<Timestamp>,
    /// Wrong codes of the person that count: typed within the lock's time, since they were last
    /// proved to be who they say.
    pub wrong: Vec<Timestamp>,
    /// The person is locked until then, after wrong codes.
    pub locked_until: Option<Timestamp>,
}

/// Why nothing may be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    Locked { until: Timestamp },
    ToPerson { from: Timestamp },
    ByAgent { from: Timestamp },
    ByStation { from: Timestamp },
}

impl Sends {
    /// Codes that may be tried still.
    pub fn tries_left(&self) -> u32 {
        TRIES.saturating_sub(u32::try_from(self.wrong.len()).unwrap_or(u32::MAX))
    }
}

/// Until when wrong codes that count lock the person by themselves, whatever became of the checks.
pub fn locked_by(wrong: &[Timestamp], lock: SignedDuration) -> Option<Timestamp> {
    let mut newest_first = wrong.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let last = newest_first.get(TRIES as usize - 1)?;
    Some(last.saturating_add(lock).unwrap_or(Timestamp::MAX))
}

/// Whether one more may be sent.
///
/// # Errors
/// [`TooMuch`]: the first limit that is reached, with the moment from which it is not.
pub fn may_send(sends: &Sends, limits: Limits, now: Timestamp) -> Result<(), TooMuch> {
    if let Some(until) = sends.locked_until.filter(|until| *until > now) {
        return Err(TooMuch::Locked { until });
    }
    let full = |sent: &[Timestamp], most: usize| free_from(sent, most, now);
    if let Some(from) = full(&sends.to_person, limits.per_person) {
        return Err(TooMuch::ToPerson { from });
    }
    if let Some(from) = full(&sends.by_agent, limits.per_agent) {
        return Err(TooMuch::ByAgent { from });
    }
    match full(&sends.by_station, limits.per_station) {
        Some(from) => Err(TooMuch::ByStation { from }),
        None => Ok(()),
    }
}

/// From when one more fits, where none does now.
fn free_from(sent: &[Timestamp], most: usize, now: Timestamp) -> Option<Timestamp> {
    let mut lately: Vec<Timestamp> =
        sent.iter().copied().filter(|at| now.duration_since(*at) < HOUR).collect();
    lately.sort_unstable();
    let first = lately.len().checked_sub(most)?;
    lately.get(first).map(|at| *at + HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { per_person: 2, per_agent: 3, per_station: 4 };

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn ats(minutes: &[i64]) -> Vec<Timestamp> {
        minutes.iter().map(|minutes| at(*minutes)).collect()
    }

    #[test]
    fn each_limit_holds_for_an_hour() {
        let sends = Sends { to_person: ats(&[70, 100]), ..Sends::default() };
        assert_eq!(may_send(&sends, LIMITS, at(101)), Err(TooMuch::ToPerson { from: at(130) }));
        assert_eq!(may_send(&sends, LIMITS, at(130)), Ok(()));
        let sends = Sends { by_agent: ats(&[100, 71, 72]), ..Sends::default() };
        assert_eq!(may_send(&sends, LIMITS, at(101)), Err(TooMuch::ByAgent { from: at(131) }));
        let sends = Sends { by_station: ats(&[1, 71, 72, 73, 74, 75]), ..Sends::default() };
        assert_eq!(may_send(&sends, LIMITS, at(101)), Err(TooMuch::ByStation { from: at(132) }));
    }

    #[test]
    fn a_lock_comes_first_and_ends() {
        let sends =
            Sends { locked_until: Some(at(110)), to_person: ats(&[100, 100]), ..Sends::default() };
        assert_eq!(may_send(&sends, LIMITS, at(109)), Err(TooMuch::Locked { until: at(110) }));
        assert!(matches!(may_send(&sends, LIMITS, at(110)), Err(TooMuch::ToPerson { .. })));
    }

    #[test]
    fn three_wrong_codes_lock_until_the_first_of_them_counts_no_more() {
        let lock = SignedDuration::from_mins(30);
        assert_eq!(locked_by(&ats(&[100, 110]), lock), None);
        assert_eq!(locked_by(&ats(&[110, 100, 111]), lock), Some(at(130)));
        assert_eq!(locked_by(&ats(&[111, 100, 110, 112]), lock), Some(at(140)));
        let left = |wrong: &[i64]| Sends { wrong: ats(wrong), ..Sends::default() }.tries_left();
        assert_eq!([left(&[]), left(&[1, 2]), left(&[1, 2, 3]), left(&[1; 5])], [3, 1, 0, 0]);
    }

    #[test]
    fn a_clock_that_was_set_back_opens_nothing() {
        let sends = Sends { to_person: ats(&[500, 501]), ..Sends::default() };
        assert_eq!(may_send(&sends, LIMITS, at(101)), Err(TooMuch::ToPerson { from: at(560) }));
    }
}
