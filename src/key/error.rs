//! Why a key did not do what it was asked, by cause, and what the operator can do about it.

use crate::problem::{Detail, Explain};

/// Why a key did not do what it was asked, by cause.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    #[error("key removed")]
    Removed,
    #[error("key silent")]
    Silent,
    #[error("no touch in time")]
    NoTouch,
    #[error("cancelled")]
    Cancelled,
    #[error("access to the key denied")]
    Denied,
    /// Another program holds the key, or this one has more waiting for it than it may.
    #[error("key busy")]
    Busy,
    #[error("wrong PIN")]
    PinInvalid { retries_left: Option<u8> },
    /// Three wrong PINs in a row: the key must be pulled out and put back.
    #[error("PIN refused until the key is re-plugged")]
    PinAuthBlocked { retries_left: Option<u8> },
    #[error("PIN blocked: only a reset helps")]
    PinBlocked,
    #[error("no PIN set")]
    PinNotSet,
    /// The key has a PIN and does this only with it.
    #[error("PIN required")]
    PinRequired,
    /// Length in characters; also when a minimum length below the present one is asked for.
    #[error("PIN against the key's own policy")]
    PinPolicy { min_length: Option<u8> },
    #[error("PIN must be changed first")]
    PinMustChange,
    #[error("credential of this person is already on the key")]
    Excluded,
    #[error("key full")]
    Full,
    /// A reset is accepted only shortly after plugging in.
    #[error("not allowed now")]
    NotAllowed,
    /// A reset in time, after the key was asked what is on it: some keys take a reset only as the
    /// first command.
    #[error("reset only as the first command")]
    ResetNotFirst,
    /// The text names what is missing, such as `credential management`.
    #[error("not supported by this key: {0}")]
    Unsupported(&'static str),
    /// A CTAP2 status that has no meaning of its own here.
    #[error("key answered status {0:#04x}")]
    Status(u8),
    #[error("unreadable answer: {0}")]
    Malformed(String),
    /// The client panicked on what the key sent; the job ended, the station goes on.
    #[error("key sent data that can't be read")]
    Panicked,
    #[error("transport: {0}")]
    Transport(String),
}

impl Explain for KeyError {
    fn what(&self) -> String {
        match self {
            Self::Removed => "The key was pulled out".into(),
            Self::Silent => "The key does not answer".into(),
            Self::NoTouch => "Nobody touched the key in time".into(),
            Self::Cancelled => "The key's work was cancelled".into(),
            Self::Denied => "This computer does not let the program use the key".into(),
            Self::Busy => "The key is busy".into(),
            Self::PinInvalid { retries_left } => wrong_pin(*retries_left),
            Self::PinAuthBlocked { retries_left } => match retries_left {
                Some(left) => format!(
                    "Too many wrong PINs in a row; {} left once the key is put back",
                    tries(*left)
                ),
                None => "Too many wrong PINs in a row".into(),
            },
            Self::PinBlocked => "The key's PIN is blocked for good".into(),
            Self::PinNotSet => "The key has no PIN".into(),
            Self::PinRequired => "The key has a PIN already".into(),
            Self::PinPolicy { min_length: Some(length) } => {
                format!("The key takes no PIN under {length} characters")
            }
            Self::PinPolicy { min_length: None } => "The key does not take this PIN".into(),
            Self::PinMustChange => "The key wants its PIN changed before anything else".into(),
            Self::Excluded => "The key already holds a credential of this person".into(),
            Self::Full => "The key has no room for another credential".into(),
            Self::NotAllowed => "The key does not allow this now".into(),
            Self::ResetNotFirst => "Whose key this is can't be checked at its reset".into(),
            Self::Unsupported(what) => format!("This key does not support {what}"),
            Self::Status(_) => "The key refused".into(),
            Self::Malformed(_) | Self::Panicked => "The key sent something unreadable".into(),
            Self::Transport(_) => "The connection to the key failed".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Removed => "Put the same key back in",
            Self::Silent | Self::Malformed(_) | Self::Panicked | Self::Transport(_) => {
                "Pull the key out, put it back in and try again; if it stays so, take another key"
            }
            Self::NoTouch => "Try again and touch the key while it blinks",
            Self::Cancelled => "Try again when you are ready",
            Self::Denied if cfg!(windows) => {
                "Close Keydesk and start it as administrator: Windows lets no other program use \
                 security keys"
            }
            Self::Denied => {
                "Install the device rule that comes with the program, or start it with the rights \
                 to use security keys"
            }
            Self::Busy => "Close other programs that use the key, then try again",
            Self::PinInvalid { .. } => "Type the right PIN, or reset the key",
            Self::PinAuthBlocked { .. } => {
                "Pull the key out, put it back in and type the right PIN"
            }
            Self::PinBlocked => "Reset the key, which erases it, or take another key",
            Self::PinNotSet => "Set a PIN first",
            Self::PinRequired => "Type the key's PIN, or reset the key",
            Self::PinPolicy { .. } => "Choose a longer PIN",
            Self::PinMustChange => "Change the key's PIN",
            Self::Excluded => {
                "Remove the person's old credential or reset the key, or take another key"
            }
            Self::Full => "Remove credentials from the key, reset it, or take another key",
            Self::NotAllowed => {
                "To reset the key, pull it out, put it back in and start within ten seconds"
            }
            Self::ResetNotFirst => "Reset it, and put the same key back",
            Self::Unsupported(_) => "Take a newer key, or change the settings that ask for it",
            Self::Status(_) => "Try again; if it stays so, take another key",
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Status(status) => vec![Detail::new("CTAP status", format!("{status:#04x}"))],
            Self::Malformed(text) | Self::Transport(text) => vec![Detail::new("cause", text)],
            Self::ResetNotFirst => {
                vec![Detail::new("cause", "it takes a reset only before it is asked anything")]
            }
            Self::PinInvalid { retries_left: Some(left) }
            | Self::PinAuthBlocked { retries_left: Some(left) } => {
                vec![Detail::new("PIN tries left", left.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

fn wrong_pin(retries_left: Option<u8>) -> String {
    match retries_left {
        Some(left) => format!("Wrong PIN; {} left", tries(left)),
        None => "Wrong PIN".into(),
    }
}

fn tries(count: u8) -> String {
    if count == 1 { "1 try".into() } else { format!("{count} tries") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pin_is_told_with_the_tries_left() {
        let error = KeyError::PinInvalid { retries_left: Some(5) };
        assert_eq!(error.what(), "Wrong PIN; 5 tries left");
        assert_eq!(KeyError::PinInvalid { retries_left: Some(1) }.what(), "Wrong PIN; 1 try left");
    }

    #[test]
    fn an_unknown_status_is_among_the_details() {
        assert_eq!(KeyError::Status(0x3D).details(), vec![Detail::new("CTAP status", "0x3d")]);
    }
}
