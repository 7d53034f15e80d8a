//! What a plan is to do.

use super::{NumberSource, PhoneKind};
use serde::{Deserialize, Serialize};

/// The wishes behind a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOptions {
    pub kind: PhoneKind,
    pub source: NumberSource,
    pub others: Others,
    pub blank: Blank,
    /// Country of numbers without a code, two letters (ISO 3166).
    pub default_country: String,
    /// Numbers of other countries are refused; empty takes all.
    pub only_countries: Vec<String>,
    /// Numbers that are in no country's plan as known here are taken too, if they are as long as
    /// one.
    #[serde(default)]
    pub unassigned_too: bool,
    pub disabled_too: bool,
    pub guests_too: bool,
}

/// People who have another number of this kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Others {
    #[default]
    Change,
    LeaveAlone,
}

/// People whose source is blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blank {
    #[default]
    LeaveAlone,
    /// Their registered number is removed.
    Remove,
}

/// The wishes behind a plan as a command or a request says them: what a tenant's settings say is
/// not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanWish {
    pub kind: PhoneKind,
    pub source: NumberSource,
    pub others: Others,
    pub blank: Blank,
    /// Country of numbers without a code; the tenant's when absent.
    pub country: Option<String>,
    pub unassigned_too: bool,
    pub disabled_too: bool,
    pub guests_too: bool,
}

impl PlanWish {
    /// With what the tenant's settings say.
    pub fn options(self, tenants_country: Option<&str>, only_countries: &[String]) -> PlanOptions {
        let country = self.country.as_deref().or(tenants_country);
        PlanOptions {
            kind: self.kind,
            source: self.source,
            others: self.others,
            blank: self.blank,
            default_country: country.unwrap_or_default().to_owned(),
            only_countries: only_countries.to_vec(),
            unassigned_too: self.unassigned_too,
            disabled_too: self.disabled_too,
            guests_too: self.guests_too,
        }
    }
}
