//! How many PIN tries are left (authenticatorClientPIN getPINRetries, CTAP 2.1, 6.5.5.2).
//!
//! Asked through the seam: the client prints what it does not know of the answer.

use ciborium::Value;
use hid::DeviceId;

use super::classify::from_seam;
use super::config::encode;
use super::error::KeyError;

const CLIENT_PIN: u8 = 0x06;
const GET_RETRIES: u8 = 0x01;
const RETRIES: i128 = 0x03;

/// Asks the key. On some keys the question ends the time in which a reset is allowed.
pub fn pin_retries(device: &DeviceId, protocol: u8) -> Result<u8, KeyError> {
    let request = encode(&Value::Map(vec![
        (0x01.into(), protocol.into()),
        (0x02.into(), GET_RETRIES.into()),
    ]))?;
    let answer = hid::ctap2(device, CLIENT_PIN, &request).map_err(from_seam)?;
    parse(&answer).ok_or_else(|| KeyError::Malformed("getPINRetries".into()))
}

pub(super) fn parse(answer: &[u8]) -> Option<u8> {
    let value: Value = ciborium::from_reader(answer).ok()?;
    let retries = value.into_map().ok()?.into_iter().find_map(|(name, value)| {
        (name.as_integer().map(i128::from) == Some(RETRIES)).then_some(value)
    })?;
    u8::try_from(i128::from(retries.as_integer()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_read_beside_other_members() {
        assert_eq!(parse(&[0xA2, 0x03, 0x07, 0x04, 0xF4]), Some(7));
        assert_eq!(parse(&[0xA1, 0x03, 0x00]), Some(0));
    }

    #[test]
    fn an_answer_without_retries_is_unreadable() {
        for answer in [&[][..], &[0xA0], &[0xA1, 0x03, 0x61, 0x61], &[0xA1, 0x03, 0x19, 1, 0]] {
            assert_eq!(parse(answer), None);
        }
    }
}
