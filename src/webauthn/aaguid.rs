//! A model's number.

use std::fmt;
use std::str::FromStr;

/// An authenticator's model number (FIDO2 AAGUID), 16 bytes; shown as a lower-case GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aaguid(pub [u8; 16]);

/// Text that is no GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID")]
pub struct NotAGuid;

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl FromStr for Aaguid {
    type Err = NotAGuid;

    /// Takes a GUID in either case, with or without hyphens.
    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        uuid::Uuid::parse_str(text.trim()).map(|guid| Self(guid.into_bytes())).map_err(|_| NotAGuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_in_any_case_is_read_and_shown_in_lower_case() {
        let aaguid: Aaguid = "2FC0579F-8113-47EA-B116-BB5A8DB9202A".parse().unwrap();
        assert_eq!(aaguid.0[..4], [0x2f, 0xc0, 0x57, 0x9f]);
        assert_eq!(aaguid.to_string(), "2fc0579f-8113-47ea-b116-bb5a8db9202a");
    }

    #[test]
    fn other_text_is_refused() {
        assert_eq!("YubiKey 5".parse::<Aaguid>(), Err(NotAGuid));
        assert_eq!("".parse::<Aaguid>(), Err(NotAGuid));
    }
}
