//! The board: slots, answers, scans, PINs that are typed.

use super::*;

#[test]
fn the_board_says_what_each_slot_wants() {
    let station = Window::running(slots());
    for name in [
        "Slot 1, Jonas Wiklund: Done. Remove and label",
        "Slot 2, Amira Haddad: Registering",
        "Slot 3, Petra Sandvik: Setting PIN",
        "Slot 4, Oskar Lindqvist: Touch now",
        "Slot 7, Tomas Brandt: Touch next",
        "Slot 8: Waiting",
        "212 Done",
        "284 Left",
        "4 Failed",
        "64 keys per hour",
    ] {
        assert!(station.has(name), "{name}");
    }
    assert!(station.has_part("Slot 5, Lena Ås: Failed. Key holds another person"));
    let alerts = station.harness.query_all_by_role(Role::Alert).count();
    assert_eq!(alerts, 1, "one key at a time asks for its touch");
}

#[test]
fn a_letter_answers_the_failed_slot() {
    for (key, answer) in
        [(Key::R, Answer::Retry), (Key::N, Answer::NewKey), (Key::Z, Answer::ResetKey)]
    {
        let mut station = Window::running(slots());
        station.press(key);
        assert_eq!(station.answers(), [(slot_enrolment(5), answer)]);
    }
}

#[test]
fn who_leaves_a_slots_person_out_says_why() {
    let mut station = Window::running(slots());
    station.press(Key::S);
    assert!(station.has_part("Leave Lena Ås out, because"));
    station.press(Key::Enter);
    assert_eq!(station.answers(), [], "not without a reason");
    station.fill("Reason", "ill");
    station.press(Key::Enter);
    match station.sent().as_slice() {
        [Command::Answer { enrolment, answer: Answer::Skip, reason, .. }] => {
            assert_eq!((*enrolment, reason.as_str()), (slot_enrolment(5), "ill"));
        }
        other => panic!("{} commands", other.len()),
    }
    assert!(!station.has_part("because"));
}

#[test]
fn a_slot_that_needs_no_answer_any_more_asks_for_no_reason() {
    let mut station = Window::running(slots());
    station.click("Skip, slot 5");
    assert!(station.has_part("Leave Lena Ås out, because"));
    let mut answered = slots();
    answered[4].phase = SlotPhase::PulledOut;
    station.tell(vec![board(board_of(answered))]);
    assert!(!station.has_part("because"));
}

#[test]
fn a_click_on_an_answer_is_the_same() {
    let mut station = Window::running(slots());
    station.click("Reset key, slot 5");
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::ResetKey)]);
}

fn two_failed() -> Vec<SlotShown> {
    let mut slots = slots();
    slots[1] = slot(2, (214, "Amira Haddad"), "31884201", stopped_slot(), 1, "");
    slots
}

#[test]
fn tab_goes_through_the_failed_slots_first_and_then_on() {
    let mut station = Window::running(two_failed());
    assert!(station.is_selected("Slot 2, Amira Haddad"));
    station.press(Key::Tab);
    assert!(station.is_selected("Slot 5, Lena Ås"));
    station.press(Key::R);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::Retry)]);
    station.press(Key::Tab);
    let focused = station.harness.root().children_recursive().find(|node| node.is_focused());
    assert!(focused.is_some(), "after the last one the controls have their turn");
}

#[test]
fn a_slot_that_fails_later_does_not_take_the_keys_away() {
    let mut station = Window::running(slots());
    station.tell(vec![board(board_of(two_failed()))]);
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::NewKey)]);
}

#[test]
fn a_second_press_of_the_same_key_is_not_for_the_next_slot() {
    let mut station = Window::running(two_failed());
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(2), Answer::NewKey)]);
    // Slot 2 is answered; slot 5 takes its place under the finger.
    station.events.send(board(board_of(slots()))).unwrap();
    station.harness.step();
    station.press(Key::N);
    assert_eq!(station.answers(), []);
    for _ in 0..20 {
        station.harness.step();
    }
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::NewKey)]);
}

#[test]
fn a_scan_is_a_scan_though_its_letters_are_answers() {
    let mut station = Window::running(slots());
    station.scan("RSZN-PS884207");
    assert_eq!(station.bulk(), [BulkCommand::Scan("RSZN-PS884207".into())]);
    station.scan("B4711");
    assert_eq!(station.bulk(), [BulkCommand::Scan("B4711".into())]);
}

#[test]
fn a_scan_presses_no_button_that_has_the_focus() {
    let mut station = Window::running(running_only());
    station.harness.get_by_role_and_label(Role::Button, "Pause").focus();
    station.settle();
    station.scan("4711");
    assert_eq!(station.bulk(), [BulkCommand::Scan("4711".into())]);
}

