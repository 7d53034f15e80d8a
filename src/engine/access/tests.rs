//! Operators at a whole station: real code flow over real HTTP, a simulated browser, virtual keys.

use crate::access::{Act, LockCause, Role};
use crate::engine::tests::Desk;
use crate::engine::{
    Asked, AskedOf, Command, Event, NewPin, OperatorShown, PersonShown, SignInShown, Way,
    WhoCommand, WhoEvent,
};
use crate::enrolment::EnrolmentId;
use crate::practice::browser::{Browser, Shown};
use crate::practice::cloud::{Cloud, CloudOptions, Order, SignInOrder};
use crate::practice::company;
use crate::problem::Problem;
use crate::secrets::{SecretName, SecretText, Secrets};
use crate::settings::{
    Accent, DirectorySettings, EntraSettings, RoleRule, RoleSource, Settings, SignIn,
    TenantSettings,
};
use url::Url;

const PETRA: &str = "petra.lindqvist@larkfield.example";
const OMAR: &str = "omar.haddad@larkfield.example";
const SAGA: &str = "saga.nyberg@larkfield.example";
const TENANT: &str = "Larkfield";

/// A company in the cloud, a browser at its pages, and a station beside it.
struct Office {
    runtime: tokio::runtime::Runtime,
    cloud: Cloud,
    browser: Browser,
    folder: tempfile::TempDir,
    secrets: Secrets,
    settings: Settings,
    desk: Desk,
}

