//! Used keys that tell no serial, and whose they are.

use super::Hub;
use crate::clerk::{Station, credentials_on};
use hid::virtual_keys::{At, Fault as KeyFault, Model, ResetRule, Spec, VirtualKey};
use keydesk::bulk::{SessionOptions, SlotNo, UsedKeys};
use keydesk::engine::{
    BulkCommand, BulkEvent, Command, Event, PersonOnBoard, PinChoice, SlotPhase, SlotShown,
};
use keydesk::enrolment::{AlwaysUv, Answer, EnrolmentId, FirstUse};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::pin::Pin;
use keydesk::problem::Problem;
use std::time::Duration;

pub const GET_ASSERTION: u8 = 0x02;
const AUTHENTICATOR_CONFIG: u8 = 0x0D;
const PUAT_REQUIRED: u8 = 0x36;
const RESET: u8 = 0x07;
const KEY_STORE_FULL: u8 = 0x28;
/// CTAP1_ERR_CHANNEL_BUSY.
const BUSY: u8 = 0x06;
/// Longer than a key takes a reset after it was put in.
const TOO_LATE: Duration = Duration::from_secs(11);

/// A key of the same model that somebody used elsewhere.
pub fn used_elsewhere() -> Spec {
    Spec { pin: Some(Model::PIN.to_owned()), ..Model::SecurityKeyNfc.spec() }
}

fn used_yubikey(serial: Option<u32>) -> Spec {
    Spec { pin: Some(Model::PIN.to_owned()), serial, ..Model::Yubikey5Nfc.spec() }
}

fn refusal(slot: &SlotShown) -> Option<&Problem> {
    match &slot.phase {
        SlotPhase::Refused(problem) | SlotPhase::Barred(problem) => Some(problem),
        _ => None,
    }
}

impl Station<Hub> {
    /// A key without a serial is made in slot 1 for the first person, and handed over.
    pub fn hand_one_over(&mut self) -> (VirtualKey, PersonOnBoard, EnrolmentId) {
        let key = self.key.insert_as(Model::SecurityKeyNfc, 1);
        let done = self.done(1);
        self.take_out(&key);
        (key, done.person.unwrap(), done.enrolment.unwrap())
    }

    fn stopped_with(&mut self, no: u8, words: &str) -> SlotShown {
        self.slot(no, |slot| match &slot.phase {
            SlotPhase::Stopped(stopped) => stopped.problem.what.contains(words),
            _ => false,
        })
    }

    /// The key is out, and the station knows it.
    fn pulls_out(&mut self, key: &VirtualKey) {
        let id = KeyId(key.id().expect("not inserted").to_string());
        key.pull_out();
        self.wait(|event| match event {
            Event::Key(KeyEvent::Removed { id: out }) => (out == id).then_some(()),
            _ => None,
        });
    }

    /// The slot whose key can't be checked before its reset.
    fn unchecked_in(&mut self, no: u8) -> SlotShown {
        let slot = self.stopped_with(no, "can't be checked");
        let SlotPhase::Stopped(stopped) = &slot.phase else { unreachable!() };
        assert_eq!(stopped.answers.first(), Some(&Answer::ResetKey), "nothing goes on by itself");
        assert!(!stopped.answers.contains(&Answer::Retry), "{:?}", stopped.answers);
        slot
    }

    /// The operator says to reset it all the same: it is to be put in again.
    fn reset_unchecked(&mut self, no: u8) {
        let slot = self.unchecked_in(no);
        self.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
        let slot = self.slot(no, |slot| slot.phase == SlotPhase::Replug);
        assert!(slot.note.contains("not checked"), "{}", slot.note);
    }

    pub fn refused_in(&mut self, no: u8) -> Problem {
        let slot = self.slot(no, |slot| refusal(slot).is_some());
        refusal(&slot).unwrap().clone()
    }

