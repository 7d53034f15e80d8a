//! Sessions by hand and at random.

mod own_keys;
mod recognised;

use super::*;
use crate::bulk::{EntryState, UsedKeys};
use crate::enrolment::{Subject, Then};
use crate::key::{KeyFacts, PinState};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn entry(name: &str) -> Entry {
    Entry {
        person: Subject {
            id: format!("id-{name}"),
            display_name: name.into(),
            upn: format!("{name}@halden.example"),
        },
        serial: None,
        badge: Some(format!("badge-{name}")),
        employee_id: None,
        old_keys: Vec::new(),
        brought: None,
    }
}

fn session(names: &[&str]) -> Session {
    with(SessionOptions::default(), names.iter().map(|name| entry(name)).collect())
}

fn with(options: SessionOptions, entries: Vec<Entry>) -> Session {
    Session::new(SessionId(uuid::Uuid::nil()), options, entries)
}

fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId(uuid::Uuid::from_u128(n))
}

fn facts(key: &str, serial: Option<&str>) -> KeyFacts {
    KeyFacts {
        id: KeyId(key.into()),
        serial: serial.map(str::to_owned),
        pin: PinState::NotSet,
        credentials: None,
        ..crate::enrolment::preflight_tests::key()
    }
}

fn identity(serial: Option<&str>) -> KeyIdentity {
    KeyIdentity::of(&facts("k", serial), None)
}

/// What a key told of itself, and the enrolment whose credential it holds.
fn of(made_in: Option<u128>) -> Told {
    Told { made_in: made_in.map(enrolment), ..Told::default() }
}

fn told(facts: KeyFacts, made_in: Option<u128>) -> Happening {
    Happening::KeyIn(Box::new(KeyIn { facts, holder: None, told: of(made_in) }))
}

/// A session with its driver: begins what it is told to begin.
struct Desk {
    session: Session,
    begun: u128,
    /// By slot.
    last: BTreeMap<SlotNo, EnrolmentId>,
}

impl Desk {
    fn new(session: Session) -> Self {
        Self { session, begun: 0, last: BTreeMap::new() }
    }

    fn on(&mut self, happening: Happening) -> Vec<Deed> {
        self.session.on(happening, now())
    }

    /// Puts a key in and begins whatever follows; the deeds but for notes.
    fn insert(&mut self, port: &str, facts: KeyFacts) -> Vec<Deed> {
        let mut deeds =
            self.on(Happening::Inserted { key: facts.id.clone(), port: Some(port.into()) });
        deeds.extend(self.on(told(facts, None)));
        self.begin(&deeds, port);
        deeds.retain(|deed| !matches!(deed, Deed::Note(_)));
        deeds
    }

    fn begin(&mut self, deeds: &[Deed], port: &str) {
        for deed in deeds {
            let Deed::Begin(given) = deed else { continue };
            self.begun += 1;
            let id = enrolment(self.begun);
            let seat = &self.session.seats[&given.slot];
            let mut key = KeyIdentity::of(seat.facts.as_ref().unwrap(), None);
            key.port = Some(port.into());
            self.last.insert(given.slot, id);
            self.on(Happening::Begun { slot: given.slot, enrolment: id, key });
        }
    }

    /// The key of a slot is made, pulled out and handed over.
    fn hand_over(&mut self, slot: u8, key: &str) {
        let id = self.last[&SlotNo(slot)];
        self.on(Happening::Finished { enrolment: id });
        let deeds = self.on(Happening::KeyOut { key: KeyId(key.into()) });
        assert_eq!(deeds.first(), Some(&Deed::HandOver(id)));
        self.on(Happening::Over { enrolment: id, end: RunEnd::HandedOver });
    }

    fn slot(&self, slot: u8) -> SlotState {
        let found = self.session.slots().find(|(no, ..)| *no == SlotNo(slot));
        found.map(|(_, state, _)| state).unwrap()
    }
}

