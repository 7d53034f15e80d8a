//! What is asked when, of many small requests: pure, time and chance are passed in.
//!
//! Each waits for itself: one that was put off goes back into the line with the wait that its own
//! answer named, and whatever is due goes before what was not asked yet.

use super::super::http::Limits;
use super::super::http::patience::backoff;
use reqwest::StatusCode;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::Duration;

/// Nobody stands at the desk and waits, so it is tried more often than one call is.
const TRIES: u32 = 20;
/// All waits of one request together, as a multiple of those of one call.
const PATIENCE: u32 = 10;
/// A request that failed by itself is soon repeated; one that was throttled is not.
const FAILED_SOONER: u32 = 8;
/// A service that names a longer wait has made a mistake; it is asked again after this.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// One request in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked<T> {
    pub what: T,
    /// Times asked so far.
    pub tries: u32,
    pub waited: Duration,
    refused_tokens: u32,
}

/// What an answer of a batch means for its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is the result, good or bad.
    Settled,
    Again(Duration),
    /// The service was busy for too long; `resume_in` is what it named last.
    GiveUp {
        resume_in: Duration,
    },
}

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answer {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    /// The batch was answered without this one, or not at all.
    Missing,
    /// The whole batch was put off.
    PutOff(Duration),
    /// A renewed token did not do either, and the operator has signed in again for it.
    OperatorCame,
}

impl Outcome {
    pub fn is_throttled(self) -> bool {
        matches!(self, Self::Answer { status: StatusCode::TOO_MANY_REQUESTS, .. })
    }
}

/// Decides for what has just been asked. `jitter` is between 0 and 1.
pub(super) fn judge<T>(
    asked: &mut Asked<T>,
    outcome: Outcome,
    limits: &Limits,
    jitter: f64,
) -> Fate {
    asked.tries += 1;
    let wait = match outcome {
        Outcome::Answer { status, retry_after } => match wait_after(status) {
            None => return Fate::Settled,
            Some(Wait::Token) if asked.refused_tokens > 0 => return Fate::Settled,
            Some(Wait::Token) => {
                asked.refused_tokens += 1;
                return Fate::Again(Duration::ZERO);
            }
            Some(Wait::Busy) => retry_after.unwrap_or_else(|| backoff(limits, asked.tries, jitter)),
            Some(Wait::Failed) => retry_after.unwrap_or_else(|| sooner(limits, asked, jitter)),
        },
        Outcome::OperatorCame => {
            asked.refused_tokens += 1;
            return Fate::Again(Duration::ZERO);
        }
        Outcome::Missing => sooner(limits, asked, jitter),
        Outcome::PutOff(wait) => wait,
    };
    let wait = wait.min(LONGEST_WAIT);
    let patience = limits.patience.saturating_mul(PATIENCE);
    if asked.tries >= TRIES || asked.waited.saturating_add(wait) > patience {
        return Fate::GiveUp { resume_in: wait };
    }
    asked.waited += wait;
    Fate::Again(wait)
}

enum Wait {
    /// Asks to wait.
    Busy,
    Failed,
    /// The token ran out between the batch and this request.
    Token,
}

fn wait_after(status: StatusCode) -> Option<Wait> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some(Wait::Busy),
        StatusCode::UNAUTHORIZED => Some(Wait::Token),
        StatusCode::REQUEST_TIMEOUT => Some(Wait::Failed),
        status if status.is_server_error() => Some(Wait::Failed),
        _ => None,
    }
}

fn sooner<T>(limits: &Limits, asked: &Asked<T>, jitter: f64) -> Duration {
    backoff(limits, asked.tries, jitter) / FAILED_SOONER
}

/// The line. Times count from its start.
pub(super) struct Line<T> {
    fresh: VecDeque<Asked<T>>,
    later: BinaryHeap<Reverse<Later<T>>>,
    /// Nothing new is asked before.
    held_until: Duration,
    order: u64,
}

struct Later<T> {
    due: Duration,
    /// Among those due at the same time, which came first; no two have the same.
    order: u64,
    asked: Asked<T>,
}

impl<T> PartialEq for Later<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Later<T> {}

impl<T> PartialOrd for Later<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Later<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.order).cmp(&(other.due, other.order))
    }
}

impl<T> Asked<T> {
    /// One token was refused, and the one in its place not yet.
    pub fn was_renewed_once(&self) -> bool {
        self.refused_tokens == 1
    }

