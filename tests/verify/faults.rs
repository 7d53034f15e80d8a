//! What goes wrong around a check: clocks, texts that do not arrive, kills, lost answers.

use crate::steps::{Agent, agent, agent_with, comes_true};
use keydesk::engine::{CheckState, Sent, VerifyCommand, VerifyEvent};
use keydesk::practice::cloud::{Effect, Fault, Order, TextFate, TwilioOrder};
use keydesk::practice::company::{AUTHY_ATTRIBUTE, authy_id};
use keydesk::settings::SmsWay;
use keydesk::verify::{Delivery, NotDelivered, Outcome, PushKind};
use std::time::Duration;

const HOUR_S: i64 = 3600;
const TICKET: u64 = 2819;

fn skew(agent: &Agent, seconds: i64) {
    agent.cloud.control().order(Order::ClockSkew { seconds });
}

fn fail(agent: &Agent, method: &str, path: &str, times: u32, effect: Effect) {
    let method = Some(method.to_owned());
    agent.cloud.control().order(Order::FailNext(Fault {
        method,
        path: path.into(),
        times,
        effect,
    }));
}

#[test]
fn an_hour_between_the_clocks_takes_a_code_for_late_or_right_and_never_sends_another() {
    for (way, seconds, outcome) in [
        // The service's own codes end by its clock, and it says so.
        (SmsWay::Verify, HOUR_S, Outcome::Expired),
        (SmsWay::Verify, -HOUR_S, Outcome::Verified),
        // Ours end by this computer's two clocks, whatever the service's says.
        (SmsWay::Messages, HOUR_S, Outcome::Verified),
        (SmsWay::Messages, -HOUR_S, Outcome::Verified),
    ] {
        let mut agent = agent_with(|verify| verify.sms = Some(way), |_| {});
        let caller = agent.caller("Oskar Lindqvist");
        agent.send_code(&caller.person.id);
        let code = agent.code_of(&caller.person.upn);
        skew(&agent, seconds);
        agent.try_wrong(&code);
        if outcome == Outcome::Verified {
            agent.check(|check| check.wrong == 1 && check.state == CheckState::Waiting);
            agent.try_code(&code);
        }
        let (seen, problem) = agent.over();
        assert_eq!(seen, outcome, "{way:?} {seconds}");
        assert_eq!(problem.is_some(), outcome == Outcome::Expired, "{problem:?}");
        assert_eq!(agent.texts_sent(), 1);
        assert!(!agent.is_in_a_file(&code), "the code stands in a file");
    }
}

#[test]
fn a_question_is_answered_within_its_own_time_whatever_the_services_clock_says() {
    for seconds in [HOUR_S, -HOUR_S] {
        let mut agent = agent_with(
            |verify| verify.push = Some(PushKind::Verify),
            |options| options.patience.push = Duration::from_millis(400),
        );
        let caller = agent.caller("Maja");
        agent.ask(&caller.person.id);
        skew(&agent, seconds);
        assert_eq!(agent.over().0, Outcome::Expired, "{seconds}");
        assert_eq!(agent.calls("POST", "/Challenges"), 1);
    }
}

#[test]
fn a_text_that_does_not_arrive_says_why_in_plain_words() {
    let fates = [
        (TextFate::Fails { code: 30003 }, 2, NotDelivered::Unreachable),
        (TextFate::Fails { code: 30006 }, 2, NotDelivered::NoSuchNumber),
        (TextFate::Fails { code: 30007 }, 2, NotDelivered::Blocked),
        // Nothing is heard of it until its time is up.
        (TextFate::StaysQueued, 601, NotDelivered::Unreachable),
    ];
    let ways = [SmsWay::Verify, SmsWay::Messages];
    let all =
        ways.iter().flat_map(|way| fates.map(|(fate, after_s, why)| (*way, fate, after_s, why)));
    for (way, fate, after_s, why) in all {
        let mut agent = agent_with(|verify| verify.sms = Some(way), |_| {});
        let caller = agent.caller("Oskar Lindqvist");
        let next = TwilioOrder::NextTexts { fate, times: 1 };
        agent.cloud.control().order(Order::Twilio(next));
        agent.send_code(&caller.person.id);
        agent.cloud.control().order(Order::AdvanceClock { seconds: after_s });
        let failed = Sent::Text(Delivery::Failed(why));
        agent.check(|check| check.steps.iter().any(|step| step.what == failed));
        agent.verify(VerifyCommand::Cancel);
        let (outcome, problem) = agent.over();
        let problem = problem.unwrap();
        assert_eq!(outcome, Outcome::NotDelivered, "{way:?} {fate:?}");
        assert_eq!((problem.what.as_str(), problem.next.as_str()), (why.what(), why.next()));
    }
}

#[test]
fn a_text_of_which_nothing_is_told_ends_in_time() {
    let mut agent = agent_with(
        |verify| verify.sms = Some(SmsWay::Messages),
        |options| options.patience.code = Duration::from_millis(300),
    );
    let caller = agent.caller("Oskar Lindqvist");
    let next = TwilioOrder::NextTexts { fate: TextFate::StaysSent, times: 1 };
    agent.cloud.control().order(Order::Twilio(next));
    agent.verify(VerifyCommand::SendCode { person: caller.person.id });
    assert_eq!(agent.over().0, Outcome::Expired);
}

