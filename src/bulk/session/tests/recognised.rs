//! Keys without a serial that hold a credential which was made here.

use super::*;

fn used(key: &str) -> KeyFacts {
    KeyFacts { pin: PinState::Set { retries_left: None }, ..facts(key, None) }
}

impl Desk {
    /// Puts a used key without a serial in, which holds the credential of that enrolment.
    fn insert_holding(&mut self, port: &str, key: &str, made_in: Option<u128>) -> Vec<Deed> {
        let inserted = Happening::Inserted { key: KeyId(key.into()), port: Some(port.into()) };
        let mut deeds = self.on(inserted);
        deeds.extend(self.on(told(used(key), made_in)));
        self.begin(&deeds, port);
        deeds.retain(|deed| !matches!(deed, Deed::Note(_)));
        deeds
    }
}

/// Somebody's key was made in slot 1 and handed over.
fn after_asas_key(options: SessionOptions) -> Desk {
    let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo"), entry("cy")]));
    desk.insert("p1", facts("k1", None));
    desk.hand_over(1, "k1");
    desk
}

#[test]
fn a_key_without_a_serial_that_holds_a_persons_credential_is_theirs_in_any_slot() {
    let mut desk = after_asas_key(SessionOptions::default());
    for (slot, port) in [(1, "p1"), (2, "p2")] {
        assert_eq!(desk.insert_holding(port, port, Some(1)), []);
        assert_eq!(desk.slot(slot), SlotState::Refused(Why::GivenTo("asa".into())));
    }
    assert_eq!(desk.on(Happening::RetryFailed), [], "it stays hers, whatever happens");
    assert_eq!(desk.slot(2), SlotState::Refused(Why::GivenTo("asa".into())));
    let deeds = desk.on(Happening::UseAnyway { slot: SlotNo(2) });
    assert!(matches!(&deeds[..], [Deed::Begin(given)] if given.reset), "{deeds:?}");
    assert_eq!(given(&deeds), [(2, 2)]);
}

#[test]
fn another_key_of_its_model_that_holds_nothing_of_ours_goes_to_the_next_person() {
    let mut desk = after_asas_key(SessionOptions::default());
    assert_eq!(given(&desk.insert_holding("p2", "k2", None)), [(2, 2)]);
}

#[test]
fn a_key_that_was_pulled_out_after_its_credential_goes_on_in_any_slot() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", None));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    let deeds = desk.insert_holding("p2", "k1-again", Some(1));
    let key = KeyId("k1-again".into());
    assert_eq!(deeds, [Deed::Back { slot: SlotNo(2), key, enrolment: enrolment(1) }]);
    assert_eq!(desk.slot(1), SlotState::Free);
}

#[test]
fn a_finished_key_in_the_slot_of_one_that_was_pulled_out_is_not_taken_for_it() {
    let mut desk = after_asas_key(SessionOptions::default());
    desk.insert("p2", facts("k2", None));
    desk.on(Happening::KeyOut { key: KeyId("k2".into()) });
    assert_eq!(desk.insert_holding("p2", "k1-again", Some(1)), []);
    assert_eq!(desk.slot(2), SlotState::Refused(Why::GivenTo("asa".into())));
    desk.on(Happening::KeyOut { key: KeyId("k1-again".into()) });
    let key = KeyId("k2-again".into());
    let back = Deed::Back { slot: SlotNo(2), key, enrolment: enrolment(2) };
    assert_eq!(desk.insert_holding("p2", "k2-again", None), [back], "it holds nothing yet");
}

#[test]
fn a_key_made_in_an_earlier_session_is_its_holders() {
    let mut desk = Desk::new(session(&["asa"]));
    desk.on(Happening::Inserted { key: KeyId("k".into()), port: Some("p1".into()) });
    let holder = Some("di@halden.example".to_owned());
    let key = KeyIn { facts: used("k"), holder, made_in: Some(enrolment(9)) };
    assert_eq!(desk.on(Happening::KeyIn(Box::new(key))), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy("di@halden.example".into())));
}

#[test]
fn a_key_that_was_taken_back_is_nobodys_of_this_session() {
    let mut desk = after_asas_key(SessionOptions::default());
    desk.on(Happening::Undone {
        entry: EntryNo(1),
        enrolment: enrolment(1),
        serial: None,
        reason: "wrong person".into(),
    });
    assert_eq!(given(&desk.insert_holding("p2", "k1-again", Some(1))), [(2, 1)]);
}

#[test]
fn the_journal_says_whose_credentials_they_are() {
    let mut session = session(&["asa", "bo"]);
    session.restore_over(enrolment(1), EntryNo(1), &identity(None), &RunEnd::HandedOver);
    let mut desk = Desk::new(session);
    desk.insert_holding("p1", "k1", Some(1));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::GivenTo("asa".into())));
}
