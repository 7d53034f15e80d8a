//! Codes by text message: right, wrong, late, undelivered, to whom.

use crate::steps::{Agent, agent, agent_with};
use keydesk::engine::{
    CheckState, Command, Event, Sent, StartOptions, TextShown, VerifyCommand, VerifyEvent,
};
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{Effect, Fault, HeldNumber, Order};
use keydesk::settings::SmsWay;
use keydesk::verify::{Channel, Delivery, Outcome, Warning};
use std::time::Duration;

/// Both ways, each with a station of its own.
fn both(test: impl Fn(Agent, Channel)) {
    both_with(|_| {}, test);
}

fn both_with(adjust: impl Fn(&mut StartOptions), test: impl Fn(Agent, Channel)) {
    for (way, channel) in
        [(SmsWay::Verify, Channel::VerifySms), (SmsWay::Messages, Channel::MessageSms)]
    {
        test(agent_with(|verify| verify.sms = Some(way), &adjust), channel);
    }
}

/// Nothing is told but what an agent asks for.
fn looks_at_nothing(options: &mut StartOptions) {
    options.patience.poll = Duration::from_secs(600);
}

fn wrong_codes(agent: &mut Agent, upn: &str, times: u32) {
    let code = agent.code_of(upn);
    for nth in 1..=times {
        agent.try_wrong(&code);
        agent.check(|check| check.wrong == nth && check.state != CheckState::Checking);
    }
}

fn cancel(agent: &mut Agent) {
    agent.verify(VerifyCommand::Cancel);
    assert_eq!(agent.over().0, Outcome::Cancelled);
}

