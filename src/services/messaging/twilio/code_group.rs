//! What Twilio's error codes mean, by group: single codes are split and renamed now and then.

use crate::verify::NotDelivered;

/// More checks of one code than the service takes.
pub(super) const TOO_MANY_CHECKS: &str = "60202";
/// More codes to one number than the service sends in ten minutes.
pub(super) const TOO_MANY_SENDS: &str = "60203";
/// A message can't be deleted while it is on its way.
pub(super) const UNDER_WAY: &str = "20009";

/// Why a text to this number is refused or did not arrive; nothing for a code that is about
/// something else.
pub(super) fn of(code: u32) -> Option<NotDelivered> {
    Some(match code {
        21211 | 21214 | 21217 | 21614 | 30005 | 30006 | 60205 => NotDelivered::NoSuchNumber,
        21610 => NotDelivered::OptedOut,
        21408 | 60220 | 60238 | 60605 => NotDelivered::Country,
        21212 | 21266 | 21606 | 21607 | 21612 | 21659 | 21660 | 21703 | 30034 | 60223 => {
            NotDelivered::Sender
        }
        20005 | 21608 | 30002 => NotDelivered::Account,
        30004 | 30007 | 60410 => NotDelivered::Blocked,
        30003 | 30036 => NotDelivered::Unreachable,
        21611 | 30000..=30999 => NotDelivered::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_by_group_and_a_new_code_of_the_carriers_is_not_lost() {
        for (code, group) in [
            (21211, Some(NotDelivered::NoSuchNumber)),
            (21608, Some(NotDelivered::Account)),
            (21610, Some(NotDelivered::OptedOut)),
            (21408, Some(NotDelivered::Country)),
            (21606, Some(NotDelivered::Sender)),
            (30003, Some(NotDelivered::Unreachable)),
            (30007, Some(NotDelivered::Blocked)),
            (60410, Some(NotDelivered::Blocked)),
            (30999, Some(NotDelivered::Other)),
            (20003, None),
            (20404, None),
            (20429, None),
            (60202, None),
        ] {
            assert_eq!(of(code), group, "{code}");
        }
    }
}
