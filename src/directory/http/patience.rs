//! What to do after one try of a request: take the answer, wait and repeat, or give up.
//!
//! The rule above all: a registration that may have been received is never sent again.

use super::answer::Answer;
use super::{Limits, ReadFacts};
use crate::directory::{CallFacts, DirectoryError};
use reqwest::StatusCode;
use std::time::Duration;

/// Whether a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing.
    Freely,
    /// It changes something, and nothing more the second time.
    SameAgain,
    /// It changes something each time: only after an answer that refuses it for now (429, 503),
    /// or when no connection came about.
    OnlyAfterRefusal,
    /// Not worth a wait.
    Never,
}

/// A request that brought no answer.
#[derive(Debug)]
pub enum Lost {
    /// No connection came about, so nothing was sent.
    BeforeSending { reason: String },
    /// It was sent, in part at least.
    AfterSending { facts: CallFacts },
}

pub enum Verdict {
    Take(Answer),
    /// This call waits.
    Wait(Duration),
    /// The service asks to wait: all calls do, see [`Patience::hold`].
    Pause(Duration),
    GiveUp(DirectoryError),
}

/// The waits of one call so far.
pub struct Patience<'a> {
    limits: &'a Limits,
    facts_of: ReadFacts,
    repeat: Repeat,
    tries: u32,
    /// Tries that brought no answer at all.
    lost: u32,
    /// What was sent once and brought no answer may have taken effect, whatever becomes of a later try.
    sent: Option<CallFacts>,
    waited: Duration,
}

/// A dead line is told soon; a busy service is waited for.
const LOST_TRIES: u32 = 2;

impl<'a> Patience<'a> {
    pub fn new(limits: &'a Limits, facts_of: ReadFacts, repeat: Repeat) -> Self {
        Self { limits, facts_of, repeat, tries: 0, lost: 0, sent: None, waited: Duration::ZERO }
    }

    /// Judges one try. `jitter` is between 0 and 1.
    pub fn judge(&mut self, outcome: Result<Answer, Lost>, jitter: f64) -> Verdict {
        self.tries += 1;
        match outcome {
            Ok(answer) => self.judge_answer(answer, jitter),
            Err(lost) => self.judge_lost(lost, jitter),
        }
    }

