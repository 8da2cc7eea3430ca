//! Turns cells of SQLite into text.

use std::borrow::Cow;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::tables::read::row::lossy;

/// A cell as text; `None` is NULL.
pub(super) fn text_of<'a>(
    connection: &Connection,
    cell: ValueRef<'a>,
) -> rusqlite::Result<Option<Cow<'a, str>>> {
    Ok(match cell {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(lossy(bytes)),
        ValueRef::Integer(integer) => Some(Cow::Owned(integer.to_string())),
        ValueRef::Real(real) => Some(Cow::Owned(printed_by_sqlite(connection, real)?)),
    })
}

/// Only SQLite knows how it prints a number; such cells are too rare to copy its rules.
fn printed_by_sqlite(connection: &Connection, real: f64) -> rusqlite::Result<String> {
    connection
        .prepare_cached("SELECT CAST(?1 AS TEXT)")?
        .query_row([real], |row| row.get(0))
}

/// A time as text; `None` is NULL. What is not text comes back as a text that is not a time:
/// it sorts outside every range, so that no way of reading may take it for one.
pub(super) fn time_of(cell: ValueRef<'_>) -> Option<&str> {
    match cell {
        ValueRef::Null => None,
        ValueRef::Text(bytes) => Some(str::from_utf8(bytes).unwrap_or_default()),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => Some(""),
    }
}
