//! Looks at what became of a step whose result is not known. Writes nothing.

use super::Run;
use crate::enrolment::{Finding, PinTry, Step, StepError};
use crate::key::{Key, KeyError, PinState};

impl Run {
    pub(super) async fn find_out(&mut self, step: Step) -> Result<Finding, StepError> {
        match step {
            Step::Reset => self.was_reset().await,
            Step::Pin => self.which_pin().await,
            Step::MakeCredential => self.was_made().await,
            Step::ForcePinChange => self.was_forced().await,
            _ => self.was_registered().await,
        }
    }

    async fn was_reset(&mut self) -> Result<Finding, StepError> {
        let facts = self.the_key().await?.facts().await?;
        let empty = facts.credentials.is_none_or(|count| count == 0);
        Ok(match facts.pin {
            PinState::NotSet if empty => Finding::Fresh,
            _ => Finding::NotReset,
        })
    }

    async fn which_pin(&mut self) -> Result<Finding, StepError> {
        let key = self.the_key().await?;
        let facts = key.facts().await?;
        match facts.pin {
            PinState::NotSet => return Ok(Finding::PinNotSet),
            PinState::Blocked => return Ok(Finding::PinBlocked),
            PinState::Set { .. } | PinState::MustChange => {}
        }
        if let PinTry::AskFirst { retries_left } =
            self.ceremony.pin_try(Some(key.pin_retries().await?))
        {
            return Ok(Finding::FewTries { retries_left });
        }
        match key.check_pin(&self.held_pin()?).await {
            Ok(()) => Ok(Finding::PinHolds),
            // A change would have ended that state: it did not happen.
            Err(KeyError::PinMustChange) => Ok(Finding::PinDiffers { retries_left: None }),
            Err(KeyError::PinInvalid { retries_left }) => Ok(Finding::PinDiffers { retries_left }),
            Err(KeyError::PinBlocked) => Ok(Finding::PinBlocked),
            Err(error) => Err(error.into()),
        }
    }

    async fn was_made(&mut self) -> Result<Finding, StepError> {
        let key = self.the_key().await?;
        if !key.facts().await?.supports.credential_management {
            return Ok(Finding::CannotTell);
        }
        let stored = self.stored(&key).await?;
        Ok(match self.ceremony.leftover(&stored) {
            Some(id) => Finding::CredentialOnKey { id },
            None => Finding::NoCredential,
        })
    }

    pub(super) async fn stored(
        &self,
        key: &Key,
    ) -> Result<Vec<crate::key::StoredCredential>, StepError> {
        Ok(key.credentials(&self.held_pin()?).await?)
    }

    async fn was_forced(&mut self) -> Result<Finding, StepError> {
        let facts = self.the_key().await?.facts().await?;
        Ok(match facts.pin {
            PinState::MustChange => Finding::ChangeForced,
            _ => Finding::ChangeNotForced,
        })
    }

    async fn was_registered(&mut self) -> Result<Finding, StepError> {
        Ok(match self.listed(self.ports.patience.lost_answer).await? {
            Some(passkey) => Finding::Registered { method_id: passkey.method_id },
            None => Finding::NotRegistered,
        })
    }
}