/// The note of the interrupted check is in its ticket, once.
fn is_interrupted(killed: &mut Agent) {
    killed.pending(|pending| pending.notes + pending.rows == 0 && pending.alarms.is_empty());
    let notes = killed.cloud.control().notes(TICKET);
    let told = notes.iter().filter(|note| note.text.contains("Interrupted")).count();
    assert_eq!((notes.len(), told), (1, 1), "notes and interruptions");
    let ended = killed.history("Interrupted");
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(killed.verified_now().is_empty());
}

#[test]
fn a_kill_while_a_question_waits_interrupts_it_and_asks_nobody_again() {
    for kind in [PushKind::Duo, PushKind::Verify, PushKind::Authy] {
        let mut agent = agent_with(
            |verify| {
                verify.push = Some(kind);
                verify.push_attribute = (kind == PushKind::Authy).then_some(AUTHY_ATTRIBUTE);
            },
            |_| {},
        );
        let caller = agent.caller("Maja");
        agent.use_ticket(TICKET);
        agent.caller_shown();
        agent.ask(&caller.person.id);
        assert_eq!(agent.cloud.control().pushes().len(), 1);
        let mut killed = agent.killed();
        is_interrupted(&mut killed);
        assert!(killed.cloud.control().pushes().len() <= 1, "{kind:?}: asked again");
        let asks = ["/auth", "/Challenges", "/approval_requests"];
        let asked: usize = asks.iter().map(|end| killed.calls("POST", end)).sum();
        assert_eq!(asked, 1, "{kind:?}");
    }
}

#[test]
fn a_kill_between_a_text_and_its_id_interrupts_it_and_sends_nothing_twice() {
    for (way, path) in [(SmsWay::Verify, "Verifications"), (SmsWay::Messages, "Messages")] {
        let mut agent = agent_with(|verify| verify.sms = Some(way), |_| {});
        let caller = agent.caller("Oskar Lindqvist");
        agent.use_ticket(TICKET);
        agent.caller_shown();
        // The text goes out, its answer is lost, and the look for it takes its time.
        fail(&agent, "POST", path, 1, Effect::CutAfter);
        fail(&agent, "GET", path, 2, Effect::Delay { ms: 3_000 });
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        assert!(comes_true(|| agent.texts_sent() > 0), "nothing was sent");
        let mut killed = agent.killed();
        is_interrupted(&mut killed);
        assert_eq!(killed.texts_sent(), 1, "{way:?}");
        // Its code may still be open: nobody sends another one beside it.
        killed.caller("Oskar Lindqvist");
        killed.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        assert!(killed.refused().what.contains("Another check"));
        assert_eq!(killed.texts_sent(), 1, "{way:?}");
        skew(&killed, 601);
        killed.caller("Oskar Lindqvist");
        assert_eq!(killed.send_code(&caller.person.id).state, CheckState::Waiting);
        // The first station is dropped last: it has the company.
        drop(killed);
    }
}

fn register(agent: &mut Agent) -> Result<String, String> {
    let caller = agent.caller("Oskar Lindqvist");
    agent.verify(VerifyCommand::RegisterPush { person: caller.person.id });
    agent.hear(|event| match event {
        VerifyEvent::PushRegistered { id, .. } => Some(id.map_err(|problem| problem.to_string())),
        _ => None,
    })
}

#[test]
fn a_registration_whose_answer_was_lost_is_looked_up_by_its_number() {
    let mut agent = agent_with(
        |verify| {
            verify.push = Some(PushKind::Authy);
            verify.push_attribute = Some(AUTHY_ATTRIBUTE);
        },
        |_| {},
    );
    let id = authy_id("oskar.lindqvist@larkfield.example").to_string();
    fail(&agent, "POST", "users/new", 1, Effect::CutAfter);
    assert_eq!(register(&mut agent), Ok(id.clone()));
    assert_eq!(agent.calls("POST", "users/new"), 2);
    assert_eq!(agent.history("Phone registered for push").len(), 1);
    // Lost twice, it is told as that, and is in no history.
    fail(&agent, "POST", "users/new", 2, Effect::CutAfter);
    let lost = register(&mut agent).unwrap_err();
    assert!(lost.contains("No answer came"), "{lost}");
    assert_eq!(agent.calls("POST", "users/new"), 4);
    assert_eq!(agent.history("Phone registered for push").len(), 1);
    // What was refused is not asked again.
    fail(&agent, "POST", "users/new", 1, Effect::Status { status: 400, retry_after_s: None });
    assert!(register(&mut agent).is_err());
    assert_eq!(agent.calls("POST", "users/new"), 5);
    assert_eq!(register(&mut agent), Ok(id), "the same person again");
}

#[test]
fn an_agent_who_is_one_alone_sees_no_word_of_other_stations() {
    let mut agent = agent();
    let caller = agent.caller("Oskar Lindqvist");
    assert!(caller.warnings.is_empty(), "{:?}", caller.warnings);
    let check = agent.send_code(&caller.person.id);
    assert_eq!(check.remark, None);
}
