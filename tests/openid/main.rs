//! Operators sign in with a real Chromium at a real OpenID provider nobody here wrote.
//!
//! `tests/openid/with-provider` starts the provider; without one these tests are not run, and say
//! so. Asked for without one, they fail.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

mod person;

use keydesk::directory::openid::{
    IdTokenFault, OpenId, OpenIdConfig, Proof, RefreshToken, SignInError, SignedIn, Wish,
};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use person::{Errand, Person, Seen};
use std::io::Write;
use url::Url;

fn promised(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: use tests/openid/with-provider"))
}

fn open_id() -> OpenId {
    let config = OpenIdConfig::new(
        promised("KEYDESK_OPENID_URL"),
        promised("KEYDESK_OPENID_TENANT"),
        promised("KEYDESK_OPENID_CLIENT"),
        "",
    );
    OpenId::new(config).unwrap()
}

/// Signs in; `change` may spoil the address before the browser opens it.
async fn sign_in(
    open_id: &OpenId,
    proof: Proof,
    person: &mut Person,
    errand: Errand,
    change: fn(&mut Url),
) -> (Result<SignedIn, SignInError>, Seen) {
    let waiting = open_id.begin(&Wish::new(proof)).await.unwrap();
    let mut url = waiting.url().clone();
    change(&mut url);
    let (outcome, seen) = tokio::join!(waiting.finish(), person.go(&url, &errand));
    if let Ok(SignedIn { refresh: Some(token), .. }) = &outcome {
        keep_secret(token.text().expose());
    }
    (outcome, seen)
}

/// Notes a secret, so that a search can find it where it must not be.
fn keep_secret(secret: &str) {
    if let Ok(file) = std::env::var("KEYDESK_TEST_SECRETS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
        writeln!(file, "{secret}").unwrap();
    }
}

/// The provider shows no account picker; a new browser has no session, so it asks all the same.
fn unchanged(_: &mut Url) {}

