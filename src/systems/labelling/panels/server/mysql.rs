//! MySQL and MariaDB.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlQueryResult};
use sqlx::{AssertSqlSafe, ConnectOptions, MySql, Row};

use super::super::error::failed_to;
use super::super::{Result, SinkError};
use super::session::{Connected, Engine, Session, StagedColumns};
use super::{Fence, GROUP_COLUMNS, STAGED, Server, Types};

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Rows of one statement: with more the server gains nothing.
const ROWS_PER_STATEMENT: usize = 2000;

/// Bytes of one statement, unless a single row has more.
const STATEMENT_BYTES: usize = 1024 * 1024;

/// What a packet holds besides the statement.
const PACKET_OVERHEAD: usize = 64;

/// Numbers the rows of a staging table; also in the text of `newest_number`.
const ROW_NUMBER: &str = "row_no";

pub(super) struct MySqlServer {
    options: MySqlConnectOptions,
    lease: Duration,
}

impl MySqlServer {
    pub(super) fn new(url: &str, lease: Duration) -> Result<Self> {
        // Statements would be logged with their texts.
        let options = MySqlConnectOptions::from_str(url)
            .map_err(|_| SinkError::BadUrl)?
            .charset("utf8mb4")
            .collation("utf8mb4_bin")
            .disable_statement_logging();
        Ok(Self { options, lease })
    }
}

impl Server for MySqlServer {
    fn connect(&self) -> Result<Box<dyn Session>> {
        Ok(Box::new(Connected::<MySql>::open(
            &self.options,
            self.lease,
        )?))
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn name_fits(&self, name: &str) -> bool {
        name.chars().count() <= NAME_CHARS_MAX
    }

    /// 255 characters are 1,020 bytes: up to 1,024 (`max_sort_length`) a sort compares.
    fn types(&self) -> Types {
        Types {
            key: "VARCHAR(255)",
            text: "LONGTEXT",
            number: "DOUBLE",
            bytes: "LONGBLOB",
            table_end: ") ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 \
                        COLLATE utf8mb4_bin",
        }
    }

    /// A search by `task_id` without an index would lock the rows of other tasks.
    fn create_group_table(&self, table: &str, columns: &str, staging: bool) -> String {
        let number = match staging {
            true => format!("{ROW_NUMBER} BIGINT NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY,"),
            false => String::new(),
        };
        let end = self.types().table_end;
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (
                 {columns}, {number} INDEX audience_task (task_id){end}"
        )
    }

    fn row_number(&self) -> &'static str {
        ROW_NUMBER
    }

    fn newest_number(&self) -> &'static str {
        "CAST(RIGHT(max(CONCAT(CAST(create_time AS CHAR(64)), CHAR(1), id, CHAR(1),
                               LPAD(row_no, 20, '0'))), 20) AS UNSIGNED)"
    }

    fn before_tables(&self) -> &'static str {
        "DO 0"
    }

    /// Where the names of tables tell upper from lower case, so does this.
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

    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    fn begin_slice(&self) -> &'static str {
        "BEGIN"
    }

    fn or_leave_it(&self) -> &'static str {
        "ON DUPLICATE KEY UPDATE task_id = task_id"
    }

    /// A comparison of texts leaves out spaces at their end, and one of `LONGTEXT`s looks at
    /// `max_sort_length` bytes only. Of a known length, digests are grouped in memory.
    fn identity(&self, column: &str) -> String {
        format!("CAST(UNHEX(SHA2({column}, 256)) AS BINARY(32))")
    }

    fn in_bytes(&self, column: &str) -> String {
        format!("CAST({column} AS BINARY)")
    }

    fn delete_some(&self, table: &str, rows: u64) -> String {
        format!("DELETE FROM {table} WHERE task_id = ?1 LIMIT {rows}")
    }

    /// Sessions have no names that others see.
    fn name_session(&self, _: &Fence) -> Option<String> {
        None
    }

    /// See `greet`.
    fn end_former(&self) -> Option<&'static str> {
        None
    }

    fn sample(&self, table: &str) -> String {
        format!("SELECT {GROUP_COLUMNS} FROM {table} WHERE task_id = ?1 ORDER BY rand() LIMIT ?2")
    }
}

impl Engine for MySql {
    type Options = MySqlConnectOptions;
    /// Bytes that one statement may have.
    type Limits = usize;

    const NUMBERED: bool = false;
    const OWN_NUMBER: &'static str = "SELECT CAST(CONNECTION_ID() AS SIGNED)";

