//! Two stations of one company: one open check of a caller, one lock, by whatever they share.

use crate::places::Place;
use crate::steps::{Agent, agent_with, comes_true};
use keydesk::directory::PersonId;
use keydesk::engine::{CheckState, VerifyCommand, VerifyEvent};
use keydesk::practice::cloud::Order;
use keydesk::practice::company::AUTHY_ATTRIBUTE;
use keydesk::services::messaging::PushAnswer;
use keydesk::settings::{SmsWay, VerifySettings};
use keydesk::verify::{Outcome, PushKind, Warning};

#[derive(Clone, Copy, Debug)]
enum Way {
    Text(SmsWay),
    Push(PushKind),
}

const WAYS: [Way; 5] = [
    Way::Text(SmsWay::Verify),
    Way::Text(SmsWay::Messages),
    Way::Push(PushKind::Duo),
    Way::Push(PushKind::Authy),
    Way::Push(PushKind::Verify),
];

impl Way {
    fn set(self, verify: &mut VerifySettings) {
        match self {
            Self::Text(way) => verify.sms = Some(way),
            Self::Push(kind) => {
                verify.push = Some(kind);
                verify.push_attribute = (kind == PushKind::Authy).then_some(AUTHY_ATTRIBUTE);
            }
        }
    }

    fn wish(self, person: &PersonId) -> VerifyCommand {
        let person = person.clone();
        match self {
            Self::Text(_) => VerifyCommand::SendCode { person },
            Self::Push(_) => VerifyCommand::AskByPush { person },
        }
    }

    fn begin(self, agent: &mut Agent, person: &PersonId) {
        agent.verify(self.wish(person));
        agent.check(|check| check.state == CheckState::Waiting);
    }
}

pub fn cancel(agent: &mut Agent) {
    agent.verify(VerifyCommand::Cancel);
    assert_eq!(agent.over().0, Outcome::Cancelled);
}

fn sees_open(warnings: &[Warning]) -> bool {
    warnings.iter().any(|warning| matches!(warning, Warning::OpenElsewhere { .. }))
}

#[test]
fn a_caller_is_checked_at_one_station_at_a_time_by_every_way() {
    for place in Place::all() {
        for way in WAYS {
            let mut here = place.agent_with(|verify| way.set(verify));
            let mut there = place.colleague(&here, |verify| way.set(verify));
            let caller = here.caller("Maja");
            assert!(!sees_open(&caller.warnings));
            let early = there.caller("Maja");
            assert!(!sees_open(&early.warnings), "{way:?}");
            way.begin(&mut here, &caller.person.id);
            let sent = here.texts_sent() + here.cloud.control().pushes().len();
            // Whoever looked before it began is refused at the click.
            there.verify(way.wish(&caller.person.id));
            let refused = there.refused();
            assert!(refused.what.contains("at another station"), "{way:?}: {refused}");
            let after = here.texts_sent() + here.cloud.control().pushes().len();
            assert_eq!(sent, after, "{way:?}: something was sent");
            assert!(sees_open(&there.caller("Maja").warnings), "{way:?}: not seen beforehand");
            // Its own check is no other one's.
            here.verify(VerifyCommand::Refresh);
            assert!(!sees_open(&here.caller_shown().warnings), "{way:?}");
            // A text on its way can't be deleted, and counts as open for as long as a code does.
            here.cloud.control().order(Order::AdvanceClock { seconds: 10 });
            cancel(&mut here);
            if matches!(way, Way::Push(PushKind::Verify)) {
                // It takes no question back, and lists it: the phone has it still.
                let push = here.cloud.control().pushes().remove(0);
                let answer = PushAnswer::Denied;
                here.cloud.control().order(Order::AnswerPush { id: push.id, answer });
            }
            let free = there.caller("Maja");
            assert!(!sees_open(&free.warnings), "{way:?}: freed and yet open");
            way.begin(&mut there, &caller.person.id);
            cancel(&mut there);
        }
    }
}

