//! Which inserted key belongs to the enrolment, also after it was pulled out and put back.

use super::Run;
use crate::bulk::is_used;
use crate::engine::ports::OnKey;
use crate::engine::whose_key::{self, Whose};
use crate::enrolment::{EnrolmentId, KeyMatch, Step, StepError};
use crate::key::{Key, KeyError, KeyFacts, KeyId};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a key that was just put back is waited for.
const REPLUG: Duration = Duration::from_secs(60);

impl Run {
    /// The enrolment's key, if it is in.
    pub(super) async fn the_key(&mut self) -> Result<Key, StepError> {
        if let Some(key) = &self.key
            && self.ports.key(key.id()).is_some()
        {
            self.inbox.hold(key);
            return Ok(key.clone());
        }
        let inserted = self.ports.table.all();
        let Some((facts, certainty)) = self.pick(&inserted) else {
            // In a session there are keys of other people beside it.
            let is_out = inserted.is_empty() || self.shown.is_to_session();
            return Err(match is_out {
                true => StepError::Key(KeyError::Removed),
                false => StepError::OtherKey,
            });
        };
        let key = self.ports.key(&facts.id).ok_or(StepError::Key(KeyError::Removed))?;
        self.inbox.hold(&key);
        if certainty == KeyMatch::Perhaps {
            self.prove(&key).await?;
        }
        self.key = Some(key.clone());
        Ok(key)
    }

    /// The surest match; a mere "perhaps" only when it came back to the enrolment's slot, or is the
    /// only one. In a session that one may be another person's, whose tries a PIN would cost.
    fn pick(&self, inserted: &[KeyFacts]) -> Option<(KeyFacts, KeyMatch)> {
        let identity = &self.ceremony.intent().key;
        let same = inserted.iter().find(|facts| identity.matches(facts) == KeyMatch::Same);
        if let Some(facts) = same {
            return Some((facts.clone(), KeyMatch::Same));
        }
        let came_back = self.inbox.came_back();
        let in_slot = inserted.iter().find(|facts| {
            Some(&facts.id) == came_back.as_ref() && identity.matches(facts) == KeyMatch::Perhaps
        });
        if let Some(facts) = in_slot {
            return Some((facts.clone(), KeyMatch::Perhaps));
        }
        let mut perhaps =
            inserted.iter().filter(|facts| identity.matches(facts) == KeyMatch::Perhaps);
        let provable = !self.shown.is_to_session();
        match (perhaps.next(), perhaps.next()) {
            (Some(facts), None) if provable => Some((facts.clone(), KeyMatch::Perhaps)),
            _ => None,
        }
    }

    /// A key without a serial is ours when the PIN that was set holds.
    async fn prove(&self, key: &Key) -> Result<(), StepError> {
        let facts = self.ports.table.get(key.id());
        let is_empty = facts.is_some_and(|facts| !is_used(&facts));
        if !self.ceremony.is_done(Step::Pin) || (is_empty && self.ceremony.is_reset_ahead()) {
            return Ok(());
        }
        let Some(pin) = &self.hands.pin else { return Ok(()) };
        self.may_try(key).await?;
        match key.check_pin(pin).await {
            Ok(()) => Ok(()),
            Err(KeyError::PinInvalid { .. } | KeyError::PinNotSet) => Err(StepError::OtherKey),
            Err(error) => Err(error.into()),
        }
    }

    /// A used key may be anybody's, unless its serial is the enrolment's own: it is reset when it was
    /// in as that was decided, or is known to be nobody's, or when the operator has said so for want of
    /// that and nothing tells that it is another one.
    pub(super) async fn may_be_reset(&mut self, key: &Key) -> Result<(), StepError> {
        let facts = self.ports.table.get(key.id()).ok_or(KeyError::Removed)?;
        let decided = self.hands.to_reset.clone();
        let is_that_one = decided.as_ref().is_some_and(|decided| decided.id == facts.id);
        let is_own = self.ceremony.intent().key.matches(&facts) == KeyMatch::Same;
        let is_anothers = self.is_told_to_be_anothers(key);
        if is_that_one || is_own && !is_anothers || !is_used(&facts) {
            return Ok(());
        }
        let is_waived = self.ceremony.resets_unchecked();
        let may_be_it = match self.whose(key, &facts, is_waived).await? {
            Whose::Nobodys => true,
            Whose::Anothers => false,
            Whose::Unknown => match decided.filter(|_| is_waived) {
                Some(decided) => facts.may_be(&decided),
                None => return Err(StepError::Unchecked),
            },
        };
        if !may_be_it {
            self.key = None;
            return Err(StepError::OtherKey);
        }
        Ok(())
    }