#[test]
fn letters_that_answer_nothing_go_into_the_box() {
    let mut station = Window::running(running_only());
    station.type_text("r");
    station.type_text("4");
    let value = station.harness.get_by_role_and_label(Role::TextInput, "Scan").value();
    assert_eq!(value.as_deref(), Some("r4"));
    assert_eq!(station.answers(), []);
}

fn in_vain(why: ScanInVain) -> Event {
    bulk(BulkEvent::ScanInVain(why))
}

#[test]
fn somebody_who_waits_for_no_key_is_not_taken_for_nobody() {
    let mut station = Window::running(slots());
    let failed = EntryState::Failed { summary: "Taken back".into() };
    let skipped = EntryState::Skipped { reason: "on leave".into() };
    for (state, told) in [
        (EntryState::Done, "Maria Ekholm has all keys already"),
        (EntryState::Begun(enrolment(2)), "A key for Maria Ekholm is in work"),
        (failed, "Maria Ekholm's key failed: put them back under People"),
        (skipped, "Maria Ekholm was left out: put them back under People"),
    ] {
        station.tell(vec![in_vain(ScanInVain::Settled { name: "Maria Ekholm".into(), state })]);
        assert!(station.has(told), "{told}");
    }
}

#[test]
fn an_unknown_badge_is_said_where_it_was_scanned() {
    let mut station = Window::running(slots());
    station.tell(vec![in_vain(ScanInVain::Unknown("B9999".into()))]);
    assert!(station.has("Nobody has B9999"));
    station.tell(vec![in_vain(ScanInVain::Shared("1042".into()))]);
    assert!(station.has("Several people have 1042: choose one under People"));
    station.scan("B4711");
    assert!(!station.has_part("Nobody has"));
    let scanned = Some(on_board(218, "Maria Ekholm"));
    station.tell(vec![board(Board { scanned, ..board_of(slots()) })]);
    assert!(station.has("The next key is for Maria Ekholm"));
}

#[test]
fn p_pauses_and_goes_on() {
    let mut station = Window::running(slots());
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::Pause]);
    assert!(station.has("Go on") && !station.has("Pause"));
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::GoOn { acts: Vec::new() }]);
}

#[test]
fn a_session_that_was_taken_up_again_goes_on_once_its_acts_are_confirmed() {
    use keydesk::access::Act;
    let mut station = Window::running(slots());
    let Event::Bulk(BulkEvent::Session(Some(mut shown))) = session(true) else { panic!() };
    shown.to_confirm = vec![Act::RemoveKeys];
    station.tell(vec![bulk(BulkEvent::Session(Some(shown)))]);
    assert!(station.has("Going on asks who you are"));
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::GoOn { acts: vec![Act::RemoveKeys] }]);
    assert!(station.has("Go on"), "it is paused until the engine says otherwise");
}

#[test]
fn a_refused_key_can_be_used_all_the_same() {
    let mut slot = recognised_slots().remove(2);
    for (used, word) in [(true, "Reset and use it"), (false, "Use it anyway")] {
        slot.key.as_mut().unwrap().used = used;
        let mut station = Window::running(vec![slot.clone()]);
        assert!(station.has_part("Slot 3: Not used. Made before for amira"));
        assert!(station.has_part(word));
        station.press(Key::U);
        let key = slot.key.as_ref().unwrap().id.clone();
        let anyway = BulkCommand::UseAnyway { slot: SlotNo(3), key, reset: used };
        assert_eq!(station.bulk(), [anyway]);
    }
}

#[test]
fn a_key_that_is_somebodys_is_only_taken_out() {
    let mut station = Window::running(vec![troubled_slots().remove(5)]);
    assert!(station.has_part("Slot 6: Not used. Made for Karim Nasser"));
    assert!(!station.has_part("Use it anyway"));
    station.press(Key::U);
    assert_eq!(station.bulk(), []);
    station.click_part(Role::Tab, "People, 285 waiting");
    station.click("Waiting 285");
    assert!(!station.has_part("For slot 6"));
}

