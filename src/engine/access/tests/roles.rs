//! What roles let an operator do, and where they come from.

use super::*;

#[test]
fn a_role_decides_in_the_engine_whatever_the_window_sends() {
    let mut office = Office::new(SignIn::Operator, |_| {});
    office.sign_in(SAGA);
    office.desk.say(Command::RevealPin(EnrolmentId(uuid::Uuid::nil())));
    let refused = office.problem();
    assert!(refused.what.contains("Saga Nyberg may not"), "{refused}");
    let mut settings = office.settings.clone();
    settings.security.station_roles.clear();
    office.desk.say(Command::SaveSettings(Box::new(settings)));
    let refused = office.problem();
    assert!(refused.what.contains("Administrator"), "{refused}");
}

#[test]
fn without_any_role_nobody_gets_in() {
    let mut office = Office::new(SignIn::Operator, |settings| {
        settings.tenants[0].roles = vec![by_app_role(Role::Helpdesk)];
    });
    office.who(WhoCommand::SignIn);
    office.answer_as(OMAR);
    let refused = office.hear(|event| match event {
        WhoEvent::SignIn(SignInShown::Failed(problem)) => Some(problem),
        _ => None,
    });
    assert!(refused.what.contains("has no role"), "{refused}");
    office.desk.say(Command::Search { query: "Elin".into() });
    assert_eq!(office.problem().what, "Nobody is signed in");
}

#[test]
fn roles_come_from_groups_too_also_when_the_token_lists_none() {
    let clerks = company::operator_group(Role::Clerk);
    for form in [
        crate::practice::cloud::GroupClaims::Ids,
        crate::practice::cloud::GroupClaims::Overage,
        crate::practice::cloud::GroupClaims::Absent,
    ] {
        let mut office = Office::new(SignIn::Operator, |settings| {
            let from = RoleSource::Group(clerks.to_string());
            settings.tenants[0].roles = vec![RoleRule { role: Role::Clerk, from, name: None }];
        });
        office.order(Order::SignIn(SignInOrder::GroupClaims { form }));
        office.sign_in(OMAR);
        assert_eq!(office.person().roles, [Role::Clerk], "{form:?}");
    }
}

#[test]
fn changed_rules_take_the_operators_roles_without_locking_the_station() {
    let mut office = Office::with_petra(|settings| settings.security.sensitive.clear());
    let mut settings = office.settings.clone();
    settings.tenants[0].roles = vec![by_app_role(Role::Clerk)];
    office.desk.say(Command::SaveSettings(Box::new(settings)));
    let person = office.hear(|event| match event {
        WhoEvent::Operator(OperatorShown::Person(person)) if person.roles.len() == 1 => {
            Some(person)
        }
        WhoEvent::Lock(Some(cause)) => panic!("locked: {cause:?}"),
        _ => None,
    });
    assert_eq!((person.upn.as_str(), person.roles.as_slice()), (PETRA, &[Role::Clerk][..]));
    office.desk.say(Command::SaveSettings(Box::default()));
    assert!(office.problem().what.contains("Administrator"));
    office.browser.forget();
}

#[test]
fn who_practises_is_no_administrator_of_the_station() {
    let office = Office::with_petra(|_| {});
    office.desk.say(Command::Practise);
    office.desk.wait(|event| match event {
        Event::Connected(shown) => shown.practice.then_some(()),
        _ => None,
    });
    let mut loose = office.settings.clone();
    loose.security.sensitive.clear();
    let secret = crate::engine::StoredSecret::ClientSecret(SecretText::new("another"));
    for command in [
        Command::SaveSettings(Box::new(loose)),
        Command::StoreSecret { tenant: TENANT.into(), secret },
        Command::TestConnection { tenant: Box::new(office.settings.tenants[0].clone()) },
    ] {
        office.desk.say(command);
        let refused = office.problem();
        assert!(refused.what.contains("not part of practice"), "{refused}");
    }
}

#[test]
fn who_is_everything_in_a_tenant_without_rules_rules_no_other_tenant() {
    let mut office = Office::new(SignIn::Operator, |settings| {
        customer(settings, SignIn::Operator);
        settings.security.sensitive.clear();
        settings.current = Some("Harbour".into());
    });
    office.sign_in(SAGA);
    assert_eq!(office.person().roles.len(), Role::ALL.len());
    let mut loose = office.settings.clone();
    loose.tenants[0].roles.clear();
    let mut own = office.settings.clone();
    own.tenants[1].roles = vec![by_app_role(Role::Administrator)];
    let mut outputs = office.settings.clone();
    outputs.outputs.age_recipients = vec!["age1somebody".into()];
    let secret = crate::engine::StoredSecret::ClientSecret(SecretText::new("another"));
    for command in [
        Command::SaveSettings(Box::new(loose)),
        Command::SaveSettings(Box::new(own)),
        Command::SaveSettings(Box::new(outputs)),
        Command::StoreSecret { tenant: TENANT.into(), secret },
        Command::Who(WhoCommand::SetPassphrase { old: None, new: None }),
    ] {
        office.desk.say(command);
        assert!(office.problem().what.starts_with("This tenant has no role rules"));
    }
}

#[test]
fn a_customer_without_rules_has_those_of_whom_its_application_is() {
    let mut office = Office::new(SignIn::Operator, |settings| {
        customer(settings, SignIn::Operator);
        let DirectorySettings::Entra(entra) = &mut settings.tenants[1].directory else {
            panic!("Entra")
        };
        entra.client_id.clear();
        entra.application_of = Some(TENANT.into());
        settings.current = Some("Harbour".into());
    });
    office.sign_in(SAGA);
    assert_eq!(office.person().roles, [Role::Helpdesk]);
}

#[test]
fn roles_that_the_directory_took_count_no_more_once_the_operator_confirms() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.order(Order::SignIn(SignInOrder::AppRoles { roles: vec![Role::Clerk] }));
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    office.hear(|event| match event {
        WhoEvent::Operator(OperatorShown::Person(person)) => {
            (person.roles == [Role::Clerk]).then_some(())
        }
        _ => None,
    });
    office.revealed();
    office.desk.say(Command::GiveUpSealedPins);
    assert!(office.problem().what.contains("Administrator"));
    office.order(Order::SignIn(SignInOrder::AppRoles { roles: Vec::new() }));
    office.who(WhoCommand::Lock);
    office.locked();
    office.who(WhoCommand::Unlock(Way::Browser));
    office.answer_as(PETRA);
    let refused = office.hear(|event| match event {
        WhoEvent::PassphraseRefused(problem) => Some(problem),
        WhoEvent::Lock(None) => panic!("unlocked without a role"),
        _ => None,
    });
    assert!(refused.what.contains("has no role"), "{refused}");
}

#[test]
fn who_has_no_role_for_keys_is_not_shown_the_ones_that_are_registered() {
    let mut office = Office::with_petra(|_| {});
    let key = office.desk.insert(1);
    office.desk.register(key, NewPin::Random);
    office.desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
    office.who(WhoCommand::SignOut);
    office.browser.forget();
    office.sign_in(SAGA);
    office.desk.say(Command::LoadHistory { filter: String::new() });
    office.desk.wait(|event| match event {
        Event::History { .. } => Some(()),
        Event::TouchNeeded { .. } => panic!("somebody else's key is shown"),
        Event::Unfinished(list) => {
            assert!(list.is_empty(), "what others left is shown");
            None
        }
        _ => None,
    });
    office.who(WhoCommand::SignOut);
    office.browser.forget();
    office.sign_in(PETRA);
    office.desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
}
