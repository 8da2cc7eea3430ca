//! The SQL of MySQL and MariaDB.

use crate::tables::dialect::{Access, ColumnType, Dialect, Index, NewTable, Types, assignments};
use crate::tables::names::in_backticks;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Characters of a key: 255 are 1,020 bytes, and up to 1,024 (`max_sort_length`) a sort compares.
pub(super) const KEY_CHARS_MAX: usize = 255;

/// Numbers the rows of a table that is looked at as a whole.
const ROW_NUMBER: &str = "row_no";

/// How much of each text of a key an index holds.
const KEY_BEGINNING: &str = "(48)";

/// How much of a long text an index holds.
const INDEXED_CHARS: &str = "(100)";

pub(in crate::tables) struct MySqlDialect;

impl Dialect for MySqlDialect {
    fn quoted(&self, name: &str) -> String {
        in_backticks(name)
    }

    fn name_fits(&self, name: &str) -> bool {
        name.chars().count() <= NAME_CHARS_MAX
    }

    fn types(&self) -> Types {
        Types {
            // So many as `KEY_CHARS_MAX`.
            key: "VARCHAR(255)",
            text: "LONGTEXT",
            time: "DATETIME(6)",
            date: "DATE",
            truth: "BOOLEAN",
            integer: "BIGINT",
            number: "DOUBLE",
            bytes: "LONGBLOB",
            table_end: ") ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 \
                        COLLATE utf8mb4_bin",
        }
    }

    fn converted(&self, text: &str, to: ColumnType) -> String {
        let type_name = match to {
            ColumnType::Text => return text.to_owned(),
            ColumnType::Integer | ColumnType::Truth => "SIGNED",
            ColumnType::Number => "DOUBLE",
            ColumnType::Date => "DATE",
            ColumnType::Time => "DATETIME(6)",
        };
        format!("CAST({text} AS {type_name})")
    }

    fn same(&self, one: &str, other: &str) -> String {
        format!("{one} <=> {other}")
    }

    /// An index holds 3,072 bytes of a row, and a character has up to four.
    fn indexed(&self, column: &str, column_type: ColumnType) -> String {
        match column_type {
            ColumnType::Text => format!("{column}{KEY_BEGINNING}"),
            _ => column.to_owned(),
        }
    }

    fn create_temporary(&self, name: &str, columns: &str) -> String {
        let (name, end) = (in_backticks(name), self.types().table_end);
        format!("CREATE TEMPORARY TABLE {name} ({columns}{end}")
    }

    fn temporary(&self, name: &str) -> String {
        in_backticks(name)
    }

    fn update_from(&self, table: &str, set: &[(String, String)], from: &str, on: &str) -> String {
        // The new rows first: read the other way round, every row of the table would be locked.
        format!(
            "UPDATE {from} STRAIGHT_JOIN {table} AS t ON {on} SET {}",
            assignments(set, "t.")
        )
    }

    /// Every table has the index: a search without one would lock rows that it does not want.
    fn create_table(&self, table: &NewTable<'_>) -> String {
        let number = match table.access {
            Access::AsAWhole => {
                format!("{ROW_NUMBER} BIGINT NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY,")
            }
            Access::ByIndex => String::new(),
        };
        let (name, columns) = (in_backticks(table.name), table.columns);
        let searched_by = match table.access {
            Access::AsAWhole => &[],
            Access::ByIndex => table.searched_by,
        };
        let indexes = [&table.found_by].into_iter().chain(searched_by);
        let indexes = indexes.map(|index| {
            let Index {
                name,
                column,
                is_long,
            } = index;
            let beginning = match is_long {
                true => INDEXED_CHARS,
                false => "",
            };
            format!("INDEX audience_{name} ({column}{beginning})")
        });
        let indexes = indexes.collect::<Vec<_>>().join(", ");
        let end = self.types().table_end;
        format!("CREATE TABLE IF NOT EXISTS {name} ({columns}, {number} {indexes}{end}")
    }

    fn key_chars_max(&self) -> Option<usize> {
        Some(KEY_CHARS_MAX)
    }

