//! The Phones page as a helpdesk agent uses it, with a scripted engine and without a display.
#![cfg(test)]

mod scenes;
mod ui_common;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Vec2};
use keydesk::access::{Act, LockCause, Role as OperatorRole};
use keydesk::engine::*;
use keydesk::phones::{Attribute, Blank, NumberSource, Others, PhoneKind, SmsSignIn};
use keydesk::problem::Problem;
use keydesk::settings::ThemeChoice;
use scenes::phones::number as number_of;
use scenes::phones::*;
use ui_common::{USUAL, Window};

/// On the page, signed in as the helpdesk.
fn at_phones() -> Window {
    sized(USUAL)
}

fn sized(size: Vec2) -> Window {
    let mut window = Window::open(size);
    window.tell(helpdesk(ThemeChoice::Light, 100));
    window.press_with(Modifiers::COMMAND, Key::Num3);
    window
}

fn at_many() -> Window {
    let mut window = at_phones();
    window.press_with(Modifiers::ALT, Key::M);
    wishes(&mut window);
    window
}

/// With Anna open.
fn with_anna(phones: Vec<keydesk::phones::PhoneMethod>) -> Window {
    let mut window = sized(Vec2::new(1280.0, 1200.0));
    find_anna(&mut window);
    window.tell(vec![opened(phones, Ok(pass_policy()))]);
    wishes(&mut window);
    window
}

fn find_anna(window: &mut Window) {
    window.type_text("ann");
    window.tell(vec![found("ann")]);
    window.press(Key::Enter);
}

fn with_plan(plan: PlanShown) -> Window {
    let mut window = at_many();
    window.tell(vec![list(&[]), planned(plan)]);
    wishes(&mut window);
    window
}

fn wishes(window: &mut Window) -> Vec<PhonesCommand> {
    let of_phones = |command| match command {
        Command::Phones(wish) => Some(wish),
        _ => None,
    };
    window.sent().into_iter().filter_map(of_phones).collect()
}

/// A number must never stand in the output of a failed test.
fn same(sent: &[PhonesCommand], expected: &[PhonesCommand]) -> bool {
    sent == expected
}

fn id() -> keydesk::directory::PersonId {
    anna().id
}

fn set(kind: PhoneKind, number: &str) -> PhonesCommand {
    PhonesCommand::SetNumber {
        person: id(),
        kind,
        number: keydesk::phones::NumberText::new(number),
    }
}

// Who may, and where it is.

#[test]
fn phones_are_third_on_the_rail_and_closed_to_a_clerk() {
    let mut window = at_phones();
    assert!(window.has("Whose sign-in methods?"));
    window.tell(vec![scenes::who::operator(&[OperatorRole::Clerk])]);
    window.press_with(Modifiers::COMMAND, Key::Num3);
    assert!(!window.has("Whose sign-in methods?"));
    assert!(window.has_part("Needs the role Helpdesk"));
    assert!(window.is_disabled("Phones") && !window.is_disabled("History"));
}

#[test]
fn a_directory_without_phones_says_so_in_one_sentence() {
    let mut window = at_phones();
    window.tell(vec![offered(false)]);
    assert!(window.has("Entra ID keeps no phone methods"));
    assert!(!window.has("Whose sign-in methods?") && !window.has("Many"));
    window.tell(vec![offered(true)]);
    assert!(window.has("Whose sign-in methods?"));
}

// One person.

#[test]
fn a_person_is_found_opened_and_left_by_keyboard_alone() {
    let mut window = at_phones();
    window.type_text("ann");
    let find = PhonesCommand::Find { query: "ann".into() };
    assert_eq!(wishes(&mut window), [find]);
    window.press(Key::Enter);
    assert_eq!(wishes(&mut window), [], "nobody is found yet");
    window.tell(vec![found("ann")]);
    assert_eq!(wishes(&mut window), [PhonesCommand::Open(Box::new(anna()))]);
    assert!(window.has("Being read") && window.has("Anna Sjöberg"));
    window.tell(vec![opened(mobile_only(), Ok(pass_policy()))]);
    assert!(window.has("Mobile: +46 70 174 06 12"));
    window.press(Key::Escape);
    assert_eq!(wishes(&mut window), [PhonesCommand::Close]);
    assert_eq!(window.focused().as_deref(), Some("Find a person"));
}