#[test]
fn of_two_stations_that_click_at_once_one_sends() {
    for place in Place::all() {
        for way in [Way::Text(SmsWay::Messages), Way::Push(PushKind::Duo)] {
            let mut here = place.agent_with(|verify| way.set(verify));
            let mut there = place.colleague(&here, |verify| way.set(verify));
            let person = here.caller("Maja").person.id;
            there.caller("Maja");
            here.verify(way.wish(&person));
            there.verify(way.wish(&person));
            let began = |agent: &mut Agent| {
                agent.hear(|event| match event {
                    VerifyEvent::Check(Some(check)) if check.state == CheckState::Waiting => {
                        Some(true)
                    }
                    VerifyEvent::Refused(_) => Some(false),
                    _ => None,
                })
            };
            let (one, other) = (began(&mut here), began(&mut there));
            assert!(one != other, "{way:?}: both began, or none");
            let sent = here.texts_sent() + here.cloud.control().pushes().len();
            assert_eq!(sent, 1, "{way:?}");
            cancel(if one { &mut here } else { &mut there });
        }
    }
}

#[test]
fn a_question_of_twilio_is_seen_by_other_stations_without_any_database() {
    let way = Way::Push(PushKind::Verify);
    let mut here = agent_with(|verify| way.set(verify), |_| {});
    let mut there = here.colleague(|verify| way.set(verify));
    let person = here.caller("Maja").person.id;
    there.caller("Maja");
    way.begin(&mut here, &person);
    there.verify(way.wish(&person));
    let refused = there.refused();
    assert!(refused.what.contains("Another question waits"), "{refused}");
    assert_eq!(here.cloud.control().pushes().len(), 1);
    let push = here.cloud.control().pushes().remove(0);
    let answer = PushAnswer::Approved;
    here.cloud.control().order(Order::AnswerPush { id: push.id, answer });
    assert_eq!(here.over().0, Outcome::Verified);
    way.begin(&mut there, &person);
    // A station's own question, given up and still on the phone, is not in its way.
    cancel(&mut there);
    way.begin(&mut there, &person);
}

#[test]
fn a_lock_after_wrong_codes_holds_at_every_station_until_it_ends() {
    for place in Place::all() {
        let sms = |verify: &mut VerifySettings| verify.sms = Some(SmsWay::Messages);
        let mut here = place.agent_with(sms);
        let mut there = place.colleague(&here, sms);
        let caller = here.caller("Maja");
        there.caller("Maja");
        Way::Text(SmsWay::Messages).begin(&mut here, &caller.person.id);
        let code = here.code_of(&caller.person.upn);
        for _ in 0..3 {
            here.try_wrong(&code);
        }
        let (outcome, problem) = here.over();
        assert_eq!((outcome, problem), (Outcome::WrongCode, None));
        for wish in [
            VerifyCommand::SendCode { person: caller.person.id.clone() },
            VerifyCommand::AskByPush { person: caller.person.id.clone() },
        ] {
            there.verify(wish);
            let refused = there.refused();
            assert!(refused.what.contains("locked after three wrong codes"), "{refused}");
        }
        let seen = there.caller("Maja").warnings;
        assert!(matches!(seen[0], Warning::Locked { .. }), "{seen:?}");
        assert_eq!(here.texts_sent(), 1);
        place.let_time_pass();
        assert!(
            there.caller("Maja").warnings.iter().all(|one| !matches!(one, Warning::Locked { .. }))
        );
        Way::Text(SmsWay::Messages).begin(&mut there, &caller.person.id);
    }
}

#[test]
fn a_code_that_ended_at_another_station_is_no_open_check() {
    // Texts are kept at the service: they don't tell whether their checks are over.
    let keeps = |verify: &mut VerifySettings| {
        verify.sms = Some(SmsWay::Messages);
        verify.twilio.delete_messages = false;
    };
    for place in Place::all() {
        let mut here = place.agent_with(keeps);
        let mut there = place.colleague(&here, keeps);
        let person = here.caller("Maja").person.id;
        Way::Text(SmsWay::Messages).begin(&mut here, &person);
        cancel(&mut here);
        assert_eq!(there.caller("Maja").no_sms, None);
        Way::Text(SmsWay::Messages).begin(&mut there, &person);
    }
}

