//! Finds rows whose time cannot be read among those that no portion holds.
//!
//! Along an index that costs little: its order leads from what could be times of one hour to those
//! of the next, and only what stands between is looked at.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows, params};

use super::cells::{clock_of, named};
use super::ranges::Ranges;
use super::scan::{CellKinds, source_of};
use super::shape::Order;
use crate::tables::names::in_double_quotes;
use crate::tables::read::key::{Key, KeyRange};
use crate::tables::read::moment::Moment;
use crate::tables::read::source::TableQuery;
use crate::tables::read::unreadable::Unreadable;

/// After the numbers that stand for times, the last of which are milliseconds of the year 9999.
const AFTER_NUMBERS: i64 = 253_402_300_800_000;

pub(super) fn unreadable(
    connection: &Connection,
    query: &TableQuery,
    order: &Order,
    kinds: CellKinds,
) -> rusqlite::Result<Unreadable> {
    let ranges: Vec<KeyRange> = Ranges::of(query, kinds).all().collect();
    match order {
        Order::Time { index, .. } => along(connection, query, index, (kinds, &ranges)),
        // All its rows are in portions.
        Order::Rowid { .. } => Ok(Unreadable::default()),
        Order::Copied => outside(connection, query, (kinds, &ranges)),
    }
}

pub(super) fn count(connection: &Connection, query: &TableQuery) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM {}", source_of(query));
    let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(rows.unsigned_abs())
}

fn along(
    connection: &Connection,
    query: &TableQuery,
    index: &str,
    (kinds, ranges): (CellKinds, &[KeyRange]),
) -> rusqlite::Result<Unreadable> {
    let time = format!("source.{}", in_double_quotes(&query.time));
    let head = format!(
        "SELECT {time}, source.{} FROM {} INDEXED BY {} WHERE {time}",
        in_double_quotes(query.key()),
        source_of(query),
        in_double_quotes(index)
    );
    // No value is the least in every column: one of texts takes a number for a text.
    let mut first = connection.prepare(&format!("{head} IS NOT NULL ORDER BY {time}"))?;
    let mut later = connection.prepare(&format!("{head} >= ?1 ORDER BY {time}"))?;
    let mut found = Unreadable::default();
    let known = (kinds, ranges);
    let mut next = walk(connection, first.query([])?, known, &mut found)?;
    while let Some(from) = next {
        next = walk(connection, later.query(params![from])?, known, &mut found)?;
    }
    Ok(found)
}

/// Looks at rows until it can be said where to look next.
fn walk(
    connection: &Connection,
    mut rows: Rows<'_>,
    (kinds, ranges): (CellKinds, &[KeyRange]),
    found: &mut Unreadable,
) -> rusqlite::Result<Option<Key>> {
    while let Some(row) = rows.next()? {
        let cell = row.get_ref(0)?;
        let next = behind(cell, kinds, ranges);
        if next.is_some() {
            return Ok(next);
        }
        if clock_of(cell, kinds.takes_numbers).is_none() {
            let id = row.get_ref(1)?;
            found.count(|| (named(connection, id), named(connection, cell)));
        }
    }
    Ok(None)
}

/// The end of what stands around a cell and could be times or is in a portion; `None` if nothing
/// follows from the cell for those around it.
fn behind(cell: ValueRef<'_>, kinds: CellKinds, ranges: &[KeyRange]) -> Option<Key> {
    if let Some(range) = ranges.iter().find(|range| range.contains(cell)) {
        return Some(range.until.clone());
    }
    match cell {
        ValueRef::Text(text) => behind_hour(text),
        cell => clock_of(cell, kinds.takes_numbers).map(|_| Key::Integer(AFTER_NUMBERS)),
    }
}

/// The first text that does not begin with the same day and hour as this one, or the same day if
/// there is nothing but that; `None` if it begins with no day and hour.
fn behind_hour(text: &[u8]) -> Option<Key> {
    const DAY: usize = "YYYY-MM-DD".len();
    const HOUR: usize = "YYYY-MM-DD HH:".len();
    let day = str::from_utf8(text.get(..DAY)?).ok()?;
    Moment::parse(day)?;
    if text.len() == DAY {
        return Some(Key::Text(format!("{day}\t")));
    }
    let hour = str::from_utf8(text.get(..HOUR)?).ok()?;
    Moment::parse(&format!("{hour}00"))?;
    let behind = hour.strip_suffix(':')?;
    Some(Key::Text(format!("{behind};")))
}

/// Looks at every row.
fn outside(
    connection: &Connection,
    query: &TableQuery,
    (kinds, ranges): (CellKinds, &[KeyRange]),
) -> rusqlite::Result<Unreadable> {
    let time = format!("source.{}", in_double_quotes(&query.time));
    let sql = format!(
        "SELECT {time}, source.{} FROM {} WHERE {time} IS NOT NULL",
        in_double_quotes(query.key()),
        source_of(query)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Unreadable::default();
    while let Some(row) = rows.next()? {
        let cell = row.get_ref(0)?;
        let is_read = ranges.iter().any(|range| range.contains(cell));
        if !is_read && clock_of(cell, kinds.takes_numbers).is_none() {
            let id = row.get_ref(1)?;
            found.count(|| (named(connection, id), named(connection, cell)));
        }
    }
    Ok(found)
}
