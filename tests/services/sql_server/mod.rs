//! The log in SQL Server, as far as it shows on the wire: who signs in over what, the statement,
//! and that values are parameters. No SQL is run.

use crate::company::confess;
use keydesk::directory::CheckOutcome;
use keydesk::secrets::SecretText;
use keydesk::services::check_log::{CheckLog, CheckRow};
use keydesk::services::{ServiceError, ServiceSecrets, check_log};
use keydesk::settings::{LogServer, LogSettings};
use keydesk::verify::{Channel, Outcome};
use peer::{Encryption, Peer, Reaction, Statement};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::pki_types::CertificateDer;
use std::path::Path;
use uuid::Uuid;

mod grammar;
mod peer;
mod shared;

/// Not this computer by its name, and yet this computer: the way to a server elsewhere.
const AS_IF_ELSEWHERE: &str = "0.0.0.0";
const PASSWORD: &str = "Kd-lög-pass'word\\7";

fn settings(peer: &Peer, host: &str) -> LogSettings {
    LogSettings {
        server: LogServer::SqlServer,
        host: host.into(),
        port: Some(peer.port),
        database: "audit".into(),
        user: "keydesk".into(),
        table: "dbo.keydesk_checks".into(),
        authority: None,
    }
}

fn log(settings: &LogSettings) -> Box<dyn CheckLog> {
    confess(PASSWORD);
    let log = Some(SecretText::new(PASSWORD));
    let secrets = ServiceSecrets { log, ..ServiceSecrets::default() };
    check_log(Some(settings), &secrets).unwrap().unwrap()
}

fn row() -> CheckRow {
    CheckRow {
        request: Uuid::from_u128(0x7f3c),
        begun_at: "2026-11-27T10:15:00Z".parse().unwrap(),
        ended_at: "2026-11-27T10:16:01.5Z".parse().unwrap(),
        delivered_at: None,
        verified_at: None,
        ticket: Some("2818".into()),
        tenant: "larkfield.example".into(),
        person: "o'brien'); DROP TABLE keydesk_checks;--@larkfield.example".into(),
        agent: "Amina Haddad \u{202e}田中".into(),
        channel: Channel::VerifySms,
        masked: Some("+46 ••• ••• 12".into()),
        service_id: Some("VE0123".into()),
        outcome: Outcome::Verified,
        attempts: 1,
    }
}

fn done(_: &Statement) -> Reaction {
    Reaction::Done(1)
}

/// An authority's PEM file in the folder, and a certificate by it for an address, with its key.
fn certificate(folder: &Path, address: &str) -> (CertificateDer<'static>, Vec<u8>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(folder.join("authority.pem"), authority.as_ref().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::IpAddress(address.parse().unwrap())];
    let certificate = params.signed_by(&key, &authority).unwrap();
    (certificate.der().clone(), key.serialize_der())
}

#[tokio::test]
async fn every_value_is_a_parameter_and_the_same_check_is_added_once() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certificate(folder.path(), "127.0.0.1");
    let peer = Peer::start(Encryption::LoginOnly, PASSWORD, certificate, done);
    log(&settings(&peer, "127.0.0.1")).add(&row()).await.unwrap();
    let sign_in = &peer.sign_ins()[0];
    assert_eq!((sign_in.user.as_str(), sign_in.database.as_str()), ("keydesk", "audit"));
    assert!(sign_in.password == PASSWORD && sign_in.over_tls, "the sign-in is encrypted here too");
    let statements = peer.statements();
    assert_eq!(statements.len(), 1);
    let statement = &statements[0];
    assert_eq!(
        statement.text,
        "IF NOT EXISTS (SELECT 1 FROM [dbo].[keydesk_checks] WITH (UPDLOCK, HOLDLOCK) WHERE \
         request_id = CAST(@P1 AS uniqueidentifier)) INSERT INTO [dbo].[keydesk_checks] \
         (request_id, begun_at, ended_at, delivered_at, verified_at, ticket, tenant, person, \
         agent, channel, masked_number, service_id, outcome, attempts) VALUES (CAST(@P1 AS \
         uniqueidentifier), CAST(@P2 AS datetimeoffset(3)), CAST(@P3 AS datetimeoffset(3)), \
         CAST(@P4 AS datetimeoffset(3)), CAST(@P5 AS datetimeoffset(3)), CAST(@P6 AS \
         nvarchar(64)), CAST(@P7 AS nvarchar(255)), CAST(@P8 AS nvarchar(320)), CAST(@P9 AS \
         nvarchar(320)), CAST(@P10 AS nvarchar(32)), CAST(@P11 AS nvarchar(64)), CAST(@P12 AS \
         nvarchar(128)), CAST(@P13 AS nvarchar(32)), CAST(@P14 AS int))"
    );
    assert!(statement.declared.starts_with("@P1 nvarchar(4000),@P2 "), "{}", statement.declared);
    let values: Vec<Option<&str>> = statement.values.iter().map(Option::as_deref).collect();
    assert_eq!(
        values,
        [
            Some("00000000-0000-0000-0000-000000007f3c"),
            Some("2026-11-27T10:15:00.000Z"),
            Some("2026-11-27T10:16:01.500Z"),
            None,
            None,
            Some("2818"),
            Some("larkfield.example"),
            Some("o'brien'); DROP TABLE keydesk_checks;--@larkfield.example"),
            Some("Amina Haddad \u{202e}田中"),
            Some("verify-sms"),
            Some("+46 ••• ••• 12"),
            Some("VE0123"),
            Some("verified"),
            Some("1"),
        ]
    );
}

