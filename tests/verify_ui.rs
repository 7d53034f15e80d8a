//! The Verify page as a helpdesk agent uses it, with a scripted engine and without a display.
#![cfg(test)]

mod scenes;
mod ui_common;

use egui::accesskit::Role;
use egui::{Event as Input, Key, Modifiers, Vec2};
use keydesk::access::{LockCause, Role as OperatorRole};
use keydesk::engine::*;
use keydesk::secrets::{SecretText, ServiceSecret};
use keydesk::services::messaging::PushAnswer;
use keydesk::settings::{SmsWay, StationsShare, ThemeChoice};
use keydesk::verify::{Outcome, PushKind, Warning};
use scenes::verify::*;
use ui_common::{USUAL, Window};

const DIGITS: &str = "Code that the caller reads out, 6 digits";
const FIND: &str = "Find a caller";

fn at_verify() -> Window {
    sized(USUAL)
}

fn sized(size: Vec2) -> Window {
    let mut window = Window::open(size);
    window.tell(station(ThemeChoice::Light, 100));
    window.press_with(Modifiers::COMMAND, Key::Num4);
    wishes(&mut window);
    window
}

fn with(events: Vec<Event>) -> Window {
    let mut window = at_verify();
    window.tell(events);
    wishes(&mut window);
    window
}

/// Daniel is on the page, nothing sent yet.
fn ready() -> Window {
    with(vec![caller(caller_with(vec![changed_lately()])), ticket_read(Some(true))])
}

fn wishes(window: &mut Window) -> Vec<VerifyCommand> {
    let of_verify = |command| match command {
        Command::Verify(wish) => Some(wish),
        _ => None,
    };
    window.sent().into_iter().filter_map(of_verify).collect()
}

/// A code must never stand in the output of a failed test.
fn tried(wishes: &[VerifyCommand], code: &str) -> bool {
    matches!(wishes, [VerifyCommand::Try(digits)] if digits.expose() == code)
}

fn send() -> VerifyCommand {
    VerifyCommand::SendCode { person: daniel().id }
}

fn push() -> VerifyCommand {
    VerifyCommand::AskByPush { person: daniel().id }
}

#[test]
fn a_name_and_two_enters_send_the_code() {
    let mut window = at_verify();
    assert_eq!(window.focused().as_deref(), Some(FIND), "typing begins at once");
    window.type_text("dan");
    assert_eq!(wishes(&mut window), [VerifyCommand::Find { query: "dan".into() }]);
    window.tell(vec![found("dan")]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [VerifyCommand::Choose(Box::new(daniel()))]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [], "nothing is sent to somebody who is not read yet");
    window.tell(vec![caller(caller_with(Vec::new()))]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [send()]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [], "not twice");
}

#[test]
fn a_ticket_found_for_other_words_is_gone_in_the_frame_that_asks_anew() {
    let mut window = at_verify();
    window.type_text("48213");
    window.tell(vec![found_ticket("48213")]);
    assert!(window.has_part("Use ticket"));
    window.harness.input_mut().events.push(egui::Event::Text("9".into()));
    window.harness.step();
    assert!(!window.has_part("Use ticket"));
}

#[test]
fn a_tickets_number_brings_the_ticket_and_its_person() {
    let mut window = at_verify();
    window.type_text("48213");
    window.tell(vec![found_ticket("48213")]);
    assert!(window.has_part("Use ticket #48213: Lost security key"));
    assert!(window.has_part("Press Enter to use the ticket"));
    wishes(&mut window);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [VerifyCommand::UseTicket(Some(TICKET))]);
    window.tell(vec![caller(caller_with(Vec::new())), ticket_read(Some(true))]);
    assert!(window.has("Person found from ticket"));
}

#[test]
fn enter_takes_the_ticket_and_never_whose_employee_id_is_that_number() {
    for (before, taken) in [
        (None, VerifyCommand::UseTicket(Some(TICKET))),
        (Some(Key::ArrowDown), VerifyCommand::Choose(Box::new(daniel()))),
    ] {
        let mut window = at_verify();
        window.type_text("48213");
        window.tell(vec![found_ticket_and_person("48213")]);
        wishes(&mut window);
        if let Some(key) = before {
            window.press(key);
        }
        window.press(Key::Enter);
        assert_eq!(wishes(&mut window), [taken]);
    }
}

#[test]
fn a_ticket_that_brings_nobody_says_why_and_looks_for_its_requesters_name() {
    let mut window = with(vec![ticket_read(Some(true)), nobody_with_the_address()]);
    assert!(window.has("Nobody in the directory has the address dk@private.example"));
    window.click("Search for Daniel Krantz");
    assert_eq!(wishes(&mut window), [VerifyCommand::Find { query: "Daniel Krantz".into() }]);
    window.tell(vec![found("Daniel Krantz")]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [VerifyCommand::Choose(Box::new(daniel()))]);
    assert!(!window.has_part("Nobody in the directory has the address"));
}

