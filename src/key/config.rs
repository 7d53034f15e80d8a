//! authenticatorConfig (CTAP 2.1, 6.11) in canonical CBOR.
//!
//! The client writes the request's members out of order, which a strict key refuses (0x12), so
//! the request is made here and sent through the seam.

use aws_lc_rs::hmac;
use ciborium::Value;

use super::error::KeyError;

/// The command byte of authenticatorConfig.
pub const COMMAND: u8 = 0x0D;

const TOGGLE_ALWAYS_UV: u8 = 0x02;
const SET_MIN_PIN_LENGTH: u8 = 0x03;

/// One subcommand with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subcommand {
    ToggleAlwaysUv,
    /// Characters.
    SetMinPinLength(u8),
    ForcePinChange,
}

impl Subcommand {
    fn number(self) -> u8 {
        match self {
            Self::ToggleAlwaysUv => TOGGLE_ALWAYS_UV,
            Self::SetMinPinLength(_) | Self::ForcePinChange => SET_MIN_PIN_LENGTH,
        }
    }

    fn parameters(self) -> Option<Value> {
        let (name, value) = match self {
            Self::ToggleAlwaysUv => return None,
            Self::SetMinPinLength(length) => (0x01, Value::from(length)),
            Self::ForcePinChange => (0x03, Value::Bool(true)),
        };
        Some(Value::Map(vec![(Value::from(name), value)]))
    }
}

/// The request's CBOR, without the command byte. `token` is a pinUvAuthToken with the permission
/// for authenticator configuration.
///
/// # Errors
/// [`KeyError::Malformed`] should the encoder fail, which it does not for these values.
pub fn request(subcommand: Subcommand, token: &[u8], protocol: u8) -> Result<Vec<u8>, KeyError> {
    let parameters = subcommand.parameters();
    let encoded = match &parameters {
        Some(parameters) => encode(parameters)?,
        None => Vec::new(),
    };
    let message = [&[0xFF; 32][..], &[COMMAND, subcommand.number()], &encoded].concat();
    let mut members = vec![(Value::from(0x01), Value::from(subcommand.number()))];
    members.extend(parameters.map(|parameters| (Value::from(0x02), parameters)));
    members.push((Value::from(0x03), Value::from(protocol)));
    members.push((Value::from(0x04), Value::Bytes(authenticate(token, &message, protocol))));
    encode(&Value::Map(members))
}

/// pinUvAuthParam of a message: HMAC-SHA-256, its first 16 bytes in protocol one (CTAP 2.1,
/// 6.5.6 and 6.5.7).
pub fn authenticate(token: &[u8], message: &[u8], protocol: u8) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token);
    let tag = hmac::sign(&key, message);
    let length = if protocol == 1 { 16 } else { 32 };
    tag.as_ref().iter().copied().take(length).collect()
}

/// CBOR of a value whose maps are already in canonical order.
pub fn encode(value: &Value) -> Result<Vec<u8>, KeyError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| KeyError::Malformed(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: [u8; 32] = [0x11; 32];

    #[test]
    fn members_are_in_canonical_order() {
        let bytes = request(Subcommand::SetMinPinLength(8), &TOKEN, 2).unwrap();
        // {1: 3, 2: {1: 8}, 3: 2, 4: h'32 bytes'}
        assert_eq!(
            bytes[..12],
            [0xA4, 0x01, 0x03, 0x02, 0xA1, 0x01, 0x08, 0x03, 0x02, 0x04, 0x58, 0x20]
        );
        assert_eq!(bytes.len(), 12 + 32);
    }

    #[test]
    fn the_parameter_authenticates_prefix_command_and_parameters() {
        let bytes = request(Subcommand::ForcePinChange, &TOKEN, 2).unwrap();
        let message = [&[0xFF; 32][..], &[0x0D, 0x03, 0xA1, 0x03, 0xF5]].concat();
        assert_eq!(bytes[12..], authenticate(&TOKEN, &message, 2));
    }

    #[test]
    fn always_uv_has_no_parameters_and_protocol_one_a_short_tag() {
        let bytes = request(Subcommand::ToggleAlwaysUv, &TOKEN, 1).unwrap();
        assert_eq!(bytes[..7], [0xA3, 0x01, 0x02, 0x03, 0x01, 0x04, 0x50]);
        let message = [&[0xFF; 32][..], &[0x0D, 0x02]].concat();
        assert_eq!(bytes[7..], authenticate(&TOKEN, &message, 1));
        assert_eq!(bytes.len(), 7 + 16);
    }
}