    /// Credentials on a key that is in, with the PIN this station sealed for it.
    fn credentials_made_on(&mut self, key: &VirtualKey, enrolment: EnrolmentId) -> usize {
        let pin = self.reveal(enrolment);
        credentials_on(&KeyId(key.id().unwrap().to_string()), &pin)
    }
}

#[test]
fn a_key_without_a_serial_is_recognised_as_its_persons_in_another_slot() {
    let mut station = Station::with_hub();
    station.begin(3, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    key.insert_into("hub-2");
    let problem = station.refused_in(2);
    assert!(problem.what.contains(&person.name), "{problem}");
    assert!(problem.what.contains("in this session"), "{problem}");
    let other = station.key.insert_as(used_elsewhere(), 3);
    let (slot, _) = station.stopped_slot(3);
    assert_ne!(slot.person.unwrap(), person, "a used key like any other");
    other.pull_out();

    // The journal alone says it, too.
    station.connect_anew();
    let problem = station.refused_in(2);
    assert!(problem.what.contains(&person.name), "{problem}");
    assert_eq!(station.registered(), 1);
}

#[test]
fn a_recognised_key_is_not_taken_from_its_person_until_theirs_is_undone() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, enrolment) = station.hand_one_over();
    key.insert_into("hub-2");
    let slot = station.slot(2, |slot| refusal(slot).is_some());
    assert!(matches!(slot.phase, SlotPhase::Barred(_)), "there is nothing to answer");
    station.use_anyway(2, &key, true);
    station.wish(BulkCommand::Undo { enrolment, reason: "wrong person".into() });
    let (slot, stopped) = station.stopped_slot(2);
    assert_eq!(slot.person.as_ref(), Some(&person), "who waits again comes first");
    assert!(stopped.answers.contains(&Answer::ResetKey), "not reset unasked");
    assert_eq!(station.registered(), 0);
    station.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
    station.reset_unchecked(2);
    key.pull_out();
    key.insert_into("hub-2");
    assert_eq!(station.done(2).person, slot.person);
    station.take_out(&key);
    assert_eq!(station.registered(), 1);
}

#[test]
fn the_operators_word_is_for_the_key_they_saw() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, _, _) = station.hand_one_over();
    let other = KeyId("another one".into());
    key.insert_into("hub-2");
    station.slot(2, |slot| refusal(slot).is_some());
    station.wish(BulkCommand::UseAnyway { slot: SlotNo(2), key: other, reset: true });
    let told = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        _ => None,
    });
    assert!(told.what.contains("not in slot 2 any more"), "{told}");
}

#[test]
fn a_key_of_an_earlier_session_is_its_holders_and_can_be_used_anyway() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    station.board(|board| board.figures.left == 0);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));
    station.begin(1, SessionOptions::default());
    key.insert_into("hub-2");
    let problem = station.refused_in(1);
    assert!(problem.what.contains(&person.upn), "{problem}");
    assert!(problem.what.contains("before"), "{problem}");
    assert_eq!(station.registered(), 1);
    station.use_anyway(1, &key, true);
    station.reset_unchecked(1);
    key.pull_out();
    key.insert_into("hub-2");
    let done = station.done(1);
    assert_ne!(done.person.as_ref(), Some(&person));
    assert_eq!(station.credentials_made_on(&key, done.enrolment.unwrap()), 1, "the new one");
    station.take_out(&key);
    assert_eq!(station.registered(), 2);
}