    fn judge_answer(&mut self, answer: Answer, jitter: f64) -> Verdict {
        let busy = matches!(
            answer.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        let unsure =
            answer.status == StatusCode::REQUEST_TIMEOUT || answer.status.is_server_error();
        if !busy && !unsure {
            return Verdict::Take(answer);
        }
        let facts = (self.facts_of)(&answer);
        if !busy && self.repeat == Repeat::OnlyAfterRefusal {
            return Verdict::GiveUp(DirectoryError::AnswerLost(facts));
        }
        let wait = answer.retry_after.unwrap_or_else(|| backoff(self.limits, self.tries, jitter));
        match (self.may_wait(wait), busy) {
            (true, true) => return Verdict::Pause(wait),
            (true, false) => {
                self.sent = Some(facts);
                return self.wait(wait);
            }
            (false, _) => {}
        }
        Verdict::GiveUp(match answer.status {
            StatusCode::TOO_MANY_REQUESTS => DirectoryError::Throttled { resume_in: wait, facts },
            _ => DirectoryError::Unavailable(facts),
        })
    }

    fn judge_lost(&mut self, lost: Lost, jitter: f64) -> Verdict {
        self.lost += 1;
        let wait = backoff(self.limits, self.tries, jitter);
        let again = self.lost < LOST_TRIES && self.may_wait(wait);
        match lost {
            Lost::BeforeSending { .. } if again => self.wait(wait),
            Lost::BeforeSending { reason } => Verdict::GiveUp(match self.sent.take() {
                Some(facts) => DirectoryError::Unavailable(facts),
                None => DirectoryError::Unreachable { reason },
            }),
            Lost::AfterSending { facts } if self.repeat == Repeat::OnlyAfterRefusal => {
                Verdict::GiveUp(DirectoryError::AnswerLost(facts))
            }
            Lost::AfterSending { facts } if again => {
                self.sent = Some(facts);
                self.wait(wait)
            }
            Lost::AfterSending { facts } => Verdict::GiveUp(DirectoryError::Unavailable(facts)),
        }
    }

    /// Takes a pause of the whole directory into account, before a try.
    ///
    /// # Errors
    /// [`DirectoryError::Throttled`] when it is longer than this call may wait; this try was not
    /// sent then.
    pub(super) fn hold(&mut self, left: Duration) -> Result<Duration, DirectoryError> {
        let waited = self.waited.saturating_add(left);
        if self.repeat == Repeat::Never || waited > self.limits.patience {
            let facts = CallFacts::default();
            return Err(DirectoryError::Throttled { resume_in: left, facts });
        }
        self.waited = waited;
        Ok(left)
    }

    /// The error the call ends with: that a change is not tried again says nothing of a try before,
    /// which may have taken effect.
    pub(super) fn in_doubt(&mut self, error: DirectoryError) -> DirectoryError {
        match (error, self.sent_before()) {
            (DirectoryError::Throttled { .. }, Some(facts)) => DirectoryError::Unavailable(facts),
            (error, _) => error,
        }
    }

    /// The answer of a change says nothing of a try before it, either.
    pub(super) fn after_lost(&mut self, answer: Answer) -> Answer {
        Answer { after_lost: self.sent_before(), ..answer }
    }

    fn sent_before(&mut self) -> Option<CallFacts> {
        self.sent.take_if(|_| self.repeat == Repeat::SameAgain)
    }

    fn may_wait(&self, wait: Duration) -> bool {
        self.repeat != Repeat::Never
            && self.tries < self.limits.tries
            && self.waited.saturating_add(wait) <= self.limits.patience
    }

    fn wait(&mut self, wait: Duration) -> Verdict {
        self.waited += wait;
        Verdict::Wait(wait)
    }
}

/// After so many tries 1, 2, 4, ... times the base, a quarter more or less, so that stations don't
/// march in step. `jitter` is between 0 and 1.
pub fn backoff(limits: &Limits, tries: u32, jitter: f64) -> Duration {
    let factor = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    let wait = limits.backoff_base.saturating_mul(factor).min(limits.backoff_cap);
    wait.mul_f64(0.75 + jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;

    fn answer(status: u16, retry_after_s: Option<u64>) -> Result<Answer, Lost> {
        Ok(Answer {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after_s.map(Duration::from_secs),
            ..Answer::default()
        })
    }

    fn waits(repeat: Repeat, statuses: &[u16]) -> (Vec<u64>, Option<DirectoryError>) {
        let limits = Limits { patience: Duration::from_secs(1000), tries: 20, ..Limits::default() };
        let mut patience = Patience::new(&limits, Answer::facts, repeat);
        let mut seen = Vec::new();
        for status in statuses {
            match patience.judge(answer(*status, None), MIDDLE) {
                Verdict::Wait(wait) | Verdict::Pause(wait) => seen.push(wait.as_secs()),
                Verdict::GiveUp(error) => return (seen, Some(error)),
                Verdict::Take(_) => return (seen, None),
            }
        }
        (seen, None)
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let (seen, error) = waits(Repeat::Freely, &[503, 429, 500, 502, 504, 503, 429, 200]);
        assert_eq!(seen, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(error, None);
    }

    #[test]
    fn jitter_stays_within_a_quarter() {
        let limits = Limits::default();
        for (jitter, expected_ms) in [(0.0, 1500), (1.0, 2500)] {
            let mut patience = Patience::new(&limits, Answer::facts, Repeat::Freely);
            match patience.judge(answer(500, None), jitter) {
                Verdict::Wait(wait) => assert_eq!(wait.as_millis(), expected_ms),
                _ => panic!("expected a wait"),
            }
        }
    }

    #[test]
    fn the_services_own_wait_is_obeyed_and_a_longer_one_than_our_patience_is_told() {
        let limits = Limits::default();
        let mut patience = Patience::new(&limits, Answer::facts, Repeat::Freely);
        assert!(matches!(
            patience.judge(answer(429, Some(50)), MIDDLE),
            Verdict::Pause(wait) if wait == Duration::from_secs(50)
        ));
        assert_eq!(patience.hold(Duration::from_secs(50)), Ok(Duration::from_secs(50)));
        assert!(matches!(
            patience.judge(answer(429, Some(11)), MIDDLE),
            Verdict::GiveUp(DirectoryError::Throttled { resume_in, .. }) if resume_in == Duration::from_secs(11)
        ));
    }

    #[test]
    fn a_pause_that_others_caused_counts_as_waited() {
        let limits = Limits { patience: Duration::from_secs(60), ..Limits::default() };
        let mut patience = Patience::new(&limits, Answer::facts, Repeat::Freely);
        assert_eq!(patience.hold(Duration::from_secs(40)), Ok(Duration::from_secs(40)));
        let resume_in = Duration::from_secs(21);
        let told = DirectoryError::Throttled { resume_in, facts: CallFacts::default() };
        assert_eq!(patience.hold(resume_in), Err(told));
        let mut never = Patience::new(&limits, Answer::facts, Repeat::Never);
        assert!(never.hold(Duration::from_millis(1)).is_err(), "not worth any wait");
    }

    #[test]
    fn a_registration_is_repeated_after_a_refusal_and_never_after_a_doubt() {
        let (seen, error) = waits(Repeat::OnlyAfterRefusal, &[429, 503, 201]);
        assert_eq!((seen.len(), error), (2, None));
        for status in [408, 500, 502, 504, 599] {
            let (seen, error) = waits(Repeat::OnlyAfterRefusal, &[status]);
            assert!(seen.is_empty());
            assert!(matches!(error, Some(DirectoryError::AnswerLost(_))), "{status}");
        }
        let limits = Limits::default();
        let mut patience = Patience::new(&limits, Answer::facts, Repeat::OnlyAfterRefusal);
        let lost = Lost::AfterSending { facts: CallFacts::default() };
        assert!(matches!(
            patience.judge(Err(lost), MIDDLE),
            Verdict::GiveUp(DirectoryError::AnswerLost(_))
        ));
    }

    #[test]
    fn a_dead_line_is_tried_twice_and_then_told() {
        let limits = Limits::default();
        for repeat in [Repeat::Freely, Repeat::OnlyAfterRefusal] {
            let mut patience = Patience::new(&limits, Answer::facts, repeat);
            let lost = || Err(Lost::BeforeSending { reason: "refused".into() });
            assert!(matches!(patience.judge(lost(), MIDDLE), Verdict::Wait(_)));
            assert!(matches!(
                patience.judge(lost(), MIDDLE),
                Verdict::GiveUp(DirectoryError::Unreachable { .. })
            ));
        }
    }

    #[test]
    fn a_line_that_dies_after_something_was_sent_leaves_it_open() {
        let limits = Limits::default();
        let mut patience = Patience::new(&limits, Answer::facts, Repeat::Freely);
        let sent = Lost::AfterSending { facts: CallFacts::default() };
        assert!(matches!(patience.judge(Err(sent), MIDDLE), Verdict::Wait(_)));
        let dead = Lost::BeforeSending { reason: "refused".into() };
        assert!(matches!(
            patience.judge(Err(dead), MIDDLE),
            Verdict::GiveUp(DirectoryError::Unavailable(_))
        ));
    }

    #[test]
    fn that_a_change_is_not_tried_again_leaves_open_what_became_of_it() {
        let limits = Limits::default();
        let lost = || Err(Lost::AfterSending { facts: CallFacts::default() });
        let first_tries = [lost, || answer(502, None)];
        let after = |first: Result<Answer, Lost>, repeat| {
            let mut patience = Patience::new(&limits, Answer::facts, repeat);
            assert!(matches!(patience.judge(first, MIDDLE), Verdict::Wait(_)));
            patience
        };
        let refused = |mut patience: Patience<'_>| {
            let Verdict::GiveUp(error) = patience.judge(answer(429, Some(600)), MIDDLE) else {
                panic!("longer than anybody waits");
            };
            patience.in_doubt(error)
        };
        let held = |mut patience: Patience<'_>| {
            let error = patience.hold(Duration::from_secs(600)).unwrap_err();
            patience.in_doubt(error)
        };
        for first in first_tries {
            for end in [refused, held] {
                let change = end(after(first(), Repeat::SameAgain));
                assert!(matches!(change, DirectoryError::Unavailable(_)));
                let read = end(after(first(), Repeat::Freely));
                assert!(matches!(read, DirectoryError::Throttled { .. }), "nothing is open");
            }
        }
        for end in [refused, held] {
            let not_sent = end(Patience::new(&limits, Answer::facts, Repeat::SameAgain));
            assert!(matches!(not_sent, DirectoryError::Throttled { .. }));
        }
    }

    #[test]
    fn definite_answers_are_taken_at_once() {
        for status in [200, 201, 204, 302, 400, 401, 403, 404, 409] {
            for repeat in [Repeat::Freely, Repeat::OnlyAfterRefusal, Repeat::Never] {
                assert_eq!(waits(repeat, &[status]), (vec![], None), "{status}");
            }
        }
    }

    #[test]
    fn what_is_not_worth_a_wait_does_not_wait() {
        let (seen, error) = waits(Repeat::Never, &[503]);
        assert!(seen.is_empty());
        assert!(matches!(error, Some(DirectoryError::Unavailable(_))));
    }
}
