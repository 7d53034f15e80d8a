//! The log in PostgreSQL (10 and later).

use super::server::{ANSWER, CONNECT, Found, Line, Rights, lines, said, silent};
use super::shared::{
    self, Kept, OPEN_KEY, Runs, STALE, Statements, open_line, open_table, postgresql, statement,
};
use super::table::{COLUMNS, quoted, values};
use super::{CheckLog, CheckRow, POSTGRESQL_OPEN_TABLE, POSTGRESQL_TABLE};
use crate::directory::ConnectionCheck;
use crate::secrets::SecretText;
use crate::services::ServiceError;
use crate::services::stations::{Claim, Held, SHARED, Shared};
use crate::settings::LogSettings;
use crate::verify::CallerKey;
use async_trait::async_trait;
use base64::Engine;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqlSafeStr};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

const NAME: &str = "PostgreSQL";
const PORT: u16 = 5432;
/// What each parameter is read as; all are sent as texts.
const TYPES: [&str; 14] = [
    "uuid",
    "timestamptz",
    "timestamptz",
    "timestamptz",
    "timestamptz",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "integer",
];
const QUOTES: [char; 2] = ['"', '"'];
const RIGHTS: Rights = Rights { needed: &["INSERT"], unwanted: &["UPDATE", "DELETE", "TRUNCATE"] };
const OPEN_RIGHTS: Rights = Rights { needed: &["SELECT", "INSERT", "UPDATE"], unwanted: &[] };

/// Two tables. Each row is added over a connection of its own: there are few, and hours between.
pub struct PostgresLog {
    options: PgConnectOptions,
    /// As the settings have it.
    table: String,
    user: String,
    /// For the second table.
    kept: Kept<PgConnection>,
}

impl PostgresLog {
    pub const NAME: &str = NAME;

    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] for an authority that can't be read.
    pub fn new(settings: &LogSettings, password: &SecretText) -> Result<Self, ServiceError> {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&settings.host)
            .port(settings.port.unwrap_or(PORT))
            .database(&settings.database)
            .username(&settings.user)
            .password(password.expose())
            .application_name("Keydesk")
            .disable_statement_logging();
        let options = match Line::to(&settings.host) {
            Line::Local => options.ssl_mode(PgSslMode::Disable),
            Line::Encrypted => options
                .ssl_mode(PgSslMode::VerifyFull)
                .ssl_root_cert_from_pem(authorities(settings)?),
        };
        let (table, user) = (settings.table.clone(), settings.user.clone());
        Ok(Self { options, table, user, kept: Kept::default() })
    }

    async fn connect(&self) -> Result<PgConnection, ServiceError> {
        match timeout(CONNECT, self.options.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(not_connected(error)),
            Err(_) => {
                let reason = format!("no answer within {} s", CONNECT.as_secs());
                Err(ServiceError::Unreachable { service: NAME, reason })
            }
        }
    }

    fn insert(&self) -> String {
        let table = quoted(&self.table, ['"', '"']);
        let places: Vec<String> =
            TYPES.iter().zip(1..).map(|(kind, number)| format!("${number}::{kind}")).collect();
        // Without a target: that would need the right to read.
        format!(
            "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
            COLUMNS.join(", "),
            places.join(", ")
        )
    }

    /// Both tables.
    async fn look(&self) -> Result<(Found, Found), ServiceError> {
        let mut connection = self.connect().await?;
        let looked = timeout(ANSWER, async {
            let rows = look_at(&mut connection, &self.table, ("request_id", &RIGHTS)).await?;
            let open = open_table(&self.table);
            Ok((rows, look_at(&mut connection, &open, (OPEN_KEY, &OPEN_RIGHTS)).await?))
        });
        looked.await.map_err(|_| silent(NAME, ANSWER))?.map_err(failed)
    }

    /// The server knows the claim's statement: the click then asks once.
    async fn make_ready(&self) {
        let Some(mut connection) = self.kept.take() else { return };
        let text = <String as sqlx::Type<sqlx::Postgres>>::type_info();
        let types = [text.clone(), text.clone(), text];
        let claim = AssertSqlSafe(self.statements().claim).into_sql_str();
        let ready = timeout(SHARED, connection.prepare_with(claim, &types)).await;
        if ready.is_ok_and(|ready| ready.is_ok()) {
            self.kept.put(connection);
        }
    }

    /// The statement on a connection; the connection, and numbers of the first row.
    async fn run_on(
        &self,
        mut connection: PgConnection,
        statement: &str,
        values: &[String],
    ) -> Result<(PgConnection, Option<PgRow>), sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(statement.to_owned()));
        for value in values {
            query = query.bind(value);
        }
        let row = query.fetch_optional(&mut connection).await?;
        Ok((connection, row))
    }
}

/// What is there of a table.
async fn look_at(
    connection: &mut PgConnection,
    table: &str,
    (key, rights): (&str, &Rights),
) -> Result<Found, sqlx::Error> {
    let table = quoted(table, QUOTES);
    let columns = "SELECT attname::text FROM pg_catalog.pg_attribute \
            WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let columns = sqlx::query(columns).bind(&table).fetch_all(&mut *connection).await?;
    let columns: Vec<String> =
        columns.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if columns.is_empty() {
        return Ok(Found::default());
    }
    let unique = "SELECT count(*) > 0 FROM pg_catalog.pg_index i \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
            WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indnatts = 1 \
            AND i.indpred IS NULL AND a.attname = $2";
    let unique = sqlx::query(unique).bind(&table).bind(key).fetch_one(&mut *connection).await?;
    let mut found = Found { columns, is_unique: unique.try_get(0)?, rights: Vec::new() };
    for right in rights.needed.iter().chain(rights.unwanted) {
        let asked = sqlx::query("SELECT has_table_privilege(to_regclass($1), $2)");
        let asked = asked.bind(&table).bind(right).fetch_one(&mut *connection).await?;
        if asked.try_get(0)? {
            found.rights.push(right);
        }
    }
    Ok(found)
}