#[test]
fn a_key_without_a_serial_that_fell_out_after_its_credential_goes_on_in_another_slot() {
    let mut station = Station::with_hub();
    let options =
        SessionOptions { first_use: FirstUse::MustChangePin, ..SessionOptions::default() };
    station.begin(2, options);
    let fault = KeyFault::PullOutAt(At::first(AUTHENTICATOR_CONFIG));
    let spec = Spec { fault: Some(fault), ..Model::SecurityKeyNfc.spec() };
    let key = station.key.insert_as(spec, 1);
    let out = station.slot(1, |slot| slot.phase == SlotPhase::PulledOut);
    key.clear_fault();
    key.insert_into("hub-2");
    let done = station.done(2);
    assert_eq!(done.person, out.person);
    station.take_out(&key);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

#[test]
fn a_key_that_always_wants_verification_still_tells_whose_it_is() {
    let mut station = Station::with_hub();
    let options = SessionOptions { always_uv: AlwaysUv::TurnOn, ..SessionOptions::default() };
    station.begin(2, options);
    let (key, person, _) = station.hand_one_over();
    key.insert_into("hub-2");
    let problem = station.refused_in(2);
    assert!(problem.what.contains(&person.name), "{problem}");
}

/// Another program talks to it as it is put in.
#[test]
fn a_key_that_is_busy_is_asked_again_whose_it_is() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    key.set_fault(KeyFault::RefusesAt(At::first(GET_ASSERTION), BUSY));
    key.insert_into("hub-2");
    let problem = station.refused_in(2);
    assert!(problem.what.contains(&person.name), "{problem}");
}

#[test]
fn a_key_that_does_not_tell_without_its_pin_is_a_used_key() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (key, person, _) = station.hand_one_over();
    key.set_fault(KeyFault::Refuses { command: GET_ASSERTION, status: PUAT_REQUIRED });
    key.insert_into("hub-2");
    let (slot, stopped) = station.stopped_slot(2);
    assert_ne!(slot.person.unwrap(), person);
    assert!(stopped.answers.contains(&Answer::NewKey), "{:?}", stopped.answers);
    assert!(stopped.answers.contains(&Answer::ResetKey), "{:?}", stopped.answers);
    assert_eq!(station.registered(), 1);
}

/// Somebody's key that was made in slot 2, and a used one whose reset in slot 1 came too late: it
/// is to be tried as the key is put in again.
struct ToBeReset {
    used: VirtualKey,
    person: PersonOnBoard,
    enrolment: EnrolmentId,
    made: VirtualKey,
    made_for: SlotShown,
}

impl ToBeReset {
    fn begun(station: &mut Station<Hub>, rule: ResetRule) -> Self {
        let used = Spec { reset: rule, ..used_elsewhere() };
        let made = Spec { reset: rule, ..Model::SecurityKeyNfc.spec() };
        Self::begun_with(station, used, made)
    }

    /// The one to be reset tells no serial, and the other one does.
    fn beside_one_with_a_serial(station: &mut Station<Hub>) -> Self {
        let used = used_yubikey(None);
        Self::begun_with(station, used, Model::Yubikey5Nfc.spec())
    }

    fn begun_with(station: &mut Station<Hub>, used: Spec, made: Spec) -> Self {
        station.begin(2, SessionOptions { labels: false, ..SessionOptions::default() });
        let used = station.key.insert_as(used, 1);
        let (slot, _) = station.stopped_slot(1);
        let made = station.key.insert_as(made, 2);
        let made_for = station.done(2);
        used.advance_clock(TOO_LATE);
        station.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
        station.slot(1, |slot| slot.phase == SlotPhase::Replug);
        used.pull_out();
        let (person, enrolment) = (slot.person.unwrap(), slot.enrolment.unwrap());
        Self { used, person, enrolment, made, made_for }
    }

    /// The other key is pulled out and put into the slot that waits.
    fn mistake(&self, station: &mut Station<Hub>) {
        station.take_out(&self.made);
        self.made.insert_into("hub-1");
    }

    /// The right key is put in, and only it was reset.
    fn right_key(&self, station: &mut Station<Hub>) {
        self.used.insert_into("hub-1");
        if self.used.spec().reset == ResetRule::FirstCommand {
            station.reset_unchecked(1);
            self.used.pull_out();
            self.used.insert_into("hub-1");
        }
        let done = station.done(1);
        assert_eq!(done.person.as_ref(), Some(&self.person));
        assert_eq!(station.credentials_made_on(&self.used, done.enrolment.unwrap()), 1);
        station.take_out(&self.used);
        assert_eq!((station.registered(), station.posts()), (2, 2));
    }

