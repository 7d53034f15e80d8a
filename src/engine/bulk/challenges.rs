//! Challenges of a session's people, fetched ahead and kept until the key is in.
//!
//! Whoever's challenge is about to lapse unused gets another one before that, unseen. Whoever has
//! none when the key is in is begun then, as without a store.

use crate::directory::{Begun, Directory, DirectoryError, Lifetime, PersonId};
use crate::problem::Explain;
use crate::webauthn::CreationOptions;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// What a key needs at most from now to its registration, touch included.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(90);
/// Before a directory that failed is asked again.
const RETRY: SignedDuration = SignedDuration::from_secs(60);
/// The clock is looked at so often, for a computer may have slept.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Results on their way into the store.
const ON_THE_WAY: usize = 20;

/// Creation options of a session's people. Fetching ends when it is dropped.
pub(in crate::engine) struct ChallengeStore {
    kept: Arc<Mutex<Kept>>,
    task: AbortHandle,
}

impl ChallengeStore {
    /// Fetches for everybody who brought none, on the runtime this is called in. A directory that
    /// fetches nothing ahead leaves the store with what was brought, and everybody else failed.
    pub(in crate::engine) fn start(
        directory: Arc<dyn Directory>,
        people: Vec<PersonId>,
        brought: HashMap<PersonId, CreationOptions>,
        lifetime: Lifetime,
    ) -> Self {
        Self::with_pace(directory, (people, brought), lifetime, Pace::of(lifetime))
    }

    fn with_pace(
        directory: Arc<dyn Directory>,
        (people, brought): (Vec<PersonId>, HashMap<PersonId, CreationOptions>),
        lifetime: Lifetime,
        pace: Pace,
    ) -> Self {
        let kept = Arc::new(Mutex::new(Kept::new(people, brought, pace)));
        let task = tokio::spawn(keep(directory, Arc::clone(&kept), lifetime)).abort_handle();
        Self { kept, task }
    }

    /// The person's creation options, once, where enough of their time is left. Nothing more is
    /// fetched for the person, whether there were any or not.
    pub(in crate::engine) fn take(&self, person: &PersonId) -> Option<CreationOptions> {
        lock(&self.kept).take(person, Timestamp::now())
    }

    /// What nobody has taken. Fetching ends.
    pub(in crate::engine) fn left(self) -> HashMap<PersonId, CreationOptions> {
        let people = std::mem::take(&mut lock(&self.kept).people);
        let held = people.into_iter().filter_map(|(id, one)| match one.state {
            State::Held { options, lapses_at } => {
                Some((id, CreationOptions { expires_at: Some(lapses_at), ..*options }))
            }
            _ => None,
        });
        held.collect()
    }

    /// When the next one lapses of those that nobody has taken.
    pub(in crate::engine) fn next_expiry(&self) -> Option<Timestamp> {
        let kept = lock(&self.kept);
        let lapses = kept.people.values().filter_map(|one| match &one.state {
            State::Held { lapses_at, .. } => Some(*lapses_at),
            _ => None,
        });
        lapses.min()
    }

    /// Of how many people there are challenges or were, of how many in all, and of how many the
    /// directory gave none.
    pub(in crate::engine) fn progress(&self) -> (usize, usize, usize) {
        let kept = lock(&self.kept);
        let count =
            |is: fn(&State) -> bool| kept.people.values().filter(|one| is(&one.state)).count();
        let done = count(|state| matches!(state, State::Held { .. } | State::Taken));
        (done, kept.people.len(), count(|state| matches!(state, State::Failed)))
    }
}

impl Drop for ChallengeStore {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// When a challenge is replaced that nobody has taken.
#[derive(Clone, Copy)]
struct Pace {
    /// So long before it lapses.
    ahead: SignedDuration,
    /// And not sooner than so long after it was fetched, whatever the clocks say.
    rest: SignedDuration,
}

impl Pace {
    fn of(lifetime: Lifetime) -> Self {
        let quarter = SignedDuration::from_secs(i64::from(lifetime.minutes()) * 15);
        let (least, most) = (SignedDuration::from_mins(2), SignedDuration::from_mins(30));
        Self { ahead: quarter.clamp(least, most), rest: quarter }
    }
}

struct Kept {
    people: HashMap<PersonId, Person>,
    pace: Pace,
}

struct Person {
    state: State,
    /// When the directory is to be asked; never again where there is none.
    due: Option<Timestamp>,
}

enum State {
    Wanted,
    Held { options: Box<CreationOptions>, lapses_at: Timestamp },
    Failed,
    Taken,
}

impl Person {
    fn begins(brought: Option<CreationOptions>, pace: Pace) -> Self {
        match brought.and_then(|options| Some((options.expires_at?, options))) {
            Some((lapses_at, options)) => Self {
                state: State::Held { options: Box::new(options), lapses_at },
                due: Some(later(lapses_at, -pace.ahead)),
            },
            // One that lapses nobody knows when is worth no risk where others are at hand.
            None => Self { state: State::Wanted, due: Some(Timestamp::MIN) },
        }
    }
}

impl Kept {
    fn new(
        people: Vec<PersonId>,
        mut brought: HashMap<PersonId, CreationOptions>,
        pace: Pace,
    ) -> Self {
        let known = people.into_iter().map(|id| {
            let person = Person::begins(brought.remove(&id), pace);
            (id, person)
        });
        // Whoever is named twice was begun with what they brought.
        let mut people = HashMap::new();
        known.for_each(|(id, person)| {
            people.entry(id).or_insert(person);
        });
        Self { people, pace }
    }

