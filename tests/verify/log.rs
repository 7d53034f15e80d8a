//! The log of checks in a real PostgreSQL: its rows wait while it is away.

use crate::postgres::Server;
use crate::steps::{Agent, agent_with, confess};
use keydesk::engine::{StartOptions, VerifyCommand};
use keydesk::secrets::{SecretName, SecretText, Secrets, ServiceSecret};
use keydesk::services::check_log::{POSTGRESQL_OPEN_TABLE, POSTGRESQL_TABLE};
use keydesk::settings::{LogServer, LogSettings, VerifySettings};
use keydesk::verify::Outcome;
use sqlx::Row;
use std::time::Duration;
use tokio::runtime::Runtime;

const PASSWORD: &str = "kd-engine-log-password";

pub struct Log {
    pub server: Server,
    runtime: Runtime,
}

impl Log {
    pub fn ready() -> Self {
        confess(PASSWORD);
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = Server::start().await;
            server.run(&format!("CREATE ROLE keydesk LOGIN PASSWORD '{PASSWORD}'")).await;
            server.run(POSTGRESQL_TABLE).await;
            server.run(POSTGRESQL_OPEN_TABLE).await;
            server
        });
        Self { server, runtime }
    }

    fn agent(&self) -> Agent {
        self.agent_with(|_| {}, |_| {})
    }

    pub fn agent_with(
        &self,
        settings: impl FnOnce(&mut VerifySettings),
        adjust: impl FnOnce(&mut StartOptions),
    ) -> Agent {
        let agent = agent_with(|verify| self.set(verify, settings), adjust);
        self.connected(agent)
    }

    /// A station whose keyring has no password of the log's user.
    pub fn agent_without_password(&self) -> Agent {
        agent_with(|verify| self.set(verify, |_| {}), |_| {})
    }

    pub fn colleague(&self, agent: &Agent, settings: impl FnOnce(&mut VerifySettings)) -> Agent {
        self.connected(agent.colleague(|verify| self.set(verify, settings)))
    }

    /// The station on its files as they were, as after a kill.
    pub fn killed_at(&self, agent: &Agent, files: tempfile::TempDir) -> Agent {
        agent.killed_at(files, |station| self.tell_password(station))
    }

    pub fn tell_password(&self, agent: &Agent) {
        agent.keep_secret(ServiceSecret::Log, SecretText::new(PASSWORD));
    }

    /// The keyring has it no more: a real one outlives the station that is killed.
    pub fn hide_password(&self, agent: &Agent) {
        let tenant = agent.tenant().to_owned();
        let name = SecretName::Service { tenant, service: ServiceSecret::Log };
        Secrets::probe().delete(&name).unwrap();
    }

    fn set(&self, verify: &mut VerifySettings, more: impl FnOnce(&mut VerifySettings)) {
        verify.log = Some(LogSettings {
            server: LogServer::Postgresql,
            host: "127.0.0.1".into(),
            port: Some(self.server.port),
            database: "audit".into(),
            user: "keydesk".into(),
            table: "keydesk_checks".into(),
            authority: None,
        });
        more(verify);
    }

    fn connected(&self, mut agent: Agent) -> Agent {
        self.tell_password(&agent);
        agent.connect_anew();
        agent
    }

    /// As the owner of the database.
    pub fn run(&self, statement: &str) {
        self.runtime.block_on(self.server.run(statement));
    }

    /// Whether any station has a caller open, or did not let go of one whose time is over.
    pub fn is_open(&self) -> bool {
        let open = "SELECT 1 FROM keydesk_checks_open WHERE open_until IS NOT NULL";
        !self.runtime.block_on(self.server.rows(open)).is_empty()
    }

    pub fn resume(&self) {
        self.runtime.block_on(self.server.resume());
    }

    /// The rows once there are any.
    fn first_rows(&self) -> Vec<(String, i32, String)> {
        loop {
            let rows = self.rows();
            if !rows.is_empty() {
                return rows;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Outcome, tries, and everything of each row as one text.
    fn rows(&self) -> Vec<(String, i32, String)> {
        let all = "SELECT outcome, attempts, row_to_json(c)::text FROM keydesk_checks c ORDER BY begun_at";
        let rows = self.runtime.block_on(self.server.rows(all));
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }
}

#[test]
fn a_check_is_one_row_without_the_code_and_without_the_number() {
    let log = Log::ready();
    let mut agent = log.agent();
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    agent.try_wrong(&code);
    agent.check(|check| check.wrong == 1);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    let rows = log.first_rows();
    assert_eq!(rows.len(), 1);
    let (outcome, attempts, whole) = &rows[0];
    assert_eq!((outcome.as_str(), *attempts), ("verified", 2));
    for part in ["oskar.lindqvist@larkfield.example", "verify-sms", "•••", "larkfield.example"]
    {
        assert!(whole.contains(part), "{part} is missing");
    }
    assert!(!whole.contains(&code), "the code is in it");
    assert!(!whole.contains("1740613"), "the number is in it");
}

#[test]
fn a_row_waits_while_the_server_is_away_and_is_added_once() {
    let log = Log::ready();
    log.server.stop();
    let mut agent = log.agent();
    agent.verify_person("Oskar Lindqvist");
    let waiting = agent.pending(|pending| pending.rows == 1 && pending.problem.is_some());
    assert!(!waiting.problem.unwrap().to_string().contains(PASSWORD), "the password is told");
    log.resume();
    agent.verify(VerifyCommand::SendPending);
    agent.verify(VerifyCommand::SendPending);
    agent.pending(|pending| pending.rows == 0);
    assert_eq!(log.rows().len(), 1);
}