    fn is_as_it_was(&self, station: &mut Station<Hub>) {
        let enrolment = self.made_for.enrolment.unwrap();
        assert_eq!(station.credentials_made_on(&self.made, enrolment), 1, "it was not reset");
    }
}

#[test]
fn a_finished_key_in_the_slot_of_one_to_be_reset_is_its_persons_and_is_not_reset() {
    for rule in [ResetRule::InTime, ResetRule::FirstCommand] {
        let mut station = Station::with_hub();
        let keys = ToBeReset::begun(&mut station, rule);
        keys.mistake(&mut station);
        let problem = station.refused_in(1);
        assert!(problem.what.contains(&keys.made_for.person.as_ref().unwrap().name), "{problem}");
        keys.is_as_it_was(&mut station);
        keys.made.pull_out();
        keys.right_key(&mut station);
    }
}

#[test]
fn a_finished_key_with_a_serial_is_not_reset_in_place_of_one_that_tells_none() {
    let mut station = Station::with_hub();
    let keys = ToBeReset::beside_one_with_a_serial(&mut station);
    keys.mistake(&mut station);
    let problem = station.refused_in(1);
    assert!(problem.what.contains(&keys.made_for.person.as_ref().unwrap().name), "{problem}");
    keys.is_as_it_was(&mut station);
    keys.made.pull_out();
    keys.right_key(&mut station);
}

/// Whose it is nobody knows here, and that it has a serial does not make it the one to be reset.
#[test]
fn a_strange_key_with_a_serial_is_asked_about_in_place_of_one_that_tells_none() {
    let mut station = Station::with_hub();
    ToBeReset::beside_one_with_a_serial(&mut station);
    let strange = station.key.insert_as(used_yubikey(Some(31_999_999)), 1);
    station.unchecked_in(1);
    strange.pull_out();
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

/// It may be anybody's, and its papers would have the other one's serial.
#[test]
fn a_strange_key_that_tells_no_serial_is_asked_about_in_place_of_one_that_does() {
    let mut station = Station::with_hub();
    let used = used_yubikey(Some(31_000_111));
    ToBeReset::begun_with(&mut station, used, Model::SecurityKeyNfc.spec());
    let strange = station.key.insert_as(used_yubikey(None), 1);
    station.unchecked_in(1);
    strange.pull_out();
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

/// Its smart card told it then to another program, say, or it was not alone.
#[test]
fn a_key_that_told_no_serial_as_it_was_made_and_tells_it_now_is_its_persons() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let hides = Spec { fault: Some(KeyFault::HidesSerial), ..Model::Yubikey5Nfc.spec() };
    let key = station.key.insert_as(hides, 1);
    let done = station.done(1);
    let (person, enrolment) = (done.person.unwrap(), done.enrolment.unwrap());
    station.take_out(&key);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));
    key.clear_fault();
    key.insert_into("hub-1");
    assert!(station.identified().serial.is_some());
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    station.begin(1, options);
    let problem = station.refused_in(1);
    assert!(problem.what.contains(&person.upn), "{problem}");
    assert_eq!(station.credentials_made_on(&key, enrolment), 1, "it was not reset");
}

/// There nobody looks at slots, and the key that is in is the only one.
#[test]
fn at_the_desk_too_a_finished_key_is_not_reset_in_place_of_one_that_a_session_left() {
    for serial in [None, Some(31_000_222)] {
        let mut station = Station::with_hub();
        let made = Spec { serial, ..Model::Yubikey5Nfc.spec() };
        let used = Spec { reset: ResetRule::InTime, ..used_yubikey(None) };
        let keys = ToBeReset::begun_with(&mut station, used, made);
        station.take_out(&keys.made);
        let id = keys.enrolment;
        station.say(Command::Cancel(id));
        station.stopped_slot(1);
        station.wish(BulkCommand::End);
        station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));

        keys.made.insert_into("hub-1");
        station.identified();
        station.answer(id, Answer::Retry, None);
        let stopped = station.stopped(id);
        let is_named = stopped.problem.what.contains("was made for");
        assert!(is_named, "{serial:?}: {}", stopped.problem);
        keys.is_as_it_was(&mut station);
        station.pulls_out(&keys.made);
        keys.used.insert_into("hub-1");
        station.identified();
        station.answer(id, Answer::Retry, None);
        station.finished(id);
        assert_eq!(station.credentials_made_on(&keys.used, id), 1);
        assert_eq!(station.registered(), 2);
    }
}

