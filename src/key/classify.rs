//! From the client's error texts and the seam's reasons to [`KeyError`]s.
//!
//! The client reports everything as text. Only two things are read out of it: the status byte
//! after `response_status err = 0x`, and whether the text is one of the few it uses when the
//! transport failed; *why* it failed is then asked of the seam.

use hid::{Ctap2Error, Reason};

use super::error::KeyError;

/// What the client writes before a key's status byte.
const STATUS_PREFIX: &str = "response_status err = 0x";

/// The client's texts for "the transport below me failed".
const TRANSPORT_TEXTS: [&str; 5] = [
    "read err = 0xFE",
    "read error",
    "write error",
    "Failed to open device.",
    "Nonce verification failed",
];

/// The cause behind one of the client's errors; `reason` is what the seam remembers of the last
/// transport call to the same key.
pub fn classify(text: &str, reason: Option<Reason>) -> KeyError {
    if let Some(status) = status_in(text) {
        return from_status(status);
    }
    if TRANSPORT_TEXTS.contains(&text) {
        return match reason {
            Some(reason) => from_reason(reason),
            None => KeyError::Transport(text.to_owned()),
        };
    }
    KeyError::Malformed(text.to_owned())
}

/// The cause behind an error of a command sent through the seam itself.
pub fn from_seam(error: Ctap2Error) -> KeyError {
    match error {
        Ctap2Error::Status(status) => from_status(status),
        Ctap2Error::Transport(reason) => from_reason(reason),
    }
}

/// The meaning of a CTAP2 status byte (CTAP 2.1, 8.2). Numbers of retries and lengths are not
/// known here; who asks the key for them fills them in.
pub fn from_status(status: u8) -> KeyError {
    match status {
        0x01 => KeyError::Unsupported("this command"),
        0x06 => KeyError::Busy,
        0x16 => KeyError::Unsupported("an extension that was asked for"),
        0x18 | 0x28 => KeyError::Full,
        0x19 => KeyError::Excluded,
        0x26 => KeyError::Unsupported("the signature algorithm"),
        // A key without its touch answers OPERATION_DENIED in CTAP 2.0, a time-out later.
        0x27 | 0x2F | 0x3A => KeyError::NoTouch,
        0x2B => KeyError::Unsupported("an option that was asked for"),
        0x2D => KeyError::Cancelled,
        0x30 => KeyError::NotAllowed,
        0x31 => KeyError::PinInvalid { retries_left: None },
        0x32 => KeyError::PinBlocked,
        0x34 => KeyError::PinAuthBlocked { retries_left: None },
        0x35 => KeyError::PinNotSet,
        0x36 => KeyError::PinRequired,
        0x37 => KeyError::PinPolicy { min_length: None },
        0x3E => KeyError::Unsupported("this subcommand"),
        other => KeyError::Status(other),
    }
}

/// The meaning of the seam's reason for a call without an answer.
pub fn from_reason(reason: Reason) -> KeyError {
    match reason {
        Reason::Silent => KeyError::Silent,
        Reason::NoTouch => KeyError::NoTouch,
        Reason::Gone | Reason::NotFound => KeyError::Removed,
        Reason::Denied => KeyError::Denied,
        Reason::Busy => KeyError::Busy,
        // CTAPHID ERR_INVALID_CMD: the key does not know the message at all.
        Reason::Refused(0x01) => KeyError::Unsupported("this command"),
        Reason::Malformed(malformed) => KeyError::Malformed(malformed.to_string()),
        other @ (Reason::Refused(_) | Reason::Io(_)) => KeyError::Transport(other.to_string()),
    }
}

