//! MySQL and MariaDB: stream by the text protocol, which costs less than the binary one.

use std::fmt::Write;

use futures_util::TryStreamExt;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySql, MySqlConnection, Row};

use super::dialect::{ReadServer, TIME_PATTERN, is_of_these_years};
use super::packed::{NULL, packed_time};
use super::time_kind::{TextEquality, TimeKind};
use crate::tables::dialect::{ColumnType, Dialect};
use crate::tables::mysql::MySqlDialect;
use crate::tables::names::in_backticks;
use crate::tables::read::moment::Moment;
use crate::tables::server::{Outbox, ServerSession};

impl ReadServer for MySql {
    fn dialect() -> &'static dyn Dialect {
        &MySqlDialect
    }

    async fn stream(
        connection: &mut MySqlConnection,
        sql: String,
        times: TimeKind,
        outbox: &mut Outbox,
    ) -> sqlx::Result<()> {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
        let mut packed = Vec::new();
        while let Some(row) = rows.try_next().await? {
            pack(&row, times, &mut packed)?;
            outbox.put(&packed).await;
        }
        Ok(())
    }

    /// In digits, so that no mode of the server gives a character another meaning.
    fn text(text: &str) -> String {
        format!("_utf8mb4 {}", bytes(text.as_bytes()))
    }

    fn moment(_: TimeKind, moment: Moment) -> String {
        format!("TIMESTAMP'{moment}'")
    }

    fn id(id: &[u8], is_number: bool) -> String {
        match str::from_utf8(id) {
            Ok(digits) if is_number && digits.parse::<i128>().is_ok() => digits.to_owned(),
            _ => bytes(id),
        }
    }

    fn id_in_order(column: &str, is_number: bool, is_binary: bool) -> String {
        match (is_number, is_binary) {
            (true, _) => column.to_owned(),
            (false, true) => format!("CAST({column} AS BINARY)"),
            (false, false) => format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY)"),
        }
    }

    fn streamed(column: &str) -> String {
        column.to_owned()
    }

    fn streamed_time(column: &str, _: TimeKind) -> String {
        column.to_owned()
    }

    fn readable_time(column: &str, _: TimeKind) -> String {
        column.to_owned()
    }

    fn is_time(column: &str, times: TimeKind) -> String {
        match times {
            // A `$` would match before a line break as well.
            TimeKind::Text => format!(
                "{column} REGEXP {}",
                Self::text(&format!("{TIME_PATTERN}\\z"))
            ),
            TimeKind::Stamp | TimeKind::Day => format!(
                "DAYOFMONTH({column}) BETWEEN 1 AND CASE
                     WHEN MONTH({column}) = 0 THEN 0
                     WHEN MONTH({column}) IN (4, 6, 9, 11) THEN 30
                     WHEN MONTH({column}) <> 2 THEN 31
                     WHEN YEAR({column}) % 400 = 0 THEN 29
                     WHEN YEAR({column}) % 4 = 0 AND YEAR({column}) % 100 <> 0 THEN 29
                     ELSE 28 END"
            ),
            TimeKind::Zoned | TimeKind::Number => is_of_these_years::<Self>(column, times),
        }
    }

    const KEEPS_INVALID_DATES: bool = true;

    fn time_kind(type_name: &str) -> Option<TimeKind> {
        Some(match type_name {
            "datetime" => TimeKind::Stamp,
            "timestamp" => TimeKind::Zoned,
            "date" => TimeKind::Day,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => TimeKind::Text,
            "int" | "bigint" | "float" | "double" | "decimal" => TimeKind::Number,
            _ => return None,
        })
    }

    /// As their names say it.
    fn equality(collation: &str) -> TextEquality {
        let pads = !collation.contains("nopad") && !collation.contains("_0900_");
        TextEquality {
            ignores_case: !collation.ends_with("_bin"),
            ignores_blanks_behind: pads,
        }
    }

    fn is_number(type_name: &str) -> bool {
        matches!(
            type_name,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint"
        )
    }

    fn is_binary(type_name: &str) -> bool {
        type_name.ends_with("binary") || type_name.ends_with("blob")
    }

    fn holds(type_name: &str) -> Option<ColumnType> {
        Some(match type_name {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => ColumnType::Integer,
            "float" | "double" | "decimal" => ColumnType::Number,
            "date" => ColumnType::Date,
            "datetime" | "timestamp" => ColumnType::Time,
            "bit" => return None,
            binary if Self::is_binary(binary) => return None,
            _ => ColumnType::Text,
        })
    }

    /// Of a `float` the server would show six digits.
    fn streamed_value(column: &str, type_name: &str) -> String {
        match type_name {
            "float" => format!("({column} + 0e0)"),
            _ => Self::streamed(column),
        }
    }

    /// The optimizer would rather sort all rows than take them from the index one by one, and
    /// keep us waiting for the first.
    fn along(index: &str) -> String {
        format!(" FORCE INDEX ({})", in_backticks(index))
    }

    const TABLES: &str = "
        SELECT table_name FROM information_schema.tables WHERE table_schema = database()";

    fn columns(table: &str) -> String {
        let plain = Self::text(table);
        let with_schema = table
            .split_once('.')
            .map_or(String::new(), |(schema, table)| {
                let [schema, table] = [schema, table].map(Self::text);
                format!(" OR t.table_schema = {schema} AND t.table_name = {table}")
            });
        format!(
            "SELECT t.table_schema, t.table_name, t.table_type = 'VIEW', c.column_name,
                    c.data_type, c.collation_name, c.is_nullable = 'YES'
             FROM information_schema.tables t JOIN information_schema.columns c
                  ON c.table_schema = t.table_schema AND c.table_name = t.table_name
             WHERE t.table_schema = database() AND t.table_name = {plain}{with_schema}
             ORDER BY t.table_schema = database() DESC, BINARY t.table_name = {plain} DESC,
                      t.table_schema, t.table_name, c.ordinal_position"
        )
    }

    fn indexes(schema: &str, table: &str) -> String {
        format!(
            "SELECT index_name, column_name, seq_in_index, non_unique = 0
             FROM information_schema.statistics
             WHERE table_schema = {} AND table_name = {} AND index_type = 'BTREE'
                   AND sub_part IS NULL",
            Self::text(schema),
            Self::text(table)
        )
    }

    fn estimate(session: &mut ServerSession<Self>, query: &str) -> sqlx::Result<Option<u64>> {
        let explain = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {query}")));
        let steps = session.run_future(async |connection| explain.fetch_all(connection).await);
        let mut most = None;
        for step in steps? {
            let rows: Option<String> = step.try_get_unchecked("rows")?;
            most = most.max(rows.and_then(|rows| rows.parse().ok()));
        }
        Ok(most)
    }
}