#[test]
fn who_could_not_be_read_is_read_again_in_one_click() {
    let mut window = at_verify();
    window.type_text("dan");
    window.tell(vec![found("dan")]);
    window.press(Key::Enter);
    window.tell(vec![nobody_with_the_address()]);
    assert!(window.has("Not read") && !window.has("Being read"));
    wishes(&mut window);
    window.click("Read again");
    assert_eq!(wishes(&mut window), [VerifyCommand::Refresh]);
    assert!(window.has("Being read") && !window.has("Not read"));
}

#[test]
fn a_phone_is_registered_with_authy_whatever_id_is_there_and_the_id_is_copied() {
    for no_push in [None, Some(problem("extensionAttribute7 holds nothing", "Register"))] {
        let mut window = at_verify();
        let name = match no_push {
            None => "Register for push anew",
            Some(_) => "Register for push",
        };
        let offer = VerifyOffer {
            push: Some(PushKind::Authy),
            can_register_push: true,
            ..scenes::verify::offer()
        };
        let shown = CallerShown { no_push, ..caller_with(Vec::new()) };
        window.tell(vec![offered(offer), caller(shown)]);
        wishes(&mut window);
        window.click(name);
        let person = daniel().id;
        assert_eq!(wishes(&mut window), [VerifyCommand::RegisterPush { person: person.clone() }]);
        let id = Ok("41706622".to_owned());
        window.tell(vec![verify(VerifyEvent::PushRegistered { person, id })]);
        assert!(window.has("41706622"));
        assert_eq!(window.copied_by("Copy the id"), ["41706622"]);
    }
    let window = ready();
    assert!(!window.has_part("Register for push"), "Duo registers its people itself");
}

#[test]
fn a_pasted_link_is_opened_and_never_looked_for() {
    let mut window = at_verify();
    let link = "keydesk://verify?ticket=48213&person=daniel";
    window.harness.event(Input::Paste(link.into()));
    window.settle();
    assert_eq!(wishes(&mut window), [VerifyCommand::OpenLink(link.into())]);
    window.tell(vec![unsigned_link(), caller(caller_with(Vec::new()))]);
    assert!(window.has("This link is not signed, so nothing was sent"));
    assert_eq!(wishes(&mut window), []);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [send()], "the click is this Enter");
    assert!(!window.has("This link is not signed, so nothing was sent"), "something was");
}

#[test]
fn a_link_brings_its_page_to_the_front() {
    let mut window = at_verify();
    window.press_with(Modifiers::COMMAND, Key::Num6);
    assert!(!window.has("Verify caller"));
    window.tell(vec![verify(VerifyEvent::Link(Ok(()))), caller(caller_with(Vec::new()))]);
    assert!(window.has("Verify caller") && window.has("Daniel Krantz"));
}

#[test]
fn the_sixth_digit_is_the_check_and_no_assistive_technology_hears_the_code() {
    let mut window = with(pictured());
    assert_eq!(window.focused().as_deref(), Some(DIGITS), "the digits have the focus");
    for digit in CODE[..5].split("").filter(|digit| !digit.is_empty()) {
        window.type_text(digit);
    }
    assert_eq!(wishes(&mut window), []);
    let tree = window.whole_tree();
    assert!(!tree.contains(&CODE[..3]), "a part of the code can be read");
    assert!(tree.contains("•••••"), "the field is there, hidden");
    window.type_text(&CODE[5..]);
    assert!(tried(&wishes(&mut window), CODE));
    assert_eq!(wishes(&mut window), []);
    assert!(!window.whole_tree().contains("•••••\""), "what was handed on is wiped");
}

#[test]
fn a_code_is_pasted_or_scanned_and_a_longer_number_is_not_cut() {
    let mut window = with(pictured());
    window.harness.event(Input::Paste("4071 9234".into()));
    window.settle();
    assert_eq!(wishes(&mut window), []);
    assert!(window.has("A code has 6 digits: that had more."));
    window.harness.event(Input::Paste("407 192".into()));
    window.settle();
    assert!(tried(&wishes(&mut window), CODE));

    let mut window = with(pictured());
    window.harness.event(Input::Text(CODE.into()));
    window.harness.key_press(Key::Enter);
    window.settle();
    assert!(tried(&wishes(&mut window), CODE), "a scanner types and presses Enter");
}

#[test]
fn one_node_is_the_field_of_all_six_boxes() {
    let window = with(pictured());
    assert_eq!(window.names(Role::PasswordInput), [DIGITS]);
}

#[test]
fn a_wrong_code_says_what_is_left_and_takes_the_next_one() {
    let mut window = with(pictured());
    window.type_text("111111");
    window.tell(vec![check(check_of(DELIVERED, CheckState::Checking))]);
    assert!(window.has("Checking the code"));
    window.tell(vec![check(wrong(1))]);
    assert!(window.has("Wrong code, 2 tries are left. Ask for it again."));
    assert!(window.has("Try 2 of 3"));
    assert_eq!(window.focused().as_deref(), Some(DIGITS));
    wishes(&mut window);
    window.type_text(CODE);
    assert!(tried(&wishes(&mut window), CODE));
    window.tell(vec![check(wrong(2))]);
    assert!(window.has("Wrong code, 1 try is left. Ask for it again."));
}

