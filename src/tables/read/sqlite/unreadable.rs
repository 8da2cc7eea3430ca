//! Finds rows whose time cannot be read among those that no portion holds.
//!
//! Along an index that costs little: its order leads from what could be times of one month to those
//! of the next, and only what stands between is looked at.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::cells::{clock_of, named};
use super::ranges::Ranges;
use super::scan::{CellKinds, source_of};
use super::shape::Order;
use crate::tables::names::in_double_quotes;
use crate::tables::read::key::{Key, KeyRange};
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
    let sql = format!(
        "SELECT {time}, source.{} FROM {} INDEXED BY {} WHERE {time} >= ?1 ORDER BY {time}",
        in_double_quotes(query.key()),
        source_of(query),
        in_double_quotes(index)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = Unreadable::default();
    let mut next = Some(Key::Real(f64::NEG_INFINITY.to_bits()));
    while let Some(from) = next.take() {
        let mut rows = statement.query(params![from])?;
        while let Some(row) = rows.next()? {
            let cell = row.get_ref(0)?;
            next = behind(cell, kinds, ranges);
            if next.is_some() {
                break;
            }
            let id = row.get_ref(1)?;
            found.count(|| (named(connection, id), named(connection, cell)));
        }
    }
    Ok(found)
}

/// The end of what stands around a cell and could be times or is in a portion; `None` if the cell
/// cannot be a time.
fn behind(cell: ValueRef<'_>, kinds: CellKinds, ranges: &[KeyRange]) -> Option<Key> {
    if let Some(range) = ranges.iter().find(|range| range.contains(cell)) {
        return Some(range.until.clone());
    }
    match cell {
        ValueRef::Text(text) => behind_month(text),
        cell => clock_of(cell, kinds.takes_numbers).map(|_| Key::Integer(AFTER_NUMBERS)),
    }
}

/// The first text that does not begin with the same `YYYY-MM-` or `YYYY/MM/` as this one.
fn behind_month(text: &[u8]) -> Option<Key> {
    let month = text.first_chunk::<8>()?;
    let &[y, yy, yyy, yyyy, separator, m, mm, last] = month;
    let is_number = [y, yy, yyy, yyyy, m, mm].iter().all(u8::is_ascii_digit);
    let is_month = matches!((m, mm), (b'0', b'1'..) | (b'1', b'0'..=b'2'));
    let is_separated = separator == last && matches!(separator, b'-' | b'/');
    (is_number && is_month && is_separated).then(|| {
        let mut behind = *month;
        behind[7] += 1;
        Key::Text(String::from_utf8_lossy(&behind).into_owned())
    })
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
