//! Which inserted key belongs to the enrolment, also after it was pulled out and put back.

use super::Run;
use crate::bulk::is_used;
use crate::enrolment::{KeyMatch, Step, StepError};
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
            && !self.turned_out_another(key)
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

    /// A serial may be told a moment after the key.
    fn turned_out_another(&self, key: &Key) -> bool {
        let facts = self.ports.table.get(key.id());
        facts.is_some_and(|facts| self.ceremony.intent().key.matches(&facts) == KeyMatch::Other)
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
