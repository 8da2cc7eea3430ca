//! What tables are read from, and what is read of them.

use std::path::Path;
use std::sync::Arc;

use super::csv::CsvSource;
use super::error::ReadError;
use super::left_out::LeftOut;
use super::moment::{Moment, Zone};
use super::portion::{Portion, Position};
use super::row::{Nulls, Row};
use super::server;
use super::slice::{SliceEnd, SliceLimits};
use super::sqlite::SqliteSource;
use super::unreadable::Unreadable;
use super::whole::{Mark, RowCount, TableColumn, WholeReader, WholeTable};
use crate::database_url::{Use, check_url};
use crate::servers::ServerKind;
use crate::sqlite::file_of;

/// A database or a directory of files. Every method blocks; call them where blocking is fine.
pub trait Source: Send + Sync {
    /// The tables that could be read, sorted by name.
    fn tables(&self) -> Result<Vec<String>, ReadError>;

    /// Finds out whether the table could be read: it can be reached, exists, has every column
    /// that is wanted, and its times can be read.
    fn check(&self, query: &TableQuery) -> Result<(), ReadError>;

    /// Divides the rows of the range into at most so many portions; none if there are no rows.
    fn plan(&self, query: &TableQuery, portions_wanted: u32) -> Result<ReadPlan, ReadError>;

    /// Finds the rows that no portion of the plan holds because their time cannot be read. Of
    /// rows that are far from the range only so much is looked at as costs little.
    fn unreadable(&self, query: &TableQuery) -> Result<Unreadable, ReadError>;

    /// Counts the rows of the range that no portion of the plan holds because their key is NULL.
    fn without_id(&self, query: &TableQuery) -> Result<LeftOut, ReadError>;

    /// Counts all rows of the table.
    fn count(&self, query: &TableQuery) -> Result<u64, ReadError>;

    /// Starts to read a portion, or continues where an earlier reader of it ended.
    fn open(
        &self,
        query: &TableQuery,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, ReadError>;

    /// The columns of a table, which is read as a whole.
    fn columns(&self, table: &str) -> Result<Vec<TableColumn>, ReadError>;

    fn count_whole(&self, table: &WholeTable) -> Result<RowCount, ReadError>;

    /// Starts to read a whole table, or continues where an earlier reader of it ended.
    fn open_whole(
        &self,
        table: &WholeTable,
        from: Option<&Mark>,
    ) -> Result<Box<dyn WholeReader>, ReadError>;
}

/// Reads one portion. Blocks like its source.
pub trait Reader: Send {
    /// Reads on from where the last slice ended and calls `visit` for each row that takes part;
    /// `visit` returns the bytes it kept. Stops after `limits.rows` rows scanned or once the kept
    /// bytes reach `limits.bytes`. After an error the rows of this slice do not count: open the
    /// portion again from the last position.
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError>;
}

/// What is to be read: some columns of the rows whose time is from `start` to `end`, both
/// included. Rows in which a wanted column is NULL take no part, but for those that may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableQuery {
    pub table: String,
    pub time: String,
    /// At least one: the first distinguishes rows of one time.
    pub columns: Vec<WantedColumn>,
    pub nullable: Nullable,
    pub start: Moment,
    pub end: Moment,
    /// What times without an offset mean, and in which times are shown.
    pub zone: Zone,
}

/// Which of the wanted columns may be NULL in a row that takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nullable {
    /// So many at the end.
    pub columns: usize,
    /// Whether at least one of these must not be.
    pub one_is_wanted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedColumn {
    pub name: String,
    /// Whether a file, which knows no NULL, may leave the cell empty: else it is taken for NULL.
    pub may_be_empty: bool,
}

impl Nullable {
    /// How many of so many columns must not be NULL.
    pub(super) fn required(self, columns: usize) -> usize {
        columns.saturating_sub(self.columns)
    }

    /// Whether a row of so many columns takes part in which these are NULL.
    pub(super) fn admits(self, columns: usize, nulls: Nulls) -> bool {
        let lacks_all = self.one_is_wanted && nulls.count() >= self.columns;
        nulls.is_behind(self.required(columns)) && !lacks_all
    }
}

impl TableQuery {
    /// The column that distinguishes rows of one time.
    pub(super) fn key(&self) -> &str {
        self.columns.first().map_or("", |column| &column.name)
    }

    /// The range as a clock of the zone shows it, as if that were UTC.
    pub(super) fn range_of_clock(&self) -> (Moment, Moment) {
        (self.zone.clock_at(self.start), self.zone.clock_at(self.end))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }

    /// The times of the table cannot be read, because of what was found among them.
    pub(super) fn times_unusable(&self, found: String) -> ReadError {
        ReadError::TimesUnusable {
            table: self.table.clone(),
            column: self.time.clone(),
            found,
        }
    }

    /// Fails if the table lacks wanted columns; the error names all of them.
    pub(super) fn demand_columns(&self, present: &[String]) -> Result<(), ReadError> {
        let mut missing: Vec<String> = Vec::new();
        for name in self.names().chain([&*self.time]) {
            let exists = present
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name));
            if !exists && !missing.iter().any(|named| named == name) {
                missing.push(name.to_owned());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(ReadError::ColumnsMissing {
            table: self.table.clone(),
            missing,
            present: present.to_vec(),
        })
    }
}

/// How the rows of a range are divided.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPlan {
    pub portions: Vec<Portion>,
    /// Whether every portion is read in the order of time, and so is each one after the other.
    pub time_ordered: bool,
    /// About how many rows the range holds, where that is cheap to know.
    pub rows_estimate: Option<u64>,
    /// What the owner of the table should know, one sentence each.
    pub warnings: Vec<String>,
}

/// Makes the source that a URL names: `postgres:`, `mysql:` and `mariadb:` with the options of
/// sqlx, and no others; `sqlite:PATH` or `csv:PATH`, with or without `//`, where a path that starts with `/` is
/// absolute. Touches nothing yet.
pub fn open_source(url: &str) -> Result<Arc<dyn Source>, ReadError> {
    check_url(url, Use::Read)?;
    if let Some(path) = file_of(url) {
        return Ok(Arc::new(SqliteSource::new(&path)));
    }
    if let Some(kind) = ServerKind::of_url(url) {
        return server::open(kind, url);
    }
    let (scheme, path) = url.split_once(':').unwrap_or((url, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    match scheme {
        "csv" => Ok(Arc::new(CsvSource::new(Path::new(path)))),
        // Only the scheme is shown: what follows it may hold a password.
        _ => Err(ReadError::UnknownScheme {
            scheme: scheme.to_owned(),
            known: "`postgres:`, `mysql:`, `mariadb:`, `sqlite:` and `csv:`",
        }),
    }
}
