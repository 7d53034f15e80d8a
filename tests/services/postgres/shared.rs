//! What stations share of a caller, on the real server.

use super::{line, log, ready, settings};
use keydesk::directory::CheckOutcome;
use keydesk::services::ServiceError;
use keydesk::services::check_log::POSTGRESQL_OPEN_TABLE;
use keydesk::services::stations::{Claim, Held};
use keydesk::settings::LogSettings;
use keydesk::verify::CallerKey;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const LINE: &str = "One open check on all stations";
const TEN_MINUTES: Duration = Duration::from_secs(600);

fn caller() -> CallerKey {
    CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f204")
}

fn check(no: u128) -> Uuid {
    Uuid::from_u128(no)
}

/// Up to what was said, and not by much less.
fn is_about(left: Option<Duration>, said: Duration) -> bool {
    left.is_some_and(|left| left <= said && left + Duration::from_secs(60) > said)
}

#[tokio::test]
async fn of_many_stations_that_claim_a_caller_at_once_one_has_them() {
    let server = ready().await;
    let stations: Vec<_> = (0..8).map(|_| Arc::new(log(&settings(&server, "127.0.0.1")))).collect();
    for round in 0..4_u128 {
        let caller = CallerKey::of(&round.to_string());
        let mut claims = tokio::task::JoinSet::new();
        for (station, no) in stations.iter().zip(1..) {
            let (station, caller) = (Arc::clone(station), caller.clone());
            claims.spawn(async move { station.claim(&caller, check(no), TEN_MINUTES).await });
        }
        let claims = claims.join_all().await;
        let taken = claims.iter().filter(|came| **came == Ok(Claim::Taken)).count();
        assert_eq!(taken, 1, "{claims:?}");
        for came in claims {
            match came.unwrap() {
                Claim::Taken => {}
                Claim::Refused(held) => {
                    assert!(is_about(held.open_for, TEN_MINUTES), "{held:?}");
                    assert_eq!(held.locked_for, None);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_claim_is_the_checks_own_until_it_is_freed_or_past() {
    let server = ready().await;
    let (here, there) =
        (log(&settings(&server, "127.0.0.1")), log(&settings(&server, "127.0.0.1")));
    let claim = async |no| there.claim(&caller(), check(no), TEN_MINUTES).await.unwrap();
    assert_eq!(here.held(&caller(), check(1)).await, Ok(Held::default()));
    // Said twice it is still its own.
    for _ in 0..2 {
        let claimed = here.claim(&caller(), check(1), TEN_MINUTES).await;
        assert_eq!(claimed, Ok(Claim::Taken));
    }
    assert_eq!(here.held(&caller(), check(1)).await, Ok(Held::default()), "its own");
    let seen = there.held(&caller(), check(2)).await.unwrap();
    assert!(is_about(seen.open_for, TEN_MINUTES), "{seen:?}");
    assert!(matches!(claim(2).await, Claim::Refused(_)));
    // Another check can't let go of it.
    there.free(&caller(), check(2), None).await.unwrap();
    assert!(matches!(claim(2).await, Claim::Refused(_)));
    here.free(&caller(), check(1), None).await.unwrap();
    assert_eq!(claim(2).await, Claim::Taken);
    let past = "UPDATE keydesk_checks_open SET open_until = now() - interval '1 second'";
    server.run(past).await;
    assert_eq!(here.claim(&caller(), check(3), TEN_MINUTES).await, Ok(Claim::Taken));
    // What ended long ago must not let go of the next one's.
    there.free(&caller(), check(2), None).await.unwrap();
    assert!(matches!(claim(4).await, Claim::Refused(_)));
    let names = server.rows("SELECT caller FROM keydesk_checks_open").await;
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn a_lock_holds_for_every_check_and_ends() {
    let server = ready().await;
    let log = log(&settings(&server, "127.0.0.1"));
    assert_eq!(log.claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
    let hour = Duration::from_secs(3600);
    log.free(&caller(), check(1), Some(hour)).await.unwrap();
    // A shorter one does not shorten it.
    log.free(&caller(), check(1), Some(TEN_MINUTES)).await.unwrap();
    for no in [1, 2] {
        let Claim::Refused(held) = log.claim(&caller(), check(no), TEN_MINUTES).await.unwrap()
        else {
            panic!("claimed though locked")
        };
        assert!(is_about(held.locked_for, hour), "{held:?}");
        assert_eq!(held.open_for, None);
    }
    let past = "UPDATE keydesk_checks_open SET locked_until = now() - interval '1 second'";
    server.run(past).await;
    assert_eq!(log.held(&caller(), check(2)).await, Ok(Held::default()));
    assert_eq!(log.claim(&caller(), check(2), TEN_MINUTES).await, Ok(Claim::Taken));
    // Somebody whom no station had open can be locked, too.
    let other = CallerKey::of("another");
    log.free(&other, check(5), Some(hour)).await.unwrap();
    let held = log.held(&other, check(6)).await.unwrap();
    assert!(is_about(held.locked_for, hour), "{held:?}");
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_anew() {
    let server = ready().await;
    let log = log(&settings(&server, "127.0.0.1"));
    log.held(&caller(), check(1)).await.unwrap();
    server
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keydesk'")
        .await;
    assert_eq!(log.claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
    server.stop();
    let away = log.claim(&caller(), check(1), TEN_MINUTES).await.unwrap_err();
    assert!(away.passes(), "{away:?}");
    server.resume().await;
    assert_eq!(log.claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
}

#[tokio::test]
async fn an_old_installation_is_told_the_statement_and_it_is_the_right_one() {
    let server = ready().await;
    let here = settings(&server, "127.0.0.1");
    server.run("DROP TABLE keydesk_checks_open").await;
    let missing = log(&here).claim(&caller(), check(1), TEN_MINUTES).await.unwrap_err();
    assert!(
        matches!(&missing, ServiceError::Settings { reason, .. } if reason.starts_with("no such table")),
        "{missing:?}"
    );
    let checks = log(&here).test().await;
    let CheckOutcome::Advice(told) = line(&checks, LINE) else { panic!("{checks:?}") };
    assert!(told.what.contains("keydesk_checks_open"), "{told}");
    server.run(&told.details[0].value).await;
    let checks = log(&here).test().await;
    assert!(matches!(line(&checks, LINE), CheckOutcome::Works(_)), "{checks:?}");
    assert_eq!(log(&here).claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
    // By the names of the settings.
    server.run("CREATE SCHEMA audit").await;
    server.run("GRANT USAGE ON SCHEMA audit TO keydesk").await;
    server.run("ALTER TABLE keydesk_checks SET SCHEMA audit").await;
    server.run("ALTER TABLE audit.keydesk_checks RENAME TO calls").await;
    let named = LogSettings { table: "audit.calls".into(), ..here };
    let checks = log(&named).test().await;
    let CheckOutcome::Advice(told) = line(&checks, LINE) else { panic!("{checks:?}") };
    server.run(&told.details[0].value).await;
    assert_eq!(log(&named).claim(&caller(), check(9), TEN_MINUTES).await, Ok(Claim::Taken));
    // And what else may be wrong with it.
    server.run("REVOKE UPDATE ON audit.calls_open FROM keydesk").await;
    let told = |checks: &[keydesk::directory::ConnectionCheck]| match line(checks, LINE) {
        CheckOutcome::Advice(told) => told.what.clone(),
        other => panic!("{other:?}"),
    };
    assert!(told(&log(&named).test().await).contains("UPDATE"));
    server.run("ALTER TABLE audit.calls_open DROP CONSTRAINT calls_open_pkey").await;
    assert!(told(&log(&named).test().await).contains("not unique"));
    server.run("ALTER TABLE audit.calls_open DROP COLUMN locked_until").await;
    assert!(told(&log(&named).test().await).contains("locked_until"));
    assert!(POSTGRESQL_OPEN_TABLE.contains("keydesk_checks_open"));
}
