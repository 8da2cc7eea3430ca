//! Reads a view, or a table whose rows have no key to go on from: copies the rows of the range
//! once, sorted by time and id, into a temporary table of the reader's connection, and reads that.
//!
//! The copy dies with the reader. A later one makes its own, from the last time read on, and skips
//! what had been read of that time.

use rusqlite::{Connection, params};

use crate::sqlite::quoted;

use super::{
    cells::Key,
    scan::{self, scan, selected},
    shape::source_of,
    unreadable,
};
use crate::systems::labelling::posts::{
    Plan, Portion, ReadSpec, Reader, Row, SliceEnd, SliceLimits, SourceError, TextColumn,
    portion::{CopyMark, Reached, Share},
    range::TextRange,
    slice::{Completeness, Slice},
};

pub(super) struct CopyReader {
    connection: Connection,
    spec: ReadSpec,
    /// The row of the copy that was read last.
    row: i64,
    mark: Option<CopyMark>,
    completeness: Completeness,
}

impl CopyReader {
    pub(super) fn new(
        connection: Connection,
        spec: ReadSpec,
        reached: Option<Reached>,
    ) -> Result<Self, SourceError> {
        let (mark, completeness) = match reached {
            None => (None, Completeness::of_ordered_rows()),
            Some(Reached::Copied { mark, completeness }) => (mark, completeness),
            Some(_) => return Err(SourceError::ForeignPosition { table: spec.table }),
        };
        let copied = fill_copy(&connection, &spec, mark.as_ref()).and_then(|()| {
            mark.as_ref()
                .map_or(Ok(0), |mark| rows_before(&connection, mark))
        });
        let row = copied.map_err(unreadable(&spec.table))?;
        Ok(Self {
            connection,
            spec,
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
    ) -> Result<SliceEnd, SourceError> {
        let Self {
            connection,
            spec,
            row,
            mark,
            completeness,
        } = self;
        let mut slice = Slice::new(limits, spec, completeness, visit);
        let text = text_of_copy(spec);
        let query = format!(
            "SELECT post_time, row, id, s_id, author{text} FROM temp.copy
             WHERE row > ?1 ORDER BY row LIMIT ?2"
        );
        let parameters = (*row, slice.rows_left());
        let read = scan(
            connection,
            &query,
            parameters,
            spec.text,
            &mut slice,
            |read, _| {
                *row = read.get(scan::TIE)?;
                remember(mark, read)
            },
        );
        read.map_err(unreadable(&spec.table))?;
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
    spec: &ReadSpec,
    plan: &mut Plan,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT 1 FROM {} WHERE {time} >= ?1 AND {time} < ?2 LIMIT 1",
        source_of(spec),
        time = compared(&spec.columns.post_time),
    );
    let range = TextRange::of(spec);
    let found = connection
        .prepare(&sql)?
        .exists(params![range.from, range.until])?;
    plan.portions
        .extend(found.then_some(Portion(Share::Copied)));
    Ok(())
}

fn remember(mark: &mut Option<CopyMark>, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    let post_time = Key::from(row.get_ref(scan::POST_TIME)?);
    let id = Key::from(row.get_ref(scan::ID)?);
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
    spec: &ReadSpec,
    mark: Option<&CopyMark>,
) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA temp_store = FILE;
         CREATE TEMP TABLE copy
             (row INTEGER PRIMARY KEY, post_time, id, s_id, author, text);",
    )?;
    let (time, id) = (
        compared(&spec.columns.post_time),
        compared(&spec.columns.id),
    );
    let text = text_of_copy(spec);
    let insert = format!(
        "INSERT INTO temp.copy (post_time, id, s_id, author{text})
         SELECT {} FROM {}
         WHERE {time} >= ?1 AND {time} < ?2 AND {id} IS NOT NULL ORDER BY {time}, {id}",
        selected(spec, None),
        source_of(spec),
    );
    let range = TextRange::of(spec);
    let from = mark.map_or(Key::Text(range.from), |mark| mark.post_time.clone());
    connection.execute(&insert, params![from, range.until])?;
    Ok(())
}

/// What follows the author in the list of columns, when that is not the text itself.
fn text_of_copy(spec: &ReadSpec) -> &'static str {
    match spec.text {
        TextColumn::Author => "",
        TextColumn::Content | TextColumn::Title | TextColumn::SAreaId => ", text",
    }
}

/// A column of the source, compared byte by byte whatever the view says.
fn compared(column: &str) -> String {
    format!("source.{} COLLATE BINARY", quoted(column))
}

/// How many rows of the copy had been read, given that it begins with the time of the mark.
fn rows_before(connection: &Connection, mark: &CopyMark) -> rusqlite::Result<i64> {
    let lesser: i64 = connection.query_row(
        "SELECT count(*) FROM temp.copy WHERE post_time = ?1 AND id < ?2",
        params![mark.post_time, mark.id],
        |row| row.get(0),
    )?;
    Ok(lesser.saturating_add_unsigned(mark.times_seen))
}