#[tokio::test]
async fn another_computer_is_spoken_to_with_its_certificate_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let none = certificate(folder.path(), AS_IF_ELSEWHERE);
    let peer = Peer::start(Encryption::NotSupported, PASSWORD, none, done);
    let refused = log(&settings(&peer, AS_IF_ELSEWHERE)).add(&row()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Unreachable { .. }), "{refused:?}");
    assert_eq!(peer.sign_ins(), [], "no password without encryption");
    let sign_in_only = certificate(folder.path(), AS_IF_ELSEWHERE);
    let peer = Peer::start(Encryption::LoginOnly, PASSWORD, sign_in_only, done);
    let mut elsewhere = settings(&peer, AS_IF_ELSEWHERE);
    elsewhere.authority = Some(folder.path().join("authority.pem"));
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Unreachable { .. }), "{refused:?}");
    // A known authority, and the server's own name.
    let good = certificate(folder.path(), AS_IF_ELSEWHERE);
    let peer = Peer::start(Encryption::On, PASSWORD, good, done);
    elsewhere.port = Some(peer.port);
    log(&elsewhere).add(&row()).await.unwrap();
    assert!(peer.sign_ins()[0].over_tls && peer.statements()[0].over_tls);
    // The same without the authority, and then another name.
    let unknown = LogSettings { authority: None, ..elsewhere.clone() };
    let refused = log(&unknown).add(&row()).await.unwrap_err();
    assert!(
        matches!(&refused, ServiceError::Unreachable { reason, .. } if reason.contains("encryption")),
        "{refused:?}"
    );
    let other = certificate(folder.path(), "10.1.2.3");
    let peer = Peer::start(Encryption::On, PASSWORD, other, done);
    elsewhere.port = Some(peer.port);
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(
        matches!(&refused, ServiceError::Unreachable { reason, .. } if reason.contains("encryption")),
        "{refused:?}"
    );
    assert_eq!(peer.sign_ins(), []);
}

