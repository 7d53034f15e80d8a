//! Codes: what the agent types, and the keyed hash of a code of ours.

use aws_lc_rs::hmac;
use std::fmt;
use zeroize::Zeroizing;

/// Digits of every code that is read out: ours, and those of a service that is set up right.
pub const CODE_DIGITS: usize = 6;
/// Fewest and most digits of a code.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=10;

/// Digits of a code. Wiped when dropped; its Debug shows how many there are.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(Zeroizing<String>);

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsFault {
    #[error("there are other characters than digits in it")]
    Character,
    #[error("it has {found} digits")]
    Length { found: usize },
}

impl Digits {
    /// Reads what was typed; spaces and dashes between digits are left out.
    ///
    /// # Errors
    /// [`DigitsFault`]; it does not repeat the text.
    pub fn read(text: &str) -> Result<Self, DigitsFault> {
        let mut digits = Zeroizing::new(String::with_capacity(*LENGTHS.end()));
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            if !c.is_ascii_digit() {
                return Err(DigitsFault::Character);
            }
            if digits.len() == *LENGTHS.end() {
                return Err(DigitsFault::Length { found: digits.len() + 1 });
            }
            digits.push(c);
        }
        if !LENGTHS.contains(&digits.len()) {
            return Err(DigitsFault::Length { found: digits.len() });
        }
        Ok(Self(digits))
    }

    /// A code of [`CODE_DIGITS`] out of chance; every code is as likely as every other one. `None`
    /// where this number would make some likelier: draw again.
    pub fn from_chance(random: u32) -> Option<Self> {
        const CODES: u32 = 1_000_000;
        let fair = random < u32::MAX - u32::MAX % CODES;
        fair.then(|| Self(Zeroizing::new(format!("{:06}", random % CODES))))
    }

    /// The digits, for the one place that sends them.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} digits", self.0.len())
    }
}

/// What is left of a code of ours: its HMAC-SHA256 under a key of this one check.
#[derive(Clone)]
pub struct CodeHash {
    key: hmac::Key,
    tag: hmac::Tag,
}

impl CodeHash {
    pub fn new(key: &[u8; 32], code: &Digits) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = hmac::sign(&key, code.expose().as_bytes());
        Self { key, tag }
    }

    /// Compared in constant time.
    pub fn is_of(&self, typed: &Digits) -> bool {
        hmac::verify(&self.key, typed.expose().as_bytes(), self.tag.as_ref()).is_ok()
    }
}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_read_it_out_and_nothing_else_is_one() {
        for text in ["407 192", "407192", " 40-71 92", "407\u{a0}192"] {
            assert_eq!(Digits::read(text).unwrap().expose(), "407192");
        }
        for (text, fault) in [
            ("40719a", DigitsFault::Character),
            ("+407192", DigitsFault::Character),
            ("123", DigitsFault::Length { found: 3 }),
            ("", DigitsFault::Length { found: 0 }),
            ("12345678901", DigitsFault::Length { found: 11 }),
        ] {
            assert_eq!(Digits::read(text), Err(fault));
        }
        assert_eq!(format!("{:?}", Digits::read("407192")), "Ok(6 digits)");
    }

    #[test]
    fn chance_becomes_six_digits_with_zeros_in_front_and_no_code_is_likelier() {
        let code = |random| Digits::from_chance(random).map(|code| code.expose().to_owned());
        assert_eq!(code(0).as_deref(), Some("000000"));
        assert_eq!(code(999_999).as_deref(), Some("999999"));
        assert_eq!(code(1_000_042).as_deref(), Some("000042"));
        assert_eq!(code(4_293_999_999).as_deref(), Some("999999"));
        assert_eq!(code(4_294_000_000), None, "these would make small codes likelier");
        assert_eq!(code(u32::MAX), None);
    }

    #[test]
    fn a_hash_knows_its_code_and_tells_nothing() {
        let code = Digits::read("407192").unwrap();
        let hash = CodeHash::new(&[7; 32], &code);
        assert!(hash.is_of(&code));
        for other in ["407193", "4071920", "0407192"] {
            assert!(!hash.is_of(&Digits::read(other).unwrap()));
        }
        assert_eq!(format!("{hash:?}"), "CodeHash");
    }
}
