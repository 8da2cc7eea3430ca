//! Tables in an output file: one for all tasks each, and two for each group.

use rusqlite::{Connection, Transaction};

use crate::sqlite::quoted;

use super::super::error::failed_to;
use super::super::statements::GROUP_COLUMNS;
use super::super::{Layout, Result, SinkError, result_table};

/// `state` is the users' own view of their tasks; the others carry the guarantees:
/// who may write for a task, how far its batches are durable, which authors were counted.
pub(super) fn create_shared(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE IF NOT EXISTS state (
                 task_id TEXT PRIMARY KEY, stat TEXT NOT NULL, prod_stat TEXT,
                 model_type TEXT NOT NULL, predict_type TEXT NOT NULL, date_range TEXT NOT NULL,
                 target_table TEXT NOT NULL, create_time TEXT NOT NULL, peak_memory REAL,
                 length_receive_table INTEGER, length_output_table INTEGER,
                 length_prod_table TEXT, result TEXT, uniq_source_author TEXT,
                 rate_of_label TEXT, run_time REAL, check_point TEXT, error_message TEXT);
             CREATE TABLE IF NOT EXISTS audience_output_task (
                 task_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
                 figures TEXT NOT NULL, published INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS audience_output_batch (
                 task_id TEXT NOT NULL, batch_no INTEGER NOT NULL, slices INTEGER NOT NULL,
                 checkpoint TEXT NOT NULL, PRIMARY KEY (task_id, batch_no)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS audience_output_author (
                 task_id TEXT NOT NULL, batch_no INTEGER NOT NULL, slice INTEGER NOT NULL,
                 hashes BLOB NOT NULL, PRIMARY KEY (task_id, batch_no, slice));",
        )
        .map_err(failed_to("create its tables"))
}

/// Whether tables of the groups that are there already are ours.
pub(super) fn check_groups(connection: &Connection, layout: &Layout) -> Result<()> {
    for group in &layout.groups {
        for table in [group.clone(), result_table(group)] {
            check_columns(connection, &table)?;
        }
    }
    Ok(())
}

pub(super) fn create_groups(transaction: &Transaction<'_>, layout: &Layout) -> Result<()> {
    for group in &layout.groups {
        create_group(transaction, group)?;
    }
    Ok(())
}

fn create_group(transaction: &Transaction<'_>, group: &str) -> Result<()> {
    let result = result_table(group);
    for table in [group, result.as_str()] {
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {} (
                 id TEXT NOT NULL, task_id TEXT NOT NULL, source_author TEXT NOT NULL,
                 panel TEXT NOT NULL, create_time TEXT NOT NULL, field_content TEXT NOT NULL,
                 match_content TEXT NOT NULL, match_meta TEXT NOT NULL)",
            quoted(table)
        );
        transaction
            .execute_batch(&sql)
            .map_err(failed_to("create a group's tables"))?;
        check_columns(transaction, table)?;
    }
    let index = format!(
        "CREATE INDEX IF NOT EXISTS {} ON {} (task_id)",
        quoted(&format!("audience_{result}_task")),
        quoted(&result)
    );
    transaction
        .execute_batch(&index)
        .map_err(failed_to("create a group's tables"))
}

/// A group may have been given the name of a table that is somebody else's.
fn check_columns(connection: &Connection, table: &str) -> Result<()> {
    let attempted = "read the columns of a group's table";
    let mut statement = connection
        .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")
        .map_err(failed_to(attempted))?;
    let names: Vec<String> = statement
        .query_map([table], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(failed_to(attempted))?;
    if names.is_empty() || names.join(", ") == GROUP_COLUMNS {
        Ok(())
    } else {
        Err(SinkError::OtherColumns {
            table: table.to_owned(),
            expected: GROUP_COLUMNS.to_owned(),
        })
    }
}

/// Removes what a task staged. When no other task has rows there, the whole table is
/// emptied, which SQLite does without visiting its rows.
pub(super) fn clear_staging(
    transaction: &Transaction<'_>,
    group: &str,
    task_id: &str,
) -> Result<()> {
    let attempted = "clear staged rows";
    let table = quoted(group);
    let shared: bool = transaction
        .query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE task_id <> ?1)"),
            [task_id],
            |row| row.get(0),
        )
        .map_err(failed_to(attempted))?;
    if shared {
        let sql = format!("DELETE FROM {table} WHERE task_id = ?1");
        transaction
            .execute(&sql, [task_id])
            .map_err(failed_to(attempted))?;
    } else {
        transaction
            .execute(&format!("DELETE FROM {table}"), [])
            .map_err(failed_to(attempted))?;
    }
    Ok(())
}
