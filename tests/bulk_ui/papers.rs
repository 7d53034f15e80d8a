//! Papers of what is finished so far, and the check of a session.

use super::*;

/// Everything is allowed to whoever signed in.
fn with_all_roles(station: &mut Window) {
    station.tell(vec![scenes::who::operator(&keydesk::access::Role::ALL)]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
}

#[test]
fn papers_are_written_while_the_session_runs() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.click_part(Role::Tab, "Papers");
    for name in ["PIN letters", "Labels", "Report"] {
        station.click(name);
    }
    let expected = [
        BulkCommand::PrintLetters(session_id(5)),
        BulkCommand::PrintLabels(session_id(5)),
        BulkCommand::WriteReport(session_id(5)),
    ];
    assert_eq!(station.bulk(), expected);
    station.tell(vec![bulk(BulkEvent::Written {
        session: Some(session_id(5)),
        what: Output::Letters,
        path: "/out/pin-letters.pdf".into(),
        count: 212,
    })]);
    assert!(station.has_part("Written, 212 letters"));
}

#[test]
fn an_earlier_sessions_pins_are_written_from_the_board_too() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.tell(vec![past(&[(4, 31)])]);
    station.click_part(Role::Tab, "Papers");
    station.click("PIN letters");
    station.click_part(Role::Button, "31 sealed PINs");
    station.click("PIN letters");
    let expected = [4, 5].map(|n| BulkCommand::PrintLetters(session_id(n)));
    assert_eq!(station.bulk(), [expected[1].clone(), expected[0].clone()]);
}

#[test]
fn the_question_about_clear_text_is_about_one_session_only() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.tell(vec![past(&[(4, 31)])]);
    station.click_part(Role::Tab, "Papers");
    station.click_part(Role::Button, "31 sealed PINs");
    station.click("PINs in clear text");
    assert!(station.has("Write them in clear text"));
    station.click("This session");
    assert!(!station.has("Write them in clear text"), "asked about another one");
    station.click_part(Role::Button, "31 sealed PINs");
    station.click("PINs in clear text");
    assert!(station.has("Write them in clear text"));
    station.tell(vec![past(&[])]);
    assert!(!station.has("Write them in clear text"), "nobody chose that one");
}

#[test]
fn a_session_is_checked_and_what_does_not_agree_is_named() {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "Papers");
    station.click("Check the session");
    assert_eq!(station.bulk(), [BulkCommand::Audit(session_id(5))]);
    station.tell(vec![bulk(BulkEvent::Auditing)]);
    assert!(station.is_disabled("Comparing…"));
    station.tell(vec![audited(Vec::new())]);
    assert!(station.has("All agrees") && !station.has_part("key 31 884"));
    station.tell(vec![audited(vec![not_in_directory()])]);
    assert!(station.has("1 finding") && !station.has("All agrees"));
    assert!(station.has_part("jonas.wiklund") && station.has_part("is not in the directory"));
    station.tell(vec![audited_in_part(Vec::new())]);
    assert!(station.has("What was compared agrees") && !station.has("All agrees"));
    station.tell(vec![audited_in_part(vec![not_in_directory()])]);
    assert!(station.has("1 finding") && station.has_part("jonas.wiklund"));
    assert!(station.has_part("asa.nord") && station.has_part("8 more people were not asked"));
    station.tell(vec![audit_failed()]);
    assert!(station.has("The journal can't be read"));
    assert!(!station.is_disabled("Check the session"));
}

#[test]
fn one_letter_is_written_from_the_list_of_results_and_opened() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.click("Letter for Jonas Wiklund");
    let letter =
        |command: &Command| matches!(command, Command::WriteLetter(id) if *id == enrolment(5212));
    assert!(station.sent().iter().any(letter));
    let path = std::path::PathBuf::from("/out/letters/pin-letter-31884198.pdf");
    station.tell(vec![Event::FileWritten { id: enrolment(5212), path: path.clone() }]);
    station.click("Open the letter for Jonas Wiklund");
    assert!(station.sent().iter().any(|sent| matches!(sent, Command::Open(open) if *open == path)));
}

#[test]
fn who_may_not_reveal_pins_is_offered_no_letter() {
    let mut station = Window::running(slots());
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::Helpdesk])]);
    assert!(!station.has("Letter for Jonas Wiklund"));
}
