//! Connections to PostgreSQL.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Postgres, Row};

use super::copy::{self, copy_in};
use crate::tables::error::DatabaseError;
use crate::tables::server::{Server, TextCells};
use crate::tables::session::{Durability, Purpose, RowLimits, TextRows, Transaction};

/// Over TCP rows of less than this are sent in one statement: a copy takes several messages, which
/// cost 40 ms when they are small (sqlx 0.9.0 leaves Nagle's algorithm on).
const COPY_BYTES_MIN: usize = 64 * 1024;

/// The server keeps a row in one piece of memory, of less than 1 GiB, before it stores it.
const ROW_BYTES_MAX: usize = (1 << 30) - 4096;

/// How the sessions of owners are named; also in the text of `end_earlier_sessions`.
const SESSION_NAME: &str = "audience-task";

/// Set for the transaction alone: behind the server that we talk to may be a pool of connections,
/// which gives the session to another program as soon as the transaction has ended. A reader
/// that is slow to take the rows of a long query, or waits for its output, is not cut off by a limit of
/// the role; one that is frozen does not keep its snapshot for ever.
const WHILE_READING: &str = "SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = 0; \
     SET LOCAL lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '1h'; \
     SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 2; SET LOCAL jit = off";

/// The first version that can end transactions by their age.
const WITH_TRANSACTION_TIMEOUT: u32 = 170_000;

/// What a session that writes keeps to.
#[derive(Clone, Copy, Default)]
pub(in crate::tables) struct Limits {
    /// Bytes from which on rows are copied.
    copy_bytes_min: usize,
    silence_max: Duration,
    has_transaction_timeout: bool,
}

impl Server for Postgres {
    type Options = PgConnectOptions;
    type Limits = Limits;

    const NUMBERED: bool = true;
    const KEEPS_STATEMENTS: bool = false;
    const WHILE_READING: &str = WHILE_READING;
    const OWN_NUMBER: &'static str = "SELECT pg_backend_pid()";

    /// A pool of connections refuses what it does not know of a session, such as the digits of
    /// floating-point numbers.
    fn options(url: &str, _: Purpose) -> sqlx::Result<PgConnectOptions> {
        // Statements would be logged with their texts.
        Ok(PgConnectOptions::from_str(url)?
            .application_name("audience")
            .extra_float_digits(None)
            .disable_statement_logging())
    }

    /// Sets nothing: `begin` does, for its transaction.
    async fn set_up(connection: &mut PgConnection, purpose: Purpose) -> sqlx::Result<Limits> {
        let Purpose::Write { silence_max } = purpose else {
            return Ok(Limits::default());
        };
        let sql = "SELECT CASE WHEN inet_server_addr() IS NULL THEN 1 END".to_owned();
        let answer = Self::rows(connection, sql).await?;
        let over_socket = answer.into_iter().flatten().flatten().next().is_some();
        let version = connection.server_version_num();
        Ok(Limits {
            copy_bytes_min: if over_socket { 0 } else { COPY_BYTES_MIN },
            silence_max,
            has_transaction_timeout: version >= Some(WITH_TRANSACTION_TIMEOUT),
        })
    }

    /// A process that is frozen in a transaction must not keep others waiting for ever. Everything
    /// else may take as long as it takes, whatever limit the role has.
    fn begin(limits: Limits, transaction: Transaction<'_>) -> String {
        let silent_ms = limits.silence_max.as_millis();
        let mut begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s'; \
             SET LOCAL statement_timeout = 0; \
             SET LOCAL idle_in_transaction_session_timeout = {silent_ms}"
        );
        if limits.has_transaction_timeout {
            begin += "; SET LOCAL transaction_timeout = 0";
        }
        if transaction.durability == Durability::Relaxed {
            begin += "; SET LOCAL synchronous_commit = off";
        }
        if let Some(owner) = transaction.owner {
            let name = format!("{SESSION_NAME} {} {}", owner.name, owner.epoch);
            let name = name.replace('\'', "''");
            begin += &format!("; SET LOCAL application_name = '{name}'");
        }
        begin
    }

    fn stop(number: i64) -> String {
        format!("SELECT pg_cancel_backend({number})")
    }

    fn end(number: i64) -> String {
        format!("SELECT pg_terminate_backend({number})")
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

    fn row_limits(_: Limits) -> RowLimits {
        RowLimits {
            bytes: ROW_BYTES_MAX,
            in_statements: false,
            key_chars: None,
        }
    }

    async fn rows(connection: &mut PgConnection, sql: String) -> sqlx::Result<Vec<TextCells>> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql));
        let cells = |row: PgRow| (0..row.len()).map(|at| row.try_get_unchecked(at)).collect();
        rows.fetch_all(connection)
            .await?
            .into_iter()
            .map(cells)
            .collect()
    }

    async fn insert(
        connection: &mut PgConnection,
        limits: Limits,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError> {
        if copy::is_shorter_than(limits.copy_bytes_min, rows) {
            insert_in_one_statement(connection, table, columns, rows).await?;
        } else {
            copy_in(connection, table, columns, rows).await?;
        }
        Ok(())
    }
}

/// All rows in one statement, as an array for each column.
async fn insert_in_one_statement(
    connection: &mut PgConnection,
    table: &str,
    columns: &str,
    rows: &dyn TextRows,
) -> sqlx::Result<()> {
    let arrays: Vec<_> = (1..=rows.columns())
        .map(|no| format!("${no}::text[]"))
        .collect();
    let arrays = arrays.join(", ");
    let sql = format!("INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays})");
    let mut statement = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for column in 0..rows.columns() {
        let texts =
            (0..rows.rows()).map(|row| rows.maybe_text(row, column).map(Postgres::storable));
        statement = statement.bind(texts.collect::<Vec<_>>());
    }
    statement.execute(connection).await.map(drop)
}
