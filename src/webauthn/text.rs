//! Text of the directory made fit for a key.

/// The longest text a key must keep of a name (CTAP 2.1, 6.1.2: user and relying party names
/// may be cut at 64 bytes).
pub const CTAP_NAME_BYTES: usize = 64;

/// The longest beginning of at most `bytes` bytes that does not split a character.
pub fn cut_to_bytes(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        for name in ["é".repeat(40), "名".repeat(30), "👩‍🚒".repeat(9), "a".repeat(300)] {
            for bytes in 0..=70 {
                let cut = cut_to_bytes(&name, bytes);
                assert!(cut.len() <= bytes && name.starts_with(cut));
                assert!(bytes >= name.len() || cut.len() + 4 > bytes, "cut too early at {bytes}");
            }
        }
    }

    #[test]
    fn what_fits_stays_whole() {
        assert_eq!(cut_to_bytes("Elin Bergström", CTAP_NAME_BYTES), "Elin Bergström");
    }
}
