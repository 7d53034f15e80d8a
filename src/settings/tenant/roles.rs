//! Which groups and app roles of a tenant make an operator what.

use super::super::file::{SettingsError, invalid};
use crate::access::Role;
use serde::{Deserialize, Serialize};

/// Who is in the source has the role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct RoleRule {
    pub role: Role,
    pub from: RoleSource,
    /// The group's name when it was chosen, for the eye; decides nothing.
    pub name: Option<String>,
}

/// What the directory says of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleSource {
    /// Object id of a group, nested members included.
    Group(String),
    /// Value of an app role of the application, as in the `roles` claim.
    AppRole(String),
}

/// The table as it stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    role: Role,
    group: Option<String>,
    app_role: Option<String>,
    name: Option<String>,
}

impl RoleRule {
    pub fn new(role: Role, from: RoleSource) -> Self {
        Self { role, from, name: None }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let (key, text) = match &self.from {
            RoleSource::Group(id) => ("tenants.roles.group", id),
            RoleSource::AppRole(value) => ("tenants.roles.app_role", value),
        };
        // An empty one would be nobody's, or everybody's by a slip in a comparison.
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return invalid(key, "must name a group or an app role");
        }
        Ok(())
    }
}

impl TryFrom<Form> for RoleRule {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, &'static str> {
        let from = match (form.group, form.app_role) {
            (Some(group), None) => RoleSource::Group(group),
            (None, Some(value)) => RoleSource::AppRole(value),
            _ => return Err("a role comes from either group or app_role"),
        };
        Ok(Self { role: form.role, from, name: form.name })
    }
}

impl From<RoleRule> for Form {
    fn from(rule: RoleRule) -> Self {
        let (group, app_role) = match rule.from {
            RoleSource::Group(id) => (Some(id), None),
            RoleSource::AppRole(value) => (None, Some(value)),
        };
        Self { role: rule.role, group, app_role, name: rule.name }
    }
}
