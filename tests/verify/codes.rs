//! Codes by text message: right, wrong, late, undelivered, to whom.

use crate::steps::{Agent, agent, agent_with};
use keydesk::engine::{CheckState, Sent, VerifyCommand, VerifyEvent};
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{HeldNumber, Order};
use keydesk::settings::SmsWay;
use keydesk::verify::{Channel, Delivery, Outcome, Warning};
use std::time::Duration;

/// Both ways, each with a station of its own.
fn both(test: impl Fn(Agent, Channel)) {
    for (way, channel) in
        [(SmsWay::Verify, Channel::VerifySms), (SmsWay::Messages, Channel::MessageSms)]
    {
        test(agent_with(|verify| verify.sms = Some(way), |_| {}), channel);
    }
}

#[test]
fn the_right_code_verifies_and_is_kept_nowhere() {
    both(|mut agent, channel| {
        let caller = agent.caller("Oskar Lindqvist");
        assert_eq!(caller.no_sms, None);
        assert!(caller.phones[0].masked.ends_with("13"), "the mobile comes first");
        let (text, messages) = caller.text.clone().unwrap();
        assert!(text.contains("{code}") && messages == 1, "{text}");
        let check = agent.send_code(&caller.person.id);
        assert_eq!((check.channel, check.state), (channel, CheckState::Waiting));
        assert_eq!(check.masked.as_deref(), Some(caller.phones[0].masked.as_str()));
        let code = agent.code_of(&caller.person.upn);
        agent.try_wrong(&code);
        agent.check(|check| check.wrong == 1 && check.state == CheckState::Waiting);
        agent.try_code(&format!("{} {}", &code[..3], &code[3..]));
        assert_eq!(agent.over(), (Outcome::Verified, None));
        let verified = agent.verified();
        assert_eq!(verified.len(), 1);
        assert_eq!((&verified[0].person, verified[0].channel), (&caller.person.id, channel));
        assert!(!agent.is_in_a_file(&code), "the code stands in a file");
    });
}

#[test]
fn the_text_is_in_the_persons_language_and_arrives() {
    let mut agent = agent_with(|verify| verify.sms = Some(SmsWay::Messages), |_| {});
    let caller = agent.caller("Oskar Lindqvist");
    agent.use_ticket(2819);
    agent.caller_shown();
    agent.send_code(&caller.person.id);
    agent.cloud.control().order(Order::AdvanceClock { seconds: 10 });
    let check = agent
        .check(|check| check.steps.iter().any(|step| step.what == Sent::Text(Delivery::Delivered)));
    assert!(check.note.iter().any(|(name, _)| name == "Delivered"));
    let text = agent.text_of(&caller.person.upn);
    assert!(text.contains("din kod") && text.contains("2819"), "not in Swedish, or no ticket");
}

#[test]
fn three_wrong_codes_lock_the_caller_and_a_fourth_is_not_asked_about() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.send_code(&caller.person.id);
        let code = agent.code_of(&caller.person.upn);
        for _ in 0..3 {
            agent.try_wrong(&code);
        }
        assert_eq!(agent.over().0, Outcome::WrongCode);
        let asked = agent.calls("POST", "VerificationCheck");
        agent.try_code(&code);
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        let refused = agent.refused();
        assert!(refused.what.contains("locked"), "{refused}");
        assert_eq!(agent.calls("POST", "VerificationCheck"), asked, "the fourth was asked about");
        let again = agent.caller("Oskar Lindqvist");
        assert!(matches!(again.warnings[0], Warning::Locked { .. }), "{:?}", again.warnings);
    });
}

#[test]
fn a_late_code_counts_no_more() {
    let mut agent = agent();
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    agent.cloud.control().order(Order::AdvanceClock { seconds: 601 });
    agent.try_code(&code);
    let (outcome, problem) = agent.over();
    assert_eq!(outcome, Outcome::Expired);
    assert!(problem.unwrap().what.contains("no more"));

    let mut agent = agent_with(
        |verify| verify.sms = Some(SmsWay::Messages),
        |options| options.patience.code = Duration::from_millis(200),
    );
    let caller = agent.caller("Oskar Lindqvist");
    agent.verify(VerifyCommand::SendCode { person: caller.person.id });
    assert_eq!(agent.over().0, Outcome::Expired, "ours ends by our own time");
}

