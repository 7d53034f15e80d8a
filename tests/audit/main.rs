//! `keydesk audit`: one session that agrees, and one disagreement of each kind, over real HTTP with
//! a real journal.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../practice_cloud/authenticator.rs"]
#[allow(dead_code, reason = "it can also do everything wrong, for the tests of the practice cloud")]
mod authenticator;
mod command_line;
mod desk;
mod signed_in;

use desk::{Desk, Foreign, facts, serial_of};
use keydesk::bulk::{EntryNo, SessionNote};
use keydesk::engine::{AuditReport, Finding, FindingKind};
use keydesk::enrolment::Step;
use keydesk::journal::PinAfter;
use keydesk::key::PinState;
use keydesk::secrets::Secrets;

/// What was found, as kind and whom it is about.
fn found(report: &AuditReport) -> Vec<(FindingKind, &str)> {
    report.findings.iter().map(|finding| (finding.kind, finding.who.as_str())).collect()
}

fn agrees(report: &AuditReport) {
    assert_eq!(report.findings, []);
    assert_eq!(report.unchecked, []);
}

/// Nothing of a person's session is left out of the count.
#[tokio::test]
async fn a_session_that_agrees_has_no_finding() {
    let desk = Desk::of(6).await;
    desk.handed_over(1).await;
    desk.key(2, Step::ForcePinChange).await;
    desk.taken_back(3).await;
    desk.skip(4);
    let undone = desk.handed_over(5).await;
    desk.undo(5, undone).await;
    // In the middle of its work.
    desk.key(6, Step::Pin).await;
    let report = desk.audit_with(vec![facts(&serial_of(1), PinState::MustChange)]).await;
    agrees(&report);
    assert_eq!((report.people, report.keys, report.keys_in), (6, 2, 1));
    desk.end();
    assert_eq!(found(&desk.audit().await), [(FindingKind::Unfinished, desk.upn(6))]);
}

#[tokio::test]
async fn a_key_that_was_not_activated_in_time_is_found() {
    let mut desk = Desk::activating_later(2).await;
    desk.key(1, Step::Verify).await;
    desk.to_activate_until = Some(jiff::Timestamp::now());
    desk.key(2, Step::Verify).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::Unfinished, desk.upn(2))]);
    assert!(report.findings[0].text.contains("its challenge has lapsed"));
    desk.end();
    assert_eq!(found(&desk.audit().await), [(FindingKind::Unfinished, desk.upn(2))]);
}

#[tokio::test]
async fn a_key_that_was_handed_over_and_is_not_in_the_directory_is_found() {
    let desk = Desk::of(2).await;
    desk.handed_over(1).await;
    desk.handed_over(2).await;
    desk.remove_passkeys_of(2).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::NotInDirectory, desk.upn(2))]);
    assert_eq!(report.findings[0].serial, Some(serial_of(2)));
}

#[tokio::test]
async fn what_was_taken_back_and_is_still_in_the_directory_is_found() {
    let desk = Desk::of(3).await;
    let id = desk.key(1, Step::Confirm).await;
    desk.take_back(1, id, Foreign::LeftThere).await;
    let undone = desk.handed_over(2).await;
    let note = SessionNote::Undone {
        entry: EntryNo(2),
        enrolment: undone,
        serial: None,
        reason: "No".into(),
    };
    desk.note(&note);
    desk.handed_over(3).await;
    let report = desk.audit().await;
    let still = FindingKind::StillInDirectory;
    assert_eq!(found(&report), desk.sorted(&[(still, 1), (still, 2)]));
    assert!(report.findings.iter().any(|finding| finding.text.starts_with("Taken back")));
    assert!(report.findings.iter().any(|finding| finding.text.starts_with("Undone")));
}

#[tokio::test]
async fn a_second_key_of_one_person_is_found() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    desk.handed_over(1).await;
    let who = desk.upn(1);
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::TooManyKeys, who), (FindingKind::GivenTwice, who)]);
}

#[tokio::test]
async fn one_key_in_two_hands_is_found() {
    let desk = Desk::of(3).await;
    desk.handed_over(1).await;
    desk.handed_over_the_key_of(1, 2).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::GivenTwice, desk.upn(2))]);
    assert_eq!(report.findings[0].serial, Some(serial_of(1)));
    assert!(report.findings[0].text.contains(desk.upn(1)), "{}", report.findings[0].text);
}

