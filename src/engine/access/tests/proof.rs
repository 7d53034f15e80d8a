//! Fresh proofs, and the second person.

use super::*;
use crate::bulk::{SessionOptions, UsedKeys};
use crate::engine::{BulkCommand, BulkEvent};

fn two_person(settings: &mut Settings) {
    settings.security.two_person = [Act::RevealPin].into();
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

/// Its rows are those of the table that was shown.
#[test]
fn a_session_that_waits_for_a_proof_is_not_begun_with_another_list() {
    let office = Office::with_petra(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("{PETRA}\n")).unwrap();
        office.desk.say(Command::Bulk(BulkCommand::ReadFile(file)));
    };
    read("first.csv");
    office
        .desk
        .wait(|event| matches!(event, Event::Bulk(BulkEvent::People(Some(_)))).then_some(()));
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    let begin = BulkCommand::Begin { options: Box::new(options), rows: vec![0] };
    office.desk.say(Command::Bulk(begin));
    assert_eq!(office.asked().act, Act::ResetUsedKey);
    read("second.csv");
    office.hear(|event| matches!(event, WhoEvent::Asked(None)).then_some(()));
    assert!(office.problem().what.starts_with("Another list was read"));
}
