//! The SQL of PostgreSQL.

use crate::tables::dialect::{Access, ColumnType, Dialect, Index, NewTable, Types, assignments};
use crate::tables::names::in_double_quotes;

/// The longest name, in bytes; the server would cut what is longer.
const NAME_BYTES_MAX: usize = 63;

/// An index holds up to 2,704 bytes of a row, and a character has up to four.
const KEY_CHARS_MAX: usize = 600;

pub(in crate::tables) struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn quoted(&self, name: &str) -> String {
        in_double_quotes(name)
    }

    fn name_fits(&self, name: &str) -> bool {
        name.len() <= NAME_BYTES_MAX
    }

    /// `C` compares bytes, as SQLite does.
    fn types(&self) -> Types {
        Types {
            key: "TEXT COLLATE \"C\"",
            text: "TEXT COLLATE \"C\"",
            time: "TIMESTAMP",
            date: "DATE",
            truth: "BOOLEAN",
            integer: "BIGINT",
            number: "DOUBLE PRECISION",
            bytes: "BYTEA",
            table_end: ")",
        }
    }

    fn converted(&self, text: &str, to: ColumnType) -> String {
        match to {
            ColumnType::Text => text.to_owned(),
            to => format!("CAST({text} AS {})", self.types().of(to)),
        }
    }

    fn same(&self, one: &str, other: &str) -> String {
        format!("{one} IS NOT DISTINCT FROM {other}")
    }

    fn indexed(&self, column: &str, _: ColumnType) -> String {
        column.to_owned()
    }

    fn create_temporary(&self, name: &str, columns: &str) -> String {
        let name = in_double_quotes(name);
        format!("CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
    }

    fn temporary(&self, name: &str) -> String {
        format!("pg_temp.{}", in_double_quotes(name))
    }

    fn update_from(&self, table: &str, set: &[(String, String)], from: &str, on: &str) -> String {
        format!(
            "UPDATE {table} AS t SET {} FROM {from} WHERE {on}",
            assignments(set, "")
        )
    }

    /// An index would cost half of what the rows do where these are looked at as a whole. The
    /// server finds a name for an index: one of ours may be too long.
    fn create_table(&self, table: &NewTable<'_>) -> String {
        let (name, columns) = (in_double_quotes(table.name), table.columns);
        let create = format!("CREATE TABLE {name} ({columns})");
        if table.access == Access::AsAWhole {
            return create;
        }
        let indexes = [&table.found_by].into_iter().chain(table.searched_by);
        indexes.fold(
            create,
            |script,
             Index {
                 column, is_long, ..
             }| {
                let kind = match is_long {
                    true => "hash",
                    false => "btree",
                };
                format!("{script}; CREATE INDEX ON {name} USING {kind} ({column})")
            },
        )
    }

    fn key_chars_max(&self) -> Option<usize> {
        Some(KEY_CHARS_MAX)
    }

    /// `IF NOT EXISTS` does not protect from another who creates the same at the same time.
    fn before_tables(&self) -> Option<&'static str> {
        Some("SELECT pg_advisory_xact_lock(7023914560918273)")
    }

    fn columns_of_tables(&self, tables: usize) -> String {
        let names: Vec<_> = (0..tables)
            .map(|place| format!("({place}, CAST(?{} AS TEXT))", place + 1))
            .collect();
        format!(
            "SELECT CAST(place AS BIGINT), CAST(attname AS TEXT)
             FROM (VALUES {}) AS wanted (place, name)
             JOIN pg_attribute ON attrelid = to_regclass(quote_ident(name))
                  AND attnum > 0 AND NOT attisdropped
             ORDER BY place, attnum",
            names.join(", ")
        )
    }

    fn describe_column(&self) -> &'static str {
        "SELECT format_type(atttypid, atttypmod),
                CASE WHEN EXISTS (SELECT 1 FROM pg_index WHERE indrelid = attrelid
                                  AND indisprimary AND attnum = ANY (indkey))
                     THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END
         FROM pg_attribute
         WHERE attrelid = to_regclass(quote_ident(?1)) AND attname = ?2"
    }

    fn tables_with_prefix(&self) -> &'static str {
        "SELECT CAST(relname AS TEXT) FROM pg_class
         WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(quote_ident(current_schema()))
           AND starts_with(CAST(relname AS TEXT), ?1) ORDER BY 1"
    }

    /// JSON shows times in one form, whatever the role has set.
    fn as_text(&self, column: &str) -> String {
        format!(
            "(CASE WHEN pg_typeof({column}) IN (
                       CAST('timestamp' AS regtype), CAST('timestamptz' AS regtype))
                   THEN translate(to_json({column}) #>> '{{}}', 'T', ' ')
                   ELSE CAST({column} AS TEXT) END) COLLATE \"C\""
        )
    }

    /// The server calls the year 0 the first one before Christ.
    fn as_time(&self, text: &str) -> String {
        format!(
            "CAST(CASE WHEN {text} < '0001' THEN '0001' || substr({text}, 5) || ' BC'
                       ELSE {text} END AS TIMESTAMP)"
        )
    }

    /// Only a row made from JSON takes a text as what its column is.
    fn as_time_or_text(&self, table: &str, column: &str, text: &str) -> String {
        let (row, text) = (
            format!("CAST(NULL AS {table})"),
            format!("CAST({text} AS TEXT)"),
        );
        format!(
            "(json_populate_record({row}, json_build_object('{column}',
                 CASE WHEN {text} < '0001'
                           AND pg_typeof(({row}).{column}) = CAST('timestamp' AS regtype)
                      THEN '0001' || substr({text}, 5) || ' BC' ELSE {text} END))).{column}"
        )
    }

    fn creates_in_transactions(&self) -> bool {
        true
    }

    fn has_one_writer(&self) -> bool {
        false
    }

    /// Where a row stands; it stays there while a transaction looks at it.
    fn row_number(&self) -> &'static str {
        "ctid"
    }

    /// The two texts are joined by a character below all that the first can hold, which makes the
    /// comparison the same as comparing one after the other; the row's number stands behind them.
    /// The second ends with two such characters, which stand nowhere else: a greater one follows
    /// each that it holds. Nothing else is carried: sorting whole rows goes to the disk.
    fn newest_row(&self, first: &str, second: &str) -> String {
        format!(
            "CAST(btrim(right(max({first} || chr(1) ||
                                  replace({second}, chr(1), chr(1) || chr(2)) ||
                                  chr(1) || chr(1) || lpad(CAST(ctid AS TEXT), 20)), 20))
                  AS TID) AS newest"
        )
    }

    fn unless_there(&self, _: &str) -> String {
        "ON CONFLICT DO NOTHING".to_owned()
    }

    fn greatest(&self) -> &'static str {
        "greatest"
    }

    fn identity(&self, column: &str) -> String {
        column.to_owned()
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("strpos({text}, {part}) > 0")
    }

    fn reading_order(&self, columns: &[&str]) -> String {
        let in_bytes = columns
            .iter()
            .map(|column| format!("{column} COLLATE \"C\""));
        in_bytes.collect::<Vec<_>>().join(", ")
    }

    fn delete_some(&self, table: &str, column: &str, rows: u64) -> String {
        format!(
            "DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM {table} WHERE {column} = ?1 LIMIT {rows}))"
        )
    }

    fn sample(&self, columns: &str, table: &str, column: &str) -> String {
        format!(
            "SELECT {columns} FROM {table} WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM {table} WHERE {column} = ?1 ORDER BY random() LIMIT ?2))"
        )
    }

    /// A session that waits for the rows of a copy does not count as idle, however long it waits.
    fn end_earlier_sessions(&self) -> Option<&'static str> {
        Some(
            "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
             WHERE usename = current_user AND datname = current_database()
               AND starts_with(application_name, 'audience-task ' || ?1 || ' ')
               AND CAST(split_part(application_name, ' ', 3) AS BIGINT) < ?2",
        )
    }
}
