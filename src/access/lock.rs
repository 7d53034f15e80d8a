//! When the station locks itself.

use jiff::{SignedDuration, Timestamp};

/// Why it is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockCause {
    /// Nobody did anything for a while.
    Idle,
    /// The computer's own screen was locked.
    Screen,
    /// The operator wished it.
    Operator,
    /// An operator is still signed in, from before the program was started or before another came.
    Restart,
}

/// Open or locked, and when somebody did something last.
#[derive(Clone, Debug)]
pub struct Lock {
    cause: Option<LockCause>,
    last_activity: Timestamp,
}

impl Lock {
    pub fn new(now: Timestamp) -> Self {
        Self { cause: None, last_activity: now }
    }

    pub fn cause(&self) -> Option<LockCause> {
        self.cause
    }

    pub fn is_locked(&self) -> bool {
        self.cause.is_some()
    }

    /// Somebody moved the mouse or pressed a key. Opens nothing.
    pub fn activity(&mut self, now: Timestamp) {
        self.last_activity = now;
    }

    /// The first cause stays.
    pub fn lock(&mut self, cause: LockCause) {
        self.cause.get_or_insert(cause);
    }

    pub fn unlock(&mut self, now: Timestamp) {
        *self = Self::new(now);
    }

    /// Locks once nobody did anything for `after`; says whether it has just done so. A clock that
    /// was set back counts as activity.
    pub fn look(&mut self, now: Timestamp, after: Option<SignedDuration>) -> bool {
        let idle = now.duration_since(self.last_activity);
        if idle.is_negative() {
            self.last_activity = now;
        }
        let due = after.is_some_and(|after| idle >= after) && !self.is_locked();
        if due {
            self.lock(LockCause::Idle);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Option<SignedDuration> = Some(SignedDuration::from_mins(10));

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn it_locks_after_the_idle_time_once_and_activity_puts_it_off() {
        let mut lock = Lock::new(at(0));
        assert!(!lock.look(at(9), AFTER));
        lock.activity(at(9));
        assert!(!lock.look(at(18), AFTER));
        assert!(lock.look(at(19), AFTER));
        assert!(!lock.look(at(20), AFTER), "told once");
        assert_eq!(lock.cause(), Some(LockCause::Idle));
    }

    #[test]
    fn activity_does_not_open_it() {
        let mut lock = Lock::new(at(0));
        lock.lock(LockCause::Screen);
        lock.lock(LockCause::Idle);
        lock.activity(at(1));
        assert_eq!(lock.cause(), Some(LockCause::Screen));
        lock.unlock(at(2));
        assert!(!lock.is_locked() && !lock.look(at(11), AFTER));
    }

    #[test]
    fn without_an_idle_time_it_stays_open() {
        let mut lock = Lock::new(at(0));
        assert!(!lock.look(at(100_000), None));
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_open() {
        let mut lock = Lock::new(at(60));
        assert!(!lock.look(at(0), AFTER));
        assert!(lock.look(at(10), AFTER));
    }
}
