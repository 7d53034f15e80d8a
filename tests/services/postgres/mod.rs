//! The log on a real PostgreSQL: each row once, by parameters, encrypted, and never with the
//! password in an error.

use crate::company::confess;
use keydesk::directory::{CheckOutcome, ConnectionCheck};
use keydesk::secrets::SecretText;
use keydesk::services::check_log::{CheckLog, CheckRow, POSTGRESQL_OPEN_TABLE, POSTGRESQL_TABLE};
use keydesk::services::{ServiceError, ServiceSecrets, check_log};
use keydesk::settings::{LogServer, LogSettings};
use keydesk::verify::{Channel, Outcome, PushKind};
use server::Server;
use sqlx::Row;
use uuid::Uuid;

mod server;
mod shared;

/// Not this computer by its name, and yet this computer: the way to a server elsewhere.
const AS_IF_ELSEWHERE: &str = "0.0.0.0";
const PASSWORD: &str = "Kd-log-pass'word\\7";

fn settings(server: &Server, host: &str) -> LogSettings {
    LogSettings {
        server: LogServer::Postgresql,
        host: host.into(),
        port: Some(server.port),
        database: "audit".into(),
        user: "keydesk".into(),
        table: "keydesk_checks".into(),
        authority: None,
    }
}

fn log_with(settings: &LogSettings, password: &str) -> Box<dyn CheckLog> {
    confess(password);
    let log = Some(SecretText::new(password));
    let secrets = ServiceSecrets { log, ..ServiceSecrets::default() };
    check_log(Some(settings), &secrets).unwrap().unwrap()
}

fn log(settings: &LogSettings) -> Box<dyn CheckLog> {
    log_with(settings, PASSWORD)
}

fn row() -> CheckRow {
    CheckRow {
        request: Uuid::from_u128(0x7f3c),
        begun_at: "2026-11-27T10:15:00Z".parse().unwrap(),
        ended_at: "2026-11-27T10:16:01.5Z".parse().unwrap(),
        delivered_at: Some("2026-11-27T10:15:04Z".parse().unwrap()),
        verified_at: None,
        ticket: Some("2818".into()),
        tenant: "larkfield.example".into(),
        person: "o'brien'); DROP TABLE keydesk_checks;--@larkfield.example\0".into(),
        agent: "Amina \"A\" Haddad\u{202e}".into(),
        channel: Channel::Push(PushKind::Duo),
        masked: Some("+46 ••• ••• 12".into()),
        service_id: None,
        outcome: Outcome::WrongCode,
        attempts: 3,
    }
}

/// A server with the published table, and a user who may add rows and nothing else.
async fn ready() -> Server {
    let server = Server::start().await;
    let quoted = PASSWORD.replace('\'', "''");
    server.run(&format!("CREATE ROLE keydesk LOGIN PASSWORD '{quoted}'")).await;
    server.run(POSTGRESQL_TABLE).await;
    server.run(POSTGRESQL_OPEN_TABLE).await;
    server
}

fn line<'a>(checks: &'a [ConnectionCheck], name: &str) -> &'a CheckOutcome {
    let found = checks.iter().find(|check| check.name == name);
    &found.unwrap_or_else(|| panic!("no line {name} in {checks:?}")).outcome
}

#[tokio::test]
async fn a_row_stands_there_once_as_it_is_however_often_it_is_added() {
    let server = ready().await;
    let log = log(&settings(&server, "127.0.0.1"));
    log.add(&row()).await.unwrap();
    // The same check told again, even in other words, changes nothing.
    log.add(&CheckRow { outcome: Outcome::Verified, ..row() }).await.unwrap();
    log.add(&CheckRow { request: Uuid::from_u128(2), ticket: None, masked: None, ..row() })
        .await
        .unwrap();
    let rows = server
        .rows(
            "SELECT request_id::text, begun_at = '2026-11-27T10:15:00Z', \
             ended_at = '2026-11-27T10:16:01.5Z', delivered_at = '2026-11-27T10:15:04Z', \
             verified_at IS NULL, ticket, tenant, person, agent, channel, masked_number, \
             service_id IS NULL, outcome, attempts FROM keydesk_checks ORDER BY request_id DESC",
        )
        .await;
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    let text = |at: usize| row.get::<String, _>(at);
    assert_eq!(text(0), "00000000-0000-0000-0000-000000007f3c");
    for at in [1, 2, 3, 4, 11] {
        assert!(row.get::<bool, _>(at), "column {at}");
    }
    assert_eq!((text(5).as_str(), text(6).as_str()), ("2818", "larkfield.example"));
    assert_eq!(text(7), "o'brien'); DROP TABLE keydesk_checks;--@larkfield.example");
    assert_eq!(text(8), "Amina \"A\" Haddad\u{202e}");
    assert_eq!((text(9).as_str(), text(10).as_str()), ("push-duo", "+46 ••• ••• 12"));
    assert_eq!((text(12).as_str(), row.get::<i32, _>(13)), ("wrong-code", 3));
    assert_eq!(rows[1].get::<Option<String>, _>(5), None);
}

