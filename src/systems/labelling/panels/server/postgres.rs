//! PostgreSQL.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgQueryResult};
use sqlx::{AssertSqlSafe, ConnectOptions, Postgres, Row};

use super::super::error::failed_to;
use super::super::{Result, SinkError};
use super::session::{Connected, Engine, Session, StagedColumns};
use super::{Fence, GROUP_COLUMNS, STAGED, Server, Types};

/// The longest name, in bytes; the server would cut what is longer.
const NAME_BYTES_MAX: usize = 63;

/// Over TCP rows of less than this are sent in one statement: a copy takes several messages, which
/// cost 40 ms when they are small (sqlx 0.9.0 leaves Nagle's algorithm on).
const COPY_BYTES_MIN: usize = 64 * 1024;

/// How the sessions of tasks are named; also in the text of `end_former`.
const SESSION_NAME: &str = "audience-task";

/// Bytes of rows in one message of a copy.
const COPY_BYTES: usize = 1024 * 1024;

pub(super) struct PostgresServer {
    options: PgConnectOptions,
    lease: Duration,
}

impl PostgresServer {
    pub(super) fn new(url: &str, lease: Duration) -> Result<Self> {
        // Statements would be logged with their texts.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| SinkError::BadUrl)?
            .disable_statement_logging();
        Ok(Self { options, lease })
    }
}

impl Server for PostgresServer {
    fn connect(&self) -> Result<Box<dyn Session>> {
        Ok(Box::new(Connected::<Postgres>::open(
            &self.options,
            self.lease,
        )?))
    }

    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn name_fits(&self, name: &str) -> bool {
        name.len() <= NAME_BYTES_MAX
    }

    /// `C` compares bytes, as SQLite does.
    fn types(&self) -> Types {
        Types {
            key: "TEXT COLLATE \"C\"",
            text: "TEXT COLLATE \"C\"",
            number: "DOUBLE PRECISION",
            bytes: "BYTEA",
            table_end: ")",
        }
    }

    /// A staging table is read as a whole: most of what is in it belongs to one task, and an index
    /// would cost half of what the rows do. The server finds a name for the index of a result table:
    /// one of ours may be too long.
    fn create_group_table(&self, table: &str, columns: &str, staging: bool) -> String {
        match staging {
            true => format!("CREATE TABLE {table} ({columns})"),
            false => {
                format!("CREATE TABLE {table} ({columns}); CREATE INDEX ON {table} (task_id)")
            }
        }
    }

    /// Where a row stands; it stays there while a transaction looks at it.
    fn row_number(&self) -> &'static str {
        "ctid"
    }

    fn newest_number(&self) -> &'static str {
        "CAST(btrim(right(max(create_time || chr(1) || id || chr(1) ||
                              lpad(CAST(ctid AS TEXT), 20)), 20)) AS TID)"
    }

    /// `IF NOT EXISTS` does not protect from another who creates the same at the same time.
    fn before_tables(&self) -> &'static str {
        "SELECT pg_advisory_xact_lock(7023914560918273)"
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

    fn begin(&self) -> &'static str {
        "BEGIN ISOLATION LEVEL READ COMMITTED"
    }

    /// Rows and checkpoint are in one transaction: a server that crashes resumes at an earlier
    /// one.
    fn begin_slice(&self) -> &'static str {
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off"
    }

    fn or_leave_it(&self) -> &'static str {
        "ON CONFLICT DO NOTHING"
    }

    fn identity(&self, column: &str) -> String {
        column.to_owned()
    }

    fn in_bytes(&self, column: &str) -> String {
        format!("{column} COLLATE \"C\"")
    }

    fn delete_some(&self, table: &str, rows: u64) -> String {
        format!(
            "DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM {table} WHERE task_id = ?1 LIMIT {rows}))"
        )
    }

    fn name_session(&self, fence: &Fence) -> Option<String> {
        let name = format!("{SESSION_NAME} {} {}", fence.task_id, fence.epoch);
        let name = name.replace('\'', "''");
        Some(format!("SET LOCAL application_name = '{name}'"))
    }

    /// A session that waits for the rows of a copy does not count as idle, however long it waits.
    fn end_former(&self) -> Option<&'static str> {
        Some(
            "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
             WHERE usename = current_user AND datname = current_database()
               AND starts_with(application_name, 'audience-task ' || ?1 || ' ')
               AND CAST(split_part(application_name, ' ', 3) AS BIGINT) < ?2",
        )
    }

    fn sample(&self, table: &str) -> String {
        format!(
            "SELECT {GROUP_COLUMNS} FROM {table} WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM {table} WHERE task_id = ?1 ORDER BY random() LIMIT ?2))"
        )
    }
}