#[test]
fn the_delivery_is_told_step_by_step_and_a_failure_says_what_to_do() {
    let mut window = ready();
    window.tell(vec![check(check_of(&[], CheckState::Sending))]);
    assert!(window.has("Sending the code") && window.names(Role::PasswordInput).is_empty());
    window.tell(vec![check(check_of(QUEUED, CheckState::Waiting))]);
    assert!(window.has("Queued") && window.has("Delivered to the phone: not yet"));
    window.tell(vec![check(waiting())]);
    assert!(window.has("Delivered") && !window.has("Delivered to the phone: not yet"));
    window.tell(vec![check(undelivered())]);
    assert!(window.has("The person has stopped texts from this sender (STOP)"));
    assert!(window.has_part("Ask the caller to text START"));
}

#[test]
fn the_text_is_sent_again_only_when_its_time_has_come() {
    let mut window = with(pictured());
    assert!(window.is_disabled("Send again"));
    let free = CheckShown { again_from: Some(jiff::Timestamp::UNIX_EPOCH), ..waiting() };
    window.tell(vec![check(free)]);
    window.click("Send again");
    assert_eq!(wishes(&mut window), [VerifyCommand::SendAgain]);
}

#[test]
fn f4_asks_by_push_and_the_number_is_compared_aloud() {
    let mut window = ready();
    window.press(Key::F4);
    assert_eq!(wishes(&mut window), [push()]);
    window.tell(vec![check(push_waiting())]);
    assert!(window.has("Number to compare aloud: 47"));
    assert!(window.names(Role::PasswordInput).is_empty(), "there is nothing to type");
    window.click("Cancel");
    assert_eq!(wishes(&mut window), [VerifyCommand::Cancel]);
}

#[test]
fn f4_works_while_the_digits_are_awaited() {
    let mut window = with(pictured());
    window.press(Key::F4);
    assert_eq!(wishes(&mut window), [push()]);
}

#[test]
fn a_right_code_is_green_until_it_is_over_or_revoked() {
    let mut window = with(pictured());
    window.tell(vec![check(over(Outcome::Verified)), verified_daniel()]);
    assert!(window.has_part("Verified until "));
    assert!(window.has("Issue a pass") && window.has("Verified now"));
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [], "an Enter behind the last digit does nothing");
    window.click("Revoke");
    let proof = verified_shown(&daniel(), 10, 4).check;
    assert_eq!(wishes(&mut window), [VerifyCommand::Revoke(proof)]);
    window.tell(vec![verified(Vec::new())]);
    assert!(window.has("Not verified any more") && !window.has_part("Verified until "));
}

#[test]
fn another_verified_person_is_revoked_from_the_list() {
    let mut window = with(vec![verified_daniel()]);
    window.click("Revoke Dana Lind");
    let proof = uuid::Uuid::from_u128(5);
    assert_eq!(wishes(&mut window), [VerifyCommand::Revoke(proof)]);
}

#[test]
fn the_verified_person_is_opened_in_phones() {
    let mut window = with(pictured());
    window.tell(vec![
        scenes::phones::offered(true),
        check(over(Outcome::Verified)),
        verified_daniel(),
    ]);
    window.click("Open in Phones");
    let looks = |command: Command| matches!(command, Command::Phones(PhonesCommand::Find { query }) if query == daniel().upn);
    assert!(window.sent().into_iter().any(looks));
    assert!(window.has("Phones") && !window.has("Verify caller"));
}

#[test]
fn it_was_not_me_is_an_alarm_without_a_way_to_ask_again() {
    let mut window = with(pictured());
    window.tell(vec![check(push_over(Outcome::NotMe))]);
    assert!(window.names(Role::Alert).contains(&Outcome::NotMe.words().to_owned()));
    assert!(window.has_part("tell your security team now"));
    assert!(!window.has("Send a new code") && !window.has("Push approval instead"));
    window.press(Key::Enter);
    window.press(Key::F4);
    assert_eq!(wishes(&mut window), []);
}

#[test]
fn every_outcome_says_so() {
    let outcomes = [
        Outcome::WrongCode,
        Outcome::Expired,
        Outcome::NotDelivered,
        Outcome::Denied,
        Outcome::Cancelled,
        Outcome::Interrupted,
        Outcome::Failed,
    ];
    for outcome in outcomes {
        let mut window = with(pictured());
        window.tell(vec![check(over(outcome))]);
        assert!(window.names(Role::Alert).contains(&outcome.words().to_owned()), "{outcome:?}");
        assert!(window.names(Role::PasswordInput).is_empty(), "{outcome:?}");
    }
}