    fn take(&mut self, person: &PersonId, now: Timestamp) -> Option<CreationOptions> {
        let one = self.people.get_mut(person)?;
        one.due = None;
        match std::mem::replace(&mut one.state, State::Taken) {
            State::Held { options, lapses_at } => {
                (lapses_at.duration_since(now) >= LEAST_LEFT).then_some(*options)
            }
            State::Wanted | State::Failed | State::Taken => None,
        }
    }

    fn due(&self, now: Timestamp) -> Vec<PersonId> {
        let due = self.people.iter().filter(|(_, one)| one.due.is_some_and(|due| due <= now));
        due.map(|(id, _)| id.clone()).collect()
    }

    /// `None` when nobody will be asked for any more.
    fn next_due(&self) -> Option<Timestamp> {
        self.people.values().filter_map(|one| one.due).min()
    }

    /// Keeps what came, unless the person was begun meanwhile. `lifetime` is what was asked for.
    fn keep(&mut self, begun: Begun, lifetime: SignedDuration, now: Timestamp) {
        let Pace { ahead, rest } = self.pace;
        let Some(one) = self.people.get_mut(&begun.person) else { return };
        match (begun.options, &one.state) {
            (_, State::Taken) => {}
            (Ok(options), _) => {
                let lapses_at = options.expires_at.unwrap_or_else(|| later(now, lifetime));
                let soon = later(lapses_at, -ahead);
                one.due = Some(soon.max(later(now, rest)));
                one.state = State::Held { options: Box::new(options), lapses_at };
            }
            (Err(error), state) => {
                tracing::info!(error = error.what(), "no challenge ahead for one person");
                let lasting = is_lasting(&error);
                one.due = (!lasting).then(|| later(now, pause_after(&error)));
                // One that was fetched before is good until it lapses, but for somebody whom the
                // directory no longer lets register.
                if lasting || !matches!(state, State::Held { .. }) {
                    one.state = State::Failed;
                }
            }
        }
    }

    /// Nobody of these was asked for.
    fn put_off(&mut self, people: &[PersonId], until: Option<Timestamp>, now: Timestamp) {
        for person in people {
            match self.people.get_mut(person) {
                // Those that came before it ended are due later already.
                Some(one) if one.due.is_some_and(|due| due <= now) => {
                    one.due = until;
                    if matches!(one.state, State::Wanted) {
                        one.state = State::Failed;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether it will be the same the next time.
fn is_lasting(error: &DirectoryError) -> bool {
    matches!(
        error,
        DirectoryError::NotFound(_)
            | DirectoryError::Forbidden(_)
            | DirectoryError::Refused(_)
            | DirectoryError::Options(_)
            | DirectoryError::NotOffered { .. }
    )
}

/// Not sooner than the directory asks.
fn pause_after(error: &DirectoryError) -> SignedDuration {
    match error {
        DirectoryError::Throttled { resume_in, .. } => {
            SignedDuration::try_from(*resume_in).unwrap_or(SignedDuration::MAX).max(RETRY)
        }
        _ => RETRY,
    }
}

/// Fetches what is due until nothing will be any more.
async fn keep(directory: Arc<dyn Directory>, kept: Arc<Mutex<Kept>>, lifetime: Lifetime) {
    loop {
        let (due, next) = {
            let kept = lock(&kept);
            (kept.due(Timestamp::now()), kept.next_due())
        };
        let Some(next) = next else { return };
        if due.is_empty() {
            let left = next.duration_since(Timestamp::now());
            let left = Duration::try_from(left).unwrap_or_default();
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        } else if let Err(error) = fetch(&*directory, due.clone(), &kept, lifetime).await {
            tracing::warn!(error = error.what(), "no challenges ahead");
            let now = Timestamp::now();
            let until = match error {
                DirectoryError::NotOffered { .. } => None,
                error => Some(later(now, pause_after(&error))),
            };
            lock(&kept).put_off(&due, until, now);
        }
    }
}

async fn fetch(
    directory: &dyn Directory,
    people: Vec<PersonId>,
    kept: &Mutex<Kept>,
    lifetime: Lifetime,
) -> Result<(), DirectoryError> {
    let (to, mut from) = mpsc::channel(ON_THE_WAY);
    let lives = SignedDuration::from_mins(lifetime.minutes().into());
    let receive = async {
        while let Some(begun) = from.recv().await {
            lock(kept).keep(begun, lives, Timestamp::now());
        }
    };
    let (tally, ()) = tokio::join!(directory.begin_many(people, lifetime, to), receive);
    tally.map(drop)
}

fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "challenges_tests.rs"]
mod tests;
