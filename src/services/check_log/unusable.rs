//! A log that is set and can't be made: whoever asks it hears why.

use super::{CheckLog, CheckRow};
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::Explain;
use crate::services::ServiceError;
use crate::services::stations::{Claim, Held, Shared};
use crate::verify::CallerKey;
use async_trait::async_trait;
use std::time::Duration;
use uuid::Uuid;

/// Rows wait, and what stations share is not seen, as with a server that is away.
pub struct UnusableLog {
    name: &'static str,
    error: ServiceError,
}

impl UnusableLog {
    pub fn new(name: &'static str, error: ServiceError) -> Self {
        Self { name, error }
    }

    fn fails<T>(&self) -> Result<T, ServiceError> {
        Err(self.error.clone())
    }
}

#[async_trait]
impl Shared for UnusableLog {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn held(&self, _caller: &CallerKey, _check: Uuid) -> Result<Held, ServiceError> {
        self.fails()
    }

    async fn claim(
        &self,
        _caller: &CallerKey,
        _check: Uuid,
        _lasts: Duration,
    ) -> Result<Claim, ServiceError> {
        self.fails()
    }

    async fn free(
        &self,
        _caller: &CallerKey,
        _check: Uuid,
        _lock: Option<Duration>,
    ) -> Result<(), ServiceError> {
        self.fails()
    }
}

#[async_trait]
impl CheckLog for UnusableLog {
    async fn add(&self, _row: &CheckRow) -> Result<(), ServiceError> {
        self.fails()
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let outcome = CheckOutcome::Failed(self.error.problem());
        vec![ConnectionCheck { name: self.name.into(), outcome }]
    }
}