impl Engine for Postgres {
    type Options = PgConnectOptions;
    /// Bytes from which on rows are copied.
    type Limits = usize;

    const NUMBERED: bool = true;
    const OWN_NUMBER: &'static str = "SELECT CAST(pg_backend_pid() AS BIGINT)";

    /// A process that is frozen in a transaction must not keep others from the task for ever.
    async fn greet(connection: &mut PgConnection, lease: Duration) -> sqlx::Result<usize> {
        let set = format!(
            "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = {}",
            lease.as_millis()
        );
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut *connection)
            .await?;
        let row = sqlx::query("SELECT inet_server_addr() IS NULL")
            .fetch_one(connection)
            .await?;
        let over_socket: bool = row.try_get(0)?;
        Ok(if over_socket { 0 } else { COPY_BYTES_MIN })
    }

    fn stop(number: i64) -> String {
        format!("SELECT pg_cancel_backend({number})")
    }

    /// No text can hold U+0000 here: it is stored as U+FFFD.
    fn storable(text: &str) -> Cow<'_, str> {
        if text.as_bytes().contains(&0) {
            Cow::Owned(text.replace('\0', "\u{FFFD}"))
        } else {
            Cow::Borrowed(text)
        }
    }

    fn rows_met(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }

    async fn stage(
        connection: &mut PgConnection,
        copy_bytes_min: usize,
        table: &str,
        rows: &[StagedColumns<'_>],
    ) -> Result<()> {
        let bytes: usize = rows.iter().flatten().map(|text| text.len()).sum();
        let staged = if bytes < copy_bytes_min {
            insert(connection, table, rows).await
        } else {
            copy(connection, table, rows).await
        };
        staged.map_err(failed_to(STAGED))
    }
}

/// All rows in one statement, as an array for each column.
async fn insert(
    connection: &mut PgConnection,
    table: &str,
    rows: &[StagedColumns<'_>],
) -> sqlx::Result<()> {
    let sql = format!(
        "INSERT INTO {table} ({GROUP_COLUMNS}) SELECT * FROM unnest(
             $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::text[])"
    );
    let mut statement = sqlx::query(AssertSqlSafe(sql));
    for column in 0..8 {
        let texts = rows.iter().map(|row| Postgres::storable(row[column]));
        statement = statement.bind(texts.collect::<Vec<_>>());
    }
    statement.execute(connection).await.map(drop)
}

/// The binary format needs no escapes: each text is preceded by its length.
async fn copy(
    connection: &mut PgConnection,
    table: &str,
    rows: &[StagedColumns<'_>],
) -> sqlx::Result<()> {
    let sql = format!("COPY {table} ({GROUP_COLUMNS}) FROM STDIN (FORMAT binary)");
    let mut copy = connection.copy_in_raw(&sql).await?;
    let mut buffer = Vec::with_capacity(COPY_BYTES);
    buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for row in rows {
        if buffer.len() >= COPY_BYTES {
            copy.send(buffer.as_slice()).await?;
            buffer.clear();
        }
        buffer.extend_from_slice(&8_i16.to_be_bytes());
        for text in row {
            let text = Postgres::storable(text);
            let length =
                i32::try_from(text.len()).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(text.as_bytes());
        }
    }
    buffer.extend_from_slice(&(-1_i16).to_be_bytes());
    copy.send(buffer.as_slice()).await?;
    copy.finish().await.map(drop)
}
