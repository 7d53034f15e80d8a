//! Why a transport call failed: typed, cloneable, and askable after the fact.

use std::fmt;

/// Why the transport gave no answer. What the key itself answers (a CTAP2 status) is never here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Nothing was heard from the key for longer than [`crate::Limits::silence`], or it kept
    /// "processing" for longer than [`crate::Limits::touch`].
    #[error("the key does not answer")]
    Silent,
    /// The key asked for a touch and none came within [`crate::Limits::touch`].
    #[error("nobody touched the key in time")]
    NoTouch,
    /// The key was pulled out during the call.
    #[error("the key was pulled out")]
    Gone,
    /// No such device is plugged in; its insertion may be over.
    #[error("no such key is plugged in")]
    NotFound,
    /// The system does not let this program open the device.
    #[error("the system refuses access to the key")]
    Denied,
    /// Another program is talking to the key (CTAPHID ERR_CHANNEL_BUSY, or an exclusive open).
    #[error("another program is using the key")]
    Busy,
    /// The key refused the message with this CTAPHID error (CTAP 2.1, 11.2.9.1.6); 0x01 is
    /// "unknown command".
    #[error("the key refused the message (CTAPHID error 0x{0:02x})")]
    Refused(u8),
    /// The key sent frames that break the protocol.
    #[error("the key sent a malformed answer: {0}")]
    Malformed(Malformed),
    /// The system reported something else.
    #[error("the connection to the key failed: {0}")]
    Io(String),
}

/// What was wrong with a frame (CTAP 2.1, 11.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The announced length in bytes is impossible for this command.
    Length { command: u8, length: usize },
    /// A continuation frame came out of order.
    Sequence { expected: u8, got: u8 },
    /// A continuation frame came before any first frame.
    NoStart,
    /// An answer to a command that was not asked, or a new first frame inside an answer.
    Command { expected: u8, got: u8 },
    /// An INIT answer that gives an unusable channel.
    Channel,
    /// A CTAPHID error frame whose code says "no error".
    ErrorWithoutCode,
    /// A report that is not 64 bytes long.
    Report { length: usize },
    /// A request that no CTAPHID message can hold.
    Request { length: usize },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { command, length } => {
                write!(f, "{length} bytes announced for command 0x{command:02x}")
            }
            Self::Sequence { expected, got } => {
                write!(f, "frame {got} where frame {expected} was due")
            }
            Self::NoStart => f.write_str("a continuation without a first frame"),
            Self::Command { expected, got } => {
                write!(f, "command 0x{got:02x} where 0x{expected:02x} was due")
            }
            Self::Channel => f.write_str("an unusable channel id"),
            Self::ErrorWithoutCode => f.write_str("an error frame without an error"),
            Self::Report { length } => write!(f, "a report of {length} bytes"),
            Self::Request { length } => write!(f, "a request of {length} bytes"),
        }
    }
}

impl From<Malformed> for Reason {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
