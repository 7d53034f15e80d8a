//! Several tenants at one station.

use super::*;

#[test]
fn an_operator_of_before_the_start_is_back_behind_the_lock_in_every_tenant() {
    let office = Office::with_petra(|settings| second_tenant(settings, SignIn::Operator));
    keep_sign_in_of_second(&office);
    office.secrets.delete(&SecretName::RefreshToken { tenant: TENANT.into() }).unwrap();
    let mut office = office.restart();
    office.sign_in(OMAR);
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    assert_eq!(office.locked(), LockCause::Restart);
    office.who(WhoCommand::Unlock(Way::Browser));
    office.browser.forget();
    office.answer_as(OMAR);
    office.hear(|event| matches!(event, WhoEvent::PassphraseRefused(_)).then_some(()));
}

#[test]
fn signing_out_leaves_no_sign_in_of_any_tenant() {
    let office = Office::with_petra(|settings| second_tenant(settings, SignIn::Operator));
    keep_sign_in_of_second(&office);
    office.who(WhoCommand::SignOut);
    office.hear(|event| matches!(event, WhoEvent::Operator(OperatorShown::Nobody)).then_some(()));
    for tenant in [TENANT, "Harbour"] {
        let name = SecretName::RefreshToken { tenant: tenant.into() };
        assert!(office.secrets.get(&name).unwrap().is_none(), "{tenant}");
    }
}

#[test]
fn nobody_signs_in_to_the_tenant_that_was_left() {
    let mut office = Office::with_petra(|settings| {
        second_tenant(settings, SignIn::Secret);
        settings.security.sensitive.clear();
    });
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    office.desk.wait(|event| matches!(event, Event::NotConnected(_)).then_some(()));
    office.who(WhoCommand::SignIn);
    office.desk.say(Command::Search { query: "Elin".into() });
    assert_eq!(office.problem().what, "Nobody is signed in");
    office.who(WhoCommand::OpenPage);
    office.browser.forget();
}