#[test]
fn a_person_types_the_pin_at_the_slot_and_it_is_sent_once_both_agree() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.fill("New PIN, slot 1", "246813");
    station.fill("Repeat PIN, slot 1", "246814");
    station.press(Key::Enter);
    assert!(station.answers().is_empty());
    assert!(station.has_part("The two PINs differ"));
    // Who is told so goes on typing.
    station.type_text("246813");
    station.press(Key::Enter);
    station.type_text("246813");
    station.press(Key::Enter);
    let pins: Vec<_> = station
        .sent()
        .into_iter()
        .filter_map(|command| match command {
            Command::Answer { enrolment, answer: Answer::Retry, pin: Some(pin), .. } => {
                Some((enrolment, pin.expose().to_owned()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(pins, [(slot_enrolment(1), "246813".to_owned())]);
}

#[test]
fn why_a_typed_pin_is_not_taken_is_said_where_it_was_typed() {
    let mut slot = troubled_slots().remove(0);
    let mut station = Window::running(vec![slot.clone()]);
    assert!(station.has_part("PIN needed. The person chooses the PIN"));
    let SlotPhase::PinNeeded(needed) = &mut slot.phase else { panic!("{:?}", slot.phase) };
    needed.refused = true;
    needed.stopped.problem =
        problem("The PIN is one of those that are tried first", "Choose another");
    station.tell(running(vec![slot]));
    assert!(station.has_part("PIN needed. The PIN is one of those that are tried first"));
}

#[test]
fn every_answer_stands_beside_a_pin_that_is_to_be_typed() {
    let mut slot = troubled_slots().remove(0);
    let SlotPhase::PinNeeded(needed) = &mut slot.phase else { panic!("{:?}", slot.phase) };
    needed.stopped.answers =
        vec![Answer::Retry, Answer::ResetKey, Answer::NewKey, Answer::Skip, Answer::RollBack];
    let mut station = Window::running(vec![slot]);
    for answer in ["Reset key", "New key", "Skip", "Roll back"] {
        let name = format!("{answer}, slot 1");
        let rect = station.harness.get_by_role_and_label(Role::Button, &name).rect();
        let set = station.harness.get_by_role_and_label(Role::Button, "Set PIN, slot 1").rect();
        assert!(rect.max.x <= set.min.x, "{name}: {rect:?} {set:?}");
    }
    station.click("New key, slot 1");
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::NewKey)]);
}

/// Twice the same badge would be a PIN that nobody knows.
#[test]
fn a_badge_that_is_scanned_into_a_pin_is_none() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.fill("New PIN, slot 1", "");
    for _ in 0..2 {
        station.scan("884207");
        assert!(station.has_part("From a scanner: type or paste the PIN"));
    }
    assert_eq!((station.answers(), station.bulk()), (Vec::new(), Vec::new()));
    for _ in 0..2 {
        station.type_text("884207");
        station.press(Key::Enter);
    }
    let Some(Command::Answer { pin: Some(pin), .. }) = station.sent().pop() else { panic!("none") };
    assert_eq!(pin.expose(), "884207", "by hand it is one");
}

#[test]
fn letters_typed_into_a_pin_answer_nothing() {
    let mut station = Window::running(vec![troubled_slots().remove(0), troubled_slots().remove(4)]);
    station.fill("New PIN, slot 1", "srnzp");
    assert_eq!(station.answers(), []);
    assert_eq!(station.bulk(), []);
}

#[test]
fn a_typed_pin_is_gone_when_the_station_locks() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.fill("New PIN, slot 1", "246813");
    station.tell(vec![scenes::who::lock(keydesk::access::LockCause::Idle)]);
    station.tell(vec![scenes::who::unlocked()]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    let value = |name: &str| {
        let mut nodes = station.harness.query_all_by_label(name);
        nodes.find_map(|node| node.accesskit_node().value())
    };
    assert_eq!(value("New PIN, slot 1").unwrap_or_default(), "");
}

#[test]
fn the_session_ends_only_after_a_question() {
    let mut station = Window::running(slots());
    station.click("End session");
    assert_eq!(station.bulk(), []);
    assert!(station.has_part("293 people have no key yet"));
    station.press(Key::Escape);
    assert!(!station.has("End the session"));
    station.click("End session");
    station.click("End the session");
    assert_eq!(station.bulk(), [BulkCommand::End]);
}

#[test]
fn no_letter_answers_while_another_screen_is_shown() {
    let mut station = Window::running(slots());
    station.press_with(Modifiers::COMMAND, Key::Num6);
    station.press(Key::S);
    station.press(Key::P);
    assert_eq!(station.answers(), []);
}

#[test]
fn the_strip_shows_the_slots_on_every_screen_and_leads_back() {
    let mut station = Window::running(slots());
    station.press_with(Modifiers::COMMAND, Key::Num6);
    assert!(station.has("Slot 4, 884 207, Touch now"));
    station.click("Slot 4, 884 207, Touch now");
    assert!(station.has("212 Done"));
}

