//! What locks a station, what opens it, and what goes on meanwhile.

use super::*;

#[test]
fn a_locked_station_does_nothing_until_the_same_person_unlocks_it() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    office.revealed();
    office.who(WhoCommand::Lock);
    assert_eq!(office.locked(), LockCause::Operator);
    for command in [
        Command::RevealPin(id),
        Command::WriteLetter(id),
        Command::Search { query: "Elin".into() },
        Command::LoadHistory { filter: String::new() },
        Command::SaveSettings(Box::default()),
    ] {
        office.desk.say(command);
        assert_eq!(office.problem().what, "The station is locked");
    }
    office.who(WhoCommand::Unlock(Way::Passphrase(SecretText::new("guess work"))));
    office.hear(|event| matches!(event, WhoEvent::PassphraseRefused(_)).then_some(()));
    office.who(WhoCommand::Unlock(Way::Browser));
    office.answer_as(OMAR);
    office.hear(|event| matches!(event, WhoEvent::PassphraseRefused(_)).then_some(()));
    office.who(WhoCommand::Unlock(Way::Browser));
    office.answer_as(PETRA);
    office.unlocked();
    // What was proved before counts no more.
    office.desk.say(Command::RevealPin(id));
    assert_eq!(office.asked().act, Act::RevealPin);
}

#[test]
fn a_key_that_is_being_registered_is_finished_behind_the_lock() {
    let office = Office::with_petra(|_| {});
    let key = office.desk.insert(1);
    office.desk.register(key, NewPin::Random);
    office.desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
    office.who(WhoCommand::Lock);
    office.locked();
    office.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
    office.desk.wait(|event| matches!(event, Event::Finished(_)).then_some(()));
}

#[test]
fn after_a_restart_the_operator_is_back_behind_the_lock_and_after_signing_out_nobody_is() {
    let office = Office::with_petra(|_| {});
    assert_eq!(office.person().upn, PETRA);
    let mut office = office.restart();
    assert_eq!(office.locked(), LockCause::Restart);
    office.who(WhoCommand::Unlock(Way::Browser));
    office.answer_as(PETRA);
    office.unlocked();
    assert!(office.kept_sign_in());
    office.who(WhoCommand::SignOut);
    office.hear(|event| matches!(event, WhoEvent::Operator(OperatorShown::Nobody)).then_some(()));
    office.hear(|event| matches!(event, WhoEvent::SignIn(SignInShown::Needed)).then_some(()));
    assert!(!office.kept_sign_in(), "a refresh token is left in the keyring");
    office.desk.say(Command::Search { query: "Elin".into() });
    assert_eq!(office.problem().what, "Nobody is signed in");
}

#[test]
fn the_stations_passphrase_is_no_proof_of_an_operator_who_signs_in_by_name() {
    let mut office = Office::with_petra(|_| {});
    let passphrase = || SecretText::new("four words of mine");
    office.who(WhoCommand::SetPassphrase { old: None, new: Some(passphrase()) });
    assert_eq!(office.asked().act, Act::ChangeSecrets);
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    office.hear(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Passphrase(passphrase())));
    assert_eq!(office.refused().what, "Operators of this tenant sign in by name");
    assert!(office.rows("PIN revealed").is_empty());
}

#[test]
fn a_station_with_a_passphrase_is_locked_after_a_restart() {
    let office = Office::new(SignIn::Secret, |settings| settings.tenants[0].roles.clear());
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let passphrase = || SecretText::new("four words of mine");
    office.who(WhoCommand::SetPassphrase { old: None, new: Some(passphrase()) });
    office.hear(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    let office = office.restart();
    let locked_first = office.desk.wait(|event| match event {
        Event::Who(WhoEvent::Lock(cause)) => Some(cause == Some(LockCause::Restart)),
        Event::Connected(_) => Some(false),
        _ => None,
    });
    assert!(locked_first);
    office.desk.say(Command::Search { query: "Elin".into() });
    assert_eq!(office.problem().what, "The station is locked");
    office.who(WhoCommand::Unlock(Way::Passphrase(passphrase())));
    office.unlocked();
}

#[test]
fn an_unlock_asks_for_credentials_though_the_browser_still_knows_the_operator() {
    let office = Office::with_petra(|_| {});
    office.who(WhoCommand::Lock);
    office.locked();
    office.who(WhoCommand::Unlock(Way::Browser));
    let asked: std::collections::HashMap<_, _> = office.page().query_pairs().into_owned().collect();
    assert_eq!(asked.get("prompt").map(String::as_str), Some("login"));
    assert!(asked["claims"].contains("acrs"), "{}", asked["claims"]);
}

#[test]
fn work_that_waits_for_its_operator_waits_behind_the_lock_and_goes_on() {
    let mut office = Office::with_petra(|_| {});
    office.desk.wait(|event| matches!(event, Event::Policy(_)).then_some(()));
    office.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    office.order(Order::ExpireTokens);
    office.desk.say(Command::Search { query: "Noah".into() });
    office.page();
    office.who(WhoCommand::Lock);
    office.locked();
    office.who(WhoCommand::Unlock(Way::Browser));
    office.answer_as(PETRA);
    office.unlocked();
    office.answer_as(PETRA);
    office.desk.wait(|event| match event {
        Event::Found { people, .. } => people.ok().map(drop),
        _ => None,
    });
}

#[test]
fn a_station_is_locked_before_it_shows_anything_of_before_the_start() {
    let office = Office::with_petra(|_| {});
    office.person();
    let office = office.restart();
    let locked_first = office.desk.wait(|event| match event {
        Event::Who(WhoEvent::Lock(Some(_))) => Some(true),
        Event::Connected(_) => Some(false),
        _ => None,
    });
    assert!(locked_first);
}

#[test]
fn a_station_that_nobody_touches_locks_itself_and_what_runs_goes_on() {
    let patience = Patience {
        idle_minute: std::time::Duration::from_secs(6),
        idle_look: std::time::Duration::from_millis(20),
        ..Patience::default()
    };
    let mut office =
        Office::begun(CloudOptions::default(), patience, SignIn::Operator, |settings| {
            settings.security.lock_after_minutes = 1;
        });
    office.sign_in(PETRA);
    let key = office.desk.insert(1);
    office.desk.register(key, NewPin::Random);
    assert_eq!(office.locked(), LockCause::Idle);
    office.desk.say(Command::Search { query: "Elin".into() });
    assert_eq!(office.problem().what, "The station is locked");
    office.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
    office.desk.wait(|event| matches!(event, Event::Finished(_)).then_some(()));
}

#[test]
fn without_a_limit_a_station_that_nobody_touches_stays_open() {
    let patience = Patience {
        idle_minute: std::time::Duration::from_millis(1),
        idle_look: std::time::Duration::from_millis(1),
        ..Patience::default()
    };
    let mut office =
        Office::begun(CloudOptions::default(), patience, SignIn::Operator, |settings| {
            settings.security.lock_after_minutes = 0;
        });
    office.sign_in(PETRA);
    office.desk.say(Command::Search { query: "Elin".into() });
    office.desk.wait(|event| match event {
        Event::Found { .. } => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
}
