//! Yubico's READ CONFIG over CTAPHID: the serial number, told without PIN and touch.

use super::model::Spec;

/// CTAPHID vendor command 0x42, 0xC2 with the start bit.
pub(super) const COMMAND: u8 = 0xC2;
const YUBICO: u16 = 0x1050;

const TAG_SERIAL: u8 = 0x02;
const TAG_FORM_FACTOR: u8 = 0x04;
const TAG_VERSION: u8 = 0x05;
const TAG_LOCKED: u8 = 0x0A;
const FORM_FACTOR_USB_A_KEYCHAIN: u8 = 1;
const NOT_LOCKED: u8 = 0;

/// The answer for a page, a length byte and tagged values; `None` if this key does not know the
/// command.
pub(super) fn answer(spec: &Spec, serial: Option<u32>, page: u8) -> Option<Vec<u8>> {
    if spec.vendor_id != YUBICO {
        return None;
    }
    let mut values = Vec::new();
    if page == 0 {
        if let Some(serial) = serial {
            push(&mut values, TAG_SERIAL, &serial.to_be_bytes());
        }
        let (major, minor, patch) = spec.firmware;
        push(&mut values, TAG_FORM_FACTOR, &[FORM_FACTOR_USB_A_KEYCHAIN]);
        push(&mut values, TAG_VERSION, &[major, minor, patch]);
        push(&mut values, TAG_LOCKED, &[NOT_LOCKED]);
    }
    values.insert(0, values.len() as u8);
    Some(values)
}

fn push(values: &mut Vec<u8>, tag: u8, value: &[u8]) {
    values.extend([tag, value.len() as u8]);
    values.extend(value);
}
