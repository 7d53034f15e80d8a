//! People for whom the list means a certain key, and slots whose ports are gone.

use super::*;
use crate::bulk::MOST_SLOTS;

/// The list means the key with this serial for bo; asa gets any.
fn list(keys_each: u8) -> Desk {
    let own = Entry { serial: Some("42".into()), ..entry("bo") };
    let options = SessionOptions { keys_each, ..SessionOptions::default() };
    Desk::new(with(options, vec![entry("asa"), own]))
}

fn other_serial() -> SlotState {
    SlotState::Refused(Why::OtherSerial { name: "bo".into(), serial: "42".into() })
}

#[test]
fn the_second_of_two_keys_is_any_key() {
    let mut desk = list(2);
    assert_eq!(given(&desk.insert("p1", facts("k42", Some("42")))), [(1, 2)]);
    let mut order = Vec::new();
    for n in 2..=4 {
        let key = format!("k{n}");
        order.extend(given(&desk.insert(&format!("p{n}"), facts(&key, Some(&key)))));
    }
    assert_eq!(order, [(2, 1), (3, 1), (4, 2)]);
    for (slot, key, left) in [(1, "k42", 3), (2, "k2", 2), (3, "k3", 1), (4, "k4", 0)] {
        desk.hand_over(slot, key);
        assert_eq!(desk.session.keys_left(), left);
    }
    assert_eq!(desk.session.counts(), (0, 0, 0), "everybody has two");
}

#[test]
fn whose_own_key_is_lost_is_named_and_gets_another_one_that_the_operator_allows() {
    let mut desk = list(1);
    desk.insert("p1", facts("k1", Some("1")));
    assert_eq!(given(&desk.insert("p2", facts("k2", Some("2")))), [], "not unasked");
    assert_eq!(desk.slot(2), other_serial());
    assert!(!desk.session.holds_used_key(SlotNo(2)), "nothing is reset for that");
    assert_eq!(given(&desk.on(Happening::UseAnyway { slot: SlotNo(2), reset: true })), [(2, 2)]);
}

#[test]
fn a_scanned_person_gets_the_other_key_that_the_operator_allows() {
    let mut desk = list(1);
    desk.on(Happening::Scanned { text: "badge-bo".into() });
    desk.insert("p1", facts("k1", Some("1")));
    assert_eq!(desk.slot(1), other_serial());
    assert_eq!(given(&desk.on(Happening::UseAnyway { slot: SlotNo(1), reset: true })), [(1, 2)]);
}

#[test]
fn whose_own_key_was_taken_back_gets_any_key() {
    for (end, retried) in [
        (RunEnd::TakenBack { then: Then::NewKey, summary: String::new() }, false),
        (RunEnd::GivenUp { summary: "broken".into() }, true),
    ] {
        let mut desk = list(1);
        desk.insert("p1", facts("k42", Some("42")));
        desk.on(Happening::Over { enrolment: enrolment(1), end });
        if retried {
            desk.on(Happening::RetryFailed);
        }
        assert_eq!(given(&desk.insert("p2", facts("k1", Some("1")))), [(2, 2)]);
    }
}

#[test]
fn an_own_key_that_was_worked_on_before_a_restart_counts_no_more_either() {
    let own = Entry { serial: Some("42".into()), ..entry("bo") };
    let mut session = with(SessionOptions::default(), vec![own]);
    let end = RunEnd::TakenBack { then: Then::NewKey, summary: String::new() };
    session.restore_over(enrolment(1), EntryNo(1), &identity(Some("42")), &end);
    let mut desk = Desk::new(session);
    assert_eq!(given(&desk.insert("p1", facts("k1", Some("1")))), [(1, 1)]);
}

#[test]
fn a_badge_of_two_people_is_that_of_the_one_who_waits() {
    let shared = |name| Entry { employee_id: Some("4711".into()), ..entry(name) };
    let mut desk = Desk::new(with(SessionOptions::default(), vec![shared("asa"), shared("bo")]));
    desk.insert("p1", facts("k1", Some("1")));
    assert_eq!(desk.on(Happening::Scanned { text: "4711".into() }), []);
    assert_eq!(desk.session.scanned(), Some(EntryNo(2)));
}

#[test]
fn a_number_of_several_people_who_wait_chooses_none_of_them() {
    let shared = |name| Entry { employee_id: Some("4711".into()), ..entry(name) };
    let people = vec![shared("asa"), shared("bo"), entry("cy")];
    let mut desk = Desk::new(with(SessionOptions::default(), people));
    desk.on(Happening::Scanned { text: "badge-cy".into() });
    assert_eq!(desk.session.scanned(), Some(EntryNo(3)));
    let text = "4711".to_owned();
    let told = Deed::ScanIsShared { text: text.clone() };
    assert_eq!(desk.on(Happening::Scanned { text }), [told]);
    assert_eq!(desk.session.scanned(), None);
}

