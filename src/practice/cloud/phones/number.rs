//! Numbers as the service takes them: `+46 701234567`, an office also `+1 2065555555x123`.

use crate::phones::NumberText;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A number, or what an attribute holds. Its Debug is masked.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HeldNumber(String);

impl HeldNumber {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(in crate::practice::cloud) fn expose(&self) -> &str {
        &self.0
    }

    /// Without the space behind the country's code.
    pub(super) fn e164(&self) -> String {
        self.0.replace(' ', "")
    }

    pub(super) fn has_extension(&self) -> bool {
        self.0.contains('x')
    }

    /// SHA-256 in hexadecimal, so that another program can compare it with a number it knows.
    pub(super) fn sha256(&self) -> String {
        Sha256::digest(&self.0).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn masked(&self) -> String {
        NumberText::new(self.0.as_str()).masked()
    }
}

impl fmt::Debug for HeldNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Whether it is `+{country code} {number}`, and an extension behind an `x` perhaps.
pub(super) fn is_well_formed(text: &str) -> bool {
    const MOST_DIGITS: usize = 15;
    const MOST_EXTENSION: usize = 11;
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((code, rest)) = text.strip_prefix('+').and_then(|text| text.split_once(' ')) else {
        return false;
    };
    let (number, extension) = match rest.split_once('x') {
        Some((number, extension)) => (number, Some(extension)),
        None => (rest, None),
    };
    digits(code, 1, 3)
        && !code.starts_with('0')
        && digits(number, 4, MOST_DIGITS - code.len())
        && extension.is_none_or(|extension| digits(extension, 1, MOST_EXTENSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_form_is_taken() {
        for (at, good) in ["+46 701740612", "+1 2065550100x123", "+352 621123"].iter().enumerate() {
            assert!(is_well_formed(good), "good form {at}");
        }
        let bad = [
            "",
            "+46701740612",
            "46 701740612",
            "+46  701740612",
            "+46 70 1740612",
            "+46 070-1740612",
            "0701740612",
            "+46 XXXXXXX12",
            "+46 701740612x",
            "+0 701740612",
            "+4670 1740612",
            "+46 ",
            "+46 7017406120000000",
            "+46 701740612 ",
        ];
        for (at, bad) in bad.iter().enumerate() {
            assert!(!is_well_formed(bad), "bad form {at}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        assert_eq!(format!("{:?}", HeldNumber::new("+46 701740612")), "+46 ••• ••• 12");
    }
}
