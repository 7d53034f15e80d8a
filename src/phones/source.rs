//! Where a new number comes from.

use serde::{Deserialize, Serialize};

/// A property of a person in the directory that may hold a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// onPremisesExtensionAttributes, 1 to 15.
    Extension(u8),
    MobilePhone,
    /// The first of businessPhones.
    BusinessPhones,
}

impl Attribute {
    /// `extensionAttribute7`, `mobilePhone`, `businessPhones`, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|attribute| attribute.name().eq_ignore_ascii_case(name.trim()))
    }

    /// In the order they are offered.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::MobilePhone, Self::BusinessPhones].into_iter().chain((1..=15).map(Self::Extension))
    }

    /// The directory's own name of it.
    pub fn name(self) -> String {
        match self {
            Self::Extension(number) => format!("extensionAttribute{number}"),
            Self::MobilePhone => "mobilePhone".to_owned(),
            Self::BusinessPhones => "businessPhones".to_owned(),
        }
    }
}

/// Where the new numbers of a plan come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NumberSource {
    Attribute(Attribute),
    /// The column of this name in the list itself.
    Column(String),
}

impl NumberSource {
    /// Inside a sentence.
    pub fn name(&self) -> String {
        match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Column(name) => name.clone(),
        }
    }
}
