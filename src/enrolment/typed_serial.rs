//! A serial that the operator reads from the key's print.

use crate::problem::Explain;
use std::fmt::{self, Display};

/// Digits of the longest serial; a YubiKey's fits 32 bits.
const MOST_DIGITS: usize = 10;

/// 1 to 10 digits, as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedSerial(String);

/// What was typed is no serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial has 1 to 10 digits")]
pub struct NotASerial;

impl TypedSerial {
    /// Takes digits, in groups or not; `None` when nothing was typed.
    ///
    /// # Errors
    /// [`NotASerial`] for anything else, and for more than 10 digits.
    pub fn parse(text: &str) -> Result<Option<Self>, NotASerial> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.len() {
            0 => Ok(None),
            1..=MOST_DIGITS if all_digits => Ok(Some(Self(digits))),
            _ => Err(NotASerial),
        }
    }
}

impl Display for TypedSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Explain for NotASerial {
    fn what(&self) -> String {
        "A serial has 1 to 10 digits".into()
    }

    fn next(&self) -> String {
        "Type the number printed on the key, or leave the field empty".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_taken_as_printed() {
        for (typed, taken) in
            [("31884207", "31884207"), (" 31 884 207 ", "31884207"), ("0012", "0012"), ("7", "7")]
        {
            assert_eq!(TypedSerial::parse(typed).unwrap().unwrap().to_string(), taken);
        }
        assert_eq!(TypedSerial::parse("4294967295").unwrap().unwrap().to_string(), "4294967295");
        assert_eq!(TypedSerial::parse("  "), Ok(None));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in ["12345678901", "12a4", "-5", "1,000", "\u{0663}\u{0664}", "=1+1"] {
            assert_eq!(TypedSerial::parse(wrong), Err(NotASerial), "{wrong}");
        }
    }
}
