//! Reading what was published.

use super::super::error::failed_to;
use super::super::statements::GROUP_COLUMNS;
use super::super::{Result, ResultRow, result_table};
use super::session::{Columns, Session, Value};
use super::sessions::Sessions;
use super::{Server, schema};

const ATTEMPTED: &str = "read published rows";

pub(super) fn sample(
    server: &dyn Server,
    session: &mut dyn Session,
    task_id: &str,
    group: &str,
    limit: u32,
) -> Result<Vec<ResultRow>> {
    let table = result_table(group);
    let mut rows = Vec::new();
    if !schema::is_there(server, session, &table)? {
        return Ok(rows);
    }
    let values = [Value::Text(task_id), Value::Integer(i64::from(limit))];
    session
        .read(
            &server.sample(&server.quoted(&table)),
            &values,
            &mut |row| {
                rows.push(result_row(row)?);
                Ok(true)
            },
        )
        .map_err(failed_to(ATTEMPTED))?;
    Ok(rows)
}

/// Servers keep rows in no order: they are shown by time, as they were read.
pub(super) fn read(
    sessions: &Sessions,
    task_id: &str,
    group: &str,
    visit: &mut dyn FnMut(ResultRow) -> bool,
) -> Result<()> {
    let server = sessions.server();
    let mut session = sessions.take()?;
    let table = result_table(group);
    let there = schema::is_there(server, &mut *session, &table)?;
    // Of rows that were not all read, the connection still holds the rest.
    if !there || read_all(server, &mut *session, task_id, &table, visit)? {
        sessions.keep(session);
    }
    Ok(())
}

/// Answers whether `visit` wanted them all.
fn read_all(
    server: &dyn Server,
    session: &mut dyn Session,
    task_id: &str,
    table: &str,
    visit: &mut dyn FnMut(ResultRow) -> bool,
) -> Result<bool> {
    let sql = format!(
        "SELECT {GROUP_COLUMNS} FROM {} WHERE task_id = ?1 ORDER BY {}, {}, {}",
        server.quoted(table),
        server.in_bytes("create_time"),
        server.in_bytes("id"),
        server.in_bytes("panel"),
    );
    session
        .read(&sql, &[Value::Text(task_id)], &mut |row| {
            Ok(visit(result_row(row)?))
        })
        .map_err(failed_to(ATTEMPTED))
}

/// In the order of `GROUP_COLUMNS`.
fn result_row(row: &dyn Columns) -> sqlx::Result<ResultRow> {
    let text = |place| Ok::<_, sqlx::Error>(row.text(place)?.unwrap_or_default());
    Ok(ResultRow {
        id: text(0)?,
        task_id: text(1)?,
        source_author: text(2)?,
        panel: text(3)?,
        create_time: text(4)?,
        field_content: text(5)?,
        match_content: text(6)?,
        match_meta: text(7)?,
    })
}
