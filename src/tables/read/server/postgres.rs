//! PostgreSQL: streams by binary COPY, which costs the least on both sides.

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::{PgConnection, Postgres};

use super::dialect::{ReadServer, TIME_PATTERN, is_of_these_years};
use super::time_kind::{TextEquality, TimeKind};
use crate::tables::dialect::{ColumnType, Dialect};
use crate::tables::postgres::PostgresDialect;
use crate::tables::read::moment::Moment;
use crate::tables::server::{Outbox, ServerSession};

/// What a COPY in binary begins with, before the length of its extension.
const HEADER_BYTES: usize = 11 + 4;

/// Where the number of fields would stand when there are no more rows.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

impl ReadServer for Postgres {
    fn dialect() -> &'static dyn Dialect {
        &PostgresDialect
    }

    async fn stream(
        connection: &mut PgConnection,
        sql: String,
        _: TimeKind,
        outbox: &mut Outbox,
    ) -> sqlx::Result<()> {
        let copy = format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
        let mut messages = connection.copy_out_raw(&copy).await?;
        // A message is a row, but the first has the header before it, and the last is the trailer.
        let mut is_first = true;
        while let Some(message) = messages.try_next().await? {
            let mut row = &*message;
            if is_first {
                row = behind_header(row)
                    .ok_or_else(|| sqlx::Error::Protocol("a COPY without header".to_owned()))?;
                is_first = false;
            }
            if row != TRAILER {
                outbox.put(row).await;
            }
        }
        Ok(())
    }

    /// Text has no NUL here, and one would end the statement. What a backslash means in other
    /// texts is a setting.
    fn text(text: &str) -> String {
        let text = text.replace('\'', "''").replace('\0', "\u{FFFD}");
        match text.contains('\\') {
            true => format!("E'{}'", text.replace('\\', "\\\\")),
            false => format!("'{text}'"),
        }
    }

    fn moment(times: TimeKind, moment: Moment) -> String {
        let text = moment.to_string();
        let (text, era) = match text.strip_prefix("0000") {
            Some(rest) => (format!("0001{rest}"), " BC"),
            None => (text, ""),
        };
        match times {
            TimeKind::Zoned => format!("timestamptz '{text}+00{era}'"),
            TimeKind::Stamp | TimeKind::Day | TimeKind::Number | TimeKind::Text => {
                format!("timestamp '{text}{era}'")
            }
        }
    }

    /// A constant takes the type of what it is compared with.
    fn id(id: &[u8], _: bool) -> String {
        Self::text(&String::from_utf8_lossy(id))
    }

    fn id_in_order(column: &str, is_number: bool, _: bool) -> String {
        if is_number {
            column.to_owned()
        } else {
            format!("{column}::text COLLATE \"C\"")
        }
    }

    fn streamed(column: &str) -> String {
        format!("{column}::text")
    }

    fn streamed_time(column: &str, times: TimeKind) -> String {
        match times {
            TimeKind::Stamp | TimeKind::Zoned => column.to_owned(),
            TimeKind::Day => format!("{column}::timestamp"),
            TimeKind::Number | TimeKind::Text => format!("{column}::text"),
        }
    }

    fn readable_time(column: &str, times: TimeKind) -> String {
        match times {
            TimeKind::Zoned => format!("({column} AT TIME ZONE 'UTC')::text"),
            TimeKind::Stamp | TimeKind::Day | TimeKind::Number | TimeKind::Text => {
                format!("{column}::text")
            }
        }
    }

    fn is_time(column: &str, times: TimeKind) -> String {
        match times {
            TimeKind::Text => format!("{column} ~ {}", Self::text(&format!("{TIME_PATTERN}$"))),
            times => is_of_these_years::<Self>(column, times),
        }
    }

    const KEEPS_INVALID_DATES: bool = false;

    fn time_kind(type_name: &str) -> Option<TimeKind> {
        Some(match type_name {
            "timestamp" => TimeKind::Stamp,
            "timestamptz" => TimeKind::Zoned,
            "date" => TimeKind::Day,
            "text" | "varchar" | "bpchar" => TimeKind::Text,
            "int4" | "int8" | "float4" | "float8" | "numeric" => TimeKind::Number,
            _ => return None,
        })
    }

    /// Those of others are made by hand.
    fn equality(_: &str) -> TextEquality {
        TextEquality::EXACT
    }

    /// Those of which equal ones are shown alike, which decimal numbers are not.
    fn is_number(type_name: &str) -> bool {
        matches!(type_name, "int2" | "int4" | "int8" | "uuid")
    }

    fn is_binary(_: &str) -> bool {
        false
    }

    fn holds(type_name: &str) -> Option<ColumnType> {
        Some(match type_name {
            "int2" | "int4" | "int8" => ColumnType::Integer,
            "float4" | "float8" | "numeric" => ColumnType::Number,
            "bool" => ColumnType::Truth,
            "date" => ColumnType::Date,
            "timestamp" | "timestamptz" => ColumnType::Time,
            "bytea" => return None,
            _ => ColumnType::Text,
        })
    }

    fn streamed_value(column: &str, type_name: &str) -> String {
        match type_name {
            "float4" => format!("{column}::float8::text"),
            "timestamptz" => Self::readable_time(column, TimeKind::Zoned),
            _ => Self::streamed(column),
        }
    }

    fn along(_: &str) -> String {
        String::new()
    }

    const TABLES: &str = "
        SELECT CASE WHEN n.nspname = ANY (current_schemas(false)) THEN c.relname
                    ELSE n.nspname || '.' || c.relname END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
              AND n.nspname <> 'information_schema' AND left(n.nspname, 3) <> 'pg_'
              AND has_any_column_privilege(c.oid, 'SELECT')";

    fn columns(table: &str) -> String {
        let plain = Self::text(table);
        let with_schema = table
            .split_once('.')
            .map_or("NULL".to_owned(), |(schema, table)| {
                let [schema, table] = [schema, table].map(Self::text);
                format!("quote_ident({schema}) || '.' || quote_ident({table})")
            });
        format!(
            "SELECT n.nspname, c.relname, CASE WHEN c.relkind = 'v' THEN 1 ELSE 0 END,
                    a.attname, coalesce(b.typname, t.typname), '',
                    CASE WHEN a.attnotnull THEN 0 ELSE 1 END
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             JOIN pg_type t ON t.oid = a.atttypid
             LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
                   AND c.oid = coalesce(to_regclass(quote_ident({plain})),
                                        to_regclass({with_schema}))
             ORDER BY a.attnum"
        )
    }

    fn indexes(schema: &str, table: &str) -> String {
        format!(
            "SELECT i.relname, a.attname, part.number, CASE WHEN x.indisunique THEN 1 ELSE 0 END
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_index x ON x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL
             JOIN pg_class i ON i.oid = x.indexrelid
             JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
             CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS part (attnum, number)
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum
             WHERE n.nspname = {} AND c.relname = {} AND part.number <= x.indnkeyatts",
            Self::text(schema),
            Self::text(table)
        )
    }

    fn estimate(session: &mut ServerSession<Self>, query: &str) -> sqlx::Result<Option<u64>> {
        let rows = session.rows(format!("EXPLAIN (FORMAT JSON) {query}"))?;
        let plan = rows.into_iter().flatten().flatten().collect::<String>();
        let plan: Value = serde_json::from_str(&plan).unwrap_or_default();
        Ok(plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_u64))
    }
}

/// The first row of a COPY in binary.
fn behind_header(message: &[u8]) -> Option<&[u8]> {
    let (_, rest) = message.split_at_checked(HEADER_BYTES)?;
    let (length, rest) = rest.split_first_chunk()?;
    rest.get(u32::from_be_bytes(*length) as usize..)
}
