//! Asks MySQL and MariaDB.

use futures_util::StreamExt;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{Arguments, AssertSqlSafe, Column, Database, MySql, Row, TypeInfo};

use super::named::{Piece, Syntax, pieces};
use super::{ANSWERS_WITHIN, Answer, NamedValue};
use crate::tables::server::ServerSession;

/// The session reads only.
pub(super) fn says_yes(
    session: &mut ServerSession<MySql>,
    sql: &str,
    values: &[(&str, NamedValue<'_>)],
) -> sqlx::Result<Answer> {
    let mut arguments = <MySql as Database>::Arguments::default();
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql, Syntax::MySql, values) {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Value(place) => {
                text.push('?');
                let added = match values[place].1 {
                    NamedValue::Text(text) => arguments.add(text),
                    NamedValue::Integer(integer) => arguments.add(integer),
                    NamedValue::Truth(is_true) => arguments.add(i64::from(is_true)),
                };
                added.map_err(sqlx::Error::Encode)?;
            }
        }
    }
    session.run_future(async |connection| ask(connection, text, arguments).await)
}

async fn ask(
    connection: &mut MySqlConnection,
    sql: String,
    arguments: <MySql as Database>::Arguments,
) -> sqlx::Result<Answer> {
    // The two servers call the longest time of a query differently.
    let (within_s, within_ms) = (ANSWERS_WITHIN.as_secs(), ANSWERS_WITHIN.as_millis());
    let set = format!(
        "SET SESSION lock_wait_timeout = {within_s} /*M!100108 , max_statement_time = {within_s} */
         /*!50708 , max_execution_time = {within_ms} */"
    );
    sqlx::raw_sql(AssertSqlSafe(set))
        .execute(&mut *connection)
        .await?;
    let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(false);
    let mut rows = query.fetch(&mut *connection);
    let is_yes = match rows.next().await {
        Some(row) => is_yes(&row?)?,
        None => false,
    };
    // The others would have to be read first.
    let is_all = rows.next().await.transpose()?.is_none();
    Ok(Answer {
        is_yes,
        is_reusable: is_all,
    })
}

fn is_yes(row: &MySqlRow) -> sqlx::Result<bool> {
    let Some(column) = row.columns().first() else {
        return Ok(false);
    };
    let Some(bytes) = row.try_get_unchecked::<Option<&[u8]>, _>(0)? else {
        return Ok(false);
    };
    let kind = column.type_info().name();
    Ok(match kind.trim_end_matches(" UNSIGNED") {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "YEAR" | "BIT" => {
            bytes.iter().any(|byte| *byte != 0)
        }
        // The last bit but none is the sign.
        "FLOAT" | "DOUBLE" => match bytes {
            [rest @ .., last] => last & 0x7f != 0 || rest.iter().any(|byte| *byte != 0),
            [] => false,
        },
        "DECIMAL" => bytes.iter().any(|byte| (b'1'..=b'9').contains(byte)),
        _ => !bytes.is_empty(),
    })
}
