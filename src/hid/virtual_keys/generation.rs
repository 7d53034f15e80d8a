//! What firmware of CTAP 2.0 lacks, taken away from an authenticator of CTAP 2.1.

use opensk::ctap::{cbor_read, cbor_write};

use super::faults::subcommand_of;
use super::model::Generation;

const GET_INFO: u8 = 0x04;
const CLIENT_PIN: u8 = 0x06;
const INVALID_COMMAND: u8 = 0x01;
const INVALID_PARAMETER: u8 = 0x02;
const MAX_MESSAGE_BYTES: u64 = 1200;
const PIN_PROTOCOL_1: u64 = 1;
/// The last subcommand of clientPIN in CTAP 2.0, getPinToken.
const GET_PIN_TOKEN: u64 = 0x05;

/// The status with which old firmware refuses a request; `None` if it knows the request.
pub(super) fn refusal(generation: Generation, request: &[u8]) -> Option<u8> {
    if generation == Generation::Ctap21 {
        return None;
    }
    match request.first() {
        Some(&CLIENT_PIN) if subcommand_of(request).is_some_and(|sub| sub > GET_PIN_TOKEN) => {
            Some(INVALID_PARAMETER)
        }
        Some(0x01 | 0x02 | &GET_INFO | &CLIENT_PIN | 0x07 | 0x08) => None,
        _ => Some(INVALID_COMMAND),
    }
}

/// The answer as this generation gives it: getInfo of CTAP 2.0 has members 1 to 6 only, and fewer
/// versions, extensions, options and PIN protocols.
pub(super) fn adapt(generation: Generation, request: &[u8], answer: Vec<u8>) -> Vec<u8> {
    if generation == Generation::Ctap21 || request.first() != Some(&GET_INFO) {
        return answer;
    }
    older_info(&answer).unwrap_or(answer)
}

fn older_info(answer: &[u8]) -> Option<Vec<u8>> {
    let (status, info) = answer.split_first()?;
    let mut members = cbor_read(info).ok()?.extract_map()?;
    members.retain(|(name, _)| matches!(name.clone().extract_unsigned(), Some(1..=6)));
    for (name, value) in &mut members {
        match name.clone().extract_unsigned() {
            Some(1) => *value = list(["U2F_V2", "FIDO_2_0"]),
            Some(2) => *value = list(["hmac-secret"]),
            Some(4) => {
                let mut options = value.clone().extract_map()?;
                options.retain(|(option, _)| {
                    let option = option.clone().extract_text_string();
                    matches!(option.as_deref(), Some("rk" | "up" | "clientPin"))
                });
                *value = options.into();
            }
            Some(5) => *value = MAX_MESSAGE_BYTES.into(),
            Some(6) => *value = list([PIN_PROTOCOL_1]),
            _ => {}
        }
    }
    let mut older = vec![*status];
    cbor_write(members.into(), &mut older).ok()?;
    Some(older)
}

/// A CBOR array. Generic because OpenSK does not export the name of its value type.
fn list<const N: usize, Item, Value: From<Item> + From<Vec<Value>>>(items: [Item; N]) -> Value {
    items.map(Value::from).into_iter().collect::<Vec<_>>().into()
}
