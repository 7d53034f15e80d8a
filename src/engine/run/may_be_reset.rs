//! Whether the key that is in may be reset for the enrolment: nobody else's is, unless the operator
//! has been told whose it is and says so.

use super::Run;
use crate::bulk::is_used;
use crate::engine::ports::OnKey;
use crate::engine::whose_key::{self, Holder, Known};
use crate::enrolment::{EnrolmentId, FailureClass, KeyMatch, StepError};
use crate::key::{Key, KeyError, KeyFacts};
use std::collections::BTreeSet;
use std::time::Duration;

/// A serial that only the smart card tells comes within this time after the key's other facts.
const SERIAL_WITHIN: Duration = Duration::from_millis(2500);

/// What the Desk knows of the key that is to be reset.
#[derive(Default)]
pub(super) struct ResetGuard {
    /// Whose it is, as the operator was told last.
    refused: Vec<Holder>,
    /// Whose it is, and it is to be reset all the same.
    allowed: Vec<Holder>,
    /// It was asked for all that was made here, and let through.
    was_asked: bool,
    /// What was on it as its reset was decided.
    on_key: Option<Told>,
    /// The decision before the last one, which counts again where that turns out to be of another's key.
    before: Option<Decision>,
}

#[derive(Default)]
struct Decision {
    to_reset: Option<KeyFacts>,
    on_key: Option<Told>,
}

/// What a key told of the credentials on it.
#[derive(Clone, PartialEq, Eq)]
struct Told {
    /// One that tells its serial is not asked for those whose keys told it, too.
    with_serial: bool,
    made_in: Vec<EnrolmentId>,
}

impl Run {
    /// Asked before every reset: a used key may be anybody's.
    pub(super) async fn may_be_reset(&mut self, key: &Key) -> Result<(), StepError> {
        let cancelled = self.inbox.cancelled();
        let told = tokio::select! {
            biased;
            () = cancelled => Err(KeyError::Cancelled.into()),
            told = self.judged(key) => told,
        };
        if matches!(told, Err(StepError::OtherKey)) {
            self.key = None;
        }
        told
    }

    /// The operator has answered so, to whatever has stopped: the key that is in is meant.
    pub(super) fn reset_is_wanted(&mut self) {
        let key = self.key.as_ref();
        let meant = key.and_then(|key| self.ports.table.get(key.id()));
        let guard = &mut self.reset_guard;
        match (self.ceremony.stopped_for(), meant) {
            // It is out: what comes next is judged anew, but for the key that tells this serial.
            (Some(FailureClass::ResetOfAnothers), None) => {
                let identity = &self.ceremony.intent().key;
                let serial = identity.serial.as_deref().filter(|_| identity.tells_serial());
                let is_by_serial = |of: &Holder| serial.is_some_and(|serial| of.has_key(serial));
                guard.allowed.extend(guard.refused.drain(..).filter(is_by_serial));
            }
            (Some(FailureClass::ResetOfAnothers), Some(meant)) => {
                guard.allowed.append(&mut guard.refused);
                self.hands.to_reset = Some(meant);
            }
            (Some(FailureClass::ResetUnchecked), meant) => self.hands.to_reset = meant,
            (_, meant) => {
                let to_reset = std::mem::replace(&mut self.hands.to_reset, meant);
                let on_key = guard.on_key.take();
                guard.before = Some(Decision { to_reset, on_key });
                guard.refused.clear();
                guard.was_asked = false;
            }
        }
    }

    async fn judged(&mut self, key: &Key) -> Result<(), StepError> {
        let facts = self.facts_with_serial(key).await?;
        match self.ceremony.intent().key.matches(&facts) {
            KeyMatch::Other => Err(StepError::OtherKey),
            _ if !is_used(&facts) => Ok(()),
            _ if self.shown.is_to_session() => self.session_resets(key, &facts).await,
            _ => self.desk_resets(key, &facts).await,
        }
    }

    /// What the key told of itself, with its serial where that comes late.
    async fn facts_with_serial(&self, key: &Key) -> Result<KeyFacts, StepError> {
        let mut changes = self.ports.table.changes();
        let has_told = |facts: &KeyFacts| facts.serial.is_some() || facts.no_serial.is_some();
        if self.ceremony.intent().key.tells_serial() {
            let told = changes.wait_for(|known| known.get(key.id()).is_none_or(has_told));
            let in_time = tokio::time::timeout(SERIAL_WITHIN, told).await.is_ok();
            tracing::debug!(in_time, "a key's serial");
        }
        let facts = self.ports.table.get(key.id());
        facts.ok_or_else(|| KeyError::Removed.into())
    }

    fn was_decided_for(&self, facts: &KeyFacts) -> bool {
        self.hands.to_reset.as_ref().is_some_and(|decided| decided.id == facts.id)
    }

    /// The one that told its serial as the enrolment began with it, or as its reset was decided.
    fn tells_its_own_serial(&self, facts: &KeyFacts) -> bool {
        let identity = &self.ceremony.intent().key;
        let decided = self.hands.to_reset.as_ref().and_then(|decided| decided.serial.as_ref());
        identity.tells_serial() && identity.matches(facts) == KeyMatch::Same
            || decided.is_some() && decided == facts.serial.as_ref()
    }

    /// The one that is to be reset, as it was when that was decided; where it can't be checked, on the
    /// operator's word.
    fn may_be_the_decided(&self, facts: &KeyFacts) -> Result<(), StepError> {
        match &self.hands.to_reset {
            Some(decided) if facts.may_be(decided) => Ok(()),
            Some(_) => Err(StepError::OtherKey),
            None => Err(StepError::Unchecked),
        }
    }

