//! Sign-in in the browser, and everything that can come back instead of it.

use super::{Desk, OMAR, PETRA, choose, config, parameter, sign_in};
use jiff::SignedDuration;
use keydesk::directory::openid::{IdTokenFault, OpenId, OpenIdConfig, Proof, SignInError, Wish};
use keydesk::directory::{CheckOutcome, Directory, DirectoryError};
use keydesk::practice::browser::{Browser, Shown};
use keydesk::practice::cloud::{Effect, Order, SignInOrder, Spoilt};
use keydesk::problem::Explain;
use reqwest::{Client, Method, Response};
use std::time::Duration;
use url::Url;

/// A browser's bare request to the address that waits.
async fn call(url: &str) -> Response {
    Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap()
}

/// Where the sign-in waits.
fn back(url: &Url) -> String {
    parameter(url, "redirect_uri")
}

fn port(url: &Url) -> u16 {
    Url::parse(&back(url)).unwrap().port().unwrap()
}

async fn is_free(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err()
}

#[tokio::test]
async fn the_operator_signs_in_and_the_directory_is_asked_with_the_operators_own_token() {
    let desk = Desk::start().await;
    let session = desk.petra().await;
    let who = session.tokens.operator();
    assert_eq!((who.name.as_str(), who.upn.as_str()), ("Petra Lindqvist", PETRA));
    assert_eq!(who.tenant_id, desk.cloud.connection().tenant_id);
    assert!(who.app_roles.contains(&"Keydesk.Clerk".to_owned()), "{who:?}");
    assert!(session.entra.policy().await.unwrap().enabled);
    let groups = session.entra.memberships().await.unwrap();
    let listed = who.groups.clone().unwrap();
    assert!(!listed.is_empty() && listed.iter().all(|id| groups.contains(id)), "{groups:?}");
}

#[tokio::test]
async fn the_connection_test_reads_what_the_operators_own_sign_in_gives() {
    let desk = Desk::start().await;
    let permission = "User.RevokeSessions.All".to_owned();
    desk.cloud.control().order(Order::RemovePermission { permission });
    let session = desk.petra().await;
    let checks = session.entra.test().await;
    let advised = checks.iter().filter_map(|check| match &check.outcome {
        CheckOutcome::Advice(problem) => Some((check.name.as_str(), problem.what.as_str())),
        _ => None,
    });
    let missing =
        "User.RevokeSessions.All is not granted: without it nobody's sessions can be ended";
    assert_eq!(advised.collect::<Vec<_>>(), [("Revoke sessions", missing)]);
}

#[tokio::test]
async fn the_browser_is_told_to_close_the_page_which_is_kept_nowhere() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = waiting.url().clone();
    let (outcome, shown) = tokio::join!(waiting.finish(), choose(&url, PETRA));
    outcome.unwrap();
    let Shown::Arrived(arrival) = shown else { panic!("{shown:?}") };
    assert_eq!(arrival.status, 200);
    assert!(arrival.text.contains("You can close this page"), "{}", arrival.text);
    assert!(!arrival.text.contains("<script"), "{}", arrival.text);
    assert!(is_free(port(&url)).await);
}

#[tokio::test]
async fn both_families_of_addresses_and_the_name_lead_to_the_sign_in() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let port = port(waiting.url());
    let mut hosts = vec!["localhost", "127.0.0.1"];
    if tokio::net::TcpListener::bind("[::1]:0").await.is_ok() {
        hosts.push("[::1]");
    }
    for host in hosts {
        let answer = call(&format!("http://{host}:{port}/?code=c&state=guess")).await;
        assert_eq!(answer.status(), 400, "{host}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{host}");
        assert!(answer.text().await.unwrap().contains("does not belong"), "{host}");
    }
}

#[tokio::test]
async fn a_page_that_guesses_the_port_neither_completes_nor_ends_the_sign_in() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = waiting.url().clone();
    let (back, state) = (back(&url), parameter(&url, "state"));
    let person = async {
        for query in [
            String::new(),
            "?code=stolen".into(),
            "?code=stolen&state=".into(),
            "?code=stolen&state=guess".into(),
            "?error=access_denied&state=guess".into(),
            format!("?code=a&code=b&state={state}"),
            format!("?code=a&state={state}&state={state}"),
        ] {
            let answer = call(&format!("{back}/{query}")).await;
            assert_eq!(answer.status(), 400, "{query}");
        }
        assert_eq!(call(&format!("{back}/favicon.ico")).await.status(), 404);
        let client = Client::builder().no_proxy().build().unwrap();
        let good = format!("{back}/?code=c&state={state}");
        for method in [Method::POST, Method::OPTIONS, Method::HEAD] {
            let answer = client.request(method.clone(), &good).send().await.unwrap();
            assert_eq!(answer.status(), 405, "{method}");
        }
        // A foreign name that leads here.
        let rebound = client.get(&good).header("host", format!("evil.example:{}", port(&url)));
        assert_eq!(rebound.send().await.unwrap().status(), 404);
        choose(&url, PETRA).await
    };
    let (outcome, _) = tokio::join!(waiting.finish(), person);
    assert_eq!(outcome.unwrap().identity.upn, PETRA);
}

