//! Inserts many rows by each statement.

use std::mem;

use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnection;

use crate::tables::error::DatabaseError;
use crate::tables::session::TextRows;

/// Rows of one statement: with more the server gains nothing.
const ROWS_PER_STATEMENT: usize = 2000;

/// Bytes of one statement, unless a single row has more.
const STATEMENT_BYTES: usize = 1024 * 1024;

/// Rows are written into the statement: bound values cost the server twice the time.
pub(super) async fn insert(
    connection: &mut MySqlConnection,
    bytes_max: usize,
    table: &str,
    columns: &str,
    rows: &dyn TextRows,
) -> Result<(), DatabaseError> {
    let mut insert = Insert::new(table, columns, bytes_max);
    for row in 0..rows.rows() {
        let texts = (0..rows.columns()).map(|column| rows.maybe_text(row, column));
        if let Some(statement) = insert.add(texts)? {
            run(connection, statement).await?;
        }
    }
    Ok(run(connection, insert.text).await?)
}

async fn run(connection: &mut MySqlConnection, statement: String) -> sqlx::Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement));
    statement.execute(connection).await.map(drop)
}

/// What stands around the texts of a row in a statement that inserts this row alone.
pub(in crate::tables) fn bytes_around(table: &str, columns: &str, texts: usize) -> usize {
    // Each text has quotes and something before it, and the row an end.
    head(table, columns).len() + 3 * texts + 1
}

fn head(table: &str, columns: &str) -> String {
    format!("INSERT INTO {table} ({columns}) VALUES ")
}

/// A statement that grows row by row.
struct Insert {
    head: String,
    text: String,
    rows: usize,
    bytes_max: usize,
}

impl Insert {
    fn new(table: &str, columns: &str, bytes_max: usize) -> Self {
        let head = head(table, columns);
        Self {
            text: head.clone(),
            head,
            rows: 0,
            bytes_max,
        }
    }

    /// Returns the statement of the rows before, if this one has no room in it.
    fn add<'a>(
        &mut self,
        row: impl Iterator<Item = Option<&'a str>>,
    ) -> Result<Option<String>, DatabaseError> {
        let longest = STATEMENT_BYTES.min(self.bytes_max);
        let end = self.text.len();
        if self.rows > 0 {
            self.text.push(',');
        }
        let start = self.text.len();
        append(&mut self.text, row);
        let mut full = None;
        if self.rows > 0 && (self.rows == ROWS_PER_STATEMENT || self.text.len() > longest) {
            let mut next = String::with_capacity(end + self.head.len());
            next.push_str(&self.head);
            next.push_str(&self.text[start..]);
            self.text.truncate(end);
            full = Some(mem::replace(&mut self.text, next));
            self.rows = 0;
        }
        if self.text.len() > self.bytes_max {
            return Err(DatabaseError::RowTooLarge {
                bytes: self.text.len() - self.head.len(),
                bytes_max: self.bytes_max,
            });
        }
        self.rows += 1;
        Ok(full)
    }
}

/// The session reads no escapes in texts: only the quote has to be doubled.
fn append<'a>(sql: &mut String, row: impl Iterator<Item = Option<&'a str>>) {
    let mut before = '(';
    for text in row {
        sql.push(before);
        before = ',';
        let Some(text) = text else {
            sql.push_str("NULL");
            continue;
        };
        sql.push('\'');
        let mut parts = text.split('\'');
        sql.push_str(parts.next().unwrap_or_default());
        for part in parts {
            sql.push_str("''");
            sql.push_str(part);
        }
        sql.push('\'');
    }
    sql.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

    #[test]
    fn a_quote_is_doubled_and_nothing_else_is_changed() {
        let mut sql = String::new();
        let row = ["'", "a'b''", "\\'", "\\", "", "%_", "\0", "\u{1F600}"];
        append(&mut sql, row.into_iter().map(Some).chain([None]));
        assert_eq!(
            sql,
            "('''','a''b''''','\\''','\\','','%_','\0','\u{1F600}',NULL)"
        );
    }

    #[test]
    fn a_statement_ends_before_the_row_that_has_no_room() {
        let mut insert = Insert::new("`t`", "a, b, c, d, e, f, g, h", 150);
        let head = insert.head.clone();
        let room = 150 - head.len();
        let row = "('a','b','c','d','e','f','g','h')";
        let fit = (room + 1) / (row.len() + 1);
        for _ in 0..fit {
            assert_eq!(insert.add(PLAIN.into_iter().map(Some)).expect("room"), None);
        }
        let full = insert
            .add(PLAIN.into_iter().map(Some))
            .expect("room in the next");
        assert_eq!(full, Some(format!("{head}{}", vec![row; fit].join(","))));
        assert_eq!(insert.text, format!("{head}{row}"));
    }

    #[test]
    fn what_stands_around_the_texts_of_a_row_is_known_before() {
        let columns = "a, b, c, d, e, f, g, h";
        let mut insert = Insert::new("`t`", columns, 150);
        insert.add(PLAIN.into_iter().map(Some)).expect("room");
        assert_eq!(insert.text.len(), bytes_around("`t`", columns, 8) + 8);
    }

    #[test]
    fn a_row_that_no_packet_takes_is_an_error() {
        let mut insert = Insert::new("`t`", "a, b, c, d, e, f, g, h", 150);
        let long = "x".repeat(150);
        let row = [&*long, "", "", "", "", "", "", ""];
        let error = insert
            .add(row.into_iter().map(Some))
            .expect_err("too large");
        assert!(matches!(
            error,
            DatabaseError::RowTooLarge { bytes_max: 150, .. }
        ));
    }
}
