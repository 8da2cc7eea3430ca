//! Reads SQLite databases, which other programs may be writing to at the same time.
//!
//! ```text
//! shape ──► Order::Time ───► by_time     an index leads with the time
//!           Order::Rowid ──► by_rowid    no such index: the table as it lies in the file
//!           Order::Copied ─► copied      no key to continue at: views, some WITHOUT ROWID tables
//! ```
//!
//! All three run their queries through `scan`. Every reader and every look at the schema has a
//! read-only connection of its own.

mod by_rowid;
mod by_time;
mod cells;
mod copied;
mod queries;
mod ranges;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod times;
mod unreadable;
mod whole;

use std::path::{Path, PathBuf};

use self::by_rowid::RowidReader;
use self::by_time::TimeReader;
use self::copied::CopyReader;
use self::shape::{Order, SqliteShape};
use self::times::Times;
use super::error::ReadError;
use super::key::KeyRange;
use super::left_out::LeftOut;
use super::portion::{Portion, Position, Share};
use super::range::TextRange;
use super::source::{ReadPlan, Reader, Source, TableQuery};
use super::unreadable::Unreadable;
use super::whole::{Mark, RowCount, TableColumn, WholeReader, WholeTable};
use crate::tables::sqlite::{SqliteSession, holds_changes_out_of_reach};

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

    fn connect(&self, table: &str) -> Result<SqliteSession, ReadError> {
        if !self.path.is_file() {
            return Err(ReadError::SourceMissing {
                path: self.path.clone(),
            });
        }
        SqliteSession::open_to_read(&self.path).map_err(|error| {
            if holds_changes_out_of_reach(&self.path, &error) {
                return ReadError::LogUnreadable {
                    table: table.to_owned(),
                    path: self.path.clone(),
                };
            }
            ReadError::not_connected(table)(error)
        })
    }

    /// Connects and finds out how the table can be read.
    fn look_at(
        &self,
        query: &TableQuery,
    ) -> Result<(SqliteSession, SqliteShape, Order), ReadError> {
        let session = self.connect(&query.table)?;
        let shape = SqliteShape::of(session.connection(), &query.table)?;
        query.demand_columns(&shape.columns)?;
        let order = shape
            .order(session.connection(), query)
            .map_err(ReadError::unreadable(&query.table))?;
        Ok((session, shape, order))
    }
}

impl Source for SqliteSource {
    fn tables(&self) -> Result<Vec<String>, ReadError> {
        shape::tables(self.connect("*")?.connection()).map_err(ReadError::unreadable("*"))
    }

    fn check(&self, query: &TableQuery) -> Result<(), ReadError> {
        let (session, shape, order) = self.look_at(query)?;
        let times = Times::of(session.connection(), query, &order, shape.kinds(query));
        match times
            .strange()
            .map_err(ReadError::unreadable(&query.table))?
        {
            None => Ok(()),
            Some(found) => Err(query.times_unusable(found)),
        }
    }

    fn plan(&self, query: &TableQuery, portions_wanted: u32) -> Result<ReadPlan, ReadError> {
        let (session, shape, order) = self.look_at(query)?;
        let connection = session.connection();
        let mut plan = ReadPlan {
            portions: Vec::new(),
            time_ordered: !matches!(order, Order::Rowid { .. }),
            rows_estimate: None,
            warnings: shape.warning(&order, query).into_iter().collect(),
        };
        let kinds = shape.kinds(query);
        let divided = match order {
            Order::Time { .. } => {
                Times::of(connection, query, &order, kinds).divide(portions_wanted, &mut plan)
            }
            Order::Rowid { rowid } => {
                by_rowid::divide(connection, query, rowid, portions_wanted, &mut plan)
            }
            Order::Copied => copied::divide(connection, query, kinds, &mut plan),
        };
        divided.map_err(ReadError::unreadable(&query.table))?;
        Ok(plan)
    }

    fn unreadable(&self, query: &TableQuery) -> Result<Unreadable, ReadError> {
        let (session, shape, order) = self.look_at(query)?;
        unreadable::unreadable(session.connection(), query, &order, shape.kinds(query))
            .map_err(ReadError::unreadable(&query.table))
    }

    /// All rows of the range are in portions.
    fn without_id(&self, _: &TableQuery) -> Result<LeftOut, ReadError> {
        Ok(LeftOut::default())
    }

    fn count(&self, query: &TableQuery) -> Result<u64, ReadError> {
        let (session, ..) = self.look_at(query)?;
        unreadable::count(session.connection(), query).map_err(ReadError::unreadable(&query.table))
    }

    fn open(
        &self,
        query: &TableQuery,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, ReadError> {
        let (session, shape, order) = self.look_at(query)?;
        let reached = from.map(|position| position.reached.clone());
        let (query, kinds) = (query.clone(), shape.kinds(query));
        let range = match &portion.0 {
            Share::Times { from, until } => {
                let range = TextRange::of(&query).between(from.as_deref(), until.as_deref());
                KeyRange::of_text(range.from, range.until)
            }
            Share::Cells { from, until } => KeyRange {
                from: from.clone(),
                until: until.clone(),
            },
            // An index that was made since the portion was would not help to read it.
            Share::Rowids { first, last } => {
                let rowids = (*first, *last);
                return Ok(Box::new(RowidReader::new(
                    session, query, &shape, rowids, reached,
                )?));
            }
            Share::Copied => {
                return Ok(Box::new(CopyReader::new(session, query, kinds, reached)?));
            }
            Share::OtherForms | Share::File | Share::Nothing => {
                return Err(ReadError::ForeignPosition { table: query.table });
            }
        };
        let reader = TimeReader::new(session, query, order, (kinds, range), reached)?;
        Ok(Box::new(reader))
    }

    fn columns(&self, table: &str) -> Result<Vec<TableColumn>, ReadError> {
        let session = self.connect(table)?;
        SqliteShape::of(session.connection(), table)?;
        let columns = whole::columns(session.connection(), table);
        columns.map_err(ReadError::failed_to("look up the columns of", table))
    }

    fn count_whole(&self, table: &WholeTable) -> Result<RowCount, ReadError> {
        let session = self.connect(&table.name)?;
        let counted = whole::count(session.connection(), table);
        counted.map_err(ReadError::unreadable(&table.name))
    }

    fn open_whole(
        &self,
        table: &WholeTable,
        from: Option<&Mark>,
    ) -> Result<Box<dyn WholeReader>, ReadError> {
        table.found_in(&self.columns(&table.name)?)?;
        let session = self.connect(&table.name)?;
        let shape = SqliteShape::of(session.connection(), &table.name)?;
        let rows = whole::SqliteRows::open(session, &shape, table.clone(), from)?;
        Ok(Box::new(rows))
    }
}
