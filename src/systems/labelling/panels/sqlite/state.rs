//! The `state` table.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::super::error::failed_to;
use super::super::statements::{self, STATE_COLUMNS};
use super::super::{
    RenderedFigures, Result, Stat, StateChange, StateFigures, StateRow, TaskHeader,
};

pub(super) fn announce(
    connection: &Connection,
    task_id: &str,
    header: &TaskHeader,
    create_time: &str,
) -> Result<()> {
    connection
        .execute(
            &format!("INSERT OR IGNORE {}", statements::ANNOUNCE),
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
    let (sql, stat, text) = statements::change(change);
    transaction
        .execute(&sql, params![task_id, stat.as_str(), text])
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

pub(super) fn show_figures(
    transaction: &Transaction<'_>,
    task_id: &str,
    figures: &RenderedFigures,
    state: &StateFigures,
) -> Result<()> {
    transaction
        .prepare_cached(&statements::show_figures("max"))
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
        .execute(statements::FORGET_FIGURES, [task_id])
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

/// How a published task stands there; told again when it was not heard the first time.
pub(super) fn show_published(
    transaction: &Transaction<'_>,
    task_id: &str,
    rows: u64,
) -> Result<()> {
    let (stat, prod_stat) = (Stat::Success.as_str(), statements::prod_stat(rows));
    transaction
        .execute(
            statements::SHOW_PUBLISHED,
            params![task_id, stat, prod_stat],
        )
        .map_err(failed_to("change the state table"))?;
    Ok(())
}

pub(super) fn newest(connection: &Connection, limit: u32) -> Result<Vec<StateRow>> {
    let attempted = "read the state table";
    let sql = format!(
        "SELECT {STATE_COLUMNS} FROM state ORDER BY create_time DESC, task_id DESC LIMIT ?1"
    );
    let mut statement = connection.prepare(&sql).map_err(failed_to(attempted))?;
    let rows = statement
        .query_map([limit], read_row)
        .map_err(failed_to(attempted))?;
    rows.collect::<std::result::Result<_, _>>()
        .map_err(failed_to(attempted))
}

pub(super) fn of(connection: &Connection, task_id: &str) -> Result<Option<StateRow>> {
    let sql = format!("SELECT {STATE_COLUMNS} FROM state WHERE task_id = ?1");
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
