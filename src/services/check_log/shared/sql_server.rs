//! The statements in SQL Server. `HOLDLOCK` keeps another station's row out between the look and
//! the change of a `MERGE`.

use super::Statements;

/// `table` is quoted.
pub(in super::super) fn statements(table: &str) -> Statements {
    const NOW: &str = "SYSUTCDATETIME()";
    // The wish has other names of columns, so that the table's need no name before them.
    let wish = format!(
        "MERGE INTO {table} WITH (HOLDLOCK) USING (SELECT CAST(@P1 AS char(64)) AS of_caller, \
         CAST(@P2 AS uniqueidentifier) AS of_check, DATEADD(second, CAST(@P3 AS int), {NOW}) \
         AS until) AS wish ON caller = wish.of_caller"
    );
    // Boundaries of seconds are counted: one more is never too few.
    let left = |until: &str| format!("DATEDIFF(second, {NOW}, {until}) + 1");
    Statements {
        claim: format!(
            "{wish} WHEN MATCHED AND (check_id = wish.of_check OR open_until IS NULL \
             OR open_until <= {NOW}) AND (locked_until IS NULL OR locked_until <= {NOW}) \
             THEN UPDATE SET check_id = wish.of_check, open_until = wish.until \
             WHEN NOT MATCHED THEN INSERT (caller, check_id, open_until) \
             VALUES (wish.of_caller, wish.of_check, wish.until) OUTPUT 1 AS taken;"
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
            "{wish} WHEN MATCHED THEN UPDATE SET locked_until = CASE WHEN locked_until > \
             wish.until THEN locked_until ELSE wish.until END, open_until = CASE WHEN \
             check_id = wish.of_check THEN NULL ELSE open_until END \
             WHEN NOT MATCHED THEN INSERT (caller, check_id, locked_until) \
             VALUES (wish.of_caller, wish.of_check, wish.until);"
        ),
    }
}
