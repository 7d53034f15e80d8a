//! The lists below the board.

use super::*;

#[test]
fn a_result_is_undone_with_a_reason() {
    let mut station = Window::running(slots());
    station.press(Key::F6);
    station.press(Key::Enter);
    assert!(station.has_part("Take Jonas Wiklund's key back, because"));
    station.type_text("wrong person");
    station.press(Key::Enter);
    let undo = BulkCommand::Undo { enrolment: enrolment(5212), reason: "wrong person".into() };
    assert_eq!(station.bulk(), [undo]);
    assert!(!station.has_part("because"));
}

#[test]
fn a_failed_result_has_nothing_to_undo() {
    let mut station = Window::running(slots());
    station.press(Key::F6);
    station.press(Key::ArrowDown);
    station.press(Key::Enter);
    assert!(!station.has_part("because"));
}

#[test]
fn an_undone_key_has_nothing_to_undo_any_more() {
    let mut station = Window::running(slots());
    assert!(station.has("Undo Jonas Wiklund"));
    let none = (None, None, None);
    let mut undone = result(ResultKind::Undone, (212, "Jonas Wiklund"), none, "wrong person", 1);
    undone.enrolment = Some(enrolment(5212));
    station.tell(vec![bulk(BulkEvent::Result(Box::new(undone)))]);
    assert!(!station.has("Undo Jonas Wiklund") && station.has("Undo Karim Nasser"));
}

#[test]
fn undoing_says_so_where_it_leaves_a_person_without_any_key() {
    for (removed, warned) in [(0, false), (1, true)] {
        let mut station = Window::running(slots());
        station.tell(vec![finished(removed)]);
        station.press(Key::F6);
        station.press(Key::Enter);
        assert!(station.has_part("Take Jonas Wiklund's key back, because"));
        let warning = "Jonas Wiklund's old key was removed for this one";
        assert_eq!(station.has_part(warning), warned);
    }
}

fn people_tab() -> Window {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "People, 285 waiting");
    station
}

#[test]
fn a_waiting_person_is_left_out_with_a_reason() {
    let mut station = people_tab();
    station.click("Waiting 285");
    let name = name_of(217);
    station.fill("Find in the session", &name);
    station.click_part(Role::Button, &format!("Skip {name}"));
    station.press(Key::Enter);
    assert_eq!(station.bulk(), [], "not without a reason");
    station.fill("Reason", "on leave");
    station.press(Key::Enter);
    match station.bulk().as_slice() {
        [BulkCommand::Skip { entry: EntryNo(no), reason }] => {
            assert!(*no >= 218, "{no}");
            assert_eq!(reason, "on leave");
        }
        other => panic!("{other:?}"),
    }
}

/// They have the numbers of those before.
#[test]
fn what_was_asked_in_one_session_is_not_asked_about_a_person_of_the_next() {
    let mut station = people_tab();
    let name = name_of(217);
    station.fill("Find in the session", &name);
    station.click_part(Role::Button, &format!("Skip {name}"));
    assert!(station.has_part("because"));
    station.tell(vec![session(true)]);
    assert!(station.has_part("because"), "the same session was told anew");
    let mut events = vec![bulk(BulkEvent::Session(None)), session_of(6)];
    events.extend(running(slots()).into_iter().skip(1));
    station.tell(events);
    assert!(!station.has_part("because"));
}

