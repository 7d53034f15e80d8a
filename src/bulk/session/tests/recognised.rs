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
    assert_eq!(
        desk.on(Happening::UseAnyway { slot: SlotNo(2), reset: true }),
        [],
        "nor the operator's word"
    );
}

#[test]
fn a_used_key_of_an_earlier_holder_is_reset_for_whom_the_operator_allows_it() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let told = KeyIn { facts: used("k1"), holder: Some("eva@x".into()), told: Told::default() };
    desk.on(Happening::KeyIn(Box::new(told)));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy("eva@x".into())));
    desk.on(Happening::Assigned { slot: SlotNo(1), entry: EntryNo(2) });
    assert_eq!(desk.session.assigned_to(SlotNo(1)), Some(EntryNo(2)));
    assert!(desk.session.holds_used_key(SlotNo(1)) && !desk.session.holds_used_key(SlotNo(2)));
    let deeds = desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
    assert!(matches!(&deeds[..], [Deed::Begin(given)] if given.reset), "{deeds:?}");
    assert_eq!(given(&deeds), [(1, 2)]);
}

#[test]
fn the_operators_word_is_for_one_try() {
    let mut desk = Desk::new(session(&["asa"]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let told = KeyIn { facts: used("k1"), holder: Some("eva@x".into()), told: Told::default() };
    desk.on(Happening::KeyIn(Box::new(told)));
    for _ in 0..2 {
        let deeds = desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
        assert_eq!(given(&deeds), [(1, 1)]);
        // The vault is closed, say: nothing is tried again and again.
        assert_eq!(desk.on(Happening::NotBegun { slot: SlotNo(1), holder: None }), []);
        assert_eq!(desk.slot(1), SlotState::Refused(Why::Problem));
    }
}

/// It was given to somebody at the Desk, or back to whom it was given before.
#[test]
fn who_has_a_key_that_was_not_begun_for_that_is_named_and_can_be_overruled() {
    let mut desk = Desk::new(session(&["asa"]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let told = KeyIn { facts: used("k1"), holder: Some("eva@x".into()), told: Told::default() };
    desk.on(Happening::KeyIn(Box::new(told)));
    desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
    let holder = Some("di@x".to_owned());
    assert_eq!(desk.on(Happening::NotBegun { slot: SlotNo(1), holder }), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy("di@x".into())));
    desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
    assert_eq!(desk.session.taken_from(SlotNo(1)), Some("di@x"));
}

/// It holds that until it is reset, and the operator was told so.
#[test]
fn a_key_that_is_used_anyway_is_its_enrolments_as_it_is_put_back_for_its_reset() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    let insert = |desk: &mut Desk, key: &str, made_in| {
        desk.on(Happening::Inserted { key: KeyId(key.into()), port: Some("p1".into()) });
        let (facts, holder) = (used(key), Some("eva@x".into()));
        desk.on(Happening::KeyIn(Box::new(KeyIn { facts, holder, told: of(Some(made_in)) })))
    };
    insert(&mut desk, "k1", 98);
    let deeds = desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
    desk.begin(&deeds, "p1");
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    let (slot, enrolment) = (SlotNo(1), desk.last[&SlotNo(1)]);
    let key = KeyId("k1 again".into());
    assert_eq!(insert(&mut desk, &key.0, 98), [Deed::Back { slot, key: key.clone(), enrolment }]);
    desk.on(Happening::KeyOut { key });
    assert_eq!(insert(&mut desk, "another", 99), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy("eva@x".into())));
}

/// Between the operator's word and its turn somebody else gave it a PIN.
#[test]
fn a_key_that_was_new_as_it_was_allowed_is_not_reset() {
    let mut desk = Desk::new(session(&["asa"]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let told = KeyIn { facts: used("k1"), holder: Some("eva@x".into()), told: Told::default() };
    desk.on(Happening::KeyIn(Box::new(told)));
    let deeds = desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: false });
    assert!(matches!(&deeds[..], [Deed::Begin(given)] if !given.reset), "{deeds:?}");
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
    let key = KeyIn { facts: used("k"), holder, told: of(Some(9)) };
    assert_eq!(desk.on(Happening::KeyIn(Box::new(key))), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy("di@halden.example".into())));
}

