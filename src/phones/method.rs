//! Phone methods as a directory has them.

use super::NumberText;
use serde::{Deserialize, Serialize};

/// One number of each kind can be registered for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneKind {
    Mobile,
    AlternateMobile,
    Office,
}

impl PhoneKind {
    /// In the order they are offered.
    pub const ALL: [Self; 3] = [Self::Mobile, Self::AlternateMobile, Self::Office];

    /// As a label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mobile => "Mobile",
            Self::AlternateMobile => "Alternate mobile",
            Self::Office => "Office",
        }
    }

    /// Inside a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::AlternateMobile => "alternate mobile",
            Self::Office => "office phone",
        }
    }

    /// Whether codes by text message can reach it; the others are called.
    pub fn gets_texts(self) -> bool {
        self == Self::Mobile
    }
}

/// One registered phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneMethod {
    pub kind: PhoneKind,
    /// As the directory has it; it may hide most of it.
    pub number: NumberText,
    pub sms: SmsSignIn,
}

/// Whether the person can sign in with a text message alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsSignIn {
    /// Not for this kind of phone, or the directory has no such thing.
    NotSupported,
    NotAllowedByPolicy,
    NotEnabled,
    NotConfigured,
    /// Somebody else signs in with this number.
    NumberNotUnique,
    Ready,
}

impl SmsSignIn {
    pub fn words(self) -> &'static str {
        match self {
            Self::NotSupported => "Not for this kind of phone",
            Self::NotAllowedByPolicy => "Not allowed by policy",
            Self::NotEnabled => "Off",
            Self::NotConfigured => "Not set up",
            Self::NumberNotUnique => "Somebody else signs in with this number",
            Self::Ready => "On",
        }
    }
}
