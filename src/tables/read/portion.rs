//! The durable parts of a read: a share of the rows, and how far it has been read.

use serde::{Deserialize, Serialize};

use super::completeness::Completeness;
use super::error::ReadError;
use super::key::Key;
use super::left_out::LeftOut;
use super::row::Row;
use super::slice::{SliceEnd, SliceLimits};
use super::source::Reader;
use super::unreadable::Unreadable;

/// A durable share of the rows of a range. Portions of one plan have no row in common and leave
/// none out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Portion(pub(super) Share);

impl Portion {
    /// A portion of any table, without rows.
    pub fn of_nothing() -> Self {
        Self(Share::Nothing)
    }

    pub fn is_of_nothing(&self) -> bool {
        self.0 == Share::Nothing
    }
}

/// Reads a portion without rows.
pub struct NoRows;

impl Reader for NoRows {
    fn read_slice(
        &mut self,
        _: SliceLimits,
        _: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        Ok(SliceEnd {
            position: Position {
                reached: Reached::Nothing,
            },
            finished: true,
            complete_to: None,
            rows_scanned: 0,
            unreadable: Unreadable::default(),
            left_out: LeftOut::default(),
        })
    }
}

/// How far a portion has been read; means something only to the source that made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position {
    pub(super) reached: Reached,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Share {
    /// The rows whose time, as text, is at least `from` and less than `until`; without them, the
    /// range of the job is the limit.
    Times {
        from: Option<String>,
        until: Option<String>,
    },
    /// The rows of an indexed table of SQLite whose time, as a cell, is at least `from` and less
    /// than `until`: of numbers, and of texts of other forms than those of `Times`.
    Cells { from: Key, until: Key },
    /// The rows of a table on a server whose time is text of another form, outside of the texts
    /// that all `Times` together cover.
    OtherForms,
    /// No rows.
    Nothing,
    /// The rows whose rowid is in this closed range.
    Rowids { first: i64, last: i64 },
    /// Everything, read from a copy that is sorted by time.
    Copied,
    /// Everything in a file.
    File,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reached {
    /// Everything up to this time and, within it, this row; `None` before the first row.
    Time {
        mark: Option<TimeMark>,
        completeness: Completeness,
    },
    /// Everything before this rowid; `None` when no greater one can be.
    Rowid {
        next: Option<i64>,
        completeness: Completeness,
    },
    /// Everything up to this row of the sorted copy; `None` before the first row.
    Copied {
        mark: Option<CopyMark>,
        completeness: Completeness,
    },
    /// Everything up to this place in a table on a server; `None` before the first row.
    Server {
        mark: Option<ServerMark>,
        completeness: Completeness,
    },
    /// All there is, which is nothing.
    Nothing,
    /// Everything before this byte of the file.
    Byte {
        next: u64,
        completeness: Completeness,
    },
}

/// The last row read in the order of (time, tie-breaker).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TimeMark {
    pub(super) post_time: Key,
    pub(super) tie: Key,
}

/// The last time that was read of a table on a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ServerMark {
    /// As the server compares it: a moment, or the text that stands in the table.
    pub(super) time: String,
    /// The last row read of this time, in the order of ids; `None` once all its rows are.
    pub(super) row: Option<ServerRow>,
}

/// A row among those of one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ServerRow {
    /// In the bytes that the server sent, which need not be text.
    pub(super) id: Vec<u8>,
    /// How many rows of this time and id have been read: nothing makes ids of a view unique.
    pub(super) times_seen: u64,
}

/// The last row read in the order of (time, id), by what it holds, as rowids differ between copies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CopyMark {
    pub(super) post_time: Key,
    pub(super) id: Key,
    /// How many of the rows that are equal in both have been read: nothing makes ids of a view
    /// unique.
    pub(super) times_seen: u64,
}
