//! The numbers that desks meet, each with its help.

use super::{Desk, PETRA};
use keydesk::directory::openid::{Proof, SignInError};
use keydesk::practice::cloud::{SignInOrder, SignInStage};
use keydesk::problem::{Detail, Explain};

/// What is said, and a word of what to do.
const HELP: [(u32, &str, &str); 6] = [
    (53003, "Conditional Access", "device and network"),
    (50076, "multi-factor", "in the browser"),
    (65001, "no consent", "admin consent"),
    (7_000_218, "registered as one with a secret", "Allow public client flows"),
    (700_016, "not known in this tenant", "client id"),
    (90002, "tenant was not found", "mail domain"),
];

fn told(error: &SignInError, number: u32, what: &str, next: &str) {
    assert!(error.what().contains(what), "{number}: {}", error.what());
    assert!(error.next().contains(next), "{number}: {}", error.next());
    let expected = Detail::new("number", format!("AADSTS{number}"));
    assert!(error.details().contains(&expected), "{number}: {:?}", error.details());
}

#[tokio::test]
async fn each_number_of_the_token_endpoint_has_its_help() {
    let desk = Desk::start().await;
    for (number, what, next) in HELP {
        desk.order(SignInOrder::Fail { at: SignInStage::Token, number, times: 1 });
        let error = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop).unwrap_err();
        told(&error, number, what, next);
    }
}

#[tokio::test]
async fn each_number_that_the_browser_brings_back_has_its_help() {
    let desk = Desk::start().await;
    // Entra shows 700016 and 90002 in the browser only.
    for (number, what, next) in
        HELP.into_iter().filter(|(number, ..)| ![700_016, 90002].contains(number))
    {
        desk.order(SignInOrder::Fail { at: SignInStage::Authorize, number, times: 1 });
        let error = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop).unwrap_err();
        told(&error, number, what, next);
    }
}

#[tokio::test]
async fn an_application_that_wants_a_secret_says_which_switch_is_off() {
    let desk = Desk::start().await;
    desk.order(SignInOrder::PublicClient { allowed: false });
    let error = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop).unwrap_err();
    told(&error, 7_000_218, "registered as one with a secret", "Allow public client flows");
}

#[tokio::test]
async fn an_operator_without_consent_is_told_who_can_give_it() {
    let desk = Desk::start().await;
    let nils = "nils.dahl@larkfield.example";
    let error = desk.sign_in(Proof::AnyAccount, nils).await.map(drop).unwrap_err();
    told(&error, 65001, "no consent", "administrator");
}
