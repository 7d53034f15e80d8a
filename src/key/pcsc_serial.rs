//! Second source of a YubiKey's serial: its PIV applet over PC/SC.
//!
//! Nothing links a card reader to a HID device, so the answer is believed only while exactly one
//! YubiKey is plugged in. Without a PC/SC service there is quietly no answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use hid::Description;
use yubikey::YubiKey;

use super::serial::YUBICO;

/// PC/SC calls have no deadline of their own.
const PATIENCE: Duration = Duration::from_secs(2);

/// USB product ids of YubiKeys whose smart card side is switched on together with FIDO.
const WITH_SMART_CARD: [u16; 2] = [0x0406, 0x0407];

/// Set while a question is under way; one that hangs is never asked again.
static ASKING: AtomicBool = AtomicBool::new(false);

/// The serial of this key, when PC/SC can tell it beyond doubt.
pub fn serial(device: &Description) -> Option<u32> {
    if !may_be_asked(device, &hid::devices().ok()?) || ASKING.swap(true, Ordering::AcqRel) {
        return None;
    }
    let (reply, answer) = sync_channel(1);
    let asking = std::thread::Builder::new().name("key-smart-card".into()).spawn(move || {
        let serial = ask();
        ASKING.store(false, Ordering::Release);
        if reply.send(serial).is_err() {
            tracing::debug!("the smart card answered too late");
        }
    });
    if let Err(error) = asking {
        ASKING.store(false, Ordering::Release);
        tracing::warn!(%error, "no thread to ask the smart card");
        return None;
    }
    answer.recv_timeout(PATIENCE).ok().flatten()
}

fn may_be_asked(device: &Description, plugged_in: &[Description]) -> bool {
    let yubikeys = plugged_in.iter().filter(|other| other.vendor_id == YUBICO).count();
    device.vendor_id == YUBICO && WITH_SMART_CARD.contains(&device.product_id) && yubikeys == 1
}

fn ask() -> Option<u32> {
    let card = match YubiKey::open() {
        Ok(card) => card,
        Err(error) => {
            tracing::debug!(%error, "no serial over PC/SC");
            return None;
        }
    };
    let serial = card.serial().into();
    // Dropping the card would reset it under another program's hands.
    if let Err((card, error)) = card.disconnect(pcsc::Disposition::LeaveCard) {
        tracing::debug!(%error, "could not leave the card as it was");
        drop(card);
    }
    Some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(vendor_id: u16, product_id: u16) -> Description {
        Description {
            id: hid::DeviceId::from_text("test"),
            vendor_id,
            product_id,
            product: String::new(),
            serial_text: None,
            port: None,
        }
    }

    #[test]
    fn only_a_lone_yubikey_with_a_smart_card_side_is_asked_for() {
        let with_card = device(YUBICO, 0x0407);
        let fido_only = device(YUBICO, 0x0402);
        let other = device(0x096E, 0x0858);
        assert!(may_be_asked(&with_card, &[with_card.clone(), other.clone()]));
        assert!(!may_be_asked(&with_card, &[with_card.clone(), fido_only.clone()]));
        assert!(!may_be_asked(&fido_only, std::slice::from_ref(&fido_only)));
        assert!(!may_be_asked(&other, std::slice::from_ref(&with_card)));
    }
}
