//! Why a key that may have a serial did not tell it.

use crate::problem::Explain;

/// What came of asking a YubiKey's smart card side for the serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSerial {
    #[error("more than one YubiKey is plugged in")]
    SeveralKeys,
    #[error("no PC/SC service runs")]
    NoService,
    #[error("the PC/SC service, or the card behind it, does not answer")]
    Silent,
    #[error("the key's smart card side is not there")]
    NoCard,
    #[error("another program holds the key's smart card side for itself")]
    InUse,
    #[error("the key's smart card side answered what is no serial")]
    Unreadable,
}

impl Explain for NoSerial {
    fn what(&self) -> String {
        match self {
            Self::SeveralKeys => {
                "Several YubiKeys are plugged in, and a smart card does not tell which of them it is"
            }
            Self::NoService => "No smart card service (PC/SC) runs on this computer",
            Self::Silent => "The smart card service (PC/SC) does not answer",
            Self::NoCard => "The smart card service (PC/SC) does not see this key",
            Self::InUse => "Another program keeps the key's smart card side for itself",
            Self::Unreadable => "The key's smart card side answered nothing that is a serial",
        }
        .to_owned()
    }

    fn next(&self) -> String {
        match self {
            Self::SeveralKeys => "Type the serial printed on it, or insert it again alone",
            Self::InUse => "Type the serial printed on it, or close that program",
            Self::NoService | Self::Silent | Self::NoCard | Self::Unreadable => {
                "Type the serial printed on the key"
            }
        }
        .to_owned()
    }
}
