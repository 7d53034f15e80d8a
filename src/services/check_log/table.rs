//! The table's columns, and a row as texts for them.

use super::CheckRow;

/// Columns, in the order of [`values`]; the first finds the row again.
pub(super) const COLUMNS: [&str; 14] = [
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

/// Times in UTC, to the millisecond.
pub(super) fn values(row: &CheckRow) -> [Option<String>; 14] {
    let time = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    // No text of these servers holds it.
    let text = |text: &str| Some(text.replace('\0', ""));
    [
        Some(row.request.to_string()),
        Some(time(row.begun_at)),
        Some(time(row.ended_at)),
        row.delivered_at.map(time),
        row.verified_at.map(time),
        row.ticket.as_deref().and_then(text),
        text(&row.tenant),
        text(&row.person),
        text(&row.agent),
        text(row.channel.word()),
        row.masked.as_deref().and_then(text),
        row.service_id.as_deref().and_then(text),
        text(row.outcome.word()),
        Some(row.attempts.to_string()),
    ]
}

/// `table` or `schema.table` as the settings have it, each part in the server's quotes. Its parts
/// hold letters, digits and low lines only, which the settings see to; a quote would be doubled.
pub(super) fn quoted(table: &str, [open, close]: [char; 2]) -> String {
    let quoted = |part: &str| {
        let mut text = String::from(open);
        for c in part.chars() {
            text.push(c);
            if c == close {
                text.push(c);
            }
        }
        text.push(close);
        text
    };
    table.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

/// Columns that are not among those found.
pub(super) fn missing(found: &[String]) -> Vec<&'static str> {
    let is_there = |column: &str| found.iter().any(|name| name.eq_ignore_ascii_case(column));
    COLUMNS.into_iter().filter(|column| !is_there(column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_name() {
        assert_eq!(quoted("keydesk_checks", ['"', '"']), "\"keydesk_checks\"");
        assert_eq!(quoted("audit.checks", ['[', ']']), "[audit].[checks]");
        assert_eq!(quoted("a]; DROP TABLE b--", ['[', ']']), "[a]]; DROP TABLE b--]");
        assert_eq!(quoted("a\"b", ['"', '"']), "\"a\"\"b\"");
    }

    #[test]
    fn the_columns_of_the_published_tables_are_those_that_are_written() {
        for published in [include_str!("postgresql.sql"), include_str!("sql_server.sql")] {
            let body = published.split_once('(').unwrap().1.split_once("\n);").unwrap().0;
            let named: Vec<&str> =
                body.lines().filter_map(|line| line.split_whitespace().next()).collect();
            assert_eq!(named, COLUMNS);
        }
    }
}
