//! Numbers as the page shows them.

use crate::phones::{Country, NumberFault, NumberText, PhoneNumber};

/// In groups; what is no whole number stands as it is.
pub fn shown(text: &NumberText) -> String {
    match PhoneNumber::from_international(text) {
        Ok(number) => number.grouped(),
        Err(_) => crate::app::state::clean(text.expose()),
    }
}

/// What is typed, as it would be registered.
///
/// # Errors
/// Why it is no number; a country that is none makes numbers need their code.
pub fn read(text: &NumberText, default_country: &str) -> Result<PhoneNumber, NumberFault> {
    read_as(text, default_country, false)
}

/// The same, with numbers that are in no country's plan where `unassigned_too`.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    text: &NumberText,
    default_country: &str,
    unassigned_too: bool,
) -> Result<PhoneNumber, NumberFault> {
    match (Country::from_code(default_country), unassigned_too) {
        (Some(country), false) => PhoneNumber::read(text, country),
        (Some(country), true) => PhoneNumber::read_unassigned(text, country),
        (None, false) => PhoneNumber::read_international(text),
        (None, true) => PhoneNumber::from_international(text),
    }
}

pub fn first_upper(text: &str) -> String {
    crate::app::state::sentence_case(text)
}
