//! The SQL of SQLite.

use crate::tables::dialect::{Access, ColumnType, Dialect, Index, NewTable, Types, assignments};
use crate::tables::names::in_double_quotes;

pub(in crate::tables) struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn quoted(&self, name: &str) -> String {
        in_double_quotes(name)
    }

    fn name_fits(&self, _: &str) -> bool {
        true
    }

    fn types(&self) -> Types {
        Types {
            key: "TEXT",
            text: "TEXT",
            time: "TEXT",
            date: "TEXT",
            truth: "BOOLEAN",
            integer: "INTEGER",
            number: "REAL",
            bytes: "BLOB",
            table_end: ")",
        }
    }

    fn converted(&self, text: &str, to: ColumnType) -> String {
        let type_name = match to {
            ColumnType::Text | ColumnType::Date | ColumnType::Time => return text.to_owned(),
            ColumnType::Integer | ColumnType::Truth => "INTEGER",
            ColumnType::Number => "REAL",
        };
        format!("CAST({text} AS {type_name})")
    }

    fn same(&self, one: &str, other: &str) -> String {
        format!("{one} IS {other}")
    }

    fn indexed(&self, column: &str, _: ColumnType) -> String {
        column.to_owned()
    }

    fn create_temporary(&self, name: &str, columns: &str) -> String {
        format!("CREATE TEMP TABLE {} ({columns})", in_double_quotes(name))
    }

    fn temporary(&self, name: &str) -> String {
        format!("temp.{}", in_double_quotes(name))
    }

    fn update_from(&self, table: &str, set: &[(String, String)], from: &str, on: &str) -> String {
        format!(
            "UPDATE {table} AS t SET {} FROM {from} WHERE {on}",
            assignments(set, "")
        )
    }

    fn create_table(&self, table: &NewTable<'_>) -> String {
        let (name, columns) = (in_double_quotes(table.name), table.columns);
        let create = format!("CREATE TABLE IF NOT EXISTS {name} ({columns})");
        if table.access == Access::AsAWhole {
            return create;
        }
        let indexes = [&table.found_by].into_iter().chain(table.searched_by);
        indexes.fold(create, |script, index| {
            let Index {
                name: of_index,
                column,
                ..
            } = index;
            let index = in_double_quotes(&format!("audience_{}_{of_index}", table.name));
            format!("{script}; CREATE INDEX IF NOT EXISTS {index} ON {name} ({column})")
        })
    }

    fn key_chars_max(&self) -> Option<usize> {
        None
    }

    fn before_tables(&self) -> Option<&'static str> {
        None
    }

    fn columns_of_tables(&self, tables: usize) -> String {
        let names: Vec<_> = (0..tables)
            .map(|place| format!("({place}, ?{})", place + 1))
            .collect();
        format!(
            "WITH wanted (place, table_name) AS (VALUES {})
             SELECT place, info.name FROM wanted JOIN pragma_table_info(table_name) AS info
             ORDER BY place, cid",
            names.join(", ")
        )
    }

    fn describe_column(&self) -> &'static str {
        "SELECT type, pk > 0 FROM pragma_table_info(?1) WHERE name = ?2"
    }

    fn tables_with_prefix(&self) -> &'static str {
        "SELECT name FROM sqlite_master
         WHERE type = 'table' AND substr(name, 1, length(?1)) = ?1 ORDER BY 1"
    }

    fn as_text(&self, column: &str) -> String {
        format!("CAST({column} AS TEXT)")
    }

    fn as_time(&self, text: &str) -> String {
        text.to_owned()
    }

    fn as_time_or_text(&self, _: &str, _: &str, text: &str) -> String {
        text.to_owned()
    }

    fn creates_in_transactions(&self) -> bool {
        true
    }

    fn has_one_writer(&self) -> bool {
        true
    }

    fn row_number(&self) -> &'static str {
        "rowid"
    }

    /// SQLite takes a bare column of a `max()` query from the row that holds the maximum. The two
    /// texts are joined by a character below all that the first can hold, which makes the
    /// comparison the same as comparing one after the other.
    fn newest_row(&self, first: &str, second: &str) -> String {
        format!("rowid AS newest, max({first} || char(1) || {second}) AS latest")
    }

    fn unless_there(&self, _: &str) -> String {
        "ON CONFLICT DO NOTHING".to_owned()
    }

    fn greatest(&self) -> &'static str {
        "max"
    }

    fn identity(&self, column: &str) -> String {
        column.to_owned()
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("instr({text}, {part}) > 0")
    }

    fn reading_order(&self, _: &[&str]) -> String {
        "rowid".to_owned()
    }

    fn insert_number(&self) -> Option<&'static str> {
        Some("rowid")
    }

    fn delete_some(&self, table: &str, column: &str, rows: u64) -> String {
        format!(
            "DELETE FROM {table} WHERE rowid IN (
                 SELECT rowid FROM {table} WHERE {column} = ?1 LIMIT {rows})"
        )
    }

    /// Draws row numbers first: sorting whole rows at random would carry every text along.
    fn sample(&self, columns: &str, table: &str, column: &str) -> String {
        format!(
            "SELECT {columns} FROM {table} WHERE rowid IN (
                 SELECT rowid FROM {table} WHERE {column} = ?1 ORDER BY random() LIMIT ?2)"
        )
    }

    fn end_earlier_sessions(&self) -> Option<&'static str> {
        None
    }
}
