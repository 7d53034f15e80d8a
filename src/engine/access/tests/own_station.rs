//! Stations that sign in by themselves, with a passphrase.

use super::*;

#[test]
fn a_station_of_its_own_asks_for_its_passphrase() {
    let office = Office::new(SignIn::Secret, |settings| settings.tenants[0].roles.clear());
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    assert!(office.problem().next.contains("Set a station passphrase"));
    let passphrase = || SecretText::new("four words of mine");
    office.who(WhoCommand::SetPassphrase { old: None, new: Some(passphrase()) });
    office.hear(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Passphrase(SecretText::new("four words of yours"))));
    assert_eq!(office.refused().what, "The passphrase is wrong");
    office.who(WhoCommand::Prove(Way::Passphrase(passphrase())));
    office.revealed();
    office.who(WhoCommand::SetPassphrase { old: None, new: None });
    assert_eq!(office.asked().act, Act::ChangeSecrets);
    office.who(WhoCommand::Prove(Way::Passphrase(passphrase())));
    office.hear(|event| matches!(event, WhoEvent::PassphraseRefused(_)).then_some(()));
    office.who(WhoCommand::Lock);
    office.locked();
    office.who(WhoCommand::Unlock(Way::Passphrase(passphrase())));
    office.unlocked();
}

#[test]
fn a_station_that_somebody_has_used_is_not_set_up_by_whoever_sits_there() {
    let mut office = Office::new(SignIn::Operator, |settings| settings.tenants[0].roles.clear());
    let loose = |office: &Office| {
        let mut loose = office.settings.clone();
        loose.security.sensitive.clear();
        office.desk.say(Command::SaveSettings(Box::new(loose)));
    };
    // Nobody has signed in yet: a wrong client id can be put right.
    loose(&office);
    office.desk.wait(|event| match event {
        Event::Settings(kept) => kept.security.sensitive.is_empty().then_some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    office.sign_in(PETRA);
    office.who(WhoCommand::SignOut);
    office.hear(|event| matches!(event, WhoEvent::Operator(OperatorShown::Nobody)).then_some(()));
    office.settings.security.lock_after_minutes = 0;
    loose(&office);
    assert_eq!(office.problem().what, "Nobody is signed in");
    let office = office.restart();
    loose(&office);
    assert_eq!(office.problem().what, "Nobody is signed in");
}

#[test]
fn a_station_of_its_own_whose_secret_ended_is_mended_with_its_passphrase() {
    let office = Office::new(SignIn::Secret, |settings| settings.tenants[0].roles.clear());
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let passphrase = || SecretText::new("four words of mine");
    office.who(WhoCommand::SetPassphrase { old: None, new: Some(passphrase()) });
    office.hear(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    let name = SecretName::ClientSecret { tenant: TENANT.into() };
    office.secrets.delete(&name).unwrap();
    let office = office.restart();
    let secret = || {
        let secret = SecretText::new(office.cloud.connection().secret.expose());
        crate::engine::StoredSecret::ClientSecret(secret)
    };
    office.desk.say(Command::StoreSecret { tenant: TENANT.into(), secret: secret() });
    assert_eq!(office.asked().act, Act::ChangeSecrets);
    office.who(WhoCommand::Prove(Way::Passphrase(passphrase())));
    office.desk.wait(|event| match event {
        Event::Connected(_) => Some(()),
        Event::SecretNotStored(problem) | Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
}

/// Petra is signed in to one tenant; the other is the station's own, with its passphrase.
fn beside_a_station_of_its_own() -> Office {
    let office = Office::with_petra(|settings| {
        customer(settings, SignIn::Secret);
        settings.security.sensitive.clear();
    });
    let secret = SecretText::new(office.cloud.connection().secret.expose());
    let name = SecretName::ClientSecret { tenant: "Harbour".into() };
    office.secrets.set(&name, &secret).unwrap();
    keep_sign_in_of_second(&office);
    office.who(WhoCommand::SetPassphrase { old: None, new: Some(words()) });
    office.hear(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    assert_eq!(office.locked(), LockCause::Restart);
    office.who(WhoCommand::Unlock(Way::Passphrase(words())));
    office.unlocked();
    office
}

fn words() -> SecretText {
    SecretText::new("four words of mine")
}

#[test]
fn who_unlocks_with_the_passphrase_is_nobody_who_signed_in_before() {
    let office = beside_a_station_of_its_own();
    office.desk.say(Command::SwitchTenant(TENANT.into()));
    let cause = office.hear(|event| match event {
        WhoEvent::Lock(cause) => Some(cause),
        _ => None,
    });
    assert_eq!(cause, Some(LockCause::Restart));
}

#[test]
fn the_passphrase_is_asked_for_again_once_somebody_has_come_by_name() {
    let office = beside_a_station_of_its_own();
    office.desk.say(Command::SwitchTenant(TENANT.into()));
    office.locked();
    office.who(WhoCommand::SignOut);
    office.unlocked();
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    assert_eq!(office.locked(), LockCause::Restart);
}