#[test]
fn a_refused_key_is_given_to_a_person_who_is_chosen_for_it() {
    let mut station = Window::running(vec![recognised_slots().remove(2)]);
    station.click_part(Role::Tab, "People, 285 waiting");
    station.click("Waiting 285");
    station.click_part(Role::Button, "For slot 3");
    match station.bulk().as_slice() {
        [BulkCommand::Assign { slot: SlotNo(3), entry: EntryNo(218) }] => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_refused_key_a_person_gets_the_next_one() {
    let mut station = people_tab();
    station.click("Waiting 285");
    station.click_part(Role::Button, "Next key");
    match station.bulk().as_slice() {
        [BulkCommand::Scan(upn)] => assert!(upn.ends_with("@halden.example"), "{upn}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_was_left_out_or_failed_is_put_back() {
    let mut station = people_tab();
    station.click("Skipped 2");
    station.click(&format!("Put back {}", name_of(117)));
    assert_eq!(station.bulk(), [BulkCommand::PutBack(EntryNo(118))]);
    station.click("Retry failed");
    assert_eq!(station.bulk(), [BulkCommand::RetryFailed]);
}

#[test]
fn a_key_that_waits_for_its_receipt_is_activated() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    station.tell(vec![board(Board { away: away(), ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Put it in again; it was in slot 2"));
    assert!(station.has_part("Waits for receipt, until 12-0"));
    station.click("Activate Tomas Brandt");
    assert_eq!(station.bulk(), [BulkCommand::Activate(enrolment(802))]);
    station.click("Skip Ida Moberg");
    station.fill("Reason", "ill");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(enrolment(801), Answer::Skip)]);
}

#[test]
fn why_a_key_could_not_be_activated_is_said_in_its_row_and_it_can_be_tried_again() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[1].failed = Some(problem("Entra ID is busy", "Try again in a minute"));
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Entra ID is busy. Try again in a minute. Waits for receipt, until"));
    station.click("Activate Tomas Brandt");
    assert_eq!(station.bulk(), [BulkCommand::Activate(enrolment(802))]);
}

#[test]
fn a_key_whose_activation_was_refused_is_to_be_put_in_and_that_comes_first() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[0].failed = Some(problem("The directory refused: no such challenge", "Try again"));
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    let said = "Put it in again; it was in slot 2. The directory refused: no such challenge";
    assert!(station.has_part(said) && !station.has_part("Activate Ida Moberg"));
}

/// Only the directory is needed for what is left.
#[test]
fn what_fails_without_its_key_is_tried_again_where_it_is_and_named_once() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    for key in &mut away {
        key.stopped.step = keydesk::enrolment::Step::RemoveOld;
        key.stopped.answers = vec![Answer::Retry, Answer::LeaveIt];
        key.failed = Some(problem("Entra ID is busy", "Try again in a minute"));
    }
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Entra ID is busy. Try again in a minute, PIN set"));
    assert!(!station.has_part("Put it in again"), "its key is not needed");
    assert!(station.has_part("Activate Tomas Brandt") && !station.has_part("Retry Tomas Brandt"));
    station.click("Retry Ida Moberg");
    assert_eq!(station.answers(), [(enrolment(801), Answer::Retry)]);
}

#[test]
fn a_key_whose_challenge_has_lapsed_wants_to_be_made_anew() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[1].lapses_at = Some("2025-12-01T17:30:00Z".parse().unwrap());
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Its challenge has lapsed: put it in, to be made anew"));
}

#[test]
fn the_whole_failure_is_a_tab_away() {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "Slot 5 details");
    station.click("Details");
    assert!(station.has("8f0c61a1-77cf-4f5e-9b5f-2f1d2a9f7f41"));
}

#[test]
fn the_mark_stays_on_its_row_while_the_list_grows() {
    let mut station = Window::running(slots());
    station.press(Key::F6);
    let none = (None, None, None);
    let newer = result(ResultKind::Failed, (211, "Somebody Else"), none, "no touch", 0);
    station.tell(vec![bulk(BulkEvent::Result(Box::new(newer)))]);
    station.press(Key::Enter);
    assert!(station.has_part("Take Jonas Wiklund's key back, because"));
}

#[test]
fn a_marked_person_who_leaves_the_list_gives_the_mark_to_nobody() {
    let mut station = people_tab();
    station.click("Waiting 285");
    station.press(Key::F6);
    station.settle();
    let first = EntryNo(218);
    let state = EntryState::Begun(enrolment(9001));
    station.tell(vec![bulk(BulkEvent::Entry { no: first, state })]);
    station.press(Key::Enter);
    assert_eq!(station.bulk(), []);
}
