//! What the operator chose for this key, without any PIN; and what still stands in the way.

use super::{Chosen, State};
use crate::access::Role;
use crate::directory::PersonCard;
use crate::enrolment::preflight::{Remark, Severity};
use crate::enrolment::{AlwaysUv, Custody, FirstUse, PinPlan, Plan, Reset};
use crate::key::{KeyFacts, PinState};
use crate::settings::Settings;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    pub reset: Reset,
    pub pin: PinMode,
    /// For a key that has a PIN.
    pub keep_pin: bool,
    pub first_use: FirstUse,
    pub remove_old: bool,
    pub min_pin_length: Option<u8>,
    pub always_uv: AlwaysUv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinMode {
    Random,
    Typed,
}

/// Why "Register key" can't be pressed yet, or what the operator must see first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Something is still being read; nothing to do but wait.
    Wait(&'static str),
    InsertKey,
    /// A verdict that stops.
    Stop(Remark),
    /// The operator's roles don't include it; what is needed.
    Role(String),
}

/// Who registers keys.
const REGISTERS: &[Role] = &[Role::Clerk, Role::Provisioner];

impl Choices {
    pub fn from_settings(settings: &Settings) -> Self {
        let enrolment = settings.enrolment_in(settings.tenant_in_use());
        Self {
            reset: Reset::Keep,
            pin: PinMode::Random,
            keep_pin: false,
            first_use: if enrolment.must_change_pin {
                FirstUse::MustChangePin
            } else {
                FirstUse::KeepPin
            },
            remove_old: enrolment.remove_old_keys,
            min_pin_length: enrolment.min_pin_length,
            always_uv: if enrolment.always_uv { AlwaysUv::TurnOn } else { AlwaysUv::Leave },
        }
    }

    /// Whether the key's present PIN must be typed.
    pub fn needs_current_pin(&self, facts: &KeyFacts) -> bool {
        self.reset == Reset::Keep && has_pin(facts)
    }

    /// Whether the key gets another PIN than it has.
    pub fn sets_pin(&self, facts: &KeyFacts) -> bool {
        !self.needs_current_pin(facts) || !self.keeps_pin(facts)
    }

    fn keeps_pin(&self, facts: &KeyFacts) -> bool {
        self.keep_pin && facts.pin != PinState::MustChange
    }

    pub fn plan(&self, facts: &KeyFacts, card: &PersonCard) -> Plan {
        let pin = match (self.needs_current_pin(facts), self.keeps_pin(facts)) {
            (false, _) => PinPlan::SetNew,
            (true, true) => PinPlan::KeepExisting,
            (true, false) => PinPlan::Change,
        };
        let random = self.pin == PinMode::Random && pin != PinPlan::KeepExisting;
        Plan {
            reset: self.reset,
            pin,
            custody: if random { Custody::Sealed } else { Custody::PersonsOwn },
            min_pin_length: self.min_pin_length,
            always_uv: self.always_uv,
            first_use: self.first_use,
            remove_old: self.old_keys(card),
        }
    }

    /// Directory ids of the passkeys to remove after the new one is confirmed.
    pub fn old_keys(&self, card: &PersonCard) -> Vec<String> {
        if !self.remove_old {
            return Vec::new();
        }
        card.passkeys.iter().map(|passkey| passkey.method_id.clone()).collect()
    }

    /// The first thing in the way of registering, in the order the operator can mend them.
    pub fn obstacle(&self, state: &State, remarks: &[Remark]) -> Option<Obstacle> {
        let chosen = state.desk.person.as_ref()?;
        if let Some(refusal) = state.who.refusal(REGISTERS) {
            return Some(Obstacle::Role(refusal));
        }
        match &chosen.card {
            None => return Some(Obstacle::Wait("Reading the person")),
            Some(Err(_)) => return Some(Obstacle::Wait("The person could not be read")),
            Some(Ok(_)) => {}
        }
        if let Some(stop) = remarks.iter().find(|remark| remark.severity == Severity::Stop) {
            return Some(Obstacle::Stop(stop.clone()));
        }
        match state.desk_key() {
            None => Some(Obstacle::InsertKey),
            Some(key) if key.unreadable.is_some() => Some(Obstacle::InsertKey),
            Some(key) if key.facts.is_none() => Some(Obstacle::Wait("Reading the key")),
            Some(_) if state.desk.registering => Some(Obstacle::Wait("Beginning")),
            Some(_) => policy_wait(state),
        }
    }
}

/// A policy that can't be read does not stop: the directory itself decides at the end.
fn policy_wait(state: &State) -> Option<Obstacle> {
    state.policy.is_none().then_some(Obstacle::Wait("Reading the tenant's policy"))
}

fn has_pin(facts: &KeyFacts) -> bool {
    facts.pin != PinState::NotSet
}

impl Chosen {
    /// What the person's card could not be read for.
    pub fn problem(&self) -> Option<&crate::problem::Problem> {
        self.card.as_ref().and_then(|card| card.as_ref().err())
    }
}
