//! What stations share of a caller, where there is anything: claimed at the click, let go of at the
//! end. While it can't be reached a helpdesk must not stand still: then it is said, and the check
//! goes on.

use super::check::{CheckBase, local_time, locked};
use super::left::see_to_person;
use super::live::{Running, Services};
use super::outbox::Post;
use crate::engine::ports::Ports;
use crate::journal::{LeftWhat, NewClaim};
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::stations::{Claim, Held};
use crate::verify::{CallerKey, Warning};
use jiff::{SignedDuration, Timestamp};
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
    /// Claims the caller for what lasts so long from now; a check that has them prolongs it. It
    /// stands in the journal first: whatever happens here, it is let go of.
    pub async fn claim(&self, lasts: Duration) -> ClaimCame {
        let Some(shared) = &self.services.shared else { return ClaimCame::NotShared };
        let (ports, lasts) = (&self.ports, lasts + MARGIN);
        see_to_person(&Post::of(ports), &self.services, &self.running, &self.of.person.id.0).await;
        let claim = NewClaim {
            check: self.of.id,
            tenant: ports.tenant.name.clone(),
            agent: self.agent(),
            person: self.of.person.id.0.clone(),
            upn: self.of.person.upn.clone(),
        };
        let until = until(lasts, Timestamp::now());
        let noted = ports.journal.call(move |journal| journal.will_claim(&claim, until)).await;
        if let Err(error) = noted {
            return ClaimCame::Refused(error.problem());
        }
        match shared.claim(&self.caller(), self.of.id, lasts).await {
            Ok(Claim::Taken) => ClaimCame::Taken,
            Ok(Claim::Refused(held)) => {
                self.is_gone(LeftWhat::Claim).await;
                ClaimCame::Refused(refused(held, Timestamp::now()))
            }
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

    /// Lets go of the caller; with `lock` no station checks them until then. Whether nothing of it
    /// is left to do; what is stands in the journal, and is done later.
    ///
    /// # Errors
    /// Other stations were not told of the lock yet.
    pub async fn free(&self, lock: Option<Timestamp>) -> Result<bool, Problem> {
        let Some(shared) = &self.services.shared else { return Ok(false) };
        // A claim whose answer was lost may stand there; nobody waits for that.
        if lock.is_none() && self.claimed != Claimed::Yes {
            return Ok(false);
        }
        let lasts = lock.map(|until| length(until.duration_since(Timestamp::now())));
        match shared.free(&self.caller(), self.of.id, lasts).await {
            Ok(()) => Ok(true),
            Err(error) if lock.is_some() => Err(lock_unseen(&error)),
            Err(error) => {
                tracing::info!(service = error.service(), "a caller stays claimed for now");
                Ok(false)
            }
        }
    }

    /// Nothing is left to do about the claim, or the lock.
    pub async fn is_gone(&self, what: LeftWhat) {
        let check = self.of.id;
        let gone = self.ports.journal.call(move |journal| journal.left_is_gone(check, &what)).await;
        if let Err(error) = gone {
            tracing::warn!("a caller who was let go of stands in the journal: {error}");
        }
    }

    /// Nothing was begun, so nobody was interrupted.
    pub async fn gives_up_claim(&self) {
        if matches!(self.free(None).await, Ok(true)) {
            return self.is_gone(LeftWhat::Claim).await;
        }
        let check = self.of.id;
        let noted = self.ports.journal.call(move |journal| journal.claim_was_refused(check)).await;
        if let Err(error) = noted {
            tracing::warn!("a claim that was given up stands in the journal: {error}");
        }
    }

    fn caller(&self) -> CallerKey {
        CallerKey::of(&self.of.person.id.0)
    }
}

/// What stations have of a person, beside this check of ours: `None` where nothing is shared.
pub(super) async fn held(
    ports: &Ports,
    (services, running): (&Services, &Running),
    person: &str,
    ours: Option<Uuid>,
) -> Option<Result<Held, ServiceError>> {
    let shared = services.shared.as_ref()?;
    see_to_person(&Post::of(ports), services, running, person).await;
    Some(shared.held(&CallerKey::of(person), ours.unwrap_or_default()).await)
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
    let by = held.open_by.map(|by| format!(" ({by})")).unwrap_or_default();
    Problem {
        what: format!("Another check of this caller is open, at another station{by}"),
        next: match at_the_latest {
            Some(at) => format!("Let it end there, or wait until {at}"),
            None => "Try again in a moment".into(),
        },
        details: Vec::new(),
    }
}

/// In a few words: it stands beside the check until its end. A test under Settings tells more.
fn unseen(error: &ServiceError) -> Problem {
    tracing::info!(service = error.service(), "other stations can't be seen: {}", error.what());
    let (what, next) = ("Other stations can't be seen", "Let nobody else check them");
    let (what, next) = match error.in_few_words() {
        Some((cause, cure)) => (format!("{what}: {cause}"), format!("{next}; {cure}")),
        None => (what.to_owned(), next.to_owned()),
    };
    Problem { what, next, details: Vec::new() }
}

fn lock_unseen(error: &ServiceError) -> Problem {
    Problem {
        what: format!("Other stations don't know that this caller is locked: {}", error.what()),
        next: "They are told by themselves later; until then tell your colleagues".into(),
        details: error.details(),
    }
}
