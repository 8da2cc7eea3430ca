//! Turns cells of SQLite into text, and remembers single cells exactly.

use std::borrow::Cow;

use rusqlite::{
    Connection, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};

use crate::systems::labelling::posts::lossy;

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

/// A cell that can be stored and bound again without a bit of it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::systems::labelling::posts) enum Key {
    Null,
    Integer(i64),
    /// By its bits: decimal digits could round.
    Real(u64),
    Text(String),
    /// Text that is not UTF-8.
    RawText(Vec<u8>),
    Blob(Vec<u8>),
}

impl Key {
    /// Takes over a cell; runs for every row, so it reuses the allocation of the last text.
    pub(super) fn assign(&mut self, cell: ValueRef<'_>) {
        match (&mut *self, cell) {
            (Self::Text(text), ValueRef::Text(bytes)) if let Ok(new) = str::from_utf8(bytes) => {
                text.clear();
                text.push_str(new);
            }
            (Self::Integer(integer), ValueRef::Integer(new)) => *integer = new,
            (_, cell) => *self = Self::from(cell),
        }
    }
}

impl From<ValueRef<'_>> for Key {
    fn from(cell: ValueRef<'_>) -> Self {
        match cell {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real.to_bits()),
            ValueRef::Text(bytes) => match str::from_utf8(bytes) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::RawText(bytes.to_owned()),
            },
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_owned()),
        }
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::RawText(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