/// Bytes as a value.
fn bytes(bytes: &[u8]) -> String {
    let mut value = String::with_capacity(3 + 2 * bytes.len());
    value.push_str("x'");
    for byte in bytes {
        write!(value, "{byte:02x}").expect("a string takes everything");
    }
    value + "'"
}

/// Packs a row as `packed` describes.
fn pack(row: &MySqlRow, times: TimeKind, packed: &mut Vec<u8>) -> sqlx::Result<()> {
    packed.clear();
    packed.extend_from_slice(&(row.len() as i16).to_be_bytes());
    for at in 0..row.len() {
        let Some(cell): Option<&[u8]> = row.try_get_unchecked(at)? else {
            packed.extend_from_slice(&NULL.to_be_bytes());
            continue;
        };
        let is_packed = at == 0 && !matches!(times, TimeKind::Text | TimeKind::Number);
        // What is not a time, such as 0000-00-00, travels as it is.
        if is_packed
            && let Ok(text) = str::from_utf8(cell)
            && let Some(moment) = Moment::parse(text)
        {
            put(packed, &packed_time(moment));
        } else {
            put(packed, cell);
        }
    }
    Ok(())
}

fn put(packed: &mut Vec<u8>, field: &[u8]) {
    packed.extend_from_slice(&(field.len() as i32).to_be_bytes());
    packed.extend_from_slice(field);
}
