//! What is the log's own of what stations share: its tables, its user's password.

use crate::log::Log;
use crate::stations::cancel;
use crate::steps::comes_true;
use keydesk::directory::CheckOutcome;
use keydesk::engine::{ServiceKind, VerifyCommand, VerifyEvent};
use keydesk::verify::Warning;

#[test]
fn an_old_installation_goes_on_and_the_test_tells_the_statement() {
    let log = Log::ready();
    log.run("DROP TABLE keydesk_checks_open");
    let mut agent = log.agent_with(|_| {}, |_| {});
    let caller = agent.caller("Oskar Lindqvist");
    assert!(caller.warnings.contains(&Warning::StationsUnseen), "{:?}", caller.warnings);
    agent.send_code(&caller.person.id);
    cancel(&mut agent);
    let tenant = Box::new(agent.settings().tenants[0].clone());
    agent.verify(VerifyCommand::Test { tenant, service: ServiceKind::Log });
    let checks = agent.hear(|event| match event {
        VerifyEvent::Tested(test) => Some(test.checks),
        _ => None,
    });
    let CheckOutcome::Advice(told) = &checks.last().unwrap().outcome else { panic!("{checks:?}") };
    log.run(&told.details[0].value);
    let caller = agent.caller("Oskar Lindqvist");
    assert!(caller.warnings.is_empty(), "{:?}", caller.warnings);
}

#[test]
fn a_log_that_cannot_be_used_is_not_taken_for_none() {
    let log = Log::ready();
    let mut agent = log.agent_without_password();
    let caller = agent.caller("Maja");
    assert!(caller.warnings.contains(&Warning::StationsUnseen), "{:?}", caller.warnings);
    agent.ask(&caller.person.id);
}

#[test]
fn an_interrupted_check_is_freed_once_the_keyring_tells_the_logs_password() {
    let log = Log::ready();
    let mut here = log.agent_with(|_| {}, |_| {});
    let mut there = log.colleague(&here, |_| {});
    let person = here.caller("Maja").person.id;
    there.caller("Maja");
    here.ask(&person);
    log.hide_password(&here);
    let mut again = here.killed();
    again.pending(|pending| pending.rows == 1 && pending.problem.is_some());
    there.verify(VerifyCommand::AskByPush { person: person.clone() });
    assert!(there.refused().what.contains("at another station"));
    log.tell_password(&again);
    assert!(comes_true(|| !log.is_open()), "the caller is kept");
    there.ask(&person);
}
