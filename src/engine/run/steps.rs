//! What each step does.

use super::{Message, Performed, Run, notes, release_options};
use crate::directory::{DirectoryError, Passkey, PersonId, Removal};
use crate::engine::ports::off_the_network;
use crate::engine::removal;
use crate::engine::{Event, FinishedKey, StepChange, VaultWord};
use crate::enrolment::{AlwaysUv, Custody, Fact, PinPlan, PinTry, Step, StepError, preflight};
use crate::key::{Configure, Key, KeyError};
use crate::outputs::OutputError;
use crate::outputs::registered_keys::{self, How, Kept, Row};
use crate::pin::Pin;
use crate::problem::Explain;
use crate::webauthn::{ClientData, CreationOptions};
use std::time::{Duration, Instant};

impl Run {
    pub(super) async fn perform(&mut self, step: Step) -> Result<Performed, StepError> {
        let fact = match step {
            Step::Preflight => self.preflight().await?,
            Step::Reset => self.reset().await?,
            Step::Pin => self.pin().await?,
            Step::ConfigureKey => self.configure().await?,
            Step::CreationOptions => self.creation_options().await?,
            Step::MakeCredential => self.make_credential().await?,
            Step::Verify => self.verify()?,
            Step::Register => self.register().await?,
            Step::Confirm => self.confirm().await?,
            Step::ForcePinChange => self.force_pin_change().await?,
            Step::RemoveOld => return self.remove_old().await,
            Step::HandOver => return self.hand_over().await,
        };
        Ok(Performed::Fact(fact))
    }

    /// The verdict once more, on the key's state of this moment.
    async fn preflight(&mut self) -> Result<Fact, StepError> {
        let person = self.ceremony.intent().person.person_id();
        let directory = &self.ports.tenant.directory;
        if self.hands.card.is_none() {
            self.hands.card = Some(directory.person(&person).await?);
        }
        if self.hands.policy.is_none() {
            self.hands.policy = Some(directory.policy().await?);
        }
        let facts = self.the_key().await?.facts().await?;
        let (Some(card), Some(policy)) = (&self.hands.card, &self.hands.policy) else {
            return Err(StepError::Preflight(Vec::new()));
        };
        let mut remarks = preflight::verdict(card, policy, &facts, &self.ceremony.plan());
        if !preflight::stops(&remarks) {
            let passkeys = card.passkeys.clone();
            remarks.extend(self.others_among(&passkeys).await);
        }
        match preflight::stops(&remarks) {
            true => Err(StepError::Preflight(remarks)),
            false => Ok(Fact::Nothing),
        }
    }

    /// Keys take a reset only shortly after they were plugged in: the operator is coached to
    /// re-plug, and the reset follows at once.
    async fn reset(&mut self) -> Result<Fact, StepError> {
        self.not_cancelled_in_queue()?;
        let key = self.the_key().await?;
        self.may_be_reset(&key).await?;
        let in_before = self.ports.table.all().into_iter().map(|facts| facts.id).collect();
        let unchecked = self.ceremony.resets_unchecked();
        match key.reset().await {
            Err(KeyError::NotAllowed) => {}
            Err(KeyError::ResetNotFirst) if unchecked => {}
            done => return Ok(done.map(|()| Fact::Nothing)?),
        }
        let note = match unchecked {
            true => "the same key: it is not checked",
            false => "pull the key out and put it back in",
        };
        self.tell_step(Step::Reset, StepChange::Waiting { note: note.to_owned() }).await;
        let key = self.replugged(&in_before).await?;
        self.may_be_reset(&key).await?;
        self.tell_step(Step::Reset, StepChange::Started).await;
        key.reset().await?;
        Ok(Fact::Nothing)
    }

    async fn pin(&mut self) -> Result<Fact, StepError> {
        let key = self.the_key().await?;
        let pin = self.held_pin()?;
        match self.ceremony.pin_plan() {
            PinPlan::SetNew => key.set_pin(&pin).await?,
            PinPlan::KeepExisting => {
                self.may_try(&key).await?;
                key.check_pin(&pin).await?;
            }
            PinPlan::Change => {
                self.may_try(&key).await?;
                let old = self.hands.old_pin.as_ref().ok_or(StepError::VaultClosed)?;
                let changed = key.change_pin(old, &pin).await;
                if let Err(KeyError::PinInvalid { .. }) = changed {
                    self.hands.old_pin = None;
                }
                changed?;
            }
        }
        Ok(Fact::Nothing)
    }

    /// Refuses to use up the last tries without being told to.
    pub(super) async fn may_try(&self, key: &Key) -> Result<(), StepError> {
        let retries_left = key.pin_retries().await?;
        match self.ceremony.pin_try(Some(retries_left)) {
            PinTry::Go => Ok(()),
            PinTry::AskFirst { retries_left } => Err(StepError::FewTries { retries_left }),
        }
    }

