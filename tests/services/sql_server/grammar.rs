//! Our T-SQL as a parser that is not ours reads it: every statement that goes to the server, and
//! those that make its tables. It knows the grammar; what a server does with it is not proven.

use super::peer::{Encryption, Peer, Reaction, Statement};
use super::{PASSWORD, certificate, log, row, settings};
use keydesk::services::check_log::{SQL_SERVER_OPEN_TABLE, SQL_SERVER_TABLE};
use keydesk::verify::CallerKey;
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::Parser;
use std::time::Duration;
use uuid::Uuid;

fn parse(sql: &str) -> usize {
    match Parser::parse_sql(&MsSqlDialect {}, sql) {
        Ok(parsed) => parsed.len(),
        Err(error) => panic!("{error}: {sql}"),
    }
}

/// Every kind of answer, so that all statements are sent.
fn answer(asked: &Statement) -> Reaction {
    let text = &asked.text;
    if text.starts_with("MERGE") || text.starts_with("UPDATE") || text.starts_with("IF ") {
        return Reaction::Done(0);
    }
    match text.contains("sys.columns WHERE") {
        true => Reaction::Texts(vec!["request_id"]),
        false if text.contains("open_for") => Reaction::Numbers(vec![Some(1), None]),
        false => Reaction::Number(1),
    }
}

#[tokio::test]
async fn every_statement_is_read_by_a_foreign_parser() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certificate(folder.path(), "127.0.0.1");
    let peer = Peer::start(Encryption::On, PASSWORD, certificate, answer);
    let log = log(&settings(&peer, "127.0.0.1"));
    let (caller, check) = (CallerKey::of("somebody"), Uuid::from_u128(7));
    let minute = Duration::from_secs(60);
    log.add(&row()).await.unwrap();
    log.claim(&caller, check, minute).await.unwrap();
    log.free(&caller, check, None).await.unwrap();
    log.free(&caller, check, Some(minute)).await.unwrap();
    log.test().await;
    let statements = peer.statements();
    for begin in ["IF NOT EXISTS", "MERGE INTO", "SELECT CASE", "UPDATE", "SELECT HAS_PERMS"] {
        assert!(statements.iter().any(|one| one.text.starts_with(begin)), "{begin} was not sent");
    }
    for statement in &statements {
        assert_eq!(parse(&statement.text), 1, "{}", statement.text);
    }
}

#[test]
fn the_published_tables_are_read_by_a_foreign_parser() {
    for published in [SQL_SERVER_TABLE, SQL_SERVER_OPEN_TABLE] {
        assert_eq!(parse(published), 2, "a table and its rights");
    }
}

#[test]
fn the_parser_refuses_what_is_no_statement() {
    for wrong in ["MERGE INTO [a] USING", "SELECT CAST(@P1 AS )", "INSERT [a] VALUES (1,"] {
        assert!(Parser::parse_sql(&MsSqlDialect {}, wrong).is_err(), "{wrong}");
    }
}
