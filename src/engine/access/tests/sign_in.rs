//! Signing in, and being asked again in the middle of work.

use super::*;

#[test]
fn what_an_operator_does_stands_in_the_history_under_their_name() {
    let office = Office::with_petra(|_| {});
    office.finished_key();
    let petra = format!("Petra Lindqvist ({PETRA})");
    assert_eq!(office.rows("Signed in"), [(petra.clone(), "station".to_owned())]);
    assert_eq!(office.rows("Registered")[0].0, petra);
}

#[test]
fn a_sign_in_that_ends_in_the_middle_is_renewed_by_the_person_and_the_key_goes_on() {
    let mut office = Office::with_petra(|_| {});
    let key = office.desk.insert(1);
    office.desk.choose();
    office.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    office.order(Order::ExpireTokens);
    office.desk.say(Command::Search { query: "Noah".into() });
    office.answer_as(PETRA);
    office.desk.wait(|event| match event {
        Event::Found { people, .. } => people.ok().map(drop),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    office.desk.register(key, NewPin::Random);
    office.touch_and_finish();
}

#[test]
fn a_claims_challenge_in_the_middle_of_a_key_is_answered_in_place() {
    let mut office = Office::with_petra(|_| {});
    let key = office.desk.insert(1);
    office.desk.register(key, NewPin::Random);
    office.desk.wait(|event| matches!(event, Event::TouchNeeded { .. }).then_some(()));
    office.order(Order::SignIn(SignInOrder::ClaimsChallenge { context: "c1".into() }));
    office.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
    office.answer_as(PETRA);
    office.desk.wait(|event| match event {
        Event::Finished(_) => Some(()),
        Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
        _ => None,
    });
}

#[test]
fn somebody_else_who_answers_for_the_operator_is_refused_and_the_call_fails() {
    let mut office = Office::with_petra(|_| {});
    office.desk.wait(|event| matches!(event, Event::Policy(_)).then_some(()));
    office.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    office.order(Order::ExpireTokens);
    office.browser.forget();
    office.desk.say(Command::Search { query: "Noah".into() });
    // What else is read at the time asks, too.
    let failed = loop {
        let told = office.desk.wait(|event| match event {
            Event::Found { people, .. } => Some(Ok(people)),
            Event::Who(WhoEvent::SignIn(SignInShown::InBrowser { url, .. })) => Some(Err(url)),
            _ => None,
        });
        match told {
            Ok(people) => break people.unwrap_err(),
            Err(url) => office.answer_page(&Url::parse(&url).unwrap(), OMAR),
        }
    };
    assert!(!failed.what.is_empty());
}

#[test]
fn a_sign_in_can_be_cancelled_and_begun_again() {
    let mut office = Office::new(SignIn::Operator, |_| {});
    office.who(WhoCommand::SignIn);
    let url = office.page();
    office.who(WhoCommand::CancelSignIn);
    office.hear(|event| matches!(event, WhoEvent::SignIn(SignInShown::Needed)).then_some(()));
    let Office { runtime, browser, .. } = &mut office;
    let late = runtime.block_on(async {
        browser.open(&url).await.unwrap();
        browser.choose(PETRA).await
    });
    assert!(late.is_err(), "the station still listens for a sign-in that was given up");
    office.sign_in(OMAR);
    assert_eq!(office.person().upn, OMAR);
}

#[test]
fn a_proof_does_not_cancel_a_call_that_waits_for_its_operator() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    office.order(Order::ExpireTokens);
    office.desk.say(Command::Search { query: "Noah".into() });
    office.page();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    office.revealed();
    office.answer_as(PETRA);
    office.desk.wait(|event| match event {
        Event::Found { people, .. } => people.ok().map(drop),
        _ => None,
    });
}

#[test]
fn a_station_without_a_browser_signs_in_and_proves_by_code() {
    let mut office = Office::new(SignIn::DeviceCode, |_| {});
    let type_code = |office: &mut Office, upn: &str| {
        let (code, address) = office.hear(|event| match event {
            WhoEvent::SignIn(SignInShown::ByCode { code, address, .. }) => Some((code, address)),
            WhoEvent::SignIn(SignInShown::InBrowser { .. }) => panic!("a browser was opened"),
            _ => None,
        });
        let Office { runtime, browser, .. } = office;
        runtime.block_on(async {
            browser.open(&Url::parse(&address).unwrap()).await.unwrap();
            if let Shown::Page(_) = browser.enter_code(&code).await.unwrap() {
                browser.choose(upn).await.unwrap();
            }
        });
    };
    office.who(WhoCommand::SignIn);
    type_code(&mut office, PETRA);
    assert_eq!(office.person().upn, PETRA);
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    type_code(&mut office, PETRA);
    office.revealed();
}

#[test]
fn a_rotated_refresh_token_takes_the_place_of_the_kept_one() {
    let office = Office::with_petra(|_| {});
    keep_sign_in_of_second(&office);
    let name = SecretName::RefreshToken { tenant: TENANT.into() };
    let kept = || office.secrets.get(&name).unwrap().unwrap().expose().to_owned();
    let before = kept();
    office.order(Order::ExpireTokens);
    office.desk.say(Command::Search { query: "Noah".into() });
    office.desk.wait(|event| match event {
        Event::Found { people, .. } => people.ok().map(drop),
        _ => None,
    });
    let is_another = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        kept() != before
    });
    assert!(is_another, "the token of before is kept");
}
