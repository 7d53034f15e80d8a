//! The ways a caller can prove who they are.

use serde::{Deserialize, Serialize};

/// How a caller is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A code by text message that the service makes and checks (Twilio Verify).
    VerifySms,
    /// A code of ours by text message (Twilio Messaging).
    MessageSms,
    /// A question on the person's phone.
    Push(PushKind),
}

/// Whose app asks on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushKind {
    /// OneTouch, for those who still have it.
    Authy,
    /// Twilio Verify Push, in an app of the company's own.
    Verify,
    Duo,
}

impl Channel {
    /// As the history, the ticket and the log name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::VerifySms | Self::MessageSms => "Code by text message",
            Self::Push(kind) => match kind {
                PushKind::Authy => "Push approval (Authy)",
                PushKind::Verify => "Push approval (Twilio Verify)",
                PushKind::Duo => "Push approval (Duo)",
            },
        }
    }

    /// The word in the log's column.
    pub fn word(self) -> &'static str {
        match self {
            Self::VerifySms => "verify-sms",
            Self::MessageSms => "message-sms",
            Self::Push(PushKind::Authy) => "push-authy",
            Self::Push(PushKind::Verify) => "push-verify",
            Self::Push(PushKind::Duo) => "push-duo",
        }
    }

    pub fn is_sms(self) -> bool {
        !matches!(self, Self::Push(_))
    }
}

impl PushKind {
    /// The product's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authy => "Authy OneTouch",
            Self::Verify => "Twilio Verify Push",
            Self::Duo => "Duo",
        }
    }
}