#[test]
fn a_new_code_by_enter_only_where_no_digit_came_before() {
    for (outcome, sends) in [(Outcome::Expired, true), (Outcome::Failed, false)] {
        let mut window = with(pictured());
        window.tell(vec![check(over(outcome))]);
        window.press(Key::Enter);
        assert_eq!(wishes(&mut window) == [send()], sends, "{outcome:?}");
    }
}

#[test]
fn a_text_is_shown_word_for_word_only_where_it_is_ours() {
    let window = with(vec![caller(caller_with(Vec::new()))]);
    assert!(window.has(
        "The text is Twilio Verify's own, in the name of Nordvik Energi. It names no agent, no \
         ticket."
    ));
    assert!(!window.has_part("characters"), "its length is not known");
    let ours = CallerShown { text: Some(our_text()), ..caller_with(Vec::new()) };
    let window = with(vec![caller(ours)]);
    assert!(window.has("Nordvik Energi: your code is {code}. Read it to Mira Holm (48213)."));
    assert!(window.has_part("1 message, ") && !window.has_part("'s own"));
}

#[test]
fn after_three_wrong_codes_nothing_can_be_sent_from_the_page() {
    let mut window = with(pictured());
    window.tell(vec![check(over(Outcome::WrongCode))]);
    assert!(window.has("Nothing can be sent while the caller is locked"));
    assert!(!window.has("Send a new code") && !window.has("Push approval instead"));
    window.press(Key::Enter);
    window.press(Key::F4);
    assert_eq!(wishes(&mut window), []);
}

#[test]
fn wrong_codes_of_checks_before_leave_fewer_tries() {
    let mut window = ready();
    for (tries, words) in [
        (2, "Checked at the sixth digit, two tries are left."),
        (1, "Checked at the sixth digit, one try is left."),
    ] {
        window.tell(vec![check(CheckShown { tries, ..waiting() })]);
        assert!(window.has(&format!("Try 1 of {tries}")) && window.has(words), "{tries}");
    }
}

#[test]
fn a_locked_caller_is_sent_nothing() {
    let mut window = with(vec![caller(caller_with(vec![locked()]))]);
    assert!(window.has("Nothing can be sent while the caller is locked"));
    assert!(window.has_part("Locked until"));
    window.press(Key::Enter);
    window.press(Key::F4);
    assert_eq!(wishes(&mut window), []);
}

#[test]
fn without_a_mobile_the_page_says_what_else_can_be_done() {
    let mut window = with(vec![caller(without_mobile())]);
    assert!(window.has("No mobile is registered") && window.has("Duo does not know this person"));
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), []);
}

#[test]
fn where_only_push_is_there_enter_asks_by_push() {
    let mut window = at_verify();
    let offer = VerifyOffer { sms: None, ..offer() };
    window.tell(vec![offered(offer), caller(caller_with(Vec::new()))]);
    wishes(&mut window);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [push()]);
}

#[test]
fn nothing_configured_leads_to_the_settings() {
    let mut window = with(vec![offered(VerifyOffer::default())]);
    assert!(window.has("This tenant has no service to check callers with"));
    window.click("Open settings");
    assert!(window.is_on(Role::Tab, "Verify"), "the page that it is about");
    assert!(window.has("Push approval"));
}

#[test]
fn warnings_stand_in_one_line_until_f1() {
    let warnings = vec![changed_lately(), Warning::Guest];
    let mut window = with(vec![caller(caller_with(warnings))]);
    assert!(window.has("Mobile changed 3 days ago") && !window.has("Guest account"));
    window.press(Key::F1);
    assert!(window.has("Guest account"));
    window.press(Key::Escape);
    assert!(!window.has("Guest account") && window.has("Daniel Krantz"));
}

#[test]
fn esc_leads_to_the_next_caller_but_never_ends_a_check_unasked() {
    let mut window = with(pictured());
    window.type_text("40");
    window.press(Key::Escape);
    assert!(!window.has("End this check?"), "first the digits go");
    window.press(Key::Escape);
    assert!(window.has("End this check?"));
    window.press(Key::Escape);
    assert_eq!(window.focused().as_deref(), Some(DIGITS), "back to the digits");
    assert_eq!(wishes(&mut window), []);
    window.press(Key::Escape);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [VerifyCommand::Close]);
    assert_eq!(window.focused().as_deref(), Some(FIND));
}

#[test]
fn esc_closes_what_is_over_at_once() {
    let mut window = ready();
    window.press(Key::Escape);
    assert_eq!(wishes(&mut window), [VerifyCommand::Close]);
    assert!(window.has("Who is calling?"));
}

#[test]
fn the_note_says_where_it_is() {
    let mut window = with(pictured());
    assert!(window.has("Ticket note preview") && window.has("Private"));
    let with_state = |note_state| CheckShown { note_state, ..over(Outcome::Expired) };
    window.tell(vec![check(with_state(NoteState::Queued { problem: None }))]);
    assert!(window.has("Waits for HaloPSA"));
    let told = problem("The note is not private and is deleted again", "Write it by hand");
    window.tell(vec![check(with_state(NoteState::NotPrivate { problem: told }))]);
    assert!(window.has("Not private"));
    assert!(window.has("The note is not private and is deleted again"));
}

