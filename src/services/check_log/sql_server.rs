//! The log in SQL Server (2012 and later) and Azure SQL.

use super::server::{ANSWER, CONNECT, Found, Line, Rights, lines, said, silent};
use super::shared::{
    self, Kept, OPEN_KEY, Runs, STALE, Statements, open_line, open_table, statement,
};
use super::table::{COLUMNS, quoted, values};
use super::{CheckLog, CheckRow, SQL_SERVER_OPEN_TABLE, SQL_SERVER_TABLE};
use crate::directory::ConnectionCheck;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::stations::{Claim, Held, SHARED, Shared};
use crate::settings::LogSettings;
use crate::verify::CallerKey;
use async_trait::async_trait;
use std::time::Duration;
use tiberius::error::Error;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, ToSql};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use uuid::Uuid;

const NAME: &str = "SQL Server";
const PORT: u16 = 1433;
/// What each parameter is read as; all are sent as texts.
const TYPES: [&str; 14] = [
    "uniqueidentifier",
    "datetimeoffset(3)",
    "datetimeoffset(3)",
    "datetimeoffset(3)",
    "datetimeoffset(3)",
    "nvarchar(64)",
    "nvarchar(255)",
    "nvarchar(320)",
    "nvarchar(320)",
    "nvarchar(32)",
    "nvarchar(64)",
    "nvarchar(128)",
    "nvarchar(32)",
    "int",
];
/// Reading is needed to see whether a row is there already.
const RIGHTS: Rights = Rights { needed: &["INSERT", "SELECT"], unwanted: &["UPDATE", "DELETE"] };
const OPEN_RIGHTS: Rights = Rights { needed: &["SELECT", "INSERT", "UPDATE"], unwanted: &[] };
const QUOTES: [char; 2] = ['[', ']'];

/// A row with this id came in between.
const DUPLICATE: [u32; 2] = [2601, 2627];

type Connected = Client<Compat<TcpStream>>;

/// Two tables. Each row is added over a connection of its own: there are few, and hours between.
pub struct SqlServerLog {
    config: Config,
    line: Line,
    /// As the settings have it.
    table: String,
    user: String,
    /// For the second table.
    kept: Kept<Connected>,
}

impl SqlServerLog {
    pub const NAME: &str = NAME;

    /// Connects to nothing yet.
    pub fn new(settings: &LogSettings, password: &SecretText) -> Self {
        Self::over(Line::to(&settings.host), settings, password)
    }

    fn over(line: Line, settings: &LogSettings, password: &SecretText) -> Self {
        let mut config = Config::new();
        config.host(&settings.host);
        config.port(settings.port.unwrap_or(PORT));
        config.database(&settings.database);
        config.authentication(AuthMethod::sql_server(&settings.user, password.expose()));
        config.application_name("Keydesk");
        match line {
            // The sign-in only, with the certificate that every server makes for itself.
            Line::Local => {
                config.encryption(EncryptionLevel::Off);
                config.trust_cert();
            }
            Line::Encrypted => {
                config.encryption(EncryptionLevel::Required);
                if let Some(path) = &settings.authority {
                    config.trust_cert_ca(path.display());
                }
            }
        }
        let (table, user) = (settings.table.clone(), settings.user.clone());
        Self { config, line, table, user, kept: Kept::default() }
    }

    async fn connect(&self) -> Result<Connected, ServiceError> {
        match open(&self.config).await {
            // Azure SQL may name the node that does the work.
            Err(Error::Routing { host, port }) if self.line == Line::Encrypted => {
                let mut config = self.config.clone();
                config.host(host);
                config.port(port);
                open(&config).await.map_err(not_connected)
            }
            connected => connected.map_err(not_connected),
        }
    }

    fn insert(&self) -> String {
        let table = quoted(&self.table, ['[', ']']);
        let places: Vec<String> = TYPES
            .iter()
            .zip(1..)
            .map(|(kind, number)| format!("CAST(@P{number} AS {kind})"))
            .collect();
        let id = &places[0];
        format!(
            "IF NOT EXISTS (SELECT 1 FROM {table} WITH (UPDLOCK, HOLDLOCK) WHERE request_id = {id}) \
             INSERT INTO {table} ({}) VALUES ({})",
            COLUMNS.join(", "),
            places.join(", ")
        )
    }

