//! A connection to a database, for reading and for writing, whichever database it is.
//!
//! There is one type for each: `sqlite::SqliteSession`, and `server::ServerSession` for
//! PostgreSQL and MySQL.

use std::borrow::Cow;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::DatabaseError;
use super::mysql::bytes_around;

/// What a connection is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Nothing can be written, times are UTC, and neither a slow reader nor a long query is cut
    /// off.
    Read,
    /// A server that hears nothing within a transaction for so long takes it back.
    Write { silence_max: Duration },
}

/// A value that is bound to a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Integer(i64),
    Number(f64),
    Bytes(&'a [u8]),
}

/// The cells of a row, by the place of their column.
pub(crate) trait Cells {
    fn text(&self, place: usize) -> Result<Option<String>, DatabaseError>;
    fn integer(&self, place: usize) -> Result<Option<i64>, DatabaseError>;
    fn number(&self, place: usize) -> Result<Option<f64>, DatabaseError>;
    fn bytes(&self, place: usize) -> Result<Cow<'_, [u8]>, DatabaseError>;
}

/// Called for each row; returns whether more are wanted.
pub(crate) type Visit<'v> = dyn FnMut(&dyn Cells) -> Result<bool, DatabaseError> + 'v;

/// Rows of texts that are to be inserted.
pub(crate) trait TextRows {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    fn text(&self, row: usize, column: usize) -> &str;

    /// The text, unless NULL stands there.
    fn maybe_text(&self, row: usize, column: usize) -> Option<&str> {
        Some(self.text(row, column))
    }
}

/// What a row may have that is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowLimits {
    /// Bytes of all that is sent or kept of a row.
    pub(crate) bytes: usize,
    /// Whether rows are sent as statements, in which names stand and quotes are doubled.
    pub(crate) in_statements: bool,
    /// Characters of a text in a column of the type `Types::key`.
    pub(crate) key_chars: Option<usize>,
}

impl RowLimits {
    /// The bytes of the texts of a row that can be inserted into a table.
    pub(crate) fn room_in(&self, table: &str, columns: &str, texts: usize) -> usize {
        let around = match self.in_statements {
            true => bytes_around(table, columns, texts),
            false => 0,
        };
        self.bytes.saturating_sub(around)
    }

    /// How many bytes the texts of a row take of the room.
    pub(crate) fn cost<'t>(&self, texts: impl Iterator<Item = &'t str>) -> usize {
        let quotes = |text: &str| text.bytes().filter(|byte| *byte == b'\'').count();
        texts
            .map(|text| match self.in_statements {
                true => text.len() + quotes(text),
                false => text.len(),
            })
            .sum()
    }
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transaction<'a> {
    pub(crate) durability: Durability,
    pub(crate) owner: Option<Owner<'a>>,
}

/// Which crashes a committed transaction survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// That of this process; one of the server or the machine may take it back as a whole.
    Relaxed,
    /// Also that of a server. A power cut may take it back from a file.
    Usual,
    /// Also a power cut.
    Full,
}

/// Whose work a transaction is. An owner with a later epoch can find its sessions and end them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) name: &'a str,
    pub(crate) epoch: i64,
}

/// A connection that blocks. After an error, and when its rows were not read to the end, it
/// cannot be used again: the database takes an open transaction back once it is dropped.
///
/// Statements write their values as `?1`, `?2`, …, each as often as they like.
pub(crate) trait Session: Send {
    /// Where a database has one writer, this waits for its turn.
    fn begin(&mut self, transaction: Transaction<'_>) -> Result<(), DatabaseError>;

    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Runs statements without values.
    fn run(&mut self, script: &str) -> Result<(), DatabaseError>;

    /// Returns how many rows the statement met, whether or not it changed them. Outside of a
    /// transaction it is one of its own.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, DatabaseError>;

    /// Like `execute`, but stops when `cancel` says so, and waits for no turn: outside of a
    /// transaction it may only write temporary tables.
    fn execute_unless(
        &mut self,
        cancel: &CancellationToken,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<u64, DatabaseError>;

    /// Returns whether all rows were visited. `visit` is not called where futures are run, so
    /// that it may block.
    fn read(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut Visit<'_>,
    ) -> Result<bool, DatabaseError>;

    /// Adds rows to a table, whose name is quoted, by the fastest way that the database has.
    fn insert(
        &mut self,
        table: &str,
        columns: &str,
        rows: &dyn TextRows,
    ) -> Result<(), DatabaseError>;

    /// What the database takes of one row; a connection keeps to what it found at its beginning.
    fn row_limits(&self) -> RowLimits;

    /// Whether the connection still works; asks the server.
    fn is_alive(&mut self) -> bool;
}
