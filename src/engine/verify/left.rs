//! What a check left where others see it is undone, or told, once they are there: claims of
//! callers, locks, codes and questions at their services.

use super::live::{Running, Services};
use super::outbox::{Post, later};
use crate::journal::{JournalError, Left, LeftWhat};
use crate::problem::Explain;
use crate::services::ServiceError;
use crate::services::messaging::{Asked, PushTarget};
use crate::verify::CallerKey;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Sees to what is due in a tenant; what a running check left is its own to see to. Whether there
/// was anything.
pub(super) async fn see_to_due(
    post: &Post,
    services: &Services,
    running: &Running,
) -> Result<bool, JournalError> {
    let left = left(post, running, None).await?;
    for one in &left {
        let came = settled(post, services, one).await;
        keep(post, one, came).await;
    }
    Ok(!left.is_empty())
}

/// Before stations are asked about a person: what this one left of them is not another one's.
pub(super) async fn see_to_person(
    post: &Post,
    services: &Services,
    running: &Running,
    person: &str,
) {
    let is_shared = |left: &&Left| matches!(left.what, LeftWhat::Claim | LeftWhat::Lock);
    let left = match left(post, running, Some(person)).await {
        Ok(left) => left,
        // The look at what is due tells it.
        Err(error) => return tracing::warn!("what checks left can't be read: {error}"),
    };
    for one in left.iter().filter(is_shared) {
        let came = settled(post, services, one).await;
        let is_away = came.is_err();
        keep(post, one, came).await;
        if is_away {
            return;
        }
    }
}

pub(super) async fn left(
    post: &Post,
    running: &Running,
    person: Option<&str>,
) -> Result<Vec<Left>, JournalError> {
    let (tenant, person) = (post.tenant.clone(), person.map(str::to_owned));
    let now = Timestamp::now();
    let left = post.journal.call(move |journal| journal.left(&tenant, person.as_deref(), now));
    Ok(left.await?.into_iter().filter(|one| !running.has(one.check)).collect())
}

/// What is over by itself needs nobody.
async fn settled(post: &Post, services: &Services, left: &Left) -> Result<(), ServiceError> {
    let remains = left.until.duration_since(Timestamp::now());
    if remains <= SignedDuration::ZERO {
        return Ok(());
    }
    let caller = CallerKey::of(&left.person);
    match (&left.what, &services.shared) {
        (LeftWhat::Claim, Some(shared)) => shared.free(&caller, left.check, None).await,
        (LeftWhat::Lock, Some(shared)) => {
            // A clock that was set back makes no lock longer.
            let remains = remains.min(post.lock);
            let remains = Duration::try_from(remains).unwrap_or_default();
            shared.free(&caller, left.check, Some(remains)).await
        }
        // Nothing is shared any more.
        (LeftWhat::Claim | LeftWhat::Lock, None) => Ok(()),
        (LeftWhat::AtService { channel, id, target }, _) => {
            let ended = match (channel.is_sms(), &services.codes, &services.push) {
                (true, Some(codes), _) => codes.end(id).await,
                // A question that no service takes back ends by itself.
                (false, _, Some(push)) if push.can_cancel() => {
                    let whom = PushTarget(target.clone().unwrap_or_default());
                    push.cancel(&Asked { id: id.clone(), whom }).await
                }
                (false, _, Some(_)) => Ok(()),
                _ => services.locked.as_ref().map_or(Ok(()), |_| Err(locked())),
            };
            match ended {
                Err(ServiceError::NotFound { .. } | ServiceError::Refused { .. }) => Ok(()),
                other => other,
            }
        }
    }
}

async fn keep(post: &Post, left: &Left, came: Result<(), ServiceError>) {
    let left = left.clone();
    let kept = match came {
        Ok(()) => {
            post.journal.call(move |journal| journal.left_is_gone(left.check, &left.what)).await
        }
        Err(error) => {
            tracing::info!(service = error.service(), "what a check left stays for now");
            let (from, why) = (later(left.tries, &error), error.problem().to_string());
            post.journal.call(move |journal| journal.left_stays(&left, from, &why)).await
        }
    };
    if let Err(error) = kept {
        tracing::warn!("what became of what a check left can't be kept: {error}");
    }
}

fn locked() -> ServiceError {
    ServiceError::Settings { service: "The service", reason: "the keyring is locked".into() }
}
