//! What is a folder's own of what stations share: whom it names, what its files hold, how it fails.

use crate::places::{Place, Share, has_end};
use crate::stations::cancel;
use crate::steps::{Agent, agent_with};
use keydesk::directory::CheckOutcome;
use keydesk::engine::{ServiceKind, VerifyCommand, VerifyEvent};
use keydesk::settings::{SmsWay, StationsShare, VerifySettings};
use keydesk::verify::{Outcome, Warning};

fn share() -> (Place, Share) {
    let place = Place::folder();
    let Place::Folder(share) = &place else { panic!("a folder") };
    let share = share.clone();
    (place, share)
}

fn texts(verify: &mut VerifySettings) {
    verify.sms = Some(SmsWay::Messages);
}

#[test]
fn the_other_station_names_who_has_the_caller_and_where() {
    let (place, _) = share();
    let (mut here, host) = (place.agent_with(texts), gethostname::gethostname());
    let mut there = place.colleague(&here, texts);
    let person = here.caller("Maja").person.id;
    there.caller("Maja");
    here.send_code(&person);
    there.verify(VerifyCommand::SendCode { person });
    let refused = there.refused().what;
    let by = |text: &str| text.contains(host.to_str().unwrap());
    assert!(refused.contains("at another station (") && by(&refused), "{refused}");
    let seen = there.caller("Maja").warnings;
    let Warning::OpenElsewhere { by: Some(named), .. } = &seen[0] else { panic!("{seen:?}") };
    assert!(by(named), "{named}");
}

#[test]
fn a_file_tells_nothing_of_the_caller_the_code_or_the_number() {
    let (place, share) = share();
    let mut agent = place.agent_with(texts);
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    let open = share.files();
    assert!(open.len() == 1 && has_end(&open[0].0, "open"), "{open:?}");
    for _ in 0..3 {
        agent.try_wrong(&code);
    }
    assert_eq!(agent.over().0, Outcome::WrongCode);
    let closed = share.files();
    assert!(closed.iter().any(|(path, _)| has_end(path, "lock")), "{closed:?}");
    for (path, text) in open.iter().chain(&closed) {
        let name = path.file_name().unwrap().to_str().unwrap().to_lowercase();
        let whole = format!("{name} {}", text.to_lowercase());
        let id = caller.person.id.0.to_lowercase();
        for part in ["oskar", "lindqvist", "1740613", "740613", &id, &code] {
            assert!(!whole.contains(part), "something of the caller is in {name}");
        }
        assert!(name.starts_with(|c: char| c.is_ascii_hexdigit()) && name.len() > 64);
    }
}

#[test]
fn two_agents_of_one_station_after_another_leave_one_small_file() {
    let (place, share) = share();
    let mut agent = place.agent_with(texts);
    let person = agent.caller("Maja").person.id;
    for _ in 0..3 {
        agent.send_code(&person);
        cancel(&mut agent);
    }
    let files = share.files();
    assert!(files.len() == 1 && has_end(&files[0].0, "free"), "{files:?}");
}

/// Why a check goes on alone, before it and beside it.
fn goes_on_alone(agent: &mut Agent, why: &str) {
    let caller = agent.caller("Maja");
    assert!(caller.warnings.contains(&Warning::StationsUnseen), "{:?}", caller.warnings);
    let told = caller.unseen.unwrap().to_string();
    assert!(told.contains(why), "{told}");
    remarks(agent, why);
}

fn remarks(agent: &mut Agent, why: &str) {
    let person = agent.caller("Maja").person.id;
    let remark = agent.send_code(&person).remark.unwrap().to_string();
    assert!(remark.starts_with("Other stations can't be seen: the shared folder"), "{remark}");
    assert!(remark.contains(why) && remark.contains("Let nobody else check them"), "{remark}");
    cancel(agent);
}

#[test]
fn a_folder_that_is_gone_or_is_none_is_told_in_plain_words_and_comes_back() {
    let (place, share) = share();
    let mut agent = place.agent_with(texts);
    place.take_away();
    goes_on_alone(&mut agent, "is not there");
    std::fs::write(share.folder(), "somebody's notes").unwrap();
    goes_on_alone(&mut agent, "is a file, not a folder");
    std::fs::remove_file(share.folder()).unwrap();
    place.bring_back();
    let caller = agent.caller("Maja");
    assert_eq!((caller.warnings, caller.unseen), (Vec::new(), None));
    assert_eq!(agent.send_code(&caller.person.id).remark, None);
}

#[cfg(unix)]
#[test]
fn a_folder_that_can_not_be_written_in_is_told_at_the_click() {
    let (place, share) = share();
    let mut agent = place.agent_with(texts);
    let Some(_closed) = crate::places::Closed::close(&share.folder()) else {
        println!("NOT RUN: nothing here keeps this user from writing into a folder");
        return;
    };
    remarks(&mut agent, "can't be changed by this user");
}

#[test]
fn the_only_station_shares_nothing_though_there_is_a_folder() {
    let (place, share) = share();
    let alone = |verify: &mut VerifySettings| {
        share.set(verify, texts);
        verify.stations = StationsShare::Nothing;
    };
    let mut agent = agent_with(alone, |_| {});
    place.take_away();
    let caller = agent.caller("Maja");
    assert_eq!(caller.warnings, Vec::new());
    assert_eq!(agent.send_code(&caller.person.id).remark, None);
}

#[test]
fn the_folder_is_tested_from_the_settings() {
    let (place, share) = share();
    let mut agent = place.agent_with(texts);
    let tenant = Box::new(agent.settings().tenants[0].clone());
    let test = |agent: &mut Agent| {
        let (tenant, service) = (tenant.clone(), ServiceKind::Stations);
        agent.verify(VerifyCommand::Test { tenant, service });
        agent.hear(|event| match event {
            VerifyEvent::Tested(test) => Some(test.checks),
            _ => None,
        })
    };
    let checks = test(&mut agent);
    let works = |outcome: &CheckOutcome| matches!(outcome, CheckOutcome::Works(_));
    assert!(checks.len() == 5 && checks.iter().all(|check| works(&check.outcome)), "{checks:?}");
    assert_eq!(share.files(), []);
    place.take_away();
    let checks = test(&mut agent);
    let CheckOutcome::Failed(problem) = &checks.last().unwrap().outcome else {
        panic!("{checks:?}")
    };
    assert!(problem.to_string().contains("is not there"), "{problem}");
}