#[test]
fn every_registered_method_is_shown_by_kind_and_name() {
    let window = with_anna(both_mobiles());
    assert!(window.has("Mobile: +46 70 174 06 12"));
    assert!(window.has("Alternate mobile: +46 70 174 06 19"));
    assert!(window.has("Office: none"));
    for part in [
        "Passkey, Key 31884207",
        "Authenticator, Pixel 9",
        "Code app (OATH)",
        "E-mail",
        "Windows Hello, NV-L-2207",
        "Other, qrCodePinAuthenticationMethod",
    ] {
        assert!(window.has_part(part), "{part}");
    }
}

#[test]
fn what_is_typed_is_read_at_once_and_saved_with_enter() {
    let mut window = with_anna(mobile_only());
    window.click("Change the mobile");
    assert_eq!(window.focused().as_deref(), Some("New mobile"));
    assert!(window.is_disabled("Save number"));
    window.type_text("070-174 06");
    assert!(window.has("Too few digits, 8 of 10") && window.is_disabled("Save number"));
    window.press(Key::Enter);
    assert!(wishes(&mut window).is_empty(), "what is no number is not sent");
    window.fill("New mobile", " 58");
    assert!(window.has("Read as") && window.has("+46 701740658"));
    assert!(window.has("Asks you to confirm first"));
    window.press(Key::Enter);
    assert!(same(&wishes(&mut window), &[set(PhoneKind::Mobile, "070-174 06 58")]));
    window.tell(vec![phones(PhonesEvent::Working(Some(OneDeed::SetNumber(PhoneKind::Mobile))))]);
    assert!(window.has("Being written") && window.is_disabled("Save number"));
    window.tell(vec![phones(PhonesEvent::Done(OneDeed::SetNumber(PhoneKind::Mobile)))]);
    assert!(window.has("Mobile written and read again") && !window.has("New mobile"));
}

#[test]
fn a_refused_number_can_be_mended_where_it_was_typed() {
    let mut window = with_anna(mobile_only());
    window.click("Change the mobile");
    window.type_text("070-174 06 58");
    window.press(Key::Enter);
    let deed = OneDeed::SetNumber(PhoneKind::Mobile);
    let problem = Problem {
        what: "The directory refused the number".into(),
        next: "Check it with the person".into(),
        details: Vec::new(),
    };
    window.tell(vec![phones(PhonesEvent::Refused { deed, problem })]);
    assert!(window.has("The mobile was not written: The directory refused the number"));
    assert!(window.has("New mobile") && !window.is_disabled("Save number"));
}

#[test]
fn what_was_not_answered_may_have_been_done_and_what_is_so_was_not_written() {
    for (deed, words) in [
        (OneDeed::SetNumber(PhoneKind::Mobile), "The mobile may have been written: No answer came"),
        (OneDeed::IssuePass, "A pass may have been issued: No answer came"),
        (OneDeed::RevokeSessions, "The sessions may have been ended: No answer came"),
    ] {
        let mut window = with_anna(mobile_only());
        let problem = Problem {
            what: "No answer came".into(),
            next: "Read the person again".into(),
            details: Vec::new(),
        };
        window.tell(vec![phones(PhonesEvent::Unsure { deed, problem })]);
        assert!(window.has(words), "{words}");
        assert!(window.has_part("Read the person again") && !window.has_part("was not"));
    }
    let mut window = with_anna(mobile_only());
    window.click("Change the mobile");
    window.type_text("070-174 06 58");
    window.press(Key::Enter);
    window.tell(vec![phones(PhonesEvent::AlreadySo(OneDeed::SetNumber(PhoneKind::Mobile)))]);
    assert!(window.has("This mobile is registered already, nothing was written"));
    assert!(!window.has_part("written and read again") && !window.has("New mobile"));
}

#[test]
fn the_services_rules_are_said_before_it_is_asked() {
    let window = with_anna(Vec::new());
    assert!(window.is_disabled("Add the alternate mobile"), "it needs a mobile first");
    assert!(!window.is_disabled("Add the mobile") && !window.is_disabled("Add the office phone"));

    let mut window = with_anna(mobile_only());
    window.click("Add the alternate mobile");
    window.type_text("+46 70 174 06 12");
    assert!(window.has("This number is registered already, as mobile"));
    assert!(window.is_disabled("Save number"));

    let mut window = with_anna(both_mobiles());
    window.click("Remove the mobile");
    assert!(window.has("The alternate mobile must be removed before the mobile"));
    assert!(!window.has("Remove number"));
    window.press(Key::Escape);
    window.click("Change the mobile");
    window.type_text("070 174 06 12");
    assert!(window.has("This number is registered already"));
}