    /// A session has asked the keys that tell no serial as they were put in; where the check is waived,
    /// they are not asked at all.
    async fn whose(
        &self,
        key: &Key,
        facts: &KeyFacts,
        is_waived: bool,
    ) -> Result<Whose, StepError> {
        if self.is_told_to_be_anothers(key) {
            return Ok(Whose::Anothers);
        }
        if let Some(serial) = facts.serial.clone() {
            return Ok(whose_key::of_serial(&self.ports, serial).await);
        }
        // One that told its serial before is not told from others of its model that tell none.
        if self.ceremony.intent().key.tells_serial() {
            return Ok(Whose::Unknown);
        }
        let on_key = match self.ports.table.told(key.id()) {
            None if self.shown.is_to_session() || is_waived => None,
            None => match whose_key::ask(&self.ports, key, facts, Some(self.id)).await {
                whose_key::Answer::Gone => return Err(KeyError::Removed.into()),
                answer => answer.on_key(),
            },
            told => told,
        };
        Ok(match on_key {
            None => Whose::Unknown,
            Some(OnKey::Of(id)) if !self.may_hold(id) => Whose::Anothers,
            Some(OnKey::Nothing | OnKey::Of(_)) => Whose::Nobodys,
        })
    }

    /// Whether the credential of that enrolment may be on the own key.
    fn may_hold(&self, made_in: EnrolmentId) -> bool {
        made_in == self.id || self.was_made_in == Some(made_in)
    }

    fn is_told_to_be_anothers(&self, key: &Key) -> bool {
        match self.ports.table.told(key.id()) {
            Some(OnKey::Of(id)) => !self.may_hold(id),
            Some(OnKey::Nothing) | None => false,
        }
    }

    /// A key whose reset was decided as it was in may hold somebody's credential, which tells it from
    /// others when it is put back. It is asked once its time for a reset is over.
    pub(super) async fn note_what_it_holds(&mut self, key: &Key) {
        let decided = self.hands.to_reset.as_ref().filter(|decided| decided.id == *key.id());
        let Some(decided) = decided.filter(|facts| facts.serial.is_none()) else { return };
        if self.shown.is_to_session() {
            return;
        }
        let answer = whose_key::ask(&self.ports, key, decided, None).await;
        if let Some(OnKey::Of(id)) = answer.on_key() {
            self.was_made_in = Some(id);
        }
    }

    /// Waits until the key has been pulled out and put back. Of the keys that don't tell for sure
    /// who they are, one that was `in_before` stays somebody else's; in a session only the one that
    /// came back to the enrolment's slot counts.
    pub(super) async fn replugged(
        &mut self,
        in_before: &BTreeSet<KeyId>,
    ) -> Result<Key, StepError> {
        let old = self.key.as_ref().map(|key| key.id().clone());
        let mut changes = self.ports.table.changes();
        let mut coming_back = self.inbox.coming_back();
        let cancelled = self.inbox.cancelled();
        let identity = self.ceremony.intent().key.clone();
        let in_session = self.shown.is_to_session();
        let back = async {
            loop {
                let came_back = coming_back.borrow_and_update().clone();
                let is_ours = |facts: &&KeyFacts| match identity.matches(facts) {
                    KeyMatch::Same => Some(&facts.id) != old.as_ref(),
                    KeyMatch::Perhaps if in_session => {
                        Some(&facts.id) != old.as_ref() && Some(&facts.id) == came_back.as_ref()
                    }
                    KeyMatch::Perhaps => !in_before.contains(&facts.id),
                    KeyMatch::Other => false,
                };
                let found = changes.borrow_and_update().values().find(is_ours).cloned();
                if let Some(facts) = found {
                    return facts.id;
                }
                tokio::select! {
                    Ok(()) = changes.changed() => {}
                    Ok(()) = coming_back.changed() => {}
                    else => std::future::pending::<()>().await,
                }
            }
        };
        let id = tokio::select! {
            id = back => id,
            () = cancelled => return Err(StepError::Key(KeyError::Cancelled)),
            () = tokio::time::sleep(REPLUG) => return Err(StepError::Key(KeyError::NotAllowed)),
        };
        let key = self.ports.key(&id).ok_or(StepError::Key(KeyError::Removed))?;
        self.inbox.hold(&key);
        self.key = Some(key.clone());
        Ok(key)
    }
}