fn given(deeds: &[Deed]) -> Vec<(u8, u32)> {
    deeds
        .iter()
        .filter_map(|deed| match deed {
            Deed::Begin(given) => Some((given.slot.0, given.entry.0)),
            _ => None,
        })
        .collect()
}

#[test]
fn each_key_goes_to_the_next_person_and_nobody_is_left_at_the_end() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    assert_eq!(given(&desk.insert("p1", facts("k1", Some("1")))), [(1, 1)]);
    assert_eq!(given(&desk.insert("p2", facts("k2", Some("2")))), [(2, 2)]);
    assert_eq!(given(&desk.insert("p3", facts("k3", Some("3")))), []);
    assert_eq!(desk.slot(3), SlotState::Refused(Why::NobodyLeft));
    desk.hand_over(1, "k1");
    desk.hand_over(2, "k2");
    assert_eq!(desk.session.state(EntryNo(1)), EntryState::Done);
    assert_eq!(desk.session.counts(), (0, 0, 0));
}

#[test]
fn a_key_meant_for_somebody_goes_to_them_and_to_nobody_else() {
    let mut own = entry("bo");
    own.serial = Some("0042".into());
    let mut desk = Desk::new(with(SessionOptions::default(), vec![entry("asa"), own, entry("cy")]));
    assert_eq!(given(&desk.insert("p1", facts("k1", Some("1")))), [(1, 1)]);
    assert_eq!(given(&desk.insert("p2", facts("k2", Some("2")))), [(2, 3)], "bo waits for 42");
    assert_eq!(given(&desk.insert("p3", facts("k42", Some("42")))), [(3, 2)]);
    desk.hand_over(3, "k42");
    assert_eq!(given(&desk.insert("p3", facts("k42b", Some("42")))), []);
    assert_eq!(desk.slot(3), SlotState::Refused(Why::GivenTo("bo".into())));
}

#[test]
fn a_scanned_badge_takes_the_next_key() {
    let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
    assert_eq!(desk.on(Happening::Scanned { text: " BADGE-cy\n".into() }), []);
    assert_eq!(given(&desk.insert("p1", facts("k1", None))), [(1, 3)]);
    assert_eq!(given(&desk.insert("p2", facts("k2", None))), [(2, 1)]);
    assert_eq!(
        desk.on(Happening::Scanned { text: "nobody".into() }),
        [Deed::ScanInVain { text: "nobody".into(), whose: None }]
    );
    assert_eq!(
        desk.on(Happening::Scanned { text: "badge-asa".into() }),
        [Deed::ScanInVain { text: "badge-asa".into(), whose: Some(EntryNo(1)) }]
    );
}

#[test]
fn a_scanned_person_does_not_get_another_ones_key() {
    let mut own = entry("bo");
    own.serial = Some("42".into());
    let mut desk = Desk::new(with(SessionOptions::default(), vec![entry("asa"), own]));
    desk.on(Happening::Scanned { text: "bo@halden.example".into() });
    desk.insert("p1", facts("k1", Some("7")));
    let other = Why::OtherSerial { name: "bo".into(), serial: "42".into() };
    assert_eq!(desk.slot(1), SlotState::Refused(other));
}

#[test]
fn the_same_key_in_two_slots_after_each_other_is_found_out() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.hand_over(1, "k1");
    desk.insert("p2", facts("k1-again", Some("1")));
    assert_eq!(desk.slot(2), SlotState::Refused(Why::GivenTo("asa".into())));
}

#[test]
fn a_key_that_is_somebodys_is_nobody_elses_until_theirs_is_undone() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.hand_over(1, "k1");
    let used = KeyFacts { pin: PinState::Set { retries_left: None }, ..facts("again", Some("1")) };
    desk.insert("p2", used);
    assert_eq!(desk.on(Happening::UseAnyway { slot: SlotNo(2), reset: true }), []);
    assert_eq!(desk.slot(2), SlotState::Refused(Why::GivenTo("asa".into())));
    let deeds = desk.on(Happening::Undone {
        entry: EntryNo(1),
        enrolment: enrolment(1),
        serial: Some("1".into()),
        reason: "wrong person".into(),
    });
    assert_eq!(given(&deeds), [(2, 1)], "asa waits first");
    let is_reset = |deed: &Deed| matches!(deed, Deed::Begin(given) if given.reset);
    assert!(!deeds.iter().any(is_reset), "the answer of before does not count");
}