#[test]
fn a_number_is_removed_after_a_question_that_says_what_ends_with_it() {
    let ready = vec![phone(PhoneKind::Mobile, 612, SmsSignIn::Ready)];
    let mut window = with_anna(ready);
    window.click("Remove the mobile");
    assert!(window.has("Remove +46 70 174 06 12 from the mobile?"));
    assert!(window.has("SMS sign-in ends with it."));
    window.press(Key::Escape);
    assert!(!window.has("SMS sign-in ends with it.") && wishes(&mut window).is_empty());
    window.click("Remove the mobile");
    window.click("Remove number");
    let remove = PhonesCommand::RemoveNumber { person: id(), kind: PhoneKind::Mobile };
    assert_eq!(wishes(&mut window), [remove]);
}

#[test]
fn sms_sign_in_is_a_switch_only_where_it_can_be_switched() {
    const NAME: &str = "Sign in by text message";
    for (sms, on, sent) in [
        (SmsSignIn::NotEnabled, false, Some(true)),
        (SmsSignIn::Ready, true, Some(false)),
        (SmsSignIn::NotAllowedByPolicy, false, None),
        (SmsSignIn::NumberNotUnique, false, None),
    ] {
        let mut window = with_anna(vec![phone(PhoneKind::Mobile, 612, sms)]);
        assert_eq!(window.is_on(Role::Switch, NAME), on, "{sms:?}");
        assert!(window.has(sms.words()), "{sms:?}");
        window.click_as(Role::Switch, NAME);
        let wishes = wishes(&mut window);
        let wanted = sent.map(|on| PhonesCommand::SetSmsSignIn { person: id(), on });
        assert_eq!(wishes, Vec::from_iter(wanted), "{sms:?}");
    }
    let window = with_anna(vec![phone(PhoneKind::Mobile, 612, SmsSignIn::NotSupported)]);
    assert!(!window.has(NAME));
}

#[test]
fn a_proof_that_still_counts_is_said_instead_of_asked_for() {
    let mut window = with_anna(mobile_only());
    window.click("Change the mobile");
    assert!(window.has("Asks you to confirm first"));
    window.tell(vec![operator(Some(Act::ChangePhone))]);
    assert!(!window.has("Asks you to confirm first") && window.has_part("Confirmed until"));
}

// Passes and sessions.

#[test]
fn a_pass_is_issued_only_when_it_is_said_how_the_person_was_identified() {
    let mut window = with_anna(mobile_only());
    assert!(window.is_disabled("Issue pass") && window.has("Tick how you know who it is"));
    window.click_as(Role::CheckBox, "They stand here, and I identified them");
    assert!(window.is_disabled("Issue pass"));
    window.fill("How they were identified", "Passport seen");
    assert!(!window.is_disabled("Issue pass"));
    window.click_as(Role::RadioButton, "Several times");
    window.click("4 hours");
    window.click("Issue pass");
    let because = Identified::InPerson { reason: "Passport seen".into() };
    let issue = PhonesCommand::IssuePass { person: id(), minutes: 240, once: false, because };
    assert_eq!(wishes(&mut window), [issue]);
}

#[test]
fn a_pass_lives_no_longer_than_the_policy_lets_it() {
    let mut window = with_anna(mobile_only());
    assert!(window.has("30 min") && window.has("8 hours"));
    assert!(!window.has("10 min") && !window.has("1 day"));
    window.click_as(Role::CheckBox, "They stand here, and I identified them");
    window.fill("How they were identified", "Badge seen");
    window.fill("Minutes the pass is good for", "481");
    assert!(window.has("The policy allows 30 to 480 minutes"));
    assert!(window.is_disabled("Issue pass"));
    let policy = keydesk::directory::PassPolicy { once_only: true, ..pass_policy() };
    window.tell(vec![opened(mobile_only(), Ok(policy))]);
    assert!(window.has("It can be used once, as the policy says") && !window.has("Several times"));
    let off = keydesk::directory::PassPolicy { enabled: false, ..pass_policy() };
    window.tell(vec![opened(mobile_only(), Ok(off))]);
    assert!(window.has("Passes are switched off in this tenant") && !window.has("Issue pass"));
}

