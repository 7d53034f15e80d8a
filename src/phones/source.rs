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

/// In front of a column's name.
const COLUMN: &str = "column:";

impl NumberSource {
    /// `extensionAttribute7`, `mobilePhone`, `businessPhones` or `column:NAME`.
    pub fn from_text(text: &str) -> Option<Self> {
        match text.strip_prefix(COLUMN).map(str::trim) {
            Some("") => None,
            Some(name) => Some(Self::Column(name.to_owned())),
            None => Attribute::from_name(text).map(Self::Attribute),
        }
    }

    /// Inside a sentence.
    pub fn name(&self) -> String {
        match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Column(name) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_attribute_or_a_named_column() {
        let attribute = |attribute| Some(NumberSource::Attribute(attribute));
        assert_eq!(
            NumberSource::from_text("ExtensionAttribute15"),
            attribute(Attribute::Extension(15))
        );
        assert_eq!(NumberSource::from_text("mobilephone"), attribute(Attribute::MobilePhone));
        let column = NumberSource::Column("Mobile (new)".into());
        assert_eq!(NumberSource::from_text("column: Mobile (new)"), Some(column));
        for wrong in ["extensionAttribute16", "extensionAttribute0", "column:", "", "Mobile"] {
            assert_eq!(NumberSource::from_text(wrong), None, "{wrong}");
        }
    }
}
