//! What an operator is at this station.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A kind of work; an operator can have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Gives one person one key.
    Clerk,
    /// Gives many people keys.
    Provisioner,
    /// Checks callers, changes phone methods, issues passes.
    Helpdesk,
    /// Sees and exports PINs.
    PinOfficer,
    /// Changes the station's settings and secrets.
    Administrator,
}

impl Role {
    /// In the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::Clerk, Self::Provisioner, Self::Helpdesk, Self::PinOfficer, Self::Administrator];

    /// As the operator reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clerk => "Clerk",
            Self::Provisioner => "Provisioner",
            Self::Helpdesk => "Helpdesk",
            Self::PinOfficer => "PIN officer",
            Self::Administrator => "Administrator",
        }
    }
}

/// The roles of one operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Where no rule gives roles, everybody has them all.
    pub fn all() -> Self {
        Role::ALL.into_iter().collect()
    }

    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}