#[test]
fn a_pass_stands_there_large_until_it_is_hidden() {
    let mut window = with_anna(mobile_only());
    window.tell(vec![issued()]);
    assert!(window.has(PASS) && window.has("Hidden in") && window.has_part("Can be used once"));
    window.click("Print slip");
    assert_eq!(wishes(&mut window), [PhonesCommand::PrintPass]);
    window.press(Key::Escape);
    assert_eq!(wishes(&mut window), [PhonesCommand::HidePass]);
    assert!(!window.whole_tree().contains(PASS) && window.has("Anna Sjöberg"));
}

#[test]
fn a_pass_is_gone_when_the_station_is_locked_or_the_page_left() {
    let mut window = with_anna(mobile_only());
    window.tell(vec![issued(), scenes::who::lock(LockCause::Idle)]);
    window.tell(vec![scenes::who::unlocked()]);
    assert!(!window.whole_tree().contains(PASS));
    window.tell(vec![issued()]);
    assert!(window.has(PASS));
    window.press_with(Modifiers::COMMAND, Key::Num1);
    assert!(wishes(&mut window).contains(&PhonesCommand::HidePass));
    window.press_with(Modifiers::COMMAND, Key::Num3);
    assert!(!window.whole_tree().contains(PASS));
}

#[test]
fn the_slip_of_one_pass_is_not_opened_from_the_next() {
    let mut window = with_anna(mobile_only());
    let (what, path) = (PhonesFile::PassSlip, "/out/slip.pdf".into());
    window.tell(vec![issued(), phones(PhonesEvent::Written { what, path, count: 1 })]);
    assert!(window.has("Open slip"));
    window.tell(vec![issued()]);
    assert!(window.has(PASS) && !window.has("Open slip"));
}

#[test]
fn sessions_are_ended_after_a_question() {
    let mut window = with_anna(mobile_only());
    window.click("Revoke sessions");
    assert!(window.has("End all sessions of Anna Sjöberg?") && wishes(&mut window).is_empty());
    window.press(Key::Escape);
    assert!(!window.has("End all sessions of Anna Sjöberg?"));
    window.click("Revoke sessions");
    window.click("End all sessions");
    assert_eq!(wishes(&mut window), [PhonesCommand::RevokeSessions { person: id() }]);
    window.tell(vec![phones(PhonesEvent::Done(OneDeed::RevokeSessions))]);
    assert!(window.has("Sessions end within minutes"));
}

// Many: who, and what.

