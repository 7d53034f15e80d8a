//! What firmware of CTAP 2.0 lacks, taken away from an authenticator of CTAP 2.1.

use opensk::ctap::{cbor_read, cbor_write};

use super::faults::subcommand_of;
use super::model::Generation;

const GET_INFO: u8 = 0x04;
const CLIENT_PIN: u8 = 0x06;
const INVALID_COMMAND: u8 = 0x01;
const INVALID_PARAMETER: u8 = 0x02;
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
    members.retain_mut(|(name, value)| {
        let kept = match name.clone().extract_unsigned() {
            Some(1) => Some(vec!["U2F_V2".into(), "FIDO_2_0".into()].into()),
            Some(2) => Some(vec!["hmac-secret".into()].into()),
            Some(3) => return true,
            Some(4) => value.clone().extract_map().map(|mut options| {
                options.retain(|(option, _)| {
                    let option = option.clone().extract_text_string();
                    matches!(option.as_deref(), Some("rk" | "up" | "clientPin"))
                });
                options.into()
            }),
            Some(5) => Some(1200.into()),
            Some(6) => Some(vec![1.into()].into()),
            _ => None,
        };
        kept.map(|kept| *value = kept).is_some()
    });
    let mut older = vec![*status];
    cbor_write(members.into(), &mut older).ok()?;
    Some(older)
}