    fn before_tables(&self) -> Option<&'static str> {
        None
    }

    /// Distinguishes upper from lower case where the server does so in names of tables.
    /// One part for each table: only of tables that are compared with one name does the server not
    /// look through all of them.
    fn columns_of_tables(&self, tables: usize) -> String {
        let part = |place| {
            let name = format!("?{}", place + 1);
            format!(
                "SELECT CAST({place} AS SIGNED) AS place, column_name, ordinal_position
                 FROM information_schema.columns
                 WHERE table_schema = DATABASE() AND table_name = {name}
                   AND extra NOT LIKE '%INVISIBLE%'
                   AND (@@lower_case_table_names <> 0
                        OR CAST(table_name AS BINARY) = CAST({name} AS BINARY))"
            )
        };
        let parts: Vec<_> = (0..tables).map(part).collect();
        format!(
            "SELECT place, column_name FROM ({}) AS found ORDER BY place, ordinal_position",
            parts.join(" UNION ALL ")
        )
    }

    fn describe_column(&self) -> &'static str {
        "SELECT CAST(column_type AS CHAR), CAST(column_key = 'PRI' AS SIGNED)
         FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name = ?1 AND column_name = ?2"
    }

    fn tables_with_prefix(&self) -> &'static str {
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
           AND LEFT(table_name, CHAR_LENGTH(?1)) = ?1 ORDER BY 1"
    }

    fn as_text(&self, column: &str) -> String {
        format!("CONVERT(CAST({column} AS CHAR) USING utf8mb4) COLLATE utf8mb4_bin")
    }

    /// The server reads texts as times where it stores them in such a column. Its year 0 has no leap
    /// day, and a row of that day would keep all others from being published.
    fn as_time(&self, text: &str) -> String {
        format!(
            "CASE WHEN {text} LIKE '0000-02-29%' THEN concat('0000-02-28', substr({text}, 11))
                  ELSE {text} END"
        )
    }

    fn as_time_or_text(&self, _: &str, _: &str, text: &str) -> String {
        self.as_time(text)
    }

    fn creates_in_transactions(&self) -> bool {
        false
    }

    fn has_one_writer(&self) -> bool {
        false
    }

    fn row_number(&self) -> &'static str {
        ROW_NUMBER
    }

    /// As in PostgreSQL, with characters that are one less: texts can hold NUL. What doubles in
    /// length has the greatest length of a key all the same, as room is made for that.
    fn newest_row(&self, first: &str, second: &str) -> String {
        let bytes_max = 4 * KEY_CHARS_MAX;
        format!(
            "CAST(RIGHT(max(CONCAT(CAST({first} AS CHAR(64)), CHAR(0),
                                   LEFT(REPLACE({second}, CHAR(0), CHAR(0, 1)), {bytes_max}),
                                   CHAR(0, 0), LPAD({ROW_NUMBER}, 20, '0'))), 20)
                  AS UNSIGNED) AS newest"
        )
    }

    fn unless_there(&self, key: &str) -> String {
        format!("ON DUPLICATE KEY UPDATE {key} = {key}")
    }

    fn replaces(&self, _: &str, columns: &[String]) -> String {
        let set = columns.iter();
        let set: Vec<String> = set
            .map(|column| format!("{column} = VALUES({column})"))
            .collect();
        format!("ON DUPLICATE KEY UPDATE {}", set.join(", "))
    }

    fn greatest(&self) -> &'static str {
        "greatest"
    }

    /// A comparison of texts leaves out spaces at their end, and one of `LONGTEXT`s looks at
    /// `max_sort_length` bytes only. Of a known length, digests are grouped in memory.
    fn identity(&self, column: &str) -> String {
        format!("CAST(UNHEX(SHA2({column}, 256)) AS BINARY(32))")
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("instr({text}, {part}) > 0")
    }

    fn joined(&self, texts: &[&str]) -> String {
        format!("concat({})", texts.join(", "))
    }

    fn reading_order(&self, columns: &[&str]) -> String {
        let in_bytes = columns
            .iter()
            .map(|column| format!("CAST({column} AS BINARY)"));
        in_bytes.collect::<Vec<_>>().join(", ")
    }

    fn delete_some(&self, table: &str, column: &str, rows: u64) -> String {
        format!("DELETE FROM {table} WHERE {column} = ?1 LIMIT {rows}")
    }

    fn sample(&self, columns: &str, table: &str, column: &str) -> String {
        format!("SELECT {columns} FROM {table} WHERE {column} = ?1 ORDER BY rand() LIMIT ?2")
    }

    /// The server ends silent sessions by itself.
    fn end_earlier_sessions(&self) -> Option<&'static str> {
        None
    }
}