#[tokio::test]
async fn one_key_in_two_hands_is_found_over_two_sessions_and_the_desk() {
    let mut desk = Desk::of(3).await;
    desk.handed_over(1).await;
    let first = desk.session;
    desk.end();
    desk.begin_and_use_another();
    desk.handed_over_the_key_of(1, 2).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::GivenTwice, desk.upn(2))]);
    let told = &report.findings[0].text;
    assert!(told.contains(&format!("{} before", desk.upn(1))), "{told}");
    let report = desk.audit_of(first).await;
    assert_eq!(found(&report), [(FindingKind::GivenTwice, desk.upn(1))]);
    let told = &report.findings[0].text;
    assert!(told.contains(&format!("{} later", desk.upn(2))), "{told}");
    desk.remove_passkeys_of(1).await;
    agrees(&desk.audit().await);
    desk.at_the_desk(3).await;
    agrees(&desk.audit().await);
    desk.handed_over_the_key_of(3, 3).await;
    assert_eq!(found(&desk.audit().await), [(FindingKind::GivenTwice, desk.upn(3))]);
}

#[tokio::test]
async fn a_serial_that_was_typed_with_its_zeros_is_the_same_key() {
    let desk = Desk::of(2).await;
    desk.handed_over(1).await;
    desk.handed_over_with_serial(2, &format!("00{}", serial_of(1))).await;
    assert_eq!(found(&desk.audit().await), [(FindingKind::GivenTwice, desk.upn(2))]);
}

#[tokio::test]
async fn a_key_that_is_in_and_tells_no_serial_is_not_compared_in_silence() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    let mut untold = facts("", PinState::NotSet);
    untold.serial = None;
    let mut strange = untold.clone();
    strange.aaguid = keydesk::webauthn::Aaguid([7; 16]);
    let report = desk.audit_with(vec![untold, strange]).await;
    assert_eq!(found(&report), []);
    let told: Vec<&str> = report.unchecked.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(
        told,
        ["1 key that is in was not compared: it tells no serial, or not the one that was typed"]
    );
}

#[tokio::test]
async fn a_key_that_was_undone_may_be_another_persons() {
    let desk = Desk::of(2).await;
    let undone = desk.handed_over(1).await;
    desk.undo(1, undone).await;
    desk.handed_over_the_key_of(1, 2).await;
    agrees(&desk.audit().await);
}

#[tokio::test]
async fn a_passkey_that_no_enrolment_knows_of_is_found() {
    let desk = Desk::of(2).await;
    desk.handed_over(1).await;
    desk.register_by_somebody_else(2).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::Unknown, desk.upn(2))]);
    assert!(report.findings[0].text.contains("Somebody's own"), "{}", report.findings[0].text);
}

#[tokio::test]
async fn a_passkey_from_before_the_session_is_no_finding() {
    let desk = Desk::of(1).await;
    desk.register_by_somebody_else(1).await;
    desk.end();
    desk.begin_another();
    agrees(&desk.audit().await);
}

#[tokio::test]
async fn a_key_of_the_desk_is_known_though_it_is_not_of_the_session() {
    let desk = Desk::of(1).await;
    desk.at_the_desk(1).await;
    agrees(&desk.audit().await);
}

#[tokio::test]
async fn an_old_key_that_was_to_be_removed_is_found() {
    let desk = Desk::with_old_keys(2).await;
    desk.handed_over(1).await;
    desk.handed_over(2).await;
    desk.remove_old_key_of(1).await;
    assert_eq!(found(&desk.audit().await), [(FindingKind::OldKey, desk.upn(2))]);
}

#[tokio::test]
async fn somebody_who_is_missing_from_the_journal_is_found() {
    let desk = Desk::of(3).await;
    for no in 1..=3 {
        desk.handed_over(no).await;
    }
    desk.tamper("DELETE FROM session_entry WHERE no = 3");
    let report = desk.audit().await;
    let journal = FindingKind::Journal;
    let mut expected = vec![(journal, desk.upn(3)), (journal, "session")];
    expected.sort();
    assert_eq!(found(&report), expected);
    assert!(report.findings.iter().any(|finding| finding.text.contains("has 2 people")));
}

/// Who has which key is in rows that somebody may edit; the history's can't be changed unseen.
#[tokio::test]
async fn an_enrolment_that_has_another_key_or_person_than_its_hand_over_is_found() {
    for edit in ["$.key.serial', '99999999'", "$.person.upn', 'mallory@larkfield.example'"] {
        let desk = Desk::of(1).await;
        desk.handed_over(1).await;
        desk.tamper(&format!("UPDATE enrolment SET intent = json_set(intent, '{edit})"));
        let report = desk.audit().await;
        let contradicts = |finding: &Finding| finding.text.contains("another person or key");
        assert!(report.findings.iter().any(contradicts), "{edit}: {:?}", found(&report));
    }
}