#[tokio::test]
async fn a_second_redirect_is_refused_and_its_code_is_not_redeemed() {
    let desk = Desk::start().await;
    desk.spoil_tokens(1, Effect::Delay { ms: 1500 });
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = waiting.url().clone();
    let person = async {
        choose(&url, PETRA).await;
        let second = format!("{}/?code=other&state={}", back(&url), parameter(&url, "state"));
        call(&second).await.status()
    };
    let (outcome, second) = tokio::join!(waiting.finish(), person);
    assert_eq!(outcome.unwrap().identity.upn, PETRA);
    assert_eq!(second, 410);
    let counts = desk.cloud.control().observed().counts;
    let posts: u64 =
        counts.iter().filter(|(call, _)| call.ends_with("/token")).map(|(_, n)| n).sum();
    assert_eq!(posts, 1, "{counts:?}");
}

#[tokio::test]
async fn an_id_token_that_proves_nothing_signs_nobody_in() {
    let desk = Desk::start().await;
    let cases = [
        (Spoilt::Nonce, IdTokenFault::Nonce),
        (Spoilt::NoNonce, IdTokenFault::Nonce),
        (Spoilt::Signature, IdTokenFault::Signature),
        (Spoilt::UnknownKey, IdTokenFault::UnknownKey),
        (Spoilt::Issuer, IdTokenFault::Issuer),
        (Spoilt::Audience, IdTokenFault::Audience),
        (Spoilt::Tenant, IdTokenFault::Tenant),
        (Spoilt::Expired, IdTokenFault::Expired),
        (Spoilt::NotYet, IdTokenFault::NotYet),
        (Spoilt::Garbled, IdTokenFault::Garbled("no signed token")),
        (Spoilt::Unsigned, IdTokenFault::Garbled("no signed token")),
        (Spoilt::Absent, IdTokenFault::Missing),
    ];
    for (how, fault) in cases {
        desk.order(SignInOrder::SpoilIdToken { how });
        let outcome = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop);
        assert_eq!(outcome, Err(SignInError::IdToken(fault)), "{how:?}");
    }
    assert!(desk.sign_in(Proof::AnyAccount, PETRA).await.is_ok());
}

#[tokio::test]
async fn a_clock_that_is_off_by_an_hour_is_named_as_the_cause() {
    let desk = Desk::start().await;
    for (seconds, words) in [(3600, "an hour behind"), (-3600, "an hour ahead")] {
        desk.cloud.control().order(Order::ClockSkew { seconds });
        let error = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop).unwrap_err();
        let SignInError::ClockOff { by } = &error else { panic!("{error:?}") };
        let expected = SignedDuration::from_secs(-seconds);
        assert!((*by - expected).abs() < SignedDuration::from_mins(10), "{by:?}");
        assert!(error.what().contains(words), "{}", error.what());
        assert!(error.next().contains("clock"), "{}", error.next());
    }
}

#[tokio::test]
async fn new_signing_keys_are_fetched_when_a_token_names_one() {
    let desk = Desk::start().await;
    desk.sign_in(Proof::AnyAccount, PETRA).await.unwrap();
    desk.order(SignInOrder::RotateSigningKey);
    desk.sign_in(Proof::AnyAccount, PETRA).await.unwrap();
    let counts = desk.cloud.control().observed().counts;
    let keys: u64 = counts.iter().filter(|(call, _)| call.ends_with("/keys")).map(|(_, n)| n).sum();
    assert_eq!(keys, 2, "{counts:?}");
}

#[tokio::test]
async fn a_fresh_proof_and_a_context_are_asked_for_and_checked() {
    let desk = Desk::start().await;
    let fresh = desk.sign_in(Proof::Fresh, PETRA).await.unwrap();
    assert!(fresh.identity.auth_time.is_some());
    let context = desk.sign_in(Proof::Context("c1".into()), PETRA).await.unwrap();
    assert_eq!(context.identity.contexts, ["c1"]);
    desk.order(SignInOrder::SpoilIdToken { how: Spoilt::Context });
    let missing = desk.sign_in(Proof::Context("c1".into()), PETRA).await.map(drop);
    assert_eq!(missing, Err(SignInError::IdToken(IdTokenFault::Context)));
}

