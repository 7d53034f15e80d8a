//! What all stations share: which caller has a check open, and which one is locked, until when.
//!
//! Two ways, behind one trait: the second table of a log's database, or files in a folder that all
//! stations reach. Of two stations that claim a caller at once one is refused, by either.

use super::ServiceError;
use crate::verify::CallerKey;
use async_trait::async_trait;
use std::time::Duration;
use uuid::Uuid;

mod folder;

pub use folder::{FolderFault, SharedFolder};

/// How long an agent waits for it, connection included: without it the check goes on.
pub(super) const SHARED: Duration = Duration::from_secs(3);

/// Where stations keep it.
#[async_trait]
pub trait Shared: Send + Sync {
    /// As a text names it in the middle of a sentence, such as `PostgreSQL`.
    fn name(&self) -> &'static str;
    /// What stations have of this caller, beside the check that asks. May make ready for the claim
    /// that may follow.
    async fn held(&self, caller: &CallerKey, check: Uuid) -> Result<Held, ServiceError>;
    /// The check is the caller's only open one on all stations, for so long at most; claimed again
    /// by the same check, for so long from now. In one step; may be repeated.
    async fn claim(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lasts: Duration,
    ) -> Result<Claim, ServiceError>;
    /// The check is open no more; with `lock` no station checks this caller for so long.
    async fn free(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lock: Option<Duration>,
    ) -> Result<(), ServiceError>;
}

/// What stations have of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Another check than the asking one is open for so long at most.
    pub open_for: Option<Duration>,
    /// Whose check that is and where, such as `Mira Holm, DESK-2`; not everything that stations
    /// share tells it.
    pub open_by: Option<String>,
    /// Nobody checks this caller for so long.
    pub locked_for: Option<Duration>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No other station begins a check of this caller now.
    Taken,
    Refused(Held),
}
