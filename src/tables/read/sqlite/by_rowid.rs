//! Reads a table that has no index on its times: as it lies in the file, in the order of rowid.
//!
//! Every row is scanned, also those outside the range, so that a slice costs the same wherever the
//! range lies. Each slice is a query of its own, as in `by_time`.

use rusqlite::{Connection, params};

use super::scan::{self, CellKinds, scan, selected, source_of};
use super::shape::SqliteShape;
use crate::tables::read::completeness::Completeness;
use crate::tables::read::error::ReadError;
use crate::tables::read::portion::{Portion, Reached, Share};
use crate::tables::read::row::Row;
use crate::tables::read::slice::{OpenSlice, SliceEnd, SliceLimits};
use crate::tables::read::source::{ReadPlan, Reader, TableQuery};
use crate::tables::sqlite::SqliteSession;

pub(super) struct RowidReader {
    session: SqliteSession,
    query: TableQuery,
    kinds: CellKinds,
    sql: String,
    /// `None` after the greatest rowid that there can be.
    next: Option<i64>,
    last: i64,
    completeness: Completeness,
}

impl RowidReader {
    pub(super) fn new(
        session: SqliteSession,
        query: TableQuery,
        shape: &SqliteShape,
        (first, last): (i64, i64),
        reached: Option<Reached>,
    ) -> Result<Self, ReadError> {
        let (rowid, next, completeness) = match (shape.rowid(), reached) {
            (Some(rowid), None) => (rowid, Some(first), Completeness::of_unordered_rows()),
            (Some(rowid), Some(Reached::Rowid { next, completeness })) => {
                (rowid, next, completeness)
            }
            _ => return Err(ReadError::ForeignPosition { table: query.table }),
        };
        let sql = format!(
            "SELECT {} FROM {} NOT INDEXED
             WHERE source.{rowid} BETWEEN ?1 AND ?2 ORDER BY source.{rowid} LIMIT ?3",
            selected(&query, Some(rowid)),
            source_of(&query),
        );
        Ok(Self {
            session,
            kinds: shape.kinds(&query),
            query,
            sql,
            next,
            last,
            completeness,
        })
    }
}

impl Reader for RowidReader {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self {
            session,
            query,
            kinds,
            sql,
            next,
            last,
            completeness,
        } = self;
        let mut slice = OpenSlice::new(limits, query, completeness, visit);
        if let Some(first) = *next {
            let parameters = params![first, *last, slice.rows_left()];
            let read = scan(
                session.connection(),
                sql,
                parameters,
                *kinds,
                &mut slice,
                |row, _| {
                    *next = row.get::<_, i64>(scan::TIE)?.checked_add(1);
                    Ok(())
                },
            );
            read.map_err(ReadError::unreadable(&query.table))?;
        }
        let finished = !slice.is_full();
        let next = *next;
        Ok(slice.end(finished, |completeness| Reached::Rowid {
            next,
            completeness,
        }))
    }
}

/// Shares the rowids that there are out equally; the ends stay open for rows that come later.
pub(super) fn divide(
    connection: &Connection,
    query: &TableQuery,
    rowid: &str,
    wanted: u32,
    plan: &mut ReadPlan,
) -> rusqlite::Result<()> {
    let source = source_of(query);
    // Two queries: SQLite looks up one end at a time, but scans for both at once.
    let end = |function: &str| -> rusqlite::Result<Option<i64>> {
        let sql = format!("SELECT {function}(source.{rowid}) FROM {source}");
        connection.query_row(&sql, [], |row| row.get(0))
    };
    let (Some(least), Some(greatest)) = (end("min")?, end("max")?) else {
        plan.rows_estimate = Some(0);
        return Ok(());
    };
    let span = i128::from(greatest) - i128::from(least) + 1;
    let wanted = i128::from(wanted.max(1)).min(span);
    let cut = |number: i128| {
        let cut = i128::from(least) + span * number / wanted;
        i64::try_from(cut).expect("a cut lies between the least and the greatest rowid")
    };
    let portion = |number: i128| {
        let first = if number == 0 { i64::MIN } else { cut(number) };
        let last = if number == wanted - 1 {
            i64::MAX
        } else {
            cut(number + 1) - 1
        };
        Portion(Share::Rowids { first, last })
    };
    plan.portions = (0..wanted).map(portion).collect();
    Ok(())
}