#[test]
fn a_key_is_its_holders_also_while_nobody_waits_and_stays_so_when_somebody_does() {
    let mut desk = Desk::new(session(&["asa"]));
    let skipped = || Happening::Skipped { entry: EntryNo(1), reason: "On leave".into() };
    desk.on(skipped());
    desk.on(Happening::Inserted { key: KeyId("k".into()), port: Some("p1".into()) });
    let holder = Some("di@halden.example".to_owned());
    let key = KeyIn { facts: used("k"), holder, told: Told::default() };
    let is_hers = SlotState::Refused(Why::HeldBy("di@halden.example".into()));
    assert_eq!(desk.on(Happening::KeyIn(Box::new(key))), []);
    assert_eq!(desk.slot(1), is_hers, "not that nobody is left");
    desk.on(Happening::PutBack { entry: EntryNo(1) });
    assert_eq!(desk.slot(1), is_hers, "it is not taken by itself");
    desk.on(skipped());
    assert_eq!(desk.slot(1), is_hers);
    // The operator's word holds for whoever waits next, and is asked for with the reason.
    desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
    assert_eq!(desk.slot(1), SlotState::Refused(Why::NobodyLeft));
    let deeds = desk.on(Happening::PutBack { entry: EntryNo(1) });
    assert_eq!(given(&deeds), [(1, 1)]);
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
fn a_key_that_another_person_has_by_now_stays_theirs_when_it_is_undone() {
    let mut session = session(&["asa", "bo", "cy"]);
    for no in [1, 2] {
        let end = RunEnd::HandedOver;
        session.restore_over(enrolment(no.into()), EntryNo(no), &identity(Some("1")), &end);
    }
    let mut desk = Desk::new(session);
    desk.on(Happening::Undone {
        entry: EntryNo(1),
        enrolment: enrolment(1),
        serial: Some("1".into()),
        reason: "lost".into(),
    });
    desk.insert("p1", facts("k1", Some("1")));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::GivenTo("bo".into())));
}

#[test]
fn a_key_that_got_another_owner_while_it_waited_is_theirs() {
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    for serial in [Some("1"), None] {
        let mut desk = Desk::new(with(options.clone(), vec![entry("asa")]));
        desk.on(Happening::Paused);
        desk.insert("p1", facts("k1", serial));
        // As the Desk leaves it.
        let pin = PinState::Set { retries_left: Some(8) };
        let facts = KeyFacts { pin, ..facts("k1", serial) };
        let told = Told { is_silent: serial.is_none(), ..Told::default() };
        let holder = serial.map(|_| "eva@halden.example".to_owned());
        let key = KeyIn { facts, holder: holder.clone(), told };
        desk.on(Happening::KeyIn(Box::new(key)));
        let begun: Vec<bool> = desk
            .on(Happening::GoneOn)
            .iter()
            .filter_map(|deed| match deed {
                Deed::Begin(given) => Some(given.reset),
                _ => None,
            })
            .collect();
        match holder {
            Some(eva) => {
                assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy(eva)));
                assert!(begun.is_empty(), "{begun:?}");
            }
            // The operator is asked about a used key that does not tell.
            None => assert_eq!(begun, [false]),
        }
    }
}

