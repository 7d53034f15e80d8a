//! What stations share of a caller, as far as it shows on the wire.

use super::peer::{Encryption, Peer, Reaction, Statement};
use super::{PASSWORD, certificate, log, settings};
use keydesk::directory::CheckOutcome;
use keydesk::services::stations::{Claim, Held};
use keydesk::verify::CallerKey;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

const TEN_MINUTES: Duration = Duration::from_secs(600);

fn peer(react: impl Fn(&Statement) -> Reaction + Send + Sync + 'static) -> Peer {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certificate(folder.path(), "127.0.0.1");
    Peer::start(Encryption::On, PASSWORD, certificate, react)
}

fn caller() -> CallerKey {
    CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f204")
}

fn values(statement: &Statement) -> Vec<&str> {
    statement.values.iter().map(|value| value.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn a_claim_is_one_statement_with_parameters_over_the_connection_of_the_look() {
    let peer = peer(|asked| match asked.text.starts_with("MERGE") {
        true => Reaction::Numbers(vec![Some(1)]),
        false => Reaction::Numbers(vec![None, None]),
    });
    let log = log(&settings(&peer, "127.0.0.1"));
    let check = Uuid::from_u128(7);
    assert_eq!(log.held(&caller(), check).await, Ok(Held::default()));
    assert_eq!(log.claim(&caller(), check, TEN_MINUTES).await, Ok(Claim::Taken));
    assert_eq!(peer.sign_ins().len(), 1, "the click made a connection of its own");
    let statements = peer.statements();
    let [look, claim] = &statements[..] else { panic!("{} statements", statements.len()) };
    assert!(look.text.starts_with("SELECT ") && claim.text.starts_with("MERGE INTO "));
    assert!(claim.text.contains("[dbo].[keydesk_checks_open] WITH (HOLDLOCK)"), "{}", claim.text);
    assert!(claim.text.ends_with(';'), "a MERGE without its end is refused");
    let key = caller();
    let id = check.to_string();
    assert_eq!(values(look), [key.text(), &id]);
    assert_eq!(values(claim), [key.text(), &id, "600"]);
    for statement in &statements {
        assert!(!statement.text.contains(key.text()) && !statement.text.contains(&id));
        assert!(statement.declared.starts_with("@P1 nvarchar(4000),@P2 "));
    }
}

#[tokio::test]
async fn a_refused_claim_tells_for_how_long() {
    let peer = peer(|asked| match asked.text.starts_with("MERGE") {
        true => Reaction::Done(0),
        false => Reaction::Numbers(vec![Some(42), Some(1800)]),
    });
    let log = log(&settings(&peer, "127.0.0.1"));
    let refused = log.claim(&caller(), Uuid::from_u128(7), TEN_MINUTES).await;
    let held = Held {
        open_for: Some(Duration::from_secs(42)),
        open_by: None,
        locked_for: Some(Duration::from_secs(1800)),
    };
    assert_eq!(refused, Ok(Claim::Refused(held)));
}

#[tokio::test]
async fn what_is_freed_between_the_two_statements_is_claimed_after_all() {
    let claims = AtomicUsize::new(0);
    let peer = peer(move |asked| match asked.text.starts_with("MERGE") {
        true if claims.fetch_add(1, Ordering::Relaxed) == 0 => Reaction::Done(0),
        true => Reaction::Numbers(vec![Some(1)]),
        false => Reaction::Numbers(vec![Some(0), None]),
    });
    let log = log(&settings(&peer, "127.0.0.1"));
    let claimed = log.claim(&caller(), Uuid::from_u128(7), TEN_MINUTES).await;
    assert_eq!(claimed, Ok(Claim::Taken));
}

#[tokio::test]
async fn it_is_freed_or_locked_by_parameters_too() {
    let peer = peer(|_| Reaction::Done(1));
    let log = log(&settings(&peer, "127.0.0.1"));
    let check = Uuid::from_u128(7);
    log.free(&caller(), check, None).await.unwrap();
    log.free(&caller(), check, Some(Duration::from_secs(1800))).await.unwrap();
    let statements = peer.statements();
    assert!(statements[0].text.starts_with("UPDATE [dbo].[keydesk_checks_open] SET open_until"));
    assert!(statements[1].text.starts_with("MERGE INTO [dbo].[keydesk_checks_open] WITH"));
    assert_eq!(values(&statements[1])[2], "1800");
}

#[tokio::test]
async fn a_line_that_was_cut_is_made_anew_and_a_table_that_is_missing_is_told() {
    let times = AtomicUsize::new(0);
    let peer = peer(move |asked| match times.fetch_add(1, Ordering::Relaxed) {
        0 => Reaction::Numbers(vec![None, None]),
        1 => Reaction::Cut,
        2 => Reaction::Numbers(vec![Some(1)]),
        _ if asked.text.contains("sys.columns c JOIN") => Reaction::Number(1),
        _ if asked.text.contains("sys.columns WHERE") => Reaction::Texts(Vec::new()),
        _ => Reaction::Number(1),
    });
    let log = log(&settings(&peer, "127.0.0.1"));
    log.held(&caller(), Uuid::from_u128(7)).await.unwrap();
    let claimed = log.claim(&caller(), Uuid::from_u128(7), TEN_MINUTES).await;
    assert_eq!(claimed, Ok(Claim::Taken));
    let checks = log.test().await;
    let CheckOutcome::Advice(told) = &checks.last().unwrap().outcome else { panic!("{checks:?}") };
    let sql = &told.details[0].value;
    assert!(sql.starts_with("CREATE TABLE dbo.keydesk_checks_open ("), "{sql}");
    assert!(sql.ends_with("GRANT SELECT, INSERT, UPDATE ON dbo.keydesk_checks_open TO [keydesk];"));
}
