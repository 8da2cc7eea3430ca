//! A cell of SQLite that is remembered exactly.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// A cell that can be stored and bound again without a bit of it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Key {
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
