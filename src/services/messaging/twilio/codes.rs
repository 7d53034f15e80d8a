//! Twilio's error numbers, by group: single ones are refined by Twilio now and then.

use crate::verify::NotDelivered;

/// Why a text was not taken, where that is what the number says.
pub(super) fn not_sent(code: u32) -> Option<NotDelivered> {
    Some(match code {
        21211 | 21214 | 21217 | 21614 | 60200 | 60205 => NotDelivered::NoSuchNumber,
        21610 => NotDelivered::OptedOut,
        21408 | 60220 | 60238 | 60605 => NotDelivered::Country,
        21212 | 21266 | 21606 | 21607 | 21612 | 21659 | 21660 | 21703 | 60223 => {
            NotDelivered::Sender
        }
        21608 | 30002 => NotDelivered::Account,
        60410 => NotDelivered::Blocked,
        _ => return None,
    })
}

/// Why a text that was taken did not arrive.
pub(super) fn not_delivered(code: Option<u32>) -> NotDelivered {
    match code {
        Some(30003) => NotDelivered::Unreachable,
        Some(30005 | 30006) => NotDelivered::NoSuchNumber,
        Some(30004 | 30007) => NotDelivered::Blocked,
        Some(30034) => NotDelivered::Sender,
        Some(30001 | 30002) => NotDelivered::Account,
        Some(code) => not_sent(code).unwrap_or(NotDelivered::Other),
        None => NotDelivered::Other,
    }
}
