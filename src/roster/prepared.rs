//! A challenge that a file brings, with what the scripts keep beside it.

use super::fields::clean;
use crate::webauthn::{Challenge, base64url};
use jiff::{Timestamp, civil, tz::TimeZone};

/// Fetched before, by us or by the scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub challenge: Challenge,
    /// Absent where the file does not say.
    pub expires_at: Option<Timestamp>,
    /// Absent where the file does not say; [`FIRST_RELYING_PARTY`] in the scripts' first list.
    pub rp_id: Option<Box<str>>,
    /// The person's handle at the relying party, 1 to 64 bytes; absent where the file has none.
    pub user_id: Option<Box<[u8]>>,
}

/// What the scripts of the first generation had built in.
pub const FIRST_RELYING_PARTY: &str = "login.microsoft.com";

impl Prepared {
    /// Fills in what a file of the scripts' first generation leaves out.
    pub(super) fn of_first_generation(&mut self) {
        self.rp_id.get_or_insert_with(|| FIRST_RELYING_PARTY.into());
    }
}

/// What is wrong with a challenge in the file. The person is not touched by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeFault {
    #[error("the challenge can't be decoded")]
    Text,
    #[error("the time of its expiry can't be read")]
    Expiry,
    #[error("the relying party is no domain")]
    RelyingParty,
    #[error("the user's handle can't be decoded")]
    UserId,
}

/// The cells as they stand in the file; empty ones are absent.
#[derive(Clone, Copy, Default)]
pub(super) struct PreparedCells<'a> {
    pub challenge: &'a str,
    pub expires_at: &'a str,
    pub rp_id: &'a str,
    pub user_id: &'a str,
}

impl PreparedCells<'_> {
    /// Nothing where there is no challenge, whatever stands beside it.
    pub(super) fn read(self) -> Result<Option<Prepared>, ChallengeFault> {
        let text = self.challenge.trim();
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(Prepared {
            challenge: Challenge::parse(text).map_err(|_| ChallengeFault::Text)?,
            expires_at: expiry(self.expires_at.trim())?,
            rp_id: relying_party(self.rp_id)?,
            user_id: user_id(self.user_id.trim())?,
        }))
    }
}

/// A time without a zone is UTC: the service writes no other.
fn expiry(text: &str) -> Result<Option<Timestamp>, ChallengeFault> {
    if text.is_empty() {
        return Ok(None);
    }
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        // A date alone is a day, not an instant.
        Err(_) if text.len() <= 10 => return Err(ChallengeFault::Expiry),
        Err(_) => {
            let local: civil::DateTime = text.parse().map_err(|_| ChallengeFault::Expiry)?;
            TimeZone::UTC.to_timestamp(local).map_err(|_| ChallengeFault::Expiry)?
        }
    };
    // Services write year 1 where they have no time.
    Ok((at > Timestamp::UNIX_EPOCH).then_some(at))
}

fn relying_party(cell: &str) -> Result<Option<Box<str>>, ChallengeFault> {
    let Some(id) = clean(cell) else { return Ok(None) };
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_domain = id.len() <= 253 && id.split('.').all(is_label);
    if is_domain { Ok(Some(id)) } else { Err(ChallengeFault::RelyingParty) }
}

fn user_id(text: &str) -> Result<Option<Box<[u8]>>, ChallengeFault> {
    if text.is_empty() {
        return Ok(None);
    }
    match base64url::decode_any(text) {
        Some(id) if (1..=64).contains(&id.len()) => Ok(Some(id.into())),
        _ => Err(ChallengeFault::UserId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: PreparedCells<'_> = PreparedCells {
        challenge: "AAECAwQFBgcICQoLDA0ODw",
        expires_at: "2026-11-22T11:26:35Z",
        rp_id: "login.microsoft.com",
        user_id: "T0ZA",
    };

    #[test]
    fn a_challenge_brings_its_expiry_relying_party_and_handle() {
        let read = GOOD.read().unwrap().unwrap();
        assert_eq!(read.challenge.0, "AAECAwQFBgcICQoLDA0ODw");
        assert_eq!(read.expires_at, Some("2026-11-22T11:26:35Z".parse().unwrap()));
        assert_eq!(read.rp_id.as_deref(), Some("login.microsoft.com"));
        assert_eq!(read.user_id.as_deref(), Some(&b"OF@"[..]));
    }

    #[test]
    fn expiry_is_read_as_services_and_scripts_write_it() {
        let at =
            |text| PreparedCells { expires_at: text, ..GOOD }.read().map(|p| p.unwrap().expires_at);
        let expected = Some("2026-11-22T11:26:35Z".parse().unwrap());
        for text in [
            "2026-11-22T11:26:35Z",
            "2026-11-22T11:26:35.0000000Z",
            " 2026-11-22 11:26:35 ",
            "2026-11-22T11:26:35",
            "2026-11-22T12:26:35+01:00",
        ] {
            assert_eq!(at(text), Ok(expected), "{text}");
        }
        assert_eq!(at(""), Ok(None));
        assert_eq!(at("0001-01-01T00:00:00Z"), Ok(None));
        for text in ["22/11/2026 11:26", "2026-11-22", "soon", "1e9"] {
            assert_eq!(at(text), Err(ChallengeFault::Expiry), "{text}");
        }
    }

    #[test]
    fn each_wrong_cell_is_named() {
        let short = PreparedCells { challenge: "AAAA", ..GOOD };
        assert_eq!(short.read(), Err(ChallengeFault::Text));
        assert_eq!(PreparedCells { challenge: "#NAME?", ..GOOD }.read(), Err(ChallengeFault::Text));
        let party = PreparedCells { rp_id: "https://x/", ..GOOD };
        assert_eq!(party.read(), Err(ChallengeFault::RelyingParty));
        let handle = "A".repeat(90);
        let handle = PreparedCells { user_id: &handle, ..GOOD };
        assert_eq!(handle.read(), Err(ChallengeFault::UserId));
        assert_eq!(PreparedCells { challenge: " ", ..handle }.read(), Ok(None));
    }
}
