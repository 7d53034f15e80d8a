//! Tokens of an operator who works: renewed, rotated, revoked, challenged.

use super::{Desk, OMAR, PETRA, Session, sign_in};
use crate::limits;
use base64::Engine;
use futures_util::future::join_all;
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::openid::{Proof, RefreshToken, SignInAgain, SignInError, SignInReason};
use keydesk::directory::{Directory, DirectoryError, PersonId};
use keydesk::practice::cloud::{Effect, Order, SignInOrder};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use serde_json::json;
use std::sync::Arc;

/// The person does what is asked, in a browser.
async fn obey(desk: &Desk, again: SignInAgain, who: &str) {
    let wish = again.wish();
    assert_eq!(wish.login_hint.as_deref(), Some(PETRA));
    let outcome = sign_in(&desk.open_id, &wish, who).await;
    assert!(again.reply.send(outcome).is_ok(), "the call still waits");
}

async fn someone(session: &Session) -> PersonId {
    session.entra.find("Elin Bergström", 1).await.unwrap().remove(0).id
}

fn expire(desk: &Desk) {
    desk.cloud.control().order(Order::ExpireTokens);
}

fn context(desk: &Desk) {
    desk.order(SignInOrder::ClaimsChallenge { context: "c1".into() });
}

fn cause(error: DirectoryError) -> SignInError {
    match error {
        DirectoryError::Operator(cause) => *cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_renewal_brings_a_new_refresh_token_to_keep() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let mut kept = session.tokens.refresh_token();
    let first = session.refresh_token();
    for _ in 0..2 {
        let before = session.refresh_token();
        kept.mark_unchanged();
        expire(&desk);
        session.entra.policy().await.unwrap();
        assert!(kept.has_changed().unwrap());
        assert_ne!(session.refresh_token(), before);
    }
    assert!(session.asked.try_recv().is_err(), "nobody is asked");
    // Two generations old: the service takes it for a copy.
    let stale = RefreshToken::new(SecretText::new(first));
    let refused = desk.open_id.refresh(&stale).await.map(drop).unwrap_err();
    assert!(refused.needs_person(), "{refused:?}");
}

#[tokio::test]
async fn a_kept_refresh_token_signs_in_after_a_restart() {
    let desk = Desk::start().await;
    let session = desk.petra().await;
    let kept = RefreshToken::new(SecretText::new(session.refresh_token()));
    let again = desk.open_id.refresh(&kept).await.unwrap();
    assert!(again.identity.is_same_person(session.tokens.operator()));
}

#[tokio::test]
async fn a_sign_in_revoked_in_mid_session_asks_the_operator_and_the_call_goes_on() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    desk.order(SignInOrder::RevokeRefreshTokens);
    expire(&desk);
    let (policy, ()) = tokio::join!(session.entra.policy(), async {
        let again = session.asked.recv().await.unwrap();
        let SignInReason::Ended(cause) = &again.reason else { panic!("{:?}", again.reason) };
        assert!(cause.what().contains("revoked"), "{}", cause.what());
        assert_eq!(again.claims, None);
        obey(&desk, again, PETRA).await;
    });
    assert!(policy.unwrap().enabled);
}

#[tokio::test]
async fn an_operator_who_does_not_sign_in_again_ends_the_call_and_nothing_else() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    desk.order(SignInOrder::RevokeRefreshTokens);
    expire(&desk);
    let (policy, ()) = tokio::join!(session.entra.policy(), async {
        drop(session.asked.recv().await.unwrap());
    });
    assert_eq!(cause(policy.unwrap_err()), SignInError::Cancelled);
    let (policy, ()) = tokio::join!(session.entra.policy(), async {
        let again = session.asked.recv().await.unwrap();
        obey(&desk, again, PETRA).await;
    });
    policy.unwrap();
}

#[tokio::test]
async fn another_persons_sign_in_is_not_taken() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let before = session.refresh_token();
    desk.order(SignInOrder::RevokeRefreshTokens);
    expire(&desk);
    let (policy, ()) = tokio::join!(session.entra.policy(), async {
        let again = session.asked.recv().await.unwrap();
        let omar = desk.sign_in(Proof::AnyAccount, OMAR).await;
        assert!(again.reply.send(omar).is_ok());
    });
    let error = cause(policy.unwrap_err());
    let expected = SignInError::AnotherPerson { expected: PETRA.into(), came: OMAR.into() };
    assert_eq!(error, expected);
    assert!(error.what().contains(OMAR) && error.what().contains(PETRA));
    assert_eq!(session.refresh_token(), before);
    let omar = desk.sign_in(Proof::AnyAccount, OMAR).await.unwrap();
    assert_eq!(session.tokens.take(omar), Err(expected));
}

