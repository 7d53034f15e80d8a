//! What goes wrong: refusals, lost answers, no server.

use crate::cutter::{Cut, Cutter};
use crate::person_key::PersonKey;
use crate::server::{Administrator, REALM, directory, directory_at, password, person, url};
use keydesk::directory::privacyidea::{PrivacyIdea, PrivacyIdeaConfig};
use keydesk::directory::{Directory, DirectoryError, PersonId};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_wrong_password_and_an_unknown_administrator_are_told_as_refused_sign_ins() {
    for (operator, secret) in [("op", "wrong-horse"), ("nobody", "wrong-horse"), ("elin", "x")] {
        let directory = directory_at(&url(), operator, SecretText::new(secret));
        let error = directory.find("elin", 5).await.unwrap_err();
        let DirectoryError::SignIn { code, .. } = &error else { panic!("{error:?}") };
        assert_eq!(code, "4031");
        assert!(error.what().contains("privacyIDEA"), "{}", error.what());
        assert!(!format!("{error:?} {}", error.problem()).contains("wrong-horse"));
    }
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_missing_right_is_named_and_nothing_is_left() {
    let reader = directory_at(&url(), "reader", password());
    let error = reader.begin(&PersonId("noor".into())).await.unwrap_err();
    let DirectoryError::Forbidden(facts) = &error else { panic!("{error:?}") };
    assert_eq!(facts.permission, Some("enrollPASSKEY"));
    assert_eq!(facts.code.as_deref(), Some("303"));
    assert!(error.what().contains("enrollPASSKEY"));
    assert!(Administrator::sign_in().await.tokens("noor").await.is_empty());
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_lost_answer_is_told_as_lost_and_the_list_shows_the_one_key() {
    let cutter = Cutter::start().await;
    let directory = directory_at(&cutter.url(), "op", password());
    let key = PersonKey::new().await;
    let pia = person(&directory, "pia").await;
    let options = directory.begin(&pia).await.unwrap();
    let credential = key.make(&options).await.unwrap();
    cutter.cut_next(Cut::AnswerTo("attestationObject"));
    let error = directory.finish(&pia, "Key 1", &credential).await.unwrap_err();
    assert!(matches!(error, DirectoryError::AnswerLost(_)), "{error:?}");
    assert_eq!(cutter.cuts(), 1, "sent once");
    let listed = directory.passkeys(&pia).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].is_of(&credential.id));
    assert_eq!(listed[0].display_name, "Key 1");
    assert_eq!(Administrator::sign_in().await.tokens("pia").await.len(), 1);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn creation_options_whose_answer_is_lost_are_fetched_again_with_one_half_token() {
    let cutter = Cutter::start().await;
    let directory = directory_at(&cutter.url(), "op", password());
    let sven = person(&directory, "sven").await;
    cutter.cut_next(Cut::AnswerTo("type=passkey"));
    let options = directory.begin(&sven).await.unwrap();
    assert_eq!(cutter.cuts(), 1);
    assert_eq!(Administrator::sign_in().await.tokens("sven").await.len(), 1);
    let credential = PersonKey::new().await.make(&options).await.unwrap();
    directory.finish(&sven, "Key", &credential).await.unwrap();
    assert_eq!(directory.passkeys(&sven).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_token_that_the_server_refuses_is_renewed_once() {
    let cutter = Cutter::start().await;
    let directory = directory_at(&cutter.url(), "op", password());
    directory.find("elin", 5).await.unwrap();
    cutter.cut_next(Cut::SpoilToken);
    directory.find("elin", 5).await.unwrap();
    assert!(cutter.cuts() > 0);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn no_server_is_told_as_no_connection() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let directory = directory_at(&format!("http://127.0.0.1:{port}"), "op", password());
    for error in [
        directory.find("elin", 5).await.unwrap_err(),
        directory.begin(&PersonId("elin".into())).await.unwrap_err(),
    ] {
        assert!(matches!(error, DirectoryError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn plain_http_goes_to_this_computer_only() {
    assert!(directory().is_loopback_only());
    for address in ["http://privacyidea.example", "http://10.0.0.7:5000", "https://a:b@c.example"] {
        let config = PrivacyIdeaConfig::new(address, REALM, "op", password());
        assert!(matches!(PrivacyIdea::new(config), Err(DirectoryError::Settings(_))), "{address}");
    }
    let config = PrivacyIdeaConfig::new("https://privacyidea.example", REALM, "op", password());
    assert!(!PrivacyIdea::new(config).unwrap().is_loopback_only());
}
