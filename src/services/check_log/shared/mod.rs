//! What all stations share, in the log's database.
//!
//! A second table beside the log's. Its times are the database's own; one that is past means
//! nothing. A station claims a caller in one statement, so of two that click at once one is refused.

use super::table::quoted;
use crate::services::ServiceError;
use crate::services::stations::{Claim, Held};
use crate::verify::CallerKey;
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(super) mod postgresql;
pub(super) mod sql_server;
mod test;

pub(super) use test::{OPEN_KEY, open_line};

/// A kept connection that does not answer in so long was cut on the way.
pub(super) const STALE: Duration = Duration::from_secs(1);
/// A connection that was not used for so long is not used any more.
const IDLE: Duration = Duration::from_secs(240);
/// What the second table's name has more than the first one's, and how long a name may be.
const SUFFIX: &str = "_open";
const NAME_BYTES: usize = 63;

/// The statements of one server. Parameters, all texts: the caller's key, the check's id, seconds.
pub(super) struct Statements {
    /// Answers a row where the caller is claimed.
    pub claim: String,
    /// Answers the seconds of [`Held`]; without the third parameter.
    pub held: String,
    /// Without the third parameter.
    pub free: String,
    pub lock: String,
}

/// A server that runs them.
#[async_trait]
pub(super) trait Runs {
    fn statements(&self) -> Statements;
    /// Numbers of the first row, if there is one. Run again where a kept connection was cut: every
    /// one of these statements may be repeated.
    async fn run(
        &self,
        statement: String,
        values: &[String],
    ) -> Result<Option<Vec<Option<i32>>>, ServiceError>;
}

pub(super) async fn claim(
    server: &impl Runs,
    caller: &CallerKey,
    check: Uuid,
    lasts: Duration,
) -> Result<Claim, ServiceError> {
    let values = [caller.text().to_owned(), check.to_string(), seconds(lasts)];
    let mut found = Held::default();
    // It may have been let go of between the two statements.
    for _ in 0..2 {
        if server.run(server.statements().claim, &values).await?.is_some() {
            return Ok(Claim::Taken);
        }
        found = held(server, caller, check).await?;
        if found != Held::default() {
            break;
        }
    }
    Ok(Claim::Refused(found))
}

pub(super) async fn held(
    server: &impl Runs,
    caller: &CallerKey,
    check: Uuid,
) -> Result<Held, ServiceError> {
    let values = [caller.text().to_owned(), check.to_string()];
    let row = server.run(server.statements().held, &values).await?.unwrap_or_default();
    let left = |at: usize| {
        let seconds = row.get(at).copied().flatten()?;
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    };
    Ok(Held { open_for: left(0), open_by: None, locked_for: left(1) })
}

pub(super) async fn free(
    server: &impl Runs,
    caller: &CallerKey,
    check: Uuid,
    lock: Option<Duration>,
) -> Result<(), ServiceError> {
    let mut values = vec![caller.text().to_owned(), check.to_string()];
    let statements = server.statements();
    let statement = match lock {
        Some(lock) => {
            values.push(seconds(lock));
            statements.lock
        }
        None => statements.free,
    };
    server.run(statement, &values).await.map(drop)
}

/// Up to the next whole second.
fn seconds(duration: Duration) -> String {
    let more = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(more).min(i32::MAX.unsigned_abs().into()).to_string()
}

/// The second table of a log, by the name of the first: `audit.checks` has `audit.checks_open`.
pub(super) fn open_table(table: &str) -> String {
    let (schema, name) = match table.rsplit_once('.') {
        Some((schema, name)) => (Some(schema), name),
        None => (None, table),
    };
    let end = name.len().min(NAME_BYTES - SUFFIX.len());
    let name = format!("{}{SUFFIX}", name.get(..end).unwrap_or(name));
    schema.map_or(name.clone(), |schema| format!("{schema}.{name}"))
}

/// A published statement for this table and user.
pub(super) fn statement(
    published: &str,
    published_table: &str,
    (table, user): (&str, &str),
    quotes: [char; 2],
) -> String {
    published
        .replace(published_table, table)
        .replace("TO keydesk;", &format!("TO {};", quoted_user(user, quotes)))
        .trim_end()
        .to_owned()
}

fn quoted_user(user: &str, quotes: [char; 2]) -> String {
    // A dot does not part a user's name.
    let parts: Vec<String> = user.split('.').map(|part| quoted(part, quotes)).collect();
    let [open, close] = quotes;
    parts.join(".").replace(&format!("{close}.{open}"), ".")
}

/// A connection that waits between a look at a caller and the click.
pub(super) struct Kept<C>(Mutex<Option<(C, Instant)>>);

impl<C> Default for Kept<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C> Kept<C> {
    pub fn take(&self) -> Option<C> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        kept.filter(|(_, since)| since.elapsed() < IDLE).map(|(connection, _)| connection)
    }

    pub fn put(&self, connection: C) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some((connection, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_table_is_beside_the_first_and_never_the_first() {
        assert_eq!(open_table("keydesk_checks"), "keydesk_checks_open");
        assert_eq!(open_table("audit.checks"), "audit.checks_open");
        let longest = "c".repeat(NAME_BYTES);
        let open = open_table(&longest);
        assert!(open.len() == NAME_BYTES && open != longest && open.ends_with("_open"));
    }

    #[test]
    fn a_part_of_a_second_is_a_whole_one() {
        assert_eq!(seconds(Duration::from_millis(1500)), "2");
        assert_eq!(seconds(Duration::from_secs(600)), "600");
        assert_eq!(seconds(Duration::MAX), "2147483647");
    }

    #[test]
    fn the_published_statement_is_told_for_this_table_and_user() {
        let told = statement(
            "CREATE TABLE dbo.keydesk_checks_open (a int);\nGRANT SELECT ON \
             dbo.keydesk_checks_open TO keydesk;\n",
            "dbo.keydesk_checks_open",
            ("audit.checks_open", "a]b.c"),
            ['[', ']'],
        );
        assert_eq!(
            told,
            "CREATE TABLE audit.checks_open (a int);\nGRANT SELECT ON audit.checks_open TO \
             [a]]b.c];"
        );
    }
}
