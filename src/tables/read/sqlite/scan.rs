//! Runs one query of a slice and hands its rows on. The queries differ in what they are ordered
//! by; what they select, and in which order, is the same.

use std::borrow::Cow;

use rusqlite::{Connection, Params};

use super::cells::{TimeCell, named, text_of, time_of};
use crate::tables::names::in_double_quotes;
use crate::tables::read::moment::MomentText;
use crate::tables::read::row::{Nulls, Row, RowCells};
use crate::tables::read::slice::{Admitted, OpenSlice};
use crate::tables::read::source::{Nullable, TableQuery};

/// Where the selected columns stand; the wanted ones begin at `CELLS`.
pub(super) const TIME: usize = 0;
pub(super) const TIE: usize = 1;
pub(super) const CELLS: usize = 2;

/// The table, as `source`, in the database and never in the temporary one.
pub(super) fn source_of(query: &TableQuery) -> String {
    format!("main.{} AS source", in_double_quotes(&query.table))
}

/// The list of columns that `scan` expects (without a tie-breaker, all but that one), each
/// belonging to `source`: a name that stands alone in quotes would be taken for a string if there
/// were no such column.
pub(super) fn selected(query: &TableQuery, tie: Option<&str>) -> String {
    let names = [&*query.time].into_iter().chain(tie).chain(query.names());
    names
        .map(|name| format!("source.{}", in_double_quotes(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What is known of the cells of a table.
#[derive(Clone, Copy)]
pub(super) struct CellKinds {
    /// How many columns are wanted.
    pub(super) wanted: usize,
    pub(super) nullable: Nullable,
    /// Whether numbers are times in the column of times.
    pub(super) takes_numbers: bool,
}

/// Feeds the rows of a query to the slice until either ends; `mark` sees each row that was scanned,
/// and whether it filled the slice.
pub(super) fn scan(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    kinds: CellKinds,
    slice: &mut OpenSlice<'_>,
    mut mark: impl FnMut(&rusqlite::Row<'_>, bool) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Dropped on return, which resets it: SQLite then frees the cells and ends its transaction.
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut room = MomentText::default();
    while !slice.is_full()
        && let Some(row) = rows.next()?
    {
        let cell = row.get_ref(TIME)?;
        let admitted = match time_of(cell, kinds.takes_numbers) {
            TimeCell::Null => {
                slice.skip();
                Admitted::Out
            }
            TimeCell::Text(text) => slice.admit(text, &mut room),
            TimeCell::Moment(moment) => slice.admit_moment(moment, &mut room),
            TimeCell::Unreadable => Admitted::Unreadable,
        };
        match admitted {
            Admitted::In(time) => keep(connection, row, time, kinds, slice)?,
            Admitted::Out => {}
            Admitted::Unreadable => {
                let id = row.get_ref(CELLS)?;
                slice.count_unreadable(|| (named(connection, id), named(connection, cell)));
            }
        }
        mark(row, slice.is_full())?;
    }
    Ok(())
}

/// Hands a row to the slice unless something in it is NULL that may not be. One that lacks nothing but its id is
/// counted.
fn keep(
    connection: &Connection,
    row: &rusqlite::Row<'_>,
    time: &str,
    kinds: CellKinds,
    slice: &mut OpenSlice<'_>,
) -> rusqlite::Result<()> {
    let (wanted, nullable) = (kinds.wanted, kinds.nullable);
    let mut cells = RowCells::new();
    let mut nulls = Nulls::default();
    let mut lacks_id = false;
    for place in 0..wanted {
        match text_of(connection, row.get_ref(CELLS + place)?)? {
            Some(cell) => cells.push(cell),
            None if place > 0 && place < nullable.required(wanted) => return Ok(()),
            None => {
                cells.push(Cow::Borrowed(""));
                match place {
                    0 => lacks_id = true,
                    _ => nulls.add(place),
                }
            }
        }
    }
    if !nullable.admits(wanted, nulls) {
        return Ok(());
    }
    if lacks_id {
        slice.count_without_id(time);
        return Ok(());
    }
    slice.keep(Row {
        time,
        cells: &cells,
        nulls,
    });
    Ok(())
}