#[tokio::test]
async fn a_gateway_may_send_on_to_a_node_that_proves_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    let gateway = certificate(folder.path(), AS_IF_ELSEWHERE);
    let gateways_own = std::fs::read_to_string(&authority).unwrap();
    let gateway = Peer::start(Encryption::On, PASSWORD, gateway, done);
    let node = certificate(folder.path(), AS_IF_ELSEWHERE);
    let node = Peer::start(Encryption::On, PASSWORD, node, done);
    gateway.send_on_to(AS_IF_ELSEWHERE, node.port);
    let mut elsewhere = settings(&gateway, AS_IF_ELSEWHERE);
    elsewhere.authority = Some(authority.clone());
    let nodes_own = std::fs::read_to_string(&authority).unwrap();
    std::fs::write(&authority, &gateways_own).unwrap();
    let refused = log(&elsewhere).add(&row()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Unreachable { .. }), "{refused:?}");
    assert_eq!(node.sign_ins(), [], "signed in to a node that nobody knows");
    std::fs::write(&authority, gateways_own + &nodes_own).unwrap();
    log(&elsewhere).add(&row()).await.unwrap();
    assert_eq!((gateway.statements().len(), node.statements().len()), (0, 1));
    // Nobody on this computer sends on: there no certificate was asked for.
    let refused = log(&settings(&gateway, "127.0.0.1")).add(&row()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Unreachable { .. }), "{refused:?}");
    assert_eq!(node.statements().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_told_by_what_can_be_done_and_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let start = |password: &str, number| {
        let certificate = certificate(folder.path(), "127.0.0.1");
        Peer::start(Encryption::On, password, certificate, move |_| match number {
            0 => Reaction::Cut,
            number => Reaction::Refusal(number, "refused, says the server"),
        })
    };
    let peer = start("another", 0);
    let wrong = log(&settings(&peer, "127.0.0.1")).add(&row()).await.unwrap_err();
    assert!(matches!(wrong, ServiceError::SignIn { .. }), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("pass'word"), "the password is in an error");
    let told = async |number| {
        let peer = start(PASSWORD, number);
        log(&settings(&peer, "127.0.0.1")).add(&row()).await
    };
    // Somebody else added the same check in between.
    assert_eq!(told(2627).await, Ok(()));
    assert!(matches!(told(229).await, Err(ServiceError::Forbidden { .. })));
    assert!(matches!(told(208).await, Err(ServiceError::Settings { .. })));
    assert!(matches!(told(8152).await, Err(ServiceError::Settings { .. })));
    let busy = told(40613).await.unwrap_err();
    assert!(matches!(busy, ServiceError::Unavailable { .. }) && busy.passes());
    assert!(matches!(told(50000).await, Err(ServiceError::Refused { .. })));
    let lost = told(0).await.unwrap_err();
    assert!(matches!(lost, ServiceError::AnswerLost { .. }) && lost.passes(), "{lost:?}");
    let nobody = LogSettings { port: Some(9), ..settings(&peer, "127.0.0.1") };
    let away = log(&nobody).add(&row()).await.unwrap_err();
    assert!(matches!(away, ServiceError::Unreachable { .. }) && away.passes(), "{away:?}");
}

/// A second table as it should be.
fn open_table(asked: &Statement) -> Reaction {
    match asked.values.get(1) {
        None => Reaction::Texts(vec!["caller", "check_id", "open_until", "locked_until"]),
        Some(_) => Reaction::Number(1),
    }
}

#[tokio::test]
async fn the_test_asks_for_columns_key_and_rights_and_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let columns = vec![
        "request_id",
        "begun_at",
        "ended_at",
        "delivered_at",
        "verified_at",
        "ticket",
        "tenant",
        "person",
        "agent",
        "channel",
        "masked_number",
        "service_id",
        "outcome",
        "attempts",
    ];
    let start = |columns: Vec<&'static str>, keys, granted: &'static [&'static str]| {
        let certificate = certificate(folder.path(), "127.0.0.1");
        Peer::start(Encryption::On, PASSWORD, certificate, move |asked| {
            let table = asked.values[0].as_deref();
            if table == Some("[dbo].[keydesk_checks_open]") {
                return open_table(asked);
            }
            assert_eq!(table, Some("[dbo].[keydesk_checks]"));
            match asked.values.get(1) {
                Some(key) if asked.text.contains("sys.indexes") => {
                    assert_eq!(key.as_deref(), Some("request_id"));
                    Reaction::Number(keys)
                }
                None => Reaction::Texts(columns.clone()),
                Some(right) => {
                    Reaction::Number(i32::from(granted.contains(&right.as_deref().unwrap())))
                }
            }
        })
    };
    let peer = start(columns.clone(), 1, &["INSERT", "SELECT"]);
    let checks = log(&settings(&peer, "127.0.0.1")).test().await;
    assert_eq!(checks.len(), 7);
    for check in &checks {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
    assert!(peer.statements().iter().all(|asked| asked.text.starts_with("SELECT ")));
    let peer = start(columns[..13].to_vec(), 0, &["SELECT", "UPDATE"]);
    let checks = log(&settings(&peer, "127.0.0.1")).test().await;
    let outcome = |name| &checks.iter().find(|check| check.name == name).unwrap().outcome;
    assert!(
        matches!(outcome("Table"), CheckOutcome::Failed(told) if told.what.contains("attempts"))
    );
    assert!(matches!(outcome("One row for each check"), CheckOutcome::Failed(_)));
    assert!(matches!(
        outcome("Right INSERT"),
        CheckOutcome::MissingPermission { permission: "INSERT", .. }
    ));
    assert!(
        matches!(outcome("Nothing but adding"), CheckOutcome::Advice(told) if told.what.contains("UPDATE"))
    );
}
