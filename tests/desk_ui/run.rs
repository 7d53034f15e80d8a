//! An enrolment under way: touches, failures, what an earlier run left, the hand-over.

use super::*;

#[test]
fn the_touch_card_is_there_only_while_the_key_blinks() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    let mut events = to_touch(30);
    let touch = events.pop().unwrap();
    desk.tell(events);
    assert!(!desk.has("Touch the key now"));
    desk.tell(vec![touch]);
    assert!(desk.has("Touch the key now"));
    desk.tell(vec![Event::TouchDone { id: id() }]);
    assert!(!desk.has("Touch the key now"));
}

#[test]
fn single_letters_answer_a_failure() {
    for (key, answer) in [
        (Key::R, Answer::Retry),
        (Key::N, Answer::NewKey),
        (Key::Z, Answer::ResetKey),
        (Key::S, Answer::Skip),
    ] {
        let mut desk = Window::practising();
        desk.prepare();
        desk.press(Key::Enter);
        desk.tell(to_failure());
        assert!(desk.has("The directory did not accept the key"));
        desk.sent();
        desk.press(key);
        let given = desk.take(|command| match command {
            Command::Answer { answer, .. } => Some(answer),
            _ => None,
        });
        assert_eq!(given, Some(answer));
    }
}

#[test]
fn the_details_of_a_failure_are_in_a_fold() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    assert!(!desk.has_part("8f0c61a1"));
    desk.click("Details");
    assert!(desk.has_part("8f0c61a1"));
}

#[test]
fn letters_typed_into_the_search_box_answer_nothing() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    desk.type_text("s");
    desk.press(Key::S);
    assert!(!desk.sent().iter().any(|command| matches!(command, Command::Answer { .. })));
}

#[test]
fn a_pause_of_the_directory_is_counted_down_beside_the_step_that_waits() {
    let mut desk = Window::practising();
    desk.prepare();
    let running = |step| Event::Step { id: id(), step, change: StepChange::Started };
    desk.tell(vec![begun(), running(Step::Register)]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait: resuming in 3"));
    desk.tell(vec![Event::DirectoryPause { until: std::time::Instant::now() }]);
    assert!(!desk.has_part("asks to wait"), "the pause is over");
    desk.tell(vec![Event::DirectoryPause { until }, running(Step::ForcePinChange)]);
    let waiting = desk.harness.query_all_by_label_contains("asks to wait").count();
    assert_eq!(waiting, 1, "a step on the key does not wait for the directory");
}

#[test]
fn a_pause_during_the_check_before_the_first_write_is_said_too() {
    let mut desk = Window::practising();
    desk.prepare();
    let checking = Event::Step { id: id(), step: Step::Preflight, change: StepChange::Started };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![begun(), checking, Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait"));
}

#[test]
fn esc_goes_back_cancels_and_puts_aside() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Escape);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::ClearPerson)));
    assert!(desk.has("Find a person"));
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_touch(30));
    desk.sent();
    desk.press(Key::Escape);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::Cancel(_))));
    desk.tell(vec![Event::Stopped { id: id(), stopped: stopped() }]);
    desk.press(Key::Escape);
    assert!(desk.has("1 unfinished enrolment"));
}

#[test]
fn the_pin_is_revealed_once_on_request() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_hand_over(VaultWord::Sealed));
    assert!(!desk.whole_tree().contains("482913"));
    desk.click("Reveal PIN");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::RevealPin(_))));
    let pin = Pin::new("482913").unwrap();
    desk.tell(vec![Event::PinRevealed { id: id(), pin }]);
    assert!(desk.has("482913"));
    desk.click("Hide PIN");
    assert!(!desk.has("482913") && !desk.has("Reveal PIN"));
}

#[test]
fn a_pin_that_is_needed_again_is_typed_and_enter_goes_on() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_touch(30));
    let needed = PinNeeded { which: WhichPin::OnKey, stopped: stopped(), refused: false };
    desk.tell(vec![Event::PinNeeded { id: id(), needed }]);
    desk.sent();
    desk.harness.get_by_role_and_label(Role::PasswordInput, "Current PIN").focus();
    desk.settle();
    desk.type_text("739152");
    assert!(!desk.whole_tree().contains("7391"));
    desk.press(Key::Enter);
    let pin = desk.take(|command| match command {
        Command::Answer { answer: Answer::Retry, pin, .. } => pin,
        _ => None,
    });
    assert_eq!(pin.map(|pin| pin.expose().to_owned()).as_deref(), Some("739152"));
}

