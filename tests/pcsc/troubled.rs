//! No service, no card, cards that answer nonsense, and a service that hangs.

use std::fs::OpenOptions;
use std::io::Write;

use keydesk::key::{KeyError, NoSerial};
use keydesk::pin::Pin;
use keydesk::problem::Explain;

use crate::Case;
use crate::card::{Inserted, Manner};
use crate::daemon::{FIRST, Pcscd, YUBIKEY};
use crate::keys::Plugged;

pub const CASES: &[Case] = &[
    ("without_a_service_it_is_said_and_the_key_works", no_service),
    ("a_reader_without_a_card_has_no_serial", no_card),
    ("a_card_without_piv_has_no_serial", foreign),
    ("a_card_that_does_not_know_the_command_has_no_serial", no_command),
    ("what_is_no_serial_is_not_taken_for_one", garbage),
    ("a_version_cut_short_ends_only_the_question", cut_version),
    ("a_card_pulled_out_while_asked_has_no_serial", pulled_out),
    ("a_service_that_hangs_holds_nothing_up", hangs),
];

/// What a key says whose smart card side is of this manner.
fn serial_of(manner: Manner) -> Result<String, NoSerial> {
    let daemon = Pcscd::start(YUBIKEY);
    let _card = Inserted::new(manner, FIRST);
    daemon.wait_for_cards(1);
    Plugged::yubikey().serial()
}

/// The key sets a PIN: its HID side is free.
fn works(key: &Plugged) {
    let pin = known_to_the_search("482913");
    let set: Result<(), KeyError> = run(key.key().set_pin(&pin));
    assert_eq!(set, Ok(()));
}

/// Tells the search for secrets in logs and files what to look for.
fn known_to_the_search(pin: &str) -> Pin {
    if let Ok(list) = std::env::var("KEYDESK_TEST_SECRETS") {
        let mut list = OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{pin}").unwrap();
    }
    Pin::new(pin).map_err(|_| "no PIN").unwrap()
}

fn run<T>(calls: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(calls)
}

fn no_service() {
    let key = Plugged::yubikey();
    assert_eq!(key.serial(), Err(NoSerial::NoService));
    works(&key);
    assert!(NoSerial::NoService.what().contains("PC/SC"));
}

fn no_card() {
    let _daemon = Pcscd::start(YUBIKEY);
    assert_eq!(Plugged::yubikey().serial(), Err(NoSerial::NoCard));
}

fn foreign() {
    assert_eq!(serial_of(Manner::Foreign), Err(NoSerial::Unreadable));
}

fn no_command() {
    assert_eq!(serial_of(Manner::NoSerialCommand), Err(NoSerial::Unreadable));
}

fn garbage() {
    for bytes in [vec![], vec![0; 4], vec![0x12, 0x34], vec![0xAB; 5], vec![0xFF; 200]] {
        let answer = serial_of(Manner::Serial(bytes.clone()));
        assert_eq!(answer, Err(NoSerial::Unreadable), "{bytes:x?}");
    }
}

/// The client panics on it; the next question must be asked all the same.
fn cut_version() {
    assert_eq!(serial_of(Manner::Version(vec![5])), Err(NoSerial::Unreadable));
    assert_eq!(serial_of(Manner::Version(vec![])), Err(NoSerial::Unreadable));
    assert_eq!(serial_of(Manner::Yubikey(20_458_095)), Ok("20458095".to_owned()));
}

fn pulled_out() {
    let answer = serial_of(Manner::PulledOut);
    assert!(matches!(answer, Err(NoSerial::NoCard | NoSerial::Unreadable)), "{answer:?}");
}

fn hangs() {
    let daemon = Pcscd::start(YUBIKEY);
    let _card = Inserted::new(Manner::Yubikey(20_458_095), FIRST);
    daemon.wait_for_cards(1);
    daemon.hang();
    {
        let key = Plugged::yubikey();
        let facts = key.facts(|_| true);
        assert_eq!((facts.serial, facts.no_serial), (None, None), "nobody has answered yet");
        works(&key);
        assert_eq!(key.serial(), Err(NoSerial::Silent));
    }
    {
        let again = Plugged::yubikey();
        assert_eq!(again.serial(), Err(NoSerial::Silent), "no second call joins the first");
    }
    daemon.go_on();
    let later = (0..100).map(|_| Plugged::yubikey().serial()).find(|serial| serial.is_ok());
    assert_eq!(later, Some(Ok("20458095".to_owned())));
}