/// One that was made before it counts for nothing: the person does not have it.
#[tokio::test]
async fn only_the_passkey_that_was_made_last_is_the_persons() {
    let desk = Desk::of(1).await;
    desk.handed_over_at_the_second_try(1).await;
    desk.remove_newest_passkey_of(1).await;
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::NotInDirectory, desk.upn(1))]);
}

#[tokio::test]
async fn a_hand_over_whose_enrolment_is_gone_is_found() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    desk.tamper("DELETE FROM record; DELETE FROM pin; DELETE FROM enrolment");
    let who = desk.upn(1);
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::Journal, who), (FindingKind::Unknown, who)]);
}

#[tokio::test]
async fn an_altered_history_is_found() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    desk.tamper("UPDATE audit SET operator = 'Nobody' WHERE seq = 2");
    let report = desk.audit().await;
    assert_eq!(found(&report), [(FindingKind::History, "history")]);
}

#[tokio::test]
async fn a_sealed_pin_that_does_not_open_or_is_not_there_is_found() {
    let desk = Desk::of(4).await;
    let altered = desk.handed_over(1).await;
    let lost = desk.handed_over(2).await;
    let open = desk.key(3, Step::Pin).await;
    let id = desk.key(4, Step::Pin).await;
    desk.take_back(4, id, Foreign::Removed).await;
    for (id, change) in [
        (altered, "sealed = zeroblob(104)"),
        (lost, "state = 'lost', sealed = NULL"),
        (open, "state = 'purged', sealed = NULL"),
        (id, "state = 'purged', sealed = NULL"),
    ] {
        desk.tamper(&format!("UPDATE pin SET {change} WHERE enrolment = '{}'", id.0));
    }
    let pin = FindingKind::Pin;
    let report = desk.audit().await;
    assert_eq!(found(&report), desk.sorted(&[(pin, 1), (pin, 2), (pin, 3), (pin, 4)]));
}

#[tokio::test]
async fn a_purged_pin_of_a_key_in_somebodys_hand_is_as_it_should_be() {
    let desk = Desk::of(1).await;
    let id = desk.handed_over(1).await;
    desk.journal().purge_pin(id, "Petra", jiff::Timestamp::now()).unwrap();
    assert_eq!(desk.pin_after, PinAfter::Keep);
    agrees(&desk.audit().await);
}

#[tokio::test]
async fn a_key_that_is_in_and_is_not_the_one_of_the_journal_is_found() {
    let desk = Desk::of(3).await;
    desk.handed_over(1).await;
    desk.handed_over(2).await;
    desk.taken_back(3).await;
    let nobodys = facts(&serial_of(3), PinState::NotSet);
    let mut other = facts(&serial_of(1), PinState::MustChange);
    other.aaguid = keydesk::webauthn::Aaguid([7; 16]);
    let reset = facts(&serial_of(2), PinState::NotSet);
    let stranger = facts("99999999", PinState::NotSet);
    let report = desk.audit_with(vec![other, reset, stranger, nobodys]).await;
    let key = FindingKind::Key;
    assert_eq!(found(&report), desk.sorted(&[(key, 1), (key, 2)]));
    assert_eq!((report.keys, report.keys_in), (2, 2), "only of those that people have");
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_no_finding_and_not_silent() {
    let desk = Desk::of(3).await;
    desk.handed_over(1).await;
    let report = desk.audit_without_directory_answer().await;
    assert_eq!(report.findings, []);
    assert!(!report.unchecked.is_empty());
}

#[tokio::test]
async fn without_the_vaults_key_pins_and_the_end_of_the_history_are_not_checked() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    let report = desk.audit_as(Secrets::session_only("another user")).await;
    assert_eq!(report.findings, []);
    assert_eq!(report.unchecked.len(), 1);
    assert!(report.unchecked[0].what.contains("keyring"), "{}", report.unchecked[0]);
}

/// The station began the first one before it had asked for the time.
#[tokio::test]
async fn a_session_that_was_begun_after_the_clock_was_set_back_is_the_newest_and_agrees() {
    let mut desk = Desk::of(1).await;
    desk.end();
    desk.begin_after_the_clock_was_set_back();
    desk.handed_over(1).await;
    let report = desk.audit().await;
    assert_eq!(report.session, desk.session);
    agrees(&report);
}

/// A person who left the company meanwhile.
#[tokio::test]
async fn a_session_is_found_by_its_id_and_the_newest_without() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    desk.remove_passkeys_of(1).await;
    let first = desk.session;
    desk.end();
    desk.begin_another();
    agrees(&desk.audit().await);
    let report = desk.audit_of(first).await;
    assert_eq!(report.session, first);
    assert_eq!(found(&report), [(FindingKind::NotInDirectory, desk.upn(1))]);
}