    /// Texts are never cut to fit, a backslash in one is a backslash, and a transaction sees
    /// and locks no more than it has to. A process that is frozen in a transaction must not keep
    /// others from the task for ever; one that reads results may be slow.
    /// The server ends a session of which it hears nothing for the length of a lease, also in the
    /// middle of a statement: whoever takes a task over from a frozen process waits no longer.
    async fn greet(connection: &mut MySqlConnection, lease: Duration) -> sqlx::Result<usize> {
        let silent_s = lease.as_secs().max(1);
        let set = format!(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION',
                 SESSION innodb_lock_wait_timeout = 30, SESSION wait_timeout = {silent_s},
                 SESSION net_read_timeout = {silent_s}, SESSION net_write_timeout = 600;
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
        );
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut *connection)
            .await?;
        let row = sqlx::query("SELECT CAST(@@max_allowed_packet AS SIGNED)")
            .fetch_one(connection)
            .await?;
        let packet: i64 = row.try_get(0)?;
        Ok(usize::try_from(packet)
            .unwrap_or(usize::MAX)
            .saturating_sub(PACKET_OVERHEAD))
    }

    fn stop(number: i64) -> String {
        format!("KILL QUERY {number}")
    }

    fn storable(text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    fn rows_met(result: &MySqlQueryResult) -> u64 {
        result.rows_affected()
    }

    /// Rows are written into the statement: bound values cost the server twice the time.
    async fn stage(
        connection: &mut MySqlConnection,
        bytes_max: usize,
        table: &str,
        rows: &[StagedColumns<'_>],
    ) -> Result<()> {
        let mut insert = Insert::new(table, bytes_max);
        for row in rows {
            if let Some(statement) = insert.add(row)? {
                run(connection, statement).await?;
            }
        }
        run(connection, insert.text).await
    }
}

async fn run(connection: &mut MySqlConnection, statement: String) -> Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement));
    let done = statement.execute(connection).await;
    done.map(drop).map_err(failed_to(STAGED))
}

/// A statement that grows row by row.
struct Insert {
    head: String,
    text: String,
    rows: usize,
    bytes_max: usize,
}

impl Insert {
    fn new(table: &str, bytes_max: usize) -> Self {
        let head = format!("INSERT INTO {table} ({GROUP_COLUMNS}) VALUES ");
        Self {
            text: head.clone(),
            head,
            rows: 0,
            bytes_max,
        }
    }

    /// Answers the statement of the rows before, if this one has no room in it.
    fn add(&mut self, row: &StagedColumns<'_>) -> Result<Option<String>> {
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
            full = Some(std::mem::replace(&mut self.text, next));
            self.rows = 0;
        }
        if self.text.len() > self.bytes_max {
            return Err(SinkError::RowTooLarge {
                bytes: self.text.len() - self.head.len(),
                bytes_max: self.bytes_max,
            });
        }
        self.rows += 1;
        Ok(full)
    }
}

/// The session reads no escapes in texts: only the quote has to be doubled.
fn append(sql: &mut String, row: &StagedColumns<'_>) {
    let mut before = '(';
    for text in row {
        sql.push(before);
        sql.push('\'');
        let mut parts = text.split('\'');
        sql.push_str(parts.next().unwrap_or_default());
        for part in parts {
            sql.push_str("''");
            sql.push_str(part);
        }
        sql.push('\'');
        before = ',';
    }
    sql.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: StagedColumns<'_> = ["a", "b", "c", "d", "e", "f", "g", "h"];

    #[test]
    fn a_quote_is_doubled_and_nothing_else_is_changed() {
        let mut sql = String::new();
        append(
            &mut sql,
            &["'", "a'b''", "\\'", "\\", "", "%_", "\0", "\u{1F600}"],
        );
        assert_eq!(
            sql,
            "('''','a''b''''','\\''','\\','','%_','\0','\u{1F600}')"
        );
    }

    #[test]
    fn a_statement_ends_before_the_row_that_has_no_room() {
        let mut insert = Insert::new("`t`", 150);
        let head = insert.head.clone();
        let room = 150 - head.len();
        let row = "('a','b','c','d','e','f','g','h')";
        let fit = (room + 1) / (row.len() + 1);
        for _ in 0..fit {
            assert_eq!(insert.add(&PLAIN).expect("room"), None);
        }
        let full = insert.add(&PLAIN).expect("room in the next");
        assert_eq!(full, Some(format!("{head}{}", vec![row; fit].join(","))));
        assert_eq!(insert.text, format!("{head}{row}"));
    }

    #[test]
    fn a_row_that_no_packet_takes_is_an_error() {
        let mut insert = Insert::new("`t`", 150);
        let long = "x".repeat(150);
        let row = [&long, "", "", "", "", "", "", ""];
        let error = insert.add(&row).expect_err("too large");
        assert!(matches!(
            error,
            SinkError::RowTooLarge { bytes_max: 150, .. }
        ));
    }
}