/// It lay there, and somebody was given it at the Desk.
#[test]
fn a_key_that_got_an_owner_while_its_reset_stood_is_named_as_theirs() {
    let mut station = Station::with_hub();
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    station.begin(1, options);
    let refuses = KeyFault::RefusesAt(At::first(0x07), 0x2F);
    let key = Spec { fault: Some(refuses), ..used_yubikey(Some(31_000_333)) };
    let key = station.key.insert_as(key, 1);
    let (slot, _) = station.stopped_slot(1);
    let waiting = slot.enrolment.unwrap();
    key.clear_fault();
    key.pull_out();
    key.insert_into("hub-1");
    let facts = station.identified();
    let pin = Pin::new(Model::PIN).unwrap();
    let elin = station.choose("Elin");
    let id = station.register(&elin, &facts, PinChoice::Existing(pin.duplicate()));
    station.finished(id);
    station.say(Command::HandedOver(id));
    station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));

    station.answer(waiting, Answer::Retry, None);
    station.stopped_with(1, &elin.upn);
    assert_eq!(credentials_on(&facts.id, &pin), 1, "it was not reset");
    station.answer(waiting, Answer::ResetKey, None);
    station.slot(1, |slot| slot.phase == SlotPhase::Replug);
    key.pull_out();
    key.insert_into("hub-1");
    assert_eq!(station.done(1).person, slot.person);
    assert_eq!(station.registered(), 2);
    station.take_out(&key);
}

/// Only the operator may then say that it is nobody's.
#[test]
fn a_key_that_does_not_tell_whose_it_is_is_not_reset_as_it_is_put_back() {
    let mut station = Station::with_hub();
    let keys = ToBeReset::begun(&mut station, ResetRule::InTime);
    keys.made.set_fault(KeyFault::Refuses { command: GET_ASSERTION, status: PUAT_REQUIRED });
    keys.mistake(&mut station);
    let slot = station.unchecked_in(1);
    keys.is_as_it_was(&mut station);
    keys.made.pull_out();
    // Said while no key is in, it is of no use: the next one is asked.
    station.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
    station.slot(1, |slot| slot.phase == SlotPhase::PulledOut);
    keys.used.insert_into("hub-1");
    let slot = station.stopped_with(1, "not empty");
    station.answer(slot.enrolment.unwrap(), Answer::Retry, None);
    assert_eq!(station.done(1).person.as_ref(), Some(&keys.person));
    station.take_out(&keys.used);
    assert_eq!((station.registered(), station.posts()), (2, 2));
}

#[test]
fn a_key_that_tells_another_state_than_the_one_to_be_reset_unchecked_is_not_reset() {
    let mut station = Station::with_hub();
    let keys = ToBeReset::begun(&mut station, ResetRule::FirstCommand);
    keys.used.insert_into("hub-1");
    station.reset_unchecked(1);
    keys.used.pull_out();
    // One more credential is on it, which it tells without being asked.
    keys.mistake(&mut station);
    station.stopped_with(1, "not the one");
    keys.is_as_it_was(&mut station);
}

#[test]
fn where_no_other_key_of_the_model_was_made_a_reset_asks_nothing() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { labels: false, ..SessionOptions::default() });
    let used = station.key.insert_as(used_elsewhere(), 1);
    let (slot, _) = station.stopped_slot(1);
    used.advance_clock(TOO_LATE);
    station.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
    station.slot(1, |slot| slot.phase == SlotPhase::Replug);
    used.pull_out();
    used.insert_into("hub-1");
    assert_eq!(station.done(1).person, slot.person);
    station.take_out(&used);
    assert_eq!((station.registered(), station.posts()), (1, 1));
}

