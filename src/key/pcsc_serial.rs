//! Second source of a YubiKey's serial: its PIV applet over PC/SC.
//!
//! Nothing links a card reader to a HID device, so the answer is believed only while exactly one
//! YubiKey is plugged in and exactly one is on PC/SC. Only readers that are YubiKeys themselves are
//! opened: to ask a card in another reader would take its applet from the program that uses it.
//! PC/SC calls have no deadline, so nobody waits for one: the answer is handed on when it is there.

use std::io;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use hid::Description;
use yubikey::reader::{Context, Reader};
use yubikey::{Error, YubiKey};

use super::NoSerial;
use super::serial::YUBICO;

/// After this the question counts as unanswered, also when it is still under way.
const PATIENCE: Duration = Duration::from_secs(2);

/// USB product ids of YubiKeys whose smart card side is switched on together with FIDO.
const WITH_SMART_CARD: [u16; 2] = [0x0406, 0x0407];

/// `yubikey` fills a cut answer up with zeros, and no YubiKey with a smart card side has a serial
/// this small.
const LEAST_SERIAL: u32 = 0x1_0000;

/// Set while a question is under way: while one hangs, no other is asked.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Whether this key can have a smart card side at all.
pub fn is_worth_asking(device: &Description) -> bool {
    device.vendor_id == YUBICO && WITH_SMART_CARD.contains(&device.product_id)
}

/// Asks on a thread of its own and hands the answer on, two seconds later at most.
///
/// # Errors
/// When the system gives no thread; then nothing is handed on.
pub fn ask(
    device: Description,
    hand_on: impl FnOnce(Result<u32, NoSerial>) + Send + 'static,
) -> io::Result<()> {
    let waiting = move || hand_on(serial(&device));
    thread::Builder::new().name("key-serial".into()).spawn(waiting).map(drop)
}

fn serial(device: &Description) -> Result<u32, NoSerial> {
    alone(device)?;
    let serial = within_patience()?;
    // Another one may have come, and this one gone, since the question.
    alone(device).map(|()| serial)
}

fn alone(device: &Description) -> Result<(), NoSerial> {
    let plugged_in = hid::devices().map_err(|_| NoSerial::NoCard)?;
    if is_alone(device, &plugged_in) { Ok(()) } else { Err(NoSerial::SeveralKeys) }
}

fn is_alone(device: &Description, plugged_in: &[Description]) -> bool {
    let mut yubikeys = plugged_in.iter().filter(|other| other.vendor_id == YUBICO);
    yubikeys.all(|other| other.id == device.id)
}

fn within_patience() -> Result<u32, NoSerial> {
    let Some(turn) = Turn::take() else {
        return Err(NoSerial::Silent);
    };
    let (reply, answer) = sync_channel(1);
    let call = move || {
        // The client reads past the end of some short answers.
        let serial = catch_unwind(ask_the_cards).unwrap_or(Err(NoSerial::Unreadable));
        drop(turn);
        if reply.send(serial).is_err() {
            tracing::debug!("the smart card answered too late");
        }
    };
    if let Err(error) = thread::Builder::new().name("key-smart-card".into()).spawn(call) {
        tracing::warn!(%error, "no thread to ask the smart card");
        return Err(NoSerial::Silent);
    }
    answer.recv_timeout(PATIENCE).unwrap_or(Err(NoSerial::Silent))
}

/// The right to ask, given back when dropped.
struct Turn;

impl Turn {
    fn take() -> Option<Self> {
        (!ASKING.swap(true, Ordering::AcqRel)).then_some(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        ASKING.store(false, Ordering::Release);
    }
}

fn ask_the_cards() -> Result<u32, NoSerial> {
    let mut context = Context::open().map_err(why)?;
    let answers: Vec<_> = context
        .iter()
        .map_err(why)?
        .filter(is_yubikey)
        .filter_map(|reader| asked(&reader))
        .collect();
    match answers.as_slice() {
        [] => Err(NoSerial::NoCard),
        [answer] => *answer,
        _ => Err(NoSerial::SeveralKeys),
    }
}

/// All systems name the reader after the USB product: `Yubico YubiKey OTP+FIDO+CCID 00 00`. One
/// without FIDO is another key than the one that was put in, which HID does not show.
fn is_yubikey(reader: &Reader<'_>) -> bool {
    let name = reader.name().to_ascii_lowercase();
    name.contains("yubico yubikey") && name.contains("fido")
}

/// `None` for a reader without a card.
fn asked(reader: &Reader<'_>) -> Option<Result<u32, NoSerial>> {
    match reader.open().map(serial_of) {
        Ok(serial) if serial >= LEAST_SERIAL => Some(Ok(serial)),
        Ok(_) => Some(Err(NoSerial::Unreadable)),
        Err(error) => match why(error) {
            NoSerial::NoCard => None,
            why => Some(Err(why)),
        },
    }
}

fn serial_of(card: YubiKey) -> u32 {
    let serial = card.serial().into();
    // Dropping the card would reset it under another program's hands.
    if let Err((card, error)) = card.disconnect(pcsc::Disposition::LeaveCard) {
        tracing::debug!(%error, "could not leave the card as it was");
        drop(card);
    }
    serial
}

fn why(error: Error) -> NoSerial {
    tracing::debug!(%error, "no serial over PC/SC");
    let Error::PcscError { inner: Some(error) } = error else {
        return NoSerial::Unreadable;
    };
    match error {
        pcsc::Error::NoService | pcsc::Error::ServiceStopped => NoSerial::NoService,
        pcsc::Error::SharingViolation => NoSerial::InUse,
        pcsc::Error::NoSmartcard
        | pcsc::Error::RemovedCard
        | pcsc::Error::NoReadersAvailable
        | pcsc::Error::ReaderUnavailable
        | pcsc::Error::UnknownReader => NoSerial::NoCard,
        _ => NoSerial::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, vendor_id: u16, product_id: u16) -> Description {
        Description {
            id: hid::DeviceId::from_text(id),
            vendor_id,
            product_id,
            product: String::new(),
            serial_text: None,
            port: None,
        }
    }

    #[test]
    fn only_a_yubikey_with_a_smart_card_side_is_asked_for() {
        assert!(is_worth_asking(&device("a", YUBICO, 0x0407)));
        assert!(!is_worth_asking(&device("a", YUBICO, 0x0402)), "a FIDO-only key");
        assert!(!is_worth_asking(&device("a", 0x096E, 0x0407)), "another maker's key");
    }

    #[test]
    fn a_second_yubikey_of_any_kind_makes_the_answer_doubtful() {
        let ours = device("a", YUBICO, 0x0407);
        let fido_only = device("b", YUBICO, 0x0402);
        let other = device("c", 0x096E, 0x0858);
        assert!(is_alone(&ours, &[ours.clone(), other]));
        assert!(!is_alone(&ours, &[ours.clone(), fido_only.clone()]));
        assert!(!is_alone(&ours, &[fido_only]), "ours was exchanged for another");
    }
}