/// What it told of its credentials was true before the Desk wrote to it.
#[test]
fn a_used_key_that_was_written_to_while_it_waited_is_not_reset_by_itself() {
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    for (credentials, reset) in [(None, true), (Some(1), false)] {
        let mut desk = Desk::new(with(options.clone(), vec![entry("asa")]));
        desk.on(Happening::Paused);
        desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
        for credentials in [None, credentials] {
            let facts = KeyFacts { credentials, ..used("k1") };
            let key = KeyIn { facts, holder: None, told: Told::default() };
            desk.on(Happening::KeyIn(Box::new(key)));
        }
        let deeds = desk.on(Happening::GoneOn);
        let begun = deeds.iter().find_map(|deed| match deed {
            Deed::Begin(given) => Some(given.reset),
            _ => None,
        });
        assert_eq!(begun, Some(reset));
    }
}

/// Its serial came a moment after the key.
#[test]
fn a_used_key_that_turns_out_to_be_meant_for_somebody_is_reset_for_them_by_itself() {
    let mut own = entry("asa");
    own.serial = Some("42".into());
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![own]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let mut deeds = desk.on(told(used("k1"), None));
    deeds.extend(desk.on(told(KeyFacts { serial: Some("42".into()), ..used("k1") }, None)));
    deeds.extend(desk.on(Happening::GoneOn));
    let begun = deeds.iter().find_map(|deed| match deed {
        Deed::Begin(given) => Some(given.reset),
        _ => None,
    });
    assert_eq!(begun, Some(true), "{deeds:?}");
}

#[test]
fn the_operators_word_ends_when_the_key_turns_out_to_be_meant_for_somebody() {
    let mut own = entry("bo");
    own.serial = Some("42".into());
    let options = SessionOptions { stock: vec!["42".into()], ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa"), own]));
    desk.on(Happening::Skipped { entry: EntryNo(2), reason: "on leave".into() });
    desk.on(Happening::Paused);
    desk.insert("p1", facts("k1", None));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::NotInStock));
    desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: false });
    assert_eq!(desk.slot(1), SlotState::Refused(Why::Paused));
    desk.on(told(facts("k1", Some("42")), None));
    assert_eq!(given(&desk.on(Happening::GoneOn)), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::MeantFor("bo".into())));
}

/// In a session that is paused there is time for it.
#[test]
fn the_operators_word_ends_when_the_key_gets_another_owner() {
    let told = |desk: &mut Desk, facts: &KeyFacts, holder: &str| {
        let (facts, holder) = (facts.clone(), Some(holder.to_owned()));
        let key = KeyIn { facts, holder, told: Told::default() };
        desk.on(Happening::KeyIn(Box::new(key)))
    };
    for (serial, holder) in [(Some("1"), "eva"), (None, "di")] {
        let mut desk = Desk::new(session(&["asa"]));
        desk.on(Happening::Paused);
        desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
        let of_di = KeyFacts { serial: serial.map(str::to_owned), ..used("k1") };
        told(&mut desk, &of_di, "di");
        desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true });
        // A key tells its retries, and perhaps its serial, only after a while.
        let pin = PinState::Set { retries_left: Some(8) };
        let of_di = KeyFacts { pin, ..of_di };
        told(&mut desk, &of_di, "di");
        assert_eq!(desk.slot(1), SlotState::Refused(Why::Paused), "it is the same key");
        // As the Desk leaves it; without a serial only the key itself tells.
        let facts = KeyFacts { credentials: Some(1), ..of_di };
        told(&mut desk, &facts, holder);
        assert_eq!(desk.slot(1), SlotState::Refused(Why::HeldBy(holder.into())));
        assert_eq!(given(&desk.on(Happening::GoneOn)), []);
    }
}

#[test]
fn who_was_chosen_for_a_refused_key_is_not_given_the_next_one() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.on(Happening::Inserted { key: KeyId("k1".into()), port: Some("p1".into()) });
    let told = KeyIn { facts: used("k1"), holder: Some("eva@x".into()), told: Told::default() };
    desk.on(Happening::KeyIn(Box::new(told)));
    desk.on(Happening::Assigned { slot: SlotNo(1), entry: EntryNo(2) });
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    assert_eq!(given(&desk.insert("p1", facts("k2", Some("2")))), [(1, 1)]);
}

