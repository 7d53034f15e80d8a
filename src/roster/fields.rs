//! Single cells: made clean, and checked.

use crate::enrolment::text::{cut_to_utf16, for_display};

/// The directory's own bound for display names, in UTF-16 units.
const NAME_UNITS: usize = 256;
/// Longer than any name of a person that a directory takes, in UTF-16 units.
const ADDRESS_UNITS: usize = 320;

/// Why a text is no user principal name or mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("there is no @ in it")]
    NoAt,
    #[error("there is more than one @ in it")]
    ManyAts,
    #[error("nothing is in front of the @")]
    NoName,
    #[error("what is behind the @ is no domain")]
    NoDomain,
    #[error("there is a space in it")]
    Space,
    #[error("there is a character in it that can't be there")]
    Character,
    #[error("it is too long")]
    Long,
}

/// A cell without what spreadsheets and copying leave in it; `None` when nothing is left.
pub(super) fn clean(cell: &str) -> Option<Box<str>> {
    let trimmed = cell.trim();
    let plain = trimmed.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let tidy: Box<str> = match plain && !trimmed.contains("  ") {
        true => without_guard(trimmed).into(),
        false => without_guard(&for_display(trimmed)).into(),
    };
    (!tidy.is_empty()).then_some(tidy)
}

/// The apostrophe that keeps a cell from being a formula, as our own lists have it.
fn without_guard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '|', '%']) => rest,
        _ => text,
    }
}

pub(super) fn name(cell: &str) -> Option<Box<str>> {
    clean(cell).map(|name| cut(name, NAME_UNITS))
}

/// Cut so long that [`check_address`] still finds it too long.
pub(super) fn address(cell: &str) -> Option<Box<str>> {
    clean(cell).map(|address| cut(address, ADDRESS_UNITS + 1))
}

fn cut(text: Box<str>, units: usize) -> Box<str> {
    if text.len() <= units { text } else { cut_to_utf16(&text, units).trim_end().into() }
}

/// One `@`, a name before it, a domain with a dot behind it. Guests' `#EXT#` names pass. What the
/// tenant really knows is the directory's to say.
pub(super) fn check_address(text: &str) -> Result<(), AddressFault> {
    if cut_to_utf16(text, ADDRESS_UNITS).len() < text.len() {
        return Err(AddressFault::Long);
    }
    if text.contains(char::is_whitespace) {
        return Err(AddressFault::Space);
    }
    let (name, domain) = text.split_once('@').ok_or(AddressFault::NoAt)?;
    if domain.contains('@') {
        return Err(AddressFault::ManyAts);
    }
    if name.is_empty() {
        return Err(AddressFault::NoName);
    }
    let labels = || domain.split('.');
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if labels().count() < 2 || !labels().all(is_label) {
        return Err(AddressFault::NoDomain);
    }
    if name.contains(['"', '<', '>', '(', ')', '[', ']', '\\', ',', ';', ':', '/', '\u{fffd}']) {
        return Err(AddressFault::Character);
    }
    Ok(())
}

/// A login name of a directory that knows no domains.
pub(super) fn check_login(text: &str) -> Result<(), AddressFault> {
    if text.contains(char::is_whitespace) {
        return Err(AddressFault::Space);
    }
    if cut_to_utf16(text, ADDRESS_UNITS).len() < text.len() {
        return Err(AddressFault::Long);
    }
    Ok(())
}

/// With hyphens, in braces or not.
pub(super) fn is_guid(text: &str) -> bool {
    matches!(text.len(), 36 | 38) && uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheets_leave_around_a_cell_is_taken_off() {
        for (cell, expected) in [
            ("  Åsa\u{a0}\u{a0}Ek\t", Some("Åsa Ek")),
            ("'=1+1", Some("=1+1")),
            ("'t Hooft", Some("'t Hooft")),
            ("Bo\r\nEk  Jr\u{0}", Some("Bo Ek Jr")),
            ("\u{202e}olleh\u{feff}", Some("olleh")),
            (" \u{a0}\u{feff}", None),
            ("", None),
        ] {
            assert_eq!(clean(cell).as_deref(), expected, "{cell:?}");
        }
    }

    #[test]
    fn an_address_has_one_at_a_name_and_a_domain() {
        for good in [
            "a@b.example",
            "zoe.o'brien-x_y~!#1@contoso.example",
            "g_gmail.com#EXT#@contoso.onmicrosoft.com",
            "åsa@bücher.example",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        let long = format!("{}@b.example", "a".repeat(320));
        for (bad, fault) in [
            ("elin", AddressFault::NoAt),
            ("a@b@c.example", AddressFault::ManyAts),
            ("@b.example", AddressFault::NoName),
            ("a@localhost", AddressFault::NoDomain),
            ("a@b..example", AddressFault::NoDomain),
            ("a@b.example.", AddressFault::NoDomain),
            ("a b@c.example", AddressFault::Space),
            ("a,b@c.example", AddressFault::Character),
            ("Zo\u{fffd}@c.example", AddressFault::Character),
            (&long, AddressFault::Long),
        ] {
            assert_eq!(check_address(bad), Err(fault), "{bad}");
            assert_eq!(check_address(&address(bad).unwrap()), Err(fault), "{bad}");
        }
    }

    #[test]
    fn a_guid_is_known_with_and_without_braces() {
        assert!(is_guid("6A0B0000-1111-4222-8333-444455556666"));
        assert!(is_guid("{6a0b0000-1111-4222-8333-444455556666}"));
        assert!(!is_guid("6a0b0000111142228333444455556666"));
        assert!(!is_guid("elin@contoso.example"));
    }
}