#[test]
fn a_key_that_is_put_back_to_be_reset_is_never_taken_for_another_that_is_in() {
    let mut station = Station::with_hub();
    let keys = ToBeReset::begun(&mut station, ResetRule::InTime);
    keys.used.insert_into("hub-1");
    station.done(1);
    keys.is_as_it_was(&mut station);
    station.take_out(&keys.made);
    station.take_out(&keys.used);
    assert_eq!((station.registered(), station.posts()), (2, 2));
}

/// What the operator answers while the key is out must not reach another one.
#[test]
fn retrying_without_the_key_does_not_touch_another_key_without_a_serial() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let made = station.key.insert_as(Model::SecurityKeyNfc, 1);
    let first = station.done(1).enrolment.unwrap();
    let spec = Spec {
        fault: Some(KeyFault::PullOutAt(At::first(0x06).subcommand(0x03))),
        ..Model::SecurityKeyNfc.spec()
    };
    let out = station.key.insert_as(spec, 2);
    let slot = station.slot(2, |slot| slot.phase == SlotPhase::PulledOut);
    station.answer(slot.enrolment.unwrap(), Answer::Retry, None);
    let again = station.slot(2, |now| now.since != slot.since);
    assert_eq!(again.phase, SlotPhase::PulledOut, "no other key was asked");
    assert_eq!(station.credentials_made_on(&made, first), 1);
    out.clear_fault();
    out.insert_into("hub-2");
    station.done(2);
    station.take_out(&out);
    station.take_out(&made);
    assert_eq!((station.registered(), station.posts()), (2, 2));
}

/// The key is empty by then, and its program does not know.
#[test]
fn a_key_whose_reset_was_cut_short_goes_on_in_its_own_slot() {
    for (model, serial) in [(Model::Yubikey5Nfc, Some(31_000_900)), (Model::SecurityKeyNfc, None)] {
        let mut station = Station::with_hub();
        station.begin(2, SessionOptions::default());
        let full = KeyFault::RefusesAt(At::first(super::MAKE_CREDENTIAL), KEY_STORE_FULL);
        let key = station.key.insert_as(Spec { serial, fault: Some(full), ..model.spec() }, 1);
        let (slot, _) = station.stopped_slot(1);
        key.set_fault(KeyFault::PullOutAt(At::first(RESET)));
        station.answer(slot.enrolment.unwrap(), Answer::ResetKey, None);
        station.slot(1, |slot| slot.phase == SlotPhase::PulledOut);
        let key = station.key.insert_as(Spec { serial, ..model.spec() }, 1);
        assert_eq!(station.done(1).person, slot.person, "{model:?}");
        station.take_out(&key);
    }
}

#[test]
fn a_blank_key_in_the_slot_of_one_that_fell_out_is_the_next_persons() {
    let mut station = Station::with_hub();
    let options =
        SessionOptions { first_use: FirstUse::MustChangePin, ..SessionOptions::default() };
    station.begin(2, options);
    let fault = KeyFault::PullOutAt(At::first(AUTHENTICATOR_CONFIG));
    let spec = Spec { fault: Some(fault), ..Model::SecurityKeyNfc.spec() };
    let first = station.key.insert_as(spec, 1);
    let out = station.slot(1, |slot| slot.phase == SlotPhase::PulledOut);
    // The first one has a PIN: this one is another.
    let blank = station.key.insert_as(Model::SecurityKeyNfc, 1);
    let done = station.done(1);
    assert_ne!(done.person, out.person);
    station.take_out(&blank);
    first.clear_fault();
    first.insert_into("hub-2");
    assert_eq!(station.done(2).person, out.person);
    station.take_out(&first);
    assert_eq!((station.registered(), station.posts()), (2, 2));
}
