//! Turns cells of SQLite into text.

use std::borrow::Cow;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::tables::read::moment::Moment;
use crate::tables::read::row::lossy;

/// A cell as text; `None` is NULL.
pub(super) fn text_of<'a>(
    connection: &Connection,
    cell: ValueRef<'a>,
) -> rusqlite::Result<Option<Cow<'a, str>>> {
    Ok(match cell {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(lossy(bytes)),
        ValueRef::Integer(integer) => Some(Cow::Owned(integer.to_string())),
        ValueRef::Real(real) => Some(Cow::Owned(printed_by_sqlite(connection, real)?)),
    })
}

/// Only SQLite knows how it prints a number; such cells are too rare to copy its rules.
fn printed_by_sqlite(connection: &Connection, real: f64) -> rusqlite::Result<String> {
    connection
        .prepare_cached("SELECT CAST(?1 AS TEXT)")?
        .query_row([real], |row| row.get(0))
}

/// What stands in a column of times.
pub(super) enum TimeCell<'a> {
    Null,
    Text(&'a str),
    Moment(Moment),
    Unreadable,
}

/// A cell of a column of times; `takes_numbers` says whether numbers are times there.
pub(super) fn time_of(cell: ValueRef<'_>, takes_numbers: bool) -> TimeCell<'_> {
    let moment = match cell {
        ValueRef::Null => return TimeCell::Null,
        ValueRef::Text(bytes) => {
            return str::from_utf8(bytes).map_or(TimeCell::Unreadable, TimeCell::Text);
        }
        ValueRef::Integer(number) if takes_numbers => Moment::of_integer(number),
        ValueRef::Real(number) if takes_numbers => Moment::of_real(number),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    };
    moment.map_or(TimeCell::Unreadable, TimeCell::Moment)
}

/// The moment of a cell, if it is one; without an offset as if it were UTC.
pub(super) fn clock_of(cell: ValueRef<'_>, takes_numbers: bool) -> Option<Moment> {
    match time_of(cell, takes_numbers) {
        TimeCell::Text(text) => Moment::parse(text),
        TimeCell::Moment(moment) => Some(moment),
        TimeCell::Null | TimeCell::Unreadable => None,
    }
}

/// A cell as it is named to people.
pub(super) fn named(connection: &Connection, cell: ValueRef<'_>) -> String {
    match cell {
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
        cell => match text_of(connection, cell) {
            Ok(text) => text.unwrap_or_default().into_owned(),
            Err(_) => String::new(),
        },
    }
}
