//! Takes back what this run made: in the directory, on the key.

use super::{Flow, Run};
use crate::directory::Removal;
use crate::engine::removal;
use crate::enrolment::{Record, Step, StepError, UndoResult, UndoStep};
use crate::key::KeyError;
use crate::problem::Explain;
use crate::webauthn::CredentialId;

impl Run {
    pub(super) async fn undo_step(&mut self, step: UndoStep) -> Flow {
        let done = match &step {
            UndoStep::DirectoryMethod { method_id } => self.remove_method(method_id.clone()).await,
            UndoStep::KeyCredential { id } => self.remove_credential(id.clone()).await,
        };
        match done {
            Ok(result) => self.record(Record::Undone { step, result }).await,
            Err(error) => {
                let at = match step {
                    UndoStep::DirectoryMethod { .. } => Step::Register,
                    UndoStep::KeyCredential { .. } => Step::MakeCredential,
                };
                let class = self.ceremony.classify(at, &error, jiff::Timestamp::now());
                let problem = error.problem();
                self.record(Record::UndoFailed { step, class, problem }).await
            }
        }
    }

    async fn remove_method(&mut self, method_id: Option<String>) -> Result<UndoResult, StepError> {
        let method_id = match method_id {
            Some(id) => id,
            None => match self.listed(self.ports.patience.confirm).await? {
                Some(passkey) => passkey.method_id,
                None => return self.not_there(self.ceremony.was_said_to_be_registered()),
            },
        };
        let person = self.ceremony.intent().person.person_id();
        let (directory, patience) =
            (&*self.ports.tenant.directory, self.ports.patience.lost_answer);
        match removal::remove(directory, &person, &method_id, patience).await? {
            Removal::Removed => Ok(UndoResult::Removed),
            Removal::NotFound => self.not_there(!self.ceremony.is_done(Step::Confirm)),
        }
    }

    /// What the directory said it has, and does not show, may still come: the operator has it looked
    /// for once more.
    fn not_there(&mut self, may_come: bool) -> Result<UndoResult, StepError> {
        if may_come && !self.was_not_there {
            self.was_not_there = true;
            return Err(StepError::NotListed);
        }
        // The next passkey is another one.
        self.was_not_there = false;
        Ok(UndoResult::NothingThere)
    }

    async fn remove_credential(
        &mut self,
        id: Option<CredentialId>,
    ) -> Result<UndoResult, StepError> {
        let key = self.the_key().await?;
        if !key.facts().await?.supports.credential_management {
            let why = "this key can't delete single credentials".to_owned();
            return Ok(UndoResult::Left { why });
        }
        let stored = match self.stored(&key).await {
            Ok(stored) => stored,
            // Without a PIN on the key there is no credential of ours.
            Err(StepError::Key(KeyError::PinNotSet)) => return Ok(UndoResult::NothingThere),
            Err(error) => return Err(error),
        };
        let ours = match id {
            Some(id) => stored.iter().any(|credential| credential.id == id).then_some(id),
            None => self.ceremony.leftover(&stored),
        };
        let Some(ours) = ours else { return Ok(UndoResult::NothingThere) };
        key.delete_credential(&self.held_pin()?, &ours).await?;
        Ok(UndoResult::Removed)
    }
}