    /// Both tables.
    async fn look(&self) -> Result<(Found, Found), ServiceError> {
        let mut client = self.connect().await?;
        let looked = timeout(ANSWER, async {
            let rows = look_at(&mut client, &self.table, ("request_id", &RIGHTS)).await?;
            let open = open_table(&self.table);
            Ok((rows, look_at(&mut client, &open, (OPEN_KEY, &OPEN_RIGHTS)).await?))
        });
        looked.await.map_err(|_| silent(NAME, ANSWER))?.map_err(failed)
    }

    /// The statement on a connection; the connection, and numbers of the first row.
    async fn run_on(
        &self,
        mut client: Connected,
        statement: &str,
        values: &[String],
    ) -> Result<(Connected, Option<Vec<Option<i32>>>), Error> {
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let rows = client.query(statement, &values).await?.into_first_result().await?;
        let numbers = rows.first().map(|row| {
            (0..row.len()).map(|at| row.try_get::<i32, _>(at)).collect::<Result<Vec<_>, _>>()
        });
        Ok((client, numbers.transpose()?))
    }
}

/// What is there of a table.
async fn look_at(
    client: &mut Connected,
    table: &str,
    (key, rights): (&str, &Rights),
) -> Result<Found, Error> {
    let table = quoted(table, QUOTES);
    let columns = "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(@P1)";
    let columns = client.query(columns, &[&table]).await?.into_first_result().await?;
    let columns: Vec<String> =
        columns.iter().filter_map(|row| row.get::<&str, _>(0).map(str::to_owned)).collect();
    if columns.is_empty() {
        return Ok(Found::default());
    }
    let unique = "SELECT COUNT(*) FROM sys.indexes i WHERE i.object_id = OBJECT_ID(@P1) \
            AND i.is_unique = 1 AND i.has_filter = 0 AND \
            (SELECT COUNT(*) FROM sys.index_columns c WHERE c.object_id = i.object_id AND \
            c.index_id = i.index_id AND c.key_ordinal > 0) = 1 AND EXISTS \
            (SELECT 1 FROM sys.index_columns c JOIN sys.columns n ON n.object_id = c.object_id \
            AND n.column_id = c.column_id WHERE c.object_id = i.object_id AND \
            c.index_id = i.index_id AND c.key_ordinal = 1 AND n.name = @P2)";
    let unique = client.query(unique, &[&table, &key]).await?.into_row().await?;
    let is_unique = unique.and_then(|row| row.get::<i32, _>(0)).is_some_and(|count| count > 0);
    let mut found = Found { columns, is_unique, rights: Vec::new() };
    for right in rights.needed.iter().chain(rights.unwanted) {
        let asked = "SELECT HAS_PERMS_BY_NAME(@P1, N'OBJECT', @P2)";
        let asked = client.query(asked, &[&table, right]).await?.into_row().await?;
        if asked.and_then(|row| row.get::<i32, _>(0)) == Some(1) {
            found.rights.push(right);
        }
    }
    Ok(found)
}

#[async_trait]
impl Runs for SqlServerLog {
    fn statements(&self) -> Statements {
        shared::sql_server::statements(&quoted(&open_table(&self.table), QUOTES))
    }

    async fn run(
        &self,
        statement: String,
        values: &[String],
    ) -> Result<Option<Vec<Option<i32>>>, ServiceError> {
        let run = async {
            if let Some(kept) = self.kept.take()
                && let Ok(Ok(done)) = timeout(STALE, self.run_on(kept, &statement, values)).await
            {
                return Ok(done);
            }
            let client = self.connect().await?;
            self.run_on(client, &statement, values).await.map_err(failed)
        };
        let (client, row) = timeout(SHARED, run).await.map_err(|_| silent(NAME, SHARED))??;
        self.kept.put(client);
        Ok(row)
    }
}

