//! Asks PostgreSQL.

use futures_util::StreamExt;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Postgres, Row, TypeInfo, ValueRef};

use super::named::{Piece, Syntax, pieces};
use super::{ANSWERS_WITHIN, Answer, NamedValue};
use crate::tables::server::ServerSession;

/// In a transaction of its own, since a pool of connections may stand before the server.
pub(super) fn says_yes(
    session: &mut ServerSession<Postgres>,
    sql: &str,
    values: &[(&str, NamedValue<'_>)],
) -> sqlx::Result<Answer> {
    let sql: String = pieces(sql, Syntax::Postgres, values)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Value(place) => literal(values[place].1),
        })
        .collect();
    session.run_future(async |connection| ask(connection, sql).await)
}

async fn ask(connection: &mut PgConnection, sql: String) -> sqlx::Result<Answer> {
    let within_ms = ANSWERS_WITHIN.as_millis();
    let begin = format!(
        "BEGIN READ ONLY; SET LOCAL standard_conforming_strings = on; \
         SET LOCAL statement_timeout = {within_ms}; SET LOCAL lock_timeout = {within_ms}"
    );
    sqlx::raw_sql(AssertSqlSafe(begin))
        .execute(&mut *connection)
        .await?;
    // Prepared, although without values: then it cannot be more than one statement, which could
    // end the transaction.
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    let mut rows = query.fetch(&mut *connection);
    let is_yes = match rows.next().await {
        Some(row) => is_yes(&row?)?,
        None => false,
    };
    // The others would have to be read first.
    let is_all = rows.next().await.transpose()?.is_none();
    drop(rows);
    if is_all {
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
    }
    Ok(Answer {
        is_yes,
        is_reusable: is_all,
    })
}

/// Not bound: a value that is bound needs a type, and a text is not compared with a column of
/// dates. A literal takes the type of what it is compared with.
fn literal(value: NamedValue<'_>) -> String {
    match value {
        NamedValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        NamedValue::Integer(integer) => format!("({integer})"),
        NamedValue::Truth(is_true) => format!("'{is_true}'"),
    }
}

fn is_yes(row: &PgRow) -> sqlx::Result<bool> {
    if row.is_empty() {
        return Ok(false);
    }
    let value = row.try_get_raw(0)?;
    if value.is_null() {
        return Ok(false);
    }
    let kind = value.type_info().name().to_owned();
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    Ok(match (kind.as_str(), bytes) {
        ("BOOL" | "INT2" | "INT4" | "INT8" | "OID" | "MONEY", bytes) => {
            bytes.iter().any(|byte| *byte != 0)
        }
        // The first bit is the sign.
        ("FLOAT4" | "FLOAT8", [first, rest @ ..]) => {
            first & 0x7f != 0 || rest.iter().any(|byte| *byte != 0)
        }
        // The number of digits, which 0 has none of; the first group's weight; the sign, which
        // also says that it is not a number, or infinite.
        ("NUMERIC", [high, low, _, _, sign, ..]) => *high != 0 || *low != 0 || *sign >= 0xc0,
        (_, bytes) => !bytes.is_empty(),
    })
}