#[test]
fn a_key_that_was_pulled_out_comes_back_to_its_person_in_any_slot() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    let deeds = desk.insert("p2", facts("k1b", Some("1")));
    let back = Deed::Back { slot: SlotNo(2), key: KeyId("k1b".into()), enrolment: enrolment(1) };
    assert_eq!(deeds, [back]);
    assert_eq!(desk.slot(1), SlotState::Free);
    desk.hand_over_of(2, "k1b", 1);
}

impl Desk {
    fn hand_over_of(&mut self, slot: u8, key: &str, id: u128) {
        self.last.insert(SlotNo(slot), enrolment(id));
        self.hand_over(slot, key);
    }
}

#[test]
fn another_key_in_the_slot_is_the_next_persons_and_the_first_ones_own_comes_back_elsewhere() {
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo"), entry("cy")]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    assert_eq!(given(&desk.insert("p1", facts("k2", Some("2")))), [(1, 2)]);
    assert_eq!(desk.session.away().count(), 1);
    let with_pin =
        KeyFacts { pin: PinState::Set { retries_left: Some(8) }, ..facts("k1b", Some("1")) };
    let deeds = desk.insert("p2", with_pin);
    let back = Deed::Back { slot: SlotNo(2), key: KeyId("k1b".into()), enrolment: enrolment(1) };
    assert_eq!(deeds, [back]);
}

#[test]
fn a_key_that_comes_back_before_the_other_one_told_who_it_is_is_not_given_away() {
    let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    desk.on(Happening::Inserted { key: KeyId("k2".into()), port: Some("p1".into()) });
    let early = desk.insert("p2", facts("k1b", Some("1")));
    assert_eq!(early, []);
    let facts = facts("k2", Some("2"));
    let deeds = desk.on(told(facts, None));
    assert_eq!(given(&deeds), [(1, 2)]);
    let back = Deed::Back { slot: SlotNo(2), key: KeyId("k1b".into()), enrolment: enrolment(1) };
    assert!(deeds.contains(&back), "{deeds:?}");
}

#[test]
fn what_is_finished_without_a_slot_is_handed_over() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    desk.insert("p1", facts("k2", Some("2")));
    let deeds = desk.on(Happening::Finished { enrolment: enrolment(1) });
    assert_eq!(deeds, [Deed::HandOver(enrolment(1))]);
}

#[test]
fn without_a_serial_only_the_port_says_whose_key_came_back() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", None));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    assert_eq!(given(&desk.insert("p2", facts("k2", None))), [(2, 2)], "another slot, another key");
    let deeds = desk.insert("p1", facts("k1b", None));
    let back = Deed::Back { slot: SlotNo(1), key: KeyId("k1b".into()), enrolment: enrolment(1) };
    assert_eq!(deeds, [back]);
}

#[test]
fn a_key_taken_back_for_another_one_puts_its_person_first() {
    let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
    desk.insert("p1", facts("k1", None));
    let end = RunEnd::TakenBack { then: Then::NewKey, summary: String::new() };
    desk.on(Happening::Over { enrolment: enrolment(1), end });
    assert_eq!(desk.slot(1), SlotState::Spent { entry: EntryNo(1) });
    assert_eq!(given(&desk.insert("p2", facts("k2", None))), [(2, 1)]);
    assert_eq!(given(&desk.insert("p3", facts("k3", None))), [(3, 2)]);
}