#[async_trait]
impl Shared for SqlServerLog {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn held(&self, caller: &CallerKey, check: Uuid) -> Result<Held, ServiceError> {
        shared::held(self, caller, check).await
    }

    async fn claim(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lasts: Duration,
    ) -> Result<Claim, ServiceError> {
        shared::claim(self, caller, check, lasts).await
    }

    async fn free(
        &self,
        caller: &CallerKey,
        check: Uuid,
        lock: Option<Duration>,
    ) -> Result<(), ServiceError> {
        shared::free(self, caller, check, lock).await
    }
}

#[async_trait]
impl CheckLog for SqlServerLog {
    async fn add(&self, row: &CheckRow) -> Result<(), ServiceError> {
        let mut client = self.connect().await?;
        let values = values(row);
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let statement = self.insert();
        let added = timeout(ANSWER, client.execute(statement, &values)).await;
        match added.map_err(|_| silent(NAME, ANSWER))? {
            Ok(_) => Ok(()),
            Err(Error::Server(told)) if DUPLICATE.contains(&told.code()) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let (found, open) = match self.look().await {
            Ok((found, open)) => (Ok(found), Some(open)),
            Err(error) => (Err(error), None),
        };
        let table = open_table(&self.table);
        let named = (table.as_str(), self.user.as_str());
        let sql = statement(SQL_SERVER_OPEN_TABLE, "dbo.keydesk_checks_open", named, QUOTES);
        let first =
            statement(SQL_SERVER_TABLE, "dbo.keydesk_checks", (&self.table, &self.user), QUOTES);
        let mut lines = lines(NAME, &self.table, &RIGHTS, found, first);
        lines.extend(open.map(|open| open_line(&table, &OPEN_RIGHTS, &open, sql)));
        lines
    }
}

async fn open(config: &Config) -> Result<Connected, Error> {
    let opened = timeout(CONNECT, async {
        let stream = TcpStream::connect(config.get_addr()).await?;
        stream.set_nodelay(true)?;
        Client::connect(config.clone(), stream.compat_write()).await
    });
    opened.await.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", CONNECT.as_secs());
        Err(Error::Io { kind: std::io::ErrorKind::TimedOut, message })
    })
}

/// Nothing was sent yet but who signs in.
fn not_connected(error: Error) -> ServiceError {
    let service = NAME;
    match error {
        Error::Server(_) => failed(error),
        Error::Tls(message) => {
            // The client's advice after the first sentence is for programmers.
            let what = message.split(". ").next().unwrap_or_default();
            ServiceError::Unreachable { service, reason: format!("no trusted encryption: {what}") }
        }
        Error::Io { message, .. } => ServiceError::Unreachable { service, reason: message },
        error => ServiceError::Unreachable { service, reason: error.to_string() },
    }
}

/// By the server's number.
fn failed(error: Error) -> ServiceError {
    let service = NAME;
    let Error::Server(told) = &error else {
        let facts = said("connection", &error.to_string());
        return ServiceError::AnswerLost { service, facts };
    };
    let facts = said(told.code(), told.message());
    let reason = |what: &str| format!("{what} ({})", facts.message.as_deref().unwrap_or_default());
    match told.code() {
        911 | 4060 => ServiceError::Settings { service, reason: reason("no such database") },
        208 => ServiceError::Settings { service, reason: reason("no such table") },
        207 | 206 | 515 | 8152 | 2628 => {
            ServiceError::Settings { service, reason: reason("the table has other columns") }
        }
        18452 | 18456 | 18470 | 18487 | 18488 | 40615 => ServiceError::SignIn { service, facts },
        229 | 230 => ServiceError::Forbidden { service, facts },
        // Deadlock victim, database not ready, too much asked of it, in single-user mode.
        1205 | 9002 | 17142 | 40197 | 40501 | 40613 | 10928 | 10929 | 49918..=49920 | 18461 => {
            ServiceError::Unavailable { service, facts }
        }
        _ => ServiceError::Refused { service, facts },
    }
}
