//! Reading what was published.

use super::error::failed_to;
use super::sessions::Sessions;
use super::statements::{group_columns, spelled};
use super::{Result, ResultRow, result_table, schema};
use crate::tables::{Cells, DatabaseError, Dialect, Session, Value};

const ATTEMPTED: &str = "read published rows";

/// Behind the columns of a published row: its number.
const NUMBER_PLACE: usize = 8;

pub(super) fn sample(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    group: &str,
    limit: u32,
) -> Result<Vec<ResultRow>> {
    let table = result_table(group);
    let mut rows = Vec::new();
    if !schema::is_there(dialect, session, &table)? {
        return Ok(rows);
    }
    let values = [Value::Text(task_id), Value::Integer(i64::from(limit))];
    let sql = dialect.sample(&group_columns(dialect), &dialect.quoted(&table), "task_id");
    session
        .read(&sql, &values, &mut |row| {
            rows.push(result_row(row)?);
            Ok(true)
        })
        .map_err(failed_to(ATTEMPTED))?;
    Ok(rows)
}

/// Rows come in the order in which they were read: by time, where the database keeps no order.
pub(super) fn read(
    sessions: &Sessions,
    task_id: &str,
    group: &str,
    visit: &mut dyn FnMut(ResultRow) -> bool,
) -> Result<()> {
    let dialect = sessions.dialect();
    let mut session = sessions.take()?;
    let table = result_table(group);
    let there = schema::is_there(dialect, &mut *session, &table)?;
    // Of rows that were not all read, the connection still holds the rest.
    if !there || read_all(dialect, &mut *session, task_id, &table, visit)? {
        sessions.keep(session);
    }
    Ok(())
}

/// Passes up to so many of the same rows to `visit`, each with its place, from behind a place on; returns
/// how many there were. A place is the number of the row, where the table keeps one: then however many
/// stand before it costs nothing. Else it is how many these are.
pub(super) fn some(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    (task_id, group): (&str, &str),
    behind: u64,
    most: u32,
    visit: &mut dyn FnMut(ResultRow, u64),
) -> Result<u32> {
    let table = result_table(group);
    if !schema::is_there(dialect, session, &table)? {
        return Ok(0);
    }
    let table = dialect.quoted(&table);
    let number = dialect.insert_number();
    let sql = match number {
        Some(number) => format!(
            "SELECT {}, {number} FROM {table} WHERE task_id = ?1 AND {number} > ?3 \
             ORDER BY {number} LIMIT ?2",
            group_columns(dialect)
        ),
        None => format!("{} LIMIT ?2 OFFSET ?3", in_order(dialect, &table)),
    };
    let start = behind;
    let behind = i64::try_from(behind).unwrap_or(i64::MAX);
    let values = [
        Value::Text(task_id),
        Value::Integer(most.into()),
        Value::Integer(behind),
    ];
    let mut rows = 0;
    session
        .read(&sql, &values, &mut |row| {
            rows += 1;
            let place = match number {
                Some(_) => row
                    .integer(NUMBER_PLACE)?
                    .unwrap_or_default()
                    .unsigned_abs(),
                None => start + u64::from(rows),
            };
            visit(result_row(row)?, place);
            Ok(true)
        })
        .map_err(failed_to(ATTEMPTED))?;
    Ok(rows)
}

/// Of the published rows of a task in one group, those that hold this text in a column; at most so many.
pub(super) fn with(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    (task_id, group): (&str, &str),
    (column, text): (&str, &str),
    most: u32,
) -> Result<Vec<ResultRow>> {
    let table = result_table(group);
    let mut rows = Vec::new();
    if !schema::is_there(dialect, session, &table)? {
        return Ok(rows);
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE task_id = ?1 AND {} = ?2 LIMIT ?3",
        group_columns(dialect),
        dialect.quoted(&table),
        dialect.quoted(column),
    );
    let values = [
        Value::Text(task_id),
        Value::Text(text),
        Value::Integer(most.into()),
    ];
    session
        .read(&sql, &values, &mut |row| {
            rows.push(result_row(row)?);
            Ok(true)
        })
        .map_err(failed_to(ATTEMPTED))?;
    // A database may not tell all texts apart.
    rows.retain(|row| match column {
        "id" => row.id == text,
        _ => row.source_author == text,
    });
    Ok(rows)
}

/// Selects the rows of task `?1`.
fn in_order(dialect: &dyn Dialect, table: &str) -> String {
    format!(
        "SELECT {} FROM {table} WHERE task_id = ?1 ORDER BY {}",
        group_columns(dialect),
        dialect.reading_order(&[&dialect.as_text("create_time"), "id", "panel"]),
    )
}

/// Returns whether `visit` wanted them all.
fn read_all(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    table: &str,
    visit: &mut dyn FnMut(ResultRow) -> bool,
) -> Result<bool> {
    let sql = in_order(dialect, &dialect.quoted(table));
    session
        .read(&sql, &[Value::Text(task_id)], &mut |row| {
            Ok(visit(result_row(row)?))
        })
        .map_err(failed_to(ATTEMPTED))
}

/// In the order of `GROUP_COLUMNS`.
fn result_row(row: &dyn Cells) -> std::result::Result<ResultRow, DatabaseError> {
    let text = |place| Ok::<_, DatabaseError>(row.text(place)?.unwrap_or_default());
    Ok(ResultRow {
        id: text(0)?,
        task_id: text(1)?,
        source_author: text(2)?,
        panel: text(3)?,
        create_time: spelled(text(4)?),
        field_content: text(5)?,
        match_content: text(6)?,
        match_meta: text(7)?,
    })
}
