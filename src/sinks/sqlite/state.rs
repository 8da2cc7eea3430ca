//! The `state` table.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::super::error::failed_to;
use super::super::{
    RenderedFigures, Result, Stat, StateChange, StateFigures, StateRow, TaskHeader,
};

const COLUMNS: &str = "task_id, stat, prod_stat, model_type, predict_type, date_range, \
    target_table, create_time, peak_memory, length_receive_table, length_output_table, \
    length_prod_table, result, uniq_source_author, rate_of_label, run_time, check_point, \
    error_message";

pub(super) fn announce(
    connection: &Connection,
    task_id: &str,
    header: &TaskHeader,
    create_time: &str,
) -> Result<()> {
    connection
        .execute(
            "INSERT OR IGNORE INTO state (task_id, stat, model_type, predict_type, date_range,
                 target_table, create_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                task_id,
                Stat::Pending.as_str(),
                header.model_type,
                header.predict_type,
                header.date_range,
                header.target_table,
                create_time
            ],
        )
        .map_err(failed_to("add a task to the state table"))?;
    Ok(())
}

pub(super) fn change(
    transaction: &Transaction<'_>,
    task_id: &str,
    change: &StateChange,
) -> Result<()> {
    // What was published stays as it was told, also when its process died right after.
    let unpublished = "AND NOT EXISTS (SELECT 1 FROM audience_output_task AS task
                                       WHERE task.task_id = ?1 AND task.published = 1)";
    let (set, condition, stat, text) = match change {
        StateChange::Started => (
            "error_message = ?3, prod_stat = NULL",
            unpublished,
            Stat::Started,
            None,
        ),
        StateChange::Labelled { check_point } => (
            "check_point = ?3, error_message = NULL, prod_stat = NULL",
            unpublished,
            Stat::Success,
            Some(check_point),
        ),
        StateChange::LabellingFailed { error_message } => {
            ("error_message = ?3", "", Stat::Failure, Some(error_message))
        }
        StateChange::PublishingFailed { error_message } => (
            "error_message = ?3, prod_stat = 'failure'",
            "",
            Stat::Failure,
            Some(error_message),
        ),
        StateChange::Aborted => ("error_message = ?3", unpublished, Stat::Break, None),
    };
    let sql = format!("UPDATE state SET stat = ?2, {set} WHERE task_id = ?1 {condition}");
    transaction
        .execute(&sql, params![task_id, stat.as_str(), text])
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

/// Of the memory of several processes that worked on a task the largest is shown.
pub(super) fn show_figures(
    transaction: &Transaction<'_>,
    task_id: &str,
    figures: &RenderedFigures,
    state: &StateFigures,
) -> Result<()> {
    transaction
        .prepare_cached(
            "UPDATE state SET length_receive_table = ?2, length_output_table = ?3,
                 length_prod_table = ?4, result = ?5, uniq_source_author = ?6, rate_of_label = ?7,
                 peak_memory = max(coalesce(peak_memory, 0), ?8), run_time = ?9,
                 check_point = coalesce(?10, check_point)
             WHERE task_id = ?1",
        )
        .and_then(|mut update| {
            update.execute(params![
                task_id,
                figures.length_receive_table,
                figures.length_output_table,
                figures.length_prod_table,
                figures.result,
                figures.uniq_source_author,
                figures.rate_of_label,
                state.peak_memory_mb,
                state.run_time_minutes,
                state.check_point
            ])
        })
        .map_err(failed_to("show figures in the state table"))?;
    Ok(())
}

/// For a task that starts over.
pub(super) fn forget_figures(transaction: &Transaction<'_>, task_id: &str) -> Result<()> {
    transaction
        .execute(
            "UPDATE state SET length_receive_table = NULL, length_output_table = NULL,
                 length_prod_table = NULL, result = NULL, uniq_source_author = NULL,
                 rate_of_label = NULL, check_point = NULL, error_message = NULL
             WHERE task_id = ?1",
            [task_id],
        )
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

/// How a published task stands there; told again when it was not heard the first time.
pub(super) fn show_published(
    transaction: &Transaction<'_>,
    task_id: &str,
    rows: u64,
) -> Result<()> {
    let prod_stat = if rows == 0 { "no_data" } else { "finish" };
    transaction
        .execute(
            "UPDATE state SET stat = ?2, prod_stat = ?3, error_message = NULL
             WHERE task_id = ?1",
            params![task_id, Stat::Success.as_str(), prod_stat],
        )
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

pub(super) fn newest(connection: &Connection, limit: u32) -> Result<Vec<StateRow>> {
    let attempted = "read the state table";
    let sql =
        format!("SELECT {COLUMNS} FROM state ORDER BY create_time DESC, task_id DESC LIMIT ?1");
    let mut statement = connection.prepare(&sql).map_err(failed_to(attempted))?;
    let rows = statement
        .query_map([limit], read_row)
        .map_err(failed_to(attempted))?;
    rows.collect::<std::result::Result<_, _>>()
        .map_err(failed_to(attempted))
}

pub(super) fn of(connection: &Connection, task_id: &str) -> Result<Option<StateRow>> {
    let sql = format!("SELECT {COLUMNS} FROM state WHERE task_id = ?1");
    connection
        .query_row(&sql, [task_id], read_row)
        .optional()
        .map_err(failed_to("read the state table"))
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<StateRow> {
    Ok(StateRow {
        task_id: row.get("task_id")?,
        stat: row.get("stat")?,
        prod_stat: row.get("prod_stat")?,
        model_type: row.get("model_type")?,
        predict_type: row.get("predict_type")?,
        date_range: row.get("date_range")?,
        target_table: row.get("target_table")?,
        create_time: row.get("create_time")?,
        peak_memory: row.get("peak_memory")?,
        length_receive_table: row.get("length_receive_table")?,
        length_output_table: row.get("length_output_table")?,
        length_prod_table: row.get("length_prod_table")?,
        result: row.get("result")?,
        uniq_source_author: row.get("uniq_source_author")?,
        rate_of_label: row.get("rate_of_label")?,
        run_time: row.get("run_time")?,
        check_point: row.get("check_point")?,
        error_message: row.get("error_message")?,
    })
}