#[test]
fn what_waits_is_told_and_sent_on_demand() {
    let mut window = with(vec![pending(), alarm()]);
    assert!(window.has_part("is not private and could not be deleted"));
    window.tell(vec![pending()]);
    assert!(window.has("2 notes wait for HaloPSA, 1 row waits for PostgreSQL, 1 lock of a caller waits for PostgreSQL"));
    window.click("Send now");
    assert_eq!(wishes(&mut window), [VerifyCommand::SendPending]);
    assert!(window.has("Larkfield Ltd: unsent 1 note") && !window.has("Switch to Larkfield Ltd"));
    let elsewhere = vec![waits_elsewhere(0, 2)];
    let pending = PendingShown { elsewhere, ..PendingShown::default() };
    window.tell(vec![verify(VerifyEvent::Pending(pending))]);
    assert!(window.has("Larkfield Ltd: 2 notes or rows can't be sent"));
    window.click("Switch to Larkfield Ltd");
    let switches = |command: Command| matches!(command, Command::SwitchTenant(name) if name == "Larkfield Ltd");
    assert!(window.sent().into_iter().any(switches));
}

#[test]
fn a_ticket_that_cant_be_read_or_is_anothers_is_said_so() {
    let mut window = with(vec![caller(caller_with(Vec::new())), ticket_not_read()]);
    assert!(window.has("Not read") && window.has("The caller can be checked without it."));
    window.click("Without this ticket");
    assert_eq!(wishes(&mut window), [VerifyCommand::UseTicket(None)]);
    window.tell(vec![ticket_read(Some(false))]);
    assert!(window.has("another one"));
}

#[test]
fn a_caller_of_another_tenant_is_taken_there_or_stays() {
    let mut window = ready();
    window.tell(vec![other_tenant()]);
    assert!(window.has("larkfield.example belongs to Larkfield Ltd"));
    window.click("Switch to Larkfield Ltd");
    let switches = |command: Command| matches!(command, Command::SwitchTenant(name) if name == "Larkfield Ltd");
    assert!(window.sent().into_iter().any(switches));
    window.click("Stay in Nordvik Energi");
    assert!(!window.has("larkfield.example belongs to Larkfield Ltd"));
    assert!(window.has("Daniel Krantz"));
    // For this caller, however often it is told; the next one is asked about again.
    window.tell(vec![other_tenant()]);
    assert!(!window.has("larkfield.example belongs to Larkfield Ltd"));
    window.tell(vec![Event::Verify(VerifyEvent::Caller(None)), other_tenant()]);
    assert!(window.has("larkfield.example belongs to Larkfield Ltd"));
}

fn switches(window: &mut Window) -> Vec<String> {
    let of_tenant = |command| match command {
        Command::SwitchForCaller(name) => Some(name),
        _ => None,
    };
    window.sent().into_iter().filter_map(of_tenant).collect()
}

#[test]
fn another_tenant_is_gone_to_once_and_by_itself_where_nothing_is_lost() {
    let mut window = at_verify();
    window.type_text("eve@larkfield.example");
    switches(&mut window);
    window.tell(vec![other_tenant_chosen()]);
    window.settle();
    assert_eq!(switches(&mut window), ["Larkfield Ltd"]);
    assert!(!window.has("Switch to Larkfield Ltd"));
    window.tell(vec![Event::Problem(problem("The station is locked", "Unlock it first"))]);
    assert!(window.has("Switch to Larkfield Ltd"), "it was refused, and there is no other way");
    assert_eq!(switches(&mut window), [] as [String; 0]);
}

#[test]
fn another_tenant_is_offered_where_something_typed_would_be_lost() {
    // A check, and a plan of phones.
    let cases = [pictured(), vec![scenes::phones::list(&["mobile"])]];
    for events in cases {
        let mut window = with(events);
        window.tell(vec![other_tenant_chosen()]);
        window.settle();
        assert_eq!(switches(&mut window), [] as [String; 0]);
        assert!(window.has("Switch to Larkfield Ltd"));
    }
}

#[test]
fn what_was_an_offer_once_waits_for_a_click_however_free_the_screen_becomes() {
    let mut window = ready();
    window.tell(pictured());
    window.tell(vec![other_tenant_chosen()]);
    window.settle();
    assert!(window.has("Switch to Larkfield Ltd"));
    window.tell(vec![Event::Verify(VerifyEvent::Check(None))]);
    window.settle();
    assert_eq!(switches(&mut window), [] as [String; 0]);
    assert!(window.has("Switch to Larkfield Ltd"));
    // The next offer is another one.
    window.tell(vec![other_tenant_chosen()]);
    window.settle();
    assert_eq!(switches(&mut window), ["Larkfield Ltd"]);
}