    async fn configure(&mut self) -> Result<Fact, StepError> {
        let key = self.the_key().await?;
        let plan = self.ceremony.intent().plan.clone();
        let facts = key.facts().await?;
        if let Some(length) = plan.min_pin_length.filter(|length| *length > facts.min_pin_length) {
            key.configure(&self.held_pin()?, Configure::MinPinLength(length)).await?;
        }
        if plan.always_uv == AlwaysUv::TurnOn && facts.always_uv != Some(true) {
            key.configure(&self.held_pin()?, Configure::AlwaysUvOn).await?;
        }
        Ok(Fact::Nothing)
    }

    async fn creation_options(&mut self) -> Result<Fact, StepError> {
        self.look_for_others_again().await?;
        let person = self.ceremony.intent().person.person_id();
        let fetched_ahead = self.hands.options.take().filter(|options| self.lives(options));
        let options = match fetched_ahead {
            Some(options) => options,
            None => {
                release_options(&self.ports, self.id, &self.ceremony).await;
                let cancelled = self.inbox.cancelled();
                tokio::select! {
                    options = self.fetch(&person) => options?,
                    () = cancelled => return Err(StepError::Key(KeyError::Cancelled)),
                }
            }
        };
        let fact = Fact::options(&options);
        self.hands.options = Some(options);
        Ok(fact)
    }

    /// Creation options that live as long as this enrolment needs.
    async fn fetch(&self, person: &PersonId) -> Result<CreationOptions, DirectoryError> {
        let directory = &self.ports.tenant.directory;
        let Some(lifetime) = self.ceremony.intent().challenge_lifetime() else {
            return directory.begin(person).await;
        };
        let options = directory.begin_for(person, lifetime).await?;
        // A key that leaves with it can't be activated when its person has it.
        match self.ceremony.ends_too_soon(options.expires_at, jiff::Timestamp::now()) {
            true => Err(notes::short_lived()),
            false => Ok(options),
        }
    }

    fn lives(&self, options: &CreationOptions) -> bool {
        self.ceremony.lives_long_enough(options.expires_at, jiff::Timestamp::now())
    }

    async fn make_credential(&mut self) -> Result<Fact, StepError> {
        self.not_cancelled_in_queue()?;
        let key = self.the_key().await?;
        let pin = self.held_pin()?;
        let options = self.hands.options.take().ok_or(StepError::VaultClosed)?;
        let client_data = ClientData::create(&options.challenge, &options.relying_party.id);
        let made = key.make_credential(&options, &client_data.0, &pin).await;
        self.touched_at = Some(Instant::now());
        let fact = made.as_ref().ok().map(|made| Fact::made(&options, &client_data, made));
        // After a failure before the touch the challenge is as good as before.
        if fact.is_none() {
            self.hands.options = Some(options);
        }
        made?;
        // The key is here: that its person had it is to be said again.
        self.hands.activate = false;
        fact.ok_or(StepError::VaultClosed)
    }

    fn verify(&self) -> Result<Fact, StepError> {
        self.ceremony.verified()?;
        Ok(Fact::Nothing)
    }

    async fn register(&mut self) -> Result<Fact, StepError> {
        self.look_for_others_again().await?;
        let credential = self.ceremony.verified()?;
        let intent = self.ceremony.intent();
        let directory = &self.ports.tenant.directory;
        let passkey =
            directory.finish(&intent.person.person_id(), &intent.passkey_name, &credential).await?;
        if !passkey.is_of(&credential.id) {
            tracing::warn!(enrolment = %self.id.0, "the method's id is not the credential's id");
        }
        Ok(Fact::Registered { method_id: passkey.method_id })
    }

    /// Reads the person's list until the new passkey is in it.
    async fn confirm(&mut self) -> Result<Fact, StepError> {
        let cancelled = self.inbox.cancelled();
        tokio::select! {
            listed = self.listed(self.ports.patience.confirm) => match listed? {
                Some(_) => Ok(Fact::Nothing),
                None => Err(StepError::NotListed),
            },
            () = cancelled => Err(StepError::Key(KeyError::Cancelled)),
        }
    }

    /// Our passkey in the directory's list, looked for as long as its delay may last.
    pub(super) async fn listed(&self, patience: Duration) -> Result<Option<Passkey>, StepError> {
        let person = self.ceremony.intent().person.person_id();
        let directory = &*self.ports.tenant.directory;
        let ours = |listed: Vec<Passkey>| listed.into_iter().find(|passkey| self.is_ours(passkey));
        Ok(removal::look(directory, &person, patience, ours).await?)
    }

    fn is_ours(&self, passkey: &Passkey) -> bool {
        let id = self.ceremony.made().and_then(|made| made.credential_id.as_ref());
        id.is_some_and(|id| passkey.is_of(id))
            || self.ceremony.method_id() == Some(&passkey.method_id)
    }

    async fn force_pin_change(&mut self) -> Result<Fact, StepError> {
        let key = self.the_key().await?;
        key.configure(&self.held_pin()?, Configure::ForcePinChange).await?;
        Ok(Fact::Nothing)
    }

