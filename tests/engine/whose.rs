//! Whose key it is that is to be reset at the Desk.

use super::clerk::{Station, random, touched};
use super::*;
use keydesk::directory::Person;
use keydesk::enrolment::{EnrolmentId, Stopped};
use keydesk::key::{KeyEvent, KeyFacts, KeyId};
use std::sync::{Mutex, MutexGuard, PoisonError};

const GET_ASSERTION: u8 = 0x02;
const RESET: u8 = 0x07;
const PUAT_REQUIRED: u8 = 0x36;
const TOO_LATE: Duration = Duration::from_secs(11);

/// One that tells no serial, and one that does.
fn both() -> [Spec; 2] {
    [Model::SecurityKeyNfc.spec(), Model::Yubikey5Nfc.spec()]
}

/// Keys of all tests are in at once, and two that tell no serial are not told apart.
pub fn alone() -> MutexGuard<'static, ()> {
    static SERIALLESS: Mutex<()> = Mutex::new(());
    SERIALLESS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Station<VirtualKey> {
    /// The one key of the station is Petra's, and out.
    fn with_petras_key(spec: impl Into<Spec>) -> (Self, Person, Pin) {
        let mut station = Self::open(spec);
        let (petra, id, pin) = station.made_for("Petra");
        station.hand_over(id);
        (station, petra, pin)
    }

    fn made_for(&mut self, query: &str) -> (Person, EnrolmentId, Pin) {
        let key = self.insert();
        let person = self.choose(query);
        let id = self.register(&person, &key, random());
        self.finished(id);
        let pin = self.reveal(id);
        (person, id, pin)
    }

    fn hand_over(&mut self, id: EnrolmentId) {
        self.say(Command::HandedOver(id));
        self.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
        self.key.pull_out();
    }

    fn reset_for(&mut self, query: &str, key: &KeyFacts) -> EnrolmentId {
        let person = self.choose(query);
        self.register_as(RegisterRequest {
            person: person.id,
            key: key.id.clone(),
            serial: None,
            reset: Reset::ResetFirst,
            pin: random(),
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        })
    }

    /// The key is gone, and the enrolment says so.
    fn stops_without(&mut self, id: EnrolmentId, key: &KeyFacts) {
        let (mut is_out, mut is_stopped) = (false, false);
        self.wait(|event| {
            match event {
                Event::Key(KeyEvent::Removed { id }) => is_out |= id == key.id,
                Event::Stopped { id: of, .. } => is_stopped |= of == id,
                _ => {}
            }
            (is_out && is_stopped).then_some(())
        });
    }

    /// The key is out, and the station knows it.
    fn pulls_out(&mut self) {
        let id = KeyId(self.key.id().expect("not inserted").to_string());
        self.key.pull_out();
        self.wait(|event| match event {
            Event::Key(KeyEvent::Removed { id: out }) => (out == id).then_some(()),
            _ => None,
        });
    }

    fn put_in_again(&mut self) {
        self.waits_for_replug();
        self.key.pull_out();
        self.insert();
    }

    /// It stops, and says whose key it is: of these, and of nobody else it knows.
    fn is_told_of(&mut self, id: EnrolmentId, people: &[&Person]) {
        let stopped = self.stopped(id);
        let what = &stopped.problem.what;
        assert!(people.iter().all(|person| what.contains(&person.upn)), "{what}");
        assert_eq!(what.matches('@').count(), people.len(), "{what}");
        assert!(stopped.answers.contains(&Answer::ResetKey), "{:?}", stopped.answers);
    }

    /// Nothing was done to the key, which is pulled out.
    fn is_as_it_was(&mut self, pin: &Pin, credentials: usize) {
        assert_eq!(self.credentials(pin), credentials);
        self.pulls_out();
    }

    /// Its firmware takes no reset after a question: once more, without one.
    fn is_reset_unchecked(&mut self, id: EnrolmentId) {
        assert!(self.stopped(id).problem.what.contains("can't be checked"));
        self.answer(id, Answer::ResetKey, None);
        self.put_in_again();
    }
}

