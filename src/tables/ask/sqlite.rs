//! Asks a SQLite file.

use std::path::Path;
use std::time::Instant;

use rusqlite::ToSql;
use rusqlite::types::ValueRef;

use super::named::{Piece, Syntax, pieces};
use super::{ANSWERS_WITHIN, NamedValue};
use crate::tables::error::DatabaseError;
use crate::tables::sqlite::SqliteSession;

/// How many steps of SQLite's machine pass between two looks at the clock: some milliseconds.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

pub(super) fn says_yes(
    path: &Path,
    sql: &str,
    values: &[(&str, NamedValue<'_>)],
) -> Result<bool, DatabaseError> {
    if !path.exists() {
        return Ok(false);
    }
    let session = SqliteSession::open_to_read(path)?;
    let connection = session.connection();
    let begun = Instant::now();
    let is_late = move || begun.elapsed() > ANSWERS_WITHIN;
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_late))?;
    let rendered: String = pieces(sql, Syntax::Sqlite, values)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Value(place) => format!("?{}", place + 1),
        })
        .collect();
    let mut statement = connection.prepare(&rendered)?;
    for no in 1..=statement.parameter_count() {
        // A gap is a value that the statement does not name.
        let Some((_, value)) = values.get(no - 1) else {
            continue;
        };
        let truth;
        let bound: &dyn ToSql = match value {
            NamedValue::Text(text) => text,
            NamedValue::Integer(integer) => integer,
            NamedValue::Truth(is_true) => {
                truth = i64::from(*is_true);
                &truth
            }
        };
        statement.raw_bind_parameter(no, bound)?;
    }
    let mut rows = statement.raw_query();
    Ok(match rows.next()? {
        Some(row) => match row.get_ref(0)? {
            ValueRef::Null => false,
            ValueRef::Integer(integer) => integer != 0,
            ValueRef::Real(number) => number != 0.0,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => !bytes.is_empty(),
        },
        None => false,
    })
}