#[test]
fn a_used_code_verifies_nobody_again() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.send_code(&caller.person.id);
        let first = agent.code_of(&caller.person.upn);
        agent.try_code(&first);
        assert_eq!(agent.over().0, Outcome::Verified);
        agent.send_code(&caller.person.id);
        let second = agent.code_of(&caller.person.upn);
        if first != second {
            agent.try_code(&first);
            agent.check(|check| check.wrong == 1 && check.state == CheckState::Waiting);
        }
        agent.try_code(&second);
        assert_eq!(agent.over().0, Outcome::Verified);
    });
}

#[test]
fn a_number_that_changed_after_the_look_gets_no_text() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.cloud.control().order(Order::SetPhone {
            person: caller.person.upn.clone(),
            kind: PhoneKind::Mobile,
            number: Some(HeldNumber::new("+46 701740699")),
        });
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        let refused = agent.refused();
        assert!(refused.what.contains("changed"), "{refused}");
        assert_eq!(agent.texts_sent(), 0, "a text was sent");
        agent.verify(VerifyCommand::Refresh);
        agent.caller_shown();
        agent.send_code(&caller.person.id);
    });
}

#[test]
fn only_a_mobile_gets_texts() {
    let mut agent = agent();
    let nobody = agent.caller("Freja Holm");
    assert!(nobody.warnings.contains(&Warning::NoMobile), "{:?}", nobody.warnings);
    assert!(nobody.no_sms.is_some());
    agent.verify(VerifyCommand::SendCode { person: nobody.person.id });
    assert!(agent.refused().what.contains("mobile"));
    assert_eq!(agent.texts_sent(), 0);
}

#[test]
fn a_text_is_sent_again_within_the_limits_and_wrong_tries_stay_counted() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.send_code(&caller.person.id);
        let code = agent.code_of(&caller.person.upn);
        agent.try_wrong(&code);
        agent.check(|check| check.wrong == 1);
        agent.verify(VerifyCommand::SendAgain);
        agent.check(|check| check.state == CheckState::Sending);
        let check = agent.check(|check| check.state == CheckState::Waiting);
        assert_eq!(check.wrong, 1);
        let code = agent.code_of(&caller.person.upn);
        agent.try_code(&code);
        assert_eq!(agent.over().0, Outcome::Verified);
    });
}

#[test]
fn a_person_gets_so_many_texts_in_an_hour_and_no_more() {
    let mut agent = agent_with(|verify| verify.limits.per_person = 2, |_| {});
    let caller = agent.caller("Oskar Lindqvist");
    for _ in 0..2 {
        agent.send_code(&caller.person.id);
        agent.verify(VerifyCommand::Cancel);
        assert_eq!(agent.over().0, Outcome::Cancelled);
    }
    agent.verify(VerifyCommand::SendCode { person: caller.person.id });
    assert!(agent.refused().what.contains("as many texts"));
}

#[test]
fn one_check_of_a_caller_is_open_at_all_stations() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.another_station_sends();
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        let refused = agent.refused();
        assert!(refused.what.contains("another station"), "{refused}");
        assert_eq!(agent.texts_sent(), 1, "the other station's alone");
        let seen = agent.caller("Oskar Lindqvist");
        assert!(seen.no_sms.unwrap().what.contains("another station"));
    });
}

#[test]
fn a_check_that_the_last_end_left_open_is_interrupted_and_its_note_waits() {
    let mut agent = agent();
    agent.leave_a_check_open(2819);
    agent.connect_anew();
    let pending = agent.pending(|pending| pending.notes + pending.rows == 0);
    assert!(pending.alarms.is_empty());
    let notes = agent.cloud.control().notes(2819);
    assert!(notes.last().unwrap().text.contains("Interrupted"), "no note of the interruption");
}

#[test]
fn closing_the_caller_cancels_the_check_at_the_service_too() {
    let mut agent = agent();
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    agent.verify(VerifyCommand::Close);
    agent.hear(|event| matches!(event, VerifyEvent::Caller(None)).then_some(()));
    agent.look_for("Oskar Lindqvist");
    let again = agent.caller("Oskar Lindqvist");
    assert_eq!(again.no_sms, None, "the service still has it open");
}