#[test]
fn an_enrolment_of_an_earlier_run_is_shown_with_its_answers() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    assert!(desk.has_part("Karim Nasser"));
    assert!(desk.has_part("PIN set, no credential yet"));
    desk.click("Roll back");
    let answer = desk.take(|command| match command {
        Command::Answer { answer, .. } => Some(answer),
        _ => None,
    });
    assert_eq!(answer, Some(Answer::RollBack));
}

/// Of a session that has ended: its person confirms receipt later.
#[test]
fn a_key_that_waits_for_its_receipt_is_activated_at_the_desk() {
    let Event::Unfinished(mut list) = unfinished() else { unreachable!() };
    list[0].to_activate = true;
    let mut desk = Window::practising();
    desk.tell(vec![Event::Unfinished(list)]);
    assert!(!desk.has("Retry"));
    desk.click("Activate");
    let answer = desk.take(|command| match command {
        Command::Answer { answer, .. } => Some(answer),
        _ => None,
    });
    assert_eq!(answer, Some(Answer::Retry));
}

fn abandoned(command: Command) -> Option<(EnrolmentId, String)> {
    match command {
        Command::Abandon { enrolment, reason } => Some((enrolment, reason)),
        _ => None,
    }
}

impl Window {
    fn give_reason(&mut self, reason: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, "Reason").focus();
        self.settle();
        self.type_text(reason);
    }
}

#[test]
fn an_unfinished_enrolment_is_abandoned_only_with_a_reason() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    desk.click("Abandon");
    assert!(desk.take(abandoned).is_none());
    desk.give_reason("the key is lost");
    desk.click("Abandon");
    let (id, reason) = desk.take(abandoned).expect("a reason was typed");
    assert_eq!((id.0.as_u128(), reason.as_str()), (99, "the key is lost"));
    desk.tell(vec![Event::Ended { id, summary: "Given up: the key is lost".into() }]);
    assert!(!desk.has("1 unfinished enrolment"));
    assert!(desk.has("Given up: the key is lost"));
}

#[test]
fn a_stopped_enrolment_is_abandoned_only_with_a_reason_and_typing_it_answers_nothing() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(vec![bench()]);
    desk.press(Key::F8); // beside the bench it would have to be scrolled to
    desk.tell(to_failure());
    desk.sent();
    desk.click("Abandon");
    assert!(desk.sent().is_empty());
    desk.give_reason("zinc rusts");
    desk.press(Key::Enter);
    assert!(desk.sent().is_empty(), "letters and Enter in a text are no answers");
    desk.click("Abandon");
    assert_eq!(desk.take(abandoned), Some((id(), "zinc rusts".to_owned())));
}

#[test]
fn the_list_from_the_engine_keeps_what_was_put_aside_and_shows_nothing_twice() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    desk.press(Key::Escape);
    desk.tell(vec![unfinished()]);
    assert!(desk.has("2 unfinished enrolments"));
    desk.tell(vec![unfinished()]);
    assert!(desk.has("2 unfinished enrolments"));
    desk.tell(vec![Event::Ended { id: id(), summary: "Taken back".into() }]);
    assert!(desk.has("1 unfinished enrolment"));
}

#[test]
fn a_foreign_file_that_was_left_alone_is_told_at_the_hand_over() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    let mut events = to_hand_over(VaultWord::Sealed);
    if let Some(Event::Finished(finished)) = events.last_mut() {
        finished.csv = Ok("/tmp/out/registeredKeys-2.csv".into());
        finished.foreign = vec!["/tmp/out/registeredKeys.csv".into()];
    }
    desk.tell(events);
    assert!(desk.has("registeredKeys.csv is not Keydesk's and was left alone"));
    assert!(desk.has_part("Take the rows from registeredKeys-2.csv"));
}