#[test]
fn all_sixteen_slots_are_there() {
    let station = Window::running(sixteen_slots());
    for no in 1..=16 {
        // Its card, and its place in the strip.
        let count = |part: &str| station.harness.query_all_by_label_contains(part).count();
        let shown = count(&format!("Slot {no}, ")) + count(&format!("Slot {no}: "));
        assert!(shown >= 2, "{no}");
    }
    assert!(!station.has_part("Slot 17"));
}

#[test]
fn before_the_first_key_a_slot_says_who_is_next() {
    let station = Window::running(Vec::new());
    assert!(station.has("Slot 1: Waiting"));
}

#[test]
fn enter_leads_to_the_pin_of_the_slot_that_the_keys_answer() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.press(Key::Enter);
    station.type_text("246813");
    station.press(Key::Tab);
    station.type_text("246813");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::Retry)]);
}

#[test]
fn keys_that_come_and_go_in_a_session_are_activity_at_the_station() {
    let activity = |in_session: bool| {
        let mut station = Window::untouched(Vec2::new(1280.0, 800.0), 100);
        if in_session {
            station.tell(running(slots()));
        }
        station.tell(scenes::insert(scenes::our_key()));
        let is = |command: &Command| matches!(command, Command::Who(WhoCommand::Activity));
        station.sent().iter().any(is)
    };
    assert!(activity(true));
    assert!(!activity(false), "anybody may put a key into a station");
}

#[test]
fn a_pin_goes_on_into_its_field_wherever_that_has_scrolled_to() {
    let mut slots = sixteen_slots();
    let pin = troubled_slots().remove(0);
    slots[0] = SlotShown { no: slots[0].no, ..pin };
    let last = slots.len() - 1;
    let mut station = Window::running(slots.clone());
    station.harness.get_by_label("New PIN, slot 1").focus();
    station.settle();
    station.type_text("2468");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let touch = SlotPhase::TouchNow { until };
    slots[last] = SlotShown { phase: touch, ..slots[last].clone() };
    station.tell(vec![board(board_of(slots))]);
    station.type_text("13");
    station.press(Key::Enter);
    station.type_text("246813");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::Retry)]);
    assert_eq!(station.bulk(), []);
}

#[test]
fn what_is_typed_beside_a_half_typed_pin_is_no_scan_and_no_answer() {
    let mut station = Window::running(vec![troubled_slots().remove(0), troubled_slots().remove(1)]);
    station.fill("New PIN, slot 1", "24");
    station.click_part(Role::Button, "Slot 1");
    station.type_text("68s");
    station.press(Key::Enter);
    assert_eq!((station.bulk(), station.answers()), (Vec::new(), Vec::new()));
    assert_eq!(station.field("Scan"), "");
    station.press(Key::Escape);
    station.scan("B4711");
    assert_eq!(station.bulk(), [BulkCommand::Scan("B4711".into())], "the PIN was given up");
}

#[test]
fn enter_beside_a_half_typed_pin_does_nothing_to_the_row_that_is_marked() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.press(Key::F6);
    station.fill("New PIN, slot 1", "24");
    station.click_part(Role::Button, "Slot 1");
    station.scan("B4711");
    assert!(!station.has_part("because"));
    assert_eq!(station.bulk(), []);
}

/// Nothing is typed on, also where it was to be typed again.
#[test]
fn a_half_typed_pin_goes_with_its_key() {
    for refused in [false, true] {
        let mut slot = troubled_slots().remove(0);
        let SlotPhase::PinNeeded(needed) = &mut slot.phase else { panic!("{:?}", slot.phase) };
        needed.refused = refused;
        let mut station = Window::running(vec![slot.clone()]);
        station.fill("New PIN, slot 1", "24");
        slot.key = None;
        station.tell(vec![board(board_of(vec![slot]))]);
        station.press(Key::Escape);
        station.scan("B4711");
        assert_eq!(station.bulk(), [BulkCommand::Scan("B4711".into())]);
    }
}

#[test]
fn a_scan_in_vain_beside_a_slot_that_asks_for_a_pin_is_not_shown() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.tell(vec![in_vain(ScanInVain::Unknown("246813".into()))]);
    assert!(station.has("Nobody has that") && !station.has_part("246813"));
    station.tell(vec![in_vain(ScanInVain::Shared("246813".into()))]);
    assert!(station.has("Several people have that: choose one under People"));
    assert!(!station.has_part("246813") && !station.has_part("Nobody has"));
}

#[test]
fn enter_at_the_end_of_a_pin_does_nothing_to_the_row_that_is_marked() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.press(Key::F6);
    station.fill("New PIN, slot 1", "246813");
    station.fill("Repeat PIN, slot 1", "246813");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::Retry)]);
    assert!(!station.has_part("because"));
}