    pub fn new(what: T) -> Self {
        Self { what, tries: 0, waited: Duration::ZERO, refused_tokens: 0 }
    }
}

impl<T: Clone + Eq + Hash> Line<T> {
    /// Each once, in this order.
    pub fn new(all: Vec<T>) -> Self {
        let mut known = HashSet::new();
        let fresh = all.into_iter().filter(|what| known.insert(what.clone()));
        Self {
            fresh: fresh.map(Asked::new).collect(),
            later: BinaryHeap::new(),
            held_until: Duration::ZERO,
            order: 0,
        }
    }
}

impl<T> Line<T> {
    pub fn len(&self) -> usize {
        self.fresh.len() + self.later.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// At most so many whose turn it is: those that are due again first.
    pub fn take(&mut self, now: Duration, most: usize) -> Vec<Asked<T>> {
        let mut taken = Vec::new();
        while taken.len() < most && self.later.peek().is_some_and(|Reverse(later)| later.due <= now)
        {
            taken.extend(self.later.pop().map(|Reverse(later)| later.asked));
        }
        if self.held_until <= now {
            let fresh = self.fresh.len().min(most - taken.len());
            taken.extend(self.fresh.drain(..fresh));
        }
        taken
    }

    /// When it is the next one's turn; `None` for an empty line.
    pub fn next_turn(&self) -> Option<Duration> {
        let again = self.later.peek().map(|Reverse(later)| later.due);
        let fresh = (!self.fresh.is_empty()).then_some(self.held_until);
        again.into_iter().chain(fresh).min()
    }

    /// Before all that was not asked yet: it follows from something that was.
    pub fn first(&mut self, what: T) {
        self.fresh.push_front(Asked::new(what));
    }

    /// What follows from something that was asked, but not before then. It goes before all that is
    /// new, also while that is kept back.
    pub fn later(&mut self, what: T, due: Duration) {
        self.again(Asked::new(what), due);
    }

    /// Back into the line until then.
    pub fn again(&mut self, asked: Asked<T>, due: Duration) {
        self.order += 1;
        self.later.push(Reverse(Later { due, order: self.order, asked }));
    }

    /// Nothing new is asked before then.
    pub fn hold(&mut self, until: Duration) {
        self.held_until = self.held_until.max(until);
    }
}

/// How long what is new is kept back after a batch: when most of it was throttled, more of the
/// same would be. `waits` are those of the ones that were.
pub(super) fn hold_after(batch: usize, waits: &[Duration]) -> Option<Duration> {
    (waits.len() * 2 > batch && batch > 1).then(|| waits.iter().max().copied())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;
    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn asked() -> Asked<String> {
        Line::new(vec!["a".to_owned()]).take(s(0), 1).remove(0)
    }

    fn answer(status: u16, retry_after_s: Option<u64>) -> Outcome {
        let status = StatusCode::from_u16(status).unwrap();
        Outcome::Answer { status, retry_after: retry_after_s.map(s) }
    }

    fn fate(outcome: Outcome) -> Fate {
        judge(&mut asked(), outcome, &Limits::default(), MIDDLE)
    }

    fn line(count: usize) -> Line<String> {
        Line::new((0..count).map(|n| n.to_string()).collect())
    }

    fn names(asked: &[Asked<String>]) -> Vec<&str> {
        asked.iter().map(|asked| asked.what.as_str()).collect()
    }

    #[test]
    fn what_the_service_names_is_obeyed_and_what_it_does_not_is_backed_off() {
        assert_eq!(fate(answer(429, Some(17))), Fate::Again(s(17)));
        assert_eq!(fate(answer(503, Some(3))), Fate::Again(s(3)));
        assert_eq!(fate(answer(429, None)), Fate::Again(s(2)));
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(fate(answer(status, None)), Fate::Again(Duration::from_millis(250)));
        }
        assert_eq!(fate(Outcome::Missing), Fate::Again(Duration::from_millis(250)));
        assert_eq!(fate(Outcome::PutOff(s(4))), Fate::Again(s(4)));
    }

    #[test]
    fn everything_else_settles_it() {
        for status in [200, 400, 403, 404, 409] {
            assert_eq!(fate(answer(status, Some(1))), Fate::Settled, "{status}");
        }
    }

    #[test]
    fn a_refused_token_is_tried_once_more_at_once() {
        let (mut asked, limits) = (asked(), Limits::default());
        assert_eq!(judge(&mut asked, answer(401, None), &limits, MIDDLE), Fate::Again(s(0)));
        assert_eq!(judge(&mut asked, answer(401, None), &limits, MIDDLE), Fate::Settled);
    }

