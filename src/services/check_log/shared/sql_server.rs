//! The statements in SQL Server. `HOLDLOCK` keeps another station's row out between the look and
//! the change of a `MERGE`.

use super::Statements;

/// `table` is quoted.
pub(in super::super) fn statements(table: &str) -> Statements {
    const NOW: &str = "SYSUTCDATETIME()";
    let wish = |time: &str| {
        format!(
            "MERGE INTO {table} WITH (HOLDLOCK) AS held USING (SELECT CAST(@P1 AS char(64)) AS \
             caller, CAST(@P2 AS uniqueidentifier) AS check_id, DATEADD(second, CAST(@P3 AS int), \
             {NOW}) AS {time}) AS wish ON held.caller = wish.caller"
        )
    };
    // Boundaries of seconds are counted: one more is never too few.
    let left = |until: &str| format!("DATEDIFF(second, {NOW}, {until}) + 1");
    Statements {
        claim: format!(
            "{} WHEN MATCHED AND (held.check_id = wish.check_id OR held.open_until IS NULL \
             OR held.open_until <= {NOW}) AND (held.locked_until IS NULL \
             OR held.locked_until <= {NOW}) THEN UPDATE SET check_id = wish.check_id, \
             open_until = wish.open_until WHEN NOT MATCHED THEN \
             INSERT (caller, check_id, open_until) \
             VALUES (wish.caller, wish.check_id, wish.open_until) OUTPUT 1 AS taken;",
            wish("open_until")
        ),
        held: format!(
            "SELECT CASE WHEN check_id <> CAST(@P2 AS uniqueidentifier) AND open_until > {NOW} \
             THEN {} END AS open_for, CASE WHEN locked_until > {NOW} THEN {} END AS locked_for \
             FROM {table} WHERE caller = CAST(@P1 AS char(64))",
            left("open_until"),
            left("locked_until")
        ),
        free: format!(
            "UPDATE {table} SET open_until = NULL WHERE caller = CAST(@P1 AS char(64)) \
             AND check_id = CAST(@P2 AS uniqueidentifier)"
        ),
        lock: format!(
            "{} WHEN MATCHED THEN UPDATE SET locked_until = CASE WHEN held.locked_until > \
             wish.locked_until THEN held.locked_until ELSE wish.locked_until END, \
             open_until = CASE WHEN held.check_id = wish.check_id THEN NULL \
             ELSE held.open_until END WHEN NOT MATCHED THEN \
             INSERT (caller, check_id, locked_until) \
             VALUES (wish.caller, wish.check_id, wish.locked_until);",
            wish("locked_until")
        ),
    }
}