#[test]
fn what_is_shown_once_is_not_left_unasked() {
    let person = daniel().id;
    let registered = VerifyEvent::PushRegistered { person, id: Ok("41 70".into()) };
    let key = VerifyEvent::LinkKey(SecretText::new("a key"));
    for once in [registered, key] {
        let mut window = ready();
        window.tell(vec![Event::Verify(once), other_tenant_chosen()]);
        window.settle();
        assert_eq!(switches(&mut window), [] as [String; 0]);
        assert!(window.has("Switch to Larkfield Ltd"));
    }
}

#[test]
fn an_offer_is_seen_beside_what_is_typed_and_a_newer_search_takes_it_away() {
    let mut window = at_verify();
    window.type_text("eve@larkfield.example");
    window.tell(vec![other_tenant()]);
    assert!(window.has("larkfield.example belongs to Larkfield Ltd"));
    assert!(window.has("Not searched here") && !window.has("Searching"));
    window.type_text("s");
    assert!(!window.has("larkfield.example belongs to Larkfield Ltd"));
}

#[test]
fn a_chosen_tenant_is_said_with_one_way_back() {
    let mut window = with(vec![caller(caller_with(Vec::new())), chosen_tenant()]);
    assert!(window.has("Nordvik Energi, by the domain nordvik.example"));
    window.click("Stay in Larkfield Ltd");
    let stays = |command: Command| matches!(command, Command::StayInTenant);
    assert!(window.sent().into_iter().any(stays));
    // It is about this caller.
    window.press(Key::Escape);
    assert!(!window.has("Nordvik Energi, by the domain nordvik.example"));
    // Whoever must sign in first sees why.
    let signs_in = Event::Who(WhoEvent::SignIn(SignInShown::Needed));
    window.tell(vec![Event::TenantLeft, signs_in, chosen_tenant()]);
    assert!(window.has("Nordvik Energi, by the domain nordvik.example"));
}

#[test]
fn who_is_verified_for_another_ticket_is_not_green_and_goes_back_in_one_click() {
    let mut window = ready();
    let otherwise = VerifiedShown {
        ticket: Some(48_190),
        not_for: Some(TICKET),
        ..verified_shown(&daniel(), 10, 4)
    };
    window.tell(vec![verified(vec![otherwise.clone()])]);
    let words = "Verified for #48190, not for #48213";
    assert!(window.has(words) && !window.has_part("Verified until"));
    assert!(!window.has("Verified"), "the person's card says so");
    window.click("Back to #48190");
    assert_eq!(wishes(&mut window), [VerifyCommand::UseTicket(Some(48_190))]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [send()], "a new check is the next step");
    // The same where the check is still on the page.
    window.tell(vec![check(over(Outcome::Verified)), verified(vec![otherwise])]);
    assert!(window.has(words) && !window.has("Not verified any more"));
}

#[test]
fn typed_digits_are_gone_when_the_station_locks() {
    let mut window = with(pictured());
    window.type_text("40719");
    window.tell(vec![Event::Who(WhoEvent::Lock(Some(LockCause::Idle)))]);
    window.tell(vec![Event::Who(WhoEvent::Lock(None))]);
    window.press_with(Modifiers::COMMAND, Key::Num4);
    assert!(!window.whole_tree().contains("•••••\""));
    wishes(&mut window);
    window.type_text("2");
    assert_eq!(wishes(&mut window), [], "the sixth digit is the first again");
}

#[test]
fn only_the_helpdesk_sees_the_page() {
    let mut window = at_verify();
    window.tell(vec![scenes::who::operator(&[OperatorRole::Clerk])]);
    window.press_with(Modifiers::COMMAND, Key::Num4);
    assert!(window.has_part("Needs the role Helpdesk"));
    assert!(!window.has(FIND));
    assert!(window.is_disabled("Verify"));
}

#[test]
fn practice_phones_are_answered_and_their_codes_are_drawn_only() {
    let mut window = sized(Vec2::new(1600.0, 1400.0));
    window.tell(vec![scenes::bench(), practice_phones()]);
    window.press(Key::F8);
    assert!(window.has_part("Text message, "));
    assert!(!window.whole_tree().contains(CODE), "the code can be read by any program");
    for (word, answer) in [
        ("Approve", PushAnswer::Approved),
        ("Deny", PushAnswer::Denied),
        ("It wasn't me", PushAnswer::NotMe),
    ] {
        window.click(word);
        let is_it = |command: Command| match command {
            Command::Bench(BenchCommand::AnswerPush { id, answer: given }) => {
                id == "push-1" && given == answer
            }
            _ => false,
        };
        assert!(window.sent().into_iter().any(is_it), "{word}");
    }
}

