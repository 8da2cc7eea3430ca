//! The `state` table.

use super::error::failed_to;
use super::statements::{self, spelled};
use super::{
    RenderedFigures, Result, Stat, StateChange, StateFigures, StateRow, TaskFigures, TaskHeader,
};
use crate::tables::{Cells, DatabaseError, Dialect, Session, Value};

pub(super) fn announce(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    header: &TaskHeader,
    create_time: &str,
) -> Result<()> {
    let sql = format!(
        "{} {}",
        statements::announce(dialect),
        dialect.unless_there("task_id")
    );
    let values = [
        Value::Text(task_id),
        Value::Text(Stat::Pending.as_str()),
        Value::Text(&header.model_type),
        Value::Text(&header.predict_type),
        Value::Text(&header.date_range),
        Value::Text(&header.target_table),
        Value::Text(create_time),
        Value::MaybeText(header.rule_set.as_deref()),
        Value::MaybeText(header.rule_set_version.as_deref()),
    ];
    let announced = session.execute(&sql, &values);
    announced
        .map(drop)
        .map_err(failed_to("add a task to the state table"))
}

pub(super) fn change(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    change: &StateChange,
) -> Result<()> {
    let (sql, stat, text) = statements::change(dialect, change);
    let values = [
        Value::Text(task_id),
        Value::Text(stat.as_str()),
        Value::MaybeText(text),
    ];
    execute(session, &sql, &values, "change the state table")
}

pub(super) fn show_figures(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
    figures: &RenderedFigures,
    state: &StateFigures,
) -> Result<()> {
    let values = [
        Value::Text(task_id),
        Value::Integer(figures.length_receive_table),
        Value::Integer(figures.length_output_table),
        Value::Text(&figures.length_prod_table),
        Value::Text(&figures.result),
        Value::Text(&figures.uniq_source_author),
        Value::Text(&figures.rate_of_label),
        Value::Number(state.peak_memory_mb),
        Value::Number(state.run_time_minutes),
        Value::MaybeText(state.check_point.as_deref()),
    ];
    let attempted = "show figures in the state table";
    execute(
        session,
        &statements::show_figures(dialect),
        &values,
        attempted,
    )
}

/// Shown again by an attempt whose predecessor committed and then died.
pub(super) fn show_published(
    session: &mut dyn Session,
    task_id: &str,
    figures: &TaskFigures,
) -> Result<()> {
    let warning = figures
        .warning()
        .map(|warning| format!("warning: {warning}"));
    let values = [
        Value::Text(task_id),
        Value::Text(Stat::Success.as_str()),
        Value::Text(statements::prod_stat(figures.published_total())),
        Value::MaybeText(warning.as_deref()),
    ];
    execute(
        session,
        statements::SHOW_PUBLISHED,
        &values,
        "change the state table",
    )
}

fn execute(
    session: &mut dyn Session,
    sql: &str,
    values: &[Value<'_>],
    attempted: &'static str,
) -> Result<()> {
    let done = session.execute(sql, values);
    done.map(drop).map_err(failed_to(attempted))
}

pub(super) fn newest(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    limit: u32,
) -> Result<Vec<StateRow>> {
    let columns = statements::state_columns(dialect);
    let sql = format!(
        "SELECT {columns} FROM state
         ORDER BY state.create_time IS NULL, state.create_time DESC, task_id DESC LIMIT ?1"
    );
    read(session, &sql, &[Value::Integer(i64::from(limit))])
}

pub(super) fn of(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    task_id: &str,
) -> Result<Option<StateRow>> {
    let columns = statements::state_columns(dialect);
    let sql = format!("SELECT {columns} FROM state WHERE task_id = ?1");
    Ok(read(session, &sql, &[Value::Text(task_id)])?.pop())
}

fn read(session: &mut dyn Session, sql: &str, values: &[Value<'_>]) -> Result<Vec<StateRow>> {
    let mut rows = Vec::new();
    session
        .read(sql, values, &mut |row| {
            rows.push(state_row(row)?);
            Ok(true)
        })
        .map_err(failed_to("read the state table"))?;
    Ok(rows)
}

/// In the order of `state_columns`.
fn state_row(row: &dyn Cells) -> std::result::Result<StateRow, DatabaseError> {
    let text = |place| Ok::<_, DatabaseError>(row.text(place)?.unwrap_or_default());
    Ok(StateRow {
        task_id: text(0)?,
        stat: text(1)?,
        prod_stat: row.text(2)?,
        model_type: text(3)?,
        predict_type: text(4)?,
        date_range: text(5)?,
        target_table: text(6)?,
        create_time: spelled(text(7)?),
        peak_memory: row.number(8)?,
        length_receive_table: row.integer(9)?,
        length_output_table: row.integer(10)?,
        length_prod_table: row.text(11)?,
        result: row.text(12)?,
        uniq_source_author: row.text(13)?,
        rate_of_label: row.text(14)?,
        run_time: row.number(15)?,
        check_point: row.text(16)?.map(spelled),
        error_message: row.text(17)?,
        rule_set: row.text(18)?,
        rule_set_version: row.text(19)?,
    })
}