    /// The Desk asks the key that is in as its reset is decided, and the one that is put back for it.
    async fn desk_resets(&mut self, key: &Key, facts: &KeyFacts) -> Result<(), StepError> {
        let is_waived = self.ceremony.resets_unchecked();
        let is_that_one = self.was_decided_for(facts);
        let is_by_serial = self.tells_its_own_serial(facts);
        // Some firmware takes a reset only before any question.
        let is_known = is_by_serial && self.reset_guard.was_asked;
        let asks = is_that_one || !(is_waived || is_known);
        let (holders, on_key) = match asks {
            true => self.asked(key, facts).await?,
            false => (self.holders_by_serial(facts).await?, None),
        };
        self.is_let_through(holders, is_that_one)?;
        if asks && on_key.is_none() && !is_waived {
            return Err(StepError::Unchecked);
        }
        self.reset_guard.was_asked |= asks;
        if is_that_one {
            self.reset_guard.on_key = on_key;
            return Ok(());
        }
        match (is_by_serial, is_waived) {
            (true, _) => Ok(()),
            (false, true) => self.may_be_the_decided(facts),
            (false, false) => self.holds_as_decided(facts, on_key.as_ref()),
        }
    }

    /// One that told its serial before is not told from others of its model that tell none.
    fn holds_as_decided(&self, facts: &KeyFacts, on_key: Option<&Told>) -> Result<(), StepError> {
        let is_nameless = self.ceremony.intent().key.tells_serial();
        match (&self.reset_guard.on_key, on_key.filter(|_| !is_nameless)) {
            (_, None) => Err(StepError::Unchecked),
            (Some(then), Some(now)) if then.with_serial != now.with_serial => {
                Err(StepError::Unchecked)
            }
            (Some(then), Some(now)) if then != now => Err(StepError::OtherKey),
            _ if self.hands.to_reset.is_none() => Ok(()),
            _ => self.may_be_the_decided(facts),
        }
    }

    async fn asked(
        &self,
        key: &Key,
        facts: &KeyFacts,
    ) -> Result<(Vec<Holder>, Option<Told>), StepError> {
        let Known { mut holders, on_key } =
            whose_key::known(&self.ports, key, facts, self.id).await?;
        if facts.serial.is_none() {
            // It may have been typed.
            holders.extend(self.holders_by_serial(facts).await?);
        }
        let with_serial = facts.serial.is_some();
        Ok((holders, on_key.map(|made_in| Told { with_serial, made_in })))
    }

    async fn holders_by_serial(&self, facts: &KeyFacts) -> Result<Vec<Holder>, StepError> {
        let own = self.ceremony.intent().key.serial.as_ref();
        let serial = facts.serial.as_ref().or(own).cloned();
        whose_key::holders_by_serial(&self.ports, serial, self.id).await
    }

    /// A key that its own person had before is as good as nobody's; whose it is else is told first.
    fn is_let_through(
        &mut self,
        mut holders: Vec<Holder>,
        is_that_one: bool,
    ) -> Result<(), StepError> {
        let guard = &mut self.reset_guard;
        let own = &self.ceremony.intent().person.upn;
        if is_that_one {
            guard.allowed.extend(holders.iter().filter(|holder| holder.is(own)).cloned());
        }
        let taken_from = self.hands.taken_from.as_deref();
        let is_let = |holder: &Holder| taken_from.is_some_and(|upn| holder.is(upn));
        holders.retain(|holder| !guard.allowed.contains(holder) && !is_let(holder));
        if holders.is_empty() {
            return Ok(());
        }
        let upns: BTreeSet<&str> = holders.iter().map(|holder| holder.upn.as_str()).collect();
        let holder = upns.into_iter().collect::<Vec<_>>().join(" and ");
        (guard.refused, guard.was_asked) = (holders, false);
        if is_that_one {
            let before = guard.before.take().unwrap_or_default();
            (self.hands.to_reset, guard.on_key) = (before.to_reset, before.on_key);
        }
        Err(StepError::OfAnother { holder })
    }

    /// A session has asked the keys as they were put in; who has one of them may have changed since.
    async fn session_resets(&mut self, key: &Key, facts: &KeyFacts) -> Result<(), StepError> {
        if self.is_told_to_be_anothers(key) {
            return Err(StepError::OtherKey);
        }
        let holders = self.holders_by_serial(facts).await?;
        let is_that_one = self.was_decided_for(facts);
        if is_that_one || self.tells_its_own_serial(facts) {
            return self.is_let_through(holders, is_that_one);
        }
        match &facts.serial {
            Some(_) if !holders.is_empty() => return Err(StepError::OtherKey),
            Some(_) => {}
            None => self.is_let_through(holders, false)?,
        }
        match self.is_told_to_be_nobodys(key, facts) {
            true => Ok(()),
            false if self.ceremony.resets_unchecked() => self.may_be_the_decided(facts),
            false => Err(StepError::Unchecked),
        }
    }

    /// One that told its serial before is not told from others of its model that tell none.
    fn is_told_to_be_nobodys(&self, key: &Key, facts: &KeyFacts) -> bool {
        let is_nameless = facts.serial.is_some() || self.ceremony.intent().key.tells_serial();
        !is_nameless && self.ports.table.told(key.id()).is_some()
    }

    fn is_told_to_be_anothers(&self, key: &Key) -> bool {
        match self.ports.table.told(key.id()) {
            Some(OnKey::Of(id)) => !self.may_hold(id),
            Some(OnKey::Nothing) | None => false,
        }
    }

    /// Whether the credential of that enrolment may be on the own key.
    fn may_hold(&self, made_in: EnrolmentId) -> bool {
        made_in == self.id || self.was_made_in == Some(made_in)
    }
}