#[test]
fn people_come_from_a_file_a_pasted_list_or_a_group() {
    let mut window = at_phones();
    window.press_with(Modifiers::ALT, Key::M);
    assert_eq!(wishes(&mut window), [PhonesCommand::ListJobs]);
    window.press(Key::Enter);
    let picks = window.sent();
    assert!(picks.iter().any(|command| matches!(command, Command::Pick(Pick::PhoneList))));
    window.tell(vec![Event::Picked { pick: Pick::PhoneList, path: "/p.csv".into() }]);
    assert_eq!(wishes(&mut window), [PhonesCommand::ReadFile("/p.csv".into())]);
    assert!(window.is_disabled("Use this list"));
    window.fill("Pasted list", "anna.sjoberg@nordvik.example");
    window.click("Use this list");
    let text = "anna.sjoberg@nordvik.example".to_owned();
    assert_eq!(wishes(&mut window), [PhonesCommand::ReadText(text)]);
    window.fill("Find a group", "field");
    wishes(&mut window);
    window.tell(vec![groups()]);
    window.click_part(Role::Button, "on call");
    match wishes(&mut window).as_slice() {
        [PhonesCommand::ReadGroup { group, nested: true }] => assert_eq!(group.id, "g-2"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_and_planning_can_be_cancelled() {
    let mut window = at_many();
    window.tell(vec![phones(PhonesEvent::Reading { done: 840 })]);
    assert!(window.has("Reading people: 840 so far"));
    window.click("Cancel");
    assert_eq!(wishes(&mut window), [PhonesCommand::DropPeople]);
    assert!(window.has("Choose file…"));
    window.tell(vec![list(&[])]);
    window.click("Make plan for 1248 people");
    assert!(matches!(wishes(&mut window).as_slice(), [PhonesCommand::Plan(_)]));
    assert!(window.has("Asking the directory"));
    window.tell(vec![phones(PhonesEvent::Planning { done: 460, of: 1248 })]);
    assert!(window.has("Asking the directory: 460 of 1248"));
    assert!(window.is_disabled("Make plan for 1248 people"));
    window.click("Cancel");
    assert_eq!(wishes(&mut window), [PhonesCommand::StopPlanning]);
    assert!(!window.is_disabled("Make plan for 1248 people"));
}

#[test]
fn the_options_are_one_sentence_and_nothing_is_removed_unasked() {
    let mut window = sized(Vec2::new(1280.0, 1200.0));
    window.press_with(Modifiers::ALT, Key::M);
    window.tell(vec![list(&[])]);
    assert!(window.has_part("Mobile numbers from mobilePhone, people with another number get"));
    wishes(&mut window);
    window.press(Key::Enter);
    match wishes(&mut window).as_slice() {
        [PhonesCommand::Plan(options)] => {
            assert_eq!(options.blank, Blank::LeaveAlone);
            assert_eq!(options.default_country, "SE");
            assert!(!options.disabled_too && !options.guests_too);
        }
        other => panic!("{other:?}"),
    }
    window.click("Cancel");
    assert_eq!(wishes(&mut window), [PhonesCommand::StopPlanning]);
    window.click_as(Role::RadioButton, "extensionAttribute");
    window.click("7");
    window.click_as(Role::RadioButton, "Office");
    window.click_as(Role::RadioButton, "Who has another number keeps it");
    assert!(!window.has_part("loses the registered one"));
    window.click_as(Role::CheckBox, "Remove the number where the source is blank");
    assert!(window.has_part("loses the registered one"));
    window.fill("Only numbers of these countries", "no, xx");
    assert!(window.has("No country has the code XX"));
    assert!(window.is_disabled("Make plan for 1248 people"));
    window.press(Key::Backspace);
    window.press(Key::Backspace);
    window.click("Make plan for 1248 people");
    match wishes(&mut window).as_slice() {
        [PhonesCommand::Plan(options)] => {
            assert_eq!(options.kind, PhoneKind::Office);
            assert_eq!(options.source, NumberSource::Attribute(Attribute::Extension(7)));
            assert_eq!(options.others, Others::LeaveAlone);
            assert_eq!(options.blank, Blank::Remove);
            assert_eq!(options.only_countries, ["NO"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_of_the_list_itself_are_proposed_first() {
    let mut window = at_many();
    window.tell(vec![list(&["Mobile number", "Other"])]);
    assert!(window.has_part("Mobile numbers from Mobile number"));
    window.click_as(Role::RadioButton, "Column Other of the list");
    window.click("Make plan for 1248 people");
    match wishes(&mut window).as_slice() {
        [PhonesCommand::Plan(options)] => {
            assert_eq!(options.source, NumberSource::Column("Other".into()));
        }
        other => panic!("{other:?}"),
    }
}

// The plan.

const ANNA_ROW: &str = "Change, Anna Sjöberg, anna.sjoberg@nordvik.example, \
    now +46 70 174 06 12, new +46 70 174 06 58, Differs from the source";

#[test]
fn the_plan_counts_everybody_and_shows_what_is_written_in_full() {
    let window = with_plan(plan_of_picture());
    for chip in ["All 1248", "Add 212", "Change 87", "Same 903", "Invalid 14", "Blank 26"] {
        assert!(window.has(chip), "{chip}");
    }
    assert!(window.has("Not found 6") && !window.has_part("Remove ") && window.has("319"));
    assert!(window.has("Nothing written yet") && window.has("299 writes: 212 add, 87 change"));
    assert!(window.is_on(Role::CheckBox, ANNA_ROW));
    assert!(window.has("Invalid, David Hult, david.hult@nordvik.example, now +46 70 174 06 19, new 0701-74 06, Too few digits, 8 of 10"));
    assert!(window.has_part("Clara Nyström, clara.nystrom@nordvik.example, now +46 70 174 06 44, new +46 70 174 06 71, SMS sign-in on: stays on"));
    assert!(window.has_part("H. Lund") && window.has_part("No account with this name"));
}

#[test]
fn filters_add_up_and_all_clears_them() {
    let mut window = with_plan(plan_of_picture());
    let on = |window: &Window, chip: &str| window.is_on(Role::Button, chip);
    assert!(on(&window, "Add") && on(&window, "Invalid") && !on(&window, "Same"));
    window.press_with(Modifiers::ALT, Key::Num2);
    assert!(!on(&window, "Add") && window.has("107"));
    window.click("Same 903");
    assert!(on(&window, "Same") && window.has("1010"));
    window.press_with(Modifiers::ALT, Key::Num1);
    assert!(on(&window, "All") && !on(&window, "Same"));
    window.press_with(Modifiers::ALT, Key::Num6);
    assert!(window.has("26") && window.has_part("The source holds no number"));
}

#[test]
fn rare_rows_have_their_filters_only_where_there_are_any() {
    let mut window = with_plan(plan_of_everything());
    assert!(window.has("Remove 1") && window.has("Left out 7"));
    assert!(window.has("10 writes: 4 add, 5 change, 1 remove"));
    window.press_with(Modifiers::ALT, Key::Num1);
    window.press_with(Modifiers::ALT, Key::Num9);
    for word in ["Disabled", "Guest", "Not allowed", "Has another", "Hidden", "Rule", "Twice"] {
        assert!(window.has_part(&format!("{word}, ")), "{word}");
    }
}

#[test]
fn rows_are_left_out_and_applied_by_keyboard_alone() {
    let mut window = with_plan(plan_with(pictured()));
    assert!(window.has("Apply 9 changes"));
    window.press(Key::Space);
    assert!(!window.is_on(Role::CheckBox, ANNA_ROW) && window.has("Apply 8 changes"));
    window.press(Key::ArrowDown);
    window.press(Key::ArrowDown);
    window.press(Key::ArrowDown);
    window.press(Key::Space);
    assert!(window.has("Apply 8 changes"), "an invalid row can't be put in or out");
    window.press(Key::End);
    window.press(Key::Space);
    assert!(window.has("7 writes: 4 add, 3 change"));
    window.press_with(Modifiers::COMMAND, Key::Enter);
    let rows = vec![1, 2, 4, 5, 6, 8, 10];
    assert_eq!(wishes(&mut window), [PhonesCommand::Apply { edition: EDITION, rows }]);
    assert!(window.is_disabled("Beginning…"));
    window.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(wishes(&mut window).is_empty(), "once is enough");
}

#[test]
fn an_invalid_row_is_corrected_where_it_stands_and_is_written_then() {
    let mut window = with_plan(plan_with(pictured()));
    for _ in 0..3 {
        window.press(Key::ArrowDown);
    }
    window.press(Key::F2);
    assert_eq!(window.focused().as_deref(), Some("Corrected number"));
    assert!(window.has("Number for David Hult") && window.is_disabled("Use this number"));
    window.press(Key::Enter);
    assert!(wishes(&mut window).is_empty(), "what is no number is not sent");
    window.press(Key::Escape);
    assert!(!window.has("Corrected number"));
    window.press(Key::F2);
    window.press_with(Modifiers::COMMAND, Key::A);
    window.type_text("070-174 06 77");
    assert!(window.has("Read as +46 701740677"));
    window.press(Key::Enter);
    let number = keydesk::phones::NumberText::new("070-174 06 77");
    let correct = PhonesCommand::Correct { edition: EDITION, row: 3, number };
    assert!(same(&wishes(&mut window), &[correct]));
    let mut rows = pictured();
    let change = keydesk::phones::Change::Change { old: number_of(619), new: number_of(677) };
    rows[3] = plan_row("David Hult", Ok(change));
    let plan = plan_with(rows.clone());
    let (shown, counts) = (Box::new(rows[3].clone()), plan.counts);
    window.tell(vec![phones(PhonesEvent::Corrected { row: 3, shown, counts })]);
    assert!(window.has("Invalid 1") && window.has("Change 6"));
    assert!(window.is_on(Role::CheckBox, "Change, David Hult") && window.has("Apply 10 changes"));
}

#[test]
fn the_box_in_the_head_takes_the_rows_in_sight_of_the_filters() {
    const ALL: &str = "Rows in sight of the filters";
    let mut window = with_plan(plan_with(pictured()));
    window.press_with(Modifiers::ALT, Key::Num1);
    window.press_with(Modifiers::ALT, Key::Num2);
    window.click_as(Role::CheckBox, ALL);
    assert!(window.has("5 writes: 5 change"));
    window.click_as(Role::CheckBox, ALL);
    assert!(window.has("9 writes: 4 add, 5 change"));
    window.press_with(Modifiers::ALT, Key::Num1);
    window.click_as(Role::CheckBox, ALL);
    assert!(window.has("Nothing to write") && window.is_disabled("Apply 0 changes"));
    window.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(wishes(&mut window).is_empty());
}

#[test]
fn a_search_narrows_the_plan_and_leaves_what_is_chosen_alone() {
    let mut window = with_plan(plan_of_picture());
    window.press_with(Modifiers::COMMAND, Key::F);
    assert_eq!(window.focused().as_deref(), Some("Find in plan"));
    window.type_text("greta 1740690");
    assert!(window.has_part("Greta Falk") && !window.has_part("Anna Sjöberg") && window.has("1"));
    assert!(window.has("Apply 299 changes"));
    window.press(Key::Space);
    assert!(window.has("Apply 299 changes"), "a space in the search is a space");
}

#[test]
fn a_person_of_the_plan_is_opened_and_the_way_leads_back_to_their_row() {
    let mut window = with_plan(plan_of_picture());
    window.press(Key::Enter);
    let upn = anna().upn;
    let find = PhonesCommand::Find { query: upn.clone() };
    assert_eq!(wishes(&mut window), [PhonesCommand::Close, find]);
    window.tell(vec![found(&upn)]);
    assert_eq!(wishes(&mut window), [PhonesCommand::Open(Box::new(anna()))]);
    window.tell(vec![opened(mobile_only(), Ok(pass_policy()))]);
    assert!(window.has("Back to the table"));
    window.press(Key::Escape);
    assert!(wishes(&mut window).contains(&PhonesCommand::Close));
    assert!(window.is_on(Role::CheckBox, ANNA_ROW));
}

#[test]
fn a_plan_is_exported_left_for_its_options_and_dropped_for_another_source() {
    let mut window = with_plan(plan_of_picture());
    window.press_with(Modifiers::COMMAND, Key::E);
    assert_eq!(wishes(&mut window), [PhonesCommand::ExportPlan]);
    let (what, path) = (PhonesFile::Plan, "/out/plan.csv".into());
    window.tell(vec![phones(PhonesEvent::Written { what, path, count: 1248 })]);
    window.click("Open export");
    let opens =
        |command: &Command| matches!(command, Command::Open(path) if path.ends_with("plan.csv"));
    assert!(window.sent().iter().any(opens));
    window.press(Key::Escape);
    assert!(window.has("Make plan for 1248 people"));
    window.press(Key::Enter);
    assert!(matches!(wishes(&mut window).as_slice(), [PhonesCommand::Plan(_)]));
    assert!(window.has("Asking the directory") && !window.has_part("Apply "));
    window.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(wishes(&mut window).is_empty(), "the plan before can't be applied");
    window.tell(vec![planned(plan_of_picture())]);
    window.press_with(Modifiers::COMMAND, Key::O);
    assert_eq!(wishes(&mut window), [PhonesCommand::DropPeople]);
    assert!(window.has("Choose file…"));
}

#[test]
fn ten_thousand_rows_are_a_matter_of_those_in_sight() {
    let mut window = with_plan(crowd(10_000));
    assert!(window.has("Apply 10 000 changes"));
    assert!(window.names(Role::CheckBox).len() < 40, "only rows in sight are drawn");
    window.press(Key::End);
    assert!(window.has_part("person9999@nordvik.example"));
    window.press(Key::Home);
    assert!(window.has_part("person0@nordvik.example"));
    assert!(!window.has_part("person9999@nordvik.example"));
}

// The job.

fn with_job(event: Event) -> Window {
    let mut window = at_many();
    window.tell(vec![event]);
    wishes(&mut window);
    window
}

#[test]
fn a_running_job_tells_its_pace_and_can_be_paused_and_cancelled() {
    let mut window = with_job(job(JobState::Running, 124));
    assert!(window.has("Applying changes") && window.has("Being written"));
    assert!(window.has("124 of 299, 18.4 a second, 10 s left"));
    window.press(Key::P);
    assert_eq!(wishes(&mut window), [PhonesCommand::Pause]);
    assert!(window.has("Being written") && !window.has("Paused"), "nobody said so yet");
    window.tell(vec![job(JobState::Pausing, 126)]);
    assert!(window.has("Pausing") && window.has_part("rows on their way come to their end first"));
    assert!(window.has("Go on") && window.has("Cancel the job") && !window.has("Pause"));
    window.press(Key::P);
    assert_eq!(wishes(&mut window), [PhonesCommand::GoOn]);
    window.tell(vec![job(JobState::Paused { needs_proof: false }, 132)]);
    assert!(window.has("Paused") && !window.has("Pausing"));
    window.press(Key::P);
    assert_eq!(wishes(&mut window), [PhonesCommand::GoOn]);
    window.click("Cancel the job");
    assert!(window.has_part("undone?") && wishes(&mut window).is_empty());
    window.press(Key::Escape);
    assert!(!window.has_part("undone?"));
    window.click("Cancel the job");
    window.click("Cancel the rest");
    assert_eq!(wishes(&mut window), [PhonesCommand::Cancel]);
}

#[test]
fn rows_change_their_state_as_they_come_to_an_end() {
    let mut window = with_job(job(JobState::Running, 0));
    assert!(window.has_part("Under way, Anna Sjöberg") && window.has("Done 0"));
    let figures = JobFigures { all: 299, waiting: 298, done: 1, ..JobFigures::default() };
    let rows = vec![(0, RowState::Done), (1, failed())];
    window.tell(vec![phones(PhonesEvent::Progress { figures, rows })]);
    assert!(window.has_part("Done, Anna Sjöberg") && window.has("Done 1"));
    assert!(window.has_part("Failed, Bilal Aziz"));
    assert!(window.has_part("You may not change this person's methods"));
}

#[test]
fn a_used_up_quota_is_a_wait_that_ends_by_itself() {
    let window = with_job(job(waits_for_quota(), 124));
    assert!(window.has_part("Waits for the quota until"));
    assert!(window.has_part("it goes on by itself in 1 min 3"));
    assert!(window.has("Pause") && !window.has("Go on"));
}

#[test]
fn an_interrupted_job_asks_for_a_proof_before_it_goes_on() {
    let mut window = with_job(job(JobState::Paused { needs_proof: true }, 124));
    assert!(window.has("Interrupted") && window.has("Asks you to confirm first"));
    window.click("Go on");
    assert_eq!(wishes(&mut window), [PhonesCommand::GoOn]);
}

#[test]
fn results_are_filtered_retried_written_undone_and_closed() {
    let mut window = with_job(job(JobState::Ended, 299));
    assert!(window.has("Results") && window.has("296 numbers written and read again"));
    assert!(window.has("Done 296") && window.has("Failed 1") && window.has("Changed since 1"));
    window.click("Failed 1");
    assert!(window.has_part("You may not change") && !window.has_part("Anna Sjöberg"));
    window.click("Retry failed");
    window.press_with(Modifiers::COMMAND, Key::E);
    window.click("Undo as plan");
    let expected = [
        PhonesCommand::RetryFailed,
        PhonesCommand::WriteResults,
        PhonesCommand::PlanUndo(job_id()),
    ];
    assert_eq!(wishes(&mut window), expected);
    let undo = PlanShown { undo_of: Some(job_id()), ..plan_with(pictured()) };
    window.tell(vec![planned(undo)]);
    assert!(window.has("Undo plan") && window.has("Nothing written yet"));
    window.tell(vec![job(JobState::Ended, 299)]);
    window.press(Key::Escape);
    assert_eq!(wishes(&mut window)[0], PhonesCommand::CloseJob);
    assert!(window.has("Choose file…"));
}

#[test]
fn cancelled_rows_are_no_failures() {
    let mut window = with_job(job(JobState::Cancelled, 4));
    assert!(window.has("Cancelled 295") && window.has("Failed 0"));
    assert!(window.has_part("295 cancelled") && !window.has("Retry failed"));
    window.click("Cancelled 295");
    assert!(window.has_part("Not begun") && !window.has_part("Anna Sjöberg"));
    let window = with_job(job(JobState::Cancelled, 6));
    assert!(window.has("Failed 1") && window.has("Cancelled 293") && window.has("Retry failed"));
}

#[test]
fn earlier_jobs_are_opened_and_undone() {
    let mut window = at_many();
    window.tell(vec![jobs()]);
    assert!(window.has_part("Night shift, 2026-"));
    window.click("Results of Night shift");
    window.click("Open of Office Uppsala");
    window.click("Undo Night shift");
    let id = |n| keydesk::journal::PhoneJobId(uuid::Uuid::from_u128(n));
    let expected = [
        PhonesCommand::OpenJob(id(4)),
        PhonesCommand::OpenJob(id(1)),
        PhonesCommand::PlanUndo(id(4)),
    ];
    assert_eq!(wishes(&mut window), expected);
    assert!(window.has("Asking the directory"));
}

#[test]
fn everything_fits_at_twice_the_text_size() {
    let mut window = Window::open(USUAL);
    window.tell(helpdesk(ThemeChoice::HighContrast, 200));
    window.press_with(Modifiers::COMMAND, Key::Num3);
    window.press_with(Modifiers::ALT, Key::M);
    window.tell(vec![planned(plan_of_picture())]);
    window.settle();
    assert!(window.has("Apply 299 changes") && window.has("Bulk phone plan"));
    window.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(matches!(wishes(&mut window).last(), Some(PhonesCommand::Apply { .. })));
}
