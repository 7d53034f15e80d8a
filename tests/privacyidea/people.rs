//! People, the policy, and the connection test.

use crate::server::{directory, directory_at, password, url};
use keydesk::directory::{
    AccountState, CheckOutcome, Directory, DirectoryError, GroupKind, Lifetime, Method, PersonId,
    Reach,
};
use keydesk::secrets::SecretText;

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn people_are_found_by_any_of_their_names() {
    let directory = directory();
    for query in ["bergström", "ELIN", "elin.bergstrom@", "Elin Bergström", "bergström elin"] {
        let found = directory.find(query, 25).await.unwrap();
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0].display_name, "Elin Bergström");
        assert_eq!(found[0].upn, "elin@employees");
        assert_eq!(found[0].mail.as_deref(), Some("elin.bergstrom@larkfield.example"));
        assert_eq!(found[0].account, AccountState::NotKept);
    }
    for user in ["o'brien", "jörg.müller", "anna+key#1"] {
        let found = directory.find(user, 25).await.unwrap();
        assert_eq!(found.len(), 1, "{user}");
        let card = directory.person(&found[0].id).await.unwrap();
        assert_eq!(card.person, found[0]);
    }
    assert!(directory.find("larkfield", 25).await.unwrap().len() > 10, "each once");
    assert_eq!(directory.find("larkfield", 3).await.unwrap().len(), 3);
    for nobody in ["", " * ", "elin quist", "%", "nobody"] {
        assert_eq!(directory.find(nobody, 25).await.unwrap(), [], "{nobody:?}");
    }
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn an_unknown_person_is_not_found() {
    let directory = directory();
    let nobody = PersonId("nobody".into());
    for error in [
        directory.person(&nobody).await.unwrap_err(),
        directory.passkeys(&nobody).await.unwrap_err(),
        directory.begin(&nobody).await.unwrap_err(),
    ] {
        assert!(matches!(error, DirectoryError::NotFound(_)), "{error:?}");
    }
    // No pattern of the server's picks somebody.
    let pattern = PersonId("eli*".into());
    let error = directory.person(&pattern).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotFound(_)), "{error:?}");
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn other_tokens_are_methods_of_the_person() {
    let administrator = crate::server::Administrator::sign_in().await;
    for body in [
        serde_json::json!({"type": "totp", "genkey": 1, "user": "vera", "realm": "employees"}),
        serde_json::json!({"type": "sms", "phone": "+46 70 123 45 67", "genkey": 1,
            "user": "vera", "realm": "employees"}),
    ] {
        let (status, answer) = administrator.ask(reqwest::Method::POST, "/token/init", body).await;
        assert_eq!(status, 200, "{answer}");
    }
    let card = directory().person(&PersonId("vera".into())).await.unwrap();
    assert_eq!(card.methods.len(), 2);
    assert!(card.methods.contains(&Method::SoftwareOath));
    assert!(card.methods.contains(&Method::Phone { masked: "••• ••• 67".into() }));
    assert!(card.passkeys.is_empty());
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn the_realm_is_the_group_of_everybody() {
    let directory = directory();
    let realm = directory.everybody().unwrap();
    assert_eq!((realm.name.as_str(), realm.kind), ("employees", GroupKind::Realm));
    let members = directory.members(&realm.id, Reach::Nested).await.unwrap();
    assert!(members.people.len() > 10 && members.unreadable == 0);
    assert!(members.people.iter().any(|person| person.upn == "elin@employees"));
}

#[tokio::test]
async fn what_privacyidea_has_not_is_said_without_asking_it() {
    let directory = directory_at("http://127.0.0.1:9", "op", SecretText::new("unused"));
    assert_eq!(directory.groups("employees", 5).await, Ok(vec![]));
    let other = directory.members("others", Reach::Direct).await;
    assert!(matches!(other, Err(DirectoryError::NotFound(_))), "{other:?}");
    let (to, mut from) = tokio::sync::mpsc::channel(1);
    let begun = directory.begin_many(vec![PersonId("elin".into())], Lifetime::SHORTEST, to).await;
    assert!(matches!(begun, Err(DirectoryError::NotOffered { .. })), "{begun:?}");
    assert!(from.recv().await.is_none());
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn the_policy_is_the_administrators_right_to_enrol() {
    assert!(directory().policy().await.unwrap().enabled);
    let reader = directory_at(&url(), "reader", password());
    assert!(!reader.policy().await.unwrap().enabled);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn the_connection_test_has_a_line_for_each_need() {
    for check in directory().test().await {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
    let lacking: Vec<_> = directory_at(&url(), "reader", password())
        .test()
        .await
        .into_iter()
        .filter_map(|check| match check.outcome {
            CheckOutcome::MissingPermission { permission, problem } => {
                assert!(problem.what.contains(permission), "{problem}");
                Some(permission)
            }
            _ => None,
        })
        .collect();
    assert_eq!(lacking, ["enrollPASSKEY", "setdescription", "delete", "configread", "policyread"]);

    let wrong = directory_at(&url(), "op", SecretText::new("not the password")).test().await;
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(matches!(&wrong[0].outcome, CheckOutcome::Failed(_)));
}
