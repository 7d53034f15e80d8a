//! Why a sign-in failed, by cause.

use super::super::{CallFacts, DirectoryError};
use jiff::SignedDuration;

/// Why a person's sign-in failed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignInError {
    /// The login service said no, in the browser or to us.
    #[error("sign-in refused ({})", .0.error)]
    Refused(Box<Refusal>),
    /// The operator gave up.
    #[error("sign-in cancelled")]
    Cancelled,
    /// Nobody finished in time.
    #[error("nobody signed in in time")]
    TimedOut,
    /// No loopback address to wait at.
    #[error("can't listen for the browser: {reason}")]
    NoListener { reason: String },
    /// The answer doesn't prove who signed in.
    #[error("id token: {0}")]
    IdToken(IdTokenFault),
    /// This computer's clock; positive when it is ahead.
    #[error("this computer's clock is off by {by:#}")]
    ClockOff { by: SignedDuration },
    /// This login service gives no device codes.
    #[error("no device codes")]
    NoDeviceCode,
    /// Somebody else signed in than who had to.
    #[error("another person signed in")]
    AnotherPerson { expected: String, came: String },
    /// The service's description names an address of another service.
    #[error("the login service is elsewhere: {address}")]
    Elsewhere { address: String },
    #[error(transparent)]
    Directory(Box<DirectoryError>),
}

/// The login service's own reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The OAuth error; the only part that decides anything.
    pub error: String,
    /// The AADSTS number; chooses a help text.
    pub number: Option<u32>,
    pub facts: CallFacts,
    /// What a sign-in would have to satisfy, as JSON.
    pub claims: Option<String>,
}

/// What is wrong with an id token (OpenID Connect Core 1.0, 3.1.3.7).
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdTokenFault {
    #[error("the signature is wrong")]
    Signature,
    #[error("the signing key is unknown")]
    UnknownKey,
    #[error("another service issued it")]
    Issuer,
    #[error("it is for another application")]
    Audience,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it is of another tenant")]
    Tenant,
    #[error("the credentials were not shown anew")]
    NotFresh,
    #[error("the authentication context is missing")]
    Context,
    #[error("there is none")]
    Missing,
    #[error("it can't be read: {0}")]
    Garbled(&'static str),
}

impl From<DirectoryError> for SignInError {
    fn from(error: DirectoryError) -> Self {
        Self::Directory(Box::new(error))
    }
}

impl From<IdTokenFault> for SignInError {
    fn from(fault: IdTokenFault) -> Self {
        Self::IdToken(fault)
    }
}

impl From<SignInError> for DirectoryError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Directory(error) => *error,
            other => Self::Operator(Box::new(other)),
        }
    }
}

impl Refusal {
    /// Whether the person can put it right by signing in anew (RFC 6749, 5.2; OpenID Connect Core
    /// 1.0, 3.1.2.6).
    pub fn needs_person(&self) -> bool {
        matches!(
            self.error.as_str(),
            "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
        )
    }
}

impl SignInError {
    /// Whether a new sign-in of the person can put it right.
    pub fn needs_person(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.needs_person())
    }
}
