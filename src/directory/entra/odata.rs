//! Texts inside OData options.

/// A text as a literal in `$filter`.
pub(super) fn filter_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One clause of `$search`.
pub(super) fn search_clause(property: &str, text: &str) -> String {
    format!("\"{property}:{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_cannot_leave_their_literal() {
        assert_eq!(filter_literal("O'Brien' or 1 eq 1"), "'O''Brien'' or 1 eq 1'");
        assert_eq!(search_clause("mail", "a\" OR \"b\\"), r#""mail:a\" OR \"b\\""#);
    }
}
