//! Connections to PostgreSQL.

use std::borrow::Cow;
use std::str::FromStr;

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

impl Server for Postgres {
    type Options = PgConnectOptions;
    /// Bytes from which on rows are copied.
    type Limits = usize;

    const NUMBERED: bool = true;
    const OWN_NUMBER: &'static str = "SELECT pg_backend_pid()";

    fn options(url: &str, _: Purpose) -> sqlx::Result<PgConnectOptions> {
        // Statements would be logged with their texts.
        Ok(PgConnectOptions::from_str(url)?
            .application_name("audience")
            .disable_statement_logging())
    }

    async fn set_up(connection: &mut PgConnection, purpose: Purpose) -> sqlx::Result<usize> {
        let set = match purpose {
            Purpose::Read => "SET default_transaction_read_only = on; SET statement_timeout = 0;
                 SET standard_conforming_strings = on; SET TimeZone = 'UTC'; SET jit = off"
                .to_owned(),
            // A process that is frozen in a transaction must not keep others waiting for ever.
            Purpose::Write { silence_max } => format!(
                "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = {}",
                silence_max.as_millis()
            ),
        };
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut *connection)
            .await?;
        match purpose {
            Purpose::Read => Ok(0),
            Purpose::Write { .. } => {
                let row = sqlx::query("SELECT inet_server_addr() IS NULL")
                    .fetch_one(connection)
                    .await?;
                let over_socket: bool = row.try_get(0)?;
                Ok(if over_socket { 0 } else { COPY_BYTES_MIN })
            }
        }
    }

    fn begin(transaction: Transaction<'_>) -> String {
        let mut begin = "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned();
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

    fn row_limits(_: usize) -> RowLimits {
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
        copy_bytes_min: usize,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError> {
        if copy::is_shorter_than(copy_bytes_min, rows) {
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
    let mut statement = sqlx::query(AssertSqlSafe(sql));
    for column in 0..rows.columns() {
        let texts = (0..rows.rows()).map(|row| Postgres::storable(rows.text(row, column)));
        statement = statement.bind(texts.collect::<Vec<_>>());
    }
    statement.execute(connection).await.map(drop)
}
