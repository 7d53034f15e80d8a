//! Credential ids and the three ways a directory writes them.

use super::base64url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A credential id's raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CredentialId(#[serde(with = "base64url")] pub Vec<u8>);

impl CredentialId {
    /// base64url without padding: what a registration sends.
    pub fn to_base64url(&self) -> String {
        base64url::encode(&self.0)
    }

    /// SHA-256 of the raw id.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Every reading of an id as a directory writes it, the likeliest first; empty when the text
    /// is no id.
    ///
    /// Three forms are in use: base64url without padding; the same with one more digit that is
    /// the number of padding characters left out (.NET's `UrlTokenEncode`); standard base64.
    /// Text of a length divisible by four that ends with `1` may be the first or the second.
    pub fn readings(text: &str) -> Vec<Self> {
        if text.contains(['+', '/', '=']) {
            return base64url::decode_any(text).into_iter().filter_map(Self::non_empty).collect();
        }
        let token = |digit| text.strip_suffix(digit).and_then(base64url::decode_canonical);
        let plain = || base64url::decode_any(text);
        let candidates = match (text.len() % 4, text.chars().last()) {
            (1, _) => [token('0'), None],
            // Never canonical as plain text, so nothing else is meant.
            (3, Some('2')) => [token('2').or_else(plain), None],
            (0, Some('1')) => [plain(), token('1')],
            _ => [plain(), None],
        };
        candidates.into_iter().flatten().filter_map(Self::non_empty).collect()
    }

    fn non_empty(bytes: Vec<u8>) -> Option<Self> {
        (!bytes.is_empty()).then_some(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deterministic bytes of every length; the last bits vary.
    fn ids() -> impl Iterator<Item = Vec<u8>> {
        (1..=80_usize).flat_map(|length| {
            (0..16_usize).map(move |seed| {
                (0..length).map(|i| (i * 37 + seed * 101 + length * 7) as u8).collect()
            })
        })
    }

    fn token_form(bytes: &[u8]) -> String {
        format!("{}{}", base64url::encode(bytes), (3 - bytes.len() % 3) % 3)
    }

    #[test]
    fn the_padding_digit_form_is_read() {
        let readings = CredentialId::readings("Oy0dkr_kI6lp0loPvgEWqA2");
        assert_eq!(readings.len(), 1);
        assert_eq!(readings[0].0.len(), 16);
        assert_eq!(readings[0].to_base64url(), "Oy0dkr_kI6lp0loPvgEWqA");
    }

    #[test]
    fn every_form_of_every_id_has_the_id_among_its_readings() {
        use base64::Engine;
        for bytes in ids() {
            let standard = base64::engine::general_purpose::STANDARD.encode(&bytes);
            for text in [base64url::encode(&bytes), token_form(&bytes), standard] {
                let readings = CredentialId::readings(&text);
                assert!(readings.contains(&CredentialId(bytes.clone())), "{text}");
                assert!(readings.len() <= 2, "{text}");
            }
        }
    }

    #[test]
    fn an_ambiguous_text_has_both_readings_and_the_plain_one_first() {
        // 48 bytes whose plain text ends with '1' and reads as 47 bytes with one padding digit.
        let plain = format!("{}A1", "A".repeat(62));
        let readings = CredentialId::readings(&plain);
        assert_eq!(readings.iter().map(|id| id.0.len()).collect::<Vec<_>>(), [48, 47]);
    }

    #[test]
    fn what_is_no_id_has_no_reading() {
        for text in ["", "å", "abcde", "a b", "===", "\u{202e}abc"] {
            assert!(CredentialId::readings(text).is_empty(), "{text:?}");
        }
    }
}
