//! authenticatorGetInfo (CTAP 2.1, 6.4), read by ourselves.
//!
//! The client's own reading makes an absent member and a zero look the same; "no free slot" and
//! "does not say" must not.

use ciborium::Value;

use super::error::KeyError;
use super::{PinState, Supports};
use crate::webauthn::Aaguid;

/// When a key does not say what it takes, CTAP 2.1, 6.4 says 1024 bytes.
const DEFAULT_MESSAGE_BYTES: usize = 1024;

/// The shortest PIN when the key does not say, in characters (CTAP 2.1, 6.5.1).
const DEFAULT_MIN_PIN_LENGTH: u8 = 4;

/// The members of getInfo that are used here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    pub extensions: Vec<String>,
    pub aaguid: [u8; 16],
    pub options: Vec<(String, bool)>,
    pub max_message_bytes: Option<usize>,
    pub pin_protocols: Vec<u64>,
    pub max_credentials_in_list: Option<usize>,
    pub max_credential_id_bytes: Option<usize>,
    pub force_pin_change: bool,
    pub min_pin_length: Option<u8>,
    pub firmware: Option<u64>,
    pub free_slots: Option<u32>,
}

impl Info {
    /// Reads the answer's CBOR, without its status byte. Members it does not know are skipped.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is no map, has no AAGUID, or a member has another type.
    pub fn parse(cbor: &[u8]) -> Result<Self, KeyError> {
        let value: Value = ciborium::from_reader(cbor).map_err(|_| malformed("not CBOR"))?;
        let members = value.into_map().map_err(|_| malformed("not a map"))?;
        let mut info = Self::default();
        let mut aaguid = None;
        for (name, value) in members {
            let Some(name) = name.as_integer().and_then(|name| u64::try_from(name).ok()) else {
                continue;
            };
            match name {
                0x02 => info.extensions = texts(value)?,
                0x03 => aaguid = Some(aaguid_bytes(value)?),
                0x04 => info.options = options(value)?,
                0x05 => info.max_message_bytes = Some(number(&value)?),
                0x06 => info.pin_protocols = numbers(value)?,
                0x07 => info.max_credentials_in_list = Some(number(&value)?),
                0x08 => info.max_credential_id_bytes = Some(number(&value)?),
                0x0C => info.force_pin_change = flag(&value)?,
                0x0D => info.min_pin_length = Some(number(&value)?),
                0x0E => info.firmware = Some(number(&value)?),
                0x14 => info.free_slots = Some(number(&value)?),
                _ => {}
            }
        }
        info.aaguid = aaguid.ok_or_else(|| malformed("no AAGUID"))?;
        Ok(info)
    }

    pub fn aaguid(&self) -> Aaguid {
        Aaguid(self.aaguid)
    }

    /// An option's value; `None` when the key does not know the option.
    pub fn option(&self, name: &str) -> Option<bool> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    pub fn has_pin(&self) -> bool {
        self.option("clientPin") == Some(true)
    }

    pub fn has_extension(&self, name: &str) -> bool {
        self.extensions.iter().any(|known| known == name)
    }

    /// The number of the PIN protocol to speak: two when the key offers it.
    pub fn pin_protocol(&self) -> u8 {
        if self.pin_protocols.contains(&2) { 2 } else { 1 }
    }

    pub fn min_pin_length(&self) -> u8 {
        self.min_pin_length.unwrap_or(DEFAULT_MIN_PIN_LENGTH)
    }

    pub fn max_message_bytes(&self) -> usize {
        self.max_message_bytes.unwrap_or(DEFAULT_MESSAGE_BYTES)
    }

    /// Credential management of CTAP 2.1, not its preview of 2.0 keys.
    pub fn manages_credentials(&self) -> bool {
        self.option("credMgmt") == Some(true)
    }

    /// `retries_left` is what the key answered, when it was asked.
    pub fn pin_state(&self, retries_left: Option<u8>) -> PinState {
        match (self.has_pin(), retries_left) {
            (false, _) => PinState::NotSet,
            (true, Some(0)) => PinState::Blocked,
            (true, _) if self.force_pin_change => PinState::MustChange,
            (true, retries_left) => PinState::Set { retries_left },
        }
    }

    pub fn supports(&self) -> Supports {
        let configurable = self.option("authnrCfg") == Some(true);
        // forceChangePIN is a parameter of setMinPINLength (CTAP 2.1, 6.11.4): one option tells
        // of both.
        let min_pin_length = configurable && self.option("setMinPINLength") == Some(true);
        Supports {
            resident_keys: self.option("rk") == Some(true),
            credential_management: self.manages_credentials()
                || self.option("credentialMgmtPreview") == Some(true),
            min_pin_length,
            force_pin_change: min_pin_length,
            always_uv: configurable && self.option("alwaysUv").is_some(),
            pin_protocol_2: self.pin_protocols.contains(&2),
            cred_protect: self.has_extension("credProtect"),
            hmac_secret: self.has_extension("hmac-secret"),
        }
    }
}

fn malformed(what: &str) -> KeyError {
    KeyError::Malformed(format!("getInfo: {what}"))
}