fn without(url: &mut Url, left_out: &[&str]) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| !left_out.contains(&name.as_str()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn a_person_signs_in_and_the_browser_says_that_it_is_done() {
    let mut person = Person::new();
    let errand = Errand::login("petra");
    let (outcome, seen) = sign_in(&open_id(), Proof::Session, &mut person, errand, unchanged).await;
    let who = outcome.unwrap().identity;
    assert_eq!(who.tenant_id, promised("KEYDESK_OPENID_TENANT"));
    assert_eq!(who.subject, "7d1f0e4a-0001-4000-8000-000000000001");
    assert_eq!(
        (who.name.as_str(), who.upn.as_str()),
        ("Petra Lindqvist", "petra@larkfield.example")
    );
    assert!(who.auth_time.is_some());
    assert_eq!(seen.asked, ["login", "consent"]);
    assert!(seen.text.contains("You can close this page"), "{}", seen.text);
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn refresh_tokens_rotate_and_a_copy_ends_the_sign_in() {
    let (mut person, open_id) = (Person::new(), open_id());
    let errand = Errand::login("omar");
    let (outcome, _) = sign_in(&open_id, Proof::Session, &mut person, errand, unchanged).await;
    let mut newest = outcome.unwrap().refresh.unwrap();
    let first = RefreshToken::new(SecretText::new(newest.text().expose()));
    for _ in 0..2 {
        let renewed = open_id.refresh(&newest).await.unwrap();
        assert_eq!(renewed.identity.name, "Omar Haddad");
        let next = renewed.refresh.unwrap();
        keep_secret(next.text().expose());
        assert_ne!(next.text().expose(), newest.text().expose());
        newest = next;
    }
    for spent in [first, newest] {
        let refused = open_id.refresh(&spent).await.map(drop).unwrap_err();
        assert!(refused.needs_person(), "{refused:?}");
    }
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn a_fresh_proof_asks_again_although_the_browser_knows_the_person() {
    let (mut person, open_id) = (Person::new(), open_id());
    let errand = || Errand::login("petra");
    sign_in(&open_id, Proof::Session, &mut person, errand(), unchanged).await.0.unwrap();
    let (outcome, seen) = sign_in(&open_id, Proof::Session, &mut person, errand(), unchanged).await;
    let known = outcome.unwrap().identity;
    assert!(!seen.asked.contains(&"login".to_owned()), "{seen:?}");
    let (outcome, seen) = sign_in(&open_id, Proof::Fresh, &mut person, errand(), unchanged).await;
    let fresh = outcome.unwrap().identity;
    assert!(seen.asked.contains(&"login".to_owned()), "{seen:?}");
    assert!(fresh.is_same_person(&known) && fresh.auth_time >= known.auth_time);
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn who_declines_is_not_signed_in() {
    let mut person = Person::new();
    let errand = Errand { decline: true, ..Errand::login("petra") };
    let (outcome, seen) = sign_in(&open_id(), Proof::Session, &mut person, errand, unchanged).await;
    let error = outcome.map(drop).unwrap_err();
    assert!(error.what().contains("declined"), "{error:?}");
    assert!(seen.text.contains("The sign-in did not work"), "{}", seen.text);
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn the_provider_demands_the_proof_key_that_we_send() {
    let mut person = Person::new();
    let strip = |url: &mut Url| without(url, &["code_challenge", "code_challenge_method"]);
    let errand = Errand::login("petra");
    let (outcome, _) = sign_in(&open_id(), Proof::Session, &mut person, errand, strip).await;
    let error = outcome.map(drop).unwrap_err();
    let SignInError::Refused(why) = &error else { panic!("{error:?}") };
    assert!(why.facts.message.as_ref().unwrap().contains("PKCE"), "{why:?}");
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn the_code_of_another_proof_key_is_not_redeemed() {
    let mut person = Person::new();
    let swap = |url: &mut Url| {
        without(url, &["code_challenge"]);
        // RFC 7636, appendix B: somebody else's.
        let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        url.query_pairs_mut().append_pair("code_challenge", other);
    };
    let errand = Errand::login("petra");
    let (outcome, _) = sign_in(&open_id(), Proof::Session, &mut person, errand, swap).await;
    let error = outcome.map(drop).unwrap_err();
    assert!(
        matches!(&error, SignInError::Refused(why) if why.error == "invalid_grant"),
        "{error:?}"
    );
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn an_id_token_for_another_nonce_signs_nobody_in() {
    let mut person = Person::new();
    let swap = |url: &mut Url| {
        without(url, &["nonce"]);
        url.query_pairs_mut().append_pair("nonce", "another");
    };
    let errand = Errand::login("petra");
    let (outcome, _) = sign_in(&open_id(), Proof::Session, &mut person, errand, swap).await;
    assert_eq!(outcome.map(drop), Err(SignInError::IdToken(IdTokenFault::Nonce)));
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn a_page_that_guesses_the_port_does_not_get_in_the_way() {
    let mut person = Person::new();
    let waiting = open_id().begin(&Wish::new(Proof::Session)).await.unwrap();
    let url = waiting.url().clone();
    let guess = format!("{}/?code=stolen&state=guess", parameter(&url, "redirect_uri"));
    let (outcome, ()) = tokio::join!(waiting.finish(), async {
        let seen = person.go(&Url::parse(&guess).unwrap(), &Errand::default()).await;
        assert!(seen.text.contains("does not belong"), "{}", seen.text);
        person.go(&url, &Errand::login("petra")).await;
    });
    assert_eq!(outcome.unwrap().identity.name, "Petra Lindqvist");
}

#[tokio::test]
#[ignore = "needs tests/openid/with-provider"]
async fn a_code_typed_on_another_device_signs_in_here() {
    let mut person = Person::new();
    let waiting = open_id().begin_device(&Wish::new(Proof::Session)).await.unwrap();
    let url = waiting.verification_url().clone();
    let code = Some(waiting.user_code().to_owned());
    let errand = Errand { code, ..Errand::login("petra") };
    let (outcome, seen) = tokio::join!(waiting.finish(), person.go(&url, &errand));
    assert!(seen.asked.contains(&"code".to_owned()), "{seen:?}");
    assert_eq!(outcome.unwrap().identity.name, "Petra Lindqvist");
}
