//! What databases differ in when tables are created and written: names, types, and the few
//! statements that are not the same everywhere.

use serde::{Deserialize, Serialize};

/// The SQL of one kind of database.
pub(crate) trait Dialect: Send + Sync {
    /// A name as an identifier.
    fn quoted(&self, name: &str) -> String;

    fn name_fits(&self, name: &str) -> bool;

    fn types(&self) -> Types;

    /// A text, or NULL, as a value of this type: one that was written from such a value.
    fn converted(&self, text: &str, to: ColumnType) -> String;

    /// Whether two values are the same, or both NULL.
    fn same(&self, one: &str, other: &str) -> String;

    /// What an index holds of a column of this type.
    fn indexed(&self, column: &str, column_type: ColumnType) -> String;

    /// Creates a table that only its session sees, which is gone with it, or where sessions are not ours
    /// with the transaction.
    fn create_temporary(&self, name: &str, columns: &str) -> String;

    /// The name of such a table in statements.
    fn temporary(&self, name: &str) -> String;

    /// Updates rows of `table`, which is called `t`, by those of `from` that belong to them by `on`. `set`:
    /// names of columns, quoted, and expressions.
    fn update_from(&self, table: &str, set: &[(String, String)], from: &str, on: &str) -> String;

    /// Characters of a text in a column of the type `Types::key` that has an index; `None`: any
    /// number.
    fn key_chars_max(&self) -> Option<usize>;

    fn create_table(&self, table: &NewTable<'_>) -> String;

    /// A statement that runs first in a transaction that creates tables.
    fn before_tables(&self) -> Option<&'static str>;

    /// Selects the visible columns of so many tables, whose names are `?1` and following: the
    /// place of the table, from 0, and the name of the column, in the table's order.
    fn columns_of_tables(&self, tables: usize) -> String;

    /// Selects the type of column `?2` of table `?1`, with its length, and whether the column is part
    /// of the primary key.
    fn describe_column(&self) -> &'static str;

    /// Selects the names of the tables that begin with `?1`.
    fn tables_with_prefix(&self) -> &'static str;

    /// A column of any type as a text that compares by its bytes. A time has the form
    /// `YYYY-MM-DD HH:MM:SS`, perhaps with a fraction, which may end in zeros; one before the year 1
    /// may stand in the year 1 with ` BC` behind it.
    fn as_text(&self, column: &str) -> String;

    /// A text of the form `YYYY-MM-DD HH:MM:SS`, perhaps with a fraction, as a value of
    /// `Types::time`.
    fn as_time(&self, text: &str) -> String;

    /// A text that names a time as a value for a column of a table, which may be of the type
    /// `Types::time` or of an earlier version, and a text.
    fn as_time_or_text(&self, table: &str, column: &str, text: &str) -> String;

    /// Whether tables are created and renamed in transactions, like rows. Else several tables can be
    /// renamed in one statement (`RENAME TABLE`).
    fn creates_in_transactions(&self) -> bool;

    /// Whether one transaction that writes keeps all others from writing, so that whatever takes
    /// long and need not be part of it is better done before it.
    fn has_one_writer(&self) -> bool;

    /// The column that numbers the rows of a table of kind `Access::AsAWhole`. `SELECT *` does
    /// not show it.
    fn row_number(&self) -> &'static str;

    /// Columns of a query with `GROUP BY`; the one called `newest` is the number of the row with
    /// the greatest `first` and, among those, the greatest `second`, by their bytes. Both are
    /// texts, the first one without control characters.
    fn newest_row(&self, first: &str, second: &str) -> String;

    /// The end of an insert that leaves a row with the same key as it is; `key` is the key.
    fn unless_there(&self, key: &str) -> String;

    /// The end of an insert that takes the place of a row with the same key; `columns` are the others. All of
    /// them are quoted.
    fn replaces(&self, key: &str, columns: &[String]) -> String {
        let set = columns.iter();
        let set: Vec<String> = set
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
    }

    /// The function that returns the greatest of its arguments.
    fn greatest(&self) -> &'static str;

    /// An expression that differs for any two texts that differ in a byte.
    fn identity(&self, column: &str) -> String;

    /// Whether a text holds another one, as they are written.
    fn contains(&self, text: &str, part: &str) -> String;

    /// Texts one behind the other.
    fn joined(&self, texts: &[&str]) -> String {
        format!("({})", texts.join(" || "))
    }

    /// In what order to read rows back: that in which they were inserted, where the table keeps
    /// it, and else that of the bytes of these columns, which are texts of up to 255 characters.
    fn reading_order(&self, columns: &[&str]) -> String;

    /// A number of each row that grows in this order, where the table keeps one: behind it reading can
    /// continue.
    fn insert_number(&self) -> Option<&'static str> {
        None
    }

    /// Deletes up to `rows` rows in which `column` is `?1`.
    fn delete_some(&self, table: &str, column: &str, rows: u64) -> String;

    /// Selects columns of `?2` random rows in which `column` is `?1`.
    fn sample(&self, columns: &str, table: &str, column: &str) -> String;

    /// Ends the sessions of owner `?1` whose epoch is less than `?2`. One that is frozen in the
    /// middle of a transaction would keep its locks. `None` where that is not needed: a server
    /// may end sessions by itself once they are silent.
    fn end_earlier_sessions(&self) -> Option<&'static str>;
}

/// Types of columns; texts compare by their bytes.
pub(crate) struct Types {
    /// A text that tables are searched or ordered by.
    pub(crate) key: &'static str,
    /// A text of any length.
    pub(crate) text: &'static str,
    /// A point in time without a zone, to the microsecond; a text where there is no such type.
    pub(crate) time: &'static str,
    pub(crate) date: &'static str,
    pub(crate) truth: &'static str,
    pub(crate) integer: &'static str,
    pub(crate) number: &'static str,
    pub(crate) bytes: &'static str,
    /// Ends a table's definition.
    pub(crate) table_end: &'static str,
}

/// What a column of a table of rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    Text,
    Integer,
    Number,
    Truth,
    Date,
    Time,
}

impl Types {
    pub(crate) fn of(&self, column: ColumnType) -> &'static str {
        match column {
            ColumnType::Text => self.text,
            ColumnType::Integer => self.integer,
            ColumnType::Number => self.number,
            ColumnType::Truth => self.truth,
            ColumnType::Date => self.date,
            ColumnType::Time => self.time,
        }
    }
}

/// Assignments of an update.
pub(super) fn assignments(set: &[(String, String)], prefix: &str) -> String {
    let each = set.iter();
    let each = each.map(|(column, expression)| format!("{prefix}{column} = {expression}"));
    each.collect::<Vec<_>>().join(", ")
}

/// A table that is to be created.
pub(crate) struct NewTable<'a> {
    pub(crate) name: &'a str,
    /// Names with their types.
    pub(crate) columns: &'a str,
    /// The column by which rows are found.
    pub(crate) found_by: Index<'a>,
    /// Columns by which others look for rows of a table of kind `Access::ByIndex`.
    pub(crate) searched_by: &'a [Index<'a>],
    pub(crate) access: Access,
}

/// An index on a column.
#[derive(Clone, Copy)]
pub(crate) struct Index<'a> {
    /// Part of its name.
    pub(crate) name: &'a str,
    pub(crate) column: &'a str,
    /// Whether texts of any length stand there, which are looked for as a whole.
    pub(crate) is_long: bool,
}

/// How the rows of a table are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Most rows together, and each by its number.
    AsAWhole,
    /// Only those with one value of a column.
    ByIndex,
}