#[test]
fn somebody_elses_key_is_named_as_theirs_before_it_is_reset() {
    let _alone = alone();
    for spec in both() {
        let (mut station, petra, pin) = Station::with_petras_key(spec.clone());
        let key = station.insert();
        let id = station.reset_for("Elin", &key);
        station.is_told_of(id, &[&petra]);
        assert_eq!(station.credentials(&pin), 1, "nothing was done to it yet");
        station.key.advance_clock(TOO_LATE);
        station.answer(id, Answer::ResetKey, None);
        match spec.serial {
            None => station.is_reset_unchecked(id),
            Some(_) => station.put_in_again(),
        }
        station.finished(id);
        let pin = station.reveal(id);
        assert_eq!(station.credentials(&pin), 1);
        station.key.pull_out();
    }
}

/// It works: nobody took it out of the directory.
#[test]
fn a_key_whose_enrolment_was_given_up_after_it_was_registered_is_somebodys() {
    let _alone = alone();
    for spec in both() {
        let mut station = Station::open(spec);
        let (petra, first, pin) = station.made_for("Petra");
        station.say(Command::Abandon { enrolment: first, reason: "closing time".into() });
        station.ended(first);
        station.key.pull_out();
        let key = station.insert();
        let id = station.reset_for("Elin", &key);
        station.is_told_of(id, &[&petra]);
        station.answer(id, Answer::Skip, None);
        station.ended(id);
        station.is_as_it_was(&pin, 1);
    }
}

/// The operator means the one that was pulled out.
#[test]
fn a_key_that_was_put_in_by_mistake_is_named_although_a_reset_is_asked_for() {
    let _alone = alone();
    let (mut station, petra, pin) = Station::with_petras_key(Model::SecurityKeyNfc);
    let used = Spec { pin: Some(Model::PIN.to_owned()), ..Model::SecurityKeyNfc.spec() };
    let petras = std::mem::replace(&mut station.key, touched(used));
    let key = station.insert();
    station.misbehave(KeyFault::PullOutAt(At::first(RESET)));
    let id = station.reset_for("Elin", &key);
    station.stops_without(id, &key);
    station.key.clear_fault();

    let used = std::mem::replace(&mut station.key, petras);
    station.insert();
    station.answer(id, Answer::Retry, None);
    let stopped = station.stopped(id);
    assert!(stopped.problem.what.contains("not empty"), "{}", stopped.problem);
    station.key.advance_clock(TOO_LATE);
    station.answer(id, Answer::ResetKey, None);
    station.is_told_of(id, &[&petra]);
    station.is_as_it_was(&pin, 1);
    station.key = used;
    station.insert();
    station.answer(id, Answer::Retry, None);
    station.is_reset_unchecked(id);
    station.finished(id);
    assert_eq!(station.registered(), 2);
    station.key.pull_out();
}

/// The one that is meant was put back before that was said.
#[test]
fn a_reset_that_is_said_of_one_key_counts_for_no_other() {
    let _alone = alone();
    let (mut station, petra, pin) = Station::with_petras_key(Model::SecurityKeyNfc);
    let own = touched(Model::SecurityKeyNfc);
    let petras = std::mem::replace(&mut station.key, own);
    let (_, id, _) = station.made_for("Elin");
    station.hand_over(id);
    let key = station.insert();
    station.misbehave(KeyFault::PullOutAt(At::first(RESET)));
    let id = station.reset_for("Elin", &key);
    station.stops_without(id, &key);
    station.key.clear_fault();

    let own = std::mem::replace(&mut station.key, petras);
    station.insert();
    station.answer(id, Answer::Retry, None);
    assert!(station.stopped(id).problem.what.contains("not empty"));
    station.answer(id, Answer::ResetKey, None);
    station.is_told_of(id, &[&petra]);
    station.pulls_out();
    let petras = std::mem::replace(&mut station.key, own);
    station.insert();
    station.answer(id, Answer::ResetKey, None);
    // Its firmware takes no reset after a question.
    assert!(station.stopped(id).problem.what.contains("can't be checked"));
    station.pulls_out();
    let own = std::mem::replace(&mut station.key, petras);
    station.insert();
    station.answer(id, Answer::ResetKey, None);
    assert!(station.stopped(id).problem.what.contains("can't be checked"));
    station.answer(id, Answer::ResetKey, None);
    station.is_told_of(id, &[&petra]);
    station.is_as_it_was(&pin, 1);
    station.key = own;
    station.insert();
    station.answer(id, Answer::Retry, None);
    station.is_reset_unchecked(id);
    station.finished(id);
    station.key.pull_out();
}