#[tokio::test]
async fn a_claims_challenge_in_the_middle_of_a_job_is_answered_in_place() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let person = someone(&session).await;
    context(&desk);
    let (options, ()) = tokio::join!(session.entra.begin(&person), async {
        let again = session.asked.recv().await.unwrap();
        assert!(again.claims.as_ref().unwrap().contains("c1"), "{:?}", again.claims);
        assert!(matches!(again.wish().proof, Proof::Claims(_)));
        obey(&desk, again, PETRA).await;
    });
    assert!(!options.unwrap().challenge.0.is_empty());
    session.entra.passkeys(&person).await.unwrap();
    assert!(session.asked.try_recv().is_err(), "one proof serves the calls that follow");
}

#[tokio::test]
async fn calls_that_are_challenged_at_once_ask_the_operator_once() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let person = someone(&session).await;
    context(&desk);
    let (results, ()) =
        tokio::join!(join_all((0..4).map(|_| session.entra.passkeys(&person))), async {
            let again = session.asked.recv().await.unwrap();
            obey(&desk, again, PETRA).await;
        });
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(session.asked.try_recv().is_err());
}

#[tokio::test]
async fn a_fresh_proofs_tokens_serve_the_calls_that_follow() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let person = someone(&session).await;
    context(&desk);
    let proof = desk.sign_in(Proof::Context("c1".into()), PETRA).await.unwrap();
    session.tokens.take(proof).unwrap();
    session.entra.passkeys(&person).await.unwrap();
    assert!(session.asked.try_recv().is_err());
}

#[tokio::test]
async fn a_network_that_fails_while_renewing_asks_nobody() {
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let before = session.refresh_token();
    expire(&desk);
    desk.spoil_tokens(9, Effect::CutBefore);
    let error = session.entra.policy().await.unwrap_err();
    assert!(matches!(error, DirectoryError::Unavailable(_)), "{error:?}");
    assert!(session.asked.try_recv().is_err());
    assert_eq!(session.refresh_token(), before);
    desk.cloud.control().order(Order::EndFaults);
    session.entra.policy().await.unwrap();
}

#[tokio::test]
async fn an_operator_without_the_role_is_told_about_roles_and_not_about_secrets() {
    let desk = Desk::start().await;
    let omar = desk.sign_in(Proof::AnyAccount, OMAR).await.unwrap();
    let (ask, _asked) = tokio::sync::mpsc::channel(1);
    let tokens = keydesk::directory::openid::OperatorTokens::new(desk.open_id.clone(), omar, ask);
    let credential = keydesk::directory::entra::Credential::Operator(tokens.into());
    let entra = super::entra(&desk.cloud, credential);
    let hanna = PersonId("hanna.brandt@larkfield.example".into());
    let error = entra.begin(&hanna).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Forbidden(_)), "{error:?}");
    assert!(error.next().contains("Authentication Administrator"), "{}", error.next());
    assert!(!error.next().contains("application permission"), "{}", error.next());
}

#[tokio::test]
async fn a_challenge_inside_a_batch_that_a_renewal_does_not_satisfy_asks_the_operator() {
    use crate::bulk::{batch, begin, good, ids};
    let desk = Desk::start().await;
    let mut session = desk.petra().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let claims = base64::engine::general_purpose::STANDARD.encode(claims);
    let challenge = format!(r#"Bearer error="insufficient_claims", claims="{claims}""#);
    let tokens = std::sync::Mutex::new(Vec::new());
    let service = crate::service::Service::start(move |seen| {
        let token = seen.header("authorization").unwrap().to_owned();
        let mut tokens = tokens.lock().unwrap();
        if !tokens.contains(&token) {
            tokens.push(token.clone());
        }
        let at = tokens.iter().position(|known| *known == token).unwrap();
        batch(seen, |person| match (person, at) {
            ("p1", 0) => json!({"status": 401, "body": {}}),
            ("p1", 1) => {
                json!({"status": 401, "headers": {"WWW-Authenticate": challenge}, "body": {}})
            }
            _ => good(person),
        })
    })
    .await;
    let there = desk.cloud.connection();
    let credential = Credential::Operator(Arc::clone(&session.tokens));
    let config = EntraConfig::new(
        there.base_url,
        service.base.clone(),
        there.domain,
        there.client_id,
        credential,
    );
    let entra = Entra::new(EntraConfig { limits: limits(), ..config }).unwrap();
    let ((came, tally), ()) = tokio::join!(begin(&entra, ids(4)), async {
        let again = session.asked.recv().await.unwrap();
        assert!(again.claims.as_ref().unwrap().contains("c1"), "{:?}", again.claims);
        obey(&desk, again, PETRA).await;
    });
    tally.unwrap();
    assert!(came.len() == 4 && came.iter().all(|begun| begun.options.is_ok()));
}
