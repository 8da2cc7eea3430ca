//! Whole tables, row by row, with what each cell holds: in the order that costs the least, and from a mark on.
//!
//! ```text
//! rows of SQLite with a rowid   in its order, a query for each slice
//! views, tables without it      by their key, from a copy that the reader makes
//! servers                       by their key, one query whose rows a thread of its own fetches
//! files                         as they lie there
//! ```

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::error::ReadError;
use super::key::Key;
use super::row::lossy;
use super::slice::SliceLimits;
use crate::tables::dialect::ColumnType;

/// A table that is read as a whole. Rows whose key is NULL take no part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeTable {
    pub name: String,
    /// By which rows are told apart: of rows with the same key at least the last one is visited.
    pub key: String,
    /// At least one.
    pub columns: Vec<String>,
    /// Only the rows in which a column is this text.
    pub only: Option<(String, String)>,
}

/// A column as the catalog has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    pub name: String,
    /// `None`: bytes, or whatever somebody puts there.
    pub holds: Option<ColumnType>,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'c> {
    Null,
    Integer(i64),
    Number(f64),
    Truth(bool),
    Text(Cow<'c, str>),
    Bytes,
}

/// A row while it is looked at.
pub trait CellRow {
    /// The key is at 0, the columns follow.
    fn cell(&self, place: usize) -> Cell<'_>;
}

/// How far a table has been read; means something only to the source that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub(super) Reached);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reached {
    /// Everything before this rowid; `None` when no greater one can be.
    Rowid(Option<i64>),
    /// Everything up to this key of a table of SQLite.
    Key(Key),
    /// Everything up to the key that a server sent in these bytes.
    Id(Vec<u8>),
    /// Everything before this byte of a file.
    Byte(u64),
}

/// The rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCount {
    pub rows: u64,
    /// Those whose key is NULL.
    pub without_key: u64,
}

/// Where a slice ended.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeEnd {
    /// `None`: before the first row.
    pub mark: Option<Mark>,
    /// Whether there are no more rows.
    pub finished: bool,
    /// Rows that were passed over: another has the same key, or they are malformed.
    pub left_out: u64,
}

/// Reads a table. Blocks like its source.
pub trait WholeReader: Send {
    /// Reads on and calls `visit` for each row, which returns the bytes that it kept. After an error the rows
    /// of this slice do not count.
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> Result<WholeEnd, ReadError>;
}

/// How full a slice is.
pub(super) struct Room {
    limits: SliceLimits,
    rows: u32,
    bytes: usize,
}

impl Room {
    pub(super) fn new(limits: SliceLimits) -> Self {
        Self {
            limits: SliceLimits {
                rows: limits.rows.max(1),
                bytes: limits.bytes.max(1),
            },
            rows: 0,
            bytes: 0,
        }
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(super) fn rows_left(&self) -> u32 {
        self.limits.rows - self.rows
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows_left() == 0 || self.bytes >= self.limits.bytes
    }
}

impl WholeTable {
    /// The key, and the columns behind it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let columns = self.columns.iter().map(String::as_str);
        [self.key.as_str()].into_iter().chain(columns)
    }

    /// Its columns among those that there are; the error names all that are missing.
    pub(super) fn found_in<'p>(
        &self,
        present: &'p [TableColumn],
    ) -> Result<Vec<&'p TableColumn>, ReadError> {
        let found = self.names().map(|name| column_named(present, name));
        let found: Option<Vec<&TableColumn>> = found.collect();
        if let Some(found) = found {
            return Ok(found);
        }
        let missing = self
            .names()
            .filter(|name| column_named(present, name).is_none());
        Err(ReadError::ColumnsMissing {
            table: self.name.clone(),
            missing: missing.map(str::to_owned).collect(),
            present: present.iter().map(|column| column.name.clone()).collect(),
        })
    }

    /// The mark of another kind of table.
    pub(super) fn foreign_mark(&self) -> ReadError {
        ReadError::ForeignPosition {
            table: self.name.clone(),
        }
    }
}

/// The column of that name, or else the one whose name differs in case only.
pub fn column_named<'c>(columns: &'c [TableColumn], name: &str) -> Option<&'c TableColumn> {
    let exact = columns.iter().find(|column| column.name == name);
    let alike = || {
        let mut columns = columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    };
    exact.or_else(alike)
}

/// What a server sent as a text, as what its column holds.
pub(super) fn cell_of(sent: Option<&[u8]>, holds: Option<ColumnType>) -> Cell<'_> {
    let (Some(sent), Some(holds)) = (sent, holds) else {
        return match sent {
            None => Cell::Null,
            Some(_) => Cell::Bytes,
        };
    };
    let text = lossy(sent);
    let typed = match holds {
        ColumnType::Integer => text.parse().ok().map(Cell::Integer),
        ColumnType::Number => text.parse().ok().map(Cell::Number),
        ColumnType::Truth => match &*text {
            "t" | "true" | "1" => Some(Cell::Truth(true)),
            "f" | "false" | "0" => Some(Cell::Truth(false)),
            _ => None,
        },
        ColumnType::Text | ColumnType::Date | ColumnType::Time => None,
    };
    typed.unwrap_or(Cell::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_sent_is_what_its_column_holds() {
        let text = |text: &'static str| Cell::Text(text.into());
        for (sent, holds, cell) in [
            (None, Some(ColumnType::Integer), Cell::Null),
            (Some("7"), Some(ColumnType::Integer), Cell::Integer(7)),
            (
                Some("-1.5e3"),
                Some(ColumnType::Number),
                Cell::Number(-1500.0),
            ),
            (Some("true"), Some(ColumnType::Truth), Cell::Truth(true)),
            (Some("0"), Some(ColumnType::Truth), Cell::Truth(false)),
            (Some("7"), Some(ColumnType::Text), text("7")),
            (
                Some("2026-11-30"),
                Some(ColumnType::Date),
                text("2026-11-30"),
            ),
            (
                Some("18446744073709551615"),
                Some(ColumnType::Integer),
                text("18446744073709551615"),
            ),
            (Some("x"), None, Cell::Bytes),
        ] {
            assert_eq!(cell_of(sent.map(str::as_bytes), holds), cell, "{sent:?}");
        }
    }

    #[test]
    fn a_column_is_found_by_its_name_and_else_whatever_its_case() {
        let columns = ["ID", "id", "Name"].map(|name| TableColumn {
            name: name.to_owned(),
            holds: None,
        });
        let found = |name| column_named(&columns, name).map(|column| column.name.as_str());
        assert_eq!(found("id"), Some("id"));
        assert_eq!(found("Id"), Some("ID"));
        assert_eq!(found("name"), Some("Name"));
        assert_eq!(found("other"), None);
    }
}
