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

/// The company's id of a kind at Twilio: `AC` its account, `SK` its key, `VA` its Verify service,
/// `MG` its messaging service.
pub fn twilio_sid(kind: &str) -> String {
    let bytes = stable_bytes("twilio", kind);
    let digits: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}{digits}")
}
