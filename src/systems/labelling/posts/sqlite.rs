//! Reads posts from SQLite databases, which other programs may be writing to at the same time.
//!
//! ```text
//! shape ──► Order::Time ───► by_time     an index leads with the time
//!           Order::Rowid ──► by_rowid    no such index: the table as it lies in the file
//!           Order::Copied ─► copied      no key to go on from: views, some WITHOUT ROWID tables
//! ```
//!
//! All three run their queries through `scan`. Every reader and every look at the schema has a
//! read-only connection of its own.

mod by_rowid;
mod by_time;
mod cells;
mod copied;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod times;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

pub(super) use self::cells::Key;
use self::{
    by_rowid::RowidReader,
    by_time::TimeReader,
    copied::CopyReader,
    shape::{Order, Shape},
    times::Times,
};
use super::{
    ColumnNames, Plan, Portion, Position, ReadSpec, Reader, Source, SourceError, TextColumn,
    portion::Share, range::TextRange,
};

/// How long a writer that locks the whole database may keep us waiting before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Enough for the upper pages of the indexes and the pages between them that a slice touches;
/// each reader has as much.
const CACHE_KIB: i32 = 8 * 1024;

/// A SQLite database file.
pub(super) struct SqliteSource {
    path: PathBuf,
}

impl SqliteSource {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    fn connect(&self, table: &str) -> Result<Connection, SourceError> {
        if !self.path.is_file() {
            return Err(SourceError::SourceMissing {
                path: self.path.clone(),
            });
        }
        let trouble = |cause| SourceError::OpenDatabase {
            table: table.to_owned(),
            cause,
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(trouble)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(trouble)?;
        connection
            .pragma_update(None, "cache_size", -CACHE_KIB)
            .map_err(trouble)?;
        // A memory map would turn an error of the disk into a signal that ends the process.
        connection
            .pragma_update(None, "mmap_size", 0)
            .map_err(trouble)?;
        Ok(connection)
    }

    /// Connects and finds out how the table of a job can be read.
    fn look_at(&self, spec: &ReadSpec) -> Result<(Connection, Shape, Order), SourceError> {
        let connection = self.connect(&spec.table)?;
        let shape = Shape::of(&connection, &spec.table)?;
        spec.demand_columns(&shape.columns)?;
        let order = shape
            .order(&connection, spec)
            .map_err(unreadable(&spec.table))?;
        Ok((connection, shape, order))
    }
}

impl Source for SqliteSource {
    fn tables(&self) -> Result<Vec<String>, SourceError> {
        shape::tables(&self.connect("*")?).map_err(unreadable("*"))
    }

    fn check(
        &self,
        table: &str,
        columns: &ColumnNames,
        text: TextColumn,
    ) -> Result<(), SourceError> {
        let spec = ReadSpec::of_all_times(table, columns, text);
        let (connection, _, order) = self.look_at(&spec)?;
        match Times::of(&connection, &spec, &order)
            .strange()
            .map_err(unreadable(table))?
        {
            None => Ok(()),
            Some(found) => Err(SourceError::TimesUnusable {
                table: table.to_owned(),
                column: columns.post_time.clone(),
                found,
            }),
        }
    }

    fn plan(&self, spec: &ReadSpec, portions_wanted: u32) -> Result<Plan, SourceError> {
        let (connection, shape, order) = self.look_at(spec)?;
        let mut plan = Plan {
            portions: Vec::new(),
            time_ordered: !matches!(order, Order::Rowid { .. }),
            rows_estimate: None,
            warnings: shape.warning(&order, spec).into_iter().collect(),
        };
        let divided = match order {
            Order::Time { .. } => {
                Times::of(&connection, spec, &order).divide(portions_wanted, &mut plan)
            }
            Order::Rowid { rowid } => {
                by_rowid::divide(&connection, spec, rowid, portions_wanted, &mut plan)
            }
            Order::Copied => copied::divide(&connection, spec, &mut plan),
        };
        divided.map_err(unreadable(&spec.table))?;
        Ok(plan)
    }

    fn open(
        &self,
        spec: &ReadSpec,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, SourceError> {
        let (connection, shape, order) = self.look_at(spec)?;
        let reached = from.map(|position| position.reached.clone());
        let spec = spec.clone();
        match &portion.0 {
            Share::Times { from, until } => {
                let range = TextRange::of(&spec).between(from.as_deref(), until.as_deref());
                Ok(Box::new(TimeReader::new(
                    connection, spec, order, range, reached,
                )?))
            }
            // An index that was made since the portion was would not help to read it.
            Share::Rowids { first, last } => {
                let rowids = (*first, *last);
                Ok(Box::new(RowidReader::new(
                    connection, spec, &shape, rowids, reached,
                )?))
            }
            Share::Copied => Ok(Box::new(CopyReader::new(connection, spec, reached)?)),
            Share::File => Err(SourceError::ForeignPosition { table: spec.table }),
        }
    }
}

fn unreadable(table: &str) -> impl FnOnce(rusqlite::Error) -> SourceError {
    move |cause| SourceError::Database {
        attempt: "read",
        table: table.to_owned(),
        cause,
    }
}
