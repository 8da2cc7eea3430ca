//! A cell of SQLite that is remembered exactly.

use std::cmp::Ordering;

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

/// Cells from one to before another, in the order in which SQLite has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyRange {
    pub(super) from: Key,
    pub(super) until: Key,
}

impl KeyRange {
    pub(super) fn of_text(from: impl Into<String>, until: impl Into<String>) -> Self {
        Self {
            from: Key::Text(from.into()),
            until: Key::Text(until.into()),
        }
    }

    /// Whether a number or a text lies in it.
    pub(super) fn contains(&self, cell: ValueRef<'_>) -> bool {
        self.from.order(cell).is_le() && self.until.order(cell).is_gt()
    }
}

impl Key {
    /// How it stands to a cell in the order of an index: NULL, numbers, texts by their bytes,
    /// blobs.
    fn order(&self, cell: ValueRef<'_>) -> Ordering {
        let class = |value: ValueRef<'_>| match value {
            ValueRef::Null => 0,
            ValueRef::Integer(_) | ValueRef::Real(_) => 1,
            ValueRef::Text(_) => 2,
            ValueRef::Blob(_) => 3,
        };
        let own = self.value();
        class(own)
            .cmp(&class(cell))
            .then_with(|| match (own, cell) {
                (ValueRef::Integer(own), ValueRef::Integer(cell)) => own.cmp(&cell),
                (ValueRef::Text(own), ValueRef::Text(cell))
                | (ValueRef::Blob(own), ValueRef::Blob(cell)) => own.cmp(cell),
                (own, cell) => number(own).total_cmp(&number(cell)),
            })
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::RawText(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

/// Times as numbers are far below the integers that this would round.
fn number(value: ValueRef<'_>) -> f64 {
    match value {
        ValueRef::Integer(integer) => integer as f64,
        ValueRef::Real(real) => real,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => 0.0,
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
        Ok(ToSqlOutput::Borrowed(self.value()))
    }
}
