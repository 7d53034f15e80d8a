//! The log of checks in a database of the company: one row for each. What all stations share of
//! open checks can stand beside it.

use super::ServiceError;
use super::stations::Shared;
use crate::directory::ConnectionCheck;
use crate::verify::{Channel, Outcome};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

mod postgres;
mod server;
mod shared;
mod sql_server;
mod table;
mod unusable;

pub use postgres::PostgresLog;
pub use sql_server::SqlServerLog;
pub use unusable::UnusableLog;

/// Makes the table in PostgreSQL, and lets a user `keydesk` add rows.
pub const POSTGRESQL_TABLE: &str = include_str!("postgresql.sql");
/// The same in SQL Server.
pub const SQL_SERVER_TABLE: &str = include_str!("sql_server.sql");

/// Makes the second table in PostgreSQL: what stations share of open checks.
pub const POSTGRESQL_OPEN_TABLE: &str = include_str!("postgresql_open.sql");
/// The same in SQL Server.
pub const SQL_SERVER_OPEN_TABLE: &str = include_str!("sql_server_open.sql");

/// A table that rows are added to and nothing else, and a small one that stations share.
#[async_trait]
pub trait CheckLog: Shared {
    /// Adds the row; one whose id is there already is left as it is, so it may be repeated.
    async fn add(&self, row: &CheckRow) -> Result<(), ServiceError>;
    /// Tries server, database, table and the right to add rows; adds none.
    async fn test(&self) -> Vec<ConnectionCheck>;
}

/// One check. No code and no whole number is in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CheckRow {
    /// Ours, of the check.
    pub request: Uuid,
    pub begun_at: Timestamp,
    pub ended_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    pub verified_at: Option<Timestamp>,
    pub ticket: Option<String>,
    /// The tenant's domain or id.
    pub tenant: String,
    /// The person's user name.
    pub person: String,
    /// The agent as the history names them.
    pub agent: String,
    pub channel: Channel,
    /// Such as `+46 ••• ••• 67`; nothing for a push.
    pub masked: Option<String>,
    /// The service's id, such as `VE...`.
    pub service_id: Option<String>,
    pub outcome: Outcome,
    /// Codes that were tried.
    pub attempts: u32,
}
