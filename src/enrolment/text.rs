//! Names: made safe to show, and the name of a passkey.

use jiff::civil::Date;

/// The longest name a directory takes for a passkey, in UTF-16 units.
pub const PASSKEY_NAME_UNITS: usize = 30;

/// A name as a screen or a paper may show it: no control characters, no marks that turn the
/// direction of the text around it, no more than one space in a row.
pub fn for_display(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible_format(*c))
        .collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `Key 12345678 2026-11-22`, or with the model where the key has no serial; at most
/// [`PASSKEY_NAME_UNITS`].
pub fn passkey_name(serial: Option<&str>, model: &str, day: Date) -> String {
    let day = format!(" {day}");
    let name = match serial {
        Some(serial) => format!("Key {}", for_display(serial)),
        None => for_display(model),
    };
    let room = PASSKEY_NAME_UNITS.saturating_sub(day.len());
    format!("{}{day}", cut_to_utf16(&name, room).trim_end())
}

/// The first letter as a capital: a name of the bench as a heading.
pub fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The longest beginning of at most `units` UTF-16 units that does not split a character.
pub fn cut_to_utf16(text: &str, units: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > units {
            return &text[..at];
        }
    }
    text
}

/// Directional marks, embeddings, overrides and isolates, zero-width ones, tags, the byte order
/// mark. The two joiners stay: scripts and emoji need them.
fn is_invisible_format(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn bidi_and_control_characters_are_not_shown() {
        assert_eq!(for_display("Eve\u{202e}nimdA\u{202c}"), "EvenimdA");
        assert_eq!(for_display("a\u{0}b\u{1b}[31m\tc\r\nd\u{200b}"), "ab[31m c d");
        assert_eq!(for_display("\u{feff}\u{2066}x\u{2069}\u{e0041}"), "x");
    }

    #[test]
    fn honest_names_stay_as_they_are() {
        for name in ["Elin Bergström", "Seán O'Brien", "نور الهدى", "山田 太郎", "क्‍षमा", "\"Q\""]
        {
            assert_eq!(for_display(name), name);
        }
    }

    #[test]
    fn a_passkey_is_named_after_serial_and_day() {
        let day = date(2026, 11, 22);
        assert_eq!(passkey_name(Some("12345678"), "YubiKey 5 NFC", day), "Key 12345678 2026-11-22");
        assert_eq!(passkey_name(None, "YubiKey 5 NFC", day), "YubiKey 5 NFC 2026-11-22");
    }

    #[test]
    fn a_passkey_name_keeps_within_thirty_utf16_units() {
        for model in ["a".repeat(300), "🔑".repeat(40), "名".repeat(40), String::new()] {
            let name = passkey_name(None, &model, date(2026, 11, 22));
            assert!(name.encode_utf16().count() <= PASSKEY_NAME_UNITS, "{name}");
            assert!(name.ends_with("2026-11-22"), "{name}");
        }
    }
}