#[tokio::test]
async fn a_prompt_that_was_taken_out_of_the_address_makes_no_fresh_proof() {
    let desk = Desk::start().await;
    // The person showed their credentials 400 s ago.
    desk.cloud.control().order(Order::ClockSkew { seconds: -400 });
    let mut browser = Browser::new().unwrap();
    let first = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = first.url().clone();
    let (outcome, _) = tokio::join!(first.finish(), async {
        browser.open(&url).await.unwrap();
        browser.choose(PETRA).await.unwrap()
    });
    outcome.unwrap();
    desk.cloud.control().order(Order::ClockSkew { seconds: 0 });
    let second = desk.open_id.begin(&Wish::new(Proof::Fresh)).await.unwrap();
    let mut url = second.url().clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| name != "prompt").collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    let (outcome, shown) = tokio::join!(second.finish(), browser.open(&url));
    assert!(matches!(shown.unwrap(), Shown::Arrived(_)), "the browser's session lets it through");
    assert_eq!(outcome.map(drop), Err(SignInError::IdToken(IdTokenFault::NotFresh)));
}

#[tokio::test]
async fn who_declines_in_the_browser_is_told_so() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = waiting.url().clone();
    let (outcome, shown) = tokio::join!(waiting.finish(), async {
        let mut browser = Browser::new().unwrap();
        browser.open(&url).await.unwrap();
        browser.deny().await.unwrap()
    });
    let error = outcome.map(drop).unwrap_err();
    assert!(error.what().contains("declined"), "{}", error.what());
    let Shown::Arrived(arrival) = shown else { panic!("{shown:?}") };
    assert!(arrival.text.contains("The sign-in did not work"), "{}", arrival.text);
}

#[tokio::test]
async fn a_sign_in_that_nobody_finishes_ends_by_itself_and_frees_its_port() {
    let desk = Desk::with(Duration::from_millis(100)).await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let port = port(waiting.url());
    assert_eq!(waiting.finish().await.map(drop), Err(SignInError::TimedOut));
    assert!(is_free(port).await);
}

#[tokio::test]
async fn a_cancelled_sign_in_frees_its_port() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let port = port(waiting.url());
    let task = tokio::spawn(waiting.finish());
    assert!(!is_free(port).await);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    for _ in 0..100 {
        if is_free(port).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the port is still taken");
}

#[tokio::test]
async fn a_network_that_goes_in_mid_sign_in_is_told_as_such() {
    let desk = Desk::start().await;
    desk.spoil_tokens(5, Effect::CutBefore);
    let error = desk.sign_in(Proof::AnyAccount, PETRA).await.map(drop).unwrap_err();
    let SignInError::Directory(cause) = &error else { panic!("{error:?}") };
    assert!(matches!(**cause, DirectoryError::Unavailable(_)), "{cause:?}");
    assert!(!error.what().contains("registration"), "{}", error.what());
    let counts = desk.cloud.control().observed().counts;
    let posts: u64 =
        counts.iter().filter(|(call, _)| call.ends_with("/token")).map(|(_, n)| n).sum();
    assert!(posts <= 1, "a code is not sent twice: {counts:?}");
}

#[tokio::test]
async fn a_service_that_is_gone_when_the_browser_comes_back_is_unreachable() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let url = waiting.url().clone();
    desk.cloud.shutdown().await.unwrap();
    let back = format!("{}/?code=c&state={}", back(&url), parameter(&url, "state"));
    let (outcome, page) = tokio::join!(waiting.finish(), call(&back));
    assert_eq!(page.status(), 200);
    let error = outcome.map(drop).unwrap_err();
    let SignInError::Directory(cause) = &error else { panic!("{error:?}") };
    assert!(matches!(**cause, DirectoryError::Unreachable { .. }), "{cause:?}");
}

#[tokio::test]
async fn without_a_network_no_browser_is_opened() {
    let desk = Desk::start().await;
    let config = config(&desk.cloud);
    desk.cloud.shutdown().await.unwrap();
    let open_id = OpenId::new(config).unwrap();
    let error = open_id.begin(&Wish::new(Proof::AnyAccount)).await.map(drop).unwrap_err();
    assert!(matches!(error, SignInError::Directory(_)), "{error:?}");
}

#[tokio::test]
async fn an_unknown_tenant_is_told_before_a_browser_is_opened() {
    let desk = Desk::start().await;
    let config = OpenIdConfig { tenant: "nosuch.example".into(), ..config(&desk.cloud) };
    let open_id = OpenId::new(config).unwrap();
    let error = open_id.begin(&Wish::new(Proof::AnyAccount)).await.map(drop).unwrap_err();
    assert_eq!(error.what(), "The tenant was not found");
}

#[tokio::test]
async fn two_sign_ins_at_once_don_t_meet() {
    let desk = Desk::start().await;
    let wish = Wish::new(Proof::AnyAccount);
    let (petra, omar) =
        tokio::join!(sign_in(&desk.open_id, &wish, PETRA), sign_in(&desk.open_id, &wish, OMAR));
    assert_eq!(
        (petra.unwrap().identity.upn, omar.unwrap().identity.upn),
        (PETRA.into(), OMAR.into())
    );
}
