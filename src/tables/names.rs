//! Names as identifiers of SQL.

/// As SQLite and PostgreSQL write them.
pub(crate) fn in_double_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As MySQL writes them.
pub(crate) fn in_backticks(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_quotes() {
        assert_eq!(in_double_quotes("a\" b"), "\"a\"\" b\"");
        assert_eq!(in_backticks("a` b"), "`a`` b`");
    }
}
