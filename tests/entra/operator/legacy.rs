//! The service account of an older tool, and every reason why it can't sign in any more.

use super::{Desk, PETRA, entra};
use keydesk::directory::entra::Credential;
use keydesk::directory::{Directory, DirectoryError};
use keydesk::practice::cloud::{SignInOrder, SignInStage};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;

const SERVICE: &str = "svc.enrolment@larkfield.example";

fn password(desk: &Desk) -> SecretText {
    SecretText::new(desk.cloud.connection().password.expose())
}

fn credential(user: &str, password: SecretText) -> Credential {
    Credential::LegacyPassword { user: user.into(), password, secret: None }
}

async fn refused(desk: &Desk, credential: Credential) -> DirectoryError {
    entra(&desk.cloud, credential).policy().await.unwrap_err()
}

fn told(error: &DirectoryError, expected: u32, what: &str) {
    let DirectoryError::SignIn { number, .. } = error else { panic!("{error:?}") };
    assert_eq!(*number, Some(expected), "{error:?}");
    assert!(error.what().contains(what), "{expected}: {}", error.what());
}

#[tokio::test]
async fn a_service_account_signs_in_with_its_password() {
    let desk = Desk::start().await;
    let entra = entra(&desk.cloud, credential(SERVICE, password(&desk)));
    assert!(entra.policy().await.unwrap().enabled);
    let secret = Some(SecretText::new(desk.cloud.connection().secret.expose()));
    let confidential =
        Credential::LegacyPassword { user: SERVICE.into(), password: password(&desk), secret };
    assert!(super::entra(&desk.cloud, confidential).policy().await.unwrap().enabled);
}

#[tokio::test]
async fn an_account_that_needs_a_second_factor_is_told_that_a_password_is_not_enough() {
    let desk = Desk::start().await;
    let error = refused(&desk, credential(PETRA, password(&desk))).await;
    told(&error, 50076, "a password alone can't give");
    assert!(error.next().contains("browser"), "{}", error.next());
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_name_are_told_apart_and_not_repeated() {
    let desk = Desk::start().await;
    let error = refused(&desk, credential(SERVICE, SecretText::new("Wr0ng-pass!word"))).await;
    told(&error, 50126, "password is wrong");
    assert!(!format!("{error:?}").contains("Wr0ng"));
    let nobody = refused(&desk, credential("nobody@larkfield.example", password(&desk))).await;
    told(&nobody, 50034, "not in this tenant");
}

#[tokio::test]
async fn every_other_reason_has_its_own_words() {
    let desk = Desk::start().await;
    for (number, what) in [
        (50053, "locked"),
        (50055, "expired"),
        (50056, "has no password"),
        (50057, "disabled"),
        (50079, "register"),
        (53003, "Conditional Access"),
        (65001, "no consent to act"),
        (700_016, "not known in this tenant"),
        (90002, "tenant was not found"),
        (9_001_023, "the tenant itself"),
    ] {
        desk.order(SignInOrder::Fail { at: SignInStage::Token, number, times: 1 });
        told(&refused(&desk, credential(SERVICE, password(&desk))).await, number, what);
    }
    desk.order(SignInOrder::PublicClient { allowed: false });
    let error = refused(&desk, credential(SERVICE, password(&desk))).await;
    told(&error, 7_000_218, "client secret");
    assert!(error.next().contains("Allow public client flows"), "{}", error.next());
}
