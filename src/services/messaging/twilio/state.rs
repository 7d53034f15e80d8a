//! How far a text is, in Twilio's words.

use super::code_group;
use crate::verify::{Delivery, NotDelivered};

/// By a message's status, and the error's code where there is one.
pub(super) fn delivery(status: &str, code: Option<u32>) -> Delivery {
    match status.to_ascii_lowercase().as_str() {
        "sent" | "partially_delivered" => Delivery::Sent,
        "delivered" | "read" => Delivery::Delivered,
        "undelivered" | "failed" | "canceled" => {
            let why = code.and_then(code_group::of);
            Delivery::Failed(why.unwrap_or(NotDelivered::Other))
        }
        _ => Delivery::Queued,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_far_as_its_state_says() {
        for (status, code, told) in [
            ("accepted", None, Delivery::Queued),
            ("sending", None, Delivery::Queued),
            ("sent", None, Delivery::Sent),
            ("delivered", None, Delivery::Delivered),
            ("DELIVERED", None, Delivery::Delivered),
            ("undelivered", Some(30003), Delivery::Failed(NotDelivered::Unreachable)),
            ("failed", Some(30034), Delivery::Failed(NotDelivered::Sender)),
            ("failed", None, Delivery::Failed(NotDelivered::Other)),
        ] {
            assert_eq!(delivery(status, code), told, "{status}");
        }
    }
}
