//! The log of checks on a real PostgreSQL, behind the engine.

use crate::server::Server;
use crate::steps::{agent_with, confess};
use keydesk::engine::VerifyCommand;
use keydesk::secrets::{SecretText, ServiceSecret};
use keydesk::services::check_log::POSTGRESQL_TABLE;
use keydesk::settings::{LogServer, LogSettings};
use keydesk::verify::Outcome;
use sqlx::Row;

const PASSWORD: &str = "Kd-engine-log-password";

fn settings(server: &Server) -> LogSettings {
    LogSettings {
        server: LogServer::Postgresql,
        host: "127.0.0.1".into(),
        port: Some(server.port),
        database: "audit".into(),
        user: "keydesk".into(),
        table: "keydesk_checks".into(),
        authority: None,
    }
}

#[test]
fn rows_wait_while_the_database_is_away_and_stand_there_once() {
    confess(PASSWORD);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let server = Server::start().await;
        server.run(&format!("CREATE ROLE keydesk LOGIN PASSWORD '{PASSWORD}'")).await;
        server.run(POSTGRESQL_TABLE).await;
        server
    });
    let log = settings(&server);
    let mut agent = agent_with(|verify| verify.log = Some(log), |_| {});
    agent.keep_secret(ServiceSecret::Log, SecretText::new(PASSWORD));
    agent.connected_anew();
    server.stop();
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    agent.try_wrong(&code);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    agent.pending(|pending| pending.rows == 1 && pending.problem.is_some());
    runtime.block_on(server.resume());
    agent.verify(VerifyCommand::SendPending);
    agent.pending(|pending| pending.rows == 0);
    agent.verify(VerifyCommand::SendPending);
    let rows = runtime.block_on(server.rows(
        "SELECT outcome, attempts, person, masked_number, verified_at IS NOT NULL, \
         row_to_json(keydesk_checks)::text FROM keydesk_checks",
    ));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<String, _>(0), "verified");
    assert_eq!(rows[0].get::<i32, _>(1), 2);
    assert_eq!(rows[0].get::<String, _>(2), caller.person.upn);
    assert!(rows[0].get::<String, _>(3).contains("•••"));
    assert!(rows[0].get::<bool, _>(4));
    let whole = rows[0].get::<String, _>(5);
    assert!(!whole.contains(&code) && !whole.contains("701740613"), "a code or a number is in it");
}