#[test]
fn what_failed_waits_until_it_is_retried() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", None));
    let end = RunEnd::GivenUp { summary: "Given up: broken".into() };
    desk.on(Happening::Over { enrolment: enrolment(1), end });
    assert_eq!(desk.session.counts(), (1, 1, 0));
    desk.insert("p2", facts("k2", None));
    desk.insert("p3", facts("k3", None));
    assert_eq!(desk.slot(3), SlotState::Refused(Why::NobodyLeft));
    let deeds = desk.on(Happening::RetryFailed);
    assert_eq!(deeds[0], Deed::Note(SessionNote::PutBack { entry: EntryNo(1) }));
    assert_eq!(given(&deeds), [(3, 1)], "the key that waited");
}

#[test]
fn paused_keys_begin_when_it_goes_on() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.on(Happening::Paused);
    assert_eq!(given(&desk.insert("p1", facts("k1", None))), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::Paused));
    assert_eq!(desk.session.owner_in(SlotNo(1)), None, "it is nobody's yet");
    assert_eq!(given(&desk.on(Happening::GoneOn)), [(1, 1)]);
}

#[test]
fn nobody_new_is_begun_while_nobody_is_there_and_what_is_begun_goes_on() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    assert_eq!(desk.on(Happening::Unattended), []);
    assert_eq!(given(&desk.insert("p2", facts("k2", Some("2")))), []);
    let back = Deed::Back { slot: SlotNo(1), key: KeyId("k1b".into()), enrolment: enrolment(1) };
    assert_eq!(desk.insert("p1", facts("k1b", Some("1"))), [back]);
    assert_eq!(given(&desk.on(Happening::Attended)), [(2, 2)]);
}

#[test]
fn a_key_that_only_its_port_tells_waits_until_somebody_is_there() {
    let mut desk = Desk::new(session(&["asa"]));
    desk.insert("p1", facts("k1", None));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    desk.on(Happening::Unattended);
    assert_eq!(desk.insert("p1", facts("k2", None)), []);
    let back = Deed::Back { slot: SlotNo(1), key: KeyId("k2".into()), enrolment: enrolment(1) };
    assert_eq!(desk.on(Happening::Attended), [back]);
}

#[test]
fn a_key_that_something_is_erased_for_waits_for_the_operators_word_after_a_restart() {
    let mut session = session(&["asa", "bo"]);
    session.restore_open(enrolment(1), EntryNo(1), identity(Some("1")), None);
    session.restore_note(&SessionNote::Paused);
    session.hold(enrolment(1));
    let mut desk = Desk::new(session);
    assert_eq!(desk.insert("p1", facts("k1", Some("1"))), []);
    assert_eq!(desk.slot(1), SlotState::Refused(Why::Paused));
    assert_eq!(desk.session.owner_in(SlotNo(1)), Some(EntryNo(1)));
    let back = Deed::Back { slot: SlotNo(1), key: KeyId("k1".into()), enrolment: enrolment(1) };
    assert!(desk.on(Happening::GoneOn).contains(&back));
}

#[test]
fn a_key_that_is_to_be_taken_back_does_not_wait_for_that_word() {
    let mut session = session(&["asa", "bo"]);
    session.restore_open(enrolment(1), EntryNo(1), identity(Some("1")), None);
    session.restore_note(&SessionNote::Paused);
    session.hold(enrolment(1));
    session.let_go(enrolment(1));
    let mut desk = Desk::new(session);
    let back = Deed::Back { slot: SlotNo(1), key: KeyId("k1".into()), enrolment: enrolment(1) };
    assert_eq!(desk.insert("p1", facts("k1", Some("1"))), [back]);
}

#[test]
fn who_is_scanned_gets_the_key_where_the_slot_is_kept_for_somebody_who_waits_no_more() {
    let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
    desk.on(Happening::Inserted { key: KeyId("k0".into()), port: Some("p3".into()) });
    desk.on(Happening::KeyOut { key: KeyId("k0".into()) });
    desk.on(Happening::Assigned { slot: SlotNo(1), entry: EntryNo(1) });
    assert_eq!(given(&desk.insert("p1", facts("k1", Some("1")))), [(2, 1)], "not in slot 1");
    desk.on(Happening::Scanned { text: "badge-cy".into() });
    assert_eq!(given(&desk.insert("p3", facts("k2", Some("2")))), [(1, 3)]);
}

