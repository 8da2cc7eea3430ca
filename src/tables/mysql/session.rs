//! Connections to MySQL and MariaDB.

use std::borrow::Cow;
use std::str::FromStr;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, MySql, Row};

use super::dialect::KEY_CHARS_MAX;
use super::insert::insert;
use crate::tables::error::DatabaseError;
use crate::tables::server::{Server, TextCells};
use crate::tables::session::{Purpose, RowLimits, TextRows, Transaction};

/// What a packet holds besides the statement.
const PACKET_OVERHEAD: usize = 64;

impl Server for MySql {
    type Options = MySqlConnectOptions;
    /// Bytes that one statement may have.
    type Limits = usize;

    const NUMBERED: bool = false;
    const KEEPS_STATEMENTS: bool = true;
    /// The session is ours, and is set up once.
    const WHILE_READING: &str = "";
    const OWN_NUMBER: &'static str = "SELECT connection_id()";

    fn options(url: &str, purpose: Purpose) -> sqlx::Result<MySqlConnectOptions> {
        // Statements would be logged with their texts.
        let options = MySqlConnectOptions::from_str(url)?
            .charset("utf8mb4")
            .timezone(Some("+00:00".to_owned()))
            .disable_statement_logging();
        Ok(match purpose {
            Purpose::Read => options,
            Purpose::Write { .. } => options.collation("utf8mb4_bin"),
        })
    }

    async fn set_up(connection: &mut MySqlConnection, purpose: Purpose) -> sqlx::Result<usize> {
        let set = match purpose {
            // The two servers call the longest time of a query differently, and each takes the
            // other's name in a comment for one.
            Purpose::Read => "SET SESSION sql_mode = '', net_write_timeout = 86400,
                     net_read_timeout = 86400 /*M!100108 , max_statement_time = 0 */
                     /*!50708 , max_execution_time = 0 */;
                 SET SESSION TRANSACTION READ ONLY"
                .to_owned(),
            // Texts are never cut to fit, a backslash in one is a backslash, and a transaction
            // sees and locks no more than it has to. A process that is frozen in a transaction
            // must not keep others waiting for ever: the server ends a session of which it hears
            // nothing for so long, also in the middle of a statement. One that reads results may
            // be slow. A limit of the account does not end what takes long.
            Purpose::Write { silence_max } => {
                let silent_s = silence_max.as_secs().max(1);
                format!(
                    "SET SESSION
                         sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION',
                         SESSION innodb_lock_wait_timeout = 30, SESSION wait_timeout = {silent_s},
                         SESSION net_read_timeout = {silent_s}, SESSION net_write_timeout = 600
                         /*M!100108 , SESSION max_statement_time = 0 */
                         /*!50708 , SESSION max_execution_time = 0 */;
                     SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
                )
            }
        };
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut *connection)
            .await?;
        match purpose {
            Purpose::Read => Ok(0),
            Purpose::Write { .. } => {
                let row = sqlx::query("SELECT CAST(@@max_allowed_packet AS SIGNED)")
                    .fetch_one(connection)
                    .await?;
                let packet: i64 = row.try_get(0)?;
                Ok(usize::try_from(packet)
                    .unwrap_or(usize::MAX)
                    .saturating_sub(PACKET_OVERHEAD))
            }
        }
    }

    /// Sessions have no names that others see, and each commit is durable.
    fn begin(_: usize, _: Transaction<'_>) -> String {
        "BEGIN".to_owned()
    }

    fn stop(number: i64) -> String {
        format!("KILL QUERY {number}")
    }

    fn end(number: i64) -> String {
        format!("KILL CONNECTION {number}")
    }

    fn storable(text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    fn rows_met(result: &MySqlQueryResult) -> u64 {
        result.rows_affected()
    }

    fn row_limits(bytes_max: usize) -> RowLimits {
        RowLimits {
            bytes: bytes_max,
            in_statements: true,
            key_chars: Some(KEY_CHARS_MAX),
        }
    }

    async fn rows(connection: &mut MySqlConnection, sql: String) -> sqlx::Result<Vec<TextCells>> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql));
        rows.fetch_all(connection)
            .await?
            .iter()
            .map(cells)
            .collect()
    }

    async fn insert(
        connection: &mut MySqlConnection,
        bytes_max: usize,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError> {
        insert(connection, bytes_max, table, columns, rows).await
    }
}

fn cells(row: &MySqlRow) -> sqlx::Result<TextCells> {
    let text = |cell: Option<&[u8]>| cell.map(|cell| String::from_utf8_lossy(cell).into_owned());
    (0..row.len())
        .map(|at| row.try_get_unchecked(at).map(text))
        .collect()
}
