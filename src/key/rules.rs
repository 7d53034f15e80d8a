//! What is known of a key before it is asked: which PINs it can take, which settings it has, and
//! how its errors and numbers are read.

use super::error::KeyError;
use super::info::Info;
use super::{Configure, config};
use crate::pin::{MAX_BYTES, Pin};

/// Whether a key may get this PIN.
pub fn acceptable(pin: &Pin, info: &Info) -> Result<(), KeyError> {
    let text = pin.expose();
    let min_length = info.min_pin_length();
    if text.len() > MAX_BYTES {
        return Err(KeyError::PinPolicy { min_length: None });
    }
    if text.chars().count() < usize::from(min_length) {
        return Err(KeyError::PinPolicy { min_length: Some(min_length) });
    }
    Ok(())
}

/// Whether asking the key with this PIN can make sense. A key whose PIN must be changed answers
/// "wrong PIN" to the right one (CTAP 2.1, 6.5.5.7.1), which must not be believed.
pub fn usable(pin: &Pin, info: &Info) -> Result<(), KeyError> {
    if !info.has_pin() {
        return Err(KeyError::PinNotSet);
    }
    if info.force_pin_change {
        return Err(KeyError::PinMustChange);
    }
    if pin.expose().len() > MAX_BYTES {
        return Err(KeyError::PinPolicy { min_length: None });
    }
    Ok(())
}

/// The subcommand for a change, or none when the key is so already.
pub fn subcommand_for(
    info: &Info,
    change: Configure,
) -> Result<Option<config::Subcommand>, KeyError> {
    let supports = info.supports();
    match change {
        Configure::MinPinLength(length) if supports.min_pin_length => {
            Ok(Some(config::Subcommand::SetMinPinLength(length)))
        }
        Configure::MinPinLength(_) => Err(KeyError::Unsupported("a minimum PIN length")),
        Configure::ForcePinChange if info.force_pin_change => Ok(None),
        Configure::ForcePinChange if supports.force_pin_change => {
            Ok(Some(config::Subcommand::ForcePinChange))
        }
        Configure::ForcePinChange => Err(KeyError::Unsupported("a forced PIN change")),
        // The key only has a toggle: it must not be sent when the answer is yes already.
        Configure::AlwaysUvOn if info.option("alwaysUv") == Some(true) => Ok(None),
        Configure::AlwaysUvOn if supports.always_uv => Ok(Some(config::Subcommand::ToggleAlwaysUv)),
        Configure::AlwaysUvOn => Err(KeyError::Unsupported("user verification at each use")),
    }
}

/// CTAPHID ERR_INVALID_CHANNEL, which the client reads as a status (CTAP 2.1, 8.2).
const INVALID_CHANNEL: u8 = 0x0B;

/// Whether the key answered, so that the client's channel to it is good.
pub fn is_the_keys_word(error: &KeyError) -> bool {
    !matches!(
        error,
        KeyError::Removed
            | KeyError::Silent
            | KeyError::NoTouch
            | KeyError::Denied
            | KeyError::Malformed(_)
            | KeyError::Transport(_)
            | KeyError::Status(INVALID_CHANNEL)
    )
}

pub fn with_length(error: KeyError, info: &Info) -> KeyError {
    match error {
        KeyError::PinPolicy { min_length: None } => {
            KeyError::PinPolicy { min_length: Some(info.min_pin_length()) }
        }
        other => other,
    }
}

/// getInfo's number has no rule; Yubico and those who follow it put a byte into each part.
pub fn firmware_text(vendor_id: u16, number: u64) -> String {
    const NITROKEY: u16 = 0x20A0;
    match u32::try_from(number).map(u32::to_be_bytes) {
        Ok([0, major, minor, patch]) if major > 0 && vendor_id != NITROKEY => {
            format!("{major}.{minor}.{patch}")
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::serial::YUBICO;
    use super::*;

    fn info(options: &[(&str, bool)]) -> Info {
        Info {
            options: options.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            ..Info::default()
        }
    }

    #[test]
    fn firmware_is_shown_in_parts_where_the_number_has_them() {
        assert_eq!(firmware_text(YUBICO, 0x0005_0701), "5.7.1");
        assert_eq!(firmware_text(0x096E, 3), "3");
        assert_eq!(firmware_text(0x20A0, 0x0040_01C2), "4194754");
    }

    #[test]
    fn always_uv_is_never_toggled_off() {
        let on = info(&[("alwaysUv", true), ("authnrCfg", true)]);
        assert_eq!(subcommand_for(&on, Configure::AlwaysUvOn), Ok(None));
        let off = info(&[("alwaysUv", false), ("authnrCfg", true)]);
        assert_eq!(
            subcommand_for(&off, Configure::AlwaysUvOn),
            Ok(Some(config::Subcommand::ToggleAlwaysUv))
        );
        let unknown = info(&[("authnrCfg", true)]);
        assert!(matches!(
            subcommand_for(&unknown, Configure::AlwaysUvOn),
            Err(KeyError::Unsupported(_))
        ));
    }

    #[test]
    fn old_firmware_can_not_be_configured() {
        let old = info(&[("rk", true), ("clientPin", true)]);
        for change in [Configure::MinPinLength(6), Configure::ForcePinChange] {
            assert!(matches!(subcommand_for(&old, change), Err(KeyError::Unsupported(_))));
        }
    }
}
