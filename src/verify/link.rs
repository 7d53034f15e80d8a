//! Links that open a caller from a ticket: `keydesk://verify?ticket=2818&user=...`.
//!
//! | name | what it is |
//! |---|---|
//! | `ticket` | the ticket's number |
//! | `user` | the caller's user name or mail address |
//! | `tenant` | a domain of the tenant |
//! | `t` | when it was made, in seconds since 1970 UTC |
//! | `n` | 16 to 64 letters and digits that are used once |
//! | `s` | HMAC-SHA256, 64 hexadecimal digits |
//!
//! What is signed: the lines `keydesk-verify-1`, ticket, user, tenant, t and n, each ended by a line
//! feed; what is absent is an empty line. A web page can open a link, but not sign one: an unsigned
//! or old one fills the form and nothing more.

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

const VERSION: &str = "keydesk-verify-1";
const LONGEST: usize = 2048;
const KEY_BYTES: usize = 32;
const NONCE: std::ops::RangeInclusive<usize> = 16..=64;
/// How old a signed link may be.
const AGE: SignedDuration = SignedDuration::from_mins(5);
/// How far the clock of the signer may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// A link as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyLink {
    pub ticket: Option<u64>,
    pub user: Option<String>,
    pub tenant: Option<String>,
    made: Option<i64>,
    nonce: Option<String>,
    tag: Option<Vec<u8>>,
}

/// Why a text is no link of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    #[error("it is no link of Keydesk")]
    Foreign,
    #[error("it is too long")]
    TooLong,
    #[error("{0} stands in it twice")]
    Twice(&'static str),
    #[error("{0} can't be read")]
    Unreadable(&'static str),
    #[error("it names neither a ticket nor a user")]
    Empty,
}

/// How far a link is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Signed, fresh; unless its nonce was used before.
    Signed {
        nonce: String,
    },
    /// It only fills the form.
    Unsigned,
    /// A signature that is not right.
    Forged,
    Old,
    /// Made in the future: one of the two clocks is wrong.
    Early,
}

/// The key that signs links of one tenant. No Debug.
pub struct LinkKey(hmac::Key);

impl LinkKey {
    /// Reads 64 hexadecimal digits.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = from_hex(text.trim())?;
        (bytes.len() == KEY_BYTES).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// A key out of chance, as text.
pub fn key_text(random: &[u8; KEY_BYTES]) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(to_hex(random))
}

