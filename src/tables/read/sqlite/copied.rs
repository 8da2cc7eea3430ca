//! Reads a view, or a table whose rows have no key to continue at: copies the rows of the range
//! once, sorted by time and id, into a temporary table of the reader's connection, and reads that.
//!
//! The copy dies with the reader. A later one makes its own, from the last time read on, and skips
//! what had been read of that time.

use rusqlite::{Connection, params, params_from_iter};

use super::ranges::Ranges;
use super::scan::{self, CellKinds, scan, selected, source_of};
use crate::tables::names::in_double_quotes;
use crate::tables::read::completeness::Completeness;
use crate::tables::read::error::ReadError;
use crate::tables::read::key::Key;
use crate::tables::read::portion::{CopyMark, Portion, Reached, Share};
use crate::tables::read::row::Row;
use crate::tables::read::slice::{OpenSlice, SliceEnd, SliceLimits};
use crate::tables::read::source::{ReadPlan, Reader, TableQuery};
use crate::tables::sqlite::SqliteSession;

pub(super) struct CopyReader {
    session: SqliteSession,
    query: TableQuery,
    kinds: CellKinds,
    /// The row of the copy that was read last.
    row: i64,
    mark: Option<CopyMark>,
    completeness: Completeness,
}

impl CopyReader {
    pub(super) fn new(
        session: SqliteSession,
        query: TableQuery,
        kinds: CellKinds,
        reached: Option<Reached>,
    ) -> Result<Self, ReadError> {
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Copied { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(ReadError::ForeignPosition { table: query.table }),
        };
        let connection = session.connection();
        let copied = fill_copy(connection, (&query, kinds), mark.as_ref()).and_then(|()| {
            mark.as_ref()
                .map_or(Ok(0), |mark| rows_before(connection, mark))
        });
        let row = copied.map_err(ReadError::unreadable(&query.table))?;
        Ok(Self {
            session,
            query,
            kinds,
            row,
            mark,
            completeness,
        })
    }
}

impl Reader for CopyReader {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self {
            session,
            query,
            kinds,
            row,
            mark,
            completeness,
        } = self;
        let mut slice = OpenSlice::new(limits, query, completeness, visit);
        let sql = format!(
            "SELECT time, row{} FROM temp.copy WHERE row > ?1 ORDER BY row LIMIT ?2",
            cells_of_copy(query)
        );
        let parameters = (*row, slice.rows_left());
        let read = scan(
            session.connection(),
            &sql,
            parameters,
            *kinds,
            &mut slice,
            |read, _| {
                *row = read.get(scan::TIE)?;
                remember(mark, read)
            },
        );
        read.map_err(ReadError::unreadable(&query.table))?;
        let finished = !slice.is_full();
        let mark = mark.clone();
        Ok(slice.end(finished, |completeness| Reached::Copied {
            mark,
            completeness,
        }))
    }
}

/// One portion, as each would need the whole copy; none if there are no rows.
pub(super) fn divide(
    connection: &Connection,
    query: &TableQuery,
    kinds: CellKinds,
    plan: &mut ReadPlan,
) -> rusqlite::Result<()> {
    let (condition, keys) = in_ranges(query, kinds);
    let sql = format!(
        "SELECT 1 FROM {} WHERE {condition} LIMIT 1",
        source_of(query)
    );
    let found = connection.prepare(&sql)?.exists(params_from_iter(keys))?;
    plan.portions
        .extend(found.then_some(Portion(Share::Copied)));
    Ok(())
}

/// The condition that a time may lie in the range, and its values.
fn in_ranges(query: &TableQuery, kinds: CellKinds) -> (String, Vec<Key>) {
    let time = compared(&query.time);
    let mut keys = Vec::new();
    let mut conditions = Vec::new();
    for range in Ranges::of(query, kinds).all() {
        keys.extend([range.from, range.until]);
        let until = keys.len();
        conditions.push(format!("({time} >= ?{} AND {time} < ?{until})", until - 1));
    }
    (format!("({})", conditions.join(" OR ")), keys)
}

fn remember(mark: &mut Option<CopyMark>, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    let post_time = Key::from(row.get_ref(scan::TIME)?);
    let id = Key::from(row.get_ref(scan::CELLS)?);
    let times_seen = match mark {
        Some(mark) if mark.post_time == post_time && mark.id == id => mark.times_seen + 1,
        _ => 1,
    };
    *mark = Some(CopyMark {
        post_time,
        id,
        times_seen,
    });
    Ok(())
}

/// The columns of the copy have no type, so that every cell keeps its own.
fn fill_copy(
    connection: &Connection,
    (query, kinds): (&TableQuery, CellKinds),
    mark: Option<&CopyMark>,
) -> rusqlite::Result<()> {
    let cells = cells_of_copy(query);
    connection.execute_batch(&format!(
        "PRAGMA temp_store = FILE;
         CREATE TEMP TABLE copy (row INTEGER PRIMARY KEY, time{cells});"
    ))?;
    let (time, key) = (compared(&query.time), compared(query.key()));
    let (mut condition, mut keys) = in_ranges(query, kinds);
    if let Some(mark) = mark {
        keys.push(mark.post_time.clone());
        condition += &format!(" AND {time} >= ?{}", keys.len());
    }
    let insert = format!(
        "INSERT INTO temp.copy (time{cells}) SELECT {} FROM {}
         WHERE {condition} ORDER BY {time}, {key}",
        selected(query, None),
        source_of(query),
    );
    connection.execute(&insert, params_from_iter(keys))?;
    Ok(())
}

/// The names of the cells in the copy, with a comma before each.
fn cells_of_copy(query: &TableQuery) -> String {
    (0..query.columns.len())
        .map(|place| format!(", cell_{place}"))
        .collect()
}

/// A column of the source, compared byte by byte whatever the view says.
fn compared(column: &str) -> String {
    format!("source.{} COLLATE BINARY", in_double_quotes(column))
}

/// How many rows of the copy had been read, given that it begins with the time of the mark.
fn rows_before(connection: &Connection, mark: &CopyMark) -> rusqlite::Result<i64> {
    let lesser: i64 = connection.query_row(
        // NULL comes first.
        "SELECT count(*) FROM temp.copy
         WHERE time = ?1 AND (cell_0 < ?2 OR cell_0 IS NULL AND ?2 IS NOT NULL)",
        params![mark.post_time, mark.id],
        |row| row.get(0),
    )?;
    Ok(lesser.saturating_add_unsigned(mark.times_seen))
}
