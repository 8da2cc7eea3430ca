//! Publishing: from a task's staged rows to its panels.
//!
//! First the rows to keep are chosen, by row number: sorting whole rows would carry every text
//! through the sort. That takes long and writes nothing but a temporary table, so others may
//! write meanwhile; the rows of a task that has been labelled do not change any more. Then one
//! transaction moves them, and readers see the old result or the new one.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle, Transaction, params};
use tokio_util::sync::CancellationToken;

use super::super::error::failed_to;
use super::super::statements::{self, GROUP_COLUMNS, to_json};
use super::super::{
    Conflict, Fence, Publication, Result, SinkError, StateFigures, TaskFigures, result_table,
};
use super::schema::clear_staging;
use super::{begin, progress_of, raise_fence, state};
use crate::sqlite::quoted;
use crate::write_gate::WriteGate;

const ATTEMPTED: &str = "publish a group";

pub(super) fn publish(
    connection: &mut Connection,
    gate: &WriteGate,
    fence: &Fence,
    publication: &Publication,
    state: &dyn Fn() -> StateFigures,
    cancel: &CancellationToken,
) -> Result<TaskFigures> {
    let started = Instant::now();
    // What is published must survive a power cut once it was announced.
    connection
        .execute_batch("PRAGMA synchronous = FULL")
        .map_err(failed_to(ATTEMPTED))?;
    let interrupt = connection.get_interrupt_handle();
    thread::scope(|scope| {
        let done = CancellationToken::new();
        // Dropped at the end of this block, also when publishing panics.
        let _done = done.clone().drop_guard();
        let cancel = cancel.clone();
        scope.spawn(move || interrupt_when(&cancel, &done, &interrupt));
        let known = progress_of(connection, &fence.task_id)?;
        if known.is_some_and(|progress| !progress.published) {
            choose_rows(connection, &fence.task_id, publication)?;
        }
        let _pass = gate.enter_blocking();
        move_rows(connection, fence, publication, state, started)
    })
}

/// A statement over a whole staging table can only be stopped from another thread.
fn interrupt_when(cancel: &CancellationToken, done: &CancellationToken, handle: &InterruptHandle) {
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    while !done.is_cancelled() {
        if cancel.is_cancelled() {
            handle.interrupt();
        }
        thread::park_timeout(LOOK_EVERY);
    }
}

/// Fills `temp.kept` with the row numbers to publish, by number of the group.
fn choose_rows(connection: &Connection, task_id: &str, publication: &Publication) -> Result<()> {
    connection
        .execute_batch(
            "CREATE TEMP TABLE panel_order (panel TEXT PRIMARY KEY, no INTEGER);
             CREATE TEMP TABLE kept (
                 group_no INTEGER, newest INTEGER, PRIMARY KEY (group_no, newest)) WITHOUT ROWID;",
        )
        .map_err(failed_to(ATTEMPTED))?;
    number_panels(connection, &publication.panels)?;
    for (group_no, group) in publication.layout.groups.iter().enumerate() {
        let sql = format!(
            "INSERT INTO temp.kept (group_no, newest) SELECT ?2, newest FROM ({})",
            kept_rows(&quoted(group), publication.conflict)
        );
        connection
            .execute(&sql, params![task_id, group_no as i64])
            .map_err(failed_to(ATTEMPTED))?;
    }
    Ok(())
}

/// The order of the panels, for ties.
fn number_panels(connection: &Connection, panels: &[String]) -> Result<()> {
    let mut insert = connection
        .prepare("INSERT INTO temp.panel_order (panel, no) VALUES (?1, ?2)")
        .map_err(failed_to(ATTEMPTED))?;
    for (no, panel) in panels.iter().enumerate() {
        insert
            .execute(params![panel, no as i64])
            .map_err(failed_to(ATTEMPTED))?;
    }
    Ok(())
}