    #[test]
    fn waits_grow_and_end_after_twenty_tries_or_ten_minutes() {
        let (mut asked, limits) = (asked(), Limits::default());
        let mut waits = Vec::new();
        let given_up = loop {
            match judge(&mut asked, answer(429, None), &limits, MIDDLE) {
                Fate::Again(wait) => waits.push(wait.as_secs()),
                other => break other,
            }
        };
        assert_eq!(waits[..6], [2, 4, 8, 16, 32, 60]);
        assert_eq!(given_up, Fate::GiveUp { resume_in: s(60) });
        assert!(waits.iter().sum::<u64>() <= 600);

        let mut asked = self::asked();
        let tries = (1..).find(|_| {
            let outcome = answer(429, Some(0));
            judge(&mut asked, outcome, &limits, MIDDLE) == Fate::GiveUp { resume_in: s(0) }
        });
        assert_eq!(tries, Some(20));
    }

    #[test]
    fn a_wait_beyond_reason_ends_it_and_is_told_in_reason() {
        let Fate::Again(wait) = fate(answer(429, Some(1_000_000))) else { panic!("once") };
        assert_eq!(wait, LONGEST_WAIT);
    }

    #[test]
    fn jitter_keeps_stations_out_of_step() {
        let wait = |jitter| judge(&mut asked(), answer(429, None), &Limits::default(), jitter);
        assert_eq!(wait(0.0), Fate::Again(Duration::from_millis(1500)));
        assert_eq!(wait(1.0), Fate::Again(Duration::from_millis(2500)));
    }

    #[test]
    fn whoever_is_due_again_goes_before_the_new_ones_and_nobody_goes_early() {
        let mut line = line(6);
        let first = line.take(s(0), 3);
        assert_eq!(names(&first), ["0", "1", "2"]);
        let mut first = first.into_iter();
        line.again(first.next().unwrap(), s(5));
        line.again(first.next().unwrap(), s(3));
        assert_eq!(names(&line.take(s(2), 2)), ["3", "4"], "nobody is due");
        assert_eq!(names(&line.take(s(3), 1)), ["1"]);
        assert_eq!(line.next_turn(), Some(s(0)), "one is new");
        assert_eq!(names(&line.take(s(3), 9)), ["5"]);
        assert_eq!(line.next_turn(), Some(s(5)));
        assert_eq!(line.take(s(4), 9), []);
        assert_eq!(names(&line.take(s(5), 9)), ["0"]);
        assert!(line.is_empty() && line.next_turn().is_none());
    }

    #[test]
    fn a_person_named_twice_is_asked_for_once() {
        let mut line = Line::new(["a", "b", "a"].map(str::to_owned).to_vec());
        assert_eq!(line.len(), 2);
        assert_eq!(names(&line.take(s(0), 20)), ["a", "b"]);
    }

    #[test]
    fn what_follows_goes_before_what_is_new_and_waits_with_it() {
        let mut line = line(2);
        line.first("next".into());
        assert_eq!(line.len(), 3);
        line.hold(s(4));
        assert_eq!(line.take(s(3), 9), []);
        assert_eq!(names(&line.take(s(4), 2)), ["next", "0"]);
    }

    #[test]
    fn what_follows_later_comes_when_it_is_due_though_the_new_is_kept_back() {
        let mut line = line(1);
        line.hold(s(9));
        line.later("next".into(), s(3));
        assert_eq!(line.take(s(2), 9), []);
        assert_eq!(names(&line.take(s(3), 9)), ["next"]);
    }

    #[test]
    fn new_people_are_kept_back_while_most_are_throttled() {
        assert_eq!(hold_after(20, &[s(1); 10]), None);
        let mut waits = vec![s(1); 11];
        waits[4] = s(9);
        assert_eq!(hold_after(20, &waits), Some(s(9)));
        assert_eq!(hold_after(1, &[s(1)]), None, "one alone says nothing of others");

        let mut line = line(4);
        let one = line.take(s(0), 1).remove(0);
        line.hold(s(9));
        line.hold(s(2));
        line.again(one, s(3));
        assert_eq!(line.next_turn(), Some(s(3)));
        assert_eq!(names(&line.take(s(4), 9)), ["0"]);
        assert_eq!(line.take(s(8), 9), []);
        assert_eq!(line.take(s(9), 9).len(), 3);
    }
}
