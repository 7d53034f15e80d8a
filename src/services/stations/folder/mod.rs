//! A folder that all stations reach, such as a share of the office's file server.

use super::{Claim, Held, SHARED, Shared};
use crate::directory::ConnectionCheck;
use crate::services::ServiceError;
use crate::verify::CallerKey;
use async_trait::async_trait;
use claims::Claims;
use entry::Label;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

mod claims;
mod disk;
mod entry;
mod fault;
mod test;

pub use fault::FolderFault;

/// Questions that may hang at a file server that does not answer; more are not asked.
const HANGING: usize = 8;
/// For everything that a test tries.
const TEST: Duration = Duration::from_secs(10);

/// One small file for each claim and each lock of a caller, under a hash of who that is.
pub struct SharedFolder {
    place: Arc<Place>,
    hanging: Arc<Semaphore>,
    patience: Duration,
}

struct Place {
    folder: PathBuf,
    label: Label,
}

impl SharedFolder {
    pub const NAME: &str = "the shared folder";

    /// Touches nothing yet. `agent` is who the other stations name.
    pub fn new(folder: impl Into<PathBuf>, agent: &str) -> Self {
        let station = gethostname::gethostname().to_string_lossy().into_owned();
        let label = Label { station, agent: agent.to_owned() };
        let place = Arc::new(Place { folder: folder.into(), label });
        Self { place, hanging: Arc::new(Semaphore::new(HANGING)), patience: SHARED }
    }

    /// Tries everything that stations do there; leaves nothing.
    pub async fn test(&self) -> Vec<ConnectionCheck> {
        let tried = self.run(TEST, |place, _| Ok(test::lines(&place.folder)));
        tried.await.unwrap_or_else(|error| vec![test::failed(error)])
    }

    /// Off the network's threads, and never longer than that: a share can hang for minutes.
    /// `work` is told whether anybody waits for it.
    async fn run<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Place, &AtomicBool) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let silent = ServiceError::Folder(FolderFault::Silent);
        let hanging = Arc::clone(&self.hanging);
        let Ok(permit) = hanging.try_acquire_owned() else { return Err(silent) };
        let is_awaited = Arc::new(AtomicBool::new(true));
        let (place, awaited) = (Arc::clone(&self.place), Arc::clone(&is_awaited));
        let work = tokio::task::spawn_blocking(move || {
            let done = work(&place, &awaited);
            drop(permit);
            done.map_err(|error| ServiceError::Folder(FolderFault::of(&error, &place.folder)))
        });
        match timeout(patience, work).await {
            Ok(Ok(done)) => done,
            Ok(Err(ended)) => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => {
                is_awaited.store(false, Ordering::Release);
                Err(silent)
            }
        }
    }
}

#[async_trait]
impl Shared for SharedFolder {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn held(&self, caller: &CallerKey, check: Uuid) -> Result<Held, ServiceError> {
        let caller = caller.clone();
        let work = move |place: &Place, _: &AtomicBool| place.claims().held(&caller, check);
        self.run(self.patience, work).await
    }

    async fn claim(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lasts: Duration,
    ) -> Result<Claim, ServiceError> {
        let caller = caller.clone();
        let work = move |place: &Place, is_awaited: &AtomicBool| {
            place.claims().claim(&caller, (check, lasts), is_awaited)
        };
        self.run(self.patience, work).await
    }

    async fn free(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lock: Option<Duration>,
    ) -> Result<(), ServiceError> {
        let caller = caller.clone();
        let work = move |place: &Place, _: &AtomicBool| place.claims().free(&caller, check, lock);
        self.run(self.patience, work).await
    }
}

impl Place {
    fn claims(&self) -> Claims<'_> {
        Claims::new(&self.folder, &self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn folder() -> (tempfile::TempDir, SharedFolder) {
        let folder = tempfile::tempdir().unwrap();
        let shared = SharedFolder::new(folder.path(), "Mira Holm");
        (folder, shared)
    }

    fn caller() -> CallerKey {
        CallerKey::of("somebody")
    }

    const SILENT: ServiceError = ServiceError::Folder(FolderFault::Silent);
    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_share_that_hangs_keeps_nobody_waiting_and_soon_nobody_asks_it() {
        let (_folder, shared) = folder();
        let mut ends = Vec::new();
        for _ in 0..HANGING {
            let (end, ended) = mpsc::channel::<()>();
            ends.push(end);
            let hangs = move |_: &Place, _: &AtomicBool| Ok(ended.recv().is_err());
            assert_eq!(shared.run(Duration::from_millis(20), hangs).await, Err(SILENT));
        }
        // This one would be waited for.
        let never = Duration::from_secs(86_400);
        assert_eq!(shared.run(never, |_, _| Ok(())).await, Err(SILENT));
        drop(ends);
        while shared.hanging.available_permits() < HANGING {
            tokio::task::yield_now().await;
        }
        assert_eq!(shared.run(never, |_, _| Ok(7)).await, Ok(7));
    }

    #[test]
    fn a_claim_that_nobody_waits_for_any_more_is_let_go_of_but_a_prolonged_one_stays() {
        let (_folder, shared) = folder();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let claims = shared.place.claims();
        let (awaited, late) = (AtomicBool::new(true), AtomicBool::new(false));
        claims.claim(&caller(), (one, MINUTE), &late).unwrap();
        assert_eq!(claims.held(&caller(), other).unwrap(), Held::default());
        claims.claim(&caller(), (one, MINUTE), &awaited).unwrap();
        claims.claim(&caller(), (one, MINUTE), &late).unwrap();
        assert!(claims.held(&caller(), other).unwrap().open_for.is_some());
    }
}
