//! Whether the key that is in may be reset for the enrolment: nobody else's is, unless the operator
//! has been told whose it is and says so.

use super::Run;
use crate::bulk::is_used;
use crate::engine::ports::OnKey;
use crate::engine::whose_key::{self, Holder, Known, Whose};
use crate::enrolment::{EnrolmentId, KeyMatch, StepError};
use crate::key::{Key, KeyError, KeyFacts};
use std::collections::BTreeSet;
use std::time::Duration;

/// A serial that only the smart card tells comes within this time after the key's other facts.
const SERIAL_WITHIN: Duration = Duration::from_millis(2500);

/// What the Desk knows of the key that is to be reset.
#[derive(Default)]
pub(super) struct ResetGuard {
    /// Whose it is, as the operator was told last, and what made the credentials on it.
    refused: Vec<Holder>,
    on_refused: Option<Vec<EnrolmentId>>,
    /// Whose it is, and it is to be reset all the same.
    allowed: Vec<Holder>,
    /// It was asked for all that was made here, and let through.
    was_asked: bool,
    /// What made the credentials on it, as its reset was decided.
    on_key: Option<Vec<EnrolmentId>>,
    /// The decision before the last one, which counts again where that turns out to be of another's key.
    before: Option<Decision>,
}

#[derive(Default)]
struct Decision {
    to_reset: Option<KeyFacts>,
    on_key: Option<Vec<EnrolmentId>>,
}

impl ResetGuard {
    /// The operator has been told whose it is, and has it reset.
    pub(super) fn allow(&mut self) {
        self.allowed.append(&mut self.refused);
        self.on_key = self.on_refused.take();
    }

    /// Another key may be meant from now on than the one before.
    pub(super) fn is_decided_anew(&mut self, before: Option<KeyFacts>) {
        self.before = Some(Decision { to_reset: before, on_key: self.on_key.take() });
        self.refused.clear();
        self.was_asked = false;
    }
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

    /// The one that told its serial as the enrolment began with it.
    fn tells_its_own_serial(&self, facts: &KeyFacts) -> bool {
        let identity = &self.ceremony.intent().key;
        identity.tells_serial() && identity.matches(facts) == KeyMatch::Same
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
        self.is_let_through(holders, on_key.as_deref(), is_that_one)?;
        if asks && on_key.is_none() && !is_waived {
            return Err(StepError::Unchecked);
        }
        self.reset_guard.was_asked |= asks;
        if is_that_one {
            self.reset_guard.on_key = on_key;
            return Ok(());
        }
        if is_by_serial {
            return Ok(());
        }
        if is_waived {
            return self.may_be_the_decided(facts);
        }
        // One that told its serial before is not told from others of its model that tell none.
        let is_nameless = self.ceremony.intent().key.tells_serial();
        match (&self.reset_guard.on_key, on_key.filter(|_| !is_nameless)) {
            (_, None) => Err(StepError::Unchecked),
            (Some(then), Some(now)) if *then != now => Err(StepError::OtherKey),
            _ if self.hands.to_reset.is_none() => Ok(()),
            _ => self.may_be_the_decided(facts),
        }
    }

    async fn asked(
        &self,
        key: &Key,
        facts: &KeyFacts,
    ) -> Result<(Vec<Holder>, Option<Vec<EnrolmentId>>), StepError> {
        let Known { mut holders, on_key } =
            whose_key::known(&self.ports, key, facts, self.id).await?;
        if facts.serial.is_none() {
            // It may have been typed.
            holders.extend(self.holders_by_serial(facts).await?);
        }
        Ok((holders, on_key))
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
        on_key: Option<&[EnrolmentId]>,
        is_that_one: bool,
    ) -> Result<(), StepError> {
        let guard = &mut self.reset_guard;
        let own = &self.ceremony.intent().person.upn;
        if is_that_one {
            guard.allowed.extend(holders.iter().filter(|holder| holder.is(own)).cloned());
        }
        holders.retain(|holder| !guard.allowed.contains(holder));
        if holders.is_empty() {
            return Ok(());
        }
        let upns: BTreeSet<&str> = holders.iter().map(|holder| holder.upn.as_str()).collect();
        let holder = upns.into_iter().collect::<Vec<_>>().join(" and ");
        (guard.refused, guard.was_asked) = (holders, false);
        guard.on_refused = on_key.map(<[EnrolmentId]>::to_vec);
        if is_that_one {
            let before = guard.before.take().unwrap_or_default();
            (self.hands.to_reset, guard.on_key) = (before.to_reset, before.on_key);
        }
        Err(StepError::OfAnother { holder })
    }

    /// A session has asked the keys as they were put in.
    async fn session_resets(&mut self, key: &Key, facts: &KeyFacts) -> Result<(), StepError> {
        let is_known = self.was_decided_for(facts) || self.tells_its_own_serial(facts);
        if is_known && !self.is_told_to_be_anothers(key) {
            return Ok(());
        }
        match self.whose(key, facts).await? {
            Whose::Nobodys => Ok(()),
            Whose::Anothers => Err(StepError::OtherKey),
            Whose::Unknown if self.ceremony.resets_unchecked() => self.may_be_the_decided(facts),
            Whose::Unknown => Err(StepError::Unchecked),
        }
    }

    async fn whose(&self, key: &Key, facts: &KeyFacts) -> Result<Whose, StepError> {
        if self.is_told_to_be_anothers(key) {
            return Ok(Whose::Anothers);
        }
        if facts.serial.is_some() {
            let is_held = !self.holders_by_serial(facts).await?.is_empty();
            return Ok(if is_held { Whose::Anothers } else { Whose::Unknown });
        }
        Ok(match self.ports.table.told(key.id()) {
            // One that told its serial before is not told from others of its model that tell none.
            _ if self.ceremony.intent().key.tells_serial() => Whose::Unknown,
            None => Whose::Unknown,
            Some(OnKey::Nothing | OnKey::Of(_)) => Whose::Nobodys,
        })
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
