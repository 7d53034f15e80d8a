//! What both servers share: where the database is, how the line is kept secret, and how a test
//! tells what it found.

use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::{Detail, Problem};
use crate::services::wire::{line, tried};
use crate::services::{ServiceError, ServiceFacts};
use std::net::IpAddr;
use std::time::Duration;

/// For a connection, TLS and sign-in included.
pub(super) const CONNECT: Duration = Duration::from_secs(15);
/// For one statement.
pub(super) const ANSWER: Duration = Duration::from_secs(15);

/// Who may be trusted with what goes to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// To this computer: nobody listens.
    Local,
    /// Encrypted, with a certificate of a known authority in the server's name.
    Encrypted,
}

impl Line {
    pub(super) fn to(host: &str) -> Self {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_local = host.eq_ignore_ascii_case("localhost")
            // The folder of a socket.
            || host.starts_with('/')
            || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if is_local { Self::Local } else { Self::Encrypted }
    }
}

/// What a test found in the database.
#[derive(Default)]
pub(super) struct Found {
    pub(super) columns: Vec<String>,
    /// A second row with the same id is refused by the table itself.
    pub(super) is_unique: bool,
    /// What the user may do with rows, as the server names it.
    pub(super) rights: Vec<&'static str>,
}

/// Rights that the program needs and rights that nobody's log should give.
pub(super) struct Rights {
    pub(super) needed: &'static [&'static str],
    pub(super) unwanted: &'static [&'static str],
}

/// One line each; without a connection there are no more lines. `sql` makes the table.
pub(super) fn lines(
    service: &'static str,
    table: &str,
    rights: &Rights,
    found: Result<Found, ServiceError>,
    sql: String,
) -> Vec<ConnectionCheck> {
    let found = match found {
        Ok(found) => found,
        Err(error) => return vec![line("Connect", tried(Err(error), None))],
    };
    let connected = line("Connect", tried(Ok(format!("{service} was signed in to")), None));
    let works = |text: String| CheckOutcome::Works(text);
    let failed = |what: String, next: String| {
        CheckOutcome::Failed(Problem { what, next, details: Vec::new() })
    };
    let failed_sql = |what: String, next: &str| {
        let details = vec![Detail::new("SQL", sql.as_str())];
        CheckOutcome::Failed(Problem { what, next: next.into(), details })
    };
    if found.columns.is_empty() {
        let what = format!("There is no table {table}, or the user may not see it");
        let next = "Have the statement in the details run in the database, or correct its name";
        return vec![connected, line("Table", failed_sql(what, next))];
    }
    let columns = match super::table::missing(&found.columns)[..] {
        [] => works(format!("{table} has every column")),
        ref missing => failed_sql(
            format!("{table} lacks {}", missing.join(", ")),
            "Add them as in the details",
        ),
    };
    let unique = match found.is_unique {
        true => works("The same check can't stand there twice".into()),
        false => failed(
            "request_id is not unique, so a repeated row would stand there twice".into(),
            format!("Make request_id the primary key of {table}"),
        ),
    };
    let mut lines = vec![connected, line("Table", columns), line("One row for each check", unique)];
    for right in rights.needed {
        lines.push(line(
            &format!("Right {right}"),
            match found.rights.contains(right) {
                true => works("It is granted; no row was added".into()),
                false => CheckOutcome::MissingPermission {
                    permission: right,
                    problem: Problem {
                        what: format!("The user has no right to {right} on {table}"),
                        next: format!("Grant {right} on {table} to the user"),
                        details: Vec::new(),
                    },
                },
            },
        ));
    }
    let unwanted: Vec<&str> =
        rights.unwanted.iter().copied().filter(|right| found.rights.contains(right)).collect();
    lines.push(line(
        "Nothing but adding",
        match unwanted[..] {
            [] => works("The user can't change or remove what stands there".into()),
            ref unwanted => CheckOutcome::Advice(Problem {
                what: format!("The user may also {} on {table}", unwanted.join(", ")),
                next: "Revoke it, so that this station can't change the log".into(),
                details: Vec::new(),
            }),
        },
    ));
    lines
}

/// No whole answer came in time.
pub(super) fn silent(service: &'static str, after: Duration) -> ServiceError {
    let message = format!("no answer within {} s", after.as_secs());
    let facts = ServiceFacts { message: Some(message.into()), ..ServiceFacts::default() };
    ServiceError::AnswerLost { service, facts }
}

/// What the server says, with its code.
pub(super) fn said(code: impl ToString, message: &str) -> ServiceFacts {
    ServiceFacts {
        status: None,
        code: Some(code.to_string().into()),
        message: crate::services::wire::words(message),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_spoken_to_in_the_clear() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "/run/pg"]
        {
            assert_eq!(Line::to(host), Line::Local, "{host}");
        }
        for host in ["", "db", "10.0.0.1", "0.0.0.0", "localhost.example.com", "127.0.0.1.example"]
        {
            assert_eq!(Line::to(host), Line::Encrypted, "{host}");
        }
    }
}