/// Its serial tells that it is the one that was named.
#[test]
fn a_key_that_was_put_back_as_it_was_named_is_reset_once_that_is_said() {
    let (mut station, petra, _) = Station::with_petras_key(Model::Yubikey5Nfc);
    let key = station.insert();
    let id = station.reset_for("Elin", &key);
    station.is_told_of(id, &[&petra]);
    station.pulls_out();
    station.insert();
    station.answer(id, Answer::ResetKey, None);
    station.finished(id);
    let pin = station.reveal(id);
    station.is_as_it_was(&pin, 1);
}

/// Nobody's serial is on record, and the key tells one now.
#[test]
fn a_key_that_is_somebodys_is_named_as_theirs_however_often_it_is_put_in() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    station.misbehave(KeyFault::HidesSerial);
    let (petra, first, pin) = station.made_for("Petra");
    station.hand_over(first);
    station.key.clear_fault();
    let key = station.insert();
    assert!(key.serial.is_some());
    let id = station.reset_for("Elin", &key);
    for _ in 0..2 {
        station.is_told_of(id, &[&petra]);
        station.pulls_out();
        station.insert();
        station.answer(id, Answer::Retry, None);
    }
    station.stopped(id);
    station.is_as_it_was(&pin, 1);
}

/// What was said was said of another key.
#[test]
fn a_key_that_is_put_in_once_another_one_may_be_reset_unchecked_is_asked_for() {
    let _alone = alone();
    let (mut station, petra, pin) = Station::with_petras_key(Model::SecurityKeyNfc);
    let own = touched(Model::SecurityKeyNfc);
    let petras = std::mem::replace(&mut station.key, own);
    let (_, own, _) = station.made_for("Elin");
    station.hand_over(own);
    let key = station.insert();
    let id = station.reset_for("Elin", &key);
    let cannot_be_checked = |stopped: Stopped| {
        assert!(stopped.problem.what.contains("can't be checked"), "{}", stopped.problem);
    };
    cannot_be_checked(station.stopped(id));
    station.pulls_out();
    station.key = petras;
    station.insert();
    station.answer(id, Answer::ResetKey, None);
    cannot_be_checked(station.stopped(id));
    station.answer(id, Answer::ResetKey, None);
    station.is_told_of(id, &[&petra]);
    station.is_as_it_was(&pin, 1);
}

#[test]
fn of_two_who_had_a_key_the_one_whose_passkey_is_on_it_is_named() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let (_, first, _) = station.made_for("Petra");
    station.hand_over(first);
    let key = station.insert();
    let second = station.reset_for("Elin", &key);
    station.stopped(second);
    station.key.advance_clock(TOO_LATE);
    station.answer(second, Answer::ResetKey, None);
    station.put_in_again();
    station.finished(second);
    let pin = station.reveal(second);
    station.say(Command::Abandon { enrolment: second, reason: "closing time".into() });
    station.ended(second);
    station.key.pull_out();

    let key = station.insert();
    let third = station.reset_for("Petra", &key);
    let stopped = station.stopped(third);
    let elin = station.choose("Elin");
    assert!(stopped.problem.what.contains(&elin.upn), "{}", stopped.problem);
    station.is_as_it_was(&pin, 1);
}

