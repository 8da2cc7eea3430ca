//! What an output database keeps of a task besides its rows: who may write for it, and how far
//! its batches are.

use super::error::failed_to;
use super::statements::{self, corrupt, from_json, to_json};
use super::{Fence, Layout, Result, SinkError, TaskFigures, TaskProgress, schema};
use crate::tables::{Dialect, Session, Value};

/// Shows under which lease a transaction writes; fails if a later lease has written.
pub(super) fn raise_fence(session: &mut dyn Session, fence: &Fence) -> Result<()> {
    raise(session, fence, statements::RAISE_FENCE, &[])
}

/// The same, and keeps the figures of the task, which stand in the same row.
pub(super) fn raise_fence_with(
    session: &mut dyn Session,
    fence: &Fence,
    figures: &TaskFigures,
) -> Result<()> {
    let figures = to_json(figures)?;
    let more = [Value::Text(&figures)];
    raise(session, fence, statements::RAISE_FENCE_WITH_FIGURES, &more)
}

fn raise(session: &mut dyn Session, fence: &Fence, sql: &str, more: &[Value<'_>]) -> Result<()> {
    let own = [Value::Text(&fence.task_id), Value::Integer(fence.epoch)];
    let raised = session
        .execute(sql, &[&own, more].concat())
        .map_err(failed_to("check who owns the task"))?;
    if raised == 1 {
        return Ok(());
    }
    match generation_of(session, &fence.task_id)? {
        Some(_) => Err(SinkError::Fenced),
        None => Err(SinkError::TaskUnknown),
    }
}

fn generation_of(session: &mut dyn Session, task_id: &str) -> Result<Option<i64>> {
    let mut generation = None;
    session
        .read(
            statements::GENERATION,
            &[Value::Text(task_id)],
            &mut |row| {
                generation = row.integer(0)?;
                Ok(true)
            },
        )
        .map_err(failed_to("look for the task"))?;
    Ok(generation)
}

/// Before anything is created in a database that is not the one the task began with.
pub(super) fn refuse_unknown(session: &mut dyn Session, task_id: &str, fresh: bool) -> Result<()> {
    if !fresh && generation_of(session, task_id)?.is_none() {
        return Err(SinkError::TaskUnknown);
    }
    Ok(())
}

/// Ends the sessions of processes that had the task before, and may hold locks.
pub(super) fn end_earlier_sessions(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    fence: &Fence,
) -> Result<()> {
    const FIRST_EPOCH: i64 = 1;
    let Some(sql) = dialect.end_earlier_sessions() else {
        return Ok(());
    };
    if fence.epoch <= FIRST_EPOCH {
        return Ok(());
    }
    let values = [Value::Text(&fence.task_id), Value::Integer(fence.epoch)];
    let ended = session.read(sql, &values, &mut |_| Ok(true));
    ended.map(drop).map_err(failed_to(
        "end the sessions of processes that had the task before",
    ))
}

/// Notes the task under this lease and clears what an earlier generation staged.
pub(super) fn adopt(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    fence: &Fence,
    layout: &Layout,
    fresh: bool,
) -> Result<()> {
    let mut known = generation_of(session, &fence.task_id)?;
    if known.is_none() && fresh {
        // A process that has lost the task may be about to note it, too.
        insert_task(dialect, session, fence, layout)?;
        known = generation_of(session, &fence.task_id)?;
    }
    let generation = known.ok_or(SinkError::TaskUnknown)?;
    raise_fence(session, fence)?;
    if generation < i64::from(fence.generation) {
        start_over(dialect, session, fence, layout)?;
    }
    Ok(())
}

fn insert_task(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    fence: &Fence,
    layout: &Layout,
) -> Result<()> {
    let figures = to_json(&TaskFigures::new(layout.groups.len()))?;
    let values = [
        Value::Text(&fence.task_id),
        Value::Integer(fence.epoch),
        Value::Integer(i64::from(fence.generation)),
        Value::Text(&figures),
    ];
    let unless_there = dialect.unless_there("task_id");
    let sql = format!("{} {unless_there}", statements::INSERT_TASK);
    let inserted = session.execute(&sql, &values);
    inserted.map(drop).map_err(failed_to("take over a task"))
}

fn start_over(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    fence: &Fence,
    layout: &Layout,
) -> Result<()> {
    let attempted = "start a task over";
    let task_id = Value::Text(&fence.task_id);
    for forget in statements::FORGET_BATCHES {
        session
            .execute(forget, &[task_id])
            .map_err(failed_to(attempted))?;
    }
    for group in &layout.groups {
        schema::clear_staging(dialect, session, group, task_id, |session, sql, values| {
            session.execute(sql, values).map_err(failed_to(attempted))
        })?;
    }
    let figures = to_json(&TaskFigures::new(layout.groups.len()))?;
    let generation = Value::Integer(i64::from(fence.generation));
    session
        .execute(
            statements::RESTART_TASK,
            &[task_id, generation, Value::Text(&figures)],
        )
        .map_err(failed_to(attempted))?;
    session
        .execute(statements::FORGET_FIGURES, &[task_id])
        .map_err(failed_to(attempted))?;
    Ok(())
}

pub(super) fn progress_of(
    session: &mut dyn Session,
    task_id: &str,
) -> Result<Option<TaskProgress>> {
    let attempted = "read how far a task has got";
    let mut task = None;
    session
        .read(statements::PROGRESS, &[Value::Text(task_id)], &mut |row| {
            task = row.text(0)?.zip(row.integer(1)?);
            Ok(true)
        })
        .map_err(failed_to(attempted))?;
    let Some((figures, published)) = task else {
        return Ok(None);
    };
    let mut progress = TaskProgress {
        figures: from_json(&figures)?,
        published: published == 1,
        has_result: published != 0,
        ..TaskProgress::default()
    };
    let mut checkpoints = Vec::new();
    session
        .read(
            statements::CHECKPOINTS,
            &[Value::Text(task_id)],
            &mut |row| {
                checkpoints.extend(row.integer(0)?.zip(row.text(1)?));
                Ok(true)
            },
        )
        .map_err(failed_to(attempted))?;
    for (batch_no, checkpoint) in checkpoints {
        let batch_no = i32::try_from(batch_no).map_err(corrupt)?;
        progress.batches.insert(batch_no, from_json(&checkpoint)?);
    }
    Ok(Some(progress))
}
