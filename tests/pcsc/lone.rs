//! One key and its card; two keys; other programs' cards are left as they are.

use hid::virtual_keys::{Model, Spec};
use keydesk::key::NoSerial;
use keydesk::problem::Explain;

use crate::Case;
use crate::card::{Inserted, Manner};
use crate::daemon::{FIRST, OTHER, Pcscd, SECOND, YUBIKEY, context};
use crate::keys::Plugged;

pub const CASES: &[Case] = &[
    ("a_lone_key_gets_the_serial_of_its_smart_card_side", lone),
    ("a_serial_told_over_hid_is_not_asked_for_again", told_over_hid),
    ("with_two_keys_no_serial_is_guessed", two_keys),
    ("with_two_cards_no_serial_is_guessed", two_cards),
    ("a_second_card_that_can_not_be_opened_counts_as_one", second_card_in_use),
    ("another_programs_session_with_the_card_goes_on", session_goes_on),
    ("a_card_in_another_reader_is_never_spoken_to", other_reader),
    ("a_key_without_fido_is_another_one_and_never_spoken_to", without_fido),
];

fn lone() {
    let daemon = Pcscd::start(YUBIKEY);
    let _card = Inserted::new(Manner::Yubikey(0x0138_2A6F), FIRST);
    daemon.wait_for_cards(1);
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Ok("20458095".to_owned()));
}

fn told_over_hid() {
    let daemon = Pcscd::start(YUBIKEY);
    let card = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    let key = Plugged::new(Spec { serial: Some(33_333_333), ..Model::Yubikey5Nfc.spec() });
    assert_eq!(key.serial(), Ok("33333333".to_owned()));
    assert_eq!(card.fate.commands(), 0);
}

fn two_keys() {
    let daemon = Pcscd::start(YUBIKEY);
    let card = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    // The other one is of a series without a smart card side.
    let other = Plugged::new(Model::SecurityKeyNfc.spec());
    other.facts(|_| true);
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Err(NoSerial::SeveralKeys));
    assert_eq!(card.fate.commands(), 0, "nothing is asked whose answer would not count");
    let problem = NoSerial::SeveralKeys.problem();
    assert!(problem.what.contains("Several YubiKeys"), "{problem}");
    assert!(problem.next.contains("printed"), "{problem}");
}

fn two_cards() {
    let daemon = Pcscd::start(YUBIKEY);
    let _first = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    let _second = Inserted::new(Manner::Yubikey(20_458_096), SECOND);
    daemon.wait_for_cards(2);
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Err(NoSerial::SeveralKeys));
}

fn second_card_in_use() {
    let daemon = Pcscd::start(YUBIKEY);
    let _first = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    let context = context().unwrap();
    let held = held(&context, pcsc::ShareMode::Exclusive);
    {
        let key = Plugged::yubikey();
        assert_eq!(key.serial(), Err(NoSerial::InUse));
    }
    let _second = Inserted::new(Manner::Yubikey(20_458_096), SECOND);
    daemon.wait_for_cards(2);
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Err(NoSerial::SeveralKeys), "the one that opens may be the wrong one");
    drop(held);
}

fn session_goes_on() {
    let daemon = Pcscd::start(YUBIKEY);
    let card = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    let context = context().unwrap();
    let other_program = held(&context, pcsc::ShareMode::Shared);
    let before = card.fate.disturbances();
    {
        let key = Plugged::yubikey();
        assert_eq!(key.serial(), Ok("20458095".to_owned()));
    }
    // A reset would make this fail once with ResetCard.
    let mut reply = [0; 64];
    let version = other_program.transmit(&[0x00, 0xFD, 0x00, 0x00], &mut reply);
    assert_eq!(version, Ok([5, 4, 3, 0x90, 0x00].as_slice()));
    assert_eq!(card.fate.disturbances(), before);
}

fn other_reader() {
    never_spoken_to(OTHER);
}

/// Such as the operator's own, which is a smart card only: HID does not show it.
fn without_fido() {
    never_spoken_to("Yubico YubiKey CCID");
}

fn never_spoken_to(reader: &'static str) {
    let daemon = Pcscd::start(reader);
    let card = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Err(NoSerial::NoCard));
    assert_eq!(card.fate.commands(), 0);
}

/// Another program's session with the card in the first reader.
fn held(context: &pcsc::Context, mode: pcsc::ShareMode) -> pcsc::Card {
    let readers = context.list_readers_owned().unwrap();
    let opened =
        readers.iter().find_map(|name| context.connect(name, mode, pcsc::Protocols::ANY).ok());
    opened.expect("a reader has the card")
}
