//! `[security]`: the lock, fresh proofs, two persons, and what an unattended station may do.

use super::file::{SettingsError, invalid};
use crate::access::{Act, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const PROOF_MINUTES: std::ops::RangeInclusive<u16> = 1..=60;
/// A day: a longer time is a slip of the pen, and `0` says never.
const LONGEST_IDLE_MINUTES: u16 = 24 * 60;

/// Rules that hold at this station, whoever sits there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecuritySettings {
    /// Idle minutes until the station locks itself; 0 means never.
    pub lock_after_minutes: u16,
    /// Lock when the system's own screen locks, where the system tells.
    pub lock_with_screen: bool,
    /// How long a fresh proof counts for its kind of act, 1 to 60.
    pub proof_minutes: u16,
    /// Acts that ask for a fresh proof.
    pub sensitive: BTreeSet<Act>,
    /// Acts that a second, different operator must approve.
    pub two_person: BTreeSet<Act>,
    /// What may be done at a station that signs in as the application and not as a person.
    pub station_roles: Vec<Role>,
    /// Random PINs, and changes of phones, also where there is no keyring to keep the key that seals
    /// PINs and old numbers: what is not written down when the program ends is lost. A keyring that is
    /// locked is waited for.
    pub pins_without_keyring: bool,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            lock_after_minutes: 10,
            lock_with_screen: true,
            proof_minutes: 10,
            sensitive: Act::ALL.into(),
            two_person: BTreeSet::new(),
            station_roles: Role::ALL.into(),
            pins_without_keyring: false,
        }
    }
}

impl SecuritySettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if self.lock_after_minutes > LONGEST_IDLE_MINUTES {
            return invalid("security.lock_after_minutes", "must be 0 (never) to 1440");
        }
        if !PROOF_MINUTES.contains(&self.proof_minutes) {
            return invalid("security.proof_minutes", "must be 1 to 60");
        }
        Ok(())
    }
}
