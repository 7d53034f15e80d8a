//! Keys that come, tell who they are, and go.

use std::time::Duration;

use hid::virtual_keys::{At, Fault, Malformation, Model, Spec, VirtualKey};
use keydesk::key::{Activity, KeyError, KeyEvent, KeyId, PinState, Supports};
use keydesk::webauthn::Aaguid;

use crate::bench::{Plugged, events_of, is_known, pin, run, wait_for, watch};

const READ_CONFIG: u8 = 0xC2;
const GET_INFO: u8 = 0x04;
/// CTAP1_ERR_CHANNEL_BUSY.
const BUSY: u8 = 0x06;

#[test]
fn a_key_is_told_when_it_comes_and_when_it_goes() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    let id = plugged.key.id().clone();
    let facts = plugged.facts_told();
    match &events_of(&id)[0] {
        KeyEvent::Inserted { port, product, .. } => {
            assert_eq!(product, "YubiKey 5 NFC");
            assert!(port.is_some());
            assert_eq!(port, &facts.port);
        }
        other => panic!("{other:?} came first"),
    }
    plugged.virtual_key.pull_out();
    wait_for(&id, |event| matches!(event, KeyEvent::Removed { .. }).then_some(()));
    assert!(!is_known(&id));
    assert_eq!(run(plugged.key.wink()), Err(KeyError::Removed));
    assert!(matches!(events_of(&id).last(), Some(KeyEvent::Removed { .. })));
}