#[test]
fn a_sign_in_goes_with_its_tenant_or_with_where_it_was_for() {
    for removes in [true, false] {
        let office = Office::with_petra(|settings| settings.security.sensitive.clear());
        let mut settings = office.settings.clone();
        match removes {
            true => {
                settings.tenants.clear();
                settings.current = None;
            }
            false => {
                let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory else {
                    panic!("Entra")
                };
                entra.client_id = uuid::Uuid::nil().to_string();
            }
        }
        office.desk.say(Command::SaveSettings(Box::new(settings)));
        office.desk.wait(|event| match event {
            Event::FirstStart | Event::Who(WhoEvent::SignIn(SignInShown::Needed)) => Some(()),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
        assert!(!office.kept_sign_in(), "removed: {removes}");
    }
}

#[test]
fn who_signs_in_to_one_tenant_does_not_work_as_somebody_else_in_another() {
    let mut office = Office::with_petra(|settings| second_tenant(settings, SignIn::Operator));
    office.person();
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    office.hear(|event| matches!(event, WhoEvent::SignIn(SignInShown::Needed)).then_some(()));
    office.browser.forget();
    office.sign_in(OMAR);
    office.desk.say(Command::SwitchTenant(TENANT.into()));
    assert_eq!(office.locked(), LockCause::Restart);
}

#[test]
fn work_of_another_tenant_asks_for_its_operator_when_its_tenant_is_back() {
    let mut office = Office::with_petra(|settings| second_tenant(settings, SignIn::Operator));
    let key = office.desk.insert(1);
    office.desk.register(key, NewPin::Random);
    office.desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
    office.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    office.order(Order::ExpireTokens);
    office.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
    office.page();
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    office.hear(|event| matches!(event, WhoEvent::SignIn(SignInShown::Needed)).then_some(()));
    // Locks nothing and asks for nothing, but would show what waits.
    office.who(WhoCommand::CancelSignIn);
    office.desk.say(Command::Search { query: "Elin".into() });
    office.desk.wait(|event| match event {
        Event::Problem(problem) => (problem.what == "Nobody is signed in").then_some(()),
        Event::Who(WhoEvent::SignIn(SignInShown::InBrowser { .. })) => panic!("a page of another"),
        _ => None,
    });
    office.desk.say(Command::SwitchTenant(TENANT.into()));
    office.answer_as(PETRA);
    office.desk.wait(|event| match event {
        Event::Finished(_) => Some(()),
        Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
        _ => None,
    });
}

/// The tenant by its id, as "Use this tenant" keeps it, and the domain it was found by.
fn found_by(domain: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| {
        let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory else {
            panic!("Entra")
        };
        entra.tenant = company::tenant_id().to_string();
        entra.domain = Some(domain.into());
    }
}

fn reminder(office: &Office) -> Option<Problem> {
    office.desk.wait(|event| match event {
        Event::Reminder(reminder) => Some(reminder),
        _ => None,
    })
}

#[test]
fn a_tenant_that_a_domain_led_to_by_mistake_is_told_after_the_first_sign_in() {
    let office = Office::with_petra(found_by("northwind.example"));
    let told = reminder(&office).unwrap().what;
    assert!(told.contains("northwind.example is not one of its domains"), "{told}");
    let itself = Office::new(SignIn::Secret, found_by("northwind.example"));
    assert_eq!(reminder(&itself).unwrap().what, told);
}

#[test]
fn a_tenants_own_domain_is_nothing_to_be_told_of() {
    let office = Office::with_petra(found_by("larkfield.example"));
    assert_eq!(reminder(&office), None);
}

#[test]
fn a_tenant_that_is_chosen_for_a_caller_asks_for_its_own_sign_in_and_gives_the_caller_back() {
    use crate::engine::{VerifyCommand, VerifyEvent};
    let mut office = Office::with_petra(|settings| {
        second_tenant(settings, SignIn::Operator);
        settings.tenants[1].verify.domains = vec!["harbour.example".into()];
    });
    let told = |office: &Office| {
        office.desk.wait(|event| match event {
            Event::Verify(VerifyEvent::ChosenTenant(chosen)) => Some(chosen),
            _ => None,
        })
    };
    let user = "eve@harbour.example";
    let find = || Command::Verify(VerifyCommand::Find { query: user.into() });
    let offered = |office: &Office| {
        office.desk.wait(|event| match event {
            Event::Verify(VerifyEvent::OtherTenant { tenant, chosen, .. }) => {
                Some((tenant, chosen))
            }
            Event::Verify(VerifyEvent::Found { .. } | VerifyEvent::Refused(_)) => {
                panic!("sought here")
            }
            _ => None,
        })
    };
    office.desk.say(find());
    assert_eq!(offered(&office), ("Harbour".to_owned(), true));
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    office.hear(|event| matches!(event, WhoEvent::SignIn(SignInShown::Needed)).then_some(()));
    let chosen = told(&office).unwrap();
    assert_eq!((chosen.domain.as_str(), chosen.from.as_str()), ("harbour.example", TENANT));
    // Nobody of either tenant is looked up before somebody has signed in there.
    office.desk.say(Command::Search { query: user.into() });
    assert_eq!(office.problem().what, "Nobody is signed in");
    // By the ordinary switcher it is an ordinary switch: the domain chooses again.
    office.desk.say(Command::SwitchTenant(TENANT.into()));
    assert_eq!(told(&office), None);
    office.desk.say(find());
    assert_eq!(offered(&office), ("Harbour".to_owned(), true));
    office.desk.say(Command::SwitchTenant("Harbour".into()));
    assert!(told(&office).is_some());
    office.desk.say(Command::StayInTenant);
    assert_eq!(told(&office), None);
    let sought = office.desk.wait(|event| match event {
        Event::Verify(VerifyEvent::Refused(problem)) => Some(problem.what),
        Event::Verify(VerifyEvent::OtherTenant { .. }) => panic!("offered once more"),
        _ => None,
    });
    assert_eq!(sought, format!("Nobody in the directory has the address {user}"));
    // In this session it is not chosen again; it is offered, and sought here too.
    office.desk.say(find());
    let again = office.desk.wait(|event| match event {
        Event::Verify(VerifyEvent::OtherTenant { chosen, .. }) => Some(chosen),
        _ => None,
    });
    assert!(!again);
    office.browser.forget();
}
