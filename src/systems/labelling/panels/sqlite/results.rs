//! Reading what was published.

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::error::failed_to;
use super::super::statements::GROUP_COLUMNS;
use super::super::{Result, ResultRow, result_table};
use crate::sqlite::quoted;

const ATTEMPTED: &str = "read published rows";

/// Draws row numbers first: sorting whole rows by chance would carry every text along.
pub(super) fn sample(
    connection: &Connection,
    task_id: &str,
    group: &str,
    limit: u32,
) -> Result<Vec<ResultRow>> {
    if !exists(connection, group)? {
        return Ok(Vec::new());
    }
    let table = quoted(&result_table(group));
    let sql = format!(
        "SELECT {GROUP_COLUMNS} FROM {table} WHERE rowid IN (
             SELECT rowid FROM {table} WHERE task_id = ?1 ORDER BY random() LIMIT ?2)"
    );
    let mut statement = connection.prepare(&sql).map_err(failed_to(ATTEMPTED))?;
    let rows = statement
        .query_map(rusqlite::params![task_id, limit], read_row)
        .map_err(failed_to(ATTEMPTED))?;
    rows.collect::<std::result::Result<_, _>>()
        .map_err(failed_to(ATTEMPTED))
}

pub(super) fn read(
    connection: &Connection,
    task_id: &str,
    group: &str,
    visit: &mut dyn FnMut(ResultRow) -> bool,
) -> Result<()> {
    if !exists(connection, group)? {
        return Ok(());
    }
    let table = quoted(&result_table(group));
    let sql = format!("SELECT {GROUP_COLUMNS} FROM {table} WHERE task_id = ?1 ORDER BY rowid");
    let mut statement = connection.prepare(&sql).map_err(failed_to(ATTEMPTED))?;
    let rows = statement
        .query_map([task_id], read_row)
        .map_err(failed_to(ATTEMPTED))?;
    for row in rows {
        if !visit(row.map_err(failed_to(ATTEMPTED))?) {
            break;
        }
    }
    Ok(())
}

fn exists(connection: &Connection, group: &str) -> Result<bool> {
    let found: Option<i64> = connection
        .query_row(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
            [result_table(group)],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed_to(ATTEMPTED))?;
    Ok(found.is_some())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ResultRow> {
    Ok(ResultRow {
        id: row.get(0)?,
        task_id: row.get(1)?,
        source_author: row.get(2)?,
        panel: row.get(3)?,
        create_time: row.get(4)?,
        field_content: row.get(5)?,
        match_content: row.get(6)?,
        match_meta: row.get(7)?,
    })
}
