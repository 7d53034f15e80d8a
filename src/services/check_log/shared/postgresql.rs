//! The statements in PostgreSQL.

use super::Statements;

/// `table` is quoted.
pub(in super::super) fn statements(table: &str) -> Statements {
    const NOW: &str = "clock_timestamp()";
    let until = format!("{NOW} + make_interval(secs => $3::integer)");
    let left = |until: &str| format!("ceil(extract(epoch FROM {until} - {NOW}))::integer");
    Statements {
        claim: format!(
            "INSERT INTO {table} AS held (caller, check_id, open_until) \
             VALUES ($1::text, $2::uuid, {until}) ON CONFLICT (caller) DO UPDATE \
             SET check_id = excluded.check_id, open_until = excluded.open_until \
             WHERE (held.check_id = excluded.check_id OR held.open_until IS NULL \
             OR held.open_until <= {NOW}) \
             AND (held.locked_until IS NULL OR held.locked_until <= {NOW}) RETURNING 1"
        ),
        held: format!(
            "SELECT CASE WHEN check_id <> $2::uuid AND open_until > {NOW} THEN {} END, \
             CASE WHEN locked_until > {NOW} THEN {} END FROM {table} WHERE caller = $1::text",
            left("open_until"),
            left("locked_until")
        ),
        free: format!(
            "UPDATE {table} SET open_until = NULL WHERE caller = $1::text AND check_id = $2::uuid"
        ),
        lock: format!(
            "INSERT INTO {table} AS held (caller, check_id, locked_until) \
             VALUES ($1::text, $2::uuid, {until}) ON CONFLICT (caller) DO UPDATE \
             SET locked_until = greatest(held.locked_until, excluded.locked_until), \
             open_until = CASE WHEN held.check_id = excluded.check_id THEN NULL \
             ELSE held.open_until END"
        ),
    }
}