impl VerifyLink {
    /// # Errors
    /// [`LinkFault`].
    pub fn read(text: &str) -> Result<Self, LinkFault> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(LinkFault::TooLong);
        }
        let rest = strip_scheme(text).ok_or(LinkFault::Foreign)?;
        let query = rest.strip_prefix("verify").ok_or(LinkFault::Foreign)?;
        let query = query.strip_prefix('/').unwrap_or(query);
        let query = query.strip_prefix('?').ok_or(LinkFault::Foreign)?;
        let part = |name| part(query, name);
        let read_number = |text: String| text.trim_start_matches('#').parse::<u64>();
        let link = Self {
            ticket: part("ticket")?
                .map(read_number)
                .transpose()
                .map_err(|_| LinkFault::Unreadable("ticket"))?,
            user: part("user")?,
            tenant: part("tenant")?,
            made: part("t")?
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| LinkFault::Unreadable("t"))?,
            nonce: part("n")?,
            tag: part("s")?
                .map(|text| from_hex(&text).ok_or(LinkFault::Unreadable("s")))
                .transpose()?,
        };
        match (&link.ticket, &link.user) {
            (None, None) => Err(LinkFault::Empty),
            _ => Ok(link),
        }
    }

    pub fn is_signed(&self) -> bool {
        self.tag.is_some()
    }

    /// How far it is believed, with the tenant's key where there is one.
    pub fn trust(&self, key: Option<&LinkKey>, now: Timestamp) -> Trust {
        let (Some(tag), Some(made), Some(nonce)) = (&self.tag, self.made, &self.nonce) else {
            return if self.tag.is_some() { Trust::Forged } else { Trust::Unsigned };
        };
        let is_nonce =
            NONCE.contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let Some(key) = key.filter(|_| is_nonce) else { return Trust::Forged };
        if hmac::verify(&key.0, self.signed_text().as_bytes(), tag).is_err() {
            return Trust::Forged;
        }
        let Ok(made) = Timestamp::from_second(made) else { return Trust::Forged };
        let age = now.duration_since(made);
        match age {
            age if age > AGE => Trust::Old,
            age if age < -AHEAD => Trust::Early,
            _ => Trust::Signed { nonce: nonce.clone() },
        }
    }

    fn signed_text(&self) -> String {
        let text = |part: Option<String>| part.unwrap_or_default();
        let parts = [
            VERSION.to_owned(),
            text(self.ticket.map(|ticket| ticket.to_string())),
            text(self.user.clone()),
            text(self.tenant.clone()),
            text(self.made.map(|made| made.to_string())),
            text(self.nonce.clone()),
        ];
        parts.iter().map(|part| format!("{part}\n")).collect()
    }

    /// A signed link. The nonce is the caller's chance.
    pub fn sign(
        (ticket, user, tenant): (Option<u64>, Option<&str>, Option<&str>),
        key: &LinkKey,
        nonce: &str,
        now: Timestamp,
    ) -> String {
        let mut link = Self {
            ticket,
            user: user.map(str::to_owned),
            tenant: tenant.map(str::to_owned),
            made: Some(now.as_second()),
            nonce: Some(nonce.to_owned()),
            tag: None,
        };
        let tag = hmac::sign(&key.0, link.signed_text().as_bytes());
        link.tag = Some(tag.as_ref().to_vec());
        link.written()
    }

    /// A link that only fills the form.
    pub fn unsigned(ticket: Option<u64>, user: Option<&str>) -> String {
        let user = user.map(str::to_owned);
        Self { ticket, user, tenant: None, made: None, nonce: None, tag: None }.written()
    }

    fn written(&self) -> String {
        let escape = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let parts = [
            ("ticket", self.ticket.map(|ticket| ticket.to_string())),
            ("user", self.user.as_deref().map(escape)),
            ("tenant", self.tenant.as_deref().map(escape)),
            ("t", self.made.map(|made| made.to_string())),
            ("n", self.nonce.clone()),
            ("s", self.tag.as_deref().map(to_hex)),
        ];
        let parts =
            parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        format!("keydesk://verify?{}", parts.collect::<Vec<_>>().join("&"))
    }
}

fn strip_scheme(text: &str) -> Option<&str> {
    const SCHEME: &str = "keydesk:";
    let head = text.get(..SCHEME.len())?;
    let rest = head.eq_ignore_ascii_case(SCHEME).then(|| &text[SCHEME.len()..])?;
    Some(rest.strip_prefix("//").unwrap_or(rest))
}