fn number<T: TryFrom<i128>>(value: &Value) -> Result<T, KeyError> {
    let integer = value.as_integer().ok_or_else(|| malformed("not a number"))?;
    T::try_from(i128::from(integer)).map_err(|_| malformed("number out of range"))
}

fn numbers(value: Value) -> Result<Vec<u64>, KeyError> {
    let items = value.into_array().map_err(|_| malformed("not an array"))?;
    items.iter().map(number).collect()
}

fn flag(value: &Value) -> Result<bool, KeyError> {
    value.as_bool().ok_or_else(|| malformed("not true or false"))
}

fn texts(value: Value) -> Result<Vec<String>, KeyError> {
    let items = value.into_array().map_err(|_| malformed("not an array"))?;
    items.into_iter().map(text).collect()
}

fn text(value: Value) -> Result<String, KeyError> {
    value.into_text().map_err(|_| malformed("not a text"))
}

fn options(value: Value) -> Result<Vec<(String, bool)>, KeyError> {
    let items = value.into_map().map_err(|_| malformed("options are not a map"))?;
    items.into_iter().map(|(name, value)| Ok((text(name)?, flag(&value)?))).collect()
}

fn aaguid_bytes(value: Value) -> Result<[u8; 16], KeyError> {
    let bytes = value.into_bytes().map_err(|_| malformed("AAGUID is not bytes"))?;
    <[u8; 16]>::try_from(bytes).map_err(|_| malformed("AAGUID is not 16 bytes long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(members: Vec<(i64, Value)>) -> Vec<u8> {
        let map = members.into_iter().map(|(name, value)| (Value::from(name), value)).collect();
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(map), &mut bytes).unwrap();
        bytes
    }

    fn options_of(list: &[(&str, bool)]) -> Value {
        Value::Map(list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    fn modern() -> Vec<(i64, Value)> {
        vec![
            (0x01, Value::Array(vec!["FIDO_2_1".into()])),
            (0x02, Value::Array(vec!["credProtect".into(), "hmac-secret".into()])),
            (0x03, Value::Bytes(vec![7; 16])),
            (
                0x04,
                options_of(&[
                    ("rk", true),
                    ("clientPin", true),
                    ("credMgmt", true),
                    ("authnrCfg", true),
                    ("setMinPINLength", true),
                    ("alwaysUv", false),
                ]),
            ),
            (0x05, 1200.into()),
            (0x06, Value::Array(vec![2.into(), 1.into()])),
            (0x07, 8.into()),
            (0x0C, false.into()),
            (0x0D, 6.into()),
            (0x0E, 0x0005_0701.into()),
            (0x14, 0.into()),
            (0x55, "a member of the future".into()),
        ]
    }

    #[test]
    fn a_modern_key_is_read_whole() {
        let info = Info::parse(&encode(modern())).unwrap();
        assert_eq!(info.aaguid(), Aaguid([7; 16]));
        assert_eq!(info.min_pin_length(), 6);
        assert_eq!(info.pin_protocol(), 2);
        assert_eq!(info.max_message_bytes(), 1200);
        assert_eq!(info.max_credentials_in_list, Some(8));
        assert_eq!(info.free_slots, Some(0), "full is not the same as unknown");
        assert_eq!(
            info.supports(),
            Supports {
                resident_keys: true,
                credential_management: true,
                min_pin_length: true,
                force_pin_change: true,
                always_uv: true,
                pin_protocol_2: true,
                cred_protect: true,
                hmac_secret: true,
            }
        );
    }

    #[test]
    fn an_old_key_that_says_little_gets_the_defaults() {
        let old = vec![(0x03, Value::Bytes(vec![0; 16])), (0x04, options_of(&[("rk", true)]))];
        let info = Info::parse(&encode(old)).unwrap();
        assert_eq!(info.free_slots, None);
        assert_eq!(info.min_pin_length(), 4);
        assert_eq!(info.pin_protocol(), 1);
        assert_eq!(info.max_message_bytes(), 1024);
        assert_eq!(info.pin_state(None), PinState::NotSet);
        assert_eq!(info.supports(), Supports { resident_keys: true, ..Supports::default() });
    }

    #[test]
    fn the_pin_state_tells_blocked_before_must_change() {
        let mut info = Info::parse(&encode(modern())).unwrap();
        assert_eq!(info.pin_state(None), PinState::Set { retries_left: None });
        assert_eq!(info.pin_state(Some(3)), PinState::Set { retries_left: Some(3) });
        info.force_pin_change = true;
        assert_eq!(info.pin_state(Some(8)), PinState::MustChange);
        assert_eq!(info.pin_state(Some(0)), PinState::Blocked);
    }

    #[test]
    fn hostile_answers_are_errors_and_never_panics() {
        let whole = encode(modern());
        for end in 0..whole.len() {
            assert!(Info::parse(&whole[..end]).is_err(), "cut at {end}");
        }
        for wrong in [
            vec![(0x03, Value::Bytes(vec![0; 15]))],
            vec![(0x03, Value::Bytes(vec![0; 16])), (0x14, Value::from(-1))],
            vec![(0x03, Value::Bytes(vec![0; 16])), (0x0D, Value::from(300))],
            vec![(0x04, options_of(&[]))],
        ] {
            assert!(matches!(Info::parse(&encode(wrong)), Err(KeyError::Malformed(_))));
        }
    }
}
