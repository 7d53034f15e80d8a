//! What an enrolment's journal holds, line by line, and how an enrolment may end.

use super::failure::FailureClass;
use crate::problem::Problem;
use crate::webauthn::{
    ClientData, CreationOptions, CredentialId, Expectation, MadeCredential, attestation, base64url,
};
use serde::{Deserialize, Serialize};

/// The steps in their order; each is journalled before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// Person, policy and the key's own state, once more. Writes nothing.
    Preflight,
    Reset,
    /// Sets or changes the PIN; with `KeepExisting` it is only checked.
    Pin,
    /// Minimum PIN length and always-UV.
    ConfigureKey,
    CreationOptions,
    MakeCredential,
    /// Local verification of what the key made.
    Verify,
    Register,
    /// The new passkey is seen in the person's list.
    Confirm,
    ForcePinChange,
    RemoveOld,
    /// CSV row, letter, label. When it is done, the enrolment is.
    HandOver,
}

impl Step {
    pub const ALL: [Self; 12] = [
        Self::Preflight,
        Self::Reset,
        Self::Pin,
        Self::ConfigureKey,
        Self::CreationOptions,
        Self::MakeCredential,
        Self::Verify,
        Self::Register,
        Self::Confirm,
        Self::ForcePinChange,
        Self::RemoveOld,
        Self::HandOver,
    ];
}

/// What takes back an effect; repeating one is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UndoStep {
    /// Remove the method from the directory. Without an id it is not known whether there is one:
    /// list and compare with the credential id of [`super::Ceremony::made`].
    DirectoryMethod { method_id: Option<String> },
    /// Delete the credential from the key (needs the PIN). Without an id: the one that
    /// [`super::Ceremony::leftover`] picks from the key's list, if any.
    KeyCredential { id: Option<CredentialId> },
}

/// What the operator may answer after a failure, or about an unfinished enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// The step again; for an unfinished enrolment: resume.
    Retry,
    ResetKey,
    /// Take back what is there and give this person another key.
    NewKey,
    /// Take back what is there and leave this person out.
    Skip,
    /// Take back what this run left on the key and in the directory.
    RollBack,
    /// Go on without this step; the outcome says what is left.
    LeaveIt,
}

/// One line of an enrolment's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Written before the step has any effect.
    Intended {
        step: Step,
    },
    Done {
        step: Step,
        fact: Fact,
    },
    Failed {
        step: Step,
        class: FailureClass,
        problem: Problem,
    },
    /// What was found out about a step whose result was unknown.
    Resolved {
        step: Step,
        finding: Finding,
    },
    /// Finding out failed; the step's result is still unknown.
    ResolveFailed {
        step: Step,
        class: FailureClass,
        problem: Problem,
    },
    Answered {
        answer: Answer,
        reason: Option<String>,
    },
    Undone {
        step: UndoStep,
        result: UndoResult,
    },
    UndoFailed {
        step: UndoStep,
        class: FailureClass,
        problem: Problem,
    },
    /// Of the old passkeys that [`Step::RemoveOld`] removes, this one is out of the directory.
    OldRemoved {
        method_id: String,
    },
    /// The operator ends the enrolment as it stands.
    Abandoned {
        reason: String,
    },
}

/// What a finished step leaves that later steps need and a kill must not lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    Nothing,
    Options(OptionsFact),
    Made(Box<MadeFact>),
    Registered { method_id: String },
}

impl Fact {
    pub fn options(options: &CreationOptions) -> Self {
        Self::Options(OptionsFact {
            expectation: options.expectation(),
            user_id: options.user.id.clone(),
            expires_at: options.expires_at,
        })
    }

    pub fn made(
        options: &CreationOptions,
        client_data: &ClientData,
        made: &MadeCredential,
    ) -> Self {
        Self::Made(Box::new(MadeFact {
            credential_id: attestation::credential_id(made),
            client_data: client_data.clone(),
            attestation_object: attestation::object(made),
            expires_at: options.expires_at,
        }))
    }
}

/// The creation options without the challenge: what recognises and verifies the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionsFact {
    pub expectation: Expectation,
    #[serde(with = "base64url")]
    pub user_id: Vec<u8>,
    pub expires_at: Option<jiff::Timestamp>,
}

/// What the key made: all that is needed to verify it and send it later. Public data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFact {
    /// Absent when the key's authenticator data can't be read; verification then refuses it.
    pub credential_id: Option<CredentialId>,
    pub client_data: ClientData,
    #[serde(with = "base64url")]
    pub attestation_object: Vec<u8>,
    /// When the challenge inside the client data lapses.
    pub expires_at: Option<jiff::Timestamp>,
}

/// The answer to [`super::Action::Resolve`], by step: look, write nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// Reset: the key has no PIN and no credentials.
    Fresh,
    /// Reset: the key still has a PIN or credentials. Asked about, never redone silently.
    NotReset,
    /// Pin: the key has none.
    PinNotSet,
    /// Pin: the key has the PIN this enrolment wanted.
    PinHolds,
    /// Pin: the key has another one.
    PinDiffers {
        retries_left: Option<u8>,
    },
    PinBlocked,
    /// Pin: too few tries are left to check without being asked ([`super::Ceremony::pin_try`]).
    FewTries {
        retries_left: u8,
    },
    /// MakeCredential: there is one of this person, and its attestation is lost.
    CredentialOnKey {
        id: CredentialId,
    },
    NoCredential,
    /// MakeCredential: the key can't list (no credential management). Making it anew overwrites
    /// one of the same relying party and user (CTAP 2.1, 6.1.2).
    CannotTell,
    /// Register: the directory lists our credential id.
    Registered {
        method_id: String,
    },
    /// Register: it stayed absent from the list for as long as the directory's delay may last.
    NotRegistered,
    /// ForcePinChange: the key says that its PIN must be changed.
    ChangeForced,
    ChangeNotForced,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UndoResult {
    Removed,
    NothingThere,
    /// It can't be removed now (key gone, PIN unknown, no credential management).
    Left {
        why: String,
    },
}

/// How an enrolment ended. What this run made is either handed over, removed, or in `left`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    HandedOver {
        method_id: String,
        left: Vec<Left>,
    },
    /// `reason` is the operator's, where they were asked for it.
    RolledBack {
        then: Then,
        left: Vec<Left>,
        reason: Option<String>,
    },
    Abandoned {
        reason: String,
        left: Vec<Left>,
    },
}

/// What the operator wanted after the roll-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    Nothing,
    NewKey,
    SkipPerson,
}

/// Something that is (or may be) still there when an enrolment ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// The key keeps the PIN of this enrolment; do not purge it from the vault.
    PinOnKey,
    /// The key's minimum PIN length or always-UV.
    KeySettings,
    /// A credential of the person is, or may be, on the key.
    CredentialOnKey { id: Option<CredentialId> },
    /// The directory has, or may have, the method.
    DirectoryMethod { method_id: Option<String> },
    /// The PIN need not be changed at first use, though it was planned.
    PinChangeNotForced,
    /// Passkeys of the person that were to be removed.
    OldPasskeys { method_ids: Vec<String> },
    /// CSV row, letter or label could not be written.
    Outputs,
}