fn move_rows(
    connection: &mut Connection,
    fence: &Fence,
    publication: &Publication,
    state: &dyn Fn() -> StateFigures,
    started: Instant,
) -> Result<TaskFigures> {
    let transaction = begin(connection)?;
    raise_fence(&transaction, fence)?;
    let task_id = fence.task_id.as_str();
    let progress = progress_of(&transaction, task_id)?.ok_or(SinkError::TaskUnknown)?;
    let figures = if progress.published {
        // An earlier attempt committed and could not say so.
        progress.figures
    } else {
        let published = move_groups(&transaction, task_id, publication)?;
        let figures = progress.figures.published(published, started);
        finish(&transaction, task_id, publication, &figures, &state())?;
        figures
    };
    state::show_published(&transaction, task_id, figures.published_total())?;
    transaction
        .commit()
        .map_err(failed_to("commit what is published"))?;
    Ok(figures)
}

fn move_groups(
    transaction: &Transaction<'_>,
    task_id: &str,
    publication: &Publication,
) -> Result<Vec<u64>> {
    let mut published = Vec::with_capacity(publication.layout.groups.len());
    for (group_no, group) in publication.layout.groups.iter().enumerate() {
        published.push(move_group(transaction, task_id, group, group_no)?);
        if !publication.keep_staging {
            clear_staging(transaction, group, task_id)?;
        }
    }
    Ok(published)
}

fn move_group(
    transaction: &Transaction<'_>,
    task_id: &str,
    group: &str,
    group_no: usize,
) -> Result<u64> {
    let (staging, result) = (quoted(group), quoted(&result_table(group)));
    transaction
        .execute(
            &format!("DELETE FROM {result} WHERE task_id = ?1"),
            [task_id],
        )
        .map_err(failed_to(ATTEMPTED))?;
    let sql = format!(
        "INSERT INTO {result} ({GROUP_COLUMNS}) SELECT {GROUP_COLUMNS} FROM {staging}
         WHERE rowid IN (SELECT newest FROM temp.kept WHERE group_no = ?1)"
    );
    let inserted = transaction
        .execute(&sql, [group_no as i64])
        .map_err(failed_to(ATTEMPTED))?;
    Ok(inserted as u64)
}

/// Selects, as `newest`, the row of each author and panel that is to be published.
///
/// SQLite takes a bare column of a `max()` query from the row that holds the maximum, so
/// one grouping finds the newest row as well as the number of rows. `create_time` and `id`
/// are joined by a character below all that a time can hold, which makes the comparison
/// the same as comparing one after the other.
fn kept_rows(staging: &str, conflict: Conflict) -> String {
    let panels = format!(
        "SELECT rowid AS newest, source_author, panel, count(*) AS rows,
                max(create_time || char(1) || id) AS latest
         FROM {staging} WHERE task_id = ?1 GROUP BY source_author, panel"
    );
    match conflict {
        Conflict::KeepAll => panels,
        Conflict::MajorityDropTies => format!(
            "SELECT newest FROM (
                 SELECT newest,
                        rank() OVER (PARTITION BY source_author ORDER BY rows DESC) AS place,
                        count(*) OVER (PARTITION BY source_author, rows) AS equals
                 FROM ({panels}))
             WHERE place = 1 AND equals = 1"
        ),
        Conflict::MajorityFirst => format!(
            "SELECT newest FROM (
                 SELECT newest, row_number() OVER (
                            PARTITION BY source_author ORDER BY rows DESC, no) AS place
                 FROM ({panels}) LEFT JOIN temp.panel_order USING (panel))
             WHERE place = 1"
        ),
    }
}

fn finish(
    transaction: &Transaction<'_>,
    task_id: &str,
    publication: &Publication,
    figures: &TaskFigures,
    now: &StateFigures,
) -> Result<()> {
    let attempted = "finish a task";
    transaction
        .execute(
            statements::PUBLISHED_TASK,
            params![task_id, to_json(figures)?],
        )
        .map_err(failed_to(attempted))?;
    // The author hashes served the counting, which is over.
    transaction
        .execute(statements::FORGET_AUTHORS, [task_id])
        .map_err(failed_to(attempted))?;
    state::show_figures(
        transaction,
        task_id,
        &figures.render(&publication.layout),
        now,
    )
}
