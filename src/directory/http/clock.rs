//! The service's clock beside this computer's: sign-ins are signed and limited by time.

use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// The answer's way and a second lost in its header.
const UNSEEN: SignedDuration = SignedDuration::from_secs(30);
/// What login services forgive.
const FORGIVEN: SignedDuration = SignedDuration::from_mins(5);

/// What the last answer said.
#[derive(Default)]
pub(super) struct Clock(Mutex<Option<SignedDuration>>);

impl Clock {
    pub(super) fn note(&self, theirs: Timestamp, ours: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ours.duration_since(theirs));
    }

    pub(super) fn ahead(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of the connection test; none where the service told no time.
pub fn check(ahead: Option<SignedDuration>) -> Option<ConnectionCheck> {
    let ahead = ahead?;
    let outcome = if ahead.abs() <= UNSEEN {
        CheckOutcome::Works("This computer's clock agrees with the service's".into())
    } else {
        let problem = Problem {
            what: format!("This computer's clock is {}", in_words(ahead)),
            next: "Set it right, by the network's time, then test again".into(),
            details: Vec::new(),
        };
        match ahead.abs() > FORGIVEN {
            true => CheckOutcome::Failed(problem),
            false => CheckOutcome::Advice(problem),
        }
    };
    Some(ConnectionCheck { name: "Clock".into(), outcome })
}

fn in_words(ahead: SignedDuration) -> String {
    let seconds = ahead.abs().as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let long = match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min"),
        _ => format!("{hours} h {minutes} min"),
    };
    let way = if ahead.is_negative() { "behind" } else { "ahead" };
    format!("{long} {way}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_an_hour_off_is_told_with_its_direction() {
        let outcome = |seconds| check(Some(SignedDuration::from_secs(seconds))).unwrap().outcome;
        assert!(matches!(outcome(2), CheckOutcome::Works(_)));
        assert!(matches!(outcome(-90), CheckOutcome::Advice(_)));
        let CheckOutcome::Failed(problem) = outcome(3700) else { panic!("not a failure") };
        assert!(problem.what.ends_with("1 h 1 min ahead"), "{problem}");
        let CheckOutcome::Failed(problem) = outcome(-360) else { panic!("not a failure") };
        assert!(problem.what.ends_with("6 min behind"), "{problem}");
        assert_eq!(check(None), None);
    }
}
