//! Push approval, by each service.

use crate::steps::{Agent, agent_with};
use keydesk::engine::{CheckState, VerifyCommand};
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::practice::company::AUTHY_ATTRIBUTE;
use keydesk::services::messaging::PushAnswer;
use keydesk::settings::VerifySettings;
use keydesk::verify::{Channel, Outcome, PushKind};
use std::time::Duration;

const KINDS: [PushKind; 3] = [PushKind::Authy, PushKind::Duo, PushKind::Verify];

fn with(kind: PushKind) -> Agent {
    agent_with(|verify| by(verify, kind), |_| {})
}

fn by(verify: &mut VerifySettings, kind: PushKind) {
    verify.push = Some(kind);
    verify.push_attribute = (kind == PushKind::Authy).then_some(AUTHY_ATTRIBUTE);
}

#[test]
fn each_answer_on_the_phone_is_an_outcome_of_its_own() {
    for kind in KINDS {
        let mut agent = with(kind);
        for (answer, outcome) in [
            (PushAnswer::Approved, Outcome::Verified),
            (PushAnswer::Denied, Outcome::Denied),
            (PushAnswer::NotMe, Outcome::NotMe),
        ] {
            // Not every service can tell the third from the second.
            let caller = agent.caller("Maja");
            assert_eq!(caller.no_push, None, "{kind:?}");
            let check = agent.ask(&caller.person.id);
            assert_eq!(check.channel, Channel::Push(kind));
            let push = agent.cloud.control().pushes().remove(0);
            let word = check.word.unwrap();
            assert!(push.lines.iter().any(|line| line.contains(&word)), "{kind:?}: no word");
            agent.cloud.control().order(Order::AnswerPush { id: push.id, answer });
            let seen = agent.over().0;
            let tells_apart = kind != PushKind::Authy;
            let expected =
                if outcome == Outcome::NotMe && !tells_apart { Outcome::Denied } else { outcome };
            assert_eq!(seen, expected, "{kind:?}");
            let verified = agent.verified();
            assert_eq!(verified.len(), usize::from(seen == Outcome::Verified), "{kind:?}");
        }
    }
}

#[test]
fn nobody_answers_and_the_request_ends_at_the_service() {
    for kind in KINDS {
        let mut agent = agent_with(
            |verify| by(verify, kind),
            |options| options.patience.push = Duration::from_millis(300),
        );
        let caller = agent.caller("Maja");
        agent.verify(VerifyCommand::AskByPush { person: caller.person.id });
        assert_eq!(agent.over(), (Outcome::Expired, None), "{kind:?}: it may be on the phone");
    }
}

#[test]
fn a_question_of_duo_counts_down_from_its_own_minute() {
    for (kind, seconds) in [(PushKind::Duo, 60), (PushKind::Authy, 120)] {
        let mut agent = with(kind);
        let caller = agent.caller("Maja");
        let check = agent.ask(&caller.person.id);
        // From when it was asked, a moment after it was begun.
        let asked = check.steps[0].at;
        let counts = check.ends_at.duration_since(asked).as_secs();
        assert!((seconds - 20..=seconds).contains(&counts), "{kind:?}: {counts} s");
    }
}

#[test]
fn a_look_that_fails_three_times_ends_nothing() {
    let mut agent = with(PushKind::Duo);
    let caller = agent.caller("Maja");
    agent.ask(&caller.person.id);
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("GET".into()),
        path: "auth_status".into(),
        times: 3,
        effect: Effect::Status { status: 503, retry_after_s: None },
    }));
    agent.check(|check| check.remark.is_some());
    let push = agent.cloud.control().pushes().remove(0);
    let answer = PushAnswer::Approved;
    agent.cloud.control().order(Order::AnswerPush { id: push.id, answer });
    assert_eq!(agent.over().0, Outcome::Verified);
}

#[test]
fn another_way_ends_the_open_check_and_begins_by_itself() {
    let mut agent = with(PushKind::Duo);
    let caller = agent.caller("Maja");
    agent.send_code(&caller.person.id);
    agent.verify(VerifyCommand::AskByPush { person: caller.person.id.clone() });
    assert_eq!(agent.over().0, Outcome::Cancelled);
    let check = agent.check(|check| check.state == CheckState::Waiting);
    assert_eq!(check.channel, Channel::Push(PushKind::Duo));
    agent.verify(VerifyCommand::SendCode { person: caller.person.id });
    assert_eq!(agent.over().0, Outcome::Cancelled);
    let check = agent.check(|check| check.state == CheckState::Waiting);
    assert!(check.channel.is_sms());
}