    /// One of them: it is journaled as it is gone, so that it is known which are left where the
    /// next one fails.
    async fn remove_old(&mut self) -> Result<Performed, StepError> {
        let person = self.ceremony.intent().person.person_id();
        let Some(method_id) = self.ceremony.old_to_remove().into_iter().next() else {
            return Ok(Performed::Fact(Fact::Nothing));
        };
        let directory = &*self.ports.tenant.directory;
        let patience = self.ports.patience.lost_answer;
        match removal::remove(directory, &person, &method_id, patience).await? {
            Removal::Removed | Removal::NotFound => Ok(Performed::OldRemoved { method_id }),
        }
    }

    /// Writes the row, shows the hand-over, and waits until the key is in the person's hand.
    async fn hand_over(&mut self) -> Result<Performed, StepError> {
        let csv = self.write_row().await;
        let failed = csv.is_err();
        let differs = |kept: &&Kept| kept.how == How::Differs;
        // Without its PIN nothing can be said of the row that is there.
        let differs = csv.as_ref().ok().filter(differs).filter(|_| !self.lacks_pin_for_row());
        let differing = differs.map(|kept| kept.path.clone());
        let finished = FinishedKey {
            id: self.id,
            method_id: self.ceremony.method_id().unwrap_or_default().to_owned(),
            vault: self.vault_word(),
            foreign: csv.as_ref().map(|kept| kept.foreign.clone()).unwrap_or_default(),
            csv: csv.map(|kept| kept.path).map_err(|error| error.problem()),
            took: self.touched_at.map(|at| at.elapsed()).unwrap_or_default(),
        };
        if failed {
            tracing::warn!(enrolment = %self.id.0, "registeredKeys.csv not written");
        }
        if let Some(path) = differing {
            let intent = self.ceremony.intent();
            let told = notes::row_differs(&path, &intent.person.upn, intent.key.serial.as_deref());
            self.tell(Event::Problem(told)).await;
        }
        self.tell(Event::Finished(Box::new(finished))).await;
        self.wait_for_hand_over(failed).await
    }

    async fn wait_for_hand_over(&mut self, row_missing: bool) -> Result<Performed, StepError> {
        loop {
            match self.inbox.next().await {
                Some(Message::Delivered) => self.hands.delivered = true,
                Some(Message::HandedOver) if row_missing => return Err(StepError::Outputs),
                Some(Message::HandedOver) if self.pin_undelivered() => {
                    self.tell(Event::Problem(notes::pin_undelivered())).await;
                }
                Some(Message::HandedOver) => return Ok(Performed::Fact(Fact::Nothing)),
                Some(Message::Abandon { reason }) => return Ok(Performed::GivenUp { reason }),
                Some(Message::Answer { .. } | Message::KeyIsBack | Message::VaultIsOpen) => {}
                None => return Ok(Performed::Waiting),
            }
        }
    }

    fn pin_undelivered(&self) -> bool {
        self.vault_word() == VaultWord::Sealed && !self.hands.delivered && !self.hands.pin_follows
    }

    fn vault_word(&self) -> VaultWord {
        match self.ceremony.intent().plan.custody {
            Custody::Sealed => VaultWord::Sealed,
            Custody::PersonsOwn => VaultWord::NotKept,
        }
    }

    fn row_has_pin(&self) -> bool {
        let is_sealed = self.ceremony.intent().plan.custody == Custody::Sealed;
        self.ports.rules.outputs.pin_in_csv && is_sealed
    }

    fn lacks_pin_for_row(&self) -> bool {
        self.row_has_pin() && self.hands.pin.is_none()
    }

    /// The row of registeredKeys.csv; a row that is there already is not written again.
    async fn write_row(&mut self) -> Result<Kept, OutputError> {
        let intent = self.ceremony.intent().clone();
        let in_clear = self.row_has_pin();
        if in_clear {
            // A run that was taken up for this step alone had no need of it.
            self.unseal().await;
        }
        let pin = self.hands.pin.as_ref().filter(|_| in_clear).map(Pin::duplicate);
        let has_pin = pin.is_some();
        let method_id = self.ceremony.method_id().unwrap_or_default().to_owned();
        let folder = self.ports.rules.folder.clone();
        let kept = off_the_network(move || {
            let row = Row {
                upn: &intent.person.upn,
                method_id: &method_id,
                serial: intent.key.serial.as_deref(),
                pin: pin.as_ref(),
            };
            registered_keys::append(&folder, &row)
        })
        .await?;
        // A row that was there may have been written without it, or lost a leading zero since.
        self.hands.delivered |= has_pin && kept.how != How::Differs;
        Ok(kept)
    }

    pub(super) fn held_pin(&self) -> Result<Pin, StepError> {
        self.hands.pin.as_ref().map(Pin::duplicate).ok_or(StepError::VaultClosed)
    }
}