fn status_in(text: &str) -> Option<u8> {
    let rest = text.strip_prefix(STATUS_PREFIX)?;
    let digits = rest.split_whitespace().next()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client's own texts, copied from its sources (release 3.6.1).
    #[test]
    fn each_status_text_of_the_client_has_its_cause() {
        for (text, cause) in [
            (
                "response_status err = 0x31 CTAP2_ERR_PIN_INVALID   PIN Invalid.",
                KeyError::PinInvalid { retries_left: None },
            ),
            ("response_status err = 0x32 CTAP2_ERR_PIN_BLOCKED PIN Blocked.", KeyError::PinBlocked),
            (
                "response_status err = 0x34 CTAP2_ERR_PIN_AUTH_BLOCKED PIN authentication, pinAuth, blocked.Requires power recycle to reset.",
                KeyError::PinAuthBlocked { retries_left: None },
            ),
            (
                "response_status err = 0x35 CTAP2_ERR_PIN_NOT_SET No PIN has been set.",
                KeyError::PinNotSet,
            ),
            (
                "response_status err = 0x36 CTAP2_ERR_PIN_REQUIRED  PIN is required for the selected operation.",
                KeyError::PinRequired,
            ),
            (
                "response_status err = 0x37 CTAP2_ERR_PIN_POLICY_VIOLATION  PIN policy violation.Currently only enforces minimum length.",
                KeyError::PinPolicy { min_length: None },
            ),
            (
                "response_status err = 0x19 CTAP2_ERR_CREDENTIAL_EXCLUDED   Valid credential found in the exclude list.",
                KeyError::Excluded,
            ),
            (
                "response_status err = 0x28 CTAP2_ERR_KEY_STORE_FULL    Internal key storage is full.",
                KeyError::Full,
            ),
            (
                "response_status err = 0x2D CTAP2_ERR_KEEPALIVE_CANCEL  Pending keep alive was cancelled.",
                KeyError::Cancelled,
            ),
            (
                "response_status err = 0x2F CTAP2_ERR_USER_ACTION_TIMEOUT   Timeout waiting for user interaction.",
                KeyError::NoTouch,
            ),
            (
                "response_status err = 0x3A CTAP2_ERR_ACTION_TIMEOUT The current operation has timed out.",
                KeyError::NoTouch,
            ),
            (
                "response_status err = 0x30 CTAP2_ERR_NOT_ALLOWED   Continuation command, such as, authenticatorGetNextAssertion not allowed.",
                KeyError::NotAllowed,
            ),
            ("response_status err = 0x06 CTAP1_ERR_CHANNEL_BUSY Channel busy.", KeyError::Busy),
            (
                "response_status err = 0x33 CTAP2_ERR_PIN_AUTH_INVALID PIN authentication, pinAuth, verification failed.",
                KeyError::Status(0x33),
            ),
            // Statuses the client has no name for are printed bare.
            ("response_status err = 0x7", KeyError::Status(0x07)),
            ("response_status err = 0xF2", KeyError::Status(0xF2)),
        ] {
            assert_eq!(classify(text, None), cause, "{text}");
        }
    }

    #[test]
    fn a_status_is_believed_before_an_older_transport_reason() {
        let text = "response_status err = 0x35 CTAP2_ERR_PIN_NOT_SET No PIN has been set.";
        assert_eq!(classify(text, Some(Reason::Silent)), KeyError::PinNotSet);
    }

    #[test]
    fn a_transport_text_takes_its_cause_from_the_seam() {
        for text in ["read err = 0xFE", "read error", "write error", "Failed to open device."] {
            for (reason, cause) in [
                (Reason::Silent, KeyError::Silent),
                (Reason::NoTouch, KeyError::NoTouch),
                (Reason::Gone, KeyError::Removed),
                (Reason::NotFound, KeyError::Removed),
                (Reason::Denied, KeyError::Denied),
                (Reason::Busy, KeyError::Busy),
            ] {
                assert_eq!(classify(text, Some(reason)), cause, "{text}");
            }
            assert_eq!(classify(text, None), KeyError::Transport(text.to_owned()));
        }
    }

    #[test]
    fn any_other_text_is_an_unreadable_answer() {
        for text in ["ciborium parse error", "Err KeyType", "Cast Error : Value is not a Text."] {
            assert_eq!(classify(text, None), KeyError::Malformed(text.to_owned()));
        }
    }

    #[test]
    fn a_message_the_key_does_not_know_is_unsupported() {
        assert_eq!(from_reason(Reason::Refused(0x01)), KeyError::Unsupported("this command"));
        assert!(matches!(from_reason(Reason::Refused(0x05)), KeyError::Transport(_)));
    }
}