#[test]
fn one_touch_at_a_time() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", None));
    desk.insert("p2", facts("k2", None));
    let wanted = |n| Happening::TouchWanted { enrolment: enrolment(n), until: None };
    assert_eq!(desk.on(wanted(2)), [Deed::Touch(enrolment(2))]);
    assert_eq!(desk.on(wanted(1)), []);
    assert_eq!(desk.session.touches_before(enrolment(1), now()), Some(1));
    assert_eq!(
        desk.on(Happening::TouchOver { enrolment: enrolment(2) }),
        [Deed::Touch(enrolment(1))]
    );
}

#[test]
fn a_key_that_comes_back_in_another_slot_keeps_its_place_in_the_queue() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.insert("p2", facts("k2", Some("2")));
    let wanted = |n| Happening::TouchWanted { enrolment: enrolment(n), until: None };
    let over = |n| Happening::TouchOver { enrolment: enrolment(n) };
    assert_eq!(desk.on(wanted(2)), [Deed::Touch(enrolment(2))]);
    assert_eq!(desk.on(wanted(1)), []);
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    let (slot, key) = (SlotNo(3), KeyId("k1 again".into()));
    let back = [Deed::Back { slot, key, enrolment: enrolment(1) }];
    assert_eq!(desk.insert("p3", facts("k1 again", Some("1"))), back);
    assert_eq!(desk.session.touches_before(enrolment(1), now()), Some(1));
    assert_eq!(desk.on(over(2)), [Deed::Touch(enrolment(1))]);
    // And a key that moves while it has its turn keeps the others waiting.
    assert_eq!(desk.on(wanted(2)), []);
    desk.on(Happening::KeyOut { key: KeyId("k1 again".into()) });
    desk.insert("p4", facts("k1 moved", Some("1")));
    assert_eq!(desk.session.touches_before(enrolment(2), now()), Some(1));
    assert_eq!(desk.on(over(1)), [Deed::Touch(enrolment(2))]);
}

#[test]
fn a_key_that_has_not_told_who_it_is_does_not_pass_for_the_one_it_follows() {
    let given_up = RunEnd::GivenUp { summary: "given up".into() };
    let ends = [
        Happening::Finished { enrolment: enrolment(1) },
        Happening::Over { enrolment: enrolment(1), end: given_up },
    ];
    for end in ends {
        let mut desk = Desk::new(session(&["asa", "bo"]));
        desk.insert("p1", facts("k1", Some("1")));
        desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
        desk.on(Happening::Inserted { key: KeyId("k2".into()), port: Some("p1".into()) });
        let handed_over = desk.on(end.clone()).contains(&Deed::HandOver(enrolment(1)));
        assert_eq!(handed_over, matches!(end, Happening::Finished { .. }));
        assert_eq!(desk.slot(1), SlotState::Reading);
        assert_eq!(given(&desk.on(told(facts("k2", Some("2")), None))), [(1, 2)]);
    }
}

#[test]
fn a_key_that_can_not_be_read_is_said_to_be_so_once_its_slot_is_free() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.insert("p1", facts("k1", Some("1")));
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    desk.on(Happening::Inserted { key: KeyId("k2".into()), port: Some("p1".into()) });
    desk.on(Happening::Unreadable { key: KeyId("k2".into()) });
    desk.on(Happening::Finished { enrolment: enrolment(1) });
    assert_eq!(desk.slot(1), SlotState::Refused(Why::Problem));
    desk.on(Happening::KeyOut { key: KeyId("k2".into()) });
    assert_eq!(given(&desk.insert("p1", facts("k3", Some("3")))), [(1, 2)]);
}