impl Office {
    fn new(sign_in: SignIn, adjust: impl FnOnce(&mut Settings)) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cloud = runtime.block_on(Cloud::start(CloudOptions::default())).unwrap();
        let there = cloud.connection();
        let entra = EntraSettings {
            tenant: there.domain.into(),
            client_id: there.client_id,
            sign_in,
            login_url: there.base_url.clone(),
            graph_url: there.base_url,
            authentication_context: Some("c1".into()),
            ..EntraSettings::default()
        };
        let mut tenant = TenantSettings::new(TENANT, Accent::Teal, DirectorySettings::Entra(entra));
        tenant.roles = Role::ALL.into_iter().map(by_app_role).collect();
        let mut settings = Settings::with_tenant(tenant);
        adjust(&mut settings);
        let secrets = Secrets::session_only("test");
        let name = SecretName::ClientSecret { tenant: TENANT.into() };
        secrets.set(&name, &SecretText::new(there.secret.expose())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path(), secrets.clone(), settings.clone());
        Self { runtime, cloud, browser: Browser::new().unwrap(), folder, secrets, settings, desk }
    }

    /// Operators sign in, and Petra has.
    fn with_petra(adjust: impl FnOnce(&mut Settings)) -> Self {
        let mut office = Self::new(SignIn::Operator, adjust);
        office.sign_in(PETRA);
        office
    }

    /// The program is ended and started again.
    fn restart(self) -> Self {
        let Self { runtime, cloud, browser, folder, secrets, settings, desk } = self;
        drop(desk);
        let reopened = (0..200).find_map(|_| {
            let desk = Desk::open(folder.path(), secrets.clone(), settings.clone());
            let told = desk.wait(|event| match event {
                Event::NotConnected(problem) => Some(!problem.what.starts_with("Another Keydesk")),
                Event::Who(WhoEvent::SignIn(_) | WhoEvent::Passphrase { .. }) => Some(true),
                _ => None,
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            told.then_some(desk)
        });
        let desk = reopened.expect("the journal stays taken");
        Self { runtime, cloud, browser, folder, secrets, settings, desk }
    }

    fn who(&self, wish: WhoCommand) {
        self.desk.say(Command::Who(wish));
    }

    fn hear<T>(&self, wanted: impl Fn(WhoEvent) -> Option<T>) -> T {
        self.desk.wait(|event| match event {
            Event::Who(event) => wanted(event),
            _ => None,
        })
    }

    fn page(&self) -> Url {
        self.hear(|event| match event {
            WhoEvent::SignIn(SignInShown::InBrowser { url, .. }) => Some(Url::parse(&url).unwrap()),
            WhoEvent::SignIn(SignInShown::Failed(problem)) => panic!("failed: {problem}"),
            _ => None,
        })
    }

    /// Answers the page that the station shows now.
    fn answer_as(&mut self, upn: &str) {
        let url = self.page();
        self.answer_page(&url, upn);
    }

    fn answer_page(&mut self, url: &Url, upn: &str) {
        let Self { runtime, browser, .. } = self;
        runtime.block_on(async {
            match browser.open(url).await.unwrap() {
                Shown::Page(_) => drop(browser.choose(upn).await.unwrap()),
                Shown::Arrived(_) => {}
            }
        });
    }

    fn deny(&mut self) {
        let url = self.page();
        let Self { runtime, browser, .. } = self;
        runtime.block_on(async {
            browser.open(&url).await.unwrap();
            browser.deny().await.unwrap();
        });
    }

    fn sign_in(&mut self, upn: &str) {
        self.who(WhoCommand::SignIn);
        self.answer_as(upn);
        self.desk.wait(|event| match event {
            Event::Connected(_) => Some(()),
            Event::Who(WhoEvent::SignIn(SignInShown::Failed(problem))) => panic!("{problem}"),
            _ => None,
        });
    }

    fn order(&self, order: Order) {
        self.cloud.control().order(order);
    }

    /// A registered key whose PIN nobody has seen.
    fn finished_key(&self) -> EnrolmentId {
        let key = self.desk.insert(1);
        self.desk.register(key, NewPin::Random);
        self.touch_and_finish()
    }

    fn touch_and_finish(&self) -> EnrolmentId {
        self.desk.wait(|event| match event {
            Event::TouchNeeded { .. } => Some(()),
            Event::Problem(problem) => panic!("{problem}"),
            Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
            _ => None,
        });
        self.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
        self.desk.wait(|event| match event {
            Event::Finished(finished) => Some(finished.id),
            Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
            _ => None,
        })
    }

    fn asked(&self) -> Asked {
        self.hear(|event| match event {
            WhoEvent::Asked(asked) => asked,
            _ => None,
        })
    }

    fn refused(&self) -> Problem {
        self.hear(|event| match event {
            WhoEvent::Asked(Some(Asked { refused: Some(problem), .. })) => Some(problem),
            _ => None,
        })
    }

    fn problem(&self) -> Problem {
        self.desk.wait(|event| match event {
            Event::Problem(problem) => Some(problem),
            Event::PinRevealed { .. } => panic!("a PIN was revealed"),
            _ => None,
        })
    }

    fn revealed(&self) {
        self.desk.wait(|event| match event {
            Event::PinRevealed { .. } => Some(()),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
    }

    fn person(&self) -> PersonShown {
        self.hear(|event| match event {
            WhoEvent::Operator(OperatorShown::Person(person)) => Some(person),
            _ => None,
        })
    }

    fn locked(&self) -> LockCause {
        self.hear(|event| match event {
            WhoEvent::Lock(cause) => cause,
            _ => None,
        })
    }

    fn unlocked(&self) {
        self.hear(|event| matches!(event, WhoEvent::Lock(None)).then_some(()));
    }

    fn kept_sign_in(&self) -> bool {
        let name = SecretName::RefreshToken { tenant: TENANT.into() };
        self.secrets.get(&name).unwrap().is_some()
    }

    fn rows(&self, action: &str) -> Vec<(String, String)> {
        let rows = self.desk.history().into_iter().filter(|row| row.action == action);
        rows.map(|row| (row.operator, row.subject)).collect()
    }
}

fn by_app_role(role: Role) -> RoleRule {
    RoleRule { role, from: RoleSource::AppRole(company::app_role(role).into()), name: None }
}

fn two_person(settings: &mut Settings) {
    settings.security.two_person = [Act::RevealPin].into();
}

#[test]
fn what_an_operator_does_stands_in_the_history_under_their_name() {
    let office = Office::with_petra(|_| {});
    office.finished_key();
    let petra = format!("Petra Lindqvist ({PETRA})");
    assert_eq!(office.rows("Signed in"), [(petra.clone(), "station".to_owned())]);
    assert_eq!(office.rows("Registered")[0].0, petra);
}

#[test]
fn revealing_a_pin_asks_for_a_fresh_proof_once_and_other_acts_ask_again() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    let asked = office.asked();
    assert_eq!((asked.act, asked.of), (Act::RevealPin, AskedOf::Operator));
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    let person = office.person();
    assert_eq!(person.stepped_up.map(|(act, _)| act), Some(Act::RevealPin));
    office.revealed();
    office.desk.say(Command::WriteLetter(id));
    office.desk.wait(|event| matches!(event, Event::FileWritten { .. }).then_some(()));
    office.desk.say(Command::GiveUpSealedPins);
    assert_eq!(office.asked().act, Act::ChangeSecrets);
    let petra = format!("Petra Lindqvist ({PETRA})");
    assert_eq!(office.rows("Confirmed"), [(petra, "reveal PINs".to_owned())]);
}

#[test]
fn another_persons_proof_a_refused_one_and_none_at_all_do_not_pass() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(OMAR);
    let refused = office.refused();
    assert!(refused.what.contains("Omar Haddad confirmed, but Petra"), "{refused}");
    office.who(WhoCommand::Prove(Way::Browser));
    office.deny();
    office.refused();
    office.who(WhoCommand::LeaveAct);
    assert_eq!(office.rows("Confirmation refused").len(), 2);
    assert!(office.rows("PIN revealed").is_empty());
}

#[test]
fn a_proof_without_the_tenants_authentication_context_does_not_pass() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    let how = crate::practice::cloud::Spoilt::Context;
    office.order(Order::SignIn(SignInOrder::SpoilIdToken { how }));
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    office.refused();
    assert!(office.rows("PIN revealed").is_empty());
}

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
fn two_persons_are_two_different_ones() {
    let mut office = Office::with_petra(two_person);
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    let asked = office.hear(|event| match event {
        WhoEvent::Asked(Some(asked)) if asked.of == AskedOf::SecondPerson => Some(asked),
        _ => None,
    });
    assert_eq!(asked.act, Act::RevealPin);
    for (upn, why) in [(PETRA, "own act"), (SAGA, "may not approve")] {
        office.who(WhoCommand::Approve(Way::Browser));
        office.answer_as(upn);
        let refused = office.refused();
        assert!(refused.what.contains(why), "{refused}");
    }
    assert!(office.rows("PIN revealed").is_empty());
    office.who(WhoCommand::Approve(Way::Browser));
    office.answer_as(OMAR);
    office.revealed();
    assert_eq!(office.rows("Approved").len(), 1);
    // Approved was that one, not every other one for ten minutes.
    office.desk.say(Command::RevealPin(id));
    assert_eq!(office.asked().of, AskedOf::SecondPerson);
}

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
fn a_proof_that_was_begun_for_one_act_is_none_for_another() {
    let mut office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    let page = office.page();
    office.desk.say(Command::GiveUpSealedPins);
    assert_eq!(office.asked().act, Act::ChangeSecrets);
    let Office { runtime, browser, .. } = &mut office;
    let answered = runtime.block_on(async {
        match browser.open(&page).await? {
            Shown::Page(_) => browser.choose(PETRA).await,
            arrived => Ok(arrived),
        }
    });
    assert!(answered.is_err(), "the page of the first act is still listened to");
    assert!(office.rows("Confirmed").is_empty());
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

/// The same directory once more, under another name.
fn second_tenant(settings: &mut Settings, sign_in: SignIn) {
    let mut second = settings.tenants[0].clone();
    second.name = "Harbour".into();
    let DirectorySettings::Entra(entra) = &mut second.directory else { panic!("Entra") };
    entra.sign_in = sign_in;
    settings.tenants.push(second);
}

fn keep_sign_in_of_second(office: &Office) {
    let token = |tenant: &str| SecretName::RefreshToken { tenant: tenant.into() };
    let kept = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        office.secrets.get(&token(TENANT)).unwrap()
    });
    office.secrets.set(&token("Harbour"), &kept.unwrap()).unwrap();
}

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
fn a_kept_secret_is_tried_at_other_addresses_only_with_a_fresh_proof() {
    let office = Office::new(SignIn::Secret, |settings| settings.tenants[0].roles.clear());
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let kept = office.settings.tenants[0].clone();
    let elsewhere = |change: fn(&mut EntraSettings)| {
        let mut draft = kept.clone();
        let DirectorySettings::Entra(entra) = &mut draft.directory else { panic!("Entra") };
        change(entra);
        draft
    };
    let login = elsewhere(|entra| entra.login_url = "http://127.0.0.1:9".into());
    let graph = elsewhere(|entra| entra.graph_url = "http://127.0.0.1:9".into());
    for command in [
        Command::TestConnection { tenant: Box::new(login.clone()) },
        Command::TestConnection { tenant: Box::new(graph) },
        Command::CheckConsent(Box::new(login.clone())),
        Command::FindGroups { tenant: Box::new(login), query: "a".into() },
        Command::Discover {
            login_url: "http://127.0.0.1:9".into(),
            domain: "larkfield.example".into(),
            draft: Some(Box::new(kept.clone())),
        },
    ] {
        office.desk.say(command);
        assert!(office.problem().next.contains("Set a station passphrase"));
    }
    office.desk.say(Command::TestConnection { tenant: Box::new(kept) });
    office.desk.wait(|event| matches!(event, Event::ConnectionTested(_)).then_some(()));
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

#[test]
fn pins_go_into_a_file_in_clear_text_only_with_the_right_to_export_them() {
    let mut office = Office::new(SignIn::Operator, |_| {});
    office.sign_in("hanna.brandt@larkfield.example");
    let mut settings = office.settings.clone();
    settings.outputs.pin_in_csv = true;
    office.desk.say(Command::SaveSettings(Box::new(settings.clone())));
    assert!(office.problem().what.contains("PIN officer"), "an administrator alone exported PINs");
    office.who(WhoCommand::SignOut);
    office.browser.forget();
    office.sign_in(PETRA);
    office.desk.say(Command::SaveSettings(Box::new(settings)));
    assert_eq!(office.asked().act, Act::ExportPins);
}

/// Another tenant, as a customer's: no rules of its own.
fn customer(settings: &mut Settings, sign_in: SignIn) {
    second_tenant(settings, sign_in);
    settings.tenants[1].roles.clear();
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
fn an_approval_is_for_the_command_that_asked_for_it() {
    let mut office = Office::with_petra(two_person);
    let id = office.finished_key();
    let acts = vec![Act::RevealPin, Act::RemoveKeys];
    office.desk.say(Command::Bulk(crate::engine::BulkCommand::GoOn { acts }));
    let asked = |office: &Office, act: Act, of: AskedOf| {
        office.hear(|event| match event {
            WhoEvent::Asked(Some(asked)) => (asked.act == act && asked.of == of).then_some(()),
            _ => None,
        });
    };
    asked(&office, Act::RevealPin, AskedOf::Operator);
    office.who(WhoCommand::Prove(Way::Browser));
    office.answer_as(PETRA);
    asked(&office, Act::RevealPin, AskedOf::SecondPerson);
    office.who(WhoCommand::Approve(Way::Browser));
    office.answer_as(OMAR);
    asked(&office, Act::RemoveKeys, AskedOf::Operator);
    office.who(WhoCommand::LeaveAct);
    office.desk.say(Command::RevealPin(id));
    assert_eq!(office.asked().of, AskedOf::SecondPerson);
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
fn a_proof_asks_for_credentials_though_the_browser_satisfies_the_context() {
    let office = Office::with_petra(|_| {});
    let id = office.finished_key();
    office.desk.say(Command::RevealPin(id));
    office.asked();
    office.who(WhoCommand::Prove(Way::Browser));
    let asked: std::collections::HashMap<_, _> = office.page().query_pairs().into_owned().collect();
    assert_eq!(asked.get("prompt").map(String::as_str), Some("login"));
    assert!(asked["claims"].contains("acrs"), "{}", asked["claims"]);
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

#[test]
fn a_secret_that_ends_soon_is_reminded_of() {
    let office = Office::new(SignIn::Secret, |settings| {
        let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory else {
            panic!("Entra")
        };
        let today = jiff::Zoned::now().date();
        entra.secret_expires = Some(today.saturating_add(jiff::Span::new().days(10)));
    });
    let reminder = office.desk.wait(|event| match event {
        Event::Reminder(reminder) => Some(reminder),
        _ => None,
    });
    assert!(reminder.unwrap().what.contains("client secret ends in"));
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

#[test]
fn keys_of_certificates_go_from_their_files_into_the_keyring_and_nowhere_else() {
    use crate::engine::{Pick, StoredSecret};
    let office = Office::new(SignIn::Secret, |settings| {
        settings.tenants[0].roles.clear();
        settings.security.sensitive.clear();
    });
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    let given = tempfile::tempdir().unwrap();
    let (pem, pfx) = (given.path().join("key.pem"), given.path().join("both.pfx"));
    std::fs::write(&pem, key.serialize_pem()).unwrap();
    std::fs::write(&pfx, pfx_of(&key, &certificate)).unwrap();
    let name = SecretName::CertificateKey { tenant: TENANT.into() };
    let password = SecretText::new("password");
    for secret in [
        StoredSecret::CertificateKeyFile(pem),
        StoredSecret::CertificatePfx { path: pfx, password },
    ] {
        let brings_certificate = matches!(secret, StoredSecret::CertificatePfx { .. });
        office.secrets.delete(&name).unwrap();
        office.desk.say(Command::StoreSecret { tenant: TENANT.into(), secret });
        office.desk.wait(|event| match event {
            Event::SecretStored => Some(()),
            Event::SecretNotStored(problem) | Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
        let kept = office.secrets.get(&name).unwrap().unwrap();
        assert!(kept.expose().contains("PRIVATE KEY"));
        if brings_certificate {
            let path = office.desk.wait(|event| match event {
                Event::Picked { pick: Pick::Certificate, path } => Some(path),
                _ => None,
            });
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains("BEGIN CERTIFICATE") && !text.contains("PRIVATE"));
        }
    }
}

fn pfx_of(key: &rcgen::KeyPair, certificate: &rcgen::Certificate) -> Vec<u8> {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    let certificate = Certificate::from_der(certificate.der()).unwrap();
    let key = PrivateKey::from_der(&key.serialize_der()).unwrap();
    let chain = PrivateKeyChain::new(b"id-1".to_vec(), key, [certificate]);
    let mut store = KeyStore::new();
    store.add_entry("one", KeyStoreEntry::PrivateKeyChain(chain));
    store.writer("password").encryption_iterations(1000).write().unwrap()
}
