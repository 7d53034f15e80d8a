//! The acts that can ask for a fresh proof.

use super::Role;
use serde::{Deserialize, Serialize};

/// A kind of act that hurts when the wrong person does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A sealed PIN on the screen or on a letter.
    RevealPin,
    /// Sealed PINs into a file.
    ExportPins,
    /// A person's keys out of the directory.
    RemoveKeys,
    /// A person's phone method.
    ChangePhone,
    /// A Temporary Access Pass.
    IssuePass,
    /// A reset of a key that holds a PIN or credentials.
    ResetUsedKey,
    /// Secrets and who may do what.
    ChangeSecrets,
}

impl Act {
    /// In the order they are offered.
    pub const ALL: [Self; 7] = [
        Self::RevealPin,
        Self::ExportPins,
        Self::RemoveKeys,
        Self::ChangePhone,
        Self::IssuePass,
        Self::ResetUsedKey,
        Self::ChangeSecrets,
    ];

    /// As the end of the sentence "Confirm that it is you, to ...".
    pub fn purpose(self) -> &'static str {
        match self {
            Self::RevealPin => "reveal PINs",
            Self::ExportPins => "export PINs",
            Self::RemoveKeys => "remove a person's keys",
            Self::ChangePhone => "change phone methods",
            Self::IssuePass => "issue a pass",
            Self::ResetUsedKey => "reset a used key",
            Self::ChangeSecrets => "change secrets and security settings",
        }
    }

    /// The word in the settings' file and in the history.
    pub fn word(self) -> &'static str {
        match self {
            Self::RevealPin => "reveal-pin",
            Self::ExportPins => "export-pins",
            Self::RemoveKeys => "remove-keys",
            Self::ChangePhone => "change-phone",
            Self::IssuePass => "issue-pass",
            Self::ResetUsedKey => "reset-used-key",
            Self::ChangeSecrets => "change-secrets",
        }
    }

    /// Roles that may do it; one of them is enough.
    pub fn roles(self) -> &'static [Role] {
        match self {
            // A clerk gives the person the PIN of the key just made.
            Self::RevealPin => &[Role::Clerk, Role::Provisioner, Role::PinOfficer],
            Self::ExportPins => &[Role::PinOfficer],
            Self::RemoveKeys => &[Role::Clerk, Role::Provisioner, Role::Helpdesk],
            Self::ResetUsedKey => &[Role::Clerk, Role::Provisioner],
            Self::ChangePhone | Self::IssuePass => &[Role::Helpdesk],
            Self::ChangeSecrets => &[Role::Administrator],
        }
    }
}
