//! base64url without padding, as WebAuthn's JSON and our journal write bytes.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serializer, de};

/// Takes text whose last character carries unused bits that are not zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes canonical base64url without padding, and nothing else.
pub fn decode_canonical(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Decodes base64url or standard base64, padded or not, canonical or not.
pub fn decode_any(text: &str) -> Option<Vec<u8>> {
    let url: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    LENIENT.decode(url).ok()
}

/// For `#[serde(with = "base64url")]`.
///
/// # Errors
/// The serialiser's own.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

/// For `#[serde(with = "base64url")]`.
///
/// # Errors
/// When the text is not canonical base64url.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    decode_canonical(&text).ok_or_else(|| de::Error::custom("not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_alphabet_with_or_without_padding_is_decoded() {
        for text in ["-_8=", "-_8", "+/8=", "+/8"] {
            assert_eq!(decode_any(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(decode_any("a b"), None);
        assert_eq!(decode_any("abcde"), None);
    }

    #[test]
    fn unused_bits_make_text_not_canonical() {
        assert_eq!(decode_canonical("AB"), None);
        assert_eq!(decode_any("AB"), Some(vec![0]));
    }
}