#[tokio::test]
async fn another_computer_is_spoken_to_with_its_certificate_or_not_at_all() {
    let server = ready().await;
    let mut elsewhere = settings(&server, AS_IF_ELSEWHERE);
    // No TLS at all.
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(
        matches!(&refused, ServiceError::Unreachable { reason, .. } if reason.contains("encryption")),
        "{refused:?}"
    );
    // A certificate of an authority that nobody knows.
    server.switch_tls_on(AS_IF_ELSEWHERE).await;
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(matches!(&refused, ServiceError::Unreachable { .. }), "{refused:?}");
    // The authority is known, and the name is another one.
    elsewhere.authority = Some(server.authority());
    let by_name = LogSettings { host: "127.0.0.1".into(), ..elsewhere.clone() };
    log(&elsewhere).add(&row()).await.unwrap();
    assert_eq!(server.rows("SELECT 1 FROM keydesk_checks").await.len(), 1);
    assert_eq!(server.encrypted_sign_ins(), 1, "the row came over TLS");
    server.switch_tls_on("10.1.2.3").await;
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(matches!(&refused, ServiceError::Unreachable { .. }), "{refused:?}");
    log(&by_name).add(&CheckRow { request: Uuid::from_u128(3), ..row() }).await.unwrap();
    // An authority that can't be read is a matter of the settings.
    elsewhere.authority = Some("/no/such/file.pem".into());
    let secrets =
        ServiceSecrets { log: Some(SecretText::new(PASSWORD)), ..ServiceSecrets::default() };
    let refused = check_log(Some(&elsewhere), &secrets).err();
    assert!(matches!(refused, Some(ServiceError::Settings { .. })));
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_never_the_password() {
    let server = ready().await;
    let good = settings(&server, "127.0.0.1");
    let wrong = log_with(&good, "not-the-password").add(&row()).await.unwrap_err();
    assert!(matches!(wrong, ServiceError::SignIn { .. }) && !wrong.passes(), "{wrong:?}");
    let nowhere = LogSettings { database: "nowhere".into(), ..good.clone() };
    let nowhere = log(&nowhere).add(&row()).await.unwrap_err();
    assert!(
        matches!(&nowhere, ServiceError::Settings { reason, .. } if reason.starts_with("no such database")),
        "{nowhere:?}"
    );
    let no_table = LogSettings { table: "public.others".into(), ..good.clone() };
    let no_table = log(&no_table).add(&row()).await.unwrap_err();
    assert!(
        matches!(&no_table, ServiceError::Settings { reason, .. } if reason.starts_with("no such table")),
        "{no_table:?}"
    );
    server.run("REVOKE INSERT ON keydesk_checks FROM keydesk").await;
    let forbidden = log(&good).add(&row()).await.unwrap_err();
    assert!(matches!(forbidden, ServiceError::Forbidden { .. }), "{forbidden:?}");
    server.stop();
    let away = log(&good).add(&row()).await.unwrap_err();
    assert!(matches!(away, ServiceError::Unreachable { .. }) && away.passes(), "{away:?}");
    for error in [wrong, nowhere, no_table, forbidden, away] {
        assert!(!format!("{error:?}").contains("pass'word"), "the password is in an error");
        assert!(!format!("{error:?}").contains("not-the-password"), "so is the wrong one");
    }
    let without = check_log(Some(&good), &ServiceSecrets::default()).err();
    assert_eq!(without, Some(ServiceError::NoSecret { service: "PostgreSQL" }));
    assert!(check_log(None, &ServiceSecrets::default()).unwrap().is_none());
}

#[tokio::test]
async fn the_test_has_a_line_for_each_thing_and_adds_nothing() {
    let server = ready().await;
    let good = settings(&server, "127.0.0.1");
    let names = [
        "Connect",
        "Table",
        "One row for each check",
        "Right INSERT",
        "Nothing but adding",
        "One open check on all stations",
    ];
    let checks = log(&good).test().await;
    assert_eq!(checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(), names);
    for check in &checks {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
    server.run("GRANT DELETE ON keydesk_checks TO keydesk").await;
    server.run("REVOKE INSERT ON keydesk_checks FROM keydesk").await;
    server.run("ALTER TABLE keydesk_checks DROP CONSTRAINT keydesk_checks_pkey").await;
    server.run("ALTER TABLE keydesk_checks DROP COLUMN attempts").await;
    let checks = log(&good).test().await;
    assert!(
        matches!(line(&checks, "Table"), CheckOutcome::Failed(problem) if problem.what.contains("attempts"))
    );
    assert!(matches!(line(&checks, "One row for each check"), CheckOutcome::Failed(_)));
    assert!(matches!(
        line(&checks, "Right INSERT"),
        CheckOutcome::MissingPermission { permission: "INSERT", .. }
    ));
    assert!(
        matches!(line(&checks, "Nothing but adding"), CheckOutcome::Advice(problem) if problem.what.contains("DELETE"))
    );
    server.run("DROP TABLE keydesk_checks").await;
    let checks = log(&good).test().await;
    assert!(matches!(line(&checks, "Table"), CheckOutcome::Failed(_)));
    assert_eq!(checks.len(), 3);
    let CheckOutcome::Failed(told) = line(&checks, "Table") else { panic!("{checks:?}") };
    server.run(&told.details[0].value).await;
    log(&good).add(&row()).await.unwrap();
    let checks = log_with(&good, "not-the-password").test().await;
    assert!(matches!(line(&checks, "Connect"), CheckOutcome::Failed(_)));
    assert_eq!(checks.len(), 1);
}
