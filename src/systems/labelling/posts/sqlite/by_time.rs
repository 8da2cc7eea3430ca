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

use rusqlite::{Connection, ErrorCode, params};

use crate::sqlite::quoted;

use super::{
    cells::Key,
    scan::{self, scan, selected},
    shape::{Order, source_of},
    unreadable,
};
use crate::systems::labelling::posts::{
    ReadSpec, Reader, Row, SliceEnd, SliceLimits, SourceError,
    portion::{Reached, TimeMark},
    range::TextRange,
    slice::{Completeness, Slice},
};

pub(super) struct TimeReader {
    connection: Connection,
    spec: ReadSpec,
    queries: Queries,
    range: TextRange,
    /// The last row of the last slice.
    mark: Option<TimeMark>,
    completeness: Completeness,
}

impl TimeReader {
    pub(super) fn new(
        connection: Connection,
        spec: ReadSpec,
        order: Order,
        range: TextRange,
        reached: Option<Reached>,
    ) -> Result<Self, SourceError> {
        let Order::Time { index, tie } = order else {
            let column = spec.columns.post_time;
            return Err(SourceError::IndexGone {
                table: spec.table,
                column,
            });
        };
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Time { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(SourceError::ForeignPosition { table: spec.table }),
        };
        let queries = Queries::new(&spec, &index, &tie);
        Ok(Self {
            connection,
            spec,
            queries,
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
    ) -> Result<SliceEnd, SourceError> {
        let Self {
            connection,
            spec,
            queries,
            range,
            mark,
            completeness,
        } = self;
        let mut slice = Slice::new(limits, spec, completeness, visit);
        let read = queries.run(connection, spec, range, mark, &mut slice);
        read.map_err(unreadable(&spec.table))?;
        let finished = !slice.is_full();
        if finished {
            // No row filled the slice and was remembered: everything before the end is read.
            *mark = Some(TimeMark {
                post_time: Key::Text(range.until.clone()),
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

/// The queries that read a table along an index; each takes the number of rows as its limit.
pub(super) struct Queries {
    from: String,
    rest_of_moment: String,
    later: String,
}

impl Queries {
    pub(super) fn new(spec: &ReadSpec, index: &str, tie: &str) -> Self {
        let head = format!(
            "SELECT {} FROM {} INDEXED BY {}",
            selected(spec, Some(tie)),
            source_of(spec),
            quoted(index)
        );
        let time = format!("source.{}", quoted(&spec.columns.post_time));
        let tie = format!("source.{}", quoted(tie));
        let in_order = format!("AND {time} < ?2 ORDER BY {time}, {tie} LIMIT ?3");
        Self {
            from: format!("{head} WHERE {time} >= ?1 {in_order}"),
            rest_of_moment: format!(
                "{head} WHERE {time} = ?1 AND {tie} > ?2 ORDER BY {tie} LIMIT ?3"
            ),
            later: format!("{head} WHERE {time} > ?1 {in_order}"),
        }
    }

    /// Whether SQLite can do all of this by seeking in the index.
    pub(super) fn seek(&self, connection: &Connection) -> rusqlite::Result<bool> {
        for query in [&self.from, &self.rest_of_moment, &self.later] {
            let mut explain = match connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")) {
                Ok(explain) => explain,
                // That is how SQLite says that the index cannot serve the query at all.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            let step: String = explain.query_row(params![0, 0, 0], |row| row.get("detail"))?;
            if !step.starts_with("SEARCH") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn run(
        &self,
        connection: &Connection,
        spec: &ReadSpec,
        range: &TextRange,
        mark: &mut Option<TimeMark>,
        slice: &mut Slice<'_>,
    ) -> rusqlite::Result<()> {
        if let Some(TimeMark { post_time, tie }) = mark.clone() {
            let parameters = params![post_time, tie, slice.rows_left()];
            let remember = |row: &rusqlite::Row<'_>, last| remember(mark, row, last);
            scan(
                connection,
                &self.rest_of_moment,
                parameters,
                spec.text,
                slice,
                remember,
            )?;
        }
        if slice.is_full() {
            return Ok(());
        }
        let (query, from) = match &*mark {
            None => (&self.from, Key::Text(range.from.clone())),
            Some(mark) => (&self.later, mark.post_time.clone()),
        };
        let parameters = params![from, range.until, slice.rows_left()];
        scan(
            connection,
            query,
            parameters,
            spec.text,
            slice,
            |row, last| remember(mark, row, last),
        )
    }

    #[cfg(test)]
    pub(in crate::systems::labelling::posts) fn all(&self) -> [&str; 3] {
        [&self.from, &self.rest_of_moment, &self.later]
    }
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
    mark.post_time.assign(row.get_ref(scan::POST_TIME)?);
    mark.tie.assign(row.get_ref(scan::TIE)?);
    Ok(())
}
