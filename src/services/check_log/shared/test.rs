//! What a test tells of the second table. Without it stations work, each by itself.

use super::super::server::{Found, Rights};
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::{Detail, Problem};
use crate::services::wire::line;

pub(super) const OPEN_COLUMNS: [&str; 4] = ["caller", "check_id", "open_until", "locked_until"];
/// The column that finds a row again.
pub(in super::super) const OPEN_KEY: &str = OPEN_COLUMNS[0];
const LINE: &str = "One open check on all stations";

/// One line; `sql` makes the table.
pub(in super::super) fn open_line(
    table: &str,
    rights: &Rights,
    found: &Found,
    sql: String,
) -> ConnectionCheck {
    let advice = |what: String, next: &str, details| {
        CheckOutcome::Advice(Problem { what, next: next.into(), details })
    };
    if found.columns.is_empty() {
        let what =
            format!("There is no table {table}: stations do not see each other's open checks");
        let next = "Have the statement in the details run in the database";
        return line(LINE, advice(what, next, vec![Detail::new("SQL", sql)]));
    }
    let missing: Vec<&str> = OPEN_COLUMNS
        .into_iter()
        .filter(|column| !found.columns.iter().any(|name| name.eq_ignore_ascii_case(column)))
        .collect();
    let lacks: Vec<&str> =
        rights.needed.iter().copied().filter(|right| !found.rights.contains(right)).collect();
    let outcome = match (&missing[..], found.is_unique, &lacks[..]) {
        ([], true, []) => {
            CheckOutcome::Works(format!("{table} can be read and changed; no row was added"))
        }
        ([], true, lacks) => {
            let what = format!("The user has no right to {} on {table}", lacks.join(", "));
            advice(what, "Grant it to the user", Vec::new())
        }
        ([], false, _) => {
            let what = format!("{OPEN_KEY} is not unique, so two stations could claim one caller");
            advice(what, "Make caller the primary key of the table", Vec::new())
        }
        (missing, ..) => {
            let what = format!("{table} lacks {}", missing.join(", "));
            advice(what, "Add them as in the details", vec![Detail::new("SQL", sql)])
        }
    };
    line(LINE, outcome)
}
