//! What stations share of a caller, where a log's database is set: claimed at the click, let go of
//! at the end. Without that database a helpdesk must not stand still: then it is said, and the
//! check goes on.

use super::check::{CheckBase, local_time, locked};
use super::live::Services;
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::check_log::{Claim, Held};
use crate::verify::{CallerKey, Outcome, Warning};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A claim outlives what it is about by so long: sending takes time.
const MARGIN: Duration = Duration::from_secs(60);

/// Whether a check is the caller's only one on all stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// Nothing is shared, or nothing was asked yet.
    No,
    Yes,
    /// What is shared can't be reached.
    Unseen,
}

/// What came of asking for it.
pub(super) enum ClaimCame {
    NotShared,
    Taken,
    Unseen(Problem),
    Refused(Problem),
}

impl CheckBase {
    /// Claims the caller for what lasts so long from now; a check that has them prolongs it.
    pub async fn claim(&self, lasts: Duration) -> ClaimCame {
        let Some(log) = &self.services.log else { return ClaimCame::NotShared };
        match log.claim(&self.caller(), self.of.id, lasts + MARGIN).await {
            Ok(Claim::Taken) => ClaimCame::Taken,
            Ok(Claim::Refused(held)) => ClaimCame::Refused(refused(held, Timestamp::now())),
            Err(error) => ClaimCame::Unseen(unseen(&error)),
        }
    }

    /// Keeps what came of a claim.
    ///
    /// # Errors
    /// Another station has the caller, or they are locked.
    pub fn claimed(&mut self, came: ClaimCame) -> Result<(), Problem> {
        match came {
            ClaimCame::NotShared => {}
            ClaimCame::Taken => {
                self.claimed = Claimed::Yes;
                let stale = |warning: &Warning| {
                    matches!(warning, Warning::StationsUnseen | Warning::OpenElsewhere { .. })
                };
                // What was read before the click; what the journal has stays.
                if !self.is_begun {
                    self.of.warnings.retain(|warning| !stale(warning));
                }
                self.stand(None);
            }
            ClaimCame::Unseen(problem) => {
                // One that was claimed before may still be.
                if self.claimed == Claimed::No {
                    self.claimed = Claimed::Unseen;
                }
                if !self.is_begun && !self.of.warnings.contains(&Warning::StationsUnseen) {
                    self.of.warnings.push(Warning::StationsUnseen);
                }
                self.stand(Some(problem));
            }
            ClaimCame::Refused(problem) => return Err(problem),
        }
        Ok(())
    }

    /// Lets go of the caller; after wrong codes no station checks them for a time.
    ///
    /// # Errors
    /// Other stations were not told of the lock.
    pub async fn free(&self, outcome: Option<Outcome>) -> Result<(), Problem> {
        let limits = &self.ports.rules.verify.limits;
        let lock = (outcome == Some(Outcome::WrongCode)).then(|| length(limits.lock()));
        match (lock, self.claimed) {
            (None, Claimed::No) => Ok(()),
            // A claim whose answer was lost may stand there; nobody waits for that.
            (None, Claimed::Unseen) => {
                tokio::spawn(let_go(Arc::clone(&self.services), self.caller(), self.of.id));
                Ok(())
            }
            (None, Claimed::Yes) => {
                let_go(Arc::clone(&self.services), self.caller(), self.of.id).await;
                Ok(())
            }
            (Some(lock), _) => {
                let Some(log) = &self.services.log else { return Ok(()) };
                let locked = log.free(&self.caller(), self.of.id, Some(lock)).await;
                locked.map_err(|error| lock_unseen(&error))
            }
        }
    }

    fn caller(&self) -> CallerKey {
        CallerKey::of(&self.of.person.id.0)
    }
}

/// Other stations may check the caller again; where that can't be told, once the claim ends.
pub(super) async fn let_go(services: Arc<Services>, caller: CallerKey, check: Uuid) {
    let Some(log) = &services.log else { return };
    if let Err(error) = log.free(&caller, check, None).await {
        let service = error.service();
        tracing::info!(service, "a caller stays claimed until their check would have ended");
    }
}

/// What stations have of a person, beside this check of ours: `None` where nothing is shared.
pub(super) async fn held(
    services: &Services,
    person: &str,
    ours: Option<Uuid>,
) -> Option<Result<Held, ServiceError>> {
    let log = services.log.as_ref()?;
    Some(log.held(&CallerKey::of(person), ours.unwrap_or_default()).await)
}

/// The moment that is so long from now.
pub(super) fn until(left: Duration, now: Timestamp) -> Timestamp {
    let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX);
    now.saturating_add(left).unwrap_or(Timestamp::MAX)
}

fn length(duration: SignedDuration) -> Duration {
    Duration::try_from(duration).unwrap_or_default()
}

fn refused(held: Held, now: Timestamp) -> Problem {
    if let Some(left) = held.locked_for {
        return locked(until(left, now));
    }
    let at_the_latest = held.open_for.map(|left| local_time(until(left, now)));
    Problem {
        what: "Another check of this caller is open, at another station".into(),
        next: match at_the_latest {
            Some(at) => format!("Let it end there, or wait until {at}"),
            None => "Try again in a moment".into(),
        },
        details: Vec::new(),
    }
}

fn unseen(error: &ServiceError) -> Problem {
    Problem {
        what: format!("Checks at other stations can't be seen: {}", error.what()),
        next: "This check goes on; see that nobody else checks this caller".into(),
        details: error.details(),
    }
}

fn lock_unseen(error: &ServiceError) -> Problem {
    Problem {
        what: format!("Other stations don't know that this caller is locked: {}", error.what()),
        next: "Tell your colleagues".into(),
        details: error.details(),
    }
}