/// It told its serial for one of them, and not for the other.
#[test]
fn whose_passkey_is_on_a_key_is_named_also_where_its_serial_says_another() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let (elin, first, _) = station.made_for("Elin");
    station.hand_over(first);
    station.misbehave(KeyFault::HidesSerial);
    let key = station.insert();
    let second = station.reset_for("Petra", &key);
    station.is_told_of(second, &[&elin]);
    station.answer(second, Answer::ResetKey, None);
    station.is_reset_unchecked(second);
    station.finished(second);
    let pin = station.reveal(second);
    let petra = station.choose("Petra");
    station.hand_over(second);
    station.key.clear_fault();

    let key = station.insert();
    let third = station.reset_for("Elin", &key);
    station.is_told_of(third, &[&petra]);
    station.answer(third, Answer::Skip, None);
    station.ended(third);
    let third = station.reset_for("Oskar", &key);
    station.is_told_of(third, &[&petra, &elin]);
    station.is_as_it_was(&pin, 1);
}

#[test]
fn all_are_named_whose_passkeys_are_on_a_key() {
    let _alone = alone();
    for spec in both() {
        let (mut station, petra, pin) = Station::with_petras_key(spec);
        let key = station.insert();
        let elin = station.choose("Elin");
        let second = station.register(&elin, &key, PinChoice::Existing(pin.duplicate()));
        station.finished(second);
        station.hand_over(second);
        assert_eq!(station.registered(), 2);
        let key = station.insert();
        let third = station.reset_for("Elin", &key);
        station.is_told_of(third, &[&petra]);
        station.answer(third, Answer::Skip, None);
        station.ended(third);
        let third = station.reset_for("Oskar", &key);
        station.is_told_of(third, &[&petra, &elin]);
        station.is_as_it_was(&pin, 2);
    }
}

#[test]
fn a_key_that_does_not_tell_whose_it_is_is_not_reset_without_a_word() {
    let _alone = alone();
    let (mut station, _, pin) = Station::with_petras_key(Model::SecurityKeyNfc);
    station.misbehave(KeyFault::Refuses { command: GET_ASSERTION, status: PUAT_REQUIRED });
    let key = station.insert();
    let id = station.reset_for("Elin", &key);
    let stopped = station.stopped(id);
    assert!(stopped.problem.what.contains("can't be checked"), "{}", stopped.problem);
    station.key.clear_fault();
    station.is_as_it_was(&pin, 1);
}

#[test]
fn a_reset_that_is_cancelled_while_the_key_is_asked_whose_it_is_is_none() {
    let _alone = alone();
    let (mut station, _, pin) = Station::with_petras_key(Model::SecurityKeyNfc);
    let key = station.insert();
    station.misbehave(KeyFault::Slow(Duration::from_secs(2)));
    let id = station.reset_for("Elin", &key);
    station.wait(|event| match event {
        Event::Step { step: Step::Reset, change: StepChange::Started, .. } => Some(()),
        _ => None,
    });
    station.say(Command::Cancel(id));
    let stopped = station.stopped(id);
    assert!(stopped.problem.what.contains("cancelled"), "{}", stopped.problem);
    station.key.clear_fault();
    station.is_as_it_was(&pin, 1);
}

/// A part of the directory did not have it yet.
#[test]
fn an_old_passkey_that_was_not_found_and_is_listed_is_removed_all_the_same() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let (person, first, _) = station.made_for("Elin");
    station.hand_over(first);
    let old = station.cloud.control().observed().registered[0].method_id.clone();
    station.key = touched(Spec { serial: Some(20_417_399), ..Model::Yubikey5Nfc.spec() });
    let key = station.insert();
    station.choose("Elin");
    station.fail_next("DELETE", 1, Effect::Status { status: 404, retry_after_s: None });
    let id = station.register_as(RegisterRequest {
        person: person.id,
        key: key.id,
        serial: None,
        reset: Reset::Keep,
        pin: random(),
        first_use: FirstUse::KeepPin,
        remove_old: vec![old],
    });
    station.finished(id);
    assert_eq!(station.registered(), 1, "only the new one");
}