#[test]
fn who_was_chosen_for_a_key_that_is_to_be_put_in_again_comes_first_but_for_who_is_scanned() {
    for (scanned, who) in [(None, 2), (Some("badge-cy"), 3)] {
        let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
        let facts = || facts("k1", Some("1"));
        desk.on(Happening::Inserted { key: facts().id, port: Some("p1".into()) });
        desk.on(told(facts(), None));
        desk.on(Happening::NotBegun { slot: SlotNo(1), holder: None });
        assert_eq!(desk.slot(1), SlotState::Refused(Why::Problem));
        desk.on(Happening::Assigned { slot: SlotNo(1), entry: EntryNo(2) });
        desk.on(Happening::KeyOut { key: facts().id });
        if let Some(text) = scanned {
            desk.on(Happening::Scanned { text: text.into() });
        }
        assert_eq!(given(&desk.insert("p1", facts())), [(1, who)]);
    }
}

#[test]
fn a_key_that_is_surely_an_enrolments_is_not_perhaps_its() {
    let mut session = session(&["asa"]);
    session.restore_open(enrolment(1), EntryNo(1), identity(Some("1")), None);
    let mut desk = Desk::new(session);
    let key = KeyId("k1".into());
    desk.on(Happening::Inserted { key, port: Some("p1".into()) });
    assert_eq!(desk.session.perhaps_of(&facts("k1", Some("1"))), []);
}

#[test]
fn the_journal_says_whose_credentials_they_are() {
    let mut session = session(&["asa", "bo"]);
    session.restore_over(enrolment(1), EntryNo(1), &identity(None), &RunEnd::HandedOver);
    let mut desk = Desk::new(session);
    desk.insert_holding("p1", "k1", Some(1));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::GivenTo("asa".into())));
}

/// Puts a key without a serial in that can't be the key of that enrolment.
fn insert_other(desk: &mut Desk, port: &str, facts: KeyFacts, not_of: u128) -> Vec<Deed> {
    let key = facts.id.clone();
    let mut deeds = desk.on(Happening::Inserted { key, port: Some(port.into()) });
    let told = Told { not_of: vec![enrolment(not_of)], ..Told::default() };
    let key = KeyIn { facts, holder: None, told };
    deeds.extend(desk.on(Happening::KeyIn(Box::new(key))));
    deeds.retain(|deed| !matches!(deed, Deed::Note(_)));
    deeds
}

#[test]
fn a_key_that_cannot_be_the_awaited_one_is_begun_for_the_next_person() {
    let mut desk = Desk::new(with(SessionOptions::default(), vec![entry("asa"), entry("bo")]));
    desk.insert("p1", facts("k1", None));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    // Perhaps it is the awaited one: only that it is blank, or lacks the credential, tells.
    let deeds = insert_other(&mut desk, "p1", facts("k2", None), 1);
    let begun = deeds.iter().find_map(|deed| match deed {
        Deed::Begin(given) => Some((given.entry, given.reset)),
        _ => None,
    });
    assert_eq!(begun, Some((EntryNo(2), false)), "{deeds:?}");
}

#[test]
fn a_used_key_that_does_not_tell_whose_it_is_is_never_reset_by_itself() {
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    for (is_silent, reset) in [(false, true), (true, false)] {
        let mut desk = Desk::new(with(options.clone(), vec![entry("asa")]));
        let key = KeyId("k1".into());
        desk.on(Happening::Inserted { key, port: Some("p1".into()) });
        let told = Told { is_silent, ..Told::default() };
        let key = KeyIn { facts: used("k1"), holder: None, told };
        let deeds = desk.on(Happening::KeyIn(Box::new(key)));
        let given = deeds.iter().find_map(|deed| match deed {
            Deed::Begin(given) => Some(given.reset),
            _ => None,
        });
        assert_eq!(given, Some(reset), "{deeds:?}");
    }
}