#[test]
fn a_new_key_tells_model_serial_firmware_and_what_it_can() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    let facts = plugged.facts_told();
    let spec = plugged.virtual_key.spec();
    assert_eq!(facts.aaguid, Aaguid(spec.aaguid));
    assert_eq!(facts.model, "YubiKey 5 Series with NFC");
    assert_eq!(facts.serial, spec.serial.map(|serial| serial.to_string()));
    assert_eq!(facts.firmware.as_deref(), Some("5.4.3"));
    assert_eq!(facts.pin, PinState::NotSet);
    assert_eq!(facts.min_pin_length, 4);
    assert_eq!(facts.always_uv, Some(false));
    assert_eq!(facts.free_slots, Some(25));
    assert_eq!(facts.credentials, None);
    assert_eq!(
        facts.supports,
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
fn a_key_without_a_serial_has_none_and_another_vendor_is_not_asked() {
    let plain = Plugged::identified(Model::SecurityKeyNfc);
    assert_eq!(plain.facts_told().serial, None);
    let other = Plugged::identified(Model::Forbidden);
    assert_eq!(other.facts_told().serial, None);
    assert_eq!(other.facts_told().firmware.as_deref(), Some("1.0.0"));
}

#[test]
fn an_unknown_model_goes_by_its_usb_text() {
    let spec = Spec { name: "Prototype 7".into(), aaguid: [0xEE; 16], ..Model::Yubikey5Nfc.spec() };
    assert_eq!(Plugged::identified(spec).facts_told().model, "Prototype 7");
}

#[test]
fn old_firmware_supports_little_and_says_no_number_of_slots() {
    let facts = Plugged::identified(Model::OldFirmware).facts_told();
    assert_eq!(facts.firmware.as_deref(), Some("5.1.2"), "from READ CONFIG");
    assert_eq!(facts.free_slots, None);
    assert_eq!(facts.always_uv, None);
    assert_eq!(
        facts.supports,
        Supports { resident_keys: true, hmac_secret: true, ..Supports::default() }
    );
}

#[test]
fn the_retries_of_a_pin_are_told_once_a_reset_is_out_of_time() {
    let plugged = Plugged::identified(Model::WithPin);
    assert_eq!(plugged.facts_told().pin, PinState::Set { retries_left: None });
    plugged.facts_told_with(|facts| facts.pin == PinState::Set { retries_left: Some(8) });
}

#[test]
fn a_silent_key_is_told_as_such_and_the_others_work_on() {
    let silent = Plugged::new(Model::Silent);
    let other = Plugged::identified(Model::Yubikey5Nfc);
    run(other.key.set_pin(&pin("193758"))).unwrap();
    let error = silent.told(|event| match event {
        KeyEvent::Unreadable { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error, KeyError::Silent);
}

/// Another program has it for a moment.
#[test]
fn a_key_that_is_busy_at_the_first_look_is_looked_at_again() {
    let fault = Some(Fault::RefusesAt(At::first(GET_INFO), BUSY));
    let plugged = Plugged::new(Spec { fault, ..Model::Yubikey5Nfc.spec() });
    plugged.facts_told();
    let told = events_of(plugged.key.id());
    assert!(!told.iter().any(|event| matches!(event, KeyEvent::Unreadable { .. })), "{told:?}");
}

#[test]
fn a_key_that_could_not_tell_its_serial_does_not_pass_for_one_without() {
    let fault = Some(Fault::PullOutAt(At::first(READ_CONFIG)));
    // It may be out again before anybody has it in hand.
    watch();
    let pulled_out = VirtualKey::new(Spec { fault, ..Model::Yubikey5Nfc.spec() }).unwrap();
    let id = KeyId(pulled_out.insert().to_string());
    wait_for(&id, |event| matches!(event, KeyEvent::Removed { .. }).then_some(()));
    let told = events_of(&id);
    assert!(!told.iter().any(|event| matches!(event, KeyEvent::Identified(_))), "{told:?}");

    let fault = Some(Fault::SilentAt(At::first(READ_CONFIG)));
    let silent = Plugged::new(Spec { fault, ..Model::Yubikey5Nfc.spec() });
    let error = silent.told(|event| match event {
        KeyEvent::Unreadable { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error, KeyError::Silent);
}

#[test]
fn a_key_with_unreadable_facts_is_told_as_such() {
    for payload in [vec![0], vec![0, 0xA1, 0x03, 0x41, 0x01], vec![0, 0xFF]] {
        let fault = Some(Fault::Malformed(Malformation::Payload(payload)));
        let plugged = Plugged::new(Spec { fault, ..Model::Yubikey5Nfc.spec() });
        let error = plugged.told(|event| match event {
            KeyEvent::Unreadable { error, .. } => Some(error.clone()),
            _ => None,
        });
        assert!(matches!(error, KeyError::Malformed(_)), "{error:?}");
    }
}

#[test]
fn a_key_that_knows_no_ctap2_is_not_supported() {
    let fault = Some(Fault::Malformed(Malformation::Payload(vec![0x01])));
    let plugged = Plugged::new(Spec { fault, ..Model::Yubikey5Nfc.spec() });
    let error = plugged.told(|event| match event {
        KeyEvent::Unreadable { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error, KeyError::Unsupported("FIDO2"));
}

#[test]
fn a_key_put_back_is_another_insertion_of_the_same_key() {
    let mut plugged = Plugged::identified(Model::Yubikey5Nfc);
    let (first, before) = (plugged.key.clone(), plugged.facts_told());
    plugged.replug();
    assert_ne!(first.id(), plugged.key.id());
    assert_eq!(plugged.facts_told().serial, before.serial);
    assert_eq!(run(first.facts()), Err(KeyError::Removed));
    run(plugged.key.facts()).unwrap();
}

#[test]
fn a_change_of_the_key_is_told_by_itself() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    run(plugged.key.set_pin(&pin("193758"))).unwrap();
    plugged.facts_told_with(|facts| facts.pin == PinState::Set { retries_left: Some(8) });
}

#[test]
fn a_key_winks() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    run(plugged.key.wink()).unwrap();
}

#[test]
fn an_unknown_id_is_no_key() {
    assert!(!is_known(&KeyId("nothing".into())));
}

#[test]
fn a_slow_key_is_waited_for_and_identified() {
    let fault = Some(Fault::Slow(Duration::from_millis(300)));
    let plugged = Plugged::identified(Spec { fault, ..Model::Yubikey5Nfc.spec() });
    plugged.told(|event| match event {
        KeyEvent::Activity { activity: Activity::Processing, .. } => Some(()),
        _ => None,
    });
}
