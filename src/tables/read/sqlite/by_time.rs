//! Reads a table in the order of time, along an index that leads with it.
//!
//! Each slice is two queries of its own, so that no transaction on the users' database outlives
//! it. A single condition on (time, tie-breaker) would make SQLite step over all rows of the
//! current time again in every slice; two queries each begin exactly where the last slice ended:
//!
//! ```text
//! rest of the moment   time = mark   and tie > mark   in the order of tie
//! later moments        time > mark   and time < until in the order of time, tie
//! ```

use rusqlite::{Connection, params};

use super::queries::Queries;
use super::scan::{self, CellKinds, scan};
use super::shape::Order;
use crate::tables::read::completeness::Completeness;
use crate::tables::read::error::ReadError;
use crate::tables::read::key::{Key, KeyRange};
use crate::tables::read::portion::{Reached, TimeMark};
use crate::tables::read::row::Row;
use crate::tables::read::slice::{OpenSlice, SliceEnd, SliceLimits};
use crate::tables::read::source::{Reader, TableQuery};
use crate::tables::sqlite::SqliteSession;

pub(super) struct TimeReader {
    session: SqliteSession,
    query: TableQuery,
    queries: Queries,
    kinds: CellKinds,
    range: KeyRange,
    /// The last row of the last slice.
    mark: Option<TimeMark>,
    completeness: Completeness,
}

impl TimeReader {
    pub(super) fn new(
        session: SqliteSession,
        query: TableQuery,
        order: Order,
        (kinds, range): (CellKinds, KeyRange),
        reached: Option<Reached>,
    ) -> Result<Self, ReadError> {
        let Order::Time { index, tie } = order else {
            let column = query.time;
            return Err(ReadError::IndexDropped {
                table: query.table,
                column,
            });
        };
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Time { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(ReadError::ForeignPosition { table: query.table }),
        };
        let queries = Queries::new(&query, &index, &tie);
        Ok(Self {
            session,
            query,
            queries,
            kinds,
            range,
            mark,
            completeness,
        })
    }
}

impl Reader for TimeReader {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self {
            session,
            query,
            queries,
            kinds,
            range,
            mark,
            completeness,
        } = self;
        let mut slice = OpenSlice::new(limits, query, completeness, visit);
        let read = run(
            queries,
            session.connection(),
            *kinds,
            range,
            mark,
            &mut slice,
        );
        read.map_err(ReadError::unreadable(&query.table))?;
        let finished = !slice.is_full();
        if finished {
            // No row filled the slice and was remembered: everything before the end is read.
            *mark = Some(TimeMark {
                post_time: range.until.clone(),
                tie: Key::Null,
            });
        }
        let mark = mark.clone();
        Ok(slice.end(finished, |completeness| Reached::Time {
            mark,
            completeness,
        }))
    }
}

/// Reads what is left of the moment of the mark, and then the later ones.
fn run(
    queries: &Queries,
    connection: &Connection,
    kinds: CellKinds,
    range: &KeyRange,
    mark: &mut Option<TimeMark>,
    slice: &mut OpenSlice<'_>,
) -> rusqlite::Result<()> {
    if let Some(TimeMark { post_time, tie }) = mark.clone() {
        let parameters = params![post_time, tie, slice.rows_left()];
        let remember = |row: &rusqlite::Row<'_>, last| remember(mark, row, last);
        scan(
            connection,
            &queries.rest_of_moment,
            parameters,
            kinds,
            slice,
            remember,
        )?;
    }
    if slice.is_full() {
        return Ok(());
    }
    let (sql, from) = match &*mark {
        None => (&queries.from, range.from.clone()),
        Some(mark) => (&queries.later, mark.post_time.clone()),
    };
    let parameters = params![from, range.until, slice.rows_left()];
    scan(connection, sql, parameters, kinds, slice, |row, last| {
        remember(mark, row, last)
    })
}

/// Takes over the last row of a slice. Not each row: that would be a tenth of the work.
fn remember(
    mark: &mut Option<TimeMark>,
    row: &rusqlite::Row<'_>,
    last: bool,
) -> rusqlite::Result<()> {
    if !last {
        return Ok(());
    }
    let mark = mark.get_or_insert(TimeMark {
        post_time: Key::Null,
        tie: Key::Null,
    });
    mark.post_time.assign(row.get_ref(scan::TIME)?);
    mark.tie.assign(row.get_ref(scan::TIE)?);
    Ok(())
}