/// The one part of this name, unescaped; nothing where it is absent or empty.
fn part(query: &str, name: &'static str) -> Result<Option<String>, LinkFault> {
    let named = |pair: &&str| pair.split_once('=').is_some_and(|(found, _)| found == name);
    let mut found = query.split('&').filter(named);
    let Some(pair) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(LinkFault::Twice(name));
    }
    let value = pair.split_once('=').map_or("", |(_, value)| value).replace('+', "%20");
    let value = percent_decode_str(&value).decode_utf8();
    let value = value.map_err(|_| LinkFault::Unreadable(name))?;
    if value.chars().any(char::is_control) {
        return Err(LinkFault::Unreadable(name));
    }
    Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    let plain = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| (0..text.len()).step_by(2).map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE_TEXT: &str = "a1b2c3d4e5f6a7b8";

    fn key(byte: u8) -> LinkKey {
        LinkKey::read(&key_text(&[byte; 32])).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-22T10:31:02Z".parse().unwrap()
    }

    fn signed() -> String {
        let parts = (Some(2818), Some("o'brien+x@larkfield.example"), Some("larkfield.example"));
        VerifyLink::sign(parts, &key(1), NONCE_TEXT, now())
    }

    fn trust_of(text: &str, at: Timestamp) -> Trust {
        VerifyLink::read(text).unwrap().trust(Some(&key(1)), at)
    }

    #[test]
    fn a_signed_link_is_believed_while_it_is_fresh() {
        let link = VerifyLink::read(&signed()).unwrap();
        assert_eq!(link.ticket, Some(2818));
        assert_eq!(link.user.as_deref(), Some("o'brien+x@larkfield.example"));
        let good = Trust::Signed { nonce: NONCE_TEXT.into() };
        let later = |seconds| now() + SignedDuration::from_secs(seconds);
        for (seconds, trust) in [
            (0, good.clone()),
            (300, good.clone()),
            (301, Trust::Old),
            (-120, good),
            (-121, Trust::Early),
        ] {
            assert_eq!(trust_of(&signed(), later(seconds)), trust, "{seconds}");
        }
    }

    #[test]
    fn a_changed_link_or_another_key_is_a_forgery() {
        let link = signed();
        for changed in [
            link.replace("2818", "2819"),
            link.replace("brien", "brian"),
            link.replace("larkfield%2Eexample&t", "pinewood%2Eexample&t"),
            link.replace(NONCE_TEXT, "a1b2c3d4e5f6a7b9"),
            link.replace("tenant=", "other="),
            format!("{}00", link),
        ] {
            assert_ne!(changed, link);
            assert_eq!(trust_of(&changed, now()), Trust::Forged, "{changed}");
        }
        let read = VerifyLink::read(&link).unwrap();
        assert_eq!(read.trust(Some(&key(2)), now()), Trust::Forged);
        assert_eq!(read.trust(None, now()), Trust::Forged);
        assert_eq!(trust_of("keydesk://verify?ticket=1&s=00", now()), Trust::Forged);
    }

    #[test]
    fn an_unsigned_link_fills_the_form() {
        for text in [
            "keydesk://verify?ticket=2818",
            "keydesk:verify?ticket=2818",
            "KEYDESK://verify/?ticket=2818&x=1",
            "  keydesk://verify?ticket=%32818\n",
        ] {
            let link = VerifyLink::read(text).unwrap();
            assert_eq!(link.ticket, Some(2818), "{text}");
            assert_eq!(link.trust(Some(&key(1)), now()), Trust::Unsigned);
        }
    }

    #[test]
    fn what_is_no_link_is_refused_with_its_reason() {
        let long = format!("keydesk://verify?ticket=1&user={}", "a".repeat(LONGEST));
        for (text, fault) in [
            ("https://verify?ticket=1", LinkFault::Foreign),
            ("keydesk://other?ticket=1", LinkFault::Foreign),
            ("keydesk://verify", LinkFault::Foreign),
            ("ключ", LinkFault::Foreign),
            ("keydesk://verify?", LinkFault::Empty),
            ("keydesk://verify?tenant=a.example", LinkFault::Empty),
            ("keydesk://verify?ticket=1&ticket=2", LinkFault::Twice("ticket")),
            ("keydesk://verify?ticket=x", LinkFault::Unreadable("ticket")),
            ("keydesk://verify?ticket=99999999999999999999999", LinkFault::Unreadable("ticket")),
            ("keydesk://verify?user=%ff", LinkFault::Unreadable("user")),
            ("keydesk://verify?user=a%0Ab", LinkFault::Unreadable("user")),
            ("keydesk://verify?ticket=1&s=zz", LinkFault::Unreadable("s")),
            (long.as_str(), LinkFault::TooLong),
        ] {
            assert_eq!(VerifyLink::read(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn the_recipe_of_the_manual_makes_the_same_signature() {
        let link = VerifyLink::sign((Some(7), None, None), &key(0), NONCE_TEXT, now());
        // printf 'keydesk-verify-1\n7\n\n\n1795343462\na1b2c3d4e5f6a7b8\n' |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:00..00
        let text = "keydesk-verify-1\n7\n\n\n1795343462\na1b2c3d4e5f6a7b8\n";
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]), text.as_bytes());
        assert!(link.ends_with(&to_hex(tag.as_ref())), "{link}");
    }
}