#[test]
fn a_badge_is_its_bearers_although_its_number_is_anothers_employee_id() {
    let asa = Entry { employee_id: Some("1001".into()), ..entry("asa") };
    let bo = Entry { badge: Some("1001".into()), ..entry("bo") };
    let mut desk = Desk::new(with(SessionOptions::default(), vec![asa, bo]));
    assert_eq!(desk.on(Happening::Scanned { text: "1001".into() }), []);
    assert_eq!(desk.session.scanned(), Some(EntryNo(2)));
    desk.insert("p1", facts("k1", Some("1")));
    let text = "1001".to_owned();
    let vain = Deed::ScanInVain { text: text.clone(), whose: Some(EntryNo(2)) };
    assert_eq!(desk.on(Happening::Scanned { text }), [vain], "it is nobody else's");
}

#[test]
fn who_was_scanned_and_is_left_out_is_not_said_to_come_next() {
    let mut desk = Desk::new(session(&["asa", "bo"]));
    desk.on(Happening::Scanned { text: "badge-bo".into() });
    assert_eq!(desk.session.scanned(), Some(EntryNo(2)));
    desk.on(Happening::Skipped { entry: EntryNo(2), reason: "ill".into() });
    assert_eq!(desk.session.scanned(), None);
}

#[test]
fn who_was_chosen_for_a_key_that_was_pulled_out_does_not_get_the_next_one_in_its_slot() {
    let options = SessionOptions { stock: vec!["9".into()], ..SessionOptions::default() };
    let mut desk = Desk::new(with(options, vec![entry("asa"), entry("bo"), entry("cy")]));
    desk.insert("p1", facts("k1", Some("1")));
    assert_eq!(desk.slot(1), SlotState::Refused(Why::NotInStock));
    desk.on(Happening::Assigned { slot: SlotNo(1), entry: EntryNo(3) });
    desk.on(Happening::KeyOut { key: KeyId("k1".into()) });
    desk.on(Happening::Scanned { text: "badge-bo".into() });
    assert_eq!(given(&desk.insert("p1", facts("k9", Some("9")))), [(1, 2)]);
}

#[test]
fn a_hub_that_is_plugged_in_elsewhere_takes_the_numbers_of_its_old_ports() {
    let names: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut desk = Desk::new(session(&names));
    let fill = |desk: &mut Desk, hub: &str, batch: &str| {
        let mut slots = Vec::new();
        for n in 1..=8 {
            let key = format!("{batch}-{n}");
            slots.extend(given(&desk.insert(&format!("{hub}.{n}"), facts(&key, Some(&key)))));
        }
        slots.into_iter().map(|(slot, _)| slot).collect::<Vec<u8>>()
    };
    let use_up = |desk: &mut Desk, hub: &str, batch: &str| {
        let slots = fill(desk, hub, batch);
        (1..).zip(&slots).for_each(|(n, slot)| desk.hand_over(*slot, &format!("{batch}-{n}")));
        slots
    };
    let first = use_up(&mut desk, "a", "first");
    let second = use_up(&mut desk, "b", "second");
    assert_eq!((first.first(), second.last()), (Some(&1), Some(&MOST_SLOTS)));
    // A key is awaited in one of the first hub's ports: its run ended without it.
    desk.insert("a.3", facts("k", None));
    let (enrolment, end) = (desk.last[&SlotNo(3)], RunEnd::Interrupted);
    desk.on(Happening::Over { enrolment, end });
    desk.on(Happening::KeyOut { key: KeyId("k".into()) });
    assert_eq!(desk.slot(3), SlotState::Free);
    assert_eq!(use_up(&mut desk, "b", "third"), second);
    let moved = fill(&mut desk, "c", "fourth");
    assert_eq!(moved, [1, 2, 4, 5, 6, 7, 8, 9], "not used for longest, and nobody comes back");
    assert_eq!(desk.session.slots.get("a.3"), Some(SlotNo(3)));
    assert_eq!(desk.session.slots.get("a.1"), None);
}

#[test]
fn a_hub_is_plugged_in_elsewhere_though_a_key_is_awaited_in_every_slot() {
    let names: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut desk = Desk::new(session(&names));
    for n in 1..=MOST_SLOTS {
        let (port, key) = (format!("a.{n}"), format!("k{n}"));
        let serial = (n != 1).then_some(key.as_str());
        desk.insert(&port, facts(&key, serial));
        // Made, to be activated later.
        let (enrolment, end) = (desk.last[&SlotNo(n)], RunEnd::Interrupted);
        desk.on(Happening::Over { enrolment, end });
        desk.on(Happening::KeyOut { key: KeyId(key) });
    }
    let (first, second) = (desk.last[&SlotNo(1)], desk.last[&SlotNo(2)]);
    assert_eq!(given(&desk.insert("b.1", facts("new", None))), [(1, 17)], "no key of the first's");
    assert_ne!(desk.last[&SlotNo(1)], first);
    let back = desk.insert("b.2", facts("k2 again", Some("k2")));
    assert!(
        back.iter()
            .any(|deed| matches!(deed, Deed::Back { enrolment, .. } if *enrolment == second)),
        "{back:?}"
    );
}