#[async_trait]
impl Runs for PostgresLog {
    fn statements(&self) -> Statements {
        postgresql::statements(&quoted(&open_table(&self.table), QUOTES))
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
            let connection = self.options.connect().await.map_err(not_connected)?;
            self.run_on(connection, &statement, values).await.map_err(failed)
        };
        let (connection, row) = timeout(SHARED, run).await.map_err(|_| silent(NAME, SHARED))??;
        self.kept.put(connection);
        let Some(row) = row else { return Ok(None) };
        let numbers = (0..row.len()).map(|at| row.try_get(at));
        numbers.collect::<Result<_, _>>().map(Some).map_err(failed)
    }
}

#[async_trait]
impl Shared for PostgresLog {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn held(&self, caller: &CallerKey, check: Uuid) -> Result<Held, ServiceError> {
        let held = shared::held(self, caller, check).await?;
        self.make_ready().await;
        Ok(held)
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
impl CheckLog for PostgresLog {
    async fn add(&self, row: &CheckRow) -> Result<(), ServiceError> {
        let mut connection = self.connect().await?;
        let statement = self.insert();
        let mut insert = sqlx::query(AssertSqlSafe(statement));
        for value in values(row) {
            insert = insert.bind(value);
        }
        let added = timeout(ANSWER, insert.execute(&mut connection)).await;
        added.map_err(|_| silent(NAME, ANSWER))?.map_err(failed)?;
        if let Err(error) = connection.close().await {
            tracing::debug!(%error, "the log's connection did not end well");
        }
        Ok(())
    }

    async fn test(&self) -> Vec<ConnectionCheck> {
        let (found, open) = match self.look().await {
            Ok((found, open)) => (Ok(found), Some(open)),
            Err(error) => (Err(error), None),
        };
        let table = open_table(&self.table);
        let named = (table.as_str(), self.user.as_str());
        let sql = statement(POSTGRESQL_OPEN_TABLE, "keydesk_checks_open", named, QUOTES);
        let first =
            statement(POSTGRESQL_TABLE, "keydesk_checks", (&self.table, &self.user), QUOTES);
        let mut lines = lines(NAME, &self.table, &RIGHTS, found, first);
        lines.extend(open.map(|open| open_line(&table, &OPEN_RIGHTS, &open, sql)));
        lines
    }
}

/// The system's authorities as PEM, and the one of the settings: the client's own list is not the
/// system's.
fn authorities(settings: &LogSettings) -> Result<Vec<u8>, ServiceError> {
    let mut pem = String::new();
    for certificate in rustls_native_certs::load_native_certs().certs {
        let body = base64::engine::general_purpose::STANDARD.encode(&certificate);
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        pem.push_str(&body);
        pem.push_str("\n-----END CERTIFICATE-----\n");
    }
    let mut pem = pem.into_bytes();
    if let Some(path) = &settings.authority {
        let own = std::fs::read(path).map_err(|error| ServiceError::Settings {
            service: NAME,
            reason: format!("{} can't be read: {error}", path.display()),
        })?;
        pem.extend(own);
    }
    Ok(pem)
}

/// Nothing was sent yet but who signs in.
fn not_connected(error: sqlx::Error) -> ServiceError {
    match error {
        sqlx::Error::Database(_) => failed(error),
        sqlx::Error::Tls(error) => ServiceError::Unreachable {
            service: NAME,
            reason: format!("no trusted encryption: {error}"),
        },
        sqlx::Error::Configuration(error) => {
            ServiceError::Settings { service: NAME, reason: error.to_string() }
        }
        error => ServiceError::Unreachable { service: NAME, reason: error.to_string() },
    }
}

/// By the server's code (PostgreSQL, appendix A).
fn failed(error: sqlx::Error) -> ServiceError {
    let service = NAME;
    let sqlx::Error::Database(told) = &error else {
        let facts = said("connection", &error.to_string());
        return ServiceError::AnswerLost { service, facts };
    };
    let code = told.code().unwrap_or_default();
    let facts = said(&code, told.message());
    let reason = |what: &str| format!("{what} ({})", facts.message.as_deref().unwrap_or_default());
    match &*code {
        "3D000" => ServiceError::Settings { service, reason: reason("no such database") },
        "42P01" | "3F000" => ServiceError::Settings { service, reason: reason("no such table") },
        "42703" | "42804" | "22001" | "23502" | "42P10" => {
            ServiceError::Settings { service, reason: reason("the table has other columns") }
        }
        "42501" => ServiceError::Forbidden { service, facts },
        code if code.starts_with("28") => ServiceError::SignIn { service, facts },
        // Too many connections, starting or stopping, out of room, a lost connection.
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            ServiceError::Unavailable { service, facts }
        }
        _ => ServiceError::Refused { service, facts },
    }
}