#[test]
fn without_what_stations_share_a_check_goes_on_and_says_so() {
    for place in Place::all() {
        let mut agent = place.agent_with(|verify| verify.sms = Some(SmsWay::Messages));
        place.take_away();
        let caller = agent.caller("Oskar Lindqvist");
        assert!(caller.warnings.contains(&Warning::StationsUnseen), "{:?}", caller.warnings);
        let check = agent.send_code(&caller.person.id);
        let remark = check.remark.unwrap();
        assert!(remark.what.contains("Other stations can't be seen"), "{remark}");
        let unseen = "Checks at other stations could not be seen";
        assert!(check.note.iter().any(|(_, value)| value == unseen), "{:?}", check.note);
        // It stays beside the check while the text is followed.
        agent.cloud.control().order(Order::AdvanceClock { seconds: 10 });
        let check = agent.check(|check| check.steps.len() > 1);
        assert!(check.remark.is_some());
        let code = agent.code_of(&caller.person.upn);
        for _ in 0..3 {
            agent.try_wrong(&code);
        }
        let (outcome, problem) = agent.over();
        assert_eq!(outcome, Outcome::WrongCode);
        assert!(problem.unwrap().what.contains("Other stations don't know"));
        place.bring_back();
        let there = agent.caller("Maja");
        assert!(!there.warnings.contains(&Warning::StationsUnseen), "{:?}", there.warnings);
    }
}

#[test]
fn a_lock_that_could_not_be_told_is_told_after_a_kill_once_it_can_be() {
    for place in Place::all() {
        let sms = |verify: &mut VerifySettings| verify.sms = Some(SmsWay::Messages);
        let mut here = place.agent_with(sms);
        let mut there = place.colleague(&here, sms);
        let caller = here.caller("Maja");
        place.take_away();
        here.send_code(&caller.person.id);
        let code = here.code_of(&caller.person.upn);
        for _ in 0..3 {
            here.try_wrong(&code);
        }
        here.over();
        let waiting = here.pending(|pending| pending.locks == 1 && pending.problem.is_some());
        assert_eq!(waiting.rows, place.rows(), "{waiting:?}");
        let mut again = place.killed(&here);
        again.pending(|pending| pending.locks == 1);
        place.bring_back();
        again.verify(VerifyCommand::SendPending);
        again.pending(|pending| pending.locks == 0);
        let seen = there.caller("Maja").warnings;
        assert!(matches!(seen[0], Warning::Locked { .. }), "{seen:?}");
    }
}

#[test]
fn a_station_that_was_killed_keeps_its_caller_until_it_starts_again_or_the_time_is_over() {
    for place in Place::all() {
        let mut here = place.agent_with(|_| {});
        let mut there = place.colleague(&here, |_| {});
        let person = here.caller("Maja").person.id;
        there.caller("Maja");
        here.ask(&person);
        there.verify(VerifyCommand::AskByPush { person: person.clone() });
        assert!(there.refused().what.contains("at another station"));
        let again = place.killed(&here);
        assert!(comes_true(|| !place.is_open()), "the caller is kept");
        there.ask(&person);
        drop(again);
        // And one that never starts again.
        place.let_time_pass();
        let mut third = place.colleague(&here, |_| {});
        third.caller("Maja");
        third.ask(&person);
    }
}

#[test]
fn a_station_killed_between_its_claim_and_its_check_lets_go_and_says_interrupted() {
    for place in Place::all() {
        let mut here = place.agent_with(|_| {});
        let mut there = place.colleague(&here, |_| {});
        let person = here.caller("Maja").person.id;
        there.caller("Maja");
        // The directory keeps the click waiting; the claim does not.
        here.cloud.control().order(Order::Latency { ms: 30_000 });
        here.verify(VerifyCommand::SendCode { person: person.clone() });
        assert!(comes_true(|| place.is_open()), "nothing was claimed");
        let files = here.files_now();
        here.cloud.control().order(Order::EndFaults);
        let mut again = place.killed_at(&here, files);
        assert!(comes_true(|| !place.is_open()), "the caller is kept");
        let ends = again.history("Caller check ended");
        assert!(ends.len() == 1 && ends[0].starts_with("Interrupted before anything"), "{ends:?}");
        there.ask(&person);
        cancel(&mut there);
        again.connect_anew();
        assert_eq!(again.history("Caller check ended").len(), 1, "told once more");
    }
}

#[test]
fn what_a_killed_station_left_is_no_other_stations_check_even_before_it_is_let_go_of() {
    for place in Place::all() {
        let mut here = place.agent_with(|_| {});
        let person = here.caller("Maja").person.id;
        here.ask(&person);
        place.take_away();
        let mut again = place.killed(&here);
        // As told at its start, and after a try.
        again.pending(|_| true);
        again.pending(|pending| pending.rows == place.rows());
        place.bring_back();
        // The next try by itself is seconds away.
        assert!(place.is_open());
        let seen = again.caller("Maja").warnings;
        assert!(!sees_open(&seen), "{seen:?}");
        again.ask(&person);
    }
}
