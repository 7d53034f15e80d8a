//! Who of the company has which app for push approval.

use super::{Employee, stable_bytes};

/// Number of the extension attribute that holds Authy ids.
pub const AUTHY_ATTRIBUTE: u8 = 9;

/// Integration key of the application at Duo.
pub fn duo_integration_key() -> &'static str {
    "DIPRACTICELARKFIELD1"
}

/// Whether the person still has Authy: those with an app and a phone.
pub fn has_authy(person: &Employee) -> bool {
    person.mobile.is_some() && person.methods.iter().any(|method| method == "authenticator")
}

/// The id that Authy gives, or has given, this person's phone; eight digits.
pub fn authy_id(upn: &str) -> u64 {
    let [a, b, c, ..] = stable_bytes("authy", &upn.to_lowercase());
    10_000_000 + u64::from(u32::from_be_bytes([0, a, b, c]))
}