fn settings() -> Window {
    let mut window = Window::open(Vec2::new(1280.0, 2400.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![scenes::who::operator(&[OperatorRole::Administrator])]);
    window.press_with(Modifiers::COMMAND, Key::Num7);
    window.fill("Application (client) id", "client");
    window.turn_to("Verify");
    window.sent();
    window
}

fn saved(window: &mut Window) -> keydesk::settings::VerifySettings {
    window.press_with(Modifiers::COMMAND, Key::S);
    let kept = window.sent().into_iter().find_map(|command| match command {
        Command::SaveSettings(settings) => Some(settings.tenants[0].verify.clone()),
        _ => None,
    });
    kept.unwrap()
}

#[test]
fn services_are_chosen_and_saved() {
    let mut window = settings();
    window.choose("Twilio Verify (it makes and checks the code)");
    let sid = format!("AC{}", "0".repeat(32));
    window.fill("Account SID", &sid);
    window.choose("Duo");
    window.tick("Duo user name stands in an extension attribute");
    window.tick("Private notes in HaloPSA");
    window.fill("HaloPSA address", "https://acme.halopsa.com");
    window.tick("Verified caller: Issue a pass");
    window.fill("Domains of this tenant's callers", "nordvik.example");
    window.click("Verified for: more");
    let kept = saved(&mut window);
    assert_eq!(kept.sms, Some(SmsWay::Verify));
    assert_eq!(kept.twilio.account_sid, sid);
    assert_eq!((kept.push, kept.push_attribute), (Some(PushKind::Duo), Some(1)));
    assert_eq!(kept.halo.unwrap().url, "https://acme.halopsa.com");
    assert_eq!(kept.required_for, [keydesk::access::Act::IssuePass]);
    assert_eq!(kept.domains, ["nordvik.example"]);
    assert_eq!(kept.limits.verified_minutes, 11);
}

#[test]
fn a_services_secret_goes_into_the_keyring_and_nowhere_else() {
    let mut window = settings();
    window.choose("Duo");
    window.fill("Secret key of Duo", " s3cret ");
    assert!(!window.whole_tree().contains("s3cret"));
    window.click("Store Duo secret");
    let stored = window.sent().into_iter().any(|command| match command {
        Command::StoreSecret { tenant, secret: StoredSecret::Service(service, text) } => {
            tenant == "Nordvik Energi" && service == ServiceSecret::Duo && text.expose() == "s3cret"
        }
        _ => false,
    });
    assert!(stored);
    window.tell(vec![Event::SecretStored]);
    assert!(window.has("Stored in the keyring"));
}

#[test]
fn each_service_is_tried_by_itself() {
    let mut window = settings();
    window.choose("Twilio Verify (it makes and checks the code)");
    window.choose("PostgreSQL");
    for (button, service) in [("Test texts", ServiceKind::Sms), ("Test log", ServiceKind::Log)] {
        window.click(button);
        let sent = wishes(&mut window);
        let is_it = |wish: &VerifyCommand| matches!(wish, VerifyCommand::Test { service: of, .. } if *of == service);
        assert!(sent.iter().any(is_it), "{button}");
    }
    assert!(window.is_disabled("Test texts"), "until it is answered");
    window.tell(vec![tested("Nordvik Energi", ServiceKind::Sms)]);
    assert!(window.has("Twilio has no such thing") && !window.is_disabled("Test texts"));
    assert!(window.is_disabled("Test log"), "the other one is not answered");
}

#[test]
fn what_stations_share_is_chosen_typed_tested_and_saved() {
    let mut window = settings();
    assert!(window.has_part("so nothing is shared"), "nobody chose anything yet");
    window.choose("PostgreSQL");
    assert!(!window.has_part("so nothing is shared"));
    window.choose("No log");
    window.choose("A folder");
    window.fill("Shared folder", " /srv/keydesk ");
    window.click("Test shared folder");
    let sent = wishes(&mut window);
    let Some(VerifyCommand::Test { tenant, service: ServiceKind::Stations }) = sent.first() else {
        panic!("{sent:?}")
    };
    let folder = Some(std::path::PathBuf::from("/srv/keydesk"));
    let of =
        |kept: &keydesk::settings::VerifySettings| (kept.stations, kept.stations_folder.clone());
    assert_eq!(of(&tenant.verify), (StationsShare::Folder, folder.clone()));
    assert!(window.is_disabled("Test shared folder"), "until it is answered");
    window.tell(vec![folder_tested("Nordvik Energi")]);
    assert!(window.has_part("The shared folder is read-only"));
    window.click("Choose shared folder…");
    let asked = |command: Command| matches!(command, Command::Pick(Pick::StationsFolder));
    assert!(window.sent().into_iter().any(asked));
    let picked = Event::Picked { pick: Pick::StationsFolder, path: "/mnt/desk".into() };
    window.tell(vec![picked]);
    assert_eq!(of(&saved(&mut window)).1, Some("/mnt/desk".into()));
    window.choose("Nothing, this is the only station");
    assert!(!window.has("Test shared folder") && !window.has_part("so nothing is shared"));
    assert_eq!(of(&saved(&mut window)), (StationsShare::Nothing, None));
}

#[test]
fn why_other_stations_can_not_be_seen_and_who_has_the_caller_is_said() {
    let (remark, shown) = folder_is_gone();
    let mut window = with(vec![caller(shown)]);
    assert!(window.has_part("Other stations can't be seen"));
    window.press(Key::F1);
    for part in ["The shared folder is not there", "Connect the share on this computer"] {
        assert!(window.has_part(part), "{part}");
    }
    let waits = check_of(DELIVERED, CheckState::Waiting);
    window.tell(vec![check(keydesk::engine::CheckShown { remark: Some(remark), ..waits })]);
    assert!(window.has_part("Let nobody else check them; connect the share"));
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(8);
    let by = Some("Åsa Berg, DESK-2".to_owned());
    let warnings = vec![Warning::OpenElsewhere { until, by }];
    let mut window = with(vec![caller(caller_with(warnings))]);
    window.press(Key::F1);
    assert!(
        window.has_part("A check is open at another station")
            && window.has_part("Åsa Berg, DESK-2, until")
    );
}

#[test]
fn a_lock_waits_for_what_stations_share() {
    let shared = VerifyOffer { shared: Some("the shared folder"), log: None, ..offer() };
    let window = with(vec![offered(shared), pending()]);
    assert!(window.has_part("1 lock of a caller waits for the shared folder"));
}

#[test]
fn the_outcome_of_notes_is_chosen_from_the_instances_list() {
    let mut window = settings();
    window.tick("Private notes in HaloPSA");
    window.click("Read the list of outcomes");
    let asked = |wish: &VerifyCommand| matches!(wish, VerifyCommand::FindOutcomes { .. });
    assert!(wishes(&mut window).iter().any(asked));
    let outcome = keydesk::services::tickets::NoteOutcome { id: 12, name: "Identity check".into() };
    window.tell(vec![verify(VerifyEvent::Outcomes(Ok(vec![outcome])))]);
    window.choose("Identity check (12)");
    window.fill("HaloPSA address", "https://acme.halopsa.com");
    assert_eq!(saved(&mut window).halo.unwrap().outcome_id, Some(12));
}

#[test]
fn a_new_link_key_is_on_the_screen_only() {
    let mut window = settings();
    window.click("Make a new link key");
    assert_eq!(wishes(&mut window), [VerifyCommand::MakeLinkKey]);
    let key = SecretText::new("bGlua2tleQ");
    window.tell(vec![verify(VerifyEvent::LinkKey(key))]);
    assert!(window.has("The new link key, on the screen only"));
    assert!(!window.whole_tree().contains("bGlua2tleQ"));
}

#[test]
fn narrow_windows_and_large_text_have_everything_in_one_column() {
    for (size, percent) in [(Vec2::new(640.0, 2400.0), 100), (Vec2::new(1280.0, 4800.0), 200)] {
        let mut window = Window::open(size);
        window.tell(station(ThemeChoice::HighContrast, percent));
        window.press_with(Modifiers::COMMAND, Key::Num4);
        window.tell(pictured());
        for name in ["Daniel Krantz", DIGITS, "Ticket note preview", "After a right code"] {
            assert!(window.has(name), "{name} at {percent} %");
        }
    }
}

#[test]
fn the_practice_helpdesk_shows_tickets_with_notes_and_is_checked_by_other_services() {
    let mut window = sized(Vec2::new(1600.0, 2400.0));
    window.tell(vec![scenes::bench(), practice_desk()]);
    window.press(Key::F8);
    assert!(window.has("Lost security key, cannot sign in") && window.has("Outcome: Verified"));
    assert!(window.has("Anybody can read it") && window.has("Private"));
    let asked = |window: &mut Window| {
        let ways = |command| match command {
            Command::Bench(BenchCommand::CheckBy(ways)) => Some(ways),
            _ => None,
        };
        window.sent().into_iter().filter_map(ways).collect::<Vec<_>>()
    };
    asked(&mut window);
    let now = PracticeWays::default();
    window.choose("Twilio Messaging");
    assert_eq!(asked(&mut window), [PracticeWays { sms: SmsWay::Messages, ..now }]);
    window.choose("Authy OneTouch");
    assert_eq!(asked(&mut window), [PracticeWays { push: PushKind::Authy, ..now }]);
    window.tick("Passes and phones ask for a verified caller");
    assert_eq!(asked(&mut window), [PracticeWays { strict: true, ..now }]);
    for (word, fault) in
        [("Text not delivered", CloudFault::LoseText), ("HaloPSA away", CloudFault::TicketsAway)]
    {
        window.click(word);
        let is_it = |command: Command| matches!(command, Command::Bench(BenchCommand::Fault(given)) if given == fault);
        assert!(window.sent().into_iter().any(is_it), "{word}");
    }
    window.click("Check the caller of #2818");
    let link = "keydesk://verify?ticket=2818".to_owned();
    assert_eq!(wishes(&mut window), [VerifyCommand::OpenLink(link)]);
    // An open check is not cut off.
    window.tell(pictured());
    window.choose("Twilio Messaging");
    assert_eq!(asked(&mut window), []);
}