#[test]
fn two_keys_for_each_person_come_one_after_the_other() {
    let options = SessionOptions { keys_each: 2, ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo")]));
    let mut order = Vec::new();
    for n in 1..=4 {
        let deeds = desk.insert(&format!("p{n}"), facts(&format!("k{n}"), None));
        order.extend(given(&deeds).into_iter().map(|(_, entry)| entry));
    }
    assert_eq!(order, [1, 1, 2, 2]);
    desk.hand_over(1, "k1");
    assert_ne!(desk.session.state(EntryNo(1)), EntryState::Done);
    desk.hand_over(2, "k2");
    assert_eq!(desk.session.state(EntryNo(1)), EntryState::Done);
}

#[test]
fn only_keys_of_the_stock_list_are_given_out() {
    let options = SessionOptions { stock: vec!["00017".into()], ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa")]));
    for (port, serial) in [("p1", Some("18")), ("p2", None)] {
        assert_eq!(given(&desk.insert(port, facts(port, serial))), []);
    }
    assert_eq!(desk.slot(1), SlotState::Refused(Why::NotInStock));
    assert_eq!(given(&desk.insert("p3", facts("k17", Some("17")))), [(3, 1)]);
}

#[test]
fn used_keys_are_reset_only_where_the_session_says_so() {
    for (used_keys, reset) in [(UsedKeys::Ask, false), (UsedKeys::Reset, true)] {
        let options = SessionOptions { used_keys, ..SessionOptions::default() };
        let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo")]));
        let mut used = facts("k1", None);
        used.pin = PinState::Set { retries_left: None };
        let deeds = desk.insert("p1", used);
        assert!(matches!(&deeds[..], [Deed::Begin(given)] if given.reset == reset), "{deeds:?}");
        let deeds = desk.insert("p2", facts("k2", None));
        assert!(matches!(&deeds[..], [Deed::Begin(given)] if !given.reset), "{deeds:?}");
    }
}

#[test]
fn the_journal_rebuilds_it() {
    let mut session = session(&["asa", "bo", "cy", "di", "eva"]);
    let taken = SessionNote::SlotTaken { slot: SlotNo(4), port: "p4".into() };
    session.restore_note(&taken);
    session.restore_over(enrolment(1), EntryNo(1), &identity(Some("1")), &RunEnd::HandedOver);
    let skipped = SessionNote::Skipped { entry: EntryNo(2), reason: "on leave".into() };
    session.restore_note(&skipped);
    let mut key = KeyIdentity::of(&facts("k3", None), None);
    key.port = Some("p4".into());
    session.restore_open(enrolment(3), EntryNo(3), key, None);
    assert_eq!(session.state(EntryNo(1)), EntryState::Done);
    assert_eq!(session.state(EntryNo(2)), EntryState::Skipped { reason: "on leave".into() });
    assert_eq!(session.state(EntryNo(3)), EntryState::Begun(enrolment(3)));
    assert_eq!(session.away().count(), 1);
    let mut desk = Desk::new(session);
    assert_eq!(given(&desk.insert("p1", facts("k4", None))), [(1, 4)]);
    let deeds = desk.insert("p4", facts("k3b", None));
    assert!(matches!(&deeds[..], [Deed::Back { enrolment: id, .. }] if *id == enrolment(3)));
}

/// Random keys in and out of eight ports, random ends: nobody has two keys, nobody is lost, one
/// touch at a time.
#[test]
fn whatever_happens_everybody_is_accounted_for() {
    for seed in 0..60 {
        at_random(seed);
    }
}

fn at_random(seed: u64) {
    let names: Vec<String> = (0..25).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut desk = Desk::new(session(&names));
    let mut random = Random(seed + 1);
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    let mut number = 0;
    for _ in 0..600 {
        let port = format!("port{}", random.below(8));
        match random.below(6) {
            0 | 1 => {
                number += 1;
                let key = format!("key{number}");
                let serial = (random.below(2) == 0).then(|| number.to_string());
                desk.insert(&port, facts(&key, serial.as_deref()));
                keys.insert(port, key);
            }
            2 => {
                if let Some(key) = keys.remove(&port) {
                    let deeds = desk.on(Happening::KeyOut { key: KeyId(key) });
                    for deed in deeds {
                        if let Deed::HandOver(enrolment) = deed {
                            desk.on(Happening::Over { enrolment, end: RunEnd::HandedOver });
                        }
                    }
                }
            }
            3 => desk.any_run(&mut random, |enrolment| Happening::Finished { enrolment }),
            4 => desk.any_run(&mut random, |enrolment| Happening::TouchWanted {
                enrolment,
                until: None,
            }),
            _ => {
                let end = match random.below(4) {
                    0 => RunEnd::Interrupted,
                    1 => RunEnd::GivenUp { summary: "given up".into() },
                    2 => RunEnd::TakenBack { then: Then::NewKey, summary: String::new() },
                    _ => RunEnd::TakenBack { then: Then::SkipPerson, summary: String::new() },
                };
                desk.any_run(&mut random, |enrolment| Happening::Over {
                    enrolment,
                    end: end.clone(),
                });
            }
        }
        desk.check();
    }
}

impl Desk {
    /// Something happens to one of the running enrolments.
    fn any_run(&mut self, random: &mut Random, what: impl Fn(EnrolmentId) -> Happening) {
        let running: Vec<EnrolmentId> = self.running().collect();
        if running.is_empty() {
            return;
        }
        let deeds = self.on(what(running[random.below(running.len())]));
        for deed in &deeds {
            if let Deed::HandOver(enrolment) = deed {
                self.on(Happening::Over { enrolment: *enrolment, end: RunEnd::HandedOver });
            }
        }
        self.begin(&deeds, "");
    }

    fn running(&self) -> impl Iterator<Item = EnrolmentId> {
        self.session.seats.values().filter_map(|seat| match seat.state {
            SlotState::Running { enrolment, .. } => Some(enrolment),
            _ => None,
        })
    }

    fn check(&self) {
        let session = &self.session;
        let mut open = BTreeMap::<EntryNo, u8>::new();
        for of in session.open.values() {
            *open.entry(of.entry).or_default() += 1;
        }
        for (entry, progress) in session.numbered() {
            assert_eq!(progress.open, open.get(&entry).copied().unwrap_or(0), "{entry:?}");
            assert!(progress.open + progress.done <= 1, "{entry:?} has two keys");
        }
        let mut seen = std::collections::BTreeSet::new();
        for id in self.running() {
            assert!(seen.insert(id), "{id:?} in two slots");
            assert!(session.open.contains_key(&id));
        }
        let (left, failed, skipped) = session.counts();
        let done = session.progress.iter().filter(|progress| progress.done == 1).count();
        assert_eq!(left + failed + skipped + done, 25);
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

#[test]
fn keys_without_a_port_take_empty_slots_and_leave_them_again() {
    let mut desk = Desk::new(session(&["asa", "bo", "cy"]));
    let put_in = |desk: &mut Desk, key: &str| {
        let inserted = Happening::Inserted { key: KeyId(key.into()), port: None };
        let mut deeds = desk.on(inserted);
        deeds.extend(desk.on(told(facts(key, None), None)));
        desk.begin(&deeds, "");
        given(&deeds)
    };
    assert_eq!(put_in(&mut desk, "k1"), [(1, 1)]);
    assert_eq!(put_in(&mut desk, "k2"), [(2, 2)]);
    desk.hand_over(1, "k1");
    assert_eq!(put_in(&mut desk, "k3"), [(1, 3)]);
}

#[test]
fn a_used_key_without_a_serial_that_may_have_been_made_here_is_never_reset_unasked() {
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo"), entry("cy")]));
    let used = |key: &str, serial| KeyFacts {
        pin: PinState::Set { retries_left: None },
        ..facts(key, serial)
    };
    let resets = |deeds: Vec<Deed>| match &deeds[..] {
        [Deed::Begin(given)] => given.reset,
        other => panic!("{other:?}"),
    };
    assert!(!resets(desk.insert("p1", facts("k1", None))), "it is new");
    desk.hand_over(1, "k1");
    assert!(!resets(desk.insert("p1", used("k1-again", None))), "it may be asa's");
    assert!(resets(desk.insert("p2", used("k2", Some("7")))));
}