#[test]
fn the_right_code_verifies_and_is_kept_nowhere() {
    both(|mut agent, channel| {
        let caller = agent.caller("Oskar Lindqvist");
        assert_eq!(caller.no_sms, None);
        assert!(caller.phones[0].masked.ends_with("13"), "the mobile comes first");
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
fn the_text_that_is_shown_before_is_the_one_that_arrives() {
    both(|mut agent, channel| {
        agent.use_ticket(2819);
        let caller = agent.caller("Oskar Lindqvist");
        agent.send_code(&caller.person.id);
        let code = agent.code_of(&caller.person.upn);
        let arrived = agent.text_of(&caller.person.upn).replace(&code, "{code}");
        match caller.text.unwrap() {
            TextShown::Ours { text, messages } => {
                assert_eq!((channel, messages), (Channel::MessageSms, 1));
                assert!(text == arrived, "another text than {text}");
                assert!(text.contains("2819") && text.contains("{code}"), "{text}");
            }
            // Its words are not ours to show: nothing is promised that is not in them.
            TextShown::Service { service, name } => {
                assert_eq!((channel, service), (Channel::VerifySms, "Twilio Verify"));
                assert!(arrived.contains(&name.unwrap()) && !arrived.contains("2819"));
            }
        }
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
fn wrong_codes_count_together_whatever_checks_they_were_typed_in() {
    both(|mut agent, _| {
        let person = agent.caller("Oskar Lindqvist").person;
        assert_eq!(agent.send_code(&person.id).tries, 3);
        wrong_codes(&mut agent, &person.upn, 2);
        cancel(&mut agent);
        let check = agent.send_code(&person.id);
        assert_eq!((check.tries, check.wrong), (1, 0));
        wrong_codes(&mut agent, &person.upn, 1);
        agent.verify(VerifyCommand::SendCode { person: person.id.clone() });
        let refused = agent.refused();
        assert!(refused.what.contains("locked after three wrong codes"), "{refused}");
        assert_eq!(agent.texts_sent(), 2);
    });
}

#[test]
fn a_right_code_makes_up_for_the_wrong_ones_before_and_a_kill_does_not() {
    let mut agent = agent_with(|verify| verify.sms = Some(SmsWay::Messages), |_| {});
    let person = agent.caller("Oskar Lindqvist").person;
    agent.send_code(&person.id);
    wrong_codes(&mut agent, &person.upn, 2);
    let code = agent.code_of(&person.upn);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    assert_eq!(agent.send_code(&person.id).tries, 3);
    wrong_codes(&mut agent, &person.upn, 2);
    let mut killed = agent.killed();
    killed.caller("Oskar Lindqvist");
    assert_eq!(killed.send_code(&person.id).tries, 1);
    // The first station is dropped last: it has the company.
    drop(killed);
}

#[test]
fn whoever_asks_for_another_text_is_answered_each_time() {
    let mut agent = agent_with(|verify| verify.limits.per_person = 1, looks_at_nothing);
    let person = agent.caller("Oskar Lindqvist").person;
    agent.send_code(&person.id);
    for _ in 0..2 {
        agent.verify(VerifyCommand::SendAgain);
        let check = agent.check(|_| true);
        assert_eq!(check.state, CheckState::Waiting);
        assert!(check.remark.unwrap().what.contains("as many texts"));
    }
    assert_eq!(agent.texts_sent(), 1);
}

#[test]
fn what_a_limit_says_stays_while_the_text_is_followed() {
    both_with(
        |_| {},
        |mut agent, _| {
            agent.set_up(|verify| verify.limits.per_person = 1);
            let person = agent.caller("Oskar Lindqvist").person;
            agent.send_code(&person.id);
            agent.verify(VerifyCommand::SendAgain);
            agent.check(|check| check.remark.is_some());
            agent.cloud.control().order(Order::AdvanceClock { seconds: 10 });
            let delivered = Sent::Text(Delivery::Delivered);
            let check = agent.check(|check| check.steps.iter().any(|step| step.what == delivered));
            assert!(check.remark.is_some(), "it went by itself");
        },
    );
}

#[test]
fn a_text_is_not_sent_again_before_its_time() {
    both_with(
        |options| {
            looks_at_nothing(options);
            options.patience.again = Duration::from_secs(30);
        },
        |mut agent, _| {
            let person = agent.caller("Oskar Lindqvist").person;
            assert!(agent.send_code(&person.id).again_from.is_some());
            agent.verify(VerifyCommand::SendAgain);
            assert_eq!(agent.check(|_| true).state, CheckState::Waiting);
            assert_eq!(agent.texts_sent(), 1);
        },
    );
}

#[test]
fn from_the_click_to_sent_is_one_call_to_each_service() {
    both_with(looks_at_nothing, |mut agent, channel| {
        let person = agent.caller("Oskar Lindqvist").person;
        let (all, texts) = agent.calls_made();
        agent.send_code(&person.id);
        let (all_after, texts_after) = agent.calls_made();
        let calls = (all_after - all - (texts_after - texts), texts_after - texts);
        assert_eq!(calls, (1, 1), "{channel:?}: to the directory, to the texts' service");
    });
}

#[test]
fn a_code_is_checked_while_a_look_at_its_text_takes_its_time() {
    let mut agent = agent_with(|_| {}, |options| options.patience.code = Duration::from_secs(10));
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("GET".into()),
        path: "/Attempts/".into(),
        times: 100,
        effect: Effect::Delay { ms: 15_000 },
    }));
    let person = agent.caller("Oskar Lindqvist").person;
    agent.send_code(&person.id);
    let code = agent.code_of(&person.upn);
    // A look has begun by then.
    std::thread::sleep(Duration::from_millis(500));
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified, "the look was waited for");
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
fn other_phones_than_a_mobile_get_no_texts() {
    both(|mut agent, _| {
        let person = agent.look_for("Freja Holm");
        for (kind, number) in
            [(PhoneKind::Office, "+46 184601200"), (PhoneKind::AlternateMobile, "+46 701740699")]
        {
            agent.cloud.control().order(Order::SetPhone {
                person: person.upn.clone(),
                kind,
                number: Some(HeldNumber::new(number)),
            });
        }
        let caller = agent.caller("Freja Holm");
        assert_eq!(caller.phones.len(), 2);
        assert_eq!(caller.text, None);
        assert!(caller.no_sms.unwrap().what.contains("No mobile is registered"));
        agent.verify(VerifyCommand::SendCode { person: person.id });
        assert!(agent.refused().what.contains("No mobile is registered"));
        assert_eq!(agent.texts_sent(), 0);
    });
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
fn an_agent_and_a_station_send_so_much_in_all_tenants_together() {
    for (per_agent, per_station, words) in
        [(1, 100, "You sent as much"), (100, 1, "This station sent as much")]
    {
        let mut agent = agent_with(
            |verify| {
                verify.limits.per_agent = per_agent;
                verify.limits.per_station = per_station;
            },
            |_| {},
        );
        let same = agent.cloud.connection().domain;
        agent.add_customer("Harbour", same);
        let mut settings = agent.settings();
        settings.tenants[1].verify.limits = settings.tenants[0].verify.limits.clone();
        agent.say(Command::SaveSettings(Box::new(settings)));
        agent.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
        let person = agent.caller("Oskar Lindqvist").person;
        agent.send_code(&person.id);
        cancel(&mut agent);
        agent.switch_tenant("Harbour");
        let maja = agent.caller("Maja").person.id;
        agent.verify(VerifyCommand::SendCode { person: maja });
        let refused = agent.refused();
        assert!(refused.what.contains(words), "{refused}");
        assert_eq!(agent.texts_sent(), 1);
    }
}

#[test]
fn one_check_of_a_caller_is_open_at_all_stations() {
    // What was read a moment ago is looked at anew.
    let forgets = |options: &mut StartOptions| options.patience.seen = Duration::ZERO;
    both_with(forgets, |mut agent, _| {
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
fn a_code_that_another_station_sent_at_the_same_time_ends_the_check() {
    both(|mut agent, _| {
        let caller = agent.caller("Oskar Lindqvist");
        agent.another_station_sends();
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        let (outcome, problem) = agent.over();
        assert_eq!(outcome, Outcome::Failed);
        assert!(problem.unwrap().what.contains("another station"));
        assert!(agent.verified().is_empty());
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
